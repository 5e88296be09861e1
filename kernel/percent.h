/* percent.h - percent-encoding in paths, queries and url-encoded forms (RFC 3986, 2.1; WHATWG URL, forms). */
#ifndef KERNEL_PERCENT_H
#define KERNEL_PERCENT_H

#include <pryv/arena.h>

enum {
    PERCENT_PLUS_IS_SPACE = 1,
    PERCENT_STRICT = 2, /* a '%' that is no escape is refused; else it stands for itself */
    PERCENT_NO_NUL = 4,
};

/* False: a bad escape where that matters, or the result is not UTF-8, or holds a NUL where none may be. `*out` is then
 * untouched. A text without escapes is not copied: it lives as long as `raw`. Any thread. */
PRYV_CHECK bool percent_decode(struct pryv_arena *mem, struct pryv_str raw, unsigned flags, struct pryv_str *out);

#endif
