/* room.c - see room.h. */
#include "room.h"
#include <pryv/log.h>
#include <pryv/plugin.h>

/* The server's own limit but what it keeps for administrators, the role's, and the database's. */
static const char allowed_statement[] =
    "SELECT least(current_setting('max_connections')::int8 - current_setting('superuser_reserved_connections')::int8 - "
    "coalesce(current_setting('reserved_connections', true)::int8, 0), nullif(rolconnlimit, -1), nullif(datconnlimit, -1)) "
    "FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()";

static enum pryv_rc ask_allowed(struct pool *pool, int64_t *allowed, struct pryv_err *err)
{
    struct call call = { .sql = allowed_statement, .once = true };
    PGresult *answer = NULL;
    enum pryv_rc rc = pool_run(pool, &call, &answer, err);

    if (rc == PRYV_OK)
        *allowed = PQntuples(answer) == 1 ? answer_integer(answer, 0, 0) : INT64_MAX;
    PQclear(answer);
    return rc;
}

void room_check(struct pool *pool)
{
    int64_t workers = pryv_worker_count(), asked = workers * pool->max, allowed;
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);

    if (ask_allowed(pool, &allowed, &err) != PRYV_OK)
        pryv_log_warn("storage-pg", "how many connections are allowed cannot be asked: %s", pryv_err_reason(&err));
    else if (asked > allowed)
        pryv_log_warn(
            "storage-pg",
            "all workers may open %lld connections, PostgreSQL at %s allows %lld: set storages.engines.postgresql.max to "
            "%lld at most, or max_connections (or the role's or the database's limit) higher",
            (long long) asked, pool->options.name, (long long) allowed, (long long) (allowed / workers));
    pryv_arena_free(mem);
}
