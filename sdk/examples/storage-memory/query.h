/* query.h - cursors over a table of events. */
#ifndef QUERY_H
#define QUERY_H

#include "space.h"
#include <pryv/event_filter.h>

struct pryv_cursor {
    struct pryv_arena *mem; /* where the cursor and its filter live */
    struct pryv_session *session;
    struct map *map; /* as it was when the cursor began: writes do not disturb it */
    struct map_walk walk;
    struct pryv_event_filter *filter;
    uint64_t skip, limit; /* counted down */
    double deleted_since; /* absent: whatever `deleted` is */
};

/* Over the events whose keys begin with `prefix`, in the order of keys, those that match the query. */
enum pryv_rc cursor_open(struct pryv_session *s, struct pryv_str prefix, const struct pryv_event_query *query,
                         struct pryv_cursor **out, struct pryv_err *err);
int cursor_next(struct pryv_cursor *c, struct pryv_event *event, struct pryv_err *err);
void cursor_close(struct pryv_cursor *c);

#endif
