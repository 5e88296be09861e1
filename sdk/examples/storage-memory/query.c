/* query.c - see query.h. A query is answered by looking at one event after the other; an engine for more than what fits in
 * memory would begin where `from` and `to` say and use an index by stream. */
#include "query.h"
#include <pryv/json.h>

/* ---- Does an event match? --------------------------------------------------------------------- */

static bool is_among(struct pryv_str id, const struct pryv_str *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (pryv_str_is(ids[i], id))
            return true;
    return false;
}

static bool condition_holds(const struct pryv_stream_condition *condition, const json_t *stream_ids)
{
    size_t i;
    json_t *id;

    json_array_foreach(stream_ids, i, id)
        if (is_among(pryv_json_text_of(id), condition->ids, condition->count))
            return !condition->not_in;
    return condition->not_in;
}

static bool block_holds(const struct pryv_stream_block *block, const json_t *stream_ids)
{
    for (size_t i = 0; i < block->count; i++)
        if (!condition_holds(&block->conditions[i], stream_ids))
            return false;
    return true;
}

static bool streams_match(const struct pryv_event_query *query, const json_t *stream_ids)
{
    for (size_t i = 0; i < query->block_count; i++)
        if (block_holds(&query->blocks[i], stream_ids))
            return true;
    return query->any_stream;
}

static bool type_matches(const struct pryv_event_query *query, struct pryv_str type)
{
    for (size_t i = 0; i < query->type_count; i++) {
        struct pryv_str wanted = query->types[i].text;
        bool whole_class = query->types[i].whole_class && type.len >= wanted.len;

        if (pryv_str_is(pryv_str_n(type.data, whole_class ? wanted.len : type.len), wanted))
            return true;
    }
    return query->type_count == 0;
}

static bool state_matches(const struct pryv_event_query *query, const struct pryv_event *event)
{
    return query->state == PRYV_STATE_ALL || event->trashed == (query->state == PRYV_STATE_TRASHED);
}

static bool time_matches(const struct pryv_event_query *query, const struct pryv_event *event)
{
    double end = event->time + (pryv_present(event->duration) ? event->duration : 0);

    if (pryv_present(query->to) && event->time > query->to)
        return false;
    if (query->running)
        return event->running;
    if (!pryv_present(query->from))
        return true;
    return event->running ? query->with_running : end >= query->from;
}

static bool matches(const struct pryv_cursor *c, const struct row *row)
{
    const struct pryv_event *event = &row->event;

    if (pryv_present(c->query.modified_since) && !(event->modified > c->query.modified_since))
        return false;
    if (pryv_present(c->deleted_since) && !(event->deleted > c->deleted_since))
        return false;
    return state_matches(&c->query, event) && time_matches(&c->query, event) && type_matches(&c->query, event->type) &&
           streams_match(&c->query, row->stream_ids);
}

/* ---- Cursors ---------------------------------------------------------------------------------- */

static struct pryv_stream_condition *copy_conditions(struct pryv_arena *mem, const struct pryv_stream_block *block)
{
    struct pryv_stream_condition *conditions = pryv_new_array(mem, struct pryv_stream_condition, block->count);

    for (size_t i = 0; i < block->count; i++) {
        const struct pryv_stream_condition *from = &block->conditions[i];
        struct pryv_str *ids = pryv_new_array(mem, struct pryv_str, from->count);

        for (size_t j = 0; j < from->count; j++)
            ids[j] = pryv_str_copy(mem, from->ids[j]);
        conditions[i] = (struct pryv_stream_condition){ .not_in = from->not_in, .ids = ids, .count = from->count };
    }
    return conditions;
}

/* The caller's query may be gone before the cursor is. */
static struct pryv_event_query copy_query(struct pryv_arena *mem, const struct pryv_event_query *query)
{
    struct pryv_event_query copy = *query;
    struct pryv_type_filter *types = pryv_new_array(mem, struct pryv_type_filter, query->type_count);
    size_t block_count = query->any_stream ? 0 : query->block_count;
    struct pryv_stream_block *blocks = pryv_new_array(mem, struct pryv_stream_block, block_count);

    for (size_t i = 0; i < query->type_count; i++) {
        types[i] = query->types[i];
        types[i].text = pryv_str_copy(mem, types[i].text);
    }
    for (size_t i = 0; i < block_count; i++) {
        blocks[i].conditions = copy_conditions(mem, &query->blocks[i]);
        blocks[i].count = query->blocks[i].count;
    }
    copy.types = types;
    copy.blocks = blocks;
    copy.block_count = block_count;
    return copy;
}

enum pryv_rc cursor_open(struct pryv_session *s, struct pryv_str prefix, const struct pryv_event_query *query,
                         struct pryv_cursor **out, struct pryv_err *err)
{
    MUST(session_reads(s, err));
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_cursor *c = pryv_new(mem, struct pryv_cursor);

    c->mem = mem;
    c->session = s;
    c->map = map_keep(s->map);
    c->walk = (struct map_walk){ .map = c->map, .prefix = pryv_str_copy(mem, prefix), .descending = !query->ascending };
    c->query = copy_query(mem, query);
    c->deleted_since = PRYV_ABSENT;
    *out = c;
    return PRYV_OK;
}

/* The row's texts are the stored ones: the cursor's map keeps them. */
int cursor_next(struct pryv_cursor *c, struct pryv_event *event, struct pryv_err *err)
{
    enum pryv_rc rc = session_reads(c->session, err);
    const struct row *row;

    if (rc != PRYV_OK)
        return rc;
    while (c->query.limit > 0 && (row = map_step(&c->walk))) {
        if (!matches(c, row))
            continue;
        if (c->query.skip > 0) {
            c->query.skip--;
            continue;
        }
        c->query.limit--;
        *event = row->event;
        return 1;
    }
    c->query.limit = 0;
    return 0;
}

void cursor_close(struct pryv_cursor *c)
{
    if (!c)
        return;
    map_release(c->map);
    pryv_arena_free(c->mem);
}
