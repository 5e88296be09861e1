/* compact.c - see compact.h.
 *
 * Chunks, by the time of their first point, fall into groups that do not overlap each other; within a group all chunks are merged or none, for what
 * is written anew gets a new id and so would count before a chunk that was left out. Neighbouring groups are merged together as long as they are small.
 * What is merged is only kept when it gains something: columns whose kind changed now and then cannot share a chunk, and times that differ by less than
 * a double tells seem to overlap for ever. */
#include "compact.h"
#include "builder.h"
#include "merge.h"

enum { RUNS_PER_TURN = 4 };

struct run {
    size_t first, count; /* of the chunks */
    uint64_t points;
    size_t overlaps; /* chunks that begin before another one has ended */
};

struct output {
    const struct pryv_storage_ops *storage;
    struct pryv_session *session;
    struct pryv_str event_id;
    struct pryv_arena *mem; /* of what a run has become */
    struct pryv_series_chunk *chunks;
    size_t count, size, overlaps;
};

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

/* The group that begins at `first`. */
static struct run group_at(const struct chunk_ref *chunks, size_t count, size_t first)
{
    struct run group = { .first = first, .count = 1, .points = chunks[first].points };
    double to = chunks[first].to;

    for (size_t i = first + 1; i < count && chunks[i].from <= to; i++) {
        to = fmax(to, chunks[i].to);
        group.count++;
        group.overlaps++;
        group.points += chunks[i].points;
    }
    return group;
}

/* The first run of groups that is worth it: chunks that overlap, or several that are not half full. */
static bool find_run(const struct hfs_config *config, const struct chunk_ref *chunks, size_t count, size_t from, struct run *out)
{
    struct run run = { .first = from };

    for (size_t i = from; i < count;) {
        struct run group = group_at(chunks, count, i);
        bool small = group.count > 1 || 2 * group.points < (uint64_t) config->chunk_points;
        bool fits = run.points + group.points <= (uint64_t) config->merge_points;

        if (small && fits) {
            run.count += group.count;
            run.points += group.points;
            run.overlaps += group.overlaps;
        } else if (run.count > 1) {
            break;
        } else {
            run = small && group.points <= (uint64_t) config->merge_points ? group : (struct run){ .first = i + group.count };
        }
        i += group.count;
    }
    *out = run;
    return run.count > 1;
}

static enum pryv_rc rewrite(struct merge *merge, struct builder *builder, struct pryv_err *err)
{
    const struct pryv_series_points *points;
    size_t index;
    enum pryv_rc rc = PRYV_OK;
    int more;

    while (rc == PRYV_OK && (more = merge_next(merge, &points, &index, err)) != 0)
        rc = more > 0 ? builder_add(builder, points, index, err) : (enum pryv_rc) more;
    return rc == PRYV_OK ? builder_end(builder, err) : rc;
}

static enum pryv_rc replace(const struct output *to, const struct chunk_ref *chunks, struct run run, struct pryv_err *err)
{
    uint64_t *ids = pryv_new_array(to->mem, uint64_t, run.count);
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; i < run.count; i++)
        ids[i] = chunks[run.first + i].id;
    for (size_t i = 0; rc == PRYV_OK && i < to->count; i++)
        rc = to->storage->series_append(to->session, to->event_id, &to->chunks[i], err);
    return rc == PRYV_OK ? to->storage->series_drop(to->session, to->event_id, ids, run.count, err) : rc;
}

static enum pryv_rc merge_run(const struct hfs *hfs, struct output *to, struct merge *merge, struct run run, bool *gained,
                              struct pryv_err *err)
{
    const struct chunk_ref *chunks;
    struct builder *builder = builder_new((size_t) hfs->config->chunk_points, keep, to);
    enum pryv_rc rc;

    (void) merge_chunks(merge, &chunks);
    to->mem = pryv_arena_new();
    to->count = to->size = to->overlaps = 0;
    merge_only(merge, run.first, run.count);
    rc = rewrite(merge, builder, err);
    builder_free(builder);
    *gained = to->overlaps < run.overlaps || (to->overlaps == run.overlaps && to->count < run.count);
    if (rc == PRYV_OK && *gained)
        rc = replace(to, chunks, run, err);
    pryv_arena_free(to->mem);
    return rc;
}

static enum pryv_rc compact(const struct hfs *hfs, struct output *to, bool *changed, bool *more, struct pryv_err *err)
{
    const struct chunk_ref *chunks;
    struct merge *merge;
    struct run run;
    size_t at = 0;
    enum pryv_rc rc = merge_open(hfs->storage, to->session, to->event_id, 0, INT64_MAX, &merge, err);

    if (rc != PRYV_OK)
        return rc;

    size_t count = merge_chunks(merge, &chunks);

    for (int i = 0; rc == PRYV_OK && !*changed && i < RUNS_PER_TURN && find_run(hfs->config, chunks, count, at, &run); i++) {
        rc = merge_run(hfs, to, merge, run, changed, err);
        at = run.first + run.count;
    }
    *more = *changed && find_run(hfs->config, chunks, count, at, &run);
    merge_close(merge);
    return rc;
}

enum pryv_rc compact_event(const struct hfs *hfs, struct pryv_str user_id, struct pryv_str event_id, bool *more,
                           struct pryv_err *err)
{
    struct output output = { .storage = hfs->storage, .event_id = event_id };
    bool changed = false;
    enum pryv_rc rc = hfs->storage->open(hfs->storage_self, user_id, PRYV_WRITE, &output.session, err);

    *more = false;
    if (rc != PRYV_OK)
        return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
    rc = compact(hfs, &output, &changed, more, err);
    if (rc == PRYV_OK && changed)
        rc = hfs->storage->commit(output.session, err);
    hfs->storage->close(output.session);
    return rc;
}
