/* csv_read.c - see csv_read.h. */
#include "csv_read.h"
#include "columns.h"
#include "json_text.h"

struct csv_cell {
    struct pryv_str text; /* without its quotes */
    bool quoted, last;    /* last: of its line */
};

struct reader {
    struct pryv_arena *mem;
    const char *start, *at, *end;
    const char *line;  /* where the line at hand begins */
    const char *fault; /* NULL: none */
};

/* ---- Faults ----------------------------------------------------------------------------------------- */

/* A line of the text as an editor counts them, not of the table: a cell in quotes may have several. */
static size_t line_number(const struct reader *r)
{
    size_t number = 1;

    for (const char *at = r->start; at < r->line && (at = memchr(at, '\n', (size_t) (r->line - at))); at++)
        number++;
    return number;
}

static enum pryv_rc refuse(const struct reader *r, struct pryv_err *err, const char *why)
{
    return pryv_refuse(err, 400, "invalid-request-structure", NULL, "Line %zu: %s", line_number(r), why);
}

static enum pryv_rc refuse_value(const struct reader *r, const struct pryv_series_field *field, struct pryv_err *err)
{
    struct pryv_str name = field ? field->name : PRYV_STR("deltaTime");

    return refuse(r, err, pryv_format(r->mem, "the value of \"%.*s\" does not fit the field.", PRYV_STR_ARG(name)).data);
}

/* ---- Cells ------------------------------------------------------------------------------------------ */

static bool fail(struct reader *r, const char *why)
{
    r->fault = why;
    return false;
}

/* What may follow a cell: a comma, the end of the line, the end of all. */
static bool end_cell(struct reader *r, struct csv_cell *cell)
{
    cell->last = r->at == r->end || *r->at != ',';
    if (r->at == r->end)
        return true;
    if (*r->at == '\r' && r->end - r->at > 1 && r->at[1] == '\n')
        r->at++;
    else if (*r->at != ',' && *r->at != '\n')
        return fail(r, *r->at == '\r' ? "a CR is not followed by LF." : "something follows a closing quote.");
    r->at++;
    return true;
}

static bool is_utf8(struct pryv_str text)
{
    for (size_t i = 0, len; i < text.len; i += len) {
        len = (unsigned char) text.data[i] < 0x80 ? 1 : json_text_utf8((const unsigned char *) text.data + i, text.len - i);
        if (len == 0)
            return false;
    }
    return true;
}

static struct pryv_str without_doubled_quotes(struct reader *r, const char *from, const char *to)
{
    char *text = pryv_alloc(r->mem, (size_t) (to - from)), *out = text;

    while (from < to) {
        *out++ = *from;
        from += *from == '"' ? 2 : 1;
    }
    return pryv_str_n(text, (size_t) (out - text));
}

static bool read_quoted(struct reader *r, struct csv_cell *cell)
{
    const char *from = ++r->at, *quote;
    bool doubled = false;

    for (;;) {
        quote = r->at < r->end ? memchr(r->at, '"', (size_t) (r->end - r->at)) : NULL;
        if (!quote)
            return fail(r, "a quote is not closed.");
        r->at = quote + 1;
        if (r->at == r->end || *r->at != '"')
            break;
        doubled = true;
        r->at++;
    }
    cell->quoted = true;
    cell->text = doubled ? without_doubled_quotes(r, from, quote) : pryv_str_n(from, (size_t) (quote - from));
    return true;
}

static bool read_plain(struct reader *r, struct csv_cell *cell)
{
    const char *from = r->at;

    while (r->at < r->end && *r->at != ',' && *r->at != '\n' && *r->at != '\r')
        if (*r->at++ == '"')
            return fail(r, "a quote is inside a cell that is not in quotes.");
    cell->quoted = false;
    cell->text = pryv_str_n(from, (size_t) (r->at - from));
    return true;
}

static bool read_cell(struct reader *r, struct csv_cell *cell)
{
    bool good = r->at < r->end && *r->at == '"' ? read_quoted(r, cell) : read_plain(r, cell);

    return good && (is_utf8(cell->text) || fail(r, "a cell is not UTF-8.")) && end_cell(r, cell);
}

/* ---- Values ----------------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* As JSON writes it; beyond the range of doubles it is none. */
static bool read_number(struct reader *r, struct pryv_str text, struct cell *out)
{
    struct json_text t;

    if (text.len == 0 || (text.data[0] != '-' && !is_digit(text.data[0])) || !is_digit(text.data[text.len - 1]))
        return false;
    json_text_open(&t, r->mem, text, 1);
    json_text_value(&t, out);
    return json_text_is_over(&t) && out->kind == CELL_NUMBER;
}

/* What the cell would be in flatJSON. False: nothing that the field takes. */
static bool cell_of(struct reader *r, const struct csv_cell *from, const struct pryv_series_field *field, struct cell *out)
{
    bool empty = from->text.len == 0 && !from->quoted;

    *out = (struct cell){ .kind = CELL_NULL };
    if (field && (empty || field->kind == PRYV_FIELD_NULL))
        return !field->required || field->kind == PRYV_FIELD_NULL;
    if ((!field || field->kind == PRYV_FIELD_NUMBER) && read_number(r, from->text, out))
        return true;
    *out = (struct cell){ .kind = CELL_TEXT, .len = (uint32_t) from->text.len, .text = from->text.data };
    return field != NULL;
}

/* ---- Lines ------------------------------------------------------------------------------------------ */

/* The names of the first line; of more than there can be only one too many, which is enough to find the fault. */
static enum pryv_rc read_names(struct reader *r, size_t most, struct pryv_str **out, size_t *count, struct pryv_err *err)
{
    struct csv_cell cell = { .last = false };

    *out = pryv_new_array(r->mem, struct pryv_str, most + 1);
    for (*count = 0; !cell.last && *count <= most; (*count)++) {
        if (!read_cell(r, &cell))
            return refuse(r, err, r->fault);
        (*out)[*count] = cell.text;
    }
    return PRYV_OK;
}

static enum pryv_rc read_row(struct reader *r, struct columns *columns, size_t row, size_t width, struct pryv_err *err)
{
    struct csv_cell cell = { .last = false };

    for (size_t i = 0; i < width; i++) {
        const struct pryv_series_field *field = columns_field(columns, i);
        struct cell value;

        if (cell.last)
            return refuse(r, err, "there are fewer values than fields.");
        if (!read_cell(r, &cell))
            return refuse(r, err, r->fault);
        if (!cell_of(r, &cell, field, &value) || !columns_take(columns, row, i, &value))
            return refuse_value(r, field, err);
    }
    return cell.last ? PRYV_OK : refuse(r, err, "there are more values than fields.");
}

/* No more than there are line ends, and no more than fit: a row has a digit, and a comma or the end of the line after each cell. */
static size_t most_rows(const struct reader *r, size_t width)
{
    size_t left = (size_t) (r->end - r->at), lines = 1;

    for (const char *at = r->at; at < r->end && (at = memchr(at, '\n', (size_t) (r->end - at))); at++)
        lines++;
    return lines < left / (width + 1) + 1 ? lines : left / (width + 1) + 1;
}

static enum pryv_rc read_rows(struct reader *r, struct columns *columns, size_t width, struct pryv_series_points *out,
                              struct pryv_err *err)
{
    size_t rows = 0;
    enum pryv_rc rc = PRYV_OK;

    columns_reserve(columns, most_rows(r, width));
    for (; rc == PRYV_OK && r->at < r->end; rows++) {
        r->line = r->at;
        rc = read_row(r, columns, rows, width, err);
    }
    if (rc == PRYV_OK)
        columns_finish(columns, rows, out);
    return rc;
}

enum pryv_rc csv_read(struct pryv_arena *mem, struct pryv_str text, const struct pryv_series_field *fields, size_t field_count,
                      double event_time, struct pryv_series_points *out, struct pryv_err *err)
{
    struct reader r = { .mem = mem, .start = text.data, .at = text.data, .end = text.data + text.len };
    struct columns *columns;
    struct pryv_str *names;
    size_t width;
    enum pryv_rc rc;

    if (pryv_str_starts(text, "\xEF\xBB\xBF"))
        r.at += 3;
    r.line = r.at;
    if ((rc = read_names(&r, field_count + 1, &names, &width, err)) != PRYV_OK)
        return rc;
    rc = columns_new(mem, names, width, fields, field_count, event_time, &columns, err);
    if (rc != PRYV_OK)
        return refuse(&r, err, err->message);
    return read_rows(&r, columns, width, out, err);
}
