/* model.c - see model.h. */
#include "model.h"
#include <stdlib.h>

/* Half hours over four days, so that some last longer than a day. */
enum { TIMES = 200, LENGTHS = 60, STEP = 1800 };

static const char *const types[] = { "note/txt", "note/html", "mass/kg",   "mass/lb",
                                     "mass%/kg", "ma_s/kg",   "massive/x", "count/steps" };

struct pryv_str model_stream(struct check *c, size_t number)
{
    return kit_text(c, "stream-%zu", number);
}

static struct pryv_str any_stream(struct check *c)
{
    return model_stream(c, kit_below(c, MODEL_STREAMS));
}

/* Whole seconds and milliseconds, before and after 1970. */
static double any_time(struct check *c)
{
    return ((double) kit_below(c, TIMES) - TIMES / 4.0) * STEP + (double) kit_below(c, 4) / 1000;
}

static void give_period(struct check *c, struct pryv_event *row)
{
    switch (kit_below(c, 8)) {
    case 0: row->running = true; break;
    case 1: row->duration = 0; break;
    case 2: row->duration = (double) kit_below(c, LENGTHS) * STEP; break;
    case 3: row->duration = -(double) kit_below(c, LENGTHS) * STEP; break;
    default: break;
    }
}

static void give_streams(struct check *c, struct model_event *event, size_t streams)
{
    struct pryv_str json = PRYV_STR("[");

    size_t first = kit_below(c, streams), step = 1 + kit_below(c, 3); /* never the same one twice */

    event->stream_count = 1 + kit_below(c, PRYV_COUNT(event->streams));
    for (size_t i = 0; i < event->stream_count; i++) {
        event->streams[i] = model_stream(c, (first + i * step) % streams);
        json = kit_text(c, "%.*s%s\"%s\"", PRYV_STR_ARG(json), i ? "," : "", event->streams[i].data);
    }
    event->row.stream_ids_json = kit_text(c, "%s]", json.data);
}

struct model model_make(struct check *c, size_t count, size_t streams)
{
    struct model model = { pryv_new_array(c->mem, struct model_event, count), count };

    for (size_t i = 0; i < count; i++) {
        struct model_event *event = &model.events[i];

        event->row = kit_event(c, kit_text(c, "e%zx", (size_t) kit_random(c)).data, "", any_time(c));
        event->row.type = pryv_str(types[kit_below(c, PRYV_COUNT(types))]);
        event->row.trashed = kit_below(c, 5) == 0;
        event->row.modified = (double) kit_below(c, TIMES);
        give_period(c, &event->row);
        give_streams(c, event, streams);
    }
    return model;
}

/* ---- Queries ---------------------------------------------------------------------------------- */

static struct pryv_stream_condition any_condition(struct check *c)
{
    size_t count = kit_below(c, 6);
    struct pryv_str *ids = pryv_new_array(c->mem, struct pryv_str, count);

    for (size_t i = 0; i < count; i++)
        ids[i] = kit_below(c, 8) ? any_stream(c) : PRYV_STR("stream-that-is-not");
    return (struct pryv_stream_condition){ .not_in = kit_below(c, 3) == 0, .ids = ids, .count = count };
}

static void give_blocks(struct check *c, struct pryv_event_query *query)
{
    struct pryv_stream_block *blocks = pryv_new_array(c->mem, struct pryv_stream_block, 3);

    query->any_stream = kit_below(c, 3) == 0;
    query->block_count = kit_below(c, 4);
    query->blocks = blocks;
    for (size_t i = 0; i < query->block_count; i++) {
        struct pryv_stream_condition *conditions = pryv_new_array(c->mem, struct pryv_stream_condition, 3);

        blocks[i].count = kit_below(c, 4);
        blocks[i].conditions = conditions;
        for (size_t j = 0; j < blocks[i].count; j++)
            conditions[j] = any_condition(c);
    }
}

static void give_types(struct check *c, struct pryv_event_query *query)
{
    static const struct pryv_type_filter filters[] = {
        { { "note/txt", 8 }, false }, { { "mass/", 5 }, true }, { { "mass%/", 6 }, true },    { { "ma_s/", 5 }, true },
        { { "mass/kg", 7 }, false },  { { "ma%", 3 }, false },  { { "NOTE/TXT", 8 }, false }, { { "note/", 5 }, false },
    };
    struct pryv_type_filter *list = pryv_new_array(c->mem, struct pryv_type_filter, 3);

    query->type_count = kit_below(c, 2) ? kit_below(c, 4) : 0;
    query->types = list;
    for (size_t i = 0; i < query->type_count; i++)
        list[i] = filters[kit_below(c, PRYV_COUNT(filters))];
}

struct pryv_event_query model_query(struct check *c)
{
    struct pryv_event_query query = {
        .state = (enum pryv_event_state) kit_below(c, 3),
        .from = kit_below(c, 2) ? any_time(c) : PRYV_ABSENT,
        .to = kit_below(c, 2) ? any_time(c) : PRYV_ABSENT,
        .with_running = kit_below(c, 2),
        .running = kit_below(c, 8) == 0,
        .modified_since = kit_below(c, 4) == 0 ? (double) kit_below(c, TIMES) : PRYV_ABSENT,
        .ascending = kit_below(c, 2),
        .skip = kit_below(c, 3) == 0 ? kit_below(c, 100) : 0,
        .limit = kit_below(c, 2) ? kit_below(c, 30) : UINT64_MAX,
    };

    give_types(c, &query);
    give_blocks(c, &query);
    return query;
}

/* ---- Answers ---------------------------------------------------------------------------------- */

static bool is_in(const struct model_event *event, const struct pryv_stream_condition *condition)
{
    for (size_t i = 0; i < event->stream_count; i++)
        for (size_t j = 0; j < condition->count; j++)
            if (pryv_str_is(event->streams[i], condition->ids[j]))
                return true;
    return false;
}

static bool streams_match(const struct model_event *event, const struct pryv_event_query *query)
{
    if (query->any_stream)
        return true;
    for (size_t i = 0; i < query->block_count; i++) {
        bool holds = true;

        for (size_t j = 0; j < query->blocks[i].count; j++)
            holds = holds && is_in(event, &query->blocks[i].conditions[j]) != query->blocks[i].conditions[j].not_in;
        if (holds)
            return true;
    }
    return false;
}

static bool type_matches(struct pryv_str type, const struct pryv_event_query *query)
{
    for (size_t i = 0; i < query->type_count; i++) {
        struct pryv_str text = query->types[i].text;

        if (pryv_str_is(type, text) || (query->types[i].whole_class && pryv_str_starts(type, text.data)))
            return true;
    }
    return query->type_count == 0;
}

static bool time_matches(const struct pryv_event *row, const struct pryv_event_query *query)
{
    if (pryv_present(query->to) && row->time > query->to)
        return false;
    if (query->running)
        return row->running;
    if (!pryv_present(query->from))
        return true;
    if (row->running)
        return query->with_running;
    return (pryv_present(row->duration) ? row->time + row->duration : row->time) >= query->from;
}

static bool matches(const struct model_event *event, const struct pryv_event_query *query)
{
    const struct pryv_event *row = &event->row;

    if (row->head_id.data || pryv_present(row->deleted))
        return false;
    if (query->state != PRYV_STATE_ALL && row->trashed != (query->state == PRYV_STATE_TRASHED))
        return false;
    if (pryv_present(query->modified_since) && row->modified <= query->modified_since)
        return false;
    return time_matches(row, query) && type_matches(row->type, query) && streams_match(event, query);
}

static int by_time(const void *a_, const void *b_)
{
    const struct pryv_event *a = *(const struct pryv_event *const *) a_, *b = *(const struct pryv_event *const *) b_;
    size_t common = a->id.len < b->id.len ? a->id.len : b->id.len;
    int order = a->time != b->time ? (a->time > b->time) - (a->time < b->time) : memcmp(a->id.data, b->id.data, common);

    return order ? order : (a->id.len > b->id.len) - (a->id.len < b->id.len);
}

size_t model_answer(struct check *c, const struct model *model, const struct pryv_event_query *query,
                    const struct pryv_event ***out)
{
    const struct pryv_event **rows = pryv_new_array(c->mem, const struct pryv_event *, model->count);
    size_t n = 0;

    for (size_t i = 0; i < model->count; i++)
        if (matches(&model->events[i], query))
            rows[n++] = &model->events[i].row;
    qsort(rows, n, sizeof(*rows), by_time);
    for (size_t i = 0; !query->ascending && i < n / 2; i++) {
        const struct pryv_event *row = rows[i];

        rows[i] = rows[n - 1 - i];
        rows[n - 1 - i] = row;
    }

    size_t skipped = query->skip < n ? query->skip : n;

    *out = rows + skipped;
    return n - skipped < query->limit ? n - skipped : query->limit;
}

/* ---- For people ------------------------------------------------------------------------------- */

static struct pryv_str describe_block(struct check *c, struct pryv_str text, const struct pryv_stream_block *block)
{
    for (size_t i = 0; i < block->count; i++) {
        text = kit_text(c, "%s %s(", text.data, block->conditions[i].not_in ? "not" : "any");
        for (size_t j = 0; j < block->conditions[i].count; j++)
            text = kit_text(c, "%s%s%s", text.data, j ? " " : "", block->conditions[i].ids[j].data);
        text = kit_text(c, "%s)", text.data);
    }
    return text;
}

const char *model_describe(struct check *c, const struct pryv_event_query *query)
{
    static const char *const states[] = { "default", "trashed", "all" };
    struct pryv_str text = kit_text(
        c, "state %s, from %g%s, to %g%s, modified_since %g, %s, skip %llu, limit %lld", states[query->state], query->from,
        query->with_running ? " with running" : "", query->to, query->running ? ", running" : "", query->modified_since,
        query->ascending ? "ascending" : "descending", (unsigned long long) query->skip, (long long) query->limit);

    for (size_t i = 0; i < query->type_count; i++)
        text = kit_text(c, "%s, type %s%s", text.data, query->types[i].text.data, query->types[i].whole_class ? "*" : "");
    for (size_t i = 0; !query->any_stream && i < query->block_count; i++)
        text = describe_block(c, kit_text(c, "%s, block", text.data), &query->blocks[i]);
    return text.data;
}

/* ---- Comparing -------------------------------------------------------------------------------- */

void model_compare(struct check *c, struct pryv_session *s, const struct model *model, const struct pryv_event_query *query)
{
    const struct pryv_event **expected;
    size_t count = model_answer(c, model, query, &expected), n = 0;
    struct pryv_cursor *cursor = NULL;
    struct pryv_event row;

    KEEPS(c->storage->events_query(s, query, &cursor, ERR));
    kit_cursor(c, s, cursor);
    while (kit_next(c, cursor, &row)) {
        EXPECT(n < count, "more than the %zu expected events (%s)", count, model_describe(c, query));
        EXPECT(pryv_str_is(row.id, expected[n]->id), "event %zu of %zu is %.*s, expected %s (%s)", n, count, PRYV_STR_ARG(row.id),
               expected[n]->id.data, model_describe(c, query));
        kit_same_event(c, &row, expected[n]);
        n++;
    }
    EXPECT(n == count, "%zu events, expected %zu (%s)", n, count, model_describe(c, query));
    kit_close_cursor(c, cursor);
}
