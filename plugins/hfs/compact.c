/* compact.c - see compact.h; plan.h chooses the chunks.
 *
 * What is merged is only kept when it gains something: columns whose kind changed now and then cannot share a chunk, and times that differ by less than
 * a double tells seem to overlap for ever. */
#include "compact.h"
#include "builder.h"
#include "merge.h"
#include "plan.h"

enum { PLANS_PER_TURN = 4 };

struct output {
    const struct hfs *hfs;
    struct pryv_session *session;
    struct pryv_str event_id;
    struct pryv_arena *mem; /* of what a plan has become */
    struct pryv_series_chunk *chunks;
    size_t count, size, overlaps;
};

/* ---- Rewriting ---------------------------------------------------------------------------------- */

static enum pryv_rc keep(void *context, const struct pryv_series_chunk *chunk, struct pryv_err *err PRYV_UNUSED)
{
    struct output *to = context;

    if (to->count == to->size) {
        struct pryv_series_chunk *more;

        to->size = to->size ? 2 * to->size : 16;
        more = pryv_new_array(to->mem, struct pryv_series_chunk, to->size);
        if (to->count)
            memcpy(more, to->chunks, to->count * sizeof(*more));
        to->chunks = more;
    }
    to->overlaps += to->count && chunk->from <= to->chunks[to->count - 1].to;
    to->chunks[to->count] = *chunk;
    to->chunks[to->count++].bytes = pryv_str_copy(to->mem, chunk->bytes);
    return PRYV_OK;
}

/* The first of the rows that is at or after a moment. */
static size_t row_at(const struct pryv_series_points *points, size_t first, size_t count, double seconds)
{
    size_t end = first + count;

    while (first < end) {
        size_t middle = (first + end) / 2;

        if (pryv_series_seconds(points->times[middle]) < seconds)
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

/* Points of the chunks at `from` <= time < `end` seconds, as chunks of that rank. */
static enum pryv_rc rewrite(struct output *to, struct merge *merge, const struct chunk_ref *chunks, size_t count, double from,
                            double end, uint64_t rank, struct pryv_err *err)
{
    struct builder *builder = builder_new((size_t) to->hfs->config->chunk_points, rank, keep, to);
    const struct pryv_series_points *points;
    size_t first, rows;
    bool over = false;
    enum pryv_rc rc = PRYV_OK;

    merge_only(merge, chunks, count);
    while (rc == PRYV_OK && !over) {
        int more = merge_next_run(merge, &points, &first, &rows, err);
        size_t begin, stop;

        if (more <= 0) {
            rc = (enum pryv_rc) more;
            break;
        }
        begin = row_at(points, first, rows, from);
        stop = row_at(points, first, rows, end);
        over = stop < first + rows;
        if (begin < stop)
            rc = builder_add(builder, points, begin, stop - begin, err);
    }
    if (rc == PRYV_OK)
        rc = builder_end(builder, err);
    builder_free(builder);
    return rc;
}

/* What lies behind the cut, each chunk's for itself. */
static enum pryv_rc rewrite_rests(struct output *to, struct merge *merge, const struct plan *plan, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < plan->count; i++)
        if (plan->chunks[i].to >= plan->cut)
            rc = rewrite(to, merge, &plan->chunks[i], 1, plan->cut, INFINITY, plan->chunks[i].rank, err);
    return rc;
}

static enum pryv_rc append_chunks(const struct output *to, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = to->hfs->storage;
    struct pryv_str *events = pryv_new_array(to->mem, struct pryv_str, to->count);
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; i < to->count; i++)
        events[i] = to->event_id;
    if (storage->size > offsetof(struct pryv_storage_ops, series_append_all) && storage->series_append_all)
        return storage->series_append_all(to->session, events, to->chunks, to->count, err);
    for (size_t i = 0; rc == PRYV_OK && i < to->count; i++)
        rc = storage->series_append(to->session, to->event_id, &to->chunks[i], err);
    return rc;
}

static enum pryv_rc replace(const struct output *to, const struct plan *plan, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = to->hfs->storage;
    uint64_t *ids = pryv_new_array(to->mem, uint64_t, plan->count);
    enum pryv_rc rc;

    for (size_t i = 0; i < plan->count; i++)
        ids[i] = plan->chunks[i].id;
    rc = append_chunks(to, err);
    return rc == PRYV_OK ? storage->series_drop(to->session, to->event_id, ids, plan->count, err) : rc;
}

/* A last chunk that is not full waits for what comes next. */
static struct span rest_of(const struct output *to)
{
    const struct pryv_series_chunk *last = &to->chunks[to->count - 1];

    return 2 * (int64_t) last->points < to->hfs->config->chunk_points ? (struct span){ last->from, last->to } : SPAN_NONE;
}

static enum pryv_rc merge_plan(struct output *to, struct merge *merge, const struct plan *plan, struct span *rest, bool *gained,
                               struct pryv_err *err)
{
    enum pryv_rc rc;

    to->mem = pryv_arena_new();
    to->chunks = NULL;
    to->count = to->size = to->overlaps = 0;
    rc = rewrite(to, merge, plan->chunks, plan->count, -INFINITY, plan->cut, plan->rank, err);
    if (rc == PRYV_OK && plan->cut < INFINITY)
        rc = rewrite_rests(to, merge, plan, err);
    *gained = to->overlaps < plan->overlaps || (to->overlaps == plan->overlaps && to->count < plan->count);
    if (rc == PRYV_OK && *gained)
        rc = replace(to, plan, err);
    if (rc == PRYV_OK && *gained)
        *rest = rest_of(to);
    pryv_arena_free(to->mem);
    return rc;
}

/* ---- A turn ------------------------------------------------------------------------------------- */

struct turn {
    struct window window;
    bool changed;
    double rest;  /* where there is something left; INFINITY: nothing */
    bool more;    /* and it is worth another turn */
    bool stopped; /* nothing can be done without knowing what is behind the edge, of the chunks that overlap with the first one */
    double first; /* where that begins */
};

/* What of these chunks is left. `at`: they are looked at again from there on. */
static void find_rest(struct turn *turn, const struct hfs_config *config, struct pryv_arena *mem, const struct chunk_ref *chunks,
                      size_t count, const struct plan *done, size_t at)
{
    struct plan following;
    double edge = turn->window.edge;
    double from = at < count ? chunks[at].from : edge;

    if (turn->changed && done->again < INFINITY)
        from = done->again;
    else if (edge == INFINITY && !(turn->changed && plan_find(mem, config, chunks, count, edge, at, &following)))
        return;
    turn->more = true;
    turn->rest = fmin(turn->rest, from);
}

static enum pryv_rc use_window(struct output *to, struct pryv_arena *mem, struct merge *merge, struct turn *turn,
                               struct pryv_err *err)
{
    const struct hfs_config *config = to->hfs->config;
    const struct chunk_ref *chunks;
    struct span rest = SPAN_NONE;
    struct plan plan = { .next = 0 };
    size_t count = merge_chunks(merge, &chunks);
    enum pryv_rc rc = PRYV_OK;

    for (int i = 0; rc == PRYV_OK && !turn->changed && i < PLANS_PER_TURN; i++) {
        if (!plan_find(mem, config, chunks, count, turn->window.edge, plan.next, &plan))
            break;
        rc = merge_plan(to, merge, &plan, &rest, &turn->changed, err);
    }
    turn->rest = rest.from;
    turn->stopped = !turn->changed && plan_reaches(chunks, count, turn->window.edge);
    turn->first = count ? chunks[0].from : INFINITY;
    find_rest(turn, config, mem, chunks, count, &plan, plan.next);
    return rc;
}

static enum pryv_rc look(struct output *to, struct pryv_arena *mem, const struct window *window, struct turn *turn,
                         struct pryv_err *err)
{
    struct merge *merge;
    enum pryv_rc rc;

    *turn = (struct turn){ .window = *window, .rest = INFINITY };
    rc = merge_open_window(to->hfs->storage, to->session, to->event_id, &turn->window, &merge, err);
    if (rc != PRYV_OK)
        return rc;
    if (turn->window.is_cut) {
        turn->more = true;
        turn->rest = turn->window.from;
    } else {
        rc = use_window(to, mem, merge, turn, err);
    }
    merge_close(merge);
    return rc;
}

/* What overlaps with each other and is more than a turn looks at: all of it, where parts of it gain nothing. */
static enum pryv_rc look_at_group(struct output *to, struct pryv_arena *mem, double from, struct turn *turn, struct pryv_err *err)
{
    struct window group = { .from = from, .to = from, .points = UINT64_MAX, .chunks = SIZE_MAX };
    double end = turn->window.to;
    enum pryv_rc rc = look(to, mem, &group, turn, err);

    if (turn->window.to < end) {
        turn->more = true;
        turn->rest = fmin(turn->rest, nextafter(turn->window.to, (double) INFINITY));
    }
    turn->window.to = fmax(turn->window.to, end);
    return rc;
}

/* `*span`: what is left. */
static enum pryv_rc compact(struct output *to, struct pryv_arena *mem, struct span *span, bool *changed, bool *more,
                            struct pryv_err *err)
{
    const struct hfs_config *config = to->hfs->config;
    struct window window = { .from = span->from, .to = span->to, .points = plan_points(config), .chunks = plan_chunks(config) };
    struct turn turn;
    enum pryv_rc rc = look(to, mem, &window, &turn, err);

    if (rc == PRYV_OK && turn.stopped)
        rc = look_at_group(to, mem, turn.first, &turn, err);
    *changed = turn.changed;
    *more = turn.more;
    *span = turn.rest < INFINITY ? (struct span){ turn.rest, fmax(turn.rest, turn.window.to) } : SPAN_NONE;
    return rc;
}

enum pryv_rc compact_event(const struct hfs *hfs, struct pryv_str user_id, struct pryv_str event_id, struct span *span,
                           bool *more, struct pryv_err *err)
{
    struct output output = { .hfs = hfs, .event_id = event_id };
    bool changed = false;
    enum pryv_rc rc = hfs->storage->open(hfs->storage_self, user_id, PRYV_WRITE, &output.session, err);

    *more = false;
    if (rc != PRYV_OK)
        return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;

    struct pryv_arena *mem = pryv_arena_new();

    rc = compact(&output, mem, span, &changed, more, err);
    if (rc == PRYV_OK && changed)
        rc = hfs->storage->commit(output.session, err);
    hfs->storage->close(output.session);
    pryv_arena_free(mem);
    return rc;
}
