/* compact.c - see compact.h.
 *
 * Chunks, by the time of their first point, fall into groups that do not overlap each other; within a group all chunks are merged or none, for what
 * is written anew gets a new id and so would count before a chunk that was left out. Neighbouring groups are merged together as long as they are small. */
#include "compact.h"
#include "builder.h"
#include "merge.h"

struct run {
    size_t first, count; /* of the chunks */
    uint64_t points;
};

struct output {
    const struct pryv_storage_ops *storage;
    struct pryv_session *session;
    struct pryv_str event_id;
};

static enum pryv_rc append(void *context, const struct pryv_series_chunk *chunk, struct pryv_err *err)
{
    const struct output *to = context;

    return to->storage->series_append(to->session, to->event_id, chunk, err);
}

/* The group that begins at `first`. */
static struct run group_at(const struct chunk_ref *chunks, size_t count, size_t first)
{
    struct run group = { .first = first, .count = 1, .points = chunks[first].points };
    double to = chunks[first].to;

    for (size_t i = first + 1; i < count && chunks[i].from <= to; i++) {
        to = fmax(to, chunks[i].to);
        group.count++;
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

static enum pryv_rc merge_run(const struct hfs *hfs, const struct output *output, struct merge *merge,
                              const struct chunk_ref *chunks, struct run run, struct pryv_err *err)
{
    struct builder *builder = builder_new((size_t) hfs->config->chunk_points, append, (void *) output);
    uint64_t *ids = pryv_new_array(err->arena, uint64_t, run.count);
    enum pryv_rc rc;

    for (size_t i = 0; i < run.count; i++)
        ids[i] = chunks[run.first + i].id;
    merge_only(merge, run.first, run.count);
    rc = rewrite(merge, builder, err);
    builder_free(builder);
    return rc == PRYV_OK ? hfs->storage->series_drop(output->session, output->event_id, ids, run.count, err) : rc;
}

static enum pryv_rc compact(const struct hfs *hfs, const struct output *output, bool *changed, bool *more, struct pryv_err *err)
{
    const struct chunk_ref *chunks;
    struct merge *merge;
    struct run run;
    enum pryv_rc rc = merge_open(hfs->storage, output->session, output->event_id, 0, INT64_MAX, &merge, err);

    if (rc != PRYV_OK)
        return rc;

    size_t count = merge_chunks(merge, &chunks);

    if (find_run(hfs->config, chunks, count, 0, &run)) {
        struct run other;

        *more = find_run(hfs->config, chunks, count, run.first + run.count, &other);
        *changed = true;
        rc = merge_run(hfs, output, merge, chunks, run, err);
    }
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
