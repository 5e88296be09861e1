/* builder.c - see builder.h. */
#include "builder.h"
#include <stdlib.h>

enum { FIRST_ROOM = 128, FIRST_COLUMNS = 8 };

struct column { /* of the chunk at hand */
    struct pryv_str name;
    enum pryv_series_kind kind;
    size_t present_count;
    bool *present;
    double *numbers;
    struct pryv_str *texts;
    bool *bools;
};

struct builder {
    size_t chunk_points;
    uint64_t rank;
    builder_sink sink;
    void *context;
    struct pryv_arena *mem; /* of the chunk at hand */
    int64_t *times;
    size_t count, room; /* points */
    struct column *columns;
    size_t column_count, column_room;
};

struct builder *builder_new(size_t chunk_points, uint64_t rank, builder_sink sink, void *context)
{
    struct builder *b = calloc(1, sizeof(*b));

    if (!b)
        abort();
    *b = (struct builder){ .chunk_points = chunk_points, .rank = rank, .sink = sink, .context = context };
    return b;
}

static void drop(struct builder *b)
{
    pryv_arena_free(b->mem);
    b->mem = NULL;
    b->times = NULL;
    b->columns = NULL;
    b->count = b->room = b->column_count = b->column_room = 0;
}

void builder_free(struct builder *b)
{
    if (b)
        drop(b);
    free(b);
}

/* ---- A chunk is full -------------------------------------------------------------------------------- */

static size_t finish_columns(const struct builder *b, struct pryv_series_column *out)
{
    size_t count = 0;

    for (size_t i = 0; i < b->column_count; i++) {
        const struct column *column = &b->columns[i];

        if (column->present_count)
            out[count++] = (struct pryv_series_column){
                .name = column->name,
                .kind = column->kind,
                .present = column->present_count == b->count ? NULL : column->present,
                .numbers = column->numbers,
                .texts = column->texts,
                .bools = column->bools,
            };
    }
    return count;
}

enum pryv_rc builder_end(struct builder *b, struct pryv_err *err)
{
    struct pryv_series_chunk chunk;
    enum pryv_rc rc = PRYV_OK;

    if (b->count) {
        struct pryv_series_column *columns = pryv_new_array(b->mem, struct pryv_series_column, b->column_count);
        struct pryv_series_points points = {
            .count = b->count, .times = b->times, .column_count = finish_columns(b, columns), .columns = columns
        };

        rc = pryv_series_pack_ranked(b->mem, &points, b->rank, &chunk, err);
        if (rc == PRYV_OK)
            rc = b->sink(b->context, &chunk, err);
    }
    drop(b);
    return rc;
}

/* ---- Room --------------------------------------------------------------------------------------- */

/* `items` of `size` bytes in a larger place, zeros behind them. */
static void *moved(struct builder *b, const void *items, size_t size, size_t room)
{
    void *more = pryv_alloc0_array(b->mem, room, size);

    if (items && b->count)
        memcpy(more, items, b->count * size);
    return more;
}

static void make_column_room(struct builder *b, struct column *column, size_t room)
{
    column->present = moved(b, column->present, sizeof(*column->present), room);
    if (column->kind == PRYV_SERIES_NUMBER)
        column->numbers = moved(b, column->numbers, sizeof(*column->numbers), room);
    else if (column->kind == PRYV_SERIES_TEXT)
        column->texts = moved(b, column->texts, sizeof(*column->texts), room);
    else
        column->bools = moved(b, column->bools, sizeof(*column->bools), room);
}

static void make_room(struct builder *b, size_t count)
{
    size_t room = b->room ? b->room : FIRST_ROOM;

    if (!b->mem)
        b->mem = pryv_arena_new();
    if (b->count + count <= b->room)
        return;
    while (room < b->count + count)
        room *= 2;
    if (room > b->chunk_points)
        room = b->chunk_points;
    b->times = moved(b, b->times, sizeof(*b->times), room);
    for (size_t i = 0; i < b->column_count; i++)
        make_column_room(b, &b->columns[i], room);
    b->room = room;
}

static void add_column(struct builder *b, const struct pryv_series_column *like)
{
    struct column *column;

    if (b->column_count == b->column_room) {
        struct column *more;

        b->column_room = b->column_room ? 2 * b->column_room : FIRST_COLUMNS;
        more = pryv_new_array(b->mem, struct column, b->column_room);
        if (b->column_count)
            memcpy(more, b->columns, b->column_count * sizeof(*more));
        b->columns = more;
    }
    column = &b->columns[b->column_count++];
    *column = (struct column){ .name = pryv_str_copy(b->mem, like->name), .kind = like->kind };
    make_column_room(b, column, b->room);
}

/* ---- Adding --------------------------------------------------------------------------------------- */

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

static size_t count_values(const struct pryv_series_column *column, size_t first, size_t count)
{
    size_t values = 0;

    if (!column->present)
        return count;
    for (size_t i = first; i < first + count; i++)
        values += column->present[i];
    return values;
}

static size_t count_fresh(const struct builder *b, const struct pryv_series_points *points)
{
    size_t fresh = 0;

    for (size_t i = 0; i < points->column_count; i++)
        fresh += find_column(b, points->columns[i].name, i) == b->column_count;
    return fresh;
}

/* Whether all values of the rows are of the kinds of their columns here. */
static bool are_alike(const struct builder *b, const struct pryv_series_points *points, size_t first, size_t count)
{
    for (size_t i = 0; i < points->column_count; i++) {
        const struct pryv_series_column *column = &points->columns[i];
        size_t place = find_column(b, column->name, i);

        if (place < b->column_count && b->columns[place].kind != column->kind && count_values(column, first, count))
            return false;
    }
    return true;
}

/* How many of the rows go into the chunk at hand. */
static size_t fitting(const struct builder *b, const struct pryv_series_points *points, size_t first, size_t count)
{
    size_t columns = b->column_count + count_fresh(b, points), most = b->chunk_points;

    if (most * columns > PRYV_SERIES_MAX_CELLS)
        most = PRYV_SERIES_MAX_CELLS / columns;
    if (b->count && (b->count >= most || columns > PRYV_SERIES_MAX_COLUMNS))
        return 0;
    if (count > most - b->count)
        count = most - b->count;
    if (are_alike(b, points, first, count))
        return count;
    return are_alike(b, points, first, 1) ? 1 : 0;
}

static void copy_values(struct builder *b, struct column *to, const struct pryv_series_column *from, size_t first, size_t count)
{
    size_t row = b->count;

    to->present_count += count_values(from, first, count);
    if (from->present)
        memcpy(to->present + row, from->present + first, count * sizeof(*to->present));
    else
        memset(to->present + row, true, count * sizeof(*to->present));
    if (to->numbers)
        memcpy(to->numbers + row, from->numbers + first, count * sizeof(*to->numbers));
    else if (to->bools)
        memcpy(to->bools + row, from->bools + first, count * sizeof(*to->bools));
    else if (to->texts)
        for (size_t i = 0; i < count; i++)
            if (to->present[row + i])
                to->texts[row + i] = pryv_str_copy(b->mem, from->texts[first + i]);
}

static void add_rows(struct builder *b, const struct pryv_series_points *points, size_t first, size_t count)
{
    make_room(b, count);
    for (size_t i = 0; i < points->column_count; i++) {
        const struct pryv_series_column *column = &points->columns[i];
        size_t place;

        if (!count_values(column, first, count))
            continue;
        place = find_column(b, column->name, i);
        if (place == b->column_count)
            add_column(b, column);
        if (b->columns[place].kind == column->kind) /* a damaged chunk can have two of a name */
            copy_values(b, &b->columns[place], column, first, count);
    }
    memcpy(b->times + b->count, points->times + first, count * sizeof(*b->times));
    b->count += count;
}

enum pryv_rc builder_add(struct builder *b, const struct pryv_series_points *points, size_t first, size_t count,
                         struct pryv_err *err)
{
    while (count) {
        size_t take = fitting(b, points, first, count);

        if (take == 0) {
            enum pryv_rc rc = builder_end(b, err);

            if (rc != PRYV_OK)
                return rc;
            continue;
        }
        add_rows(b, points, first, take);
        first += take;
        count -= take;
    }
    return PRYV_OK;
}
