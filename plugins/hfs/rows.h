/* rows.h - the points of a reading one after the other, each with its values by the names of the type.
 *
 * A point that has values, but only of fields that the type has no more, is passed over.
 * Threads   One, the session's.
 */
#ifndef HFS_ROWS_H
#define HFS_ROWS_H

#include "merge.h"
#include "reading.h"

struct rows {
    const struct reading *reading;
    struct merge *merge;
    const struct pryv_series_points *points; /* the row at hand: `index` of these */
    size_t index;
    const struct pryv_series_column **columns; /* of these, by the reading's names; NULL: the points have no such column */
    uint64_t chunk;                            /* what they are of */
    bool has_others;                           /* they have columns of other names */
};

/* Of the reading's range, what is at `from` and later. Closed by rows_close, before the session. */
PRYV_CHECK enum pryv_rc rows_open(struct rows *rows, const struct reading *reading, int64_t from, struct pryv_err *err);
void rows_close(struct rows *rows);
/* From the beginning again: its chunks are not looked for once more. */
void rows_rewind(struct rows *rows);
/* The same with some of the chunks, as merge_only. */
void rows_only(struct rows *rows, const struct chunk_ref *chunks, size_t count);
/* 1: the row at hand is another one, valid until the following call; 0: the end; negative: a pryv_rc. */
int rows_next(struct rows *rows, struct pryv_err *err);

static inline bool rows_have(const struct rows *rows, size_t name)
{
    const struct pryv_series_column *column = rows->columns[name];

    return column && (!column->present || column->present[rows->index]);
}

static inline int64_t rows_time(const struct rows *rows)
{
    return rows->points->times[rows->index];
}

#endif
