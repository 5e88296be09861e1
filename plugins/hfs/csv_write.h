/* csv_write.h - a table as CSV by RFC 4180: lines end with CR LF; a text is always in quotes, so that an empty one differs from no value.
 *
 * Memory   One buffer, of the arena's; it is handed to `sink` when it is full.
 * Errors   A failing sink makes it deaf: csv_failed tells.
 * Threads  One.
 */
#ifndef HFS_CSV_WRITE_H
#define HFS_CSV_WRITE_H

#include <pryv/arena.h>
#include <pryv/error.h>

/* Takes the bytes before it returns. May block. */
typedef enum pryv_rc (*csv_sink)(void *context, struct pryv_str bytes);

struct csv;

struct csv *csv_new(struct pryv_arena *mem, size_t buffer_size, csv_sink sink, void *context);

/* The cells of a line, one after the other. */
void csv_name(struct csv *csv, struct pryv_str name); /* in quotes where it needs them */
void csv_text(struct csv *csv, struct pryv_str text);
void csv_number(struct csv *csv, double number); /* digits that read back the same (pryv/json.h) */
void csv_bool(struct csv *csv, bool value);      /* true, false */
void csv_nothing(struct csv *csv);               /* no value: an empty cell */
void csv_end_line(struct csv *csv);

enum pryv_rc csv_failed(const struct csv *csv); /* PRYV_OK while all is well */
/* What the sink was not given yet, and whether it was given anything. */
struct pryv_str csv_rest(const struct csv *csv, bool *begun);

#endif
