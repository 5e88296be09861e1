/* neighbours.c - see neighbours.h. */
#include "neighbours.h"
#include "server_lock.h"
#include <pryv/log.h>

static enum pryv_rc count_others(struct pool *pool, int64_t *count, struct pryv_err *err)
{
    struct call call = {
        .sql = "SELECT count(DISTINCT objid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND classid::int8 = $1 "
               "AND objid::int8 <> $2 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        .once = true
    };
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_integer(&call, SERVER_LOCK_CLASS);
    call_integer(&call, pool->options.server_number);
    if ((rc = pool_run(pool, &call, &answer, err)) == PRYV_OK)
        *count = answer_integer(answer, 0, 0);
    PQclear(answer);
    return rc;
}

void neighbours_check(struct pool *pool)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    int64_t others = 0;

    if (count_others(pool, &others, &err) != PRYV_OK)
        pryv_log_warn("storage-pg", "whether other servers use the database cannot be asked: %s", pryv_err_reason(&err));
    else if (others > 0)
        pryv_log_warn(
            "storage-pg",
            "%lld other server%s, on another machine or with another data folder, use%s the database at %s: what one of them "
            "changes or revokes the others may not notice; stop all but one",
            (long long) others, others > 1 ? "s" : "", others > 1 ? "" : "s", pool->options.name);
    pryv_arena_free(mem);
}
