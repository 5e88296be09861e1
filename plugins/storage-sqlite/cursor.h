/* cursor.h - rows of events one at a time, whatever they come from. Constant memory: a cursor holds one row, and a bounded number of keys. */
#ifndef STORAGE_SQLITE_CURSOR_H
#define STORAGE_SQLITE_CURSOR_H

#include "event_row.h"

struct pryv_event_filter;
struct key_merge; /* key_merge.h */

/* One source of rows in order. */
struct row_source {
    sqlite3_stmt *statement; /* whose current row is the event's */
    struct key_merge *merge; /* gives the numbers that the statement fetches; NULL: the statement scans */
};

enum { CURSOR_SOURCES = 2 };

struct pryv_cursor {
    struct pryv_session *session;
    struct pryv_cursor *next; /* of the session's open ones */
    bool ended;
    struct row_source sources[CURSOR_SOURCES]; /* one after the other */
    size_t source_count, at;
    struct pryv_event_filter *filter; /* NULL: every row is wanted */
    uint64_t skip, limit;
    unsigned rows;
    struct pryv_arena *mem; /* what the query named */
};

struct pryv_cursor *cursor_new(struct pryv_session *session, uint64_t skip, uint64_t limit);
/* Takes over the statement and the merge; NULL for the statement is a failure, told in `err`. */
enum pryv_rc cursor_add(struct pryv_cursor *cursor, sqlite3_stmt *statement, struct key_merge *merge, const struct pryv_err *err);
/* Lets the statements go; the cursor can then only be closed. */
void cursor_end(struct pryv_cursor *cursor);

void sqlite_cursor_close(struct pryv_cursor *c);

#endif
