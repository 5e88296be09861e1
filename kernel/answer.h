/* answer.h - what every answer of the API has: the common headers, `meta`, and errors as JSON. */
#ifndef KERNEL_ANSWER_H
#define KERNEL_ANSWER_H

#include "request.h"
#include <pryv/json.h>

/* The headers for browsers and their scripts, and the API's version. Once per request, before anything is answered. */
void answer_common_headers(struct pryv_request *rq);

/* What JSON of the API has beside: it is one user's, at one moment. */
void answer_json_headers(struct pryv_request *rq);

/* "meta": {...}, the last member of an object. */
void answer_write_meta(struct pryv_json *js);

/* The error as the whole answer, with the status it has, or `status` where that is not 0. `plain`: without meta. */
PRYV_CHECK enum pryv_rc answer_error(struct pryv_request *rq, const struct pryv_err *err, int status, bool plain);

#endif
