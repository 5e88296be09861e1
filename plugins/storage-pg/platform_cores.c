/* platform_cores.c - users by the core that they live on. */
#include "engine.h"
#include <pryv/rows.h>

/* A former name leads to its user's core too, and is not counted. */
#define IS_PRESENT \
    "EXISTS (SELECT 1 FROM unique_fields u WHERE u.field = 'username' AND u.value = c.username AND u.username = c.username)"

static enum pryv_rc platform_core_counts(void *self, struct pryv_arena *mem, struct pryv_str **core_ids, uint64_t **counts,
                                         size_t *count, struct pryv_err *err)
{
    struct engine *engine = self;
    struct call call = { .sql = "SELECT core_id, count(*) FROM user_cores c WHERE " IS_PRESENT
                                " GROUP BY core_id ORDER BY core_id" };
    struct pryv_rows ids = PRYV_ROWS(mem, struct pryv_str), numbers = PRYV_ROWS(mem, uint64_t);
    PGresult *answer = NULL;
    enum pryv_rc rc = pool_run(&engine->pool, &call, &answer, err);

    if (rc != PRYV_OK)
        return rc;
    for (int i = 0; i < PQntuples(answer); i++) {
        *(struct pryv_str *) pryv_rows_add(&ids) = answer_copy(mem, answer, i, 0);
        *(uint64_t *) pryv_rows_add(&numbers) = (uint64_t) answer_integer(answer, i, 1);
    }
    PQclear(answer);
    *core_ids = ids.items;
    *counts = numbers.items;
    *count = ids.count;
    return PRYV_OK;
}

static enum pryv_rc platform_core_users(void *self, struct pryv_arena *mem, struct pryv_str core_id, struct pryv_str after,
                                        size_t limit, struct pryv_str **usernames, size_t *count, struct pryv_err *err)
{
    struct engine *engine = self;
    struct call call = { .sql = "SELECT username FROM user_cores c WHERE core_id = $1 AND ($2::bytea IS NULL OR username > $2) "
                                "AND " IS_PRESENT " ORDER BY username LIMIT $3" };
    struct pryv_rows names = PRYV_ROWS(mem, struct pryv_str);
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_text(&call, core_id);
    call_text(&call, after);
    call_count(&call, limit);
    if ((rc = pool_run(&engine->pool, &call, &answer, err)) != PRYV_OK)
        return rc;
    for (int i = 0; i < PQntuples(answer); i++)
        *(struct pryv_str *) pryv_rows_add(&names) = answer_copy(mem, answer, i, 0);
    PQclear(answer);
    *usernames = names.items;
    *count = names.count;
    return PRYV_OK;
}

static enum pryv_rc platform_core_move(void *self, struct pryv_str from, struct pryv_str to, uint64_t *moved,
                                       struct pryv_err *err)
{
    struct engine *engine = self;
    struct call call = { .sql = "UPDATE user_cores SET core_id = $2 WHERE core_id = $1" };
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_text(&call, from);
    call_text(&call, to);
    if ((rc = pool_run(&engine->pool, &call, &answer, err)) != PRYV_OK)
        return rc;
    *moved = answer_changed(answer);
    PQclear(answer);
    return PRYV_OK;
}

void platform_cores_offer(struct pryv_platform_ops *ops)
{
    ops->core_counts = platform_core_counts;
    ops->core_users = platform_core_users;
    ops->core_move = platform_core_move;
}
