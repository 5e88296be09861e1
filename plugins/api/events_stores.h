/* events_stores.h - events of other stores as events.get lists them: each store is asked apart, with the same paging, in the order in which the
 * stores were first named. Executor, with no session open. Errors: as clients are told.
 */
#ifndef API_EVENTS_STORES_H
#define API_EVENTS_STORES_H

#include "events_read.h"
#include "store_events.h"
#include "store_forest.h"

struct events_store {
    const struct store *store;
    struct store_forest *streams;
    struct stream_forest forest; /* a view of them */
    struct stream_blocks blocks; /* what is asked for */
};

struct events_stores {
    struct events_store *list;
    size_t count;
};

/* Loads the streams that the question names in other stores. Where it is about all that the access may read, the stores in which it has entries of
 * its own are added to the question. */
PRYV_CHECK enum pryv_rc events_stores_load(struct pryv_call *call, struct events_question *question, struct events_stores *out,
                                           struct pryv_err *err);
/* The store of that name, or NULL. */
const struct events_store *events_stores_find(const struct events_stores *stores, struct pryv_str name);
/* Which streams are asked for: the queries have been checked. */
PRYV_CHECK enum pryv_rc events_stores_plan(struct pryv_call *call, const struct events_question *question,
                                           const struct stream_question *ask, struct events_stores *stores, struct pryv_err *err);

/* Takes an event; the row lives until it returns. What it does not answer PRYV_OK ends the reading. */
typedef enum pryv_rc (*events_store_take)(void *context, const struct pryv_event *row, struct pryv_err *err);
PRYV_CHECK enum pryv_rc events_store_read(struct pryv_call *call, const struct events_question *question,
                                          const struct events_store *from, events_store_take take, void *context,
                                          struct pryv_err *err);

#endif
