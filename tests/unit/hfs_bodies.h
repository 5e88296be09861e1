/* hfs_bodies.h - bodies of series given to their readers whole, or cut; each piece is gone once it was taken. */
#ifndef TESTS_HFS_BODIES_H
#define TESTS_HFS_BODIES_H

#include "../../plugins/hfs/body.h"
#include "../../plugins/hfs/csv_read.h"
#include <stdlib.h>

enum { DEPTH = 20 };

/* Where a body is cut: in two at a place, or everywhere. */
#define EVERYWHERE (SIZE_MAX - 1)
#define NOWHERE    SIZE_MAX

typedef enum pryv_rc (*take_piece)(void *reader, struct pryv_str piece, struct pryv_err *err);

static enum pryv_rc give_copy(take_piece take, void *reader, struct pryv_str piece, struct pryv_err *err)
{
    char *copy = pryv_str_dup(piece);
    enum pryv_rc rc = piece.len ? take(reader, pryv_str_n(copy, piece.len), err) : PRYV_OK;

    free(copy);
    return rc;
}

static enum pryv_rc give(take_piece take, void *reader, struct pryv_str text, size_t cut, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; cut == EVERYWHERE && rc == PRYV_OK && i < text.len; i++)
        rc = give_copy(take, reader, pryv_str_n(text.data + i, 1), err);
    if (cut == EVERYWHERE)
        return rc;
    cut = cut < text.len ? cut : text.len;
    rc = give_copy(take, reader, pryv_str_n(text.data, cut), err);
    return rc == PRYV_OK ? give_copy(take, reader, pryv_str_n(text.data + cut, text.len - cut), err) : rc;
}

static enum pryv_rc take_json(void *reader, struct pryv_str piece, struct pryv_err *err)
{
    return body_reader_take(reader, piece, err);
}

static enum pryv_rc read_json(struct body_reader *reader, struct pryv_str text, size_t cut, struct pryv_err *err)
{
    enum pryv_rc rc = give(take_json, reader, text, cut, err);

    return rc == PRYV_OK ? body_reader_end(reader, err) : rc;
}

PRYV_UNUSED static enum pryv_rc read_flat(struct pryv_arena *mem, struct pryv_str text, size_t cut, struct flat *out,
                                          struct pryv_err *err)
{
    return read_json(body_reader_flat(mem, DEPTH, out), text, cut, err);
}

PRYV_UNUSED static enum pryv_rc read_batch(struct pryv_arena *mem, struct pryv_str text, size_t cut, struct batch *out,
                                           struct pryv_err *err)
{
    return read_json(body_reader_batch(mem, DEPTH, out), text, cut, err);
}

static enum pryv_rc take_csv(void *table, struct pryv_str piece, struct pryv_err *err PRYV_UNUSED)
{
    csv_table_take(table, piece);
    return PRYV_OK;
}

PRYV_UNUSED static struct csv_table *read_csv(struct pryv_arena *mem, struct pryv_str text, size_t cut)
{
    struct csv_table *table = csv_table_new(mem);

    (void) give(take_csv, table, text, cut, NULL);
    csv_table_end(table);
    return table;
}

static bool has_value(const struct pryv_series_column *column, size_t row)
{
    return !column->present || column->present[row];
}

static bool is_same_value(const struct pryv_series_column *a, const struct pryv_series_column *b, size_t row)
{
    if (has_value(a, row) != has_value(b, row))
        return false;
    if (!has_value(a, row))
        return true;
    if (a->kind == PRYV_SERIES_NUMBER)
        return memcmp(&a->numbers[row], &b->numbers[row], sizeof(double)) == 0;
    return a->kind == PRYV_SERIES_TEXT ? pryv_str_is(a->texts[row], b->texts[row]) : a->bools[row] == b->bools[row];
}

PRYV_UNUSED static bool are_same_points(const struct pryv_series_points *a, const struct pryv_series_points *b)
{
    if (a->count != b->count || a->column_count != b->column_count)
        return false;
    if (a->count && memcmp(a->times, b->times, a->count * sizeof(*a->times)) != 0)
        return false;
    for (size_t i = 0; i < a->column_count; i++) {
        if (!pryv_str_is(a->columns[i].name, b->columns[i].name) || a->columns[i].kind != b->columns[i].kind)
            return false;
        for (size_t row = 0; row < a->count; row++)
            if (!is_same_value(&a->columns[i], &b->columns[i], row))
                return false;
    }
    return true;
}

#endif
