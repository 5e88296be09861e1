/* webhooks.c - webhooks of accesses. */
#include "engine.h"
#include "text_order.h"
#include <stdlib.h>

static enum pryv_rc put(struct pryv_session *s, const struct pryv_webhook_row *row, const struct version *before,
                        struct pryv_err *err)
{
    struct pryv_str key = two_texts(err->arena, "url", row->access_id, row->url);
    struct version other;
    int there = session_find(s, &webhook_kind, err->arena, key, &other, err);

    if (there < 0)
        return (enum pryv_rc) there;
    if (there && !pryv_str_is(document_text(other.document, "id"), row->id))
        return session_failed(s, pryv_conflict(err, "url", "the access has a webhook with this URL"));
    return session_put_row(s, &webhook_kind, row->id, &key, 1, row, before, err);
}

static enum pryv_rc webhook_insert(struct pryv_session *s, const struct pryv_webhook_row *row, struct pryv_err *err)
{
    struct version before;
    int there = session_get(s, &webhook_kind, err->arena, row->id, &before, err);

    if (there > 0)
        return session_failed(s, pryv_conflict(err, "id", "a webhook has this id"));
    return there < 0 ? (enum pryv_rc) there : put(s, row, NULL, err);
}

static enum pryv_rc webhook_update(struct pryv_session *s, const struct pryv_webhook_row *row, struct pryv_err *err)
{
    struct version before;
    int there = session_get(s, &webhook_kind, err->arena, row->id, &before, err);

    if (there == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "no webhook of this id");
    return there < 0 ? (enum pryv_rc) there : put(s, row, &before, err);
}

static enum pryv_rc webhook_delete(struct pryv_session *s, struct pryv_str id, struct pryv_err *err)
{
    struct version before;
    int there = session_get(s, &webhook_kind, err->arena, id, &before, err);

    if (there == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "no webhook of this id");
    return there < 0 ? (enum pryv_rc) there : session_remove(s, &webhook_kind, &before, err);
}

static int by_creation(const void *a_, const void *b_)
{
    const struct pryv_webhook_row *a = a_, *b = b_;

    return a->created != b->created ? (a->created < b->created ? -1 : 1) : compare_texts(a->id, b->id);
}

static enum pryv_rc webhooks_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_webhook_row **out, size_t *count,
                                 struct pryv_err *err)
{
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_webhook_row);
    enum pryv_rc rc = session_rows(s, &webhook_kind, PRYV_STR_NONE, &rows, err);

    if (rc != PRYV_OK)
        return rc;
    qsort(rows.items, rows.count, rows.size, by_creation);
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
