/* columns.c - see columns.h. */
#include "columns.h"
#include "number.h"
#include <pryv/json.h>
#include <math.h>
#include <stdlib.h>

enum { DELTA_TIME = -1, NUMBER_TEXT_MAX = 400 };

static const char delta_time[] = "deltaTime";

struct column {
    const struct pryv_series_field *field;
    const double *numbers; /* those of the grid, or `made` */
    double *made;
    struct pryv_str *texts;
    bool *bools, *present; /* present: NULL where all are */
    size_t present_count;
};

struct columns {
    struct pryv_arena *mem;
    const struct pryv_series_field *fields;
    double event_time;
    bool timestamps; /* times count from 1970 */
    int *places;     /* the field of each column */
    size_t width;
    struct column *columns;
    int64_t *times;
    size_t rows;
};

/* ---- Which column is which field -------------------------------------------------------------- */

static int field_of(struct pryv_str name, const struct pryv_series_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (pryv_str_is(fields[i].name, name))
            return (int) i;
    return (int) count;
}

static enum pryv_rc has_all(const int *places, size_t columns, const struct pryv_series_field *fields, size_t count,
                            struct pryv_err *err)
{
    for (int field = DELTA_TIME; field < (int) count; field++) {
        size_t times = 0;

        for (size_t i = 0; i < columns; i++)
            times += places[i] == field;
        if (times > 1 || (times == 0 && (field == DELTA_TIME || fields[field].required)))
            return pryv_refuse(err, 400, "invalid-request-structure", NULL, "The field \"%.*s\" is %s.",
                               field == DELTA_TIME ? (int) sizeof(delta_time) - 1 : (int) fields[field].name.len,
                               field == DELTA_TIME ? delta_time : fields[field].name.data, times ? "there twice" : "missing");
    }
    return PRYV_OK;
}

/* `places`: the field of each column. `*timestamps`: the column of times counts from 1970, not from the event. */
static enum pryv_rc place_columns(const struct pryv_str *names, size_t width, const struct pryv_series_field *fields,
                                  size_t count, int *places, bool *timestamps, struct pryv_err *err)
{
    *timestamps = false;
    for (size_t i = 0; i < width; i++) {
        struct pryv_str name = names[i];

        if (!*timestamps && pryv_str_equal(name, "timestamp")) {
            *timestamps = true;
            places[i] = DELTA_TIME;
        } else {
            places[i] = pryv_str_equal(name, delta_time) ? DELTA_TIME : field_of(name, fields, count);
        }
        if (places[i] == (int) count)
            return pryv_refuse(err, 400, "invalid-request-structure", NULL, "The type has no field \"%.*s\".",
                               PRYV_STR_ARG(name));
    }
    return has_all(places, width, fields, count, err);
}

/* ---- Cells ------------------------------------------------------------------------------------ */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The decimal number that a text begins with, blanks before it left aside; its length, or 0. */
static size_t number_prefix(const char *text)
{
    const char *at = text;
    size_t digits = 0;

    at += *at == '+' || *at == '-';
    for (; is_digit(*at); at++)
        digits++;
    if (*at == '.')
        for (at++; is_digit(*at); at++)
            digits++;
    if (digits == 0)
        return 0;
    if (*at == 'e' || *at == 'E') {
        const char *power = at + 1;

        power += *power == '+' || *power == '-';
        if (is_digit(*power))
            for (at = power; is_digit(*at);)
                at++;
    }
    return (size_t) (at - text);
}

static bool number_at_start(struct pryv_str text, double *out)
{
    char copy[NUMBER_TEXT_MAX];
    size_t blanks = 0, len;

    while (blanks < text.len && memchr(" \t\n\r\v\f", text.data[blanks], 6))
        blanks++;
    text = pryv_str_n(text.data + blanks, text.len - blanks);
    len = text.len < sizeof(copy) - 1 ? text.len : sizeof(copy) - 1;
    memcpy(copy, text.data, len);
    copy[len] = '\0';
    copy[number_prefix(copy)] = '\0';
    *out = strtod(copy, NULL);
    return copy[0] != '\0';
}

/* ^\d+(\.\d+)?$ */
static bool plain_number(struct pryv_str text, double *out)
{
    char copy[NUMBER_TEXT_MAX];
    size_t at = 0, digits = 0;

    if (text.len >= sizeof(copy))
        return false;
    while (at < text.len && is_digit(text.data[at]))
        at++;
    if (at == 0)
        return false;
    if (at < text.len) {
        if (text.data[at++] != '.')
            return false;
        for (; at < text.len && is_digit(text.data[at]); at++)
            digits++;
        if (digits == 0 || at < text.len)
            return false;
    }
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    *out = strtod(copy, NULL);
    return isfinite(*out);
}

static bool moment_of(const struct cell *cell, bool is_timestamp, double event_time, int64_t *out)
{
    double seconds;
    bool good = false;

    if (cell->kind == CELL_NUMBER || cell->kind == CELL_DECIMAL) {
        seconds = cell->number;
        good = true;
    } else if (cell->kind == CELL_TEXT) {
        good = number_at_start(cell_text(cell), &seconds);
    } else if (cell->kind == CELL_PLAIN) {
        good = number_is(cell_text(cell), &seconds);
    }
    if (!good)
        return false;
    if (is_timestamp)
        seconds -= event_time;
    return seconds >= 0 && pryv_series_nanoseconds(seconds, out); /* also less than half a nanosecond before is before */
}

static bool number_of(const struct cell *cell, double *out)
{
    switch (cell->kind) {
    case CELL_NUMBER:
    case CELL_DECIMAL: *out = cell->number; return true;
    case CELL_TEXT: return plain_number(cell_text(cell), out);
    case CELL_PLAIN: return number_is(cell_text(cell), out) || plain_number(cell_text(cell), out);
    case CELL_NULL:
    case CELL_FALSE:
    case CELL_TRUE:
    case CELL_OTHER:
    case CELL_EMPTY: break;
    }
    return false;
}

static bool text_of(struct pryv_arena *mem, const struct cell *cell, struct pryv_str *out)
{
    char digits[PRYV_NUMBER_SIZE];

    switch (cell->kind) {
    case CELL_TEXT:
    case CELL_PLAIN: *out = cell_text(cell); return true;
    case CELL_DECIMAL: *out = pryv_format(mem, "%.*f", (int) cell->len, cell->number); return true;
    case CELL_NULL: *out = PRYV_STR("null"); return true;
    case CELL_TRUE: *out = PRYV_STR("true"); return true;
    case CELL_FALSE: *out = PRYV_STR("false"); return true;
    case CELL_NUMBER: *out = pryv_str_copy(mem, pryv_str_n(digits, pryv_number_format(digits, cell->number))); return true;
    case CELL_OTHER:
    case CELL_EMPTY: break;
    }
    return false;
}

static bool bool_of(const struct cell *cell, bool *out)
{
    bool is_text = cell->kind == CELL_TEXT || cell->kind == CELL_PLAIN;
    struct pryv_str text = is_text ? cell_text(cell) : PRYV_STR_NONE;

    *out = cell->kind == CELL_TRUE || pryv_str_equal(text, "true");
    return *out || cell->kind == CELL_FALSE || pryv_str_equal(text, "false");
}

/* ---- Columns ------------------------------------------------------------------------------------ */

/* Moments that count from the event stay the same if all is taken once more; others need their cells again. */
static size_t take_times(struct columns *c, struct grid *grid, size_t place, size_t rows)
{
    c->times = c->timestamps ? pryv_new_array(c->mem, int64_t, rows) : grid_moments(grid, place);
    if (grid->moments && !c->timestamps)
        return rows;
    for (size_t row = 0; row < rows; row++) {
        struct cell cell = grid_cell(grid, row, place);

        if (!moment_of(&cell, c->timestamps, c->event_time, &c->times[row]))
            return row;
    }
    grid->moments = !c->timestamps;
    return rows;
}

static void make_column(struct pryv_arena *mem, struct column *column, size_t rows)
{
    column->present = pryv_new_array(mem, bool, rows);
    if (column->field->kind == PRYV_FIELD_NUMBER)
        column->numbers = column->made = pryv_new_array(mem, double, rows);
    else if (column->field->kind == PRYV_FIELD_TEXT)
        column->texts = pryv_new_array(mem, struct pryv_str, rows);
    else if (column->field->kind == PRYV_FIELD_BOOL)
        column->bools = pryv_new_array(mem, bool, rows);
}

static bool has_no_value(const struct pryv_series_field *field, unsigned kind)
{
    return field->kind == PRYV_FIELD_NULL || (!field->required && (kind == CELL_NULL || kind == CELL_EMPTY));
}

static bool take_value(struct pryv_arena *mem, struct column *column, size_t row, const struct cell *cell)
{
    bool good = false;

    if (has_no_value(column->field, cell->kind))
        return true;
    if (column->field->kind == PRYV_FIELD_NUMBER)
        good = number_of(cell, &column->made[row]);
    else if (column->field->kind == PRYV_FIELD_TEXT)
        good = text_of(mem, cell, &column->texts[row]);
    else if (column->field->kind == PRYV_FIELD_BOOL)
        good = bool_of(cell, &column->bools[row]);
    column->present[row] = good;
    column->present_count += good;
    return good;
}

static bool is_number(unsigned char kind)
{
    return kind == CELL_NUMBER || kind >= CELL_DECIMAL;
}

/* Numbers, or none where there may be none, are taken as they lie there. */
static bool are_numbers(const struct column *column, const struct grid *grid, size_t place, size_t rows)
{
    for (size_t row = 0; grid->kinds && row < rows; row++) {
        unsigned char kind = grid->kinds[place * grid->room + row];

        if (!is_number(kind) && !has_no_value(column->field, kind))
            return false;
    }
    return true;
}

static void use_numbers(struct pryv_arena *mem, struct column *column, const struct grid *grid, size_t place, size_t rows)
{
    column->numbers = grid_numbers(grid, place);
    column->present = grid->kinds ? pryv_new_array(mem, bool, rows) : NULL;
    column->present_count = grid->kinds ? 0 : rows;
    for (size_t row = 0; grid->kinds && row < rows; row++) {
        column->present[row] = is_number(grid->kinds[place * grid->room + row]);
        column->present_count += column->present[row];
    }
}

/* How many rows fit, of `rows`. */
static size_t take_column(struct columns *c, struct grid *grid, size_t place, size_t rows)
{
    struct column *column = &c->columns[place];

    if (c->places[place] == DELTA_TIME)
        return take_times(c, grid, place, rows);
    *column = (struct column){ .field = &c->fields[c->places[place]] };
    if (column->field->kind == PRYV_FIELD_NUMBER && are_numbers(column, grid, place, rows)) {
        use_numbers(c->mem, column, grid, place, rows);
        return rows;
    }
    make_column(c->mem, column, rows);
    for (size_t row = 0; row < rows; row++) {
        struct cell cell = grid_cell(grid, row, place);

        if (!take_value(c->mem, column, row, &cell))
            return row;
    }
    return rows;
}

static struct pryv_series_column finished(const struct column *column, size_t rows)
{
    return (struct pryv_series_column){
        .name = column->field->name,
        .kind = column->numbers ? PRYV_SERIES_NUMBER
                : column->texts ? PRYV_SERIES_TEXT
                                : PRYV_SERIES_BOOL,
        .present = column->present_count == rows ? NULL : column->present,
        .numbers = column->numbers,
        .texts = column->texts,
        .bools = column->bools,
    };
}

enum pryv_rc columns_new(struct pryv_arena *mem, const struct pryv_str *names, size_t width,
                         const struct pryv_series_field *fields, size_t field_count, double event_time, struct columns **out,
                         struct pryv_err *err)
{
    struct columns *c = pryv_new(mem, struct columns);

    *c = (struct columns){ .mem = mem, .fields = fields, .event_time = event_time, .width = width };
    c->places = pryv_new_array(mem, int, width);
    c->columns = pryv_new_array(mem, struct column, width);
    *out = c;
    return place_columns(names, width, fields, field_count, c->places, &c->timestamps, err);
}

const struct pryv_series_field *columns_field(const struct columns *c, size_t column)
{
    return c->places[column] == DELTA_TIME ? NULL : &c->fields[c->places[column]];
}

bool columns_take(struct columns *c, struct grid *grid, size_t more, size_t *bad_row, size_t *bad_column)
{
    bool good = true;

    c->rows = grid->rows;
    *bad_row = SIZE_MAX;
    for (size_t i = 0; i < c->width; i++) {
        size_t rows = grid->rows + (i < more), row;

        if (rows > *bad_row)
            rows = *bad_row; /* of two that do not fit, the first of the earlier row is told */
        if ((row = take_column(c, grid, i, rows)) == rows)
            continue;
        *bad_row = row;
        *bad_column = i;
        good = false;
    }
    return good;
}

void columns_finish(const struct columns *c, struct pryv_series_points *out)
{
    struct pryv_series_column *list = pryv_new_array(c->mem, struct pryv_series_column, c->width);
    size_t kept = 0;

    for (size_t i = 0; i < c->width; i++)
        if (c->columns[i].present_count)
            list[kept++] = finished(&c->columns[i], c->rows);
    *out = (struct pryv_series_points){ .count = c->rows, .times = c->times, .column_count = kept, .columns = list };
}
