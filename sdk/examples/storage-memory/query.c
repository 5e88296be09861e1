/* query.c - see query.h. A query is answered by looking at one event after the other; an engine for more than what fits in
 * memory reads those that pryv/event_plan.h tells. */
#include "query.h"

enum pryv_rc cursor_open(struct pryv_session *s, struct pryv_str prefix, const struct pryv_event_query *query,
                         struct pryv_cursor **out, struct pryv_err *err)
{
    MUST(session_reads(s, err));
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_cursor *c = pryv_new(mem, struct pryv_cursor);

    c->mem = mem;
    c->session = s;
    c->map = map_keep(s->map);
    c->walk = (struct map_walk){ .map = c->map, .prefix = pryv_str_copy(mem, prefix), .descending = !query->ascending };
    c->filter = pryv_event_filter_new(mem, query);
    c->skip = query->skip;
    c->limit = query->limit;
    c->deleted_since = PRYV_ABSENT;
    *out = c;
    return PRYV_OK;
}

static bool matches(const struct pryv_cursor *c, const struct pryv_event *event)
{
    return !(pryv_present(c->deleted_since) && event->deleted <= c->deleted_since) && pryv_event_filter_matches(c->filter, event);
}

/* The row's texts are the stored ones: the cursor's map keeps them. */
int cursor_next(struct pryv_cursor *c, struct pryv_event *event, struct pryv_err *err)
{
    enum pryv_rc rc = session_reads(c->session, err);
    const struct row *row;

    if (rc != PRYV_OK)
        return rc;
    while (c->limit > 0 && (row = map_step(&c->walk))) {
        if (!matches(c, &row->event))
            continue;
        if (c->skip > 0) {
            c->skip--;
            continue;
        }
        c->limit--;
        *event = row->event;
        return 1;
    }
    c->limit = 0;
    return 0;
}

void cursor_close(struct pryv_cursor *c)
{
    if (!c)
        return;
    map_release(c->map);
    pryv_event_filter_free(c->filter);
    pryv_arena_free(c->mem);
}
