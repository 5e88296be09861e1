/* overlay.c - see overlay.h. */
#include "overlay.h"

enum { FIRST_BUCKETS = 64 };

/* FNV-1a */
static size_t hash(const struct kind *kind, struct pryv_str id)
{
    uint64_t sum = 0xcbf29ce484222325u ^ (uint64_t) (uintptr_t) kind;

    for (size_t i = 0; i < id.len; i++)
        sum = (sum ^ (unsigned char) id.data[i]) * 0x100000001b3u;
    return (size_t) (sum ^ sum >> 32);
}

void overlay_init(struct overlay *overlay, struct pryv_arena *mem)
{
    *overlay = (struct overlay){ .mem = mem };
}

struct own_row *overlay_find(const struct overlay *overlay, const struct kind *kind, struct pryv_str id)
{
    if (overlay->count == 0)
        return NULL;
    for (struct own_row *row = overlay->buckets[hash(kind, id) & (overlay->bucket_count - 1)]; row; row = row->next_in_bucket)
        if (row->kind == kind && pryv_str_is(row->id, id))
            return row;
    return NULL;
}

static void put_in_bucket(struct overlay *overlay, struct own_row *row)
{
    struct own_row **bucket = &overlay->buckets[hash(row->kind, row->id) & (overlay->bucket_count - 1)];

    row->next_in_bucket = *bucket;
    *bucket = row;
}

static void widen(struct overlay *overlay)
{
    overlay->bucket_count = overlay->bucket_count ? overlay->bucket_count * 4 : FIRST_BUCKETS;
    overlay->buckets = pryv_new_array(overlay->mem, struct own_row *, overlay->bucket_count);
    for (struct own_row *row = overlay->first; row; row = row->next)
        put_in_bucket(overlay, row);
}

struct own_row *overlay_touch(struct overlay *overlay, const struct kind *kind, struct pryv_str id)
{
    struct own_row *row = overlay_find(overlay, kind, id);

    if (row)
        return row;
    row = pryv_new(overlay->mem, struct own_row);
    row->kind = kind;
    row->id = pryv_str_copy(overlay->mem, id);
    *(overlay->last ? &overlay->last->next : &overlay->first) = row;
    overlay->last = row;
    if (++overlay->count >= overlay->bucket_count)
        widen(overlay);
    else
        put_in_bucket(overlay, row);
    return row;
}
