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
    bool partial;    /* of chunks that overlap each other, some are left out or cut */
    uint64_t rank;   /* of what the chunks become: when it is partial the greatest of theirs, else 0 */
    size_t next;     /* of the list: where to look for another one */
};

/* The first plan in `chunks` from `first` on, which are in the order of their first points and overlap with no others. False: nothing is worth it. */
bool plan_find(struct pryv_arena *mem, const struct hfs_config *config, const struct chunk_ref *chunks, size_t count,
               size_t first, struct plan *out);

#endif
