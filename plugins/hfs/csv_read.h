/* csv_read.h - points of a series from CSV (RFC 4180), cell by cell straight into columns.
 *
 * The first line names the fields. Lines end with CR LF or LF, the last one need not; a byte order mark is passed over. A cell that is empty and not in quotes is no
 * value; else its text counts, in quotes or not: for a number as JSON writes it, and as texts of flatJSON are taken (columns.h); a field of texts takes it
 * as it is.
 * Memory   All lives in `mem`; texts may point into `text`. Threads: any.
 */
#ifndef HFS_CSV_READ_H
#define HFS_CSV_READ_H

#include <pryv/series.h>
#include <pryv/series_events.h>

/* As fields_read (fields.h). Errors: PRYV_REFUSED 400 invalid-request-structure, which tells the line. */
PRYV_CHECK enum pryv_rc csv_read(struct pryv_arena *mem, struct pryv_str text, const struct pryv_series_field *fields,
                                 size_t field_count, double event_time, struct pryv_series_points *out, struct pryv_err *err);

#endif
