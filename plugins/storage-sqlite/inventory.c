/* inventory.c - names of what there is, for who does not know what to ask for. */
#include "engine.h"
#include <pryv/rows.h>

/* `sql` answers names in order; ?1 is where to begin, ?2 how many. */
static enum pryv_rc list_names(struct pryv_session *s, const char *sql, struct pryv_arena *mem, struct pryv_str after,
                               size_t limit, struct pryv_str **out, size_t *count, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_read(s, sql, err);
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_str);
    int more;

    if (statement) {
        bind_text(statement, 1, after);
        bind_count(statement, 2, limit);
    }
    while ((more = session_step(s, statement, err)) > 0)
        *(struct pryv_str *) pryv_rows_add(&rows) = column_copy(mem, statement, 0);
    session_done(s, statement);
    if (more < 0)
        return (enum pryv_rc) more;
    *out = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

#define NAMES(column, table)                                                                                                 \
    "SELECT DISTINCT " column " FROM " table " WHERE " column " >= ifnull(?1, '') AND " column " IS NOT ?1 ORDER BY " column \
    " LIMIT ?2"

static enum pryv_rc versioned_events(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str after, size_t limit,
                                     struct pryv_str **ids, size_t *count, struct pryv_err *err)
{
    return list_names(s, NAMES("head_id", "events INDEXED BY events_versions"), mem, after, limit, ids, count, err);
}

static enum pryv_rc series_events(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str after, size_t limit,
                                  struct pryv_str **ids, size_t *count, struct pryv_err *err)
{
    return list_names(s, NAMES("event_id", "series_chunks INDEXED BY series_chunks_event"), mem, after, limit, ids, count, err);
}

static enum pryv_rc value_scopes(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str after, size_t limit,
                                 struct pryv_str **scopes, size_t *count, struct pryv_err *err)
{
    return list_names(s, NAMES("scope", "key_values"), mem, after, limit, scopes, count, err);
}

void inventory_offer(struct pryv_storage_ops *ops)
{
    ops->versioned_events = versioned_events;
    ops->value_scopes = value_scopes;
    ops->series_events = series_events;
}
