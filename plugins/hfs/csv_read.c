/* csv_read.c - see csv_read.h. */
#include "csv_read.h"
#include "columns.h"
#include "json_string.h"
#include "number.h"
#include <stdlib.h>

enum { FIRST_ITEMS = 16, DECIMAL_MAX = 17 /* characters: sixteen digits and a point */ };

struct csv_cell {
    struct pryv_str text; /* without its quotes */
    bool quoted, last;    /* last: of its line */
};

/* Where a cell goes on behind the end of a piece. */
enum inside { AT_START, IN_PLAIN, IN_QUOTES, BEHIND_QUOTE, BEHIND_CR };

/* Rows from `row` on have a line each, beginning with `line`. */
struct lines {
    size_t row, line;
};

struct csv_table {
    struct pryv_arena *mem;
    const char *at, *end; /* what is being read: of a piece, or a cell that was cut, with its rest */
    bool whole;           /* nothing goes on behind `end` */
    char *cut;            /* the beginning of a cell at the end of a piece */
    size_t cut_len, cut_size;
    enum inside inside; /* it goes on here */
    char *unquoted;
    size_t unquoted_size;

    size_t mark;     /* bytes of a byte order mark that have been seen */
    bool marked;     /* it is known whether there is one */
    bool in_names;   /* the first line */
    bool begun;      /* there is something of the line at hand */
    size_t line;     /* that is being read, as an editor counts them: a cell in quotes may have several */
    size_t row_line; /* where the row at hand begins */

    struct pryv_str *names;
    size_t name_count, name_size;
    struct grid *grid;
    struct lines *lines;
    size_t line_count, line_size;
    const char *fault; /* NULL: none; it is at the next cell of the names or of the row at hand */
};

static const char byte_order_mark[] = "\xEF\xBB\xBF";

static void release(void *table_)
{
    struct csv_table *t = table_;

    free(t->cut);
    free(t->unquoted);
    free(t->names);
    free(t->lines);
}

struct csv_table *csv_table_new(struct pryv_arena *mem)
{
    struct csv_table *t = pryv_new(mem, struct csv_table);

    *t = (struct csv_table){ .mem = mem, .in_names = true, .line = 1, .grid = grid_new(mem) };
    pryv_defer(mem, release, t);
    return t;
}

/* `items` with room for `count`. */
static void *with_room(void *items, size_t count, size_t *size, size_t item_size)
{
    if (count <= *size)
        return items;
    *size = 2 * count > FIRST_ITEMS ? 2 * count : FIRST_ITEMS;
    items = realloc(items, *size * item_size);
    if (!items)
        abort();
    return items;
}

/* ---- Cells ------------------------------------------------------------------------------------------ */

enum taken { CELL_TAKEN, CELL_CUT, CELL_FAULT };

static enum taken fail(struct csv_table *t, const char *why)
{
    t->fault = why;
    return CELL_FAULT;
}

/* What may follow a cell: a comma, the end of the line, the end of all. */
static enum taken end_cell(struct csv_table *t, const char *at, struct csv_cell *cell)
{
    size_t left = (size_t) (t->end - at);

    if (!t->whole && (left == 0 || (left == 1 && *at == '\r')))
        return CELL_CUT;
    cell->last = left == 0 || *at != ',';
    if (left && *at == '\r' && left > 1 && at[1] == '\n')
        at++;
    else if (left && *at != ',' && *at != '\n')
        return fail(t, *at == '\r' ? "a CR is not followed by LF." : "something follows a closing quote.");
    t->at = at + (left > 0);
    return CELL_TAKEN;
}

static bool is_utf8(struct pryv_str text)
{
    for (size_t i = 0, len; i < text.len; i += len) {
        len = (unsigned char) text.data[i] < 0x80 ? 1 : json_string_utf8((const unsigned char *) text.data + i, text.len - i);
        if (len == 0)
            return false;
    }
    return true;
}

static struct pryv_str without_doubled_quotes(struct csv_table *t, const char *from, const char *to)
{
    char *out;

    t->unquoted = with_room(t->unquoted, (size_t) (to - from), &t->unquoted_size, 1);
    for (out = t->unquoted; from < to; from += *from == '"' ? 2 : 1)
        *out++ = *from;
    return pryv_str_n(t->unquoted, (size_t) (out - t->unquoted));
}

static enum taken read_quoted(struct csv_table *t, const char **at, struct csv_cell *cell)
{
    const char *from = ++*at, *quote;
    bool doubled = false;

    for (;;) {
        quote = *at < t->end ? memchr(*at, '"', (size_t) (t->end - *at)) : NULL;
        if (!quote)
            return t->whole ? fail(t, "a quote is not closed.") : CELL_CUT;
        *at = quote + 1;
        if (*at == t->end && !t->whole)
            return CELL_CUT;
        if (*at == t->end || **at != '"')
            break;
        doubled = true;
        ++*at;
    }
    cell->quoted = true;
    cell->text = doubled ? without_doubled_quotes(t, from, quote) : pryv_str_n(from, (size_t) (quote - from));
    return CELL_TAKEN;
}

static enum taken read_plain(struct csv_table *t, const char **at, struct csv_cell *cell)
{
    const char *from = *at;

    while (*at < t->end && **at != ',' && **at != '\n' && **at != '\r')
        if (*(*at)++ == '"')
            return fail(t, "a quote is inside a cell that is not in quotes.");
    if (*at == t->end && !t->whole)
        return CELL_CUT;
    cell->quoted = false;
    cell->text = pryv_str_n(from, (size_t) (*at - from));
    return CELL_TAKEN;
}

/* Its text is valid until the next one is read. */
static enum taken read_cell(struct csv_table *t, struct csv_cell *cell)
{
    const char *at = t->at;
    enum taken taken = at < t->end && *at == '"' ? read_quoted(t, &at, cell) : read_plain(t, &at, cell);

    if (taken != CELL_TAKEN)
        return taken;
    return is_utf8(cell->text) ? end_cell(t, at, cell) : fail(t, "a cell is not UTF-8.");
}

/* ---- What is cut -------------------------------------------------------------------------------- */

/* How much of `bytes` belongs to the cell that was cut, what ends it included; `*over`: it ends there, or there is something wrong with it. */
static size_t rest_of_cell(struct csv_table *t, struct pryv_str bytes, bool *over)
{
    size_t i = 0;

    *over = false;
    while (i < bytes.len && !*over) {
        char c = bytes.data[i++];

        if (t->inside == AT_START) {
            t->inside = c == '"' ? IN_QUOTES : IN_PLAIN;
            if (c == '"')
                continue;
        }
        switch (t->inside) {
        case AT_START:
        case IN_PLAIN:
            *over = c == ',' || c == '\n' || c == '"';
            if (c == '\r')
                t->inside = BEHIND_CR;
            break;
        case IN_QUOTES:
            if (c == '"')
                t->inside = BEHIND_QUOTE;
            break;
        case BEHIND_QUOTE:
            *over = c != '"' && c != '\r';
            t->inside = c == '\r' ? BEHIND_CR : IN_QUOTES;
            break;
        case BEHIND_CR: *over = true; break;
        }
    }
    return i;
}

static void keep_cut(struct csv_table *t, const char *bytes, size_t len)
{
    t->cut = with_room(t->cut, t->cut_len + len, &t->cut_size, 1);
    memcpy(t->cut + t->cut_len, bytes, len);
    t->cut_len += len;
}

static void cut(struct csv_table *t)
{
    bool over;
    size_t len = (size_t) (t->end - t->at);

    t->inside = AT_START;
    t->cut_len = 0;
    if (len) {
        (void) rest_of_cell(t, pryv_str_n(t->at, len), &over);
        keep_cut(t, t->at, len);
    }
    t->at = t->end;
}

/* ---- Values ----------------------------------------------------------------------------------------- */

/* -?(0|[1-9][0-9]*)(\.[0-9]+)? whose digits make less than 2^52: half a unit of the last of them is more than the nearest double is away. */
static bool is_decimal(struct pryv_str text, struct cell *out)
{
    const char *at = text.data, *end = at + text.len, *first, *point = NULL;
    bool negative = at < end && *at == '-';
    uint64_t digits = 0;

    first = at += negative;
    if (at == end || end - at > DECIMAL_MAX || (*at == '0' && end - at > 1 && at[1] != '.'))
        return false;
    for (; at < end; at++)
        if (*at >= '0' && *at <= '9')
            digits = digits * 10 + (uint64_t) (*at - '0');
        else if (*at == '.' && !point && at > first && at + 1 < end)
            point = at;
        else
            return false;
    if (digits >= (uint64_t) 1 << 52)
        return false;

    uint32_t fraction = point ? (uint32_t) (end - point) - 1 : 0;

    *out = (struct cell){ .kind = CELL_DECIMAL, .len = fraction, .number = number_of_digits(negative, digits, fraction) };
    return true;
}

static struct cell cell_of(const struct csv_cell *from)
{
    struct cell cell = { .kind = CELL_EMPTY };

    if ((from->text.len || from->quoted) && !is_decimal(from->text, &cell))
        cell = (struct cell){ .kind = CELL_PLAIN, .len = (uint32_t) from->text.len, .text = from->text.data };
    return cell;
}

/* ---- Lines ------------------------------------------------------------------------------------------ */

static void add_name(struct csv_table *t, struct pryv_str name)
{
    t->names = with_room(t->names, t->name_count + 1, &t->name_size, sizeof(*t->names));
    t->names[t->name_count++] = pryv_str_copy(t->mem, name);
}

static size_t line_of(const struct csv_table *t, size_t row)
{
    size_t i = t->line_count;

    while (i > 0 && t->lines[i - 1].row > row)
        i--;
    return i ? t->lines[i - 1].line + (row - t->lines[i - 1].row) : t->row_line;
}

/* Mostly a row has a line, so that little has to be noted. */
static void begin_row(struct csv_table *t)
{
    size_t row = t->grid->rows;

    t->row_line = t->line;
    if (t->line_count && line_of(t, row) == t->line)
        return;
    t->lines = with_room(t->lines, t->line_count + 1, &t->line_size, sizeof(*t->lines));
    t->lines[t->line_count++] = (struct lines){ row, t->line };
}

static void count_lines(struct csv_table *t, const struct csv_cell *cell)
{
    const char *end = cell->text.data + cell->text.len;

    for (const char *at = cell->text.data; cell->quoted && at < end && (at = memchr(at, '\n', (size_t) (end - at))); at++)
        t->line++;
    t->line += cell->last;
}

static void end_line(struct csv_table *t)
{
    if (!t->in_names)
        grid_end_row(t->grid);
    t->in_names = false;
    t->begun = false;
}

/* False: there are more or fewer than there are names. */
static bool add_cell(struct csv_table *t, const struct csv_cell *from)
{
    struct cell cell = cell_of(from);

    grid_put(t->grid, &cell);
    if (from->last ? t->grid->column < t->name_count : t->grid->column == t->name_count) {
        t->fault = from->last ? "there are fewer values than fields." : "there are more values than fields.";
        return false;
    }
    return true;
}

/* One cell of the line at hand. False: more is needed, or there is a fault. */
static bool take_cell(struct csv_table *t)
{
    struct csv_cell cell;

    /* A line begins where there is something of it; of the names there is one at least. */
    if (!t->begun && !t->in_names && t->at == t->end)
        return false;
    if (!t->begun && !t->in_names)
        begin_row(t);
    t->begun = true;
    switch (read_cell(t, &cell)) {
    case CELL_CUT: cut(t); return false;
    case CELL_FAULT: return false;
    case CELL_TAKEN: break;
    }
    count_lines(t, &cell);
    if (t->in_names)
        add_name(t, cell.text);
    else if (!add_cell(t, &cell))
        return false;
    if (cell.last)
        end_line(t);
    return true;
}

static void read_window(struct csv_table *t, struct pryv_str text, bool whole)
{
    t->at = text.data;
    t->end = text.data + text.len;
    t->whole = whole;
}

static void read_all(struct csv_table *t)
{
    while (!t->fault && take_cell(t))
        continue;
}

/* ---- Pieces ----------------------------------------------------------------------------------------- */

static void take_text(struct csv_table *t, struct pryv_str piece)
{
    bool over;
    size_t taken;

    if (t->fault)
        return;
    if (t->cut_len) {
        taken = rest_of_cell(t, piece, &over);
        keep_cut(t, piece.data, taken);
        piece = pryv_str_n(piece.data + taken, piece.len - taken);
        if (!over)
            return;
        read_window(t, pryv_str_n(t->cut, t->cut_len), true);
        (void) take_cell(t);
        t->cut_len = 0;
    }
    read_window(t, piece, false);
    read_all(t);
}

/* A byte order mark may come before all else; what only begins like one is text. */
static void end_mark(struct csv_table *t)
{
    size_t len = t->mark;

    if (t->marked)
        return;
    t->marked = true;
    if (len && len < sizeof(byte_order_mark) - 1)
        take_text(t, pryv_str_n(byte_order_mark, len));
}

void csv_table_take(struct csv_table *t, struct pryv_str piece)
{
    while (!t->marked && t->mark < sizeof(byte_order_mark) - 1 && piece.len && *piece.data == byte_order_mark[t->mark]) {
        t->mark++;
        piece = pryv_str_n(piece.data + 1, piece.len - 1);
    }
    if (piece.len == 0)
        return;
    end_mark(t);
    take_text(t, piece);
}

void csv_table_end(struct csv_table *t)
{
    end_mark(t);
    read_window(t, t->cut_len ? pryv_str_n(t->cut, t->cut_len) : PRYV_STR(""), true);
    read_all(t);
}

/* ---- Points ----------------------------------------------------------------------------------------- */

static enum pryv_rc refuse(size_t line, const char *why, struct pryv_err *err)
{
    return pryv_refuse(err, 400, "invalid-request-structure", NULL, "Line %zu: %s", line, why);
}

static enum pryv_rc refuse_value(struct pryv_arena *mem, size_t line, const struct pryv_series_field *field, struct pryv_err *err)
{
    struct pryv_str name = field ? field->name : PRYV_STR("deltaTime");

    return refuse(line, pryv_format(mem, "the value of \"%.*s\" does not fit the field.", PRYV_STR_ARG(name)).data, err);
}

enum pryv_rc csv_table_points(const struct csv_table *t, struct pryv_arena *mem, const struct pryv_series_field *fields,
                              size_t field_count, double event_time, struct pryv_series_points *out, struct pryv_err *err)
{
    size_t most = field_count + 2; /* one too many, with the moments: enough to find the fault */
    size_t width = t->name_count < most ? t->name_count : most, row, column;
    struct columns *columns;

    if (t->fault && t->in_names && t->name_count < most)
        return refuse(1, t->fault, err);
    if (columns_new(mem, t->names, width, fields, field_count, event_time, &columns, err) != PRYV_OK)
        return refuse(1, err->message, err);
    if (!columns_take(columns, t->grid, t->grid->column, &row, &column))
        return refuse_value(mem, line_of(t, row), columns_field(columns, column), err);
    if (t->fault)
        return refuse(t->row_line, t->fault, err);
    columns_finish(columns, out);
    return PRYV_OK;
}
