/* schema.h - checks a JSON value against a JSON Schema of draft-04 (the schema language of event types).
 *
 * All keywords of https://json-schema.org/draft-04 are known; `format` is an annotation. Patterns are ECMAScript's, run by
 * PCRE2 with bounds, so that none can hang a worker.
 * Memory   A schema borrows its JSON and must be freed before it. Threads: made by one, then read by any.
 */
#ifndef API_SCHEMA_H
#define API_SCHEMA_H

#include <pryv/error.h>

struct schema;

/* PRYV_REFUSED when the schema cannot be used: a pattern that does not compile, a $ref that leads nowhere. */
PRYV_CHECK enum pryv_rc schema_new(const json_t *source, struct schema **out, struct pryv_err *err);
void schema_free(struct schema *schema); /* NULL is fine */

/* Adds {code, message, path, params} to `complaints` for what is wrong; true when nothing is. `complaints` may be NULL;
 * paths are made in `mem`. */
bool schema_accepts(const struct schema *schema, struct pryv_arena *mem, const json_t *value, json_t *complaints);

#endif
