/* inventory.c - names of what there is, for who does not know what to ask for. */
#include "engine.h"
#include <pryv/rows.h>

/* $1 is the user, $2 where to begin, $3 how many. */
#define NAMES(column, table)                                                                                                 \
    "SELECT DISTINCT " column " FROM " table " WHERE user_number = $1 AND " column " >= coalesce($2::bytea, '') AND " column \
    " IS DISTINCT FROM $2 ORDER BY " column " LIMIT $3"

static enum pryv_rc list_names(struct pryv_session *s, const char *sql, struct pryv_arena *mem, struct pryv_str after,
                               size_t limit, struct pryv_str **out, size_t *count, struct pryv_err *err)
{
    struct call call = { .sql = sql };
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_str);
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_integer(&call, s->user);
    call_text(&call, after);
    call_count(&call, limit);
    if ((rc = session_read(s, &call, 1, &answer, err)) != PRYV_OK)
        return rc;
    for (int i = 0; i < PQntuples(answer); i++)
        *(struct pryv_str *) pryv_rows_add(&rows) = answer_copy(mem, answer, i, 0);
    PQclear(answer);
    *out = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

static enum pryv_rc versioned_events(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str after, size_t limit,
                                     struct pryv_str **ids, size_t *count, struct pryv_err *err)
{
    return list_names(s, NAMES("head_id", "events"), mem, after, limit, ids, count, err);
}

static enum pryv_rc series_events(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str after, size_t limit,
                                  struct pryv_str **ids, size_t *count, struct pryv_err *err)
{
    return list_names(s, NAMES("event_id", "series_chunks"), mem, after, limit, ids, count, err);
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
