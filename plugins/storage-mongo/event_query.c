/* event_query.c - what of a query (pryv/event_plan.h) the server decides, by its indexes, and what is decided here on each row
 * (pryv/event_filter.h). */
#include "collection.h"
#include "cursor.h"
#include "engine.h"
#include <float.h>

/* More streams than that are not asked for by name. */
enum { STREAMS_ASKED = 4096 };

struct plan {
    struct pryv_session *s;
    const struct kind *kind;
    const struct pryv_event_query *query;
    struct pryv_cursor *cursor;
    bool exact; /* the server decides everything */
};

/* ---- Times ----------------------------------------------------------------------------------- */

/* `member` of the committed live event that has the greatest one; absent when none has. What the session changed counts as it was: a duration
 * that is too long costs only reading. */
static enum pryv_rc ask_greatest(struct plan *plan, const char *member, const bson_t *conditions, double *value,
                                 struct pryv_err *err)
{
    struct pryv_session *s = plan->s;
    mongoc_collection_t *collection = chain_collection(&s->chain, s->client, plan->kind->collection);
    bson_t filter = BSON_INITIALIZER, sort = BSON_INITIALIZER;
    struct document found = { NULL, 0 };
    enum pryv_rc rc;

    session_append_visible(s, &filter);
    bson_append_bool(&filter, "live", -1, true);
    bson_concat(&filter, conditions);
    bson_append_int32(&sort, member, -1, -1);
    rc = collection_find_one(collection, &filter, &sort, err->arena, &found, err);
    bson_destroy(&filter);
    bson_destroy(&sort);
    mongoc_collection_destroy(collection);
    if (rc != PRYV_OK && rc != PRYV_NOT_FOUND)
        return rc;
    *value = rc == PRYV_OK ? document_number(found, member) : PRYV_ABSENT;
    return PRYV_OK;
}

/* Once per session: they are the snapshot's. */
static enum pryv_rc ask_periods(struct plan *plan, struct periods *periods, struct pryv_err *err)
{
    bson_t with_duration = BSON_INITIALIZER, are_running = BSON_INITIALIZER, range;
    double running = PRYV_ABSENT;
    enum pryv_rc rc;

    if (periods->known)
        return PRYV_OK;
    bson_append_document_begin(&with_duration, "duration", -1, &range);
    bson_append_double(&range, "$gte", -1, -DBL_MAX); /* that have one */
    bson_append_document_end(&with_duration, &range);
    bson_append_bool(&are_running, "running", -1, true);
    rc = ask_greatest(plan, "duration", &with_duration, &periods->found.longest, err);
    if (rc == PRYV_OK)
        rc = ask_greatest(plan, "time", &are_running, &running, err);
    bson_destroy(&with_duration);
    bson_destroy(&are_running);
    periods->found.running = pryv_present(running);
    periods->known = rc == PRYV_OK;
    return rc;
}

static void append_times(bson_t *conditions, const struct pryv_event_source *source)
{
    bson_t range;

    if (!isfinite(source->lower) && !isfinite(source->upper))
        return;
    bson_append_document_begin(conditions, "time", -1, &range);
    if (isfinite(source->lower))
        bson_append_double(&range, "$gte", -1, source->lower + 0.0); /* -0 as 0 */
    if (isfinite(source->upper))
        bson_append_double(&range, "$lte", -1, source->upper + 0.0);
    bson_append_document_end(conditions, &range);
}

/* ---- The other conditions -------------------------------------------------------------------- */

/* A single text as itself: FerretDB passes equality on to its back end, and nothing else. */
static void append_texts(bson_t *out, const char *name, const struct pryv_rows *texts)
{
    bson_t in;

    if (texts->count == 1) {
        document_put_text(out, name, *(const struct pryv_str *) texts->items);
        return;
    }
    bson_append_document_begin(out, name, -1, &in);
    document_put_texts(&in, "$in", texts->items, texts->count);
    bson_append_document_end(out, &in);
}

static void append_state(struct plan *plan, bson_t *conditions)
{
    bson_t other;

    if (plan->query->state == PRYV_STATE_TRASHED)
        bson_append_bool(conditions, "trashed", -1, true);
    if (plan->query->state != PRYV_STATE_DEFAULT)
        return;
    bson_append_document_begin(conditions, "trashed", -1, &other);
    bson_append_bool(&other, "$ne", -1, true);
    bson_append_document_end(conditions, &other);
}

static void append_streams(struct plan *plan, bson_t *conditions)
{
    struct pryv_rows names = PRYV_ROWS(plan->cursor->mem, struct pryv_str);
    bool exact = plan->query->any_stream;

    if (pryv_event_streams(plan->query, STREAMS_ASKED, &names, &exact))
        append_texts(conditions, "streams", &names);
    plan->exact &= exact;
}

/* All that begin with the text: up to the same text with its last character one higher. */
static void append_class(struct plan *plan, bson_t *out, struct pryv_str text)
{
    char *end = pryv_cstr(plan->cursor->mem, text);
    bson_t range;

    bson_append_document_begin(out, "type", -1, &range);
    document_put_text(&range, "$gte", text);
    if (text.len && (unsigned char) text.data[text.len - 1] < 0x7f) {
        end[text.len - 1]++;
        document_put_text(&range, "$lt", pryv_str_n(end, text.len));
    } else {
        plan->exact = false;
    }
    bson_append_document_end(out, &range);
}

static void begin_alternative(bson_t *any, uint32_t *count, bson_t *one)
{
    char buffer[16];
    const char *index;

    bson_uint32_to_string((*count)++, &index, buffer, sizeof(buffer));
    bson_append_document_begin(any, index, -1, one);
}

static void append_types(struct plan *plan, bson_t *conditions)
{
    const struct pryv_event_query *query = plan->query;
    struct pryv_rows exact = PRYV_ROWS(plan->cursor->mem, struct pryv_str);
    bson_t any, one;
    uint32_t count = 0;

    for (size_t i = 0; i < query->type_count; i++)
        if (!query->types[i].whole_class)
            *(struct pryv_str *) pryv_rows_add(&exact) = query->types[i].text;
    if (exact.count == query->type_count) {
        if (exact.count)
            append_texts(conditions, "type", &exact);
        return;
    }
    bson_append_array_begin(conditions, "$or", -1, &any);
    for (size_t i = 0; i < query->type_count; i++)
        if (query->types[i].whole_class) {
            begin_alternative(&any, &count, &one);
            append_class(plan, &one, query->types[i].text);
            bson_append_document_end(&any, &one);
        }
    if (exact.count) {
        begin_alternative(&any, &count, &one);
        append_texts(&one, "type", &exact);
        bson_append_document_end(&any, &one);
    }
    bson_append_array_end(conditions, &any);
}

static void append_modified(struct plan *plan, bson_t *conditions)
{
    bson_t range;

    if (!pryv_present(plan->query->modified_since))
        return;
    bson_append_document_begin(conditions, "modified", -1, &range);
    bson_append_double(&range, "$gt", -1, plan->query->modified_since + 0.0);
    bson_append_document_end(conditions, &range);
}

static void append_conditions(struct plan *plan, const struct pryv_event_source *source, bson_t *conditions)
{
    bson_append_bool(conditions, "live", -1, true);
    if (source->running)
        bson_append_bool(conditions, "running", -1, true);
    append_state(plan, conditions);
    append_streams(plan, conditions);
    append_types(plan, conditions);
    append_modified(plan, conditions);
    append_times(conditions, source);
}

/* ---- Sources --------------------------------------------------------------------------------- */

static bool is_live(struct document row, const void *unused PRYV_UNUSED)
{
    return document_true(row, "live");
}

static enum pryv_rc add_source(struct plan *plan, const struct pryv_event_source *source, struct pryv_err *err)
{
    struct pryv_cursor *cursor = plan->cursor;
    bson_t conditions = BSON_INITIALIZER;
    uint64_t skip = 0, limit = 0;

    append_conditions(plan, source, &conditions);
    if (plan->exact) {
        skip = cursor->skip;
        limit = cursor->limit < INT64_MAX ? cursor->limit : 0;
        cursor->skip = 0;
    } else if (!cursor->filter) {
        cursor->filter = pryv_event_filter_new(cursor->mem, plan->query);
    }

    enum pryv_rc rc = cursor_add(cursor, &conditions, skip, limit, err);

    bson_destroy(&conditions);
    return rc;
}

static enum pryv_rc add_sources(struct plan *plan, struct pryv_err *err)
{
    struct periods *periods = &plan->s->periods[plan->kind == &audit_kind];
    struct pryv_event_sources sources;
    enum pryv_rc rc = PRYV_OK;

    if (pryv_event_query_needs_periods(plan->query))
        rc = ask_periods(plan, periods, err);
    sources = pryv_event_sources(plan->query, &periods->found);
    if (sources.count)
        cursor_add_own(plan->cursor, is_live, NULL);
    plan->exact = sources.exact && plan->cursor->own.count == 0;
    for (size_t i = 0; rc == PRYV_OK && i < sources.count; i++)
        rc = add_source(plan, &sources.list[i], err);
    return rc;
}

static enum pryv_rc run_query(struct pryv_session *s, const struct kind *kind, const struct pryv_event_query *query,
                              struct pryv_cursor **out, struct pryv_err *err)
{
    struct plan plan = { .s = s, .kind = kind, .query = query };
    enum pryv_rc rc = PRYV_OK;

    if (!session_is_usable(s, err))
        return err->rc;
    plan.cursor = cursor_new(s, kind, (struct row_order){ "time", "id", query->ascending }, query->skip, query->limit);
    if (query->skip <= INT64_MAX)
        rc = add_sources(&plan, err);
    if (rc != PRYV_OK) {
        mongo_cursor_close(plan.cursor);
        return rc;
    }
    *out = plan.cursor;
    return PRYV_OK;
}

/* ---- The interface's ------------------------------------------------------------------------- */

static enum pryv_rc events_query(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
                                 struct pryv_err *err)
{
    return run_query(s, &event_kind, query, out, err);
}

static enum pryv_rc audit_query(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
                                struct pryv_err *err)
{
    return run_query(s, &audit_kind, query, out, err);
}

static enum pryv_rc events_in_streams(struct pryv_session *s, const struct pryv_str *ids, size_t count, struct pryv_cursor **out,
                                      struct pryv_err *err)
{
    return run_query(s, &event_kind, pryv_event_query_in_streams(err->arena, ids, count), out, err);
}

void event_query_offer(struct pryv_storage_ops *ops)
{
    ops->events_query = events_query;
    ops->events_in_streams = events_in_streams;
    ops->audit_query = audit_query;
}
