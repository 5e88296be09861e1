/* fuzz_hfs_csv.c - any bytes as CSV of points with a field of every kind: refused, or taken; and what was taken is written as CSV that is taken again as
 * the same points. */
// link: plugins/hfs
#include "../../plugins/hfs/csv_read.h"
#include "../../plugins/hfs/csv_write.h"
#include <stdlib.h>

enum { BUFFER = 7 }; /* small: pieces end anywhere */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct pryv_series_field fields[] = {
    { { "n", 1 }, PRYV_FIELD_NUMBER, true }, { { "m", 1 }, PRYV_FIELD_NUMBER, false }, { { "t", 1 }, PRYV_FIELD_TEXT, false },
    { { "b", 1 }, PRYV_FIELD_BOOL, false },  { { "z", 1 }, PRYV_FIELD_NULL, false },   { { "o", 1 }, PRYV_FIELD_OTHER, false },
};

struct written {
    char *bytes;
    size_t len;
};

static enum pryv_rc keep(void *written_, struct pryv_str piece)
{
    struct written *written = written_;

    written->bytes = realloc(written->bytes, written->len + piece.len + 1);
    if (!written->bytes)
        abort();
    memcpy(written->bytes + written->len, piece.data, piece.len);
    written->len += piece.len;
    return PRYV_OK;
}

static void write_value(struct csv *csv, const struct pryv_series_column *column, size_t row)
{
    if (column->present && !column->present[row])
        csv_nothing(csv);
    else if (column->kind == PRYV_SERIES_NUMBER)
        csv_number(csv, column->numbers[row]);
    else if (column->kind == PRYV_SERIES_TEXT)
        csv_text(csv, column->texts[row]);
    else
        csv_bool(csv, column->bools[row]);
}

/* Every moment as its row's number: seconds beyond nine digits would not come back the same. */
static struct pryv_str write_points(struct csv *csv, const struct pryv_series_points *points)
{
    bool begun;

    csv_name(csv, PRYV_STR("deltaTime"));
    for (size_t i = 0; i < points->column_count; i++)
        csv_name(csv, points->columns[i].name);
    csv_end_line(csv);
    for (size_t row = 0; row < points->count; row++) {
        csv_number(csv, (double) row);
        for (size_t i = 0; i < points->column_count; i++)
            write_value(csv, &points->columns[i], row);
        csv_end_line(csv);
    }
    return csv_rest(csv, &begun);
}

static bool has(const struct pryv_series_column *column, size_t row)
{
    return !column->present || column->present[row];
}

static bool is_same(const struct pryv_series_column *a, const struct pryv_series_column *b, size_t row)
{
    if (has(a, row) != has(b, row))
        return false;
    if (!has(a, row))
        return true;
    if (a->kind == PRYV_SERIES_NUMBER)
        return a->numbers[row] == b->numbers[row];
    return a->kind == PRYV_SERIES_TEXT ? pryv_str_is(a->texts[row], b->texts[row]) : a->bools[row] == b->bools[row];
}

static void compare(const struct pryv_series_points *a, const struct pryv_series_points *b)
{
    if (a->count != b->count || a->column_count != b->column_count)
        abort();
    for (size_t i = 0; i < a->column_count; i++) {
        if (!pryv_str_is(a->columns[i].name, b->columns[i].name) || a->columns[i].kind != b->columns[i].kind)
            abort();
        for (size_t row = 0; row < a->count; row++)
            if (!is_same(&a->columns[i], &b->columns[i], row))
                abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_series_points points, again;
    struct written written = { .len = 0 };

    if (csv_read(mem, pryv_str_n((const char *) data, size), fields, PRYV_COUNT(fields), 1000, &points, &err) == PRYV_OK &&
        points.count) {
        if (keep(&written, write_points(csv_new(mem, BUFFER, keep, &written), &points)) != PRYV_OK)
            abort();
        if (csv_read(mem, pryv_str_n(written.bytes, written.len), fields, PRYV_COUNT(fields), 1000, &again, &err) != PRYV_OK)
            abort();
        compare(&points, &again);
    }
    free(written.bytes);
    pryv_arena_free(mem);
    return 0;
}
