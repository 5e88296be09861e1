/* table.c - see table.h. */
#include "table.h"
#include "accept.h"

enum { PIECE_BYTES = 64 * 1024 };

static const char csv_type[] = "text/csv; charset=utf-8; header=present";

/* The first piece carries status and headers with it. */
static enum pryv_rc send_piece(void *request, struct pryv_str bytes)
{
    pryv_reply_status(request, 200);
    pryv_reply_header(request, "Content-Type", pryv_str(csv_type));
    return pryv_reply_write(request, bytes);
}

void table_begin(struct table *table, struct pryv_call *call, const char *format)
{
    *table = (struct table){ .call = call };
    pryv_reply_header_add(call->request, "Vary", PRYV_STR("Accept"));
    if (accept_prefers_csv(pryv_request_header(call->request, "accept"))) {
        pryv_reply_header(call->request, "Cache-Control", PRYV_STR("no-store"));
        table->csv = csv_new(call->arena, PIECE_BYTES, send_piece, call->request);
        return;
    }
    table->js = pryv_call_json(call);
    pryv_json_put_text(table->js, "format", format);
    pryv_json_key(table->js, "fields");
    pryv_json_array(table->js);
}

void table_name(struct table *table, struct pryv_str name)
{
    if (table->csv)
        csv_name(table->csv, name);
    else
        pryv_json_str(table->js, name);
}

void table_begin_lines(struct table *table)
{
    if (table->csv) {
        csv_end_line(table->csv);
        return;
    }
    pryv_json_array_end(table->js);
    pryv_json_key(table->js, "points");
    pryv_json_array(table->js);
}

void table_begin_line(struct table *table)
{
    if (table->js)
        pryv_json_array(table->js);
}

void table_number(struct table *table, double number)
{
    if (table->csv)
        csv_number(table->csv, number);
    else
        pryv_json_number(table->js, number);
}

void table_text(struct table *table, struct pryv_str text)
{
    if (table->csv)
        csv_text(table->csv, text);
    else
        pryv_json_str(table->js, text);
}

void table_bool(struct table *table, bool value)
{
    if (table->csv)
        csv_bool(table->csv, value);
    else
        pryv_json_bool(table->js, value);
}

void table_nothing(struct table *table)
{
    if (table->csv)
        csv_nothing(table->csv);
    else
        pryv_json_null(table->js);
}

void table_end_line(struct table *table)
{
    if (table->csv)
        csv_end_line(table->csv);
    else
        pryv_json_array_end(table->js);
}

enum pryv_rc table_failed(const struct table *table)
{
    return table->csv ? csv_failed(table->csv) : pryv_json_failed(table->js);
}

enum pryv_rc table_end(struct table *table)
{
    struct pryv_str rest;
    bool begun;

    if (table->js) {
        pryv_json_array_end(table->js);
        return pryv_json_failed(table->js);
    }
    rest = csv_rest(table->csv, &begun);
    if (csv_failed(table->csv) != PRYV_OK)
        return csv_failed(table->csv);
    return begun ? send_piece(table->call->request, rest) : pryv_reply_send(table->call->request, 200, csv_type, rest);
}
