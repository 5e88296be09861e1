/* builder.c - see builder.h. */
#include "builder.h"
#include <stdlib.h>

struct builder {
    size_t chunk_points;
    builder_sink sink;
    void *context;
    struct pryv_arena *mem; /* of the chunk at hand */
    int64_t *times;
    size_t count, column_count, column_size;
    struct pryv_series_column *columns; /* their arrays are this builder's, and may be written */
};

struct builder *builder_new(size_t chunk_points, builder_sink sink, void *context)
{
    struct builder *b = calloc(1, sizeof(*b));

    if (!b)
        abort();
    *b = (struct builder){ .chunk_points = chunk_points, .sink = sink, .context = context };
    return b;
}

static void begin(struct builder *b)
{
    b->mem = pryv_arena_new();
    b->times = pryv_new_array(b->mem, int64_t, b->chunk_points);
    b->columns = NULL;
    b->count = b->column_count = b->column_size = 0;
}

static void drop(struct builder *b)
{
    pryv_arena_free(b->mem);
    b->mem = NULL;
    b->count = 0;
}

void builder_free(struct builder *b)
{
    if (b)
        drop(b);
    free(b);
}

enum pryv_rc builder_end(struct builder *b, struct pryv_err *err)
{
    struct pryv_series_points points = {
        .count = b->count, .times = b->times, .column_count = b->column_count, .columns = b->columns
    };
    struct pryv_series_chunk chunk;
    enum pryv_rc rc = PRYV_OK;

    if (b->count) {
        rc = pryv_series_pack(b->mem, &points, &chunk, err);
        if (rc == PRYV_OK)
            rc = b->sink(b->context, &chunk, err);
    }
    drop(b);
    return rc;
}

/* ---- Adding --------------------------------------------------------------------------------------- */

static void add_column(struct builder *b, const struct pryv_series_column *like)
{
    struct pryv_series_column *column;

    if (b->column_count == b->column_size) {
        struct pryv_series_column *more;

        b->column_size = b->column_size ? 2 * b->column_size : 8;
        more = pryv_new_array(b->mem, struct pryv_series_column, b->column_size);
        if (b->column_count)
            memcpy(more, b->columns, b->column_count * sizeof(*more));
        b->columns = more;
    }
    column = &b->columns[b->column_count++];
    *column = (struct pryv_series_column){ .name = pryv_str_copy(b->mem, like->name), .kind = like->kind };
    column->present = pryv_new_array(b->mem, bool, b->chunk_points);
    if (like->kind == PRYV_SERIES_NUMBER)
        column->numbers = pryv_new_array(b->mem, double, b->chunk_points);
    else if (like->kind == PRYV_SERIES_TEXT)
        column->texts = pryv_new_array(b->mem, struct pryv_str, b->chunk_points);
    else
        column->bools = pryv_new_array(b->mem, bool, b->chunk_points);
}

/* The column of that name: its index, or the count. The same points have it in the same place, so that `hint` is mostly right. */
static size_t find_column(const struct builder *b, struct pryv_str name, size_t hint)
{
    if (hint < b->column_count && pryv_str_is(b->columns[hint].name, name))
        return hint;
    for (size_t i = 0; i < b->column_count; i++)
        if (pryv_str_is(b->columns[i].name, name))
            return i;
    return b->column_count;
}

static bool has_value(const struct pryv_series_column *column, size_t index)
{
    return !column->present || column->present[index];
}

/* Whether the point fits beside what is there: a chunk has columns of one kind and a bounded number of them. */
static bool fits(const struct builder *b, const struct pryv_series_points *points, size_t index)
{
    size_t fresh = 0;

    if (b->count == b->chunk_points)
        return false;
    for (size_t i = 0; i < points->column_count; i++) {
        const struct pryv_series_column *column = &points->columns[i];
        size_t place = has_value(column, index) ? find_column(b, column->name, i) : 0;

        if (!has_value(column, index))
            continue;
        if (place == b->column_count)
            fresh++;
        else if (b->columns[place].kind != column->kind)
            return false;
    }
    return b->count == 0 || b->column_count + fresh <= PRYV_SERIES_MAX_CELLS / b->chunk_points;
}

/* The arrays were made by add_column; the struct is shared with readers and says const. */
static void set_value(struct builder *b, struct pryv_series_column *to, const struct pryv_series_column *from, size_t index)
{
    size_t row = b->count;

    ((bool *) to->present)[row] = true;
    if (from->kind == PRYV_SERIES_NUMBER && to->numbers)
        ((double *) to->numbers)[row] = from->numbers[index];
    else if (from->kind == PRYV_SERIES_TEXT && to->texts)
        ((struct pryv_str *) to->texts)[row] = pryv_str_copy(b->mem, from->texts[index]);
    else if (to->bools)
        ((bool *) to->bools)[row] = from->bools[index];
}

enum pryv_rc builder_add(struct builder *b, const struct pryv_series_points *points, size_t index, struct pryv_err *err)
{
    if (b->mem && !fits(b, points, index)) {
        enum pryv_rc rc = builder_end(b, err);

        if (rc != PRYV_OK)
            return rc;
    }
    if (!b->mem)
        begin(b);
    for (size_t i = 0; i < points->column_count; i++) {
        const struct pryv_series_column *column = &points->columns[i];
        size_t place;

        if (!has_value(column, index))
            continue;
        place = find_column(b, column->name, i);
        if (place == b->column_count)
            add_column(b, column);
        set_value(b, &b->columns[place], column, index);
    }
    b->times[b->count++] = points->times[index];
    return PRYV_OK;
}
