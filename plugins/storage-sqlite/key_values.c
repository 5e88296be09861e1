/* key_values.c - values by scope and key. */
#include "engine.h"
#include <pryv/rows.h>

static enum pryv_rc value_set(struct pryv_session *s, struct pryv_str scope, struct pryv_str key, struct pryv_str value_json,
                              struct pryv_err *err)
{
    sqlite3_stmt *statement =
        value_json.data ? session_write(s, "INSERT OR REPLACE INTO key_values (scope, key, value_json) VALUES (?1, ?2, ?3)", err)
                        : session_write(s, "DELETE FROM key_values WHERE scope = ?1 AND key = ?2", err);

    if (statement) {
        bind_text(statement, 1, scope);
        bind_text(statement, 2, key);
        bind_text(statement, 3, value_json);
    }
    return session_run(s, statement, NULL, NULL, err);
}

static enum pryv_rc value_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str scope, struct pryv_str key,
                              struct pryv_str *value_json, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_read(s, "SELECT value_json FROM key_values WHERE scope = ?1 AND key = ?2", err);

    if (statement) {
        bind_text(statement, 1, scope);
        bind_text(statement, 2, key);
    }

    int more = session_step(s, statement, err);

    if (more > 0)
        *value_json = column_copy(mem, statement, 0);
    session_done(s, statement);
    if (more == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "no value of this key");
    return more > 0 ? PRYV_OK : (enum pryv_rc) more;
}

static enum pryv_rc value_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str scope, struct pryv_str **keys,
                              struct pryv_str **values_json, size_t *count, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_read(s, "SELECT key, value_json FROM key_values WHERE scope = ?1 ORDER BY key", err);
    struct pryv_rows key_rows = PRYV_ROWS(mem, struct pryv_str), value_rows = PRYV_ROWS(mem, struct pryv_str);
    int more;

    if (statement)
        bind_text(statement, 1, scope);
    while ((more = session_step(s, statement, err)) > 0) {
        *(struct pryv_str *) pryv_rows_add(&key_rows) = column_copy(mem, statement, 0);
        *(struct pryv_str *) pryv_rows_add(&value_rows) = column_copy(mem, statement, 1);
    }
    session_done(s, statement);
    if (more < 0)
        return (enum pryv_rc) more;
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
