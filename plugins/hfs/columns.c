/* columns.c - see columns.h. */
#include "columns.h"
#include <pryv/json.h>
#include <math.h>
#include <stdlib.h>

enum { DELTA_TIME = -1, NUMBER_TEXT_MAX = 400 };

static const char delta_time[] = "deltaTime";

/* What a column gathers. */
struct column {
    const struct pryv_series_field *field;
    double *numbers;
    struct pryv_str *texts;
    bool *bools, *present;
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

static bool moment_of(const struct cell *cell, bool is_timestamp, double event_time, int64_t *out)
{
    double seconds;

    if (cell->kind == CELL_NUMBER)
        seconds = cell->number;
    else if (cell->kind != CELL_TEXT || !number_at_start(cell_text(cell), &seconds))
        return false;
    if (is_timestamp)
        seconds -= event_time;
    return seconds >= 0 && pryv_series_nanoseconds(seconds, out); /* also less than half a nanosecond before is before */
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

static bool take_number(struct column *column, size_t row, const struct cell *cell)
{
    if (cell->kind == CELL_NUMBER)
        column->numbers[row] = cell->number;
    else if (cell->kind != CELL_TEXT || !plain_number(cell_text(cell), &column->numbers[row]))
        return false;
    return true;
}

static bool take_text(struct pryv_arena *mem, struct column *column, size_t row, const struct cell *cell)
{
    char digits[PRYV_NUMBER_SIZE];

    switch (cell->kind) {
    case CELL_TEXT: column->texts[row] = cell_text(cell); return true;
    case CELL_NULL: column->texts[row] = PRYV_STR("null"); return true;
    case CELL_TRUE: column->texts[row] = PRYV_STR("true"); return true;
    case CELL_FALSE: column->texts[row] = PRYV_STR("false"); return true;
    case CELL_NUMBER:
        column->texts[row] = pryv_str_copy(mem, pryv_str_n(digits, pryv_number_format(digits, cell->number)));
        return true;
    case CELL_OTHER: break;
    }
    return false;
}

static bool take_bool(struct column *column, size_t row, const struct cell *cell)
{
    struct pryv_str text = cell->kind == CELL_TEXT ? cell_text(cell) : PRYV_STR_NONE;
    bool yes = cell->kind == CELL_TRUE || pryv_str_equal(text, "true");

    column->bools[row] = yes;
    return yes || cell->kind == CELL_FALSE || pryv_str_equal(text, "false");
}

static bool take(struct pryv_arena *mem, struct column *column, size_t row, const struct cell *cell)
{
    bool good = false;

    if (column->field->kind == PRYV_FIELD_NULL || (cell->kind == CELL_NULL && !column->field->required))
        return true; /* no value */
    if (column->field->kind == PRYV_FIELD_NUMBER)
        good = take_number(column, row, cell);
    else if (column->field->kind == PRYV_FIELD_TEXT)
        good = take_text(mem, column, row, cell);
    else if (column->field->kind == PRYV_FIELD_BOOL)
        good = take_bool(column, row, cell);
    column->present[row] = good;
    column->present_count += good;
    return good;
}

/* ---- Columns ------------------------------------------------------------------------------------ */

static void make_column(struct pryv_arena *mem, struct column *column, const struct pryv_series_field *field, size_t rows)
{
    *column = (struct column){ .field = field, .present = pryv_new_array(mem, bool, rows) };
    if (field->kind == PRYV_FIELD_NUMBER)
        column->numbers = pryv_new_array(mem, double, rows);
    else if (field->kind == PRYV_FIELD_TEXT)
        column->texts = pryv_new_array(mem, struct pryv_str, rows);
    else if (field->kind == PRYV_FIELD_BOOL)
        column->bools = pryv_new_array(mem, bool, rows);
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

void columns_reserve(struct columns *c, size_t rows)
{
    c->times = pryv_new_array(c->mem, int64_t, rows);
    for (size_t i = 0; i < c->width; i++)
        if (c->places[i] != DELTA_TIME)
            make_column(c->mem, &c->columns[i], &c->fields[c->places[i]], rows);
}

const struct pryv_series_field *columns_field(const struct columns *c, size_t column)
{
    return c->places[column] == DELTA_TIME ? NULL : &c->fields[c->places[column]];
}

bool columns_take(struct columns *c, size_t row, size_t column, const struct cell *cell)
{
    return c->places[column] == DELTA_TIME ? moment_of(cell, c->timestamps, c->event_time, &c->times[row])
                                           : take(c->mem, &c->columns[column], row, cell);
}

void columns_finish(const struct columns *c, size_t rows, struct pryv_series_points *out)
{
    struct pryv_series_column *list = pryv_new_array(c->mem, struct pryv_series_column, c->width);
    size_t kept = 0;

    for (size_t i = 0; i < c->width; i++)
        if (c->columns[i].present_count)
            list[kept++] = finished(&c->columns[i], rows);
    *out = (struct pryv_series_points){ .count = rows, .times = c->times, .column_count = kept, .columns = list };
}
