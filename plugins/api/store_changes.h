/* store_changes.h - streams made and changed in other stores: what the server checks before a store is asked, and what it then answers. Each
 * writes `"stream": {...}` as the store keeps it. Executor, with no session open. Errors: as clients are told. */
#ifndef API_STORE_CHANGES_H
#define API_STORE_CHANGES_H

#include "store_streams.h"

/* streams.create below `parent` ("*": the root). */
PRYV_CHECK enum pryv_rc store_stream_create(struct pryv_call *call, const struct store *store, struct pryv_str parent,
                                            struct pryv_err *err);
/* streams.update. */
PRYV_CHECK enum pryv_rc store_stream_update(struct pryv_call *call, const struct store *store, struct pryv_str inside,
                                            const json_t *changes, struct pryv_err *err);
/* streams.delete: to the trash. What is there already stays: nothing is ever deleted in another store. */
PRYV_CHECK enum pryv_rc store_stream_trash(struct pryv_call *call, const struct store *store, struct pryv_str inside,
                                           struct pryv_err *err);

#endif
