/* session.h - a transaction: a reader's snapshot of a user's data, a writer's turn on it, or a change of the platform.
 *
 * Reading   REPEATABLE READ, READ ONLY. A shared advisory lock says that the user's data is in use; whoever erases the user ends such sessions.
 * Writing   READ COMMITTED, after an exclusive advisory lock on the user (behind turns.h, so that a worker waits with one connection at most).
 *           With the lock nobody else changes the user's data, and each statement sees what was committed before the lock was had.
 * Begins    With the first statement, in the same round trip, when the user's number is known (numbers.h); else when it is opened.
 * Page      What is asked by one statement needs no transaction, see event_page.c: such a session only plans it, and whatever it should ask itself fails.
 * Ends      A session is over when it was committed, or when a statement of it failed: then all is taken back, its cursors end, and every
 *           function but close fails. */
#ifndef STORAGE_PG_SESSION_H
#define STORAGE_PG_SESSION_H

#include "group.h"
#include "numbers.h"
#include "pool.h"
#include "turns.h"
#include <pryv/storage.h>
#include <stdatomic.h>

enum { QUESTIONS_OF_USERS = 65536 };

struct engine {
    struct pool pool;
    struct turns turns;
    struct numbers numbers;
    struct group creations;                            /* event_group.h */
    struct group series_writes;                        /* series_write.c */
    atomic_uint shared_transactions;                   /* event_create.c */
    atomic_uchar kept_in_sessions[QUESTIONS_OF_USERS]; /* event_page.c */
    double idle_seconds;
};

struct pryv_session {
    struct engine *engine;
    struct connection *connection; /* NULL once it is over */
    enum pool_use use;
    bool writes;
    bool page;
    int64_t user;  /* users.number; 0 on the platform */
    char *user_id; /* until the transaction has begun; NULL on the platform */
    size_t user_id_len;
    struct turn *turn; /* a writer's */
    struct pryv_cursor *cursors;
    unsigned portals; /* cursors of the server that were made */
};

/* The numbers of a user's two advisory locks. */
enum user_lock { LOCK_TURN, LOCK_PRESENCE };
int64_t user_lock(struct pryv_str user_id, enum user_lock which);

enum pryv_rc session_begin(struct pryv_session *session, struct engine *engine, struct pryv_str user_id,
                           enum pryv_session_mode mode, struct pryv_err *err);
/* Nothing is taken that a session_end gives back but cursors. */
void session_begin_page(struct pryv_session *session, struct engine *engine, int64_t user);
static inline bool session_is_open(const struct pryv_session *session)
{
    return session->connection || session->page;
}
/* A transaction on names of the platform; one at a time on all cores. */
enum pryv_rc session_begin_names(struct pryv_session *session, struct engine *engine, struct pryv_err *err);
enum pryv_rc session_commit(struct pryv_session *session, struct pryv_err *err);
void session_end(struct pryv_session *session);

/* The last call's answer, to be given to PQclear. All calls are one round trip; a failure ends the session. */
enum pryv_rc session_read(struct pryv_session *session, struct call *calls, size_t count, PGresult **answer,
                          struct pryv_err *err);
/* The number that a statement, whose only parameter is the user's number, has for its only row. */
enum pryv_rc session_count(struct pryv_session *session, const char *sql, uint64_t *count, struct pryv_err *err);
/* Writes; `changed` (may be NULL): how many rows the last call did. All calls are one round trip. */
enum pryv_rc session_write(struct pryv_session *session, struct call *calls, size_t count, uint64_t *changed,
                           struct pryv_err *err);

#endif
