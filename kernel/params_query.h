/* params_query.h - parameters that came as texts, made what the method's table says. */
#ifndef KERNEL_PARAMS_QUERY_H
#define KERNEL_PARAMS_QUERY_H

#include <pryv/method.h>

/* Members of `query` (a URL's query or an url-encoded form) are texts, or lists of texts where a name was
 * given several times. Each one that `fields` declares is converted in place, like JavaScript's Number()
 * for numbers; true and false in any case for booleans; JSON text of an object for objects; for lists a
 * single value where PRYV_P_LIST_OF_ONE says so, else JSON text of a list. What cannot be converted stays
 * as text, and is refused by pryv_params_check. An infinite number becomes the largest one, which JSON can hold.
 * `fields` may be NULL. */
void params_convert_query(const struct pryv_param *fields, json_t *query);

#endif
