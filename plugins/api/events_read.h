/* events_read.h - events.get, events.getOne, callBatch: their parameters, and a question for events as it goes to the stores. */
#ifndef API_EVENTS_READ_H
#define API_EVENTS_READ_H

#include "content_conditions.h"
#include "events.h"
#include "stream_query.h"

extern const struct pryv_param events_get_params[], events_get_one_params[], call_batch_params[];

/* Everything that events.get was asked, before it is worked out for a store. */
struct events_question {
    struct pryv_event_query query; /* types, times, state, paging; no streams yet */
    struct stream_queries streams;
    struct content_conditions content, client_data;
    bool with_deletions;
};

/* From the parameters of the call. Errors: PRYV_REFUSED 400 invalid-parameters-format, invalid-request-structure. */
PRYV_CHECK enum pryv_rc events_question_read(struct pryv_call *call, struct events_question *out, struct pryv_err *err);

/* What is above the limit of a call whose answer is one value: in a batch, or on a socket. UINT64_MAX: no limit. */
uint64_t events_most_rows(const struct pryv_call *call);
/* The same in bytes. PRYV_REFUSED 413 too-many-results when so much is written. */
PRYV_CHECK enum pryv_rc events_check_written(const struct pryv_call *call, struct pryv_err *err);

enum pryv_rc events_get(struct pryv_call *call, struct pryv_err *err);
bool events_get_can_fetch(void);
void events_get_fetch(struct pryv_call *const *calls, size_t count);
enum pryv_rc events_get_one(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc call_batch(struct pryv_call *call, struct pryv_err *err);

#endif
