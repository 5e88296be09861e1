/* cursor.h - rows of events one at a time, whatever they come from.
 *
 * The first rows of a source come by one prepared statement with a limit, for mostly no more is wanted. Whoever reads on gets the rest from the last row
 * on; by a cursor of the server where lists would be merged or counted again each time. Batches grow up to a size in bytes: memory is bounded however
 * many rows there are. Between two batches the session may do other things. */
#ifndef STORAGE_PG_CURSOR_H
#define STORAGE_PG_CURSOR_H

#include "event_row.h"
#include "session.h"
#include <pryv/event_filter.h>

/* What a source's statements take as parameters, see put_parameters. All begin with the user. */
enum source_form {
    SOURCE_PLAIN,        /* as simple; the first rows without any */
    SOURCE_SIMPLE,       /* position, end, and of the conditions the state */
    SOURCE_SIMPLE_NAMED, /* the same, and one stream or type */
    SOURCE_TIMED,        /* position, end, state, when events end, and whether running ones count */
    SOURCE_SCAN,         /* position, end, conditions */
    SOURCE_NAMED,        /* the same, and one stream or type */
    SOURCE_STREAMS,      /* the same, and several streams; the first rows with these and times alone */
    SOURCE_TYPES,        /* the same as a scan; the first rows with types, times and classes alone */
    SOURCE_DELETED,      /* position and end in times of deletion */
    SOURCE_VERSIONS,     /* the head's id */
};

struct source_statements {
    enum source_form form;
    const char *first; /* with LIMIT and OFFSET */
    const char *rest;  /* NULL: the same from another position */
};

/* How many of its rows the filter drops. DROPS_NONE: every row is wanted, and the server skips. DROPS_MOST: perhaps, and there are few. */
enum drops { DROPS_NONE, DROPS_HARDLY_ANY, DROPS_FEW, DROPS_MANY, DROPS_MOST };

enum source_state { SOURCE_NONE, SOURCE_NEW, SOURCE_READ_FIRST, SOURCE_READ_REST, SOURCE_ENDED };

struct row_source {
    const struct source_statements *statements; /* these and the names are the caller's until the cursor is closed */
    enum source_state state;
    double position; /* the row read last: time (or time of deletion) and id */
    struct pryv_str position_id;
    double end; /* the last time wanted */
    const struct pryv_str *names;
    size_t name_count;
    enum drops drops;
    uint64_t given;
    unsigned portal, batch;
};

/* Conditions that the server looks at, in the order of the parameters. */
struct row_conditions {
    enum pryv_event_state state;
    double ends_after, modified_since;
    bool with_running; /* whenever those that run began */
    const struct pryv_str *types, *classes;
    size_t type_count, class_count;
};

struct pryv_cursor {
    struct pryv_session *session;
    struct pryv_cursor *next; /* of the session's open ones */
    bool ended;
    struct row_source source; /* SOURCE_NONE: no rows */
    struct row_conditions conditions;
    struct pryv_event_filter *filter; /* NULL: every row is wanted */
    uint64_t skip, limit;
    PGresult *answer; /* the batch at hand */
    int row, rows;
    struct pryv_arena *mem; /* what the query named */
};

struct pryv_cursor *cursor_new(struct pryv_session *session, uint64_t skip, uint64_t limit);
/* Lets the batch go; the cursor can then only be closed. */
void cursor_end(struct pryv_cursor *cursor);

/* A position before all ids of a time, or behind them. */
#define BEFORE_ALL_IDS PRYV_STR("")
#define BEHIND_ALL_IDS PRYV_STR("\xff") /* in no UTF-8 */

/* event_query.c */
enum pryv_rc query_events(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
                          struct pryv_err *err);

/* Reads the first rows. `*too_many`: they are none, for the statement would have had to sort or merge too many. */
PRYV_CHECK enum pryv_rc cursor_begin(struct pryv_cursor *cursor, bool *too_many, struct pryv_err *err);
/* event_history.c: the same for a query of deletions. */
enum pryv_rc query_deletions(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
                             struct pryv_err *err);

/* For who asks for the first rows himself, where they are all that is wanted: the statement; its `sql` is NULL when there are none. Its answer is the
 * caller's, until the cursor is closed. False: too many. */
void cursor_first_call(struct pryv_cursor *cursor, struct call *call);
PRYV_CHECK bool cursor_take_first(struct pryv_cursor *cursor, PGresult *answer);

int pg_cursor_next(struct pryv_cursor *c, struct pryv_event *row, struct pryv_err *err);
void pg_cursor_close(struct pryv_cursor *c);

#endif
