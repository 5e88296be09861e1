/* batch.h - what a batch lets its calls do: write so that one flush of the disk serves several of them. */
#ifndef API_BATCH_H
#define API_BATCH_H

#include <pryv/method.h>
#include <pryv/storage.h>

/* Commits a call's session. Within a batch that goes on with the same method it may be settled later, together with what follows: then `*later`,
 * and the batch tells others (events_notify), and hands out the result, when that is done. Executor. */
PRYV_CHECK enum pryv_rc batch_commit(const struct pryv_call *call, struct pryv_session *session, bool *later,
                                     struct pryv_err *err);
/* Stores a new event by one call of the storage (event_create), within a batch together with those before and after: `*later` as above.
 * PRYV_UNSUPPORTED: the storage does that in sessions; other errors are the storage's. No session may be open. Executor. */
PRYV_CHECK enum pryv_rc batch_create(const struct pryv_call *call, const struct pryv_event *row, const struct pryv_str *streams,
                                     size_t count, bool *later, struct pryv_err *err);

#endif
