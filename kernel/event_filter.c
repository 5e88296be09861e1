/* event_filter.c - see pryv/event_filter.h. */
#include <pryv/event_filter.h>
#include <stdlib.h>

/* A list of streams, sorted when a row first asks: most rows are decided by what comes before it. */
struct id_list {
    bool not_in, sorted;
    struct pryv_str *ids;
    size_t count;
};
struct block {
    struct id_list *lists;
    size_t count;
};

struct pryv_event_filter {
    struct pryv_event_query query; /* without its blocks */
    struct block *blocks;
    /* The streams of the row at hand; what they point into is the row's, or theirs. */
    struct pryv_text_list *lists;
    struct pryv_str *streams;
    size_t stream_count, room;
};

static int compare_texts(const void *a_, const void *b_)
{
    const struct pryv_str *a = a_, *b = b_;

    if (a->len != b->len)
        return a->len < b->len ? -1 : 1;
    return a->len ? memcmp(a->data, b->data, a->len) : 0;
}

static struct id_list copy_condition(struct pryv_arena *mem, const struct pryv_stream_condition *condition)
{
    struct id_list list = { .not_in = condition->not_in, .count = condition->count };

    list.ids = pryv_new_array(mem, struct pryv_str, condition->count + 1);
    for (size_t i = 0; i < condition->count; i++)
        list.ids[i] = pryv_str_copy(mem, condition->ids[i]);
    return list;
}

static struct block copy_block(struct pryv_arena *mem, const struct pryv_stream_block *block)
{
    struct block copy = { .lists = pryv_new_array(mem, struct id_list, block->count + 1), .count = block->count };

    for (size_t i = 0; i < block->count; i++)
        copy.lists[i] = copy_condition(mem, &block->conditions[i]);
    return copy;
}

static void copy_blocks(struct pryv_arena *mem, struct pryv_event_filter *filter, const struct pryv_event_query *query)
{
    filter->blocks = pryv_new_array(mem, struct block, query->block_count + 1);
    for (size_t i = 0; i < query->block_count; i++)
        filter->blocks[i] = copy_block(mem, &query->blocks[i]);
}

static void copy_types(struct pryv_arena *mem, struct pryv_event_query *query)
{
    struct pryv_type_filter *types = pryv_new_array(mem, struct pryv_type_filter, query->type_count + 1);

    for (size_t i = 0; i < query->type_count; i++)
        types[i] = (struct pryv_type_filter){ pryv_str_copy(mem, query->types[i].text), query->types[i].whole_class };
    query->types = types;
}

struct pryv_event_filter *pryv_event_filter_new(struct pryv_arena *mem, const struct pryv_event_query *query)
{
    struct pryv_event_filter *filter = pryv_new(mem, struct pryv_event_filter);

    filter->query = *query;
    filter->query.blocks = NULL;
    copy_types(mem, &filter->query);
    if (!query->any_stream)
        copy_blocks(mem, filter, query);
    return filter;
}

void pryv_event_filter_free(struct pryv_event_filter *filter)
{
    if (!filter)
        return;
    for (size_t i = 0; i < filter->room; i++)
        free(filter->lists[i].decoded);
    free(filter->lists);
    free(filter->streams);
}

/* ---- Matching -------------------------------------------------------------------------------- */

static bool matches_time(const struct pryv_event_query *query, const struct pryv_event *row)
{
    if (pryv_present(query->to) && !(row->time <= query->to))
        return false;
    if (query->running)
        return row->running;
    if (!pryv_present(query->from))
        return true;
    if (row->running)
        return query->with_running;
    return (pryv_present(row->duration) ? row->time + row->duration : row->time) >= query->from;
}

static void more_room(struct pryv_event_filter *filter)
{
    size_t room = filter->room ? filter->room * 2 : 4;
    struct pryv_text_list *lists = realloc(filter->lists, room * sizeof(*lists));
    struct pryv_str *streams = realloc(filter->streams, room * sizeof(*streams));

    if (!lists || !streams)
        abort();
    for (size_t i = filter->room; i < room; i++)
        lists[i] = (struct pryv_text_list){ 0 };
    filter->lists = lists;
    filter->streams = streams;
    filter->room = room;
}

/* Each text has a list of its own, so that what one decoded stays while others are. */
static void read_streams(struct pryv_event_filter *filter, struct pryv_str json)
{
    const char *at = json.data, *end = json.data + json.len;

    filter->stream_count = 0;
    while (at) {
        if (filter->stream_count == filter->room)
            more_room(filter);

        struct pryv_text_list *list = &filter->lists[filter->stream_count];

        list->at = at;
        list->end = end;
        if (!pryv_text_list_next(list, &filter->streams[filter->stream_count]))
            return;
        filter->stream_count++;
        at = list->at;
    }
}

static bool in_list(const struct pryv_event_filter *filter, struct id_list *list)
{
    if (!list->sorted)
        qsort(list->ids, list->count, sizeof(*list->ids), compare_texts);
    list->sorted = true;
    for (size_t i = 0; i < filter->stream_count; i++)
        if (list->count && bsearch(&filter->streams[i], list->ids, list->count, sizeof(*list->ids), compare_texts))
            return true;
    return false;
}

static bool in_block(const struct pryv_event_filter *filter, const struct block *block)
{
    for (size_t i = 0; i < block->count; i++)
        if (in_list(filter, &block->lists[i]) == block->lists[i].not_in)
            return false;
    return true;
}

static bool matches_streams(struct pryv_event_filter *filter, struct pryv_str json)
{
    if (filter->query.any_stream)
        return true;
    read_streams(filter, json);
    for (size_t i = 0; i < filter->query.block_count; i++)
        if (in_block(filter, &filter->blocks[i]))
            return true;
    return false;
}

bool pryv_event_filter_matches(struct pryv_event_filter *filter, const struct pryv_event *row)
{
    const struct pryv_event_query *query = &filter->query;

    return (query->state == PRYV_STATE_ALL || row->trashed == (query->state == PRYV_STATE_TRASHED)) && matches_time(query, row) &&
           (!pryv_present(query->modified_since) || row->modified > query->modified_since) &&
           pryv_event_type_matches(query, row->type) && matches_streams(filter, row->stream_ids_json);
}
