/* client_data.h - what apps keep with an access, an event or a stream: an object of theirs, changed key by key. */
#ifndef API_CLIENT_DATA_H
#define API_CLIENT_DATA_H

#include <pryv/error.h>

/* What the stored object (JSON text, or absent) becomes: each key in `changes` replaces the value of that key as a whole, null takes it away, other
 * keys stay; `changes` of null take all of it away, NULL leaves it as it is. The result lives in `mem`; absent: none.
 * PRYV_FAILED: what is stored is broken. */
PRYV_CHECK enum pryv_rc client_data_merge(struct pryv_arena *mem, struct pryv_str stored, json_t *changes, struct pryv_str *out,
                                          struct pryv_err *err);

#endif
