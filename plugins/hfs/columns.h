/* columns.h - rows of cells, checked and coerced by the fields of an event's type, as columns.
 *
 * Memory   All lives in `mem`; numbers and texts may be those of the grid. Threads: one.
 */
#ifndef HFS_COLUMNS_H
#define HFS_COLUMNS_H

#include "grid.h"
#include <pryv/series.h>
#include <pryv/series_events.h>

struct columns;

/* Which field each of `width` columns is, by its name. A first column "timestamp" counts from 1970 instead of `event_time`. Errors: PRYV_REFUSED 400
 * invalid-request-structure: an unknown name, one that is there twice, a required one that is missing. */
PRYV_CHECK enum pryv_rc columns_new(struct pryv_arena *mem, const struct pryv_str *names, size_t width,
                                    const struct pryv_series_field *fields, size_t field_count, double event_time,
                                    struct columns **out, struct pryv_err *err);
/* The field of a column; NULL: its moments. */
const struct pryv_series_field *columns_field(const struct columns *columns, size_t column);
/* All rows of a grid of that width, to which none may be added any more, and the first `more` cells of another one behind them. Its moments may be made in their
 * place: of the same grid the same columns may be taken again, unless a value did not fit. False: the one at `*row` and `*column` does not fit its field,
 * and all that come before do. */
bool columns_take(struct columns *columns, struct grid *grid, size_t more, size_t *row, size_t *column);
/* The rows that were taken, neither sorted nor without doubles; columns without any value are left out. */
void columns_finish(const struct columns *columns, struct pryv_series_points *out);

#endif
