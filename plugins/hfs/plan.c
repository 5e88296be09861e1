/* plan.c - see plan.h.
 *
 * Chunks, in the order of their first points, fall into groups that do not overlap each other. Groups of few points are merged whole, and neighbouring
 * ones together as long as they are small.
 * Of a group of many points one turn merges a part, so that neither memory nor the time that others wait grows with the group. It leaves out
 * the chunks of the greatest ranks, until so few overlap at any moment that all of these can be open at once; of the rest it takes those that begin first,
 * and merges their points up to the moment where the next one begins. What is behind that moment keeps its chunk's rank, and what comes before it gets
 * the greatest rank of those it was made of: all that overlaps with it and was left out has a greater one. So every turn leaves fewer chunks
 * that overlap, until none do.
 * A group that reaches the edge of what is known is left to the turn that begins with it, and cut at the edge when it is larger than a turn. */
#include "plan.h"
#include <stdlib.h>

enum { LEAST_DEPTH = 2, LEAST_CHUNKS = 1024 };

/* Chunks that overlap at one moment and are merged at once. */
static size_t depth_limit(const struct hfs_config *config)
{
    size_t depth = (size_t) (config->merge_points / config->chunk_points / 2);

    return depth < LEAST_DEPTH ? LEAST_DEPTH : depth;
}

/* Of a part of a group too: more than twice what may stay behind its cut. */
uint64_t plan_points(const struct hfs_config *config)
{
    uint64_t least = 2 * (uint64_t) depth_limit(config) * (uint64_t) config->chunk_points;

    return (uint64_t) config->merge_points > least ? (uint64_t) config->merge_points : least;
}

size_t plan_chunks(const struct hfs_config *config)
{
    size_t least = 4 * depth_limit(config);

    return least < LEAST_CHUNKS ? LEAST_CHUNKS : least;
}

/* ---- Groups ------------------------------------------------------------------------------------- */

struct run {
    size_t first, count; /* of the chunks */
    uint64_t points;
    size_t overlaps;
    double to;
};

/* The group that begins at `first`. */
static struct run group_at(const struct chunk_ref *chunks, size_t count, size_t first)
{
    struct run group = { .first = first, .count = 1, .points = chunks[first].points, .to = chunks[first].to };

    for (size_t i = first + 1; i < count && chunks[i].from <= group.to; i++) {
        group.to = fmax(group.to, chunks[i].to);
        group.count++;
        group.overlaps++;
        group.points += chunks[i].points;
    }
    return group;
}

static struct plan plan_of(const struct chunk_ref *chunks, struct run run)
{
    return (struct plan){ .chunks = chunks + run.first,
                          .count = run.count,
                          .overlaps = run.overlaps,
                          .cut = INFINITY,
                          .again = INFINITY,
                          .next = run.first + run.count };
}

/* ---- Parts of a group ------------------------------------------------------------------------------ */

/* Whether at no moment more than `limit` chunks of at most `rank` overlap. `ends`: room for `limit`. */
static bool is_shallow(const struct chunk_ref *chunks, size_t count, uint64_t rank, size_t limit, double *ends)
{
    size_t open = 0;

    for (size_t i = 0; i < count; i++) {
        size_t kept = 0;

        if (chunks[i].rank > rank)
            continue;
        for (size_t k = 0; k < open; k++)
            if (ends[k] >= chunks[i].from)
                ends[kept++] = ends[k];
        if (kept == limit)
            return false;
        ends[kept] = chunks[i].to;
        open = kept + 1;
    }
    return true;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *) a, y = *(const uint64_t *) b;

    return (x > y) - (x < y);
}

/* The greatest rank up to which the chunks are shallow. */
static uint64_t shallow_rank(struct pryv_arena *mem, const struct chunk_ref *chunks, size_t count, size_t limit)
{
    uint64_t *ranks = pryv_new_array(mem, uint64_t, count);
    double *ends = pryv_new_array(mem, double, limit);
    size_t low = 0, high = count - 1; /* the lowest rank is always shallow: chunks of one rank do not overlap */

    for (size_t i = 0; i < count; i++)
        ranks[i] = chunks[i].rank;
    qsort(ranks, count, sizeof(*ranks), by_number);
    while (low < high) {
        size_t middle = (low + high + 1) / 2;

        if (is_shallow(chunks, count, ranks[middle], limit, ends))
            low = middle;
        else
            high = middle - 1;
    }
    return ranks[low];
}

static size_t pick_up_to(struct chunk_ref *out, const struct chunk_ref *chunks, size_t count, uint64_t rank)
{
    size_t picked = 0;

    for (size_t i = 0; i < count; i++)
        if (chunks[i].rank <= rank)
            out[picked++] = chunks[i];
    return picked;
}

/* Cuts a run where it has enough points, and more chunks than may stay behind the cut; but not between two that begin together. */
static size_t count_of_part(const struct hfs_config *config, const struct chunk_ref *chunks, struct run run)
{
    uint64_t points = 0, enough = plan_points(config);
    size_t i = run.first, end = run.first + run.count, least = run.first + depth_limit(config);

    while (i < end && (points < enough || i <= least || chunks[i].from == chunks[i - 1].from))
        points += chunks[i++].points;
    return i - run.first;
}

/* `edge`: that of what is known, when the group reaches it. */
static bool find_part(struct pryv_arena *mem, const struct hfs_config *config, const struct chunk_ref *group, size_t count,
                      double edge, struct plan *out)
{
    struct chunk_ref *picked = pryv_new_array(mem, struct chunk_ref, count);
    size_t left = pick_up_to(picked, group, count, shallow_rank(mem, group, count, depth_limit(config)));
    struct run run = { .count = 0 };

    for (size_t i = 0; i < left && run.count < 2; i += run.count)
        run = group_at(picked, left, i);
    if (run.count < 2)
        return false;

    size_t whole = run.count;

    run.count = count_of_part(config, picked, run);
    run.overlaps = run.count - 1;
    *out = plan_of(picked, run);
    for (size_t i = 0; run.count < count && i < out->count; i++)
        out->rank = out->chunks[i].rank > out->rank ? out->chunks[i].rank : out->rank;
    out->cut = run.count < whole ? picked[run.first + run.count].from : edge;
    out->again = left < count ? group->from : out->cut;
    return run.count > 1;
}

bool plan_reaches(const struct chunk_ref *chunks, size_t count, double edge)
{
    return count && group_at(chunks, count, 0).to >= edge;
}

/* ---- The first of all ------------------------------------------------------------------------------ */

bool plan_find(struct pryv_arena *mem, const struct hfs_config *config, const struct chunk_ref *chunks, size_t count, double edge,
               size_t first, struct plan *out)
{
    struct run run = { .first = first };

    for (size_t i = first; i < count;) {
        struct run group = group_at(chunks, count, i);
        bool open = group.to >= edge;
        bool small = group.count > 1 || 2 * group.points < (uint64_t) config->chunk_points;
        bool fits = run.points + group.points <= (uint64_t) config->merge_points;

        if (open && i > 0) {
            if (run.count == 1 && run.first == 0) /* the turn that begins with the group has not this one */
                run = (struct run){ .first = i };
            break;
        }
        i += group.count;
        if (small && fits && !open) {
            run.count += group.count;
            run.points += group.points;
            run.overlaps += group.overlaps;
        } else if (run.count > 1) {
            break;
        } else if (small && !open && group.points <= (uint64_t) config->merge_points) {
            run = group;
        } else if (group.count > 1 && find_part(mem, config, chunks + group.first, group.count, open ? edge : INFINITY, out)) {
            out->next = i;
            return true;
        } else {
            run = (struct run){ .first = i };
        }
    }
    *out = plan_of(chunks, run);
    if (run.count < 2)
        out->next = run.first;
    return run.count > 1;
}
