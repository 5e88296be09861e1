/* series.c - chunks of points. A chunk's number is made of the sequence that appended it and its place within, so that numbers ascend in the order
 * of appending; the document has it as `n`. */
#include "engine.h"
#include <stdlib.h>

enum { PLACE_BITS = 20 };

static struct pryv_str id_of(struct pryv_arena *mem, uint64_t number)
{
    return pryv_format(mem, "%016llx", (unsigned long long) number);
}

static enum pryv_rc series_append(struct pryv_session *s, struct pryv_str event_id, const struct pryv_series_chunk *chunk,
                                  struct pryv_err *err)
{
    const struct chunk_row row = { event_id, chunk->from, chunk->to, chunk->points, chunk->bytes };
    uint64_t number = (uint64_t) (s->sequence + 1) << PLACE_BITS | s->versions;
    struct pryv_str id = id_of(err->arena, number), key = key_of(err->arena, "event:", event_id);
    bson_t document;
    enum pryv_rc rc;

    if (s->versions >= 1u << PLACE_BITS)
        return session_failed(s, pryv_fail(err, PRYV_FAILED, "a session writes more than %u rows", 1u << PLACE_BITS));
    if ((rc = session_new_version(s, id, NULL, &document, err)) != PRYV_OK)
        return rc;
    document_put_texts(&document, "keys", &key, 1);
    bson_append_int64(&document, "n", -1, (int64_t) number);
    document_put_row(&document, chunk_kind.fields, &row);
    return session_put(s, &chunk_kind, id, &document, NULL, err);
}

/* ---- Scanning -------------------------------------------------------------------------------- */

struct wanted {
    struct pryv_str event_id;
    double from, to;
    uint64_t after;
    size_t limit;
};

static bool matches(const struct wanted *wanted, struct document document)
{
    struct chunk_row row;

    document_read_row(document, &chunk_kind, &row);
    return pryv_str_is(row.event_id, wanted->event_id) && (uint64_t) document_integer(document, "n", 0) > wanted->after &&
           !(pryv_present(wanted->from) && row.to < wanted->from) && !(pryv_present(wanted->to) && row.from > wanted->to);
}

static void add(struct pryv_rows *rows, struct document document)
{
    struct document copy = document_copy(rows->mem, document);
    struct chunk_row row;

    document_read_row(copy, &chunk_kind, &row);
    *(struct pryv_series_chunk *) pryv_rows_add(rows) =
        (struct pryv_series_chunk){ (uint64_t) document_integer(copy, "n", 0), row.from, row.to, row.points, row.bytes };
}

static void append_conditions(struct pryv_arena *mem, const struct wanted *wanted, bson_t *conditions, bson_t *options)
{
    bson_t member;

    document_put_text(conditions, "keys", key_of(mem, "event:", wanted->event_id));
    bson_append_document_begin(conditions, "n", -1, &member);
    bson_append_int64(&member, "$gt", -1, wanted->after > INT64_MAX ? INT64_MAX : (int64_t) wanted->after);
    bson_append_document_end(conditions, &member);
    bson_append_document_begin(options, "sort", -1, &member);
    bson_append_int32(&member, "n", -1, 1);
    bson_append_document_end(options, &member);
}

static enum pryv_rc scan(struct pryv_session *s, const struct wanted *wanted, struct pryv_rows *rows, struct pryv_err *err)
{
    bson_t conditions = BSON_INITIALIZER, options = BSON_INITIALIZER;
    struct scan scan = { 0 };
    struct document found;

    append_conditions(err->arena, wanted, &conditions, &options);

    int more = (int) scan_begin(s, &chunk_kind, &conditions, &options, &scan, err);

    if (more == PRYV_OK)
        while (rows->count < wanted->limit && (more = scan_next(&scan, &found, err)) > 0)
            if (matches(wanted, found))
                add(rows, found);
    scan_end(&scan);
    bson_destroy(&conditions);
    bson_destroy(&options);
    return more < 0 ? (enum pryv_rc) more : PRYV_OK;
}

static enum pryv_rc series_scan(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str event_id, double from, double to,
                                uint64_t after, size_t limit, struct pryv_series_chunk **out, size_t *count, struct pryv_err *err)
{
    const struct wanted wanted = { event_id, from, to, after, limit };
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_series_chunk);
    enum pryv_rc rc = scan(s, &wanted, &rows, err);

    if (rc != PRYV_OK)
        return rc;
    /* The session's own come after all that is committed. */
    for (const struct own_row *row = NULL; rows.count < limit && (row = session_own(s, &chunk_kind, row));)
        if (matches(&wanted, row->document))
            add(&rows, row->document);
    *out = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

static enum pryv_rc drop_one(struct pryv_session *s, struct pryv_str event_id, uint64_t number, struct pryv_err *err)
{
    struct version before;
    int there = session_get(s, &chunk_kind, err->arena, id_of(err->arena, number), &before, err);

    if (there > 0 && !pryv_str_is(document_text(before.document, "eventId"), event_id))
        there = 0;
    return there > 0 ? session_remove(s, &chunk_kind, &before, err) : (enum pryv_rc) there;
}

static enum pryv_rc series_drop(struct pryv_session *s, struct pryv_str event_id, const uint64_t *ids, size_t count,
                                struct pryv_err *err)
{
    struct pryv_rows versions = PRYV_ROWS(err->arena, struct version);
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; ids && rc == PRYV_OK && i < count; i++)
        rc = drop_one(s, event_id, ids[i], err);
    if (ids)
        return rc;
    rc = session_list(s, &chunk_kind, key_of(err->arena, "event:", event_id), &versions, err);
    return rc == PRYV_OK ? session_remove_all(s, &chunk_kind, &versions, err) : rc;
}

void series_offer(struct pryv_storage_ops *ops)
{
    ops->series_append = series_append;
    ops->series_scan = series_scan;
    ops->series_drop = series_drop;
}
