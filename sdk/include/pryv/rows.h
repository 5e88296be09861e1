/* pryv/rows.h - a list in an arena that grows while rows are read.
 *
 * Memory    The arena's, which must outlive the list; what a list has outgrown stays in it.
 * Threads   One list belongs to one thread at a time.
 */
#ifndef PRYV_ROWS_H
#define PRYV_ROWS_H

#include <pryv/arena.h>

struct pryv_rows {
    struct pryv_arena *mem;
    size_t size; /* of one */
    void *items; /* never NULL */
    size_t count, room;
};

/* Room for the first is there, so that an empty list is a list too. */
#define PRYV_ROWS(mem_, type)                                                                    \
    {                                                                                            \
        .mem = (mem_), .size = sizeof(type), .items = pryv_alloc0(mem_, sizeof(type)), .room = 1 \
    }

/* One more, zeroed, at the end of `items`. It may move when the next is added; the last list of `items` is the whole. */
static inline void *pryv_rows_add(struct pryv_rows *rows)
{
    if (rows->count == rows->room) {
        void *wider = pryv_alloc0_array(rows->mem, rows->room * 2, rows->size);

        memcpy(wider, rows->items, rows->count * rows->size);
        rows->items = wider;
        rows->room *= 2;
    }
    return (char *) rows->items + rows->count++ * rows->size;
}

#endif
