/* streams.c - live streams, and what remains of deleted ones. */
#include "engine.h"
#include "text_order.h"
#include <stdlib.h>

/* Of roots, and of children of a parent: a name is taken among siblings. */
static struct pryv_str name_key(struct pryv_arena *mem, const struct pryv_stream *row)
{
    return two_texts(mem, row->parent_id.data ? "child" : "root", row->parent_id, row->name);
}

/* Another live stream has the name. */
static enum pryv_rc check_name(struct pryv_session *s, const struct pryv_stream *row, struct pryv_str key, struct pryv_err *err)
{
    struct pryv_rows found = PRYV_ROWS(err->arena, struct version);
    enum pryv_rc rc = session_list(s, &stream_kind, key, &found, err);

    for (size_t i = 0; rc == PRYV_OK && i < found.count; i++)
        if (!pryv_str_is(document_text(((struct version *) found.items)[i].document, "id"), row->id))
            rc = pryv_conflict(err, "name", "a sibling has this name");
    return rc == PRYV_OK ? rc : session_failed(s, rc);
}

static enum pryv_rc put(struct pryv_session *s, const struct pryv_stream *row, const struct version *before, struct pryv_err *err)
{
    struct pryv_str key = name_key(err->arena, row);
    enum pryv_rc rc = check_name(s, row, key, err);

    return rc == PRYV_OK ? session_put_row(s, &stream_kind, row->id, &key, 1, row, before, err) : rc;
}

static enum pryv_rc stream_insert(struct pryv_session *s, const struct pryv_stream *row, struct pryv_err *err)
{
    struct version before, deletion;
    int there = session_get(s, &stream_kind, err->arena, row->id, &before, err);
    enum pryv_rc rc;

    if (there > 0)
        return session_failed(s, pryv_conflict(err, "id", "a stream has this id"));
    if (there < 0)
        return (enum pryv_rc) there;
    if ((rc = put(s, row, NULL, err)) != PRYV_OK)
        return rc;
    there = session_get(s, &stream_deletion_kind, err->arena, row->id, &deletion, err);
    return there > 0 ? session_remove(s, &stream_deletion_kind, &deletion, err) : (enum pryv_rc) there;
}

static enum pryv_rc stream_update(struct pryv_session *s, const struct pryv_stream *row, struct pryv_err *err)
{
    struct version before;
    int there = session_get(s, &stream_kind, err->arena, row->id, &before, err);

    if (there == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "no stream of this id");
    return there < 0 ? (enum pryv_rc) there : put(s, row, &before, err);
}

static enum pryv_rc stream_delete(struct pryv_session *s, struct pryv_str id, double deleted, struct pryv_err *err)
{
    const struct pryv_deletion record = { id, deleted };
    struct version before, deletion;
    int there = session_get(s, &stream_kind, err->arena, id, &before, err);
    enum pryv_rc rc;

    if (there == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "no stream of this id");
    if (there < 0)
        return (enum pryv_rc) there;
    if ((rc = session_remove(s, &stream_kind, &before, err)) != PRYV_OK)
        return rc;
    there = session_get(s, &stream_deletion_kind, err->arena, id, &deletion, err);
    if (there < 0)
        return (enum pryv_rc) there;
    return session_put_row(s, &stream_deletion_kind, id, NULL, 0, &record, there ? &deletion : NULL, err);
}

static enum pryv_rc stream_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_stream *out,
                               struct pryv_err *err)
{
    struct version found;
    int there = session_get(s, &stream_kind, mem, id, &found, err);

    if (there == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "no stream of this id");
    if (there < 0)
        return (enum pryv_rc) there;
    document_read_row(found.document, &stream_kind, out);
    return PRYV_OK;
}

static enum pryv_rc streams_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_stream **out, size_t *count,
                                struct pryv_err *err)
{
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_stream);
    enum pryv_rc rc = session_rows(s, &stream_kind, PRYV_STR_NONE, &rows, err);

    if (rc != PRYV_OK)
        return rc;
    *out = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

static int by_time(const void *a_, const void *b_)
{
    const struct pryv_deletion *a = a_, *b = b_;

    return a->deleted != b->deleted ? (a->deleted < b->deleted ? -1 : 1) : compare_texts(a->id, b->id);
}

static enum pryv_rc stream_deletions(struct pryv_session *s, struct pryv_arena *mem, double since, struct pryv_deletion **out,
                                     size_t *count, struct pryv_err *err)
{
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_deletion);
    enum pryv_rc rc = session_rows(s, &stream_deletion_kind, PRYV_STR_NONE, &rows, err);
    struct pryv_deletion *all = rows.items;
    size_t kept = 0;

    if (rc != PRYV_OK)
        return rc;
    for (size_t i = 0; i < rows.count; i++)
        if (!pryv_present(since) || all[i].deleted > since)
            all[kept++] = all[i];
    qsort(all, kept, sizeof(*all), by_time);
    *out = all;
    *count = kept;
    return PRYV_OK;
}

void streams_offer(struct pryv_storage_ops *ops)
{
    ops->stream_insert = stream_insert;
    ops->stream_update = stream_update;
    ops->stream_delete = stream_delete;
    ops->stream_get = stream_get;
    ops->streams_all = streams_all;
    ops->stream_deletions = stream_deletions;
}
