/* cursor.h - rows of events one at a time, in order: what is committed, as the server gives it, and the session's own between it. Memory
 * depends on the driver's batches and on what the session wrote. */
#ifndef STORAGE_MONGO_CURSOR_H
#define STORAGE_MONGO_CURSOR_H

#include "session.h"
#include <pryv/event_filter.h>

/* By a number, then by a text. */
struct row_order {
    const char *number, *text; /* names of members */
    bool ascending;
};

enum { CURSOR_SOURCES = 2 };

struct pryv_cursor {
    struct pryv_session *session;
    struct pryv_cursor *next; /* of the session's open ones */
    bool ended;
    const struct kind *kind;
    struct row_order order;
    struct scan sources[CURSOR_SOURCES]; /* one after the other, the rows of the first before those of the second */
    size_t source_count, at;
    struct document committed; /* the next of them, when it was looked at */
    struct pryv_rows own;      /* struct document, in order */
    size_t own_at;
    struct pryv_event_filter *filter; /* NULL: every row is wanted */
    uint64_t skip, limit;
    struct pryv_arena *mem;
};

struct pryv_cursor *cursor_new(struct pryv_session *session, const struct kind *kind, struct row_order order, uint64_t skip,
                               uint64_t limit);
/* Committed rows of these conditions; `server_skip` and `server_limit` are the server's to keep (0: none). */
enum pryv_rc cursor_add(struct pryv_cursor *cursor, const bson_t *conditions, uint64_t server_skip, uint64_t server_limit,
                        struct pryv_err *err);
/* The session's own rows that are wanted. To be called once. */
void cursor_add_own(struct pryv_cursor *cursor, bool (*wanted)(struct document row, const void *context), const void *context);
/* Lets go what it holds; it can then only be closed. */
void cursor_end(struct pryv_cursor *cursor);

void mongo_cursor_close(struct pryv_cursor *c);

#endif
