/* signed_in.c - sessions of people who signed in. An expired one is not there. */
#include "engine.h"
#include <pryv/rows.h>

static enum pryv_rc session_put(struct pryv_session *s, const struct pryv_session_row *row, struct pryv_err *err)
{
    struct call call = { .sql = "INSERT INTO sessions (user_number, id, username, app_id, expires) VALUES ($1, $2, $3, $4, $5) "
                                "ON CONFLICT (user_number, id) DO UPDATE SET username = excluded.username, "
                                "app_id = excluded.app_id, expires = excluded.expires" };

    call_integer(&call, s->user);
    call_text(&call, row->id);
    call_text(&call, row->username);
    call_text(&call, row->app_id);
    call_number(&call, row->expires);
    return session_write(s, &call, 1, NULL, err);
}

static struct pryv_session_row read_session(struct pryv_arena *mem, const PGresult *answer, int at)
{
    return (struct pryv_session_row){ answer_copy(mem, answer, at, 0), answer_copy(mem, answer, at, 1),
                                      answer_copy(mem, answer, at, 2), answer_number(answer, at, 3) };
}

static enum pryv_rc find(struct pryv_session *s, struct call *call, struct pryv_arena *mem, struct pryv_session_row *out,
                         struct pryv_err *err)
{
    PGresult *answer = NULL;
    enum pryv_rc rc = session_read(s, call, 1, &answer, err);

    if (rc != PRYV_OK)
        return rc;
    if (PQntuples(answer) == 0)
        rc = pryv_fail(err, PRYV_NOT_FOUND, "no such session");
    else
        *out = read_session(mem, answer, 0);
    PQclear(answer);
    return rc;
}

static enum pryv_rc session_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, double now,
                                struct pryv_session_row *out, struct pryv_err *err)
{
    struct call call = { .sql = "SELECT id, username, app_id, expires FROM sessions "
                                "WHERE user_number = $1 AND id = $2 AND (expires IS NULL OR expires > $3)" };

    call_integer(&call, s->user);
    call_text(&call, id);
    call_number(&call, now);
    return find(s, &call, mem, out, err);
}

static enum pryv_rc session_find(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str username, struct pryv_str app_id,
                                 double now, struct pryv_session_row *out, struct pryv_err *err)
{
    struct call call = { .sql = "SELECT id, username, app_id, expires FROM sessions WHERE user_number = $1 AND username = $2 "
                                "AND app_id IS NOT DISTINCT FROM $3 AND (expires IS NULL OR expires > $4) "
                                "ORDER BY expires DESC NULLS FIRST, id LIMIT 1" };

    call_integer(&call, s->user);
    call_text(&call, username);
    call_text(&call, app_id);
    call_number(&call, now);
    return find(s, &call, mem, out, err);
}

static enum pryv_rc session_delete(struct pryv_session *s, struct pryv_str id, struct pryv_err *err)
{
    struct call call = { .sql = "DELETE FROM sessions WHERE user_number = $1 AND id = $2" };

    call_integer(&call, s->user);
    call_text(&call, id);
    return session_write(s, &call, 1, NULL, err);
}

static enum pryv_rc sessions_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_session_row **out, size_t *count,
                                 struct pryv_err *err)
{
    struct call call = { .sql = "SELECT id, username, app_id, expires FROM sessions WHERE user_number = $1 ORDER BY id" };
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_session_row);
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_integer(&call, s->user);
    if ((rc = session_read(s, &call, 1, &answer, err)) != PRYV_OK)
        return rc;
    for (int i = 0; i < PQntuples(answer); i++)
        *(struct pryv_session_row *) pryv_rows_add(&rows) = read_session(mem, answer, i);
    PQclear(answer);
    *out = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

void signed_in_offer(struct pryv_storage_ops *ops)
{
    ops->session_put = session_put;
    ops->session_get = session_get;
    ops->session_find = session_find;
    ops->session_delete = session_delete;
    ops->sessions_all = sessions_all;
}
