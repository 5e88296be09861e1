/* inflate.h - bodies sent with Content-Encoding: gzip or deflate. */
#ifndef KERNEL_INFLATE_H
#define KERNEL_INFLATE_H

#include <pryv/error.h>

/* The body as it was before `coding`, a Content-Encoding; untouched for "identity" or an absent one. What is inflated is
 * released with `mem`. PRYV_REFUSED 400 invalid-request-structure: unknown coding, broken data, more than `limit` bytes. */
PRYV_CHECK enum pryv_rc inflate_body(struct pryv_arena *mem, struct pryv_str coding, struct pryv_str raw, size_t limit,
                                     struct pryv_str *out, struct pryv_err *err);

/* The same for a body that comes in pieces of any size: what is inflated goes to `sink`, whose piece is valid until it returns. */
struct inflater;
typedef void (*inflate_sink)(void *context, struct pryv_str piece);

/* Lives as long as `mem`. `*out` is NULL for "identity" or an absent coding. */
PRYV_CHECK enum pryv_rc inflater_new(struct pryv_arena *mem, struct pryv_str coding, size_t limit, inflate_sink sink,
                                     void *context, struct inflater **out, struct pryv_err *err);
/* After an error nothing more may be taken. */
PRYV_CHECK enum pryv_rc inflater_take(struct inflater *inflater, struct pryv_str piece, struct pryv_err *err);
/* Once, after the last piece. */
PRYV_CHECK enum pryv_rc inflater_end(struct inflater *inflater, struct pryv_err *err);

#endif
