/* store_forest.h - streams of another store as a forest for stream queries, loaded as far as a question needs them. Executor, with no session open. */
#ifndef API_STORE_FOREST_H
#define API_STORE_FOREST_H

#include "store_streams.h"
#include "stream_query.h"

struct store_forest;

/* Lives in the call's arena; what fails while it is asked for levels is told in `err`, which must live as long. */
struct store_forest *store_forest_new(struct pryv_call *call, const struct store *store, struct pryv_err *err);
/* A stream with all below it, "*": all of them; trashed ones too. A stream that is not there adds nothing. */
PRYV_CHECK enum pryv_rc store_forest_load(struct store_forest *forest, struct pryv_str inside);
/* When all is loaded. Ids are those inside the store; entries of an access are found by the ids that they have. */
struct stream_forest store_forest_view(struct store_forest *forest);
/* PRYV_OK while the store has answered all that the view was asked. */
PRYV_CHECK enum pryv_rc store_forest_result(const struct store_forest *forest);

#endif
