/* accept.h - whether a client would rather have CSV than JSON (RFC 9110, 12.5.1). */
#ifndef HFS_ACCEPT_H
#define HFS_ACCEPT_H

#include <pryv/base.h>

/* `header`: Accept, or absent. Of the ranges that fit a type the closest one gives its weight. The heavier type wins; of two alike the one that is
 * named more closely; else JSON, which is also the answer to whoever takes neither. Ranges that are none count for nothing. Any thread. */
bool accept_prefers_csv(struct pryv_str header);

/* Whether a Content-Type is `type`, whatever its parameters. Any thread. */
bool is_media_type(struct pryv_str content_type, const char *type);

#endif
