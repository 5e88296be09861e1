/* event_plan.c - see pryv/event_plan.h. */
#include <math.h>
#include <pryv/event_plan.h>

/* ---- Times ----------------------------------------------------------------------------------- */

static bool can_match(const struct pryv_event_query *query)
{
    return query->limit > 0 && (query->any_stream || query->block_count > 0);
}

bool pryv_event_query_needs_periods(const struct pryv_event_query *query)
{
    return can_match(query) && pryv_present(query->from) && !query->running;
}

/* No event of at most this duration that begins before ends, as a sum in doubles, at `from` or later: both roundings are made up for. */
static double from_less(double from, double duration)
{
    return nextafter(nextafter(from, (double) -INFINITY) - duration, (double) -INFINITY);
}

static void add_source(struct pryv_event_sources *sources, bool running, double lower, double upper)
{
    sources->list[sources->count++] = (struct pryv_event_source){ running, lower, upper };
}

static void add_sources_from(struct pryv_event_sources *sources, const struct pryv_event_query *query,
                             const struct pryv_event_periods *periods, double upper)
{
    bool any_duration = pryv_present(periods->longest), running_before = query->with_running && periods->running;
    double lower = any_duration && periods->longest > 0 ? from_less(query->from, periods->longest) : query->from;
    double before = fmin(nextafter(lower, (double) -INFINITY), upper);

    sources->exact = !any_duration && !periods->running;
    if (running_before && query->ascending)
        add_source(sources, true, (double) -INFINITY, before);
    add_source(sources, false, lower, upper);
    if (running_before && !query->ascending)
        add_source(sources, true, (double) -INFINITY, before);
}

struct pryv_event_sources pryv_event_sources(const struct pryv_event_query *query, const struct pryv_event_periods *periods)
{
    struct pryv_event_sources sources = { .exact = true };
    double upper = pryv_present(query->to) ? query->to : (double) INFINITY;

    if (pryv_event_query_needs_periods(query))
        add_sources_from(&sources, query, periods, upper);
    else if (can_match(query))
        add_source(&sources, query->running, (double) -INFINITY, upper);
    return sources;
}

/* ---- Streams --------------------------------------------------------------------------------- */

/* NULL: none of them is a list to be in. */
static const struct pryv_stream_condition *smallest_list(const struct pryv_stream_block *block)
{
    const struct pryv_stream_condition *smallest = NULL;

    for (size_t i = 0; i < block->count; i++)
        if (!block->conditions[i].not_in && (!smallest || block->conditions[i].count < smallest->count))
            smallest = &block->conditions[i];
    return smallest;
}

bool pryv_event_streams(const struct pryv_event_query *query, size_t most, struct pryv_rows *ids, bool *exact)
{
    for (size_t i = 0; !query->any_stream && i < query->block_count; i++) {
        const struct pryv_stream_condition *smallest = smallest_list(&query->blocks[i]);

        if (!smallest || ids->count + smallest->count > most) {
            ids->count = 0;
            return false;
        }
        for (size_t k = 0; k < smallest->count; k++)
            *(struct pryv_str *) pryv_rows_add(ids) = pryv_str_copy(ids->mem, smallest->ids[k]);
    }
    if (exact)
        *exact = query->block_count == 1 && query->blocks[0].count == 1;
    return !query->any_stream;
}

const struct pryv_event_query *pryv_event_query_in_streams(struct pryv_arena *mem, const struct pryv_str *ids, size_t count)
{
    struct pryv_stream_condition *condition = pryv_new(mem, struct pryv_stream_condition);
    struct pryv_stream_block *block = pryv_new(mem, struct pryv_stream_block);
    struct pryv_event_query *query = pryv_new(mem, struct pryv_event_query);

    *condition = (struct pryv_stream_condition){ .ids = ids, .count = count };
    *block = (struct pryv_stream_block){ condition, 1 };
    *query = (struct pryv_event_query){ .state = PRYV_STATE_ALL,
                                        .from = PRYV_ABSENT,
                                        .to = PRYV_ABSENT,
                                        .modified_since = PRYV_ABSENT,
                                        .blocks = block,
                                        .block_count = 1,
                                        .ascending = true,
                                        .limit = UINT64_MAX };
    return query;
}
