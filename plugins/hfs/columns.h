/* columns.h - cells of rows, checked and coerced by the fields of an event's type as they come, in columns.
 *
 * Memory   All lives in `mem`; texts may point into what the cells point into. Threads: one.
 */
#ifndef HFS_COLUMNS_H
#define HFS_COLUMNS_H

#include "body.h"
#include <pryv/series.h>
#include <pryv/series_events.h>

struct columns;

/* Which field each of `width` columns is, by its name. A first column "timestamp" counts from 1970 instead of `event_time`. Errors: PRYV_REFUSED 400
 * invalid-request-structure: an unknown name, one that is there twice, a required one that is missing. */
PRYV_CHECK enum pryv_rc columns_new(struct pryv_arena *mem, const struct pryv_str *names, size_t width,
                                    const struct pryv_series_field *fields, size_t field_count, double event_time,
                                    struct columns **out, struct pryv_err *err);
/* Once, before the first cell: how many rows there may be. */
void columns_reserve(struct columns *columns, size_t rows);
/* The field of a column; NULL: its moments. */
const struct pryv_series_field *columns_field(const struct columns *columns, size_t column);
/* False: the value does not fit the field. */
bool columns_take(struct columns *columns, size_t row, size_t column, const struct cell *cell);
/* The `rows` that were taken, neither sorted nor without doubles; columns without any value are left out. */
void columns_finish(const struct columns *columns, size_t rows, struct pryv_series_points *out);

#endif
