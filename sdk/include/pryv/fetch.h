/* pryv/fetch.h - a document that configuration names by its address: file:// or http(s)://.
 *
 * For what is read once at start. http is fetched by a program of its own (pryvd-fetch), so that a worker neither
 * carries a client library nor parses what a stranger sends before it is whole.
 */
#ifndef PRYV_FETCH_H
#define PRYV_FETCH_H

#include <pryv/arena.h>
#include <pryv/error.h>

/* The whole document. `file://PATH`: a relative path is looked for in the working directory. Redirects are followed.
 * Executor: blocks up to `timeout_seconds`. Errors: PRYV_FAILED with a reason that names the address; also over `max_bytes`. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_fetch(struct pryv_arena *arena, struct pryv_str address, double timeout_seconds,
                                               size_t max_bytes, struct pryv_str *out, struct pryv_err *err);

#endif
