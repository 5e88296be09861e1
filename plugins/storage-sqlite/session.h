/* session.h - a transaction on one database: a reader's snapshot or a writer's turn (group_commit.h). The platform's functions use one of
 * their own for each call.
 *
 * Ends  A session is over when it was committed, or when a write of it failed: then its writes are taken back, its cursors end, and every
 *       function but close fails. It fails too from the moment the user is erased. */
#ifndef STORAGE_SQLITE_SESSION_H
#define STORAGE_SQLITE_SESSION_H

#include "group_commit.h"
#include <pryv/storage.h>

struct engine;

struct pryv_session {
    struct engine *engine;
    struct database *database;
    struct connection *connection; /* NULL once it is over */
    enum pryv_session_mode mode;
    struct pryv_cursor *cursors; /* open ones */
};

/* Which unique key a constraint's message means. Ended by NULL. */
struct unique_key {
    const char *constraint; /* "accesses.token": a column, or an index's name */
    const char *key;
};

enum pryv_rc session_begin(struct pryv_session *session, struct engine *engine, struct database *database,
                           enum pryv_session_mode mode, struct pryv_err *err);
enum pryv_rc session_commit(struct pryv_session *session, struct pryv_err *err);
void session_end(struct pryv_session *session);
/* Ends a session because of `rc`, which `err` tells; returns what is to be told instead, mostly the same. */
enum pryv_rc session_failed(struct pryv_session *session, enum pryv_rc rc, struct pryv_err *err);

/* A statement for reading, or for writing in a WRITE session; NULL with `err` filled when the session cannot. */
sqlite3_stmt *session_read(struct pryv_session *session, const char *sql, struct pryv_err *err);
sqlite3_stmt *session_write(struct pryv_session *session, const char *sql, struct pryv_err *err);
/* 1: a row, 0: none, negative: a pryv_rc. End the statement with session_done. NULL for a statement is fine: the failure is in `err`. */
int session_step(struct pryv_session *session, sqlite3_stmt *statement, struct pryv_err *err);
void session_done(struct pryv_session *session, sqlite3_stmt *statement);
/* The number that a statement without parameters has for its only row. */
enum pryv_rc session_count(struct pryv_session *session, const char *sql, uint64_t *count, struct pryv_err *err);
/* Runs and ends a writing statement. `keys` may be NULL. `changed` (may be NULL): how many rows. */
enum pryv_rc session_run(struct pryv_session *session, sqlite3_stmt *statement, const struct unique_key *keys, uint64_t *changed,
                         struct pryv_err *err);

#endif
