/* event_create.c - see event_create.h. An event is one of a group (event_group.h). What cannot be goes alone, in one round trip: a pipeline is a transaction,
 * which PostgreSQL commits where it ends. Or several of one thread share a transaction that stays open on its connection until they are settled.
 *
 * The lock is had by a statement of its own, so that the next sees all that was committed before. It is shared: new events do not disturb each
 * other. Nothing but a lost connection ends a shared transaction: an id that is taken is found without an error. */
#include "event_create.h"
#include "engine.h"
#include "event_group.h"
#include "event_row.h"
#include <stdio.h>
#include <stdlib.h>

struct pryv_pending_commit {
    struct engine *engine;
    int64_t lock; /* the user's */
    struct turn *turn;
    struct connection *connection; /* NULL once it is over */
    enum pryv_rc rc;               /* then */
    char message[256];
};

static _Thread_local struct pryv_pending_commit *open_here;

/* Other failures are told already. */
static enum pryv_rc tell(enum pryv_rc rc, struct pryv_err *err)
{
    if (rc == PRYV_NOT_FOUND)
        return pryv_fail(err, rc, "the user, or a stream of the event, is not there");
    if (rc == PRYV_CONFLICT)
        return pryv_conflict(err, "id", "an event of this id is there");
    return rc;
}

static enum pryv_rc read_outcome(struct creation *creation, const PGresult *answer, struct pryv_err *err)
{
    struct addition *addition = &creation->addition;

    creation_kind.read(&addition, 1, answer);
    return tell(addition->rc, err);
}

static void put_create(struct call *call, struct pryv_arena *mem, struct creation *creation)
{
    struct addition *addition = &creation->addition;

    creation_kind.put(call, mem, &addition, 1);
}

/* ---- A transaction that several share -------------------------------------------------------- */

/* A half of the connections at most: a thread that has one may need another to read. */
static bool may_share(struct engine *engine)
{
    if (atomic_fetch_add(&engine->shared_transactions, 1) < pool_sessions(&engine->pool) / 2)
        return true;
    atomic_fetch_sub(&engine->shared_transactions, 1);
    return false;
}

/* `rc`: what became of what is in it. */
static void end(struct pryv_pending_commit *pending, enum pryv_rc rc, const struct pryv_err *err)
{
    struct engine *engine = pending->engine;

    pending->rc = rc;
    if (rc != PRYV_OK)
        snprintf(pending->message, sizeof(pending->message), "%s", err->message ? err->message : "");
    pool_give(&engine->pool, POOL_SESSION, pending->connection, rc != PRYV_OK);
    turn_give(&engine->turns, pending->turn, TURN_SHARED);
    atomic_fetch_sub(&engine->shared_transactions, 1);
    pending->connection = NULL;
    open_here = NULL;
}

static void commit(struct pryv_pending_commit *pending, struct pryv_err *err)
{
    struct call call = { .sql = "COMMIT" };
    enum pryv_rc rc = connection_run(pending->connection, &call, 1, NULL, err);

    end(pending, rc, err);
}

void creations_commit(struct pryv_str user_id)
{
    struct pryv_arena *scratch;

    if (!open_here || open_here->lock != user_lock(user_id, LOCK_TURN))
        return;
    scratch = pryv_arena_new();

    struct pryv_err told_by_settle = PRYV_ERR(scratch);

    commit(open_here, &told_by_settle);
    pryv_arena_free(scratch);
}

static enum pryv_rc settle(struct pryv_pending_commit *pending, struct pryv_err *err)
{
    enum pryv_rc rc;

    if (!pending)
        return PRYV_OK;
    if (pending->connection)
        commit(pending, err);
    rc = pending->rc;
    if (rc != PRYV_OK)
        rc = pryv_fail(err, rc, "%s", pending->message);
    free(pending);
    return rc;
}

static enum pryv_rc begin_shared(struct pryv_pending_commit *pending, struct creation *creation, struct pryv_err *err)
{
    struct call begin[2] = { { .sql = "BEGIN" } }, create;
    PGresult *locked = NULL, *answer = NULL;
    enum pryv_rc rc;

    addition_put_lock(&begin[1], &creation->addition);
    put_create(&create, err->arena, creation);
    rc = connection_run_after(pending->connection, begin, 2, &create, 1, &locked, &answer, err);
    if (rc != PRYV_OK)
        end(pending, rc, err);
    else
        rc = read_outcome(creation, answer, err);
    PQclear(locked);
    PQclear(answer);
    return rc;
}

static enum pryv_rc create_in(struct pryv_pending_commit *pending, struct creation *creation, struct pryv_err *err)
{
    struct call create;
    PGresult *answer = NULL;
    enum pryv_rc rc;

    put_create(&create, err->arena, creation);
    rc = connection_run(pending->connection, &create, 1, &answer, err);
    if (rc != PRYV_OK)
        end(pending, rc, err);
    else
        rc = read_outcome(creation, answer, err);
    PQclear(answer);
    return rc;
}

/* With a turn, which it keeps in `*pending` or gives back. */
static enum pryv_rc create_first(struct engine *engine, struct turn *turn, struct creation *creation,
                                 struct pryv_pending_commit **pending, struct pryv_err *err)
{
    struct pryv_pending_commit *shared = calloc(1, sizeof(*shared));
    enum pryv_rc rc;

    if (!shared)
        abort();
    *shared = (struct pryv_pending_commit){ .engine = engine, .lock = creation->addition.lock, .turn = turn };
    if ((rc = pool_take(&engine->pool, POOL_SESSION, &shared->connection, err)) == PRYV_OK) {
        open_here = shared;
        rc = begin_shared(shared, creation, err);
    } else {
        turn_give(&engine->turns, turn, TURN_SHARED);
        atomic_fetch_sub(&engine->shared_transactions, 1);
    }
    if (shared->connection)
        *pending = shared;
    else
        free(shared);
    return rc;
}

/* ---- Creating -------------------------------------------------------------------------------- */

static enum pryv_rc create_sharing(struct engine *engine, struct creation *creation, struct pryv_pending_commit **pending,
                                   struct pryv_err *err)
{
    struct turn *turn;
    enum pryv_rc rc =
        turn_take(&engine->turns, (uint64_t) creation->addition.lock, TURN_SHARED, engine->pool.wait_seconds, &turn, err);

    if (rc != PRYV_OK) {
        atomic_fetch_sub(&engine->shared_transactions, 1);
        return rc;
    }
    return create_first(engine, turn, creation, pending, err);
}

static enum pryv_rc event_create(void *self, struct pryv_str user_id, const struct pryv_event *row,
                                 const struct pryv_str *streams, size_t count, struct pryv_pending_commit **pending,
                                 struct pryv_err *err)
{
    struct engine *engine = self;
    struct creation creation = {
        .addition.lock = user_lock(user_id, LOCK_TURN), .user_id = user_id, .row = row, .streams = streams, .stream_count = count
    };

    if (pending && *pending && (*pending)->connection && (*pending)->lock == creation.addition.lock)
        return create_in(*pending, &creation, err);
    if (pending && *pending && (*pending)->rc != PRYV_OK)
        return pryv_fail(err, (*pending)->rc, "%s", (*pending)->message);
    if (pending && !*pending && !open_here && may_share(engine))
        return create_sharing(engine, &creation, pending, err);
    creation.addition.alone = !creation_may_join(&creation);
    return tell(addition_make(engine, &engine->creations, &creation_kind, &creation.addition, err), err);
}

void event_create_offer(struct pryv_storage_ops *ops)
{
    ops->event_create = event_create;
    ops->settle = settle;
}
