/* additions.c - see additions.h. */
#include "additions.h"
#include <stdio.h>

/* Each tells of every lock whether it was had, as digits, to who reads the answer and to the next statement, which sees all that was committed
 * before the locks were had. */
static const char try_locks[] =
    "SELECT set_config('pryvd.locked', string_agg(pg_try_advisory_xact_lock_shared(lock)::int::text, ''), true) "
    "FROM unnest($1::int8[]) AS lock";
static const char wait_for_lock[] = "SELECT set_config('pryvd.locked', '1', true) FROM pg_advisory_xact_lock_shared($1)";

/* ---- Together ---------------------------------------------------------------------------------- */

/* Those who have no outcome yet. */
struct members {
    const struct addition_kind *kind;
    struct pryv_arena *mem;
    struct addition *all[GROUP_MOST];
    size_t count;
};

static void leave_alone(struct members *members)
{
    for (size_t i = 0; i < members->count; i++)
        members->all[i]->alone = true;
    members->count = 0;
}

static void fail(struct members *members, enum pryv_rc rc, const struct pryv_err *err)
{
    for (size_t i = 0; i < members->count; i++) {
        members->all[i]->rc = rc;
        snprintf(members->all[i]->message, ADDITION_MESSAGE, "%s", err->message ? err->message : pryv_err_message(err));
    }
    members->count = 0;
}

static void put_locks(struct call *call, const struct members *members)
{
    uint64_t locks[GROUP_MOST];

    for (size_t i = 0; i < members->count; i++)
        locks[i] = (uint64_t) members->all[i]->lock;
    *call = (struct call){ .sql = try_locks };
    call_integers(call, members->mem, locks, members->count);
}

/* Those whose users' locks were not had leave; false when there are none, and all was done. */
static bool drop_locked_out(struct members *members, const PGresult *locked)
{
    struct pryv_str digits = answer_text(locked, 0, 0);
    size_t kept = 0;

    for (size_t i = 0; i < members->count; i++) {
        members->all[i]->alone = i < digits.len && digits.data[i] == '0';
        if (!members->all[i]->alone)
            members->all[kept++] = members->all[i];
    }
    if (kept == members->count)
        return false;
    members->count = kept;
    return true;
}

static void try(struct members *members, struct connection *connection, struct pryv_err *err)
{
    struct call lock, add;
    PGresult *locked = NULL, *answer = NULL;
    enum pryv_rc rc;

    put_locks(&lock, members);
    members->kind->put(&add, members->mem, members->all, members->count);
    rc = connection_run_after(connection, &lock, 1, &add, 1, &locked, &answer, err);
    if (rc != PRYV_OK && !connection_is_lost(connection)) {
        leave_alone(members);
    } else if (rc != PRYV_OK) {
        fail(members, rc, err);
    } else if (!drop_locked_out(members, locked)) {
        members->kind->read(members->all, members->count, answer);
        members->count = 0;
    }
    PQclear(locked);
    PQclear(answer);
}

static void add_all(struct engine *engine, struct members *members, struct pryv_err *err)
{
    struct connection *connection;
    enum pryv_rc rc = pool_take(&engine->pool, POOL_SESSION, &connection, err);

    if (rc != PRYV_OK) {
        fail(members, rc, err);
        return;
    }
    while (members->count)
        try(members, connection, err);
    pool_give(&engine->pool, POOL_SESSION, connection, connection_is_lost(connection));
}

void additions_do(struct engine *engine, const struct addition_kind *kind, struct addition *const *additions, size_t count)
{
    struct members members = { .kind = kind, .mem = pryv_arena_new(), .count = count };
    struct pryv_err err = PRYV_ERR(members.mem);

    memcpy(members.all, additions, count * sizeof(*additions));
    for (size_t i = 0; i < count; i++)
        additions[i]->alone = false;
    add_all(engine, &members, &err);
    pryv_arena_free(members.mem);
}

/* ---- Alone ------------------------------------------------------------------------------------- */

void addition_put_lock(struct call *call, const struct addition *addition)
{
    *call = (struct call){ .sql = wait_for_lock };
    call_integer(call, addition->lock);
}

static enum pryv_rc add_alone(struct engine *engine, const struct addition_kind *kind, struct addition *addition,
                              struct pryv_err *err)
{
    struct call lock, add;
    struct connection *connection;
    PGresult *locked = NULL, *answer = NULL;
    enum pryv_rc rc = pool_take(&engine->pool, POOL_SESSION, &connection, err);

    if (rc != PRYV_OK)
        return rc;
    addition_put_lock(&lock, addition);
    kind->put(&add, err->arena, &addition, 1);
    rc = connection_run_after(connection, &lock, 1, &add, 1, &locked, &answer, err);
    pool_give(&engine->pool, POOL_SESSION, connection, connection_is_lost(connection));
    if (rc == PRYV_OK) {
        kind->read(&addition, 1, answer);
        rc = addition->rc;
    }
    PQclear(locked);
    PQclear(answer);
    return rc;
}

enum pryv_rc addition_make(struct engine *engine, struct group *group, const struct addition_kind *kind,
                           struct addition *addition, struct pryv_err *err)
{
    struct turn *turn;
    enum pryv_rc rc = turn_take(&engine->turns, (uint64_t) addition->lock, TURN_SHARED, engine->pool.wait_seconds, &turn, err);

    if (rc != PRYV_OK)
        return rc;
    if (!addition->alone)
        group_do(group, &addition->item);
    if (addition->alone)
        rc = add_alone(engine, kind, addition, err);
    else if (addition->message[0])
        rc = pryv_fail(err, addition->rc, "%s", addition->message);
    else
        rc = addition->rc;
    turn_give(&engine->turns, turn, TURN_SHARED);
    return rc;
}
