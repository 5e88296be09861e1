/* signed_in.c - sessions of people who signed in. An expired one is not there. */
#include "engine.h"
#include <pryv/rows.h>

#define NOT_EXPIRED "(expires IS NULL OR expires > ?3)"

static enum pryv_rc session_put(struct pryv_session *s, const struct pryv_session_row *row, struct pryv_err *err)
{
    sqlite3_stmt *statement =
        session_write(s, "INSERT OR REPLACE INTO sessions (id, username, app_id, expires) VALUES (?1, ?2, ?3, ?4)", err);

    if (statement) {
        bind_text(statement, 1, row->id);
        bind_text(statement, 2, row->username);
        bind_text(statement, 3, row->app_id);
        bind_number(statement, 4, row->expires);
    }
    return session_run(s, statement, NULL, NULL, err);
}

static struct pryv_session_row read_session(struct pryv_arena *mem, sqlite3_stmt *statement)
{
    return (struct pryv_session_row){ column_copy(mem, statement, 0), column_copy(mem, statement, 1),
                                      column_copy(mem, statement, 2), column_number(statement, 3) };
}

static enum pryv_rc find(struct pryv_session *s, const char *sql, struct pryv_arena *mem, struct pryv_str first,
                         struct pryv_str second, double now, struct pryv_session_row *out, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_read(s, sql, err);

    if (statement) {
        bind_text(statement, 1, first);
        bind_text(statement, 2, second);
        bind_number(statement, 3, now);
    }

    int more = session_step(s, statement, err);

    if (more > 0)
        *out = read_session(mem, statement);
    session_done(s, statement);
    if (more == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "no such session");
    return more > 0 ? PRYV_OK : (enum pryv_rc) more;
}

static enum pryv_rc session_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, double now,
                                struct pryv_session_row *out, struct pryv_err *err)
{
    return find(s, "SELECT id, username, app_id, expires FROM sessions WHERE id = ?1 AND ?2 IS NULL AND " NOT_EXPIRED, mem, id,
                PRYV_STR_NONE, now, out, err);
}

static enum pryv_rc session_find(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str username, struct pryv_str app_id,
                                 double now, struct pryv_session_row *out, struct pryv_err *err)
{
    return find(s,
                "SELECT id, username, app_id, expires FROM sessions WHERE username = ?1 AND app_id IS ?2 AND " NOT_EXPIRED
                " ORDER BY expires IS NULL DESC, expires DESC, id LIMIT 1",
                mem, username, app_id, now, out, err);
}

static enum pryv_rc session_delete(struct pryv_session *s, struct pryv_str id, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_write(s, "DELETE FROM sessions WHERE id = ?1", err);

    if (statement)
        bind_text(statement, 1, id);
    return session_run(s, statement, NULL, NULL, err);
}

static enum pryv_rc sessions_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_session_row **out, size_t *count,
                                 struct pryv_err *err)
{
    sqlite3_stmt *statement = session_read(s, "SELECT id, username, app_id, expires FROM sessions ORDER BY id", err);
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_session_row);
    int more;

    while ((more = session_step(s, statement, err)) > 0)
        *(struct pryv_session_row *) pryv_rows_add(&rows) = read_session(mem, statement);
    session_done(s, statement);
    if (more < 0)
        return (enum pryv_rc) more;
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
