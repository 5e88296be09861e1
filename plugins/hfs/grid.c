/* grid.c - see grid.h. */
#include "grid.h"
#include <stdlib.h>

enum { FEW_ROWS = 8 };

_Static_assert(sizeof(union grid_value) == sizeof(double), "a column of numbers is an array of doubles");

static void release(void *grid_)
{
    struct grid *grid = grid_;

    free(grid->values);
    free(grid->kinds);
    grid->values = NULL;
    grid->kinds = NULL;
}

struct grid *grid_new(struct pryv_arena *mem)
{
    struct grid *grid = pryv_new(mem, struct grid);

    grid->mem = mem;
    grid->room = 1;
    pryv_defer(mem, release, grid);
    return grid;
}

static void *resized(void *items, size_t count, size_t size)
{
    void *more = count > SIZE_MAX / size ? NULL : realloc(items, count * size);

    if (!more)
        abort();
    return more;
}

/* ---- Room --------------------------------------------------------------------------------------- */

static void make_cells(struct grid *grid, size_t cells)
{
    grid->values = resized(grid->values, cells, sizeof(*grid->values));
    if (grid->kinds)
        grid->kinds = resized(grid->kinds, cells, sizeof(*grid->kinds));
    grid->cells = cells;
}

/* The last column goes first: its new place is beyond the old ones. */
static void make_rows(struct grid *grid, size_t room)
{
    make_cells(grid, grid->width * room);
    for (size_t i = grid->width; i-- > 1;) {
        memmove(grid->values + i * room, grid->values + i * grid->room, grid->rows * sizeof(*grid->values));
        if (grid->kinds)
            memmove(grid->kinds + i * room, grid->kinds + i * grid->room, grid->rows * sizeof(*grid->kinds));
    }
    grid->room = room;
}

static void make_kinds(struct grid *grid)
{
    grid->kinds = resized(NULL, grid->cells, sizeof(*grid->kinds));
    for (size_t i = 0; i <= (grid->rows ? grid->width - 1 : grid->column); i++)
        memset(grid->kinds + i * grid->room, CELL_NUMBER, grid->rows + (i < grid->column));
}

/* ---- Putting ------------------------------------------------------------------------------------ */

static const char *kept_text(struct grid *grid, const struct cell *cell)
{
    char *text = pryv_alloc(grid->mem, sizeof(cell->len) + cell->len);

    memcpy(text, &cell->len, sizeof(cell->len));
    if (cell->len)
        memcpy(text + sizeof(cell->len), cell->text, cell->len);
    return text + sizeof(cell->len);
}

static void put(struct grid *grid, size_t place, const struct cell *cell)
{
    unsigned char kind = (unsigned char) cell->kind;

    if (cell->kind == CELL_NUMBER || cell->kind == CELL_DECIMAL)
        grid->values[place].number = cell->number;
    else if (cell->kind == CELL_TEXT || cell->kind == CELL_PLAIN)
        grid->values[place].text = kept_text(grid, cell);
    else
        grid->values[place].number = 0;
    if (cell->kind != CELL_NUMBER && !grid->kinds)
        make_kinds(grid);
    if (grid->kinds)
        grid->kinds[place] = cell->kind == CELL_DECIMAL ? (unsigned char) (kind + cell->len) : kind;
}

void grid_put(struct grid *grid, const struct cell *cell)
{
    if (!grid->uneven && (grid->rows == 0 || grid->column < grid->width)) {
        if (grid->rows == 0 && grid->column == grid->cells)
            make_cells(grid, grid->cells ? 2 * grid->cells : 4);
        else if (grid->rows == grid->room)
            make_rows(grid, grid->room < FEW_ROWS ? FEW_ROWS : 2 * grid->room);
        put(grid, grid->column * grid->room + grid->rows, cell);
    }
    grid->column++;
}

void grid_end_row(struct grid *grid)
{
    if (grid->rows == 0)
        grid->width = grid->column;
    if (grid->column != grid->width)
        grid_no_row(grid);
    grid->rows++;
    grid->column = 0;
}

void grid_no_row(struct grid *grid)
{
    grid->uneven = true;
    release(grid);
}

/* ---- Getting ------------------------------------------------------------------------------------ */

struct cell grid_cell(const struct grid *grid, size_t row, size_t column)
{
    size_t place = column * grid->room + row;
    const union grid_value *value = &grid->values[place];
    unsigned kind = grid->kinds ? grid->kinds[place] : CELL_NUMBER;
    struct cell cell = { .kind = kind > CELL_DECIMAL ? CELL_DECIMAL : kind, .number = value->number };

    if (kind == CELL_TEXT || kind == CELL_PLAIN) {
        cell.text = value->text;
        memcpy(&cell.len, value->text - sizeof(cell.len), sizeof(cell.len));
    } else if (kind >= CELL_DECIMAL) {
        cell.len = kind - CELL_DECIMAL;
    }
    return cell;
}

const double *grid_numbers(const struct grid *grid, size_t column)
{
    return grid->values ? &grid->values[column * grid->room].number : NULL;
}

int64_t *grid_moments(struct grid *grid, size_t column)
{
    return grid->values ? &grid->values[column * grid->room].moment : NULL;
}
