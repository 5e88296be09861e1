/* inflate.h - bodies sent with Content-Encoding: gzip or deflate. */
#ifndef KERNEL_INFLATE_H
#define KERNEL_INFLATE_H

#include <pryv/error.h>

/* The body as it was before `coding`, a Content-Encoding; untouched for "identity" or an absent one. What is inflated is
 * released with `mem`. PRYV_REFUSED 400 invalid-request-structure: unknown coding, broken data, more than `limit` bytes. */
PRYV_CHECK enum pryv_rc inflate_body(struct pryv_arena *mem, struct pryv_str coding, struct pryv_str raw, size_t limit,
                                     struct pryv_str *out, struct pryv_err *err);

#endif
