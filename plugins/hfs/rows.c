/* rows.c - see rows.h. */
#include "rows.h"

enum pryv_rc rows_open(struct rows *rows, const struct reading *reading, int64_t from, struct pryv_err *err)
{
    *rows = (struct rows){ .reading = reading };
    rows->columns = pryv_new_array(reading->call->arena, const struct pryv_series_column *, reading->name_count);
    return merge_open(hfs_self()->storage, reading->session, reading->event.id, from, reading->to, &rows->merge, err);
}

void rows_close(struct rows *rows)
{
    merge_close(rows->merge);
}

void rows_rewind(struct rows *rows)
{
    const struct chunk_ref *chunks;
    size_t count = merge_chunks(rows->merge, &chunks);

    rows_only(rows, chunks, count);
}

void rows_only(struct rows *rows, const struct chunk_ref *chunks, size_t count)
{
    merge_only(rows->merge, chunks, count);
    rows->chunk = 0;
}

static const struct pryv_series_column *column_of(const struct pryv_series_points *points, struct pryv_str name)
{
    for (size_t i = 0; i < points->column_count; i++)
        if (pryv_str_is(points->columns[i].name, name))
            return &points->columns[i];
    return NULL;
}

/* Names differ from each other, within the points and within the reading. */
static void look_up_columns(struct rows *rows)
{
    size_t found = 0;

    for (size_t i = 0; i < rows->reading->name_count; i++) {
        rows->columns[i] = column_of(rows->points, rows->reading->names[i]);
        found += rows->columns[i] != NULL;
    }
    rows->has_others = found < rows->points->column_count;
}

/* A point without any value is shown: types without content have no others. */
static bool is_shown(const struct rows *rows)
{
    bool empty = true;

    for (size_t i = 0; i < rows->reading->name_count; i++)
        if (rows_have(rows, i))
            return true;
    for (size_t i = 0; i < rows->points->column_count; i++) {
        const struct pryv_series_column *column = &rows->points->columns[i];

        empty = empty && column->present && !column->present[rows->index];
    }
    return empty;
}

int rows_next(struct rows *rows, struct pryv_err *err)
{
    int more;

    while ((more = merge_next(rows->merge, &rows->points, &rows->index, err)) > 0) {
        if (merge_chunk(rows->merge) != rows->chunk)
            look_up_columns(rows);
        rows->chunk = merge_chunk(rows->merge);
        if (!rows->has_others || is_shown(rows))
            break;
    }
    return more;
}
