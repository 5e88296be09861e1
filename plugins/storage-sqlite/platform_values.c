/* platform_values.c - values by key, most of them with an end. */
#include "engine.h"
#include <pryv/crypto.h>
#include <pryv/rows.h>

#define NOT_EXPIRED "(expires IS NULL OR expires > ?2)"

static enum pryv_rc get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str key, struct pryv_str *value,
                        struct pryv_err *err)
{
    sqlite3_stmt *statement = session_read(s, "SELECT value FROM platform_values WHERE key = ?1 AND " NOT_EXPIRED, err);

    if (statement) {
        bind_text(statement, 1, key);
        bind_number(statement, 2, pryv_now());
    }

    int more = session_step(s, statement, err);

    if (more > 0)
        *value = column_copy(mem, statement, 0);
    session_done(s, statement);
    if (more == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "no value of this key");
    return more > 0 ? PRYV_OK : (enum pryv_rc) more;
}

static enum pryv_rc put(struct pryv_session *s, struct pryv_str key, struct pryv_str value, double expires, struct pryv_err *err)
{
    sqlite3_stmt *statement =
        session_write(s, "INSERT OR REPLACE INTO platform_values (key, value, expires) VALUES (?1, ?2, ?3)", err);

    if (statement) {
        bind_text(statement, 1, key);
        bind_text(statement, 2, value);
        bind_number(statement, 3, expires);
    }
    return session_run(s, statement, NULL, NULL, err);
}

static enum pryv_rc delete_key(struct pryv_session *s, struct pryv_str key, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_write(s, "DELETE FROM platform_values WHERE key = ?1", err);

    if (statement)
        bind_text(statement, 1, key);
    return session_run(s, statement, NULL, NULL, err);
}

static enum pryv_rc platform_value_put(void *self, struct pryv_str key, struct pryv_str value, double expires,
                                       struct pryv_err *err)
{
    struct pryv_session s;
    enum pryv_rc rc = platform_begin(self, PRYV_WRITE, &s, err);

    if (rc != PRYV_OK)
        return rc;
    return platform_end(&s, put(&s, key, value, expires, err), err);
}

static enum pryv_rc platform_value_put_new(void *self, struct pryv_str key, struct pryv_str value, double expires,
                                           struct pryv_err *err)
{
    struct pryv_session s;
    struct pryv_str before;
    enum pryv_rc rc = platform_begin(self, PRYV_WRITE, &s, err);

    if (rc != PRYV_OK)
        return rc;
    rc = get(&s, err->arena, key, &before, err);
    if (rc == PRYV_OK)
        rc = session_failed(&s, pryv_conflict(err, "key", "there is a value of this key"), err);
    else if (rc == PRYV_NOT_FOUND)
        rc = put(&s, key, value, expires, err);
    return platform_end(&s, rc, err);
}

static enum pryv_rc platform_value_replace(void *self, struct pryv_str key, struct pryv_str expected, struct pryv_str value,
                                           double expires, struct pryv_err *err)
{
    struct pryv_session s;
    struct pryv_str before;
    enum pryv_rc rc = platform_begin(self, PRYV_WRITE, &s, err);

    if (rc != PRYV_OK)
        return rc;
    rc = get(&s, err->arena, key, &before, err);
    if (rc == PRYV_OK && !pryv_str_is(before, expected))
        rc = session_failed(&s, pryv_conflict(err, "value", "the value is another one meanwhile"), err);
    if (rc == PRYV_OK)
        rc = put(&s, key, value, expires, err);
    return platform_end(&s, rc, err);
}

static enum pryv_rc platform_value_get(void *self, struct pryv_arena *mem, struct pryv_str key, bool strong PRYV_UNUSED,
                                       struct pryv_str *value, struct pryv_err *err)
{
    struct pryv_session s;
    enum pryv_rc rc = platform_begin(self, PRYV_READ, &s, err);

    if (rc != PRYV_OK)
        return rc;
    rc = get(&s, mem, key, value, err);
    session_end(&s);
    return rc;
}

static enum pryv_rc platform_value_take(void *self, struct pryv_arena *mem, struct pryv_str key, struct pryv_str *value,
                                        struct pryv_err *err)
{
    struct pryv_session s;
    struct pryv_str taken;
    enum pryv_rc rc = platform_begin(self, PRYV_WRITE, &s, err);

    if (rc != PRYV_OK)
        return rc;
    if ((rc = get(&s, mem, key, &taken, err)) == PRYV_OK)
        rc = delete_key(&s, key, err);
    if ((rc = platform_end(&s, rc, err)) == PRYV_OK)
        *value = taken;
    return rc;
}

static enum pryv_rc platform_value_delete(void *self, struct pryv_str key, struct pryv_err *err)
{
    struct pryv_session s;
    enum pryv_rc rc = platform_begin(self, PRYV_WRITE, &s, err);

    if (rc != PRYV_OK)
        return rc;
    return platform_end(&s, delete_key(&s, key, err), err);
}

/* The text after all that begin with `prefix`; absent for an empty one. */
static struct pryv_str after_prefix(struct pryv_arena *mem, struct pryv_str prefix)
{
    char *text = pryv_alloc(mem, prefix.len + 1);

    if (!prefix.len)
        return PRYV_STR_NONE;
    memcpy(text, prefix.data, prefix.len);
    text[prefix.len] = '\xff'; /* in no UTF-8 */
    return pryv_str_n(text, prefix.len + 1);
}

/* Where to begin: pages after the first do not read the keys of those before. */
static struct pryv_str later_of(struct pryv_str a, struct pryv_str b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.data, b.data, len) : 0;

    if (order == 0)
        order = a.len < b.len ? -1 : 1;
    if (order < 0 && b.data)
        return b;
    return a.data ? a : PRYV_STR("");
}

static enum pryv_rc platform_values_with_ends(void *self, struct pryv_arena *mem, struct pryv_str prefix, struct pryv_str after,
                                              size_t limit, struct pryv_str **keys, struct pryv_str **values, double **ends,
                                              size_t *count, struct pryv_err *err)
{
    struct pryv_session s;
    struct pryv_rows key_rows = PRYV_ROWS(mem, struct pryv_str), value_rows = PRYV_ROWS(mem, struct pryv_str),
                     end_rows = PRYV_ROWS(mem, double);
    enum pryv_rc rc = platform_begin(self, PRYV_READ, &s, err);
    int more;

    if (rc != PRYV_OK)
        return rc;

    sqlite3_stmt *statement =
        session_read(&s,
                     "SELECT key, value, expires FROM platform_values WHERE key >= ?1 AND (?3 IS NULL OR key < ?3) "
                     "AND (?4 IS NULL OR key > ?4) AND " NOT_EXPIRED " ORDER BY key LIMIT ?5",
                     err);

    if (statement) {
        bind_text(statement, 1, later_of(prefix, after));
        bind_number(statement, 2, pryv_now());
        bind_text(statement, 3, after_prefix(err->arena, prefix));
        bind_text(statement, 4, after);
        bind_count(statement, 5, limit);
    }
    while ((more = session_step(&s, statement, err)) > 0) {
        *(struct pryv_str *) pryv_rows_add(&key_rows) = column_copy(mem, statement, 0);
        *(struct pryv_str *) pryv_rows_add(&value_rows) = column_copy(mem, statement, 1);
        *(double *) pryv_rows_add(&end_rows) = column_number(statement, 2);
    }
    session_done(&s, statement);
    session_end(&s);
    if (more < 0)
        return (enum pryv_rc) more;
    *keys = key_rows.items;
    *values = value_rows.items;
    *ends = end_rows.items;
    *count = key_rows.count;
    return PRYV_OK;
}

static enum pryv_rc platform_values_list(void *self, struct pryv_arena *mem, struct pryv_str prefix, struct pryv_str after,
                                         size_t limit, struct pryv_str **keys, struct pryv_str **values, size_t *count,
                                         struct pryv_err *err)
{
    double *ends;

    return platform_values_with_ends(self, mem, prefix, after, limit, keys, values, &ends, count, err);
}

static enum pryv_rc platform_sweep(void *self, double now, uint64_t *removed, struct pryv_err *err)
{
    static const char *const statements[] = {
        "DELETE FROM platform_values WHERE expires IS NOT NULL AND expires <= ?1",
        "DELETE FROM unique_fields WHERE ticket IS NOT NULL AND expires <= ?1",
    };
    struct pryv_session s;
    uint64_t total = 0;
    enum pryv_rc rc = platform_begin(self, PRYV_WRITE, &s, err);

    if (rc != PRYV_OK)
        return rc;
    for (size_t i = 0; rc == PRYV_OK && i < PRYV_COUNT(statements); i++) {
        sqlite3_stmt *statement = session_write(&s, statements[i], err);
        uint64_t changed = 0;

        if (statement)
            bind_number(statement, 1, now);
        rc = session_run(&s, statement, NULL, &changed, err);
        total += changed;
    }
    if ((rc = platform_end(&s, rc, err)) == PRYV_OK)
        *removed = total;
    return rc;
}

void platform_values_offer(struct pryv_platform_ops *ops)
{
    ops->value_put = platform_value_put;
    ops->value_put_new = platform_value_put_new;
    ops->value_replace = platform_value_replace;
    ops->value_get = platform_value_get;
    ops->value_take = platform_value_take;
    ops->value_delete = platform_value_delete;
    ops->values_list = platform_values_list;
    ops->values_with_ends = platform_values_with_ends;
    ops->sweep = platform_sweep;
}
