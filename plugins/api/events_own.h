/* events_own.h - the events of the local store and of the account, as one list in the order of their times. */
#ifndef API_EVENTS_OWN_H
#define API_EVENTS_OWN_H

#include "account_events.h"
#include "events_read.h"

/* A page of the local store. */
struct own_page {
    struct pryv_event_query query;
    const struct pryv_event *rows;
    size_t count;
    enum pryv_rc rc;
    struct pryv_err err;
};

/* What a question comes to in these stores. */
struct events_own {
    struct pryv_call *call;
    const struct events_question *question;
    struct pryv_event_query local, account; /* with streams; without block and any_stream: not asked */
    struct own_page deletions;              /* when the question is with deletions */
    struct account_rows stored;             /* of the account, when it is asked for */
    struct pryv_cursor *cursor;             /* of the local store; NULL: rows */
    const struct pryv_event *rows;
    size_t row_count, row_at;
    enum pryv_rc rc; /* of its page */
    struct pryv_err err;
    bool account_read;
    bool pages;                /* rows are filtered, skipped and counted here, not by the storage */
    uint64_t to_skip, to_give; /* when it pages */
    struct pryv_event *account_rows;
    size_t account_count, account_at;
    struct pryv_event row; /* of the local store, when it has been looked at but not given yet */
    bool has_row, local_ended;
};

/* The streams of the account as a forest, hidden ones too. */
struct stream_forest account_forest(struct pryv_arena *mem, const struct account_fields *fields);

/* Works the queries of these stores out; they have been checked. */
PRYV_CHECK enum pryv_rc events_own_plan(struct pryv_call *call, const struct events_question *question,
                                        const struct stream_question *ask, const struct stream_forest *local,
                                        const struct stream_forest *account, struct events_own *out, struct pryv_err *err);
/* Is the account part of the question? */
bool events_own_has_account(const struct events_own *own);
/* About so many bytes are in the rows of its page. */
size_t events_own_size(const struct events_own *own);
/* Does the storage answer without a session what it can answer in one go? */
bool events_own_has_pages(void);
bool events_own_has_pages_of_deletions(void);
/* The same as events_own_open without a session, for several at once: each has `rc` and `err` of its own, and its deletions have, where they are asked for.
 * PRYV_UNSUPPORTED: the storage does not answer this one so, and a session is to be opened. The thread has none. */
void events_own_pages(struct events_own *const *owns, size_t count);
PRYV_CHECK enum pryv_rc events_own_open(struct events_own *own, struct pryv_session *session, struct pryv_err *err);
/* 1: `row` is filled until the next call; 0: the end; negative: a pryv_rc. */
int events_own_next(struct events_own *own, struct pryv_event *row, struct pryv_err *err);
void events_own_close(struct events_own *own); /* also when it was never opened */

#endif
