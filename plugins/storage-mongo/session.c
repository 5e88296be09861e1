/* session.c - see session.h: the life of a session. */
#include "session.h"
#include "cursor.h"
#include "engine.h"
#include <pryv/crypto.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- Beginning ------------------------------------------------------------------------------- */

static void enter(struct pryv_session *session)
{
    struct engine *engine = session->engine;

    pthread_mutex_lock(&engine->sessions_lock);
    session->before = NULL;
    session->after = engine->sessions;
    if (engine->sessions)
        engine->sessions->before = session;
    engine->sessions = session;
    pthread_mutex_unlock(&engine->sessions_lock);
}

static void leave(struct pryv_session *session)
{
    struct engine *engine = session->engine;

    pthread_mutex_lock(&engine->sessions_lock);
    *(session->before ? &session->before->after : &engine->sessions) = session->after;
    if (session->after)
        session->after->before = session->before;
    pthread_mutex_unlock(&engine->sessions_lock);
}

static enum pryv_rc take_turn(struct pryv_session *session, bool patient, struct pryv_err *err)
{
    struct engine *engine = session->engine;
    enum pryv_rc rc = turn_take(&engine->turns, &session->turn, session->chain.name, engine->busy_seconds, err);

    session->has_turn = rc == PRYV_OK;
    if (rc == PRYV_OK)
        rc = server_take(session->chain.server, &session->client, err);
    if (rc == PRYV_OK && patient) {
        rc = lock_take(&session->chain, session->client, session->writer, engine->lease_seconds, engine->busy_seconds, err);
        session->has_lock = rc == PRYV_OK;
    }
    return rc;
}

enum pryv_rc session_begin(struct pryv_session *session, struct engine *engine, const struct chain *chain,
                           enum pryv_session_mode mode, bool patient, struct pryv_err *err)
{
    enum pryv_rc rc;

    *session = (struct pryv_session){ .engine = engine, .chain = *chain, .mode = mode, .mem = pryv_arena_new() };
    session->writer = pryv_id_new(session->mem);
    overlay_init(&session->own, session->mem);
    enter(session);
    rc = mode == PRYV_WRITE ? take_turn(session, patient, err) : server_take(chain->server, &session->client, err);
    session->opened = steady_seconds(); /* before the sequence is known: it is not older than that */
    if (rc == PRYV_OK)
        rc = chain_head(&session->chain, session->client, &session->sequence, err);
    if (rc != PRYV_OK)
        session_end(session);
    return rc;
}

/* ---- The end --------------------------------------------------------------------------------- */

void session_end(struct pryv_session *session)
{
    while (session->cursors)
        cursor_end(session->cursors);
    leave(session);
    if (session->has_lock)
        lock_give(&session->chain, session->client, session->writer);
    server_give(session->chain.server, session->client);
    if (session->has_turn)
        turn_give(&session->engine->turns, &session->turn);
    pryv_arena_free(session->mem);
    session->client = NULL;
    session->over = true;
}

enum pryv_rc session_failed(struct pryv_session *session, enum pryv_rc rc)
{
    session->over = true;
    return rc;
}

/* When half of the time is over it is looked whether others have written. False: that could not be found out. */
static bool stay_young(struct pryv_session *session, struct pryv_err *err)
{
    double now = steady_seconds();
    int64_t newest;

    if (session->overtaken || now - session->opened < session->engine->snapshot_seconds / 2)
        return true;
    if (chain_head(&session->chain, session->client, &newest, err) != PRYV_OK)
        return false;
    session->overtaken = newest != session->sequence;
    if (!session->overtaken)
        session->opened = now;
    return true;
}

bool session_is_usable(struct pryv_session *session, struct pryv_err *err)
{
    if (session->over)
        pryv_fail(err, PRYV_FAILED, "the session is over");
    else if (session->erased)
        pryv_fail(err, PRYV_NOT_FOUND, "the user was erased");
    else if (!stay_young(session, err))
        return false;
    else if (steady_seconds() - session->opened > session->engine->snapshot_seconds)
        pryv_fail(
            err, PRYV_BUSY,
            "the session is open for longer than storages.engines.mongodb.snapshotSeconds, and others have written meanwhile");
    else
        return true;
    return false;
}

/* In the order of their first touch: what is inserted and what is ended do not depend on each other. */
static size_t list_changes(const struct pryv_session *session, struct change *changes)
{
    size_t count = 0;

    for (const struct own_row *row = session->own.first; row; row = row->next) {
        if (row->document.data)
            changes[count++] = (struct change){ .collection = row->kind->collection, .inserted = row->document };
        if (row->replaces.data)
            changes[count++] = (struct change){ .collection = row->kind->collection, .ended = row->replaces };
    }
    return count;
}

enum pryv_rc session_commit(struct pryv_session *session, bool *lost, struct pryv_err *err)
{
    struct change *changes = pryv_new_array(session->mem, struct change, session->own.count * 2 + 1);
    size_t count;

    if (!session_is_usable(session, err))
        return err->rc;
    if (session->mode != PRYV_WRITE)
        return pryv_fail(err, PRYV_FAILED, "a session that reads has nothing to commit");
    while (session->cursors)
        cursor_end(session->cursors);
    session->over = true;
    count = list_changes(session, changes);
    if (count == 0)
        return PRYV_OK;
    return chain_commit(&session->chain, session->client, session->sequence, session->writer, changes, count, lost, err);
}

enum pryv_rc session_run(struct engine *engine, const struct chain *chain,
                         enum pryv_rc (*fn)(struct pryv_session *s, void *arguments, struct pryv_err *err), void *arguments,
                         struct pryv_err *err)
{
    double end = steady_seconds() + engine->busy_seconds;
    useconds_t wait = 500;

    for (;;) {
        struct pryv_session session;
        bool lost = false;
        enum pryv_rc rc = session_begin(&session, engine, chain, PRYV_WRITE, false, err);

        if (rc != PRYV_OK)
            return rc;
        if ((rc = fn(&session, arguments, err)) == PRYV_OK)
            rc = session_commit(&session, &lost, err);
        session_end(&session);
        if (!lost || steady_seconds() > end)
            return rc;
        usleep(wait);
        wait = wait < 20000 ? wait * 2 : wait;
    }
}
