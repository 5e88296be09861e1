/* grid.h - rows of cells kept column by column, as compactly as what was read allows: numbers alone take eight bytes each.
 *
 * Memory   Lives as long as the arena; a growing grid moves, so pointers into it are good once all rows are there. Threads: one at a time.
 */
#ifndef HFS_GRID_H
#define HFS_GRID_H

#include "cell.h"
#include <pryv/arena.h>

union grid_value {
    double number;
    int64_t moment;
    const char *text; /* behind its length */
};

struct grid {
    struct pryv_arena *mem;
    union grid_value *values; /* `room` of each column */
    unsigned char *kinds;     /* likewise; NULL: all are CELL_NUMBER */
    size_t room;              /* rows */
    size_t cells;             /* of that size, there are */
    size_t rows, width;       /* width: of the first row */
    size_t column;            /* of the row at hand, so many cells have come */
    bool moments;             /* those of one column have taken its place */
    bool uneven;              /* a row has another width, or is none: nothing is kept any more */
};

struct grid *grid_new(struct pryv_arena *mem);
void grid_put(struct grid *grid, const struct cell *cell);
void grid_end_row(struct grid *grid);
void grid_no_row(struct grid *grid); /* something else stands in its place */

struct cell grid_cell(const struct grid *grid, size_t row, size_t column);
/* The column as it lies there; where a cell is neither CELL_NUMBER nor CELL_DECIMAL: anything. */
const double *grid_numbers(const struct grid *grid, size_t column);
/* Room for what moments are made of the column's cells, each after its cell was read: that cell is lost. */
int64_t *grid_moments(struct grid *grid, size_t column);

#endif
