/* store_streams.h - streams of other stores, as an access sees them; see stores.h. Executor, with no session open: a store may take its time. */
#ifndef API_STORE_STREAMS_H
#define API_STORE_STREAMS_H

#include "stores.h"
#include <pryv/json.h>
#include <pryv/method.h>

/* Streams of one store that were asked for and checked. */
struct store_streams {
    const struct store *store;
    json_t *list;              /* as the store hands them out, ids without prefix; released with the call */
    struct pryv_str parent_id; /* of those in the list, as it is told; absent: null */
    bool of_root;              /* the list is what is below the store's root, and the root itself was asked for */
};

/* The root among all streams, without what is below it. */
void store_root_write(struct pryv_json *js, struct pryv_arena *mem, const struct store *store);

/* An entry of the access closes all of it. */
bool store_is_closed(const struct pryv_access *access, const struct store *store);

/* The level that holds on a stream of a store: its own entry, else that of the nearest stream above it that has one, else `*` where it covers the
 * store. The store is asked for the streams above. */
PRYV_CHECK enum pryv_rc store_level(struct pryv_call *call, const struct store *store, struct pryv_str inside,
                                    enum pryv_level *out, struct pryv_err *err);

/* The stream, or what is below it, without what the access may not list. PRYV_NOT_FOUND: there is none. Other errors as clients are told. */
PRYV_CHECK enum pryv_rc store_streams_load(struct pryv_call *call, const struct store *store, struct pryv_str inside,
                                           bool children_only, bool with_trashed, struct store_streams *out,
                                           struct pryv_err *err);
/* Into an array that is open. */
void store_streams_write(struct pryv_call *call, const struct store_streams *streams, bool with_trashed);
/* `"stream": {...}` as a store answered it; takes the reference. PRYV_FAILED: it cannot be one. */
PRYV_CHECK enum pryv_rc store_stream_write(struct pryv_call *call, const struct store *store, json_t *stream,
                                           struct pryv_err *err);

#endif
