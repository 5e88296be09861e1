/* table.h - the answer to a read as lines of cells: as `fields` and `points` of JSON, or as CSV, whichever the client takes.
 *
 * Threads   Executor, inside a handler.
 */
#ifndef HFS_TABLE_H
#define HFS_TABLE_H

#include "csv_write.h"
#include <pryv/method.h>

struct table {
    struct pryv_call *call;
    struct pryv_json *js; /* one of the two */
    struct csv *csv;
};

/* In the format that the request's Accept prefers; `format` is what JSON calls it. Then the names, and table_begin_lines. */
void table_begin(struct table *table, struct pryv_call *call, const char *format);
void table_name(struct table *table, struct pryv_str name);
void table_begin_lines(struct table *table);

void table_begin_line(struct table *table);
void table_number(struct table *table, double number);
void table_text(struct table *table, struct pryv_str text);
void table_bool(struct table *table, bool value);
void table_nothing(struct table *table);
void table_end_line(struct table *table);

enum pryv_rc table_failed(const struct table *table); /* PRYV_OK while all is well */
/* Errors: PRYV_GONE. */
PRYV_CHECK enum pryv_rc table_end(struct table *table);

#endif
