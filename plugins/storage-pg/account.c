/* account.c - passwords and account fields, with their history. */
#include "engine.h"
#include <pryv/rows.h>

/* ---- Passwords ------------------------------------------------------------------------------- */

static enum pryv_rc password_add(struct pryv_session *s, const struct pryv_password_row *row, struct pryv_err *err)
{
    struct call call = { .sql = "INSERT INTO passwords (user_number, time, hash, created_by) VALUES ($1, $2, $3, $4)" };

    call_integer(&call, s->user);
    call_number(&call, row->time);
    call_text(&call, row->hash);
    call_text(&call, row->created_by);
    return session_write(s, &call, 1, NULL, err);
}

static enum pryv_rc pg_passwords(struct pryv_session *s, struct pryv_arena *mem, size_t limit, struct pryv_password_row **out,
                                 size_t *count, struct pryv_err *err)
{
    struct call call = { .sql =
                             "SELECT time, hash, created_by FROM passwords WHERE user_number = $1 ORDER BY time DESC LIMIT $2" };
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_password_row);
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_integer(&call, s->user);
    call_count(&call, limit);
    if ((rc = session_read(s, &call, 1, &answer, err)) != PRYV_OK)
        return rc;
    for (int i = 0; i < PQntuples(answer); i++)
        *(struct pryv_password_row *) pryv_rows_add(&rows) =
            (struct pryv_password_row){ answer_number(answer, i, 0), answer_copy(mem, answer, i, 1),
                                        answer_copy(mem, answer, i, 2) };
    PQclear(answer);
    *out = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

static enum pryv_rc password_replace(struct pryv_session *s, double time, struct pryv_str hash, struct pryv_err *err)
{
    struct call call = { .sql = "UPDATE passwords SET hash = $3 WHERE user_number = $1 AND time = $2" };
    uint64_t changed = 0;
    enum pryv_rc rc;

    call_integer(&call, s->user);
    call_number(&call, time);
    call_text(&call, hash);
    rc = session_write(s, &call, 1, &changed, err);
    return rc == PRYV_OK && changed == 0 ? pryv_fail(err, PRYV_NOT_FOUND, "no password of this time") : rc;
}

/* ---- Fields ---------------------------------------------------------------------------------- */

static enum pryv_rc account_set(struct pryv_session *s, const struct pryv_account_field *row, struct pryv_err *err)
{
    struct call call = { .sql = "INSERT INTO account_fields (user_number, field, value_json, time, created_by) "
                                "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (user_number, field, time) "
                                "DO UPDATE SET value_json = excluded.value_json, created_by = excluded.created_by" };

    call_integer(&call, s->user);
    call_text(&call, row->field);
    call_text(&call, row->value_json);
    call_number(&call, row->time);
    call_text(&call, row->created_by);
    return session_write(s, &call, 1, NULL, err);
}

static enum pryv_rc read_fields(struct pryv_session *s, struct call *call, struct pryv_arena *mem,
                                struct pryv_account_field **out, size_t *count, struct pryv_err *err)
{
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_account_field);
    PGresult *answer = NULL;
    enum pryv_rc rc = session_read(s, call, 1, &answer, err);

    if (rc != PRYV_OK)
        return rc;
    for (int i = 0; i < PQntuples(answer); i++)
        *(struct pryv_account_field *) pryv_rows_add(&rows) =
            (struct pryv_account_field){ answer_copy(mem, answer, i, 0), answer_copy(mem, answer, i, 1),
                                         answer_number(answer, i, 2), answer_copy(mem, answer, i, 3) };
    PQclear(answer);
    *out = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

static enum pryv_rc account_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_account_field **out, size_t *count,
                                struct pryv_err *err)
{
    struct call call = { .sql = "SELECT DISTINCT ON (field) field, value_json, time, created_by FROM account_fields "
                                "WHERE user_number = $1 ORDER BY field, time DESC" };

    call_integer(&call, s->user);
    return read_fields(s, &call, mem, out, count, err);
}

static enum pryv_rc account_history(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str field,
                                    struct pryv_account_field **out, size_t *count, struct pryv_err *err)
{
    struct call call = { .sql = "SELECT field, value_json, time, created_by FROM account_fields "
                                "WHERE user_number = $1 AND field = $2 ORDER BY time DESC" };

    call_integer(&call, s->user);
    call_text(&call, field);
    return read_fields(s, &call, mem, out, count, err);
}

static enum pryv_rc account_delete(struct pryv_session *s, struct pryv_str field, struct pryv_err *err)
{
    struct call call = { .sql = "DELETE FROM account_fields WHERE user_number = $1 AND field = $2" };

    call_integer(&call, s->user);
    call_text(&call, field);
    return session_write(s, &call, 1, NULL, err);
}

void account_offer(struct pryv_storage_ops *ops)
{
    ops->password_add = password_add;
    ops->passwords = pg_passwords;
    ops->password_replace = password_replace;
    ops->account_set = account_set;
    ops->account_all = account_all;
    ops->account_history = account_history;
    ops->account_delete = account_delete;
}
