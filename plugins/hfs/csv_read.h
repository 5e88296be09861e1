/* csv_read.h - points of a series from CSV (RFC 4180), made while it comes; what its cells mean is known when the fields are.
 *
 * The first line names the fields. Lines end with CR LF or LF, the last one need not; a byte order mark is passed over. A cell that is empty and not in quotes is no
 * value; else its text counts, in quotes or not: for a number as JSON writes it, and as texts of flatJSON are taken (columns.h); a field of texts takes it
 * as it is.
 * Memory   All lives in `mem`. Threads: one at a time.
 */
#ifndef HFS_CSV_READ_H
#define HFS_CSV_READ_H

#include <pryv/series.h>
#include <pryv/series_events.h>

struct csv_table;

struct csv_table *csv_table_new(struct pryv_arena *mem);
/* The next piece, cut anywhere. What is wrong is told when the points are asked for. */
void csv_table_take(struct csv_table *table, struct pryv_str piece);
/* Once, after the last piece. */
void csv_table_end(struct csv_table *table);
/* As fields_read (fields.h). Errors: PRYV_REFUSED 400 invalid-request-structure, which tells the line. */
PRYV_CHECK enum pryv_rc csv_table_points(const struct csv_table *table, struct pryv_arena *mem,
                                         const struct pryv_series_field *fields, size_t field_count, double event_time,
                                         struct pryv_series_points *out, struct pryv_err *err);

#endif
