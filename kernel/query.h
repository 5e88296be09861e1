/* query.h - the query of a URL, and url-encoded forms, which are written the same way.
 *
 * In a query, brackets make lists and objects: a[]=1 and a[0]=1 are a list of one, in order of appearance; a[b]=1 is an
 * object, and so is the item of a[0][b]=1, whose member is "[b]". A name given several times is a list. In a form brackets
 * mean nothing. `+` is a space; a '%' that is no escape stands for itself.
 */
#ifndef KERNEL_QUERY_H
#define KERNEL_QUERY_H

#include <pryv/error.h>

enum query_style { QUERY_OF_URL, QUERY_OF_FORM };

/* An object of texts, lists, and objects; released with `mem`. PRYV_REFUSED 400 invalid-request-structure: more
 * than `max_count` parameters, text that is not UTF-8, a name that holds U+0000. An absent text has no parameters. */
PRYV_CHECK enum pryv_rc query_parse(struct pryv_arena *mem, struct pryv_str raw, enum query_style style, size_t max_count,
                                    json_t **out, struct pryv_err *err);

/* The value of the first parameter of that name, brackets aside; absent when there is none or it cannot be read. */
struct pryv_str query_first(struct pryv_arena *mem, struct pryv_str raw, const char *name);
/* How many parameters have that name, brackets aside. */
size_t query_count(struct pryv_arena *mem, struct pryv_str raw, const char *name);

/* The raw query with the values of secrets (auth, readToken) masked: for the log. */
struct pryv_str query_masked(struct pryv_arena *mem, struct pryv_str raw);

#endif
