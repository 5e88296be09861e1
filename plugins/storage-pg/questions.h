/* questions.h - short questions of several threads that travel together: one way to the server and back, one process of it that wakes up.
 *
 * Each is a statement of its own, with its own snapshot, taken after it was asked. One that fails is asked again alone, and so are those behind it: none
 * fails for another. One that is slow keeps others for the group's patience; so only statements that find a few rows by an index belong here.
 *
 * Threads   Any; one that asks has no session open. */
#ifndef STORAGE_PG_QUESTIONS_H
#define STORAGE_PG_QUESTIONS_H

#include "group.h"
#include "pool.h"

/* The answer is to be given to PQclear. Errors as of pool_run. */
enum pryv_rc question_ask(struct group *questions, struct pool *pool, struct call *call, PGresult **answer, struct pryv_err *err);

/* The group's work. `pool`: the struct pool. */
void questions_do(void *pool, struct group_item *const *items, size_t count);

#endif
