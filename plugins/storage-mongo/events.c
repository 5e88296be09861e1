/* events.c - writing events and audit records, and reading one. A live one has two members more than its row: `live`, and `streams`, the
 * list of its streams, for what looks for them. */
#include "engine.h"
#include "event_document.h"
#include <pryv/event_filter.h>
#include <stdlib.h>

static void put_streams(bson_t *out, struct pryv_arena *mem, struct pryv_str stream_ids_json)
{
    struct pryv_text_list list = { stream_ids_json.data, stream_ids_json.data + stream_ids_json.len, NULL };
    struct pryv_rows streams = PRYV_ROWS(mem, struct pryv_str);
    struct pryv_str stream;

    if (!stream_ids_json.data)
        return;
    while (pryv_text_list_next(&list, &stream))
        *(struct pryv_str *) pryv_rows_add(&streams) = pryv_str_copy(mem, stream);
    free(list.decoded);
    document_put_texts(out, "streams", streams.items, streams.count);
}

enum pryv_rc event_put(struct pryv_session *s, const struct kind *kind, const struct pryv_event *row,
                       const struct version *before, struct pryv_err *err)
{
    struct pryv_str key = row->head_id.data ? key_of(err->arena, "head:", row->head_id) : PRYV_STR("deleted");
    bool live = !row->head_id.data && !pryv_present(row->deleted);
    bson_t document;
    enum pryv_rc rc = session_new_version(s, row->id, before, &document, err);

    if (rc != PRYV_OK)
        return rc;
    if (live) {
        bson_append_bool(&document, "live", -1, true);
        put_streams(&document, err->arena, row->stream_ids_json);
    } else {
        document_put_texts(&document, "keys", &key, 1);
    }
    document_put_row(&document, kind->fields, row);
    return session_put(s, kind, row->id, &document, before, err);
}

static enum pryv_rc insert(struct pryv_session *s, const struct kind *kind, const struct pryv_event *row, struct pryv_err *err)
{
    struct version before;
    int there = session_get(s, kind, err->arena, row->id, &before, err);

    if (there > 0)
        return session_failed(s, pryv_conflict(err, "id", "an event has this id"));
    return there < 0 ? (enum pryv_rc) there : event_put(s, kind, row, NULL, err);
}

static enum pryv_rc get(struct pryv_session *s, const struct kind *kind, struct pryv_arena *mem, struct pryv_str id,
                        struct pryv_event *out, struct pryv_err *err)
{
    struct pryv_event row;
    struct version found;
    int there = session_get(s, kind, mem, id, &found, err);

    if (there < 0)
        return (enum pryv_rc) there;
    if (there)
        document_read_row(found.document, kind, &row);
    if (!there || row.head_id.data)
        return pryv_fail(err, PRYV_NOT_FOUND, "no event of this id");
    *out = row;
    return PRYV_OK;
}

/* ---- The interface's ------------------------------------------------------------------------- */

static enum pryv_rc event_insert(struct pryv_session *s, const struct pryv_event *row, struct pryv_err *err)
{
    return insert(s, &event_kind, row, err);
}

static enum pryv_rc event_update(struct pryv_session *s, const struct pryv_event *row, struct pryv_err *err)
{
    struct version before;
    int there = session_get(s, &event_kind, err->arena, row->id, &before, err);

    if (there == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "no event of this id");
    return there < 0 ? (enum pryv_rc) there : event_put(s, &event_kind, row, &before, err);
}

static enum pryv_rc event_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_event *out,
                              struct pryv_err *err)
{
    return get(s, &event_kind, mem, id, out, err);
}

static enum pryv_rc audit_insert(struct pryv_session *s, const struct pryv_event *row, struct pryv_err *err)
{
    return insert(s, &audit_kind, row, err);
}

static enum pryv_rc audit_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_event *out,
                              struct pryv_err *err)
{
    return get(s, &audit_kind, mem, id, out, err);
}

void events_offer(struct pryv_storage_ops *ops)
{
    ops->event_insert = event_insert;
    ops->event_update = event_update;
    ops->event_get = event_get;
    ops->audit_insert = audit_insert;
    ops->audit_get = audit_get;
}
