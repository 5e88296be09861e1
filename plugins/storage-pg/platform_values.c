/* platform_values.c - values by key, most of them with an end. Each change is one statement, so that the database decides who of several is first. */
#include "engine.h"
#include <pryv/crypto.h>
#include <pryv/rows.h>

/* Runs a statement on `key`; `changed`: how many rows it answered or wrote. */
static enum pryv_rc change(void *self, struct call *call, uint64_t *changed, struct pryv_err *err)
{
    struct engine *engine = self;
    PGresult *answer = NULL;
    enum pryv_rc rc = pool_run(&engine->pool, call, &answer, err);

    if (rc != PRYV_OK)
        return rc;
    *changed = answer_changed(answer);
    PQclear(answer);
    return PRYV_OK;
}

/* A statement that answers one text. */
static enum pryv_rc ask(void *self, struct call *call, struct pryv_arena *mem, struct pryv_str *value, struct pryv_err *err)
{
    struct engine *engine = self;
    PGresult *answer = NULL;
    enum pryv_rc rc = pool_run(&engine->pool, call, &answer, err);

    if (rc != PRYV_OK)
        return rc;
    if (PQntuples(answer) == 0)
        rc = pryv_fail(err, PRYV_NOT_FOUND, "no value of this key");
    else
        *value = answer_copy(mem, answer, 0, 0);
    PQclear(answer);
    return rc;
}

static enum pryv_rc platform_value_put(void *self, struct pryv_str key, struct pryv_str value, double expires,
                                       struct pryv_err *err)
{
    struct call call = { .sql = "INSERT INTO platform_values (key, value, expires) VALUES ($1, $2, $3) "
                                "ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires" };
    uint64_t changed;

    call_text(&call, key);
    call_text(&call, value);
    call_number(&call, expires);
    return change(self, &call, &changed, err);
}

/* An expired one is replaced. Who comes second waits for the first, and then finds its value. */
static enum pryv_rc platform_value_put_new(void *self, struct pryv_str key, struct pryv_str value, double expires,
                                           struct pryv_err *err)
{
    struct call call = { .sql = "INSERT INTO platform_values AS v (key, value, expires) VALUES ($1, $2, $3) "
                                "ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires "
                                "WHERE v.expires <= $4" };
    uint64_t changed = 0;
    enum pryv_rc rc;

    call_text(&call, key);
    call_text(&call, value);
    call_number(&call, expires);
    call_number(&call, pryv_now());
    rc = change(self, &call, &changed, err);
    return rc == PRYV_OK && changed == 0 ? pryv_conflict(err, "key", "there is a value of this key") : rc;
}

static enum pryv_rc platform_value_get(void *self, struct pryv_arena *mem, struct pryv_str key, bool strong PRYV_UNUSED,
                                       struct pryv_str *value, struct pryv_err *err)
{
    struct call call = { .sql = "SELECT value FROM platform_values WHERE key = $1 AND (expires IS NULL OR expires > $2)" };

    call_text(&call, key);
    call_number(&call, pryv_now());
    return ask(self, &call, mem, value, err);
}

static enum pryv_rc platform_value_replace(void *self, struct pryv_str key, struct pryv_str expected, struct pryv_str value,
                                           double expires, struct pryv_err *err)
{
    struct call call = { .sql = "UPDATE platform_values SET value = $3, expires = $4 "
                                "WHERE key = $1 AND value = $2 AND (expires IS NULL OR expires > $5)" };
    struct pryv_str other;
    uint64_t changed = 0;
    enum pryv_rc rc;

    call_text(&call, key);
    call_text(&call, expected);
    call_text(&call, value);
    call_number(&call, expires);
    call_number(&call, pryv_now());
    if ((rc = change(self, &call, &changed, err)) != PRYV_OK || changed)
        return rc;
    if ((rc = platform_value_get(self, err->arena, key, true, &other, err)) != PRYV_OK)
        return rc;
    return pryv_conflict(err, "value", "the value is another one meanwhile");
}

static enum pryv_rc platform_value_take(void *self, struct pryv_arena *mem, struct pryv_str key, struct pryv_str *value,
                                        struct pryv_err *err)
{
    struct call call = { .sql =
                             "DELETE FROM platform_values WHERE key = $1 AND (expires IS NULL OR expires > $2) RETURNING value" };

    call_text(&call, key);
    call_number(&call, pryv_now());
    return ask(self, &call, mem, value, err);
}

static enum pryv_rc platform_value_delete(void *self, struct pryv_str key, struct pryv_err *err)
{
    struct call call = { .sql = "DELETE FROM platform_values WHERE key = $1" };
    uint64_t changed;

    call_text(&call, key);
    return change(self, &call, &changed, err);
}

static enum pryv_rc platform_values_with_ends(void *self, struct pryv_arena *mem, struct pryv_str prefix, struct pryv_str after,
                                              size_t limit, struct pryv_str **keys, struct pryv_str **values, double **ends,
                                              size_t *count, struct pryv_err *err)
{
    struct engine *engine = self;
    struct call call = { .sql = "SELECT key, value, expires FROM platform_values WHERE key >= $1 AND key < $2 "
                                "AND key >= coalesce($3::bytea, '') AND key IS DISTINCT FROM $3 "
                                "AND (expires IS NULL OR expires > $4) ORDER BY key LIMIT $5" };
    struct pryv_rows key_rows = PRYV_ROWS(mem, struct pryv_str), value_rows = PRYV_ROWS(mem, struct pryv_str),
                     end_rows = PRYV_ROWS(mem, double);
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_text(&call, prefix.data ? prefix : PRYV_STR(""));
    call_text(&call, pryv_format(err->arena, "%.*s\xff", PRYV_STR_ARG(prefix))); /* in no UTF-8: behind all that begin so */
    call_text(&call, after);
    call_number(&call, pryv_now());
    call_count(&call, limit);
    if ((rc = pool_run(&engine->pool, &call, &answer, err)) != PRYV_OK)
        return rc;
    for (int i = 0; i < PQntuples(answer); i++) {
        *(struct pryv_str *) pryv_rows_add(&key_rows) = answer_copy(mem, answer, i, 0);
        *(struct pryv_str *) pryv_rows_add(&value_rows) = answer_copy(mem, answer, i, 1);
        *(double *) pryv_rows_add(&end_rows) = answer_number(answer, i, 2);
    }
    PQclear(answer);
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
        "DELETE FROM platform_values WHERE expires IS NOT NULL AND expires <= $1",
        "DELETE FROM unique_fields WHERE ticket IS NOT NULL AND expires <= $1",
    };
    uint64_t total = 0;
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < PRYV_COUNT(statements); i++) {
        struct call call = { .sql = statements[i] };
        uint64_t changed = 0;

        call_number(&call, now);
        rc = change(self, &call, &changed, err);
        total += changed;
    }
    if (rc == PRYV_OK)
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
