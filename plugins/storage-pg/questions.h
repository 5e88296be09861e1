/* questions.h - statements that are asked together: one way to the server and back, one process of it that wakes up.
 *
 * Each is a statement of its own, with its own snapshot, taken after it was asked. Where one fails it is asked again alone, and so are those behind it: none
 * fails for another. A slow one keeps the others waiting, so only statements that find a few rows by an index belong here.
 *
 * Threads   Any; one that asks has no session open. */
#ifndef STORAGE_PG_QUESTIONS_H
#define STORAGE_PG_QUESTIONS_H

#include "pool.h"

struct question {
    struct call *call;
    PGresult *answer; /* to be given to PQclear; NULL: see rc */
    enum pryv_rc rc;  /* errors as of pool_run */
    struct pryv_err *err;
};

void questions_ask(struct pool *pool, struct question *const *questions, size_t count);

#endif
