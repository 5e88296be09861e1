/* cell.h - one value of a point, as it was sent: what it means is known when its field is. */
#ifndef HFS_CELL_H
#define HFS_CELL_H

#include <pryv/base.h>

enum cell_kind {
    /* Of JSON. */
    CELL_NULL,
    CELL_FALSE,
    CELL_TRUE,
    CELL_NUMBER,
    CELL_TEXT,
    CELL_OTHER, /* a list or an object */
    /* Of CSV, where only a field tells numbers from texts. */
    CELL_EMPTY,   /* nothing, not even quotes */
    CELL_PLAIN,   /* any text */
    CELL_DECIMAL, /* a text that is a number, and comes back when that is written with as many digits behind its point */
};

struct cell {
    enum cell_kind kind;
    uint32_t len; /* of the text; of a decimal the digits behind its point */
    union {
        double number;
        const char *text;
    };
};

static inline struct pryv_str cell_text(const struct cell *cell)
{
    return pryv_str_n(cell->text, cell->len);
}

#endif
