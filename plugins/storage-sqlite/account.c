/* account.c - passwords and account fields, with their history. */
#include "engine.h"
#include <pryv/rows.h>

/* ---- Passwords ------------------------------------------------------------------------------- */

static enum pryv_rc password_add(struct pryv_session *s, const struct pryv_password_row *row, struct pryv_err *err)
{
    static const struct unique_key keys[] = { { "passwords.time", "time" }, { NULL, NULL } };
    sqlite3_stmt *statement = session_write(s, "INSERT INTO passwords (time, hash, created_by) VALUES (?1, ?2, ?3)", err);

    if (statement) {
        bind_number(statement, 1, row->time);
        bind_text(statement, 2, row->hash);
        bind_text(statement, 3, row->created_by);
    }
    return session_run(s, statement, keys, NULL, err);
}

static enum pryv_rc sqlite_passwords(struct pryv_session *s, struct pryv_arena *mem, size_t limit, struct pryv_password_row **out,
                                     size_t *count, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_read(s, "SELECT time, hash, created_by FROM passwords ORDER BY time DESC LIMIT ?1", err);
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_password_row);
    int more;

    if (statement)
        bind_count(statement, 1, limit);
    while ((more = session_step(s, statement, err)) > 0)
        *(struct pryv_password_row *) pryv_rows_add(&rows) =
            (struct pryv_password_row){ column_number(statement, 0), column_copy(mem, statement, 1),
                                        column_copy(mem, statement, 2) };
    session_done(s, statement);
    if (more < 0)
        return (enum pryv_rc) more;
    *out = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

static enum pryv_rc password_replace(struct pryv_session *s, double time, struct pryv_str hash, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_write(s, "UPDATE passwords SET hash = ?2 WHERE time = ?1", err);
    uint64_t changed = 0;

    if (statement) {
        bind_number(statement, 1, time);
        bind_text(statement, 2, hash);
    }

    enum pryv_rc rc = session_run(s, statement, NULL, &changed, err);

    return rc == PRYV_OK && changed == 0 ? pryv_fail(err, PRYV_NOT_FOUND, "no password of this time") : rc;
}

/* ---- Fields ---------------------------------------------------------------------------------- */

static enum pryv_rc account_set(struct pryv_session *s, const struct pryv_account_field *row, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_write(
        s, "INSERT OR REPLACE INTO account_fields (field, value_json, time, created_by) VALUES (?1, ?2, ?3, ?4)", err);

    if (statement) {
        bind_text(statement, 1, row->field);
        bind_text(statement, 2, row->value_json);
        bind_number(statement, 3, row->time);
        bind_text(statement, 4, row->created_by);
    }
    return session_run(s, statement, NULL, NULL, err);
}

static enum pryv_rc read_fields(struct pryv_session *s, sqlite3_stmt *statement, struct pryv_arena *mem,
                                struct pryv_account_field **out, size_t *count, struct pryv_err *err)
{
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_account_field);
    int more;

    while ((more = session_step(s, statement, err)) > 0)
        *(struct pryv_account_field *) pryv_rows_add(&rows) =
            (struct pryv_account_field){ column_copy(mem, statement, 0), column_copy(mem, statement, 1),
                                         column_number(statement, 2), column_copy(mem, statement, 3) };
    session_done(s, statement);
    if (more < 0)
        return (enum pryv_rc) more;
    *out = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

static enum pryv_rc account_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_account_field **out, size_t *count,
                                struct pryv_err *err)
{
    sqlite3_stmt *statement =
        session_read(s,
                     "SELECT field, value_json, time, created_by FROM account_fields AS a "
                     "WHERE time = (SELECT max(time) FROM account_fields WHERE field = a.field) ORDER BY field",
                     err);

    return read_fields(s, statement, mem, out, count, err);
}

static enum pryv_rc account_history(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str field,
                                    struct pryv_account_field **out, size_t *count, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_read(
        s, "SELECT field, value_json, time, created_by FROM account_fields WHERE field = ?1 ORDER BY time DESC", err);

    if (statement)
        bind_text(statement, 1, field);
    return read_fields(s, statement, mem, out, count, err);
}

static enum pryv_rc account_delete(struct pryv_session *s, struct pryv_str field, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_write(s, "DELETE FROM account_fields WHERE field = ?1", err);

    if (statement)
        bind_text(statement, 1, field);
    return session_run(s, statement, NULL, NULL, err);
}

void account_offer(struct pryv_storage_ops *ops)
{
    ops->password_add = password_add;
    ops->passwords = sqlite_passwords;
    ops->password_replace = password_replace;
    ops->account_set = account_set;
    ops->account_all = account_all;
    ops->account_history = account_history;
    ops->account_delete = account_delete;
}
