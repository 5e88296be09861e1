/* platform_cores.c - users by the core that they live on. */
#include "engine.h"
#include <pryv/rows.h>

/* A former name leads to its user's core too, and is not counted. */
#define IS_PRESENT \
    "EXISTS (SELECT 1 FROM unique_fields u WHERE u.field = 'username' AND u.value = c.username AND u.username = c.username)"

static enum pryv_rc platform_core_counts(void *self, struct pryv_arena *mem, struct pryv_str **core_ids, uint64_t **counts,
                                         size_t *count, struct pryv_err *err)
{
    struct pryv_session s;
    struct pryv_rows ids = PRYV_ROWS(mem, struct pryv_str), numbers = PRYV_ROWS(mem, uint64_t);
    enum pryv_rc rc = platform_begin(self, PRYV_READ, &s, err);
    int more;

    if (rc != PRYV_OK)
        return rc;

    sqlite3_stmt *statement = session_read(
        &s, "SELECT core_id, count(*) FROM user_cores c WHERE " IS_PRESENT " GROUP BY core_id ORDER BY core_id", err);

    while ((more = session_step(&s, statement, err)) > 0) {
        *(struct pryv_str *) pryv_rows_add(&ids) = column_copy(mem, statement, 0);
        *(uint64_t *) pryv_rows_add(&numbers) = (uint64_t) sqlite3_column_int64(statement, 1);
    }
    session_done(&s, statement);
    session_end(&s);
    if (more < 0)
        return (enum pryv_rc) more;
    *core_ids = ids.items;
    *counts = numbers.items;
    *count = ids.count;
    return PRYV_OK;
}

static enum pryv_rc platform_core_users(void *self, struct pryv_arena *mem, struct pryv_str core_id, struct pryv_str after,
                                        size_t limit, struct pryv_str **usernames, size_t *count, struct pryv_err *err)
{
    struct pryv_session s;
    struct pryv_rows names = PRYV_ROWS(mem, struct pryv_str);
    enum pryv_rc rc = platform_begin(self, PRYV_READ, &s, err);
    int more;

    if (rc != PRYV_OK)
        return rc;

    sqlite3_stmt *statement =
        session_read(&s,
                     "SELECT username FROM user_cores c WHERE core_id = ?1 AND (?2 IS NULL OR username > ?2) "
                     "AND " IS_PRESENT " ORDER BY username LIMIT ?3",
                     err);

    if (statement) {
        bind_text(statement, 1, core_id);
        bind_text(statement, 2, after);
        bind_count(statement, 3, limit);
    }
    while ((more = session_step(&s, statement, err)) > 0)
        *(struct pryv_str *) pryv_rows_add(&names) = column_copy(mem, statement, 0);
    session_done(&s, statement);
    session_end(&s);
    if (more < 0)
        return (enum pryv_rc) more;
    *usernames = names.items;
    *count = names.count;
    return PRYV_OK;
}

static enum pryv_rc move_users(struct pryv_session *s, struct pryv_str from, struct pryv_str to, uint64_t *moved,
                               struct pryv_err *err)
{
    sqlite3_stmt *statement = session_write(s, "UPDATE user_cores SET core_id = ?2 WHERE core_id = ?1", err);

    if (statement) {
        bind_text(statement, 1, from);
        bind_text(statement, 2, to);
    }
    return session_run(s, statement, NULL, moved, err);
}

static enum pryv_rc platform_core_move(void *self, struct pryv_str from, struct pryv_str to, uint64_t *moved,
                                       struct pryv_err *err)
{
    struct pryv_session s;
    enum pryv_rc rc = platform_begin(self, PRYV_WRITE, &s, err);

    if (rc != PRYV_OK)
        return rc;
    rc = move_users(&s, from, to, moved, err);
    rc = platform_end(&s, rc, err);
    return rc;
}

void platform_cores_offer(struct pryv_platform_ops *ops)
{
    ops->core_counts = platform_core_counts;
    ops->core_users = platform_core_users;
    ops->core_move = platform_core_move;
}
