/* session.c - see session.h. */
#include "session.h"
#include "engine.h"
#include "cursor.h"

enum pryv_rc session_begin(struct pryv_session *session, struct engine *engine, struct database *database,
                           enum pryv_session_mode mode, struct pryv_err *err)
{
    struct connection *connection;
    enum pryv_rc rc;

    if (mode == PRYV_WRITE)
        rc = write_begin(database, &connection, err);
    else if ((rc = connection_take(database, false, false, &connection, err)) == PRYV_OK &&
             (rc = connection_execute(connection, "BEGIN", err)) != PRYV_OK)
        connection_give(connection);
    if (rc == PRYV_OK)
        *session = (struct pryv_session){ .engine = engine, .database = database, .connection = connection, .mode = mode };
    return rc;
}

/* Statements that still read would be in the way of the connection's next user. */
static void end_cursors(struct pryv_session *session)
{
    while (session->cursors)
        cursor_end(session->cursors);
}

/* The session is over, and its transaction is to be committed. */
static enum pryv_rc give_up(struct pryv_session *session, struct pryv_err *err)
{
    if (!session->connection)
        return pryv_fail(err, PRYV_FAILED, "the session is over");
    if (session->mode != PRYV_WRITE)
        return pryv_fail(err, PRYV_FAILED, "a session that reads has nothing to commit");
    end_cursors(session);
    session->connection = NULL;
    return PRYV_OK;
}

enum pryv_rc session_commit(struct pryv_session *session, struct pryv_err *err)
{
    enum pryv_rc rc = give_up(session, err);

    return rc == PRYV_OK ? write_commit(session->database, err) : rc;
}

static enum pryv_rc session_commit_later(struct pryv_session *session, struct pryv_pending_commit **pending, struct pryv_err *err)
{
    enum pryv_rc rc = give_up(session, err);

    return rc == PRYV_OK ? write_commit_later(session->database, pending, err) : rc;
}

void session_end(struct pryv_session *session)
{
    struct pryv_arena *scratch;

    end_cursors(session);
    if (!session->connection)
        return;

    scratch = pryv_arena_new();

    struct pryv_err unseen = PRYV_ERR(scratch);
    struct connection *connection = session->connection;

    session->connection = NULL;
    if (session->mode == PRYV_WRITE)
        (void) !write_rollback(session->database, &unseen);
    else {
        if (connection_execute(connection, "COMMIT", &unseen) != PRYV_OK)
            sqlite3_exec(connection->handle, "ROLLBACK", NULL, NULL, NULL);
        connection_give(connection);
    }
    pryv_arena_free(scratch);
}

enum pryv_rc session_failed(struct pryv_session *session, enum pryv_rc rc, struct pryv_err *err)
{
    struct pryv_err others = PRYV_ERR(err->arena);

    if (session->mode != PRYV_WRITE || !session->connection)
        return rc;
    end_cursors(session);
    session->connection = NULL;
    /* A key that is taken by a write of the same group is taken only when that write is durable. */
    if (write_rollback(session->database, &others) != PRYV_OK && rc == PRYV_CONFLICT) {
        *err = others;
        return others.rc;
    }
    return rc;
}

static bool usable(struct pryv_session *session, struct pryv_err *err)
{
    if (!session->connection)
        pryv_fail(err, PRYV_FAILED, "the session is over");
    else if (!database_is_there(session->database))
        pryv_fail(err, PRYV_NOT_FOUND, "the user was erased");
    else
        return true;
    return false;
}

sqlite3_stmt *session_read(struct pryv_session *session, const char *sql, struct pryv_err *err)
{
    return usable(session, err) ? statement_begin(session->connection, sql, err) : NULL;
}

sqlite3_stmt *session_write(struct pryv_session *session, const char *sql, struct pryv_err *err)
{
    if (session->mode != PRYV_WRITE) {
        pryv_fail(err, PRYV_FAILED, "a session that reads cannot write");
        return NULL;
    }
    return session_read(session, sql, err);
}

int session_step(struct pryv_session *session, sqlite3_stmt *statement, struct pryv_err *err)
{
    return statement ? statement_step(session->connection, statement, err) : (int) err->rc;
}

void session_done(struct pryv_session *session, sqlite3_stmt *statement)
{
    if (statement && session->connection)
        statement_end(session->connection, statement);
}

enum pryv_rc session_count(struct pryv_session *session, const char *sql, uint64_t *count, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_read(session, sql, err);
    int more = session_step(session, statement, err);

    if (more > 0)
        *count = (uint64_t) sqlite3_column_int64(statement, 0);
    session_done(session, statement);
    return more < 0 ? (enum pryv_rc) more : PRYV_OK;
}

static enum pryv_rc constraint_failed(struct connection *connection, const struct unique_key *keys, struct pryv_err *err)
{
    const char *message = sqlite3_errmsg(connection->handle);

    for (; keys && keys->constraint; keys++)
        if (strstr(message, keys->constraint))
            return pryv_conflict(err, keys->key, "%s in %s", message, connection->path);
    return connection_failed(connection, "write to", err);
}

enum pryv_rc session_run(struct pryv_session *session, sqlite3_stmt *statement, const struct unique_key *keys, uint64_t *changed,
                         struct pryv_err *err)
{
    struct connection *connection = session->connection;
    enum pryv_rc rc = PRYV_OK;

    if (!statement)
        return err->rc;

    int result = sqlite3_step(statement);

    if ((result & 0xff) == SQLITE_CONSTRAINT)
        rc = constraint_failed(connection, keys, err);
    else if (result != SQLITE_DONE && result != SQLITE_ROW)
        rc = connection_failed(connection, "write to", err);
    else if (changed)
        *changed = (uint64_t) sqlite3_changes64(connection->handle);
    statement_end(connection, statement);
    return rc == PRYV_OK ? PRYV_OK : session_failed(session, rc, err);
}

void session_offer(struct pryv_storage_ops *ops)
{
    ops->commit = session_commit;
    ops->commit_later = session_commit_later;
}
