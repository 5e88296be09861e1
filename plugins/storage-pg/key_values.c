/* key_values.c - values by scope and key. */
#include "engine.h"
#include <pryv/rows.h>

static enum pryv_rc value_set(struct pryv_session *s, struct pryv_str scope, struct pryv_str key, struct pryv_str value_json,
                              struct pryv_err *err)
{
    struct call call = { .sql = value_json.data
                                    ? "INSERT INTO key_values (user_number, scope, key, value_json) VALUES ($1, $2, $3, $4) "
                                      "ON CONFLICT (user_number, scope, key) DO UPDATE SET value_json = excluded.value_json"
                                    : "DELETE FROM key_values WHERE user_number = $1 AND scope = $2 AND key = $3" };

    call_integer(&call, s->user);
    call_text(&call, scope);
    call_text(&call, key);
    if (value_json.data)
        call_text(&call, value_json);
    return session_write(s, &call, 1, NULL, err);
}

static enum pryv_rc value_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str scope, struct pryv_str key,
                              struct pryv_str *value_json, struct pryv_err *err)
{
    struct call call = { .sql = "SELECT value_json FROM key_values WHERE user_number = $1 AND scope = $2 AND key = $3" };
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_integer(&call, s->user);
    call_text(&call, scope);
    call_text(&call, key);
    if ((rc = session_read(s, &call, 1, &answer, err)) != PRYV_OK)
        return rc;
    if (PQntuples(answer) == 0)
        rc = pryv_fail(err, PRYV_NOT_FOUND, "no value of this key");
    else
        *value_json = answer_copy(mem, answer, 0, 0);
    PQclear(answer);
    return rc;
}

static enum pryv_rc value_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str scope, struct pryv_str **keys,
                              struct pryv_str **values_json, size_t *count, struct pryv_err *err)
{
    struct call call = { .sql = "SELECT key, value_json FROM key_values WHERE user_number = $1 AND scope = $2 ORDER BY key" };
    struct pryv_rows key_rows = PRYV_ROWS(mem, struct pryv_str), value_rows = PRYV_ROWS(mem, struct pryv_str);
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_integer(&call, s->user);
    call_text(&call, scope);
    if ((rc = session_read(s, &call, 1, &answer, err)) != PRYV_OK)
        return rc;
    for (int i = 0; i < PQntuples(answer); i++) {
        *(struct pryv_str *) pryv_rows_add(&key_rows) = answer_copy(mem, answer, i, 0);
        *(struct pryv_str *) pryv_rows_add(&value_rows) = answer_copy(mem, answer, i, 1);
    }
    PQclear(answer);
    *keys = key_rows.items;
    *values_json = value_rows.items;
    *count = key_rows.count;
    return PRYV_OK;
}

void key_values_offer(struct pryv_storage_ops *ops)
{
    ops->value_set = value_set;
    ops->value_get = value_get;
    ops->value_all = value_all;
}
