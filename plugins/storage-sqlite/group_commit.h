/* group_commit.h - transactions of writers, several of which become durable by one flush.
 *
 * The writers of a database in this worker take turns on one connection. Each works inside a savepoint of one transaction; whoever commits
 * while others wait for their turn lets them in and waits; the last one, or the one that fills the group, commits the transaction for all. So
 * others see a group's writes only when they are durable, and a group whose commit fails fails for each of its members.
 * Between processes SQLite's lock decides. */
#ifndef STORAGE_SQLITE_GROUP_COMMIT_H
#define STORAGE_SQLITE_GROUP_COMMIT_H

#include "database.h"

/* Waits for its turn, at most as long as a lock is waited for (PRYV_BUSY). NOT_FOUND when the file was erased. The connection is the
 * caller's until write_commit or write_rollback, which give it back whatever they return. */
enum pryv_rc write_begin(struct database *database, struct connection **out, struct pryv_err *err);
/* Durable when PRYV_OK. */
enum pryv_rc write_commit(struct database *database, struct pryv_err *err);
/* Takes back what was written since write_begin. What the caller saw of writers before it in the group is durable when this returns PRYV_OK. */
enum pryv_rc write_rollback(struct database *database, struct pryv_err *err);

/* A commit whose transaction is still open. */
struct pryv_pending_commit;

/* As write_commit, but the transaction stays open for the writers to come, while it may: `*out` is then to be settled, and is NULL when it was
 * committed. Whoever commits next in this database may commit it along. */
enum pryv_rc write_commit_later(struct database *database, struct pryv_pending_commit **out, struct pryv_err *err);
/* Commits it if nobody did. Frees it; NULL is fine. */

#endif
