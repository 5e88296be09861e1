/* error_json.h - an error as the API tells it. */
#ifndef KERNEL_ERROR_JSON_H
#define KERNEL_ERROR_JSON_H

#include <pryv/error.h>
#include <pryv/json.h>

/* "error": {id, message, data}, within an object. */
void error_write(struct pryv_json *js, const struct pryv_err *err);

#endif
