/* plan.h - which chunks of an event are worth merging with each other in one turn, and up to which moment.
 *
 * Memory   What a plan points to lives in `mem`, and the bytes of its chunks where those of `chunks` do.
 */
#ifndef HFS_PLAN_H
#define HFS_PLAN_H

#include "hfs.h"
#include "merge.h"

struct plan {
    const struct chunk_ref *chunks; /* by the time of their first point */
    size_t count;
    size_t overlaps; /* chunks that begin before one in front of them has ended */
    double cut;      /* points from here on stay for another turn */
    double again;    /* seconds, where that turn begins; INFINITY: nothing of these chunks stays */
    uint64_t rank; /* of what the chunks become: when others that overlap with them are left out the greatest of theirs, else 0 */
    size_t next;   /* of the list: where to look for another one */
};

/* How many points a turn looks at, and how many chunks, so that it finds a plan if there is one. */
uint64_t plan_points(const struct hfs_config *config);
size_t plan_chunks(const struct hfs_config *config);
/* Whether those that overlap with the first chunk, and so on, reach the edge. */
bool plan_reaches(const struct chunk_ref *chunks, size_t count, double edge);

/* The first plan in `chunks` from `first` on, which are in the order of their first points and overlap with no others but such as begin at `edge` or
 * later. False: nothing is worth it; `next` is the first that may be worth it together with those behind the edge. */
bool plan_find(struct pryv_arena *mem, const struct hfs_config *config, const struct chunk_ref *chunks, size_t count, double edge,
               size_t first, struct plan *out);

#endif
