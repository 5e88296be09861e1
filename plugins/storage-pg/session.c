/* session.c - see session.h. */
#include "session.h"
#include "cursor.h"

/* ---- Locks ----------------------------------------------------------------------------------- */

/* FNV-1a. Users of the same number would wait for each other, and no more. */
int64_t user_lock(struct pryv_str user_id, enum user_lock which)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (size_t i = 0; i < user_id.len; i++)
        hash = (hash ^ (unsigned char) user_id.data[i]) * 0x100000001b3u;
    return (int64_t) (hash << 1 | which);
}

/* "pryv" and 1: no user's, or one that waits for the platform now and then. */
enum { NAMES_LOCK = 1886550391 };

/* ---- Beginning ------------------------------------------------------------------------------- */

static enum pryv_rc begin_reading(struct pryv_session *session, struct pryv_str user_id, struct pryv_err *err)
{
    struct call calls[] = {
        { .sql = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" },
        { .sql = "SELECT number, pg_try_advisory_xact_lock_shared($2) FROM users WHERE id = $1" },
    };
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_text(&calls[1], user_id);
    call_integer(&calls[1], user_lock(user_id, LOCK_PRESENCE));
    if ((rc = connection_run(session->connection, calls, PRYV_COUNT(calls), &answer, err)) != PRYV_OK)
        return rc;
    if (PQntuples(answer) == 0)
        rc = pryv_fail(err, PRYV_NOT_FOUND, "no such user");
    else if (!answer_bool(answer, 0, 1))
        rc = pryv_fail(err, PRYV_BUSY, "the user is being erased");
    else
        session->user = answer_integer(answer, 0, 0);
    PQclear(answer);
    return rc;
}

static enum pryv_rc begin_writing(struct pryv_session *session, struct pryv_str user_id, struct pryv_err *err)
{
    struct call calls[] = {
        { .sql = "BEGIN" },
        { .sql = "SELECT pg_advisory_xact_lock($1)" },
        { .sql = "SELECT number FROM users WHERE id = $1" },
    };
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_integer(&calls[1], user_lock(user_id, LOCK_TURN));
    call_text(&calls[2], user_id);
    if ((rc = connection_run(session->connection, calls, PRYV_COUNT(calls), &answer, err)) != PRYV_OK)
        return rc;
    if (PQntuples(answer) == 0)
        rc = pryv_fail(err, PRYV_NOT_FOUND, "no such user");
    else
        session->user = answer_integer(answer, 0, 0);
    PQclear(answer);
    return rc;
}

enum pryv_rc session_begin(struct pryv_session *session, struct engine *engine, struct pryv_str user_id,
                           enum pryv_session_mode mode, struct pryv_err *err)
{
    enum pryv_rc rc;

    *session = (struct pryv_session){ .engine = engine, .use = POOL_SESSION, .writes = mode == PRYV_WRITE };
    if (session->writes && (rc = turn_take(&engine->turns, (uint64_t) user_lock(user_id, LOCK_TURN), engine->pool.wait_seconds,
                                           &session->turn, err)) != PRYV_OK)
        return rc;
    if ((rc = pool_take(&engine->pool, POOL_SESSION, &session->connection, err)) == PRYV_OK)
        rc = session->writes ? begin_writing(session, user_id, err) : begin_reading(session, user_id, err);
    if (rc != PRYV_OK)
        session_end(session);
    return rc;
}

enum pryv_rc session_begin_names(struct pryv_session *session, struct engine *engine, struct pryv_err *err)
{
    struct call calls[] = {
        { .sql = "BEGIN" },
        { .sql = "SELECT pg_advisory_xact_lock($1)" },
    };
    enum pryv_rc rc;

    *session = (struct pryv_session){ .engine = engine, .use = POOL_CALL, .writes = true };
    if ((rc = pool_take(&engine->pool, POOL_CALL, &session->connection, err)) != PRYV_OK)
        return rc;
    call_integer(&calls[1], NAMES_LOCK);
    if ((rc = connection_run(session->connection, calls, PRYV_COUNT(calls), NULL, err)) != PRYV_OK)
        session_end(session);
    return rc;
}

/* ---- Ending ---------------------------------------------------------------------------------- */

static void end_cursors(struct pryv_session *session)
{
    while (session->cursors)
        cursor_end(session->cursors);
}

static void leave(struct pryv_session *session, bool broken)
{
    struct connection *connection = session->connection;
    struct turn *turn = session->turn;

    session->connection = NULL;
    session->turn = NULL;
    if (connection)
        pool_give(&session->engine->pool, session->use, connection, broken);
    if (turn)
        turn_give(&session->engine->turns, turn);
}

static bool is_lost(const struct connection *connection)
{
    return PQstatus(connection->handle) == CONNECTION_BAD;
}

/* Nobody waits for the answer: the connection's next user reads it. */
void session_end(struct pryv_session *session)
{
    struct call call = { .sql = "ROLLBACK" };
    bool broken;

    end_cursors(session);
    broken = session->connection && (is_lost(session->connection) || !connection_send(session->connection, &call, 1));
    leave(session, broken);
}

/* A writer of the same user who waits may begin when this one is committed, before it is on disk. */
static enum pryv_rc commit_and_pass_on(struct pryv_session *session, struct pryv_err *err)
{
    struct call commit[] = { { .sql = "SET LOCAL synchronous_commit = off" }, { .sql = "COMMIT" } };
    struct flusher *flusher = &session->engine->pool.flusher;
    uint64_t number = flush_begin(flusher);
    enum pryv_rc rc = connection_run(session->connection, commit, PRYV_COUNT(commit), NULL, err);

    if (rc != PRYV_OK)
        return rc;
    turn_give(&session->engine->turns, session->turn);
    session->turn = NULL;
    return flush_wait(flusher, session->connection, number, err);
}

enum pryv_rc session_commit(struct pryv_session *session, struct pryv_err *err)
{
    struct call commit = { .sql = "COMMIT" };
    enum pryv_rc rc;

    if (!session->connection)
        return pryv_fail(err, PRYV_FAILED, "the session is over");
    if (!session->writes)
        return pryv_fail(err, PRYV_FAILED, "a session that reads has nothing to commit");
    end_cursors(session);
    if (session->turn && turn_is_awaited(&session->engine->turns, session->turn))
        rc = commit_and_pass_on(session, err);
    else
        rc = connection_run(session->connection, &commit, 1, NULL, err);
    leave(session, rc != PRYV_OK);
    return rc;
}

/* ---- Statements ------------------------------------------------------------------------------ */

static enum pryv_rc run(struct pryv_session *session, struct call *calls, size_t count, PGresult **answer, struct pryv_err *err)
{
    enum pryv_rc rc;

    if (!session->connection)
        return pryv_fail(err, PRYV_FAILED, "the session is over");
    if ((rc = connection_run(session->connection, calls, count, answer, err)) != PRYV_OK)
        session_end(session);
    return rc;
}

enum pryv_rc session_read(struct pryv_session *session, struct call *calls, size_t count, PGresult **answer, struct pryv_err *err)
{
    return run(session, calls, count, answer, err);
}

enum pryv_rc session_write(struct pryv_session *session, struct call *calls, size_t count, uint64_t *changed,
                           struct pryv_err *err)
{
    PGresult *answer = NULL;
    enum pryv_rc rc;

    if (!session->writes)
        return pryv_fail(err, PRYV_FAILED, "a session that reads cannot write");
    if ((rc = run(session, calls, count, &answer, err)) != PRYV_OK)
        return rc;
    if (changed)
        *changed = answer_changed(answer);
    PQclear(answer);
    return PRYV_OK;
}
