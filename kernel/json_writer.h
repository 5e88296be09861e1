/* json_writer.h - what the files that write JSON share. */
#ifndef KERNEL_JSON_WRITER_H
#define KERNEL_JSON_WRITER_H

#include <pryv/json.h>

/* Bytes as they are, without comma. For parts of one value. */
void json_append(struct pryv_json *js, const char *data, size_t len);

/* Called before a value or key of which the parts are appended, and after it. */
void json_value_begins(struct pryv_json *js);
void json_value_ends(struct pryv_json *js);
void json_key_ends(struct pryv_json *js); /* writes the colon */

#endif
