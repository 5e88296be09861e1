/* session.c - see session.h. */
#include "session.h"
#include "engine.h"
#include "cursor.h"
#include "event_create.h"
#include <stdlib.h>

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

enum { BEGIN_CALLS = 3 };

static struct pryv_str user_of(const struct pryv_session *session)
{
    return pryv_str_n(session->user_id, session->user_id_len);
}

/* The last of them tells the user's number. */
static size_t put_begin(struct pryv_session *session, struct call calls[BEGIN_CALLS])
{
    struct call *call = calls;

    if (session->writes) {
        *call++ = (struct call){ .sql = "BEGIN" };
        *call = (struct call){ .sql = "SELECT pg_advisory_xact_lock($1)" };
        call_integer(call++, user_lock(user_of(session), LOCK_TURN));
        *call = (struct call){ .sql = "SELECT number, true FROM users WHERE id = $1" };
        call_text(call++, user_of(session));
        return (size_t) (call - calls);
    }
    *call++ = (struct call){ .sql = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" };
    *call = (struct call){ .sql = "SELECT number, pg_try_advisory_xact_lock_shared($2) FROM users WHERE id = $1" };
    call_text(call, user_of(session));
    call_integer(call++, user_lock(user_of(session), LOCK_PRESENCE));
    return (size_t) (call - calls);
}

static void forget_user_id(struct pryv_session *session)
{
    free(session->user_id);
    session->user_id = NULL;
}

static enum pryv_rc is_being_erased(struct pryv_err *err)
{
    return pryv_fail(err, PRYV_BUSY, "the user is being erased");
}

static enum pryv_rc check_begun(const struct pryv_session *session, const PGresult *answer, struct pryv_err *err)
{
    if (PQntuples(answer) == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "no such user");
    if (!answer_bool(answer, 0, 1) || (session->user && session->user != answer_integer(answer, 0, 0)))
        return is_being_erased(err);
    return PRYV_OK;
}

/* The user's number is not known: that there is such a user is to be told now. */
static enum pryv_rc begin_now(struct pryv_session *session, struct pryv_err *err)
{
    struct call calls[BEGIN_CALLS];
    PGresult *answer = NULL;
    enum pryv_rc rc = connection_run(session->connection, calls, put_begin(session, calls), &answer, err);

    if (rc == PRYV_OK && (rc = check_begun(session, answer, err)) == PRYV_OK) {
        session->user = answer_integer(answer, 0, 0);
        number_is(&session->engine->numbers, user_of(session), session->user);
    }
    PQclear(answer);
    forget_user_id(session);
    return rc;
}

/* With the first statements. A user who was there when the session was opened, and is no more, has been erased meanwhile. */
static enum pryv_rc begin_with(struct pryv_session *session, struct call *calls, size_t count, PGresult **answer,
                               struct pryv_err *err)
{
    struct call begin[BEGIN_CALLS];
    PGresult *begun = NULL, *last = NULL;
    enum pryv_rc rc = connection_run_after(session->connection, begin, put_begin(session, begin), calls, count, &begun,
                                           answer ? &last : NULL, err);

    if (begun && check_begun(session, begun, err) != PRYV_OK) {
        number_forget(&session->engine->numbers, user_of(session));
        rc = is_being_erased(err);
    }
    forget_user_id(session);
    PQclear(begun);
    if (rc == PRYV_OK && answer)
        *answer = last;
    else
        PQclear(last);
    return rc;
}

enum pryv_rc session_begin(struct pryv_session *session, struct engine *engine, struct pryv_str user_id,
                           enum pryv_session_mode mode, struct pryv_err *err)
{
    enum pryv_rc rc;

    *session = (struct pryv_session){
        .engine = engine, .use = POOL_SESSION, .writes = mode == PRYV_WRITE, .user = number_of(&engine->numbers, user_id)
    };
    if (session->writes)
        creations_commit(user_id);
    if (session->writes && (rc = turn_take(&engine->turns, (uint64_t) user_lock(user_id, LOCK_TURN), TURN_ALONE,
                                           engine->pool.wait_seconds, &session->turn, err)) != PRYV_OK)
        return rc;
    session->user_id = pryv_str_dup(user_id);
    session->user_id_len = user_id.len;
    if ((rc = pool_take(&engine->pool, POOL_SESSION, &session->connection, err)) == PRYV_OK && !session->user)
        rc = begin_now(session, err);
    if (rc != PRYV_OK)
        session_end(session);
    return rc;
}

void session_begin_page(struct pryv_session *session, struct engine *engine, int64_t user)
{
    *session = (struct pryv_session){ .engine = engine, .page = true, .user = user };
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
    forget_user_id(session);
    if (connection)
        pool_give(&session->engine->pool, session->use, connection, broken);
    if (turn)
        turn_give(&session->engine->turns, turn, TURN_ALONE);
}

/* Nobody waits for the answer: the connection's next user reads it. */
void session_end(struct pryv_session *session)
{
    struct call call = { .sql = "ROLLBACK" };
    bool broken;

    end_cursors(session);
    if (session->user_id) /* nothing has begun */
        broken = session->connection && connection_is_lost(session->connection);
    else
        broken =
            session->connection && (connection_is_lost(session->connection) || !connection_send(session->connection, &call, 1));
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
    turn_give(&session->engine->turns, session->turn, TURN_ALONE);
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
    if (session->user_id) /* nothing was written */
        rc = PRYV_OK;
    else if (session->turn && turn_is_awaited(&session->engine->turns, session->turn))
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

    if (session->page)
        return pryv_fail(err, PRYV_UNSUPPORTED, "one question does not do");
    if (!session->connection)
        return pryv_fail(err, PRYV_FAILED, "the session is over");
    rc = session->user_id ? begin_with(session, calls, count, answer, err)
                          : connection_run(session->connection, calls, count, answer, err);
    if (rc != PRYV_OK)
        session_end(session);
    return rc;
}

enum pryv_rc session_read(struct pryv_session *session, struct call *calls, size_t count, PGresult **answer, struct pryv_err *err)
{
    return run(session, calls, count, answer, err);
}

enum pryv_rc session_count(struct pryv_session *session, const char *sql, uint64_t *count, struct pryv_err *err)
{
    struct call call = { .sql = sql };
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_integer(&call, session->user);
    if ((rc = session_read(session, &call, 1, &answer, err)) != PRYV_OK)
        return rc;
    *count = (uint64_t) answer_integer(answer, 0, 0);
    PQclear(answer);
    return PRYV_OK;
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

void session_offer(struct pryv_storage_ops *ops)
{
    ops->commit = session_commit;
}
