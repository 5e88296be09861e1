/* webhooks.c - webhooks of accesses. */
#include "engine.h"
#include <pryv/rows.h>

static void put_webhook(struct call *call, const struct pryv_session *s, const struct pryv_webhook_row *row)
{
    call_integer(call, s->user);
    call_text(call, row->id);
    call_text(call, row->access_id);
    call_text(call, row->url);
    call_text(call, row->state_json);
    call_number(call, row->created);
    call_number(call, row->modified);
}

static enum pryv_rc webhook_insert(struct pryv_session *s, const struct pryv_webhook_row *row, struct pryv_err *err)
{
    struct call call = { .sql = "INSERT INTO webhooks (user_number, id, access_id, url, state_json, created, modified) "
                                "VALUES ($1, $2, $3, $4, $5, $6, $7)" };

    put_webhook(&call, s, row);
    return session_write(s, &call, 1, NULL, err);
}

static enum pryv_rc found(enum pryv_rc rc, uint64_t changed, struct pryv_err *err)
{
    return rc == PRYV_OK && changed == 0 ? pryv_fail(err, PRYV_NOT_FOUND, "no webhook of this id") : rc;
}

static enum pryv_rc webhook_update(struct pryv_session *s, const struct pryv_webhook_row *row, struct pryv_err *err)
{
    struct call call = { .sql = "UPDATE webhooks SET access_id = $3, url = $4, state_json = $5, created = $6, modified = $7 "
                                "WHERE user_number = $1 AND id = $2" };
    uint64_t changed = 0;
    enum pryv_rc rc;

    put_webhook(&call, s, row);
    rc = session_write(s, &call, 1, &changed, err);
    return found(rc, changed, err);
}

static enum pryv_rc webhook_delete(struct pryv_session *s, struct pryv_str id, struct pryv_err *err)
{
    struct call call = { .sql = "DELETE FROM webhooks WHERE user_number = $1 AND id = $2" };
    uint64_t changed = 0;
    enum pryv_rc rc;

    call_integer(&call, s->user);
    call_text(&call, id);
    rc = session_write(s, &call, 1, &changed, err);
    return found(rc, changed, err);
}

static enum pryv_rc webhooks_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_webhook_row **out, size_t *count,
                                 struct pryv_err *err)
{
    struct call call = { .sql = "SELECT id, access_id, url, state_json, created, modified FROM webhooks WHERE user_number = $1 "
                                "ORDER BY created, id" };
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_webhook_row);
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_integer(&call, s->user);
    if ((rc = session_read(s, &call, 1, &answer, err)) != PRYV_OK)
        return rc;
    for (int i = 0; i < PQntuples(answer); i++)
        *(struct pryv_webhook_row *) pryv_rows_add(&rows) = (struct pryv_webhook_row){
            answer_copy(mem, answer, i, 0), answer_copy(mem, answer, i, 1), answer_copy(mem, answer, i, 2),
            answer_copy(mem, answer, i, 3), answer_number(answer, i, 4),    answer_number(answer, i, 5),
        };
    PQclear(answer);
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
