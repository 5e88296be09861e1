/* csv_write.c - see csv_write.h. */
#include "csv_write.h"
#include <pryv/json.h>

struct csv {
    char *buffer;
    size_t size, used;
    csv_sink sink;
    void *context;
    bool begun;  /* the sink was called */
    bool inside; /* a line has cells */
    enum pryv_rc failed;
};

struct csv *csv_new(struct pryv_arena *mem, size_t buffer_size, csv_sink sink, void *context)
{
    struct csv *csv = pryv_new(mem, struct csv);

    *csv = (struct csv){ .buffer = pryv_alloc(mem, buffer_size), .size = buffer_size, .sink = sink, .context = context };
    return csv;
}

static void flush(struct csv *csv)
{
    csv->begun = true;
    if (csv->failed == PRYV_OK)
        csv->failed = csv->sink(csv->context, pryv_str_n(csv->buffer, csv->used));
    csv->used = 0;
}

static void put(struct csv *csv, const char *bytes, size_t len)
{
    while (len > csv->size - csv->used) {
        size_t part = csv->size - csv->used;

        memcpy(csv->buffer + csv->used, bytes, part);
        csv->used += part;
        bytes += part;
        len -= part;
        flush(csv);
    }
    memcpy(csv->buffer + csv->used, bytes, len);
    csv->used += len;
}

static void begin_cell(struct csv *csv)
{
    if (csv->inside)
        put(csv, ",", 1);
    csv->inside = true;
}

void csv_text(struct csv *csv, struct pryv_str text)
{
    begin_cell(csv);
    put(csv, "\"", 1);
    for (const char *quote; text.len && (quote = memchr(text.data, '"', text.len));) {
        size_t len = (size_t) (quote - text.data) + 1;

        put(csv, text.data, len);
        put(csv, "\"", 1);
        text = pryv_str_n(text.data + len, text.len - len);
    }
    if (text.len)
        put(csv, text.data, text.len);
    put(csv, "\"", 1);
}

static bool is_plain(struct pryv_str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (strchr("\",\r\n ", name.data[i])) /* a NUL too */
            return false;
    return name.len > 0;
}

void csv_name(struct csv *csv, struct pryv_str name)
{
    if (!is_plain(name)) {
        csv_text(csv, name);
        return;
    }
    begin_cell(csv);
    put(csv, name.data, name.len);
}

void csv_number(struct csv *csv, double number)
{
    char digits[PRYV_NUMBER_SIZE];
    size_t len = pryv_number_format(digits, number);

    begin_cell(csv);
    if (isfinite(number))
        put(csv, digits, len);
}

void csv_bool(struct csv *csv, bool value)
{
    begin_cell(csv);
    put(csv, value ? "true" : "false", value ? 4 : 5);
}

void csv_nothing(struct csv *csv)
{
    begin_cell(csv);
}

void csv_end_line(struct csv *csv)
{
    put(csv, "\r\n", 2);
    csv->inside = false;
}

enum pryv_rc csv_failed(const struct csv *csv)
{
    return csv->failed;
}

struct pryv_str csv_rest(const struct csv *csv, bool *begun)
{
    *begun = csv->begun;
    return pryv_str_n(csv->buffer, csv->used);
}
