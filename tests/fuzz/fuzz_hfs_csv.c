/* fuzz_hfs_csv.c - any bytes as CSV of points with a field of every kind: refused, or taken, in pieces as whole; and what was taken is written as CSV
 * that is taken again as the same points. */
// link: plugins/hfs
#include "../../plugins/hfs/csv_write.h"
#include "../unit/hfs_bodies.h"

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

static struct pryv_str write_points(struct csv *csv, const struct pryv_series_points *points)
{
    bool begun;

    csv_name(csv, PRYV_STR("deltaTime"));
    for (size_t i = 0; i < points->column_count; i++)
        csv_name(csv, points->columns[i].name);
    csv_end_line(csv);
    for (size_t row = 0; row < points->count; row++) {
        csv_number(csv, pryv_series_seconds(points->times[row]));
        for (size_t i = 0; i < points->column_count; i++)
            write_value(csv, &points->columns[i], row);
        csv_end_line(csv);
    }
    return csv_rest(csv, &begun);
}

static enum pryv_rc read_points(struct pryv_arena *mem, struct pryv_str text, size_t cut, struct pryv_series_points *out,
                                struct pryv_err *err)
{
    return csv_table_points(read_csv(mem, text, cut), mem, fields, PRYV_COUNT(fields), 1000, out, err);
}

/* Where it is cut makes no difference. */
static void cut_at(struct pryv_arena *mem, struct pryv_str text, size_t cut, enum pryv_rc rc, const struct pryv_err *err,
                   const struct pryv_series_points *points)
{
    struct pryv_err other_err = PRYV_ERR(mem);
    struct pryv_series_points other;

    if (read_points(mem, text, cut, &other, &other_err) != rc)
        abort();
    if (rc == PRYV_OK ? !are_same_points(&other, points) : strcmp(other_err.message, err->message) != 0)
        abort();
}

/* Two things would not come back the same: seconds of more than nine digits, and -0, which is written as 0, as in JSON. */
static void make_writable_as_read(struct pryv_series_points *points)
{
    for (size_t row = 0; row < points->count; row++)
        ((int64_t *) (uintptr_t) points->times)[row] = (int64_t) row * 1000000000;
    for (size_t i = 0; i < points->column_count; i++)
        for (size_t row = 0; points->columns[i].kind == PRYV_SERIES_NUMBER && row < points->count; row++)
            ((double *) (uintptr_t) points->columns[i].numbers)[row] += 0.0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_series_points points, again;
    struct written written = { .len = 0 };

    struct pryv_str text = pryv_str_n((const char *) data, size);
    enum pryv_rc rc = read_points(mem, text, NOWHERE, &points, &err);

    cut_at(mem, text, EVERYWHERE, rc, &err, &points);
    cut_at(mem, text, size ? (data[0] + data[size / 2] * 7u) % size : 0, rc, &err, &points);
    if (rc == PRYV_OK && points.count) {
        make_writable_as_read(&points);
        if (keep(&written, write_points(csv_new(mem, BUFFER, keep, &written), &points)) != PRYV_OK)
            abort();
        if (read_points(mem, pryv_str_n(written.bytes, written.len), NOWHERE, &again, &err) != PRYV_OK)
            abort();
        if (!are_same_points(&points, &again))
            abort();
    }
    free(written.bytes);
    pryv_arena_free(mem);
    return 0;
}
