/* signed_in.c - sessions of people who signed in. An expired one is not there. */
#include "engine.h"
#include "text_order.h"
#include <stdlib.h>

static struct pryv_str app_key(struct pryv_arena *mem, struct pryv_str username, struct pryv_str app_id)
{
    return two_texts(mem, app_id.data ? "app" : "no-app", username, app_id);
}

static enum pryv_rc mongo_session_put(struct pryv_session *s, const struct pryv_session_row *row, struct pryv_err *err)
{
    struct pryv_str key = app_key(err->arena, row->username, row->app_id);
    struct version before;
    int there = session_get(s, &signed_in_kind, err->arena, row->id, &before, err);

    if (there < 0)
        return (enum pryv_rc) there;
    return session_put_row(s, &signed_in_kind, row->id, &key, 1, row, there ? &before : NULL, err);
}

static bool is_over(const struct pryv_session_row *row, double now)
{
    return pryv_present(row->expires) && row->expires <= now;
}

static enum pryv_rc mongo_session_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, double now,
                                      struct pryv_session_row *out, struct pryv_err *err)
{
    struct pryv_session_row row;
    struct version found;
    int there = session_get(s, &signed_in_kind, mem, id, &found, err);

    if (there < 0)
        return (enum pryv_rc) there;
    if (there)
        document_read_row(found.document, &signed_in_kind, &row);
    if (!there || is_over(&row, now))
        return pryv_fail(err, PRYV_NOT_FOUND, "no such session");
    *out = row;
    return PRYV_OK;
}

/* The one that ends last; of equal ones the one with the first id. */
static bool is_better(const struct pryv_session_row *row, const struct pryv_session_row *best)
{
    double end = pryv_present(row->expires) ? row->expires : (double) INFINITY;
    double other = pryv_present(best->expires) ? best->expires : (double) INFINITY;

    return !best->id.data || end > other || (end == other && compare_texts(row->id, best->id) < 0);
}

static enum pryv_rc mongo_session_find(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str username,
                                       struct pryv_str app_id, double now, struct pryv_session_row *out, struct pryv_err *err)
{
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_session_row);
    struct pryv_session_row *all, best = { .id = PRYV_STR_NONE };
    enum pryv_rc rc = session_rows(s, &signed_in_kind, app_key(err->arena, username, app_id), &rows, err);

    if (rc != PRYV_OK)
        return rc;
    all = rows.items;
    for (size_t i = 0; i < rows.count; i++)
        if (!is_over(&all[i], now) && is_better(&all[i], &best))
            best = all[i];
    if (!best.id.data)
        return pryv_fail(err, PRYV_NOT_FOUND, "no such session");
    *out = best;
    return PRYV_OK;
}

static enum pryv_rc mongo_session_delete(struct pryv_session *s, struct pryv_str id, struct pryv_err *err)
{
    struct version before;
    int there = session_get(s, &signed_in_kind, err->arena, id, &before, err);

    return there > 0 ? session_remove(s, &signed_in_kind, &before, err) : (enum pryv_rc) there;
}

static int by_id(const void *a_, const void *b_)
{
    const struct pryv_session_row *a = a_, *b = b_;

    return compare_texts(a->id, b->id);
}

static enum pryv_rc mongo_sessions_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_session_row **out,
                                       size_t *count, struct pryv_err *err)
{
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_session_row);
    enum pryv_rc rc = session_rows(s, &signed_in_kind, PRYV_STR_NONE, &rows, err);

    if (rc != PRYV_OK)
        return rc;
    qsort(rows.items, rows.count, rows.size, by_id);
    *out = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

void signed_in_offer(struct pryv_storage_ops *ops)
{
    ops->session_put = mongo_session_put;
    ops->session_get = mongo_session_get;
    ops->session_find = mongo_session_find;
    ops->session_delete = mongo_session_delete;
    ops->sessions_all = mongo_sessions_all;
}
