/* series.c - chunks of points. A chunk's number is made of the sequence that appended it and its place within, so that numbers ascend in the order
 * of appending; the document has it as `n`.
 *
 * Those of a range are found by their first times: a chunk that touches it begins in it, or at most the longest chunk before it. FerretDB reads all of
 * the user's chunks whatever it is asked for; there the longest is not asked for. */
#include "collection.h"
#include "engine.h"
#include <float.h>
#include <stdlib.h>

enum { PLACE_BITS = 20 };

static struct pryv_str id_of(struct pryv_arena *mem, uint64_t number)
{
    return pryv_format(mem, "%016llx", (unsigned long long) number);
}

static enum pryv_rc series_append(struct pryv_session *s, struct pryv_str event_id, const struct pryv_series_chunk *chunk,
                                  struct pryv_err *err)
{
    const struct chunk_row row = { event_id, chunk->from, chunk->to, chunk->points, chunk->bytes, chunk->to - chunk->from };
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

/* ---- How far chunks reach --------------------------------------------------------------------- */

/* The committed chunk of the event with the greatest length, or, ascending, one that has none, or the least. */
static enum pryv_rc ask_length(struct pryv_session *s, struct pryv_str event_id, int direction, double otherwise, double *length,
                               struct pryv_err *err)
{
    mongoc_collection_t *collection = chain_collection(&s->chain, s->client, chunk_kind.collection);
    bson_t filter = BSON_INITIALIZER, sort = BSON_INITIALIZER;
    struct document found = { NULL, 0 };
    enum pryv_rc rc;

    bson_append_utf8(&filter, "u", -1, s->chain.name, -1);
    document_put_text(&filter, "keys", key_of(err->arena, "event:", event_id));
    bson_append_int32(&sort, "length", -1, direction);
    rc = collection_find_one(collection, &filter, &sort, err->arena, &found, err);
    bson_destroy(&filter);
    bson_destroy(&sort);
    mongoc_collection_destroy(collection);
    *length = rc == PRYV_OK ? document_number(found, "length") : otherwise;
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

/* Once per session and event: it is the snapshot's. A chunk that is not there any more costs only reading. */
static enum pryv_rc ask_reach(struct pryv_session *s, struct pryv_str event_id, double *longest, struct pryv_err *err)
{
    double least, greatest;
    enum pryv_rc rc;

    *longest = INFINITY;
    if (s->chain.apart)
        return PRYV_OK;
    if (!s->reach.event_id.data || !pryv_str_is(s->reach.event_id, event_id)) {
        if ((rc = ask_length(s, event_id, 1, 0, &least, err)) != PRYV_OK ||
            (rc = ask_length(s, event_id, -1, 0, &greatest, err)) != PRYV_OK)
            return rc;
        s->reach.event_id = pryv_str_copy(s->mem, event_id);
        s->reach.longest = pryv_present(least) && pryv_present(greatest) ? greatest : INFINITY;
    }
    *longest = s->reach.longest;
    return PRYV_OK;
}

/* ---- Scanning -------------------------------------------------------------------------------- */

struct wanted {
    struct pryv_str event_id;
    double from, to;   /* absent: without an end */
    double after_from; /* in the order of times: behind the chunk that begins here */
    uint64_t after;    /* with this number; or, in the order of numbers, behind it */
    double earliest;   /* none that begins before touches the range; -INFINITY: not known */
    size_t limit;
    bool by_time;
};

static bool is_behind(const struct wanted *wanted, double from, uint64_t number)
{
    if (!wanted->by_time || from == wanted->after_from)
        return number > wanted->after;
    return from > wanted->after_from;
}

static bool matches(const struct wanted *wanted, struct document document)
{
    struct chunk_row row;

    document_read_row(document, &chunk_kind, &row);
    return pryv_str_is(row.event_id, wanted->event_id) &&
           is_behind(wanted, row.from, (uint64_t) document_integer(document, "n", 0)) &&
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

static void append_times(const struct wanted *wanted, bson_t *conditions)
{
    double from = fmax(wanted->earliest, wanted->after_from), to = pryv_present(wanted->to) ? wanted->to : DBL_MAX;
    bson_t member;

    bson_append_document_begin(conditions, "firstTime", -1, &member);
    bson_append_double(&member, "$gte", -1, fmax(from, -DBL_MAX) + 0.0); /* -0 as 0 */
    bson_append_double(&member, "$lte", -1, fmin(to, DBL_MAX) + 0.0);
    bson_append_document_end(conditions, &member);
}

static void append_numbers(const struct wanted *wanted, bson_t *conditions)
{
    bson_t member;

    bson_append_document_begin(conditions, "n", -1, &member);
    bson_append_int64(&member, "$gt", -1, wanted->after > INT64_MAX ? INT64_MAX : (int64_t) wanted->after);
    bson_append_document_end(conditions, &member);
}

static void append_conditions(struct pryv_arena *mem, const struct wanted *wanted, bson_t *conditions, bson_t *options)
{
    bson_t member;

    document_put_text(conditions, "keys", key_of(mem, "event:", wanted->event_id));
    if (wanted->by_time)
        append_times(wanted, conditions);
    else
        append_numbers(wanted, conditions);
    bson_append_document_begin(options, "sort", -1, &member);
    if (wanted->by_time)
        bson_append_int32(&member, "firstTime", -1, 1);
    bson_append_int32(&member, "n", -1, 1);
    bson_append_document_end(options, &member);
    if (wanted->limit < INT32_MAX)
        bson_append_int32(options, "batchSize", -1, (int32_t) wanted->limit + 1);
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

static void add_own(struct pryv_session *s, const struct wanted *wanted, struct pryv_rows *rows)
{
    for (const struct own_row *row = NULL; (row = session_own(s, &chunk_kind, row));)
        if (matches(wanted, row->document))
            add(rows, row->document);
}

static int compare_ids(const void *a_, const void *b_)
{
    const struct pryv_series_chunk *a = a_, *b = b_;

    return (a->id > b->id) - (a->id < b->id);
}

static int compare_places(const void *a_, const void *b_)
{
    const struct pryv_series_chunk *a = a_, *b = b_;

    return a->from != b->from ? (a->from < b->from ? -1 : 1) : compare_ids(a, b);
}

/* The first of them, in the order that is wanted. */
static enum pryv_rc scan_all(struct pryv_session *s, const struct wanted *wanted, struct pryv_rows *rows, struct pryv_err *err)
{
    enum pryv_rc rc = scan(s, wanted, rows, err);

    if (rc != PRYV_OK)
        return rc;
    add_own(s, wanted, rows);
    qsort(rows->items, rows->count, rows->size, wanted->by_time ? compare_places : compare_ids);
    rows->count = rows->count < wanted->limit ? rows->count : wanted->limit;
    return PRYV_OK;
}

static enum pryv_rc scan_by_time(struct pryv_session *s, struct wanted *wanted, struct pryv_rows *rows, struct pryv_err *err)
{
    double longest;
    enum pryv_rc rc = ask_reach(s, wanted->event_id, &longest, err);

    wanted->by_time = true;
    wanted->earliest = pryv_present(wanted->from) ? wanted->from - longest - 1 /* for what rounding takes off */ : -INFINITY;
    return rc == PRYV_OK ? scan_all(s, wanted, rows, err) : rc;
}

/* The few chunks of a short range are found by time, whatever there is besides; where there are more than asked for, the first of them by id. */
static enum pryv_rc series_scan(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str event_id, double from, double to,
                                uint64_t after, size_t limit, struct pryv_series_chunk **out, size_t *count, struct pryv_err *err)
{
    struct wanted few = { event_id, from, to, -INFINITY, 0, -INFINITY, limit + 1, true };
    const struct wanted first = { event_id, from, to, -INFINITY, after, -INFINITY, limit, false };
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_series_chunk);
    enum pryv_rc rc = PRYV_OK;
    bool whole = false;

    if (!session_is_usable(s, err))
        return err->rc;
    if (!after && limit < SIZE_MAX && !s->chain.apart) {
        rc = scan_by_time(s, &few, &rows, err);
        whole = rows.count <= limit;
        qsort(rows.items, rows.count, rows.size, compare_ids);
    }
    if (rc == PRYV_OK && !whole) {
        rows.count = 0;
        rc = scan_all(s, &first, &rows, err);
    }
    if (rc != PRYV_OK)
        return rc;
    *out = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

static enum pryv_rc series_scan_by_time(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str event_id, double from,
                                        double to, const struct pryv_series_chunk *after, size_t limit,
                                        struct pryv_series_chunk **out, size_t *count, struct pryv_err *err)
{
    struct wanted wanted = { event_id, from, to, after ? after->from : -INFINITY, after ? after->id : 0, -INFINITY, limit, true };
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_series_chunk);
    enum pryv_rc rc;

    if (!session_is_usable(s, err))
        return err->rc;
    if ((rc = scan_by_time(s, &wanted, &rows, err)) != PRYV_OK)
        return rc;
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
    ops->series_scan_by_time = series_scan_by_time;
}
