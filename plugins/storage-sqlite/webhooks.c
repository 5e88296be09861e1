/* webhooks.c - webhooks of accesses. */
#include "engine.h"
#include <pryv/rows.h>

static const struct unique_key keys[] = { { "webhooks.id", "id" }, { "webhooks.url", "url" }, { NULL, NULL } };

static void bind_webhook(sqlite3_stmt *statement, const struct pryv_webhook_row *row)
{
    bind_text(statement, 1, row->id);
    bind_text(statement, 2, row->access_id);
    bind_text(statement, 3, row->url);
    bind_text(statement, 4, row->state_json);
    bind_number(statement, 5, row->created);
    bind_number(statement, 6, row->modified);
}

static enum pryv_rc webhook_insert(struct pryv_session *s, const struct pryv_webhook_row *row, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_write(
        s, "INSERT INTO webhooks (id, access_id, url, state_json, created, modified) VALUES (?1, ?2, ?3, ?4, ?5, ?6)", err);

    if (statement)
        bind_webhook(statement, row);
    return session_run(s, statement, keys, NULL, err);
}

static enum pryv_rc found(enum pryv_rc rc, uint64_t changed, struct pryv_err *err)
{
    return rc == PRYV_OK && changed == 0 ? pryv_fail(err, PRYV_NOT_FOUND, "no webhook of this id") : rc;
}

static enum pryv_rc webhook_update(struct pryv_session *s, const struct pryv_webhook_row *row, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_write(
        s, "UPDATE webhooks SET access_id = ?2, url = ?3, state_json = ?4, created = ?5, modified = ?6 WHERE id = ?1", err);
    uint64_t changed = 0;

    if (statement)
        bind_webhook(statement, row);

    enum pryv_rc rc = session_run(s, statement, keys, &changed, err);

    return found(rc, changed, err);
}

static enum pryv_rc webhook_delete(struct pryv_session *s, struct pryv_str id, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_write(s, "DELETE FROM webhooks WHERE id = ?1", err);
    uint64_t changed = 0;

    if (statement)
        bind_text(statement, 1, id);

    enum pryv_rc rc = session_run(s, statement, NULL, &changed, err);

    return found(rc, changed, err);
}

static enum pryv_rc webhooks_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_webhook_row **out, size_t *count,
                                 struct pryv_err *err)
{
    sqlite3_stmt *statement =
        session_read(s, "SELECT id, access_id, url, state_json, created, modified FROM webhooks ORDER BY created, id", err);
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_webhook_row);
    int more;

    while ((more = session_step(s, statement, err)) > 0)
        *(struct pryv_webhook_row *) pryv_rows_add(&rows) = (struct pryv_webhook_row){
            column_copy(mem, statement, 0), column_copy(mem, statement, 1), column_copy(mem, statement, 2),
            column_copy(mem, statement, 3), column_number(statement, 4),    column_number(statement, 5),
        };
    session_done(s, statement);
    if (more < 0)
        return (enum pryv_rc) more;
    *out = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

void webhooks_offer(struct pryv_storage_ops *ops)
{
    ops->webhook_insert = webhook_insert;
    ops->webhook_update = webhook_update;
    ops->webhook_delete = webhook_delete;
    ops->webhooks_all = webhooks_all;
}
