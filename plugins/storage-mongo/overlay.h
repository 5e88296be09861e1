/* overlay.h - what a WRITE session has changed and not yet committed: one entry per row, found by its kind and id.
 *
 * Memory   All of it is the arena's that overlay_init got. */
#ifndef STORAGE_MONGO_OVERLAY_H
#define STORAGE_MONGO_OVERLAY_H

#include "document.h"

struct own_row {
    const struct kind *kind;
    struct pryv_str id;
    struct document document; /* none: the session removed it */
    struct pryv_str replaces; /* the _id of the committed version; absent: there was none */
    struct own_row *next;     /* in the order in which they were first touched */
    struct own_row *next_in_bucket;
};

struct overlay {
    struct pryv_arena *mem;
    struct own_row *first, *last;
    size_t count;
    struct own_row **buckets;
    size_t bucket_count; /* a power of two */
};

void overlay_init(struct overlay *overlay, struct pryv_arena *mem);
struct own_row *overlay_find(const struct overlay *overlay, const struct kind *kind, struct pryv_str id); /* or NULL */
/* A new entry, or the one there is; the caller fills it. The id is copied. */
struct own_row *overlay_touch(struct overlay *overlay, const struct kind *kind, struct pryv_str id);

#endif
