/* rows.h - a list in an arena that grows while rows are read, and the order of texts. */
#ifndef STORAGE_MONGO_ROWS_H
#define STORAGE_MONGO_ROWS_H

#include <pryv/arena.h>

struct rows {
    struct pryv_arena *mem;
    size_t size; /* of one */
    void *items; /* never NULL */
    size_t count, room;
};

/* Room for the first is there, so that an empty list is a list too. */
#define ROWS(mem_, type)                                                                         \
    {                                                                                            \
        .mem = (mem_), .size = sizeof(type), .items = pryv_alloc0(mem_, sizeof(type)), .room = 1 \
    }

static inline void *rows_add(struct rows *rows)
{
    if (rows->count == rows->room) {
        void *wider = pryv_alloc0_array(rows->mem, rows->room * 2, rows->size);

        memcpy(wider, rows->items, rows->count * rows->size);
        rows->items = wider;
        rows->room *= 2;
    }
    return (char *) rows->items + rows->count++ * rows->size;
}

/* By bytes; of two that begin alike the shorter is first. */
static inline int compare_texts(struct pryv_str a, struct pryv_str b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.data, b.data, len) : 0;

    return order || a.len == b.len ? order : a.len < b.len ? -1 : 1;
}

#endif
