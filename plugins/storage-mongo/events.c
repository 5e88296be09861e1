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

static enum pryv_rc id_is_taken(struct pryv_session *s, struct pryv_err *err)
{
    return session_failed(s, pryv_conflict(err, "id", "an event has this id"));
}

static enum pryv_rc insert(struct pryv_session *s, const struct kind *kind, const struct pryv_event *row, struct pryv_err *err)
{
    struct version before;
    int there = session_get(s, kind, err->arena, row->id, &before, err);

    if (there > 0)
        return id_is_taken(s, err);
    return there < 0 ? (enum pryv_rc) there : event_put(s, kind, row, NULL, err);
}

/* The server is asked once for all ids; among themselves they are told apart by what the session holds already. */
static enum pryv_rc insert_all(struct pryv_session *s, const struct kind *kind, const struct pryv_event *rows, size_t count,
                               struct pryv_err *err)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_str *ids = pryv_new_array(mem, struct pryv_str, count);
    enum pryv_rc rc = PRYV_OK;
    int there;

    for (size_t i = 0; i < count; i++)
        ids[i] = rows[i].id;
    there = session_any(s, kind, ids, count, err);
    for (size_t i = 0; rc == PRYV_OK && there == 0 && i < count; i++) {
        const struct own_row *own = overlay_find(&s->own, kind, ids[i]);

        there = own && own->document.data;
        if (!there)
            rc = event_put(s, kind, &rows[i], NULL, err);
    }
    pryv_arena_free(mem);
    if (there > 0)
        return id_is_taken(s, err);
    return there < 0 ? (enum pryv_rc) there : rc;
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

static enum pryv_rc event_insert_all(struct pryv_session *s, const struct pryv_event *rows, size_t count, struct pryv_err *err)
{
    return insert_all(s, &event_kind, rows, count, err);
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

static enum pryv_rc audit_insert_all(struct pryv_session *s, const struct pryv_event *rows, size_t count, struct pryv_err *err)
{
    return insert_all(s, &audit_kind, rows, count, err);
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
    ops->event_insert_all = event_insert_all;
    ops->audit_insert_all = audit_insert_all;
}
