/* neighbours.c - see neighbours.h. */
#include "neighbours.h"
#include <pryv/config.h>
#include <pryv/log.h>
#include <stdio.h>
#include <unistd.h>

/* "pryv": the first half of the locks' names. Those of one number of 64 bits are told apart from them by PostgreSQL. */
enum { LOCK_CLASS = 0x70727976 };

/* FNV-1a. */
static uint32_t add_to_hash(uint32_t hash, struct pryv_str text)
{
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char) text.data[i]) * 0x01000193u;
    return hash;
}

uint32_t neighbours_own_number(void)
{
    char host[256] = "";

    gethostname(host, sizeof(host) - 1);
    return add_to_hash(add_to_hash(0x811c9dc5u, pryv_str(host)), pryv_data_dir());
}

void neighbours_put_lock(char *sql, size_t size, uint32_t number)
{
    snprintf(sql, size, "SELECT pg_advisory_lock_shared(%d, %d)", LOCK_CLASS, (int32_t) number);
}

static enum pryv_rc count_others(struct pool *pool, int64_t *count, struct pryv_err *err)
{
    struct call call = {
        .sql = "SELECT count(DISTINCT objid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND classid::int8 = $1 "
               "AND objid::int8 <> $2 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        .once = true
    };
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_integer(&call, LOCK_CLASS);
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
