/* event_history.c - versions of events, and what remains of deleted ones. */
#include "cursor.h"
#include "engine.h"

static enum pryv_rc event_versions(struct pryv_session *s, struct pryv_str head_id, struct pryv_cursor **out,
                                   struct pryv_err *err)
{
#define VERSIONS \
    "SELECT " EVENT_COLUMNS " FROM events AS e WHERE e.user_number = $1 AND e.head_id = $2 ORDER BY e.modified, e.number"
    static const struct source_statements statements = { SOURCE_VERSIONS, VERSIONS " LIMIT $3 OFFSET $4", VERSIONS " OFFSET $3" };
#undef VERSIONS
    struct pryv_cursor *cursor;
    struct pryv_str *head;

    if (!s->connection)
        return pryv_fail(err, PRYV_FAILED, "the session is over");
    cursor = cursor_new(s, 0, UINT64_MAX);
    head = pryv_new(cursor->mem, struct pryv_str);
    *head = pryv_str_copy(cursor->mem, head_id);
    cursor->source = (struct row_source){ .statements = &statements, .state = SOURCE_NEW, .names = head, .name_count = 1 };
    *out = cursor;
    return PRYV_OK;
}

#define DELETIONS(beyond, until, order)                                                                                   \
    "SELECT " EVENT_COLUMNS " FROM events AS e WHERE e.user_number = $1 AND e.deleted IS NOT NULL AND e.head_id IS NULL " \
    "AND (e.deleted, e.id) " beyond " ($2, $3) AND e.deleted " until " $4 ORDER BY e.deleted " order ", e.id " order
#define BOTH(beyond, until, order)                                                  \
    {                                                                               \
        SOURCE_DELETED, DELETIONS(beyond, until, order) " LIMIT $5 OFFSET $6", NULL \
    }

enum pryv_rc query_deletions(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
                             struct pryv_err *err)
{
    static const struct source_statements up = BOTH(">", "<=", "ASC"), down = BOTH("<", ">", "DESC");
    double after = pryv_present(query->modified_since) ? query->modified_since : (double) -INFINITY;
    struct row_source source = { .statements = query->ascending ? &up : &down,
                                 .state = query->limit ? SOURCE_NEW : SOURCE_NONE,
                                 .position = query->ascending ? after : (double) INFINITY,
                                 .position_id = BEHIND_ALL_IDS,
                                 .end = query->ascending ? (double) INFINITY : after };

    if (!session_is_open(s))
        return pryv_fail(err, PRYV_FAILED, "the session is over");
    *out = cursor_new(s, query->skip, query->limit);
    (*out)->source = source;
    return PRYV_OK;
}

static enum pryv_rc event_deletions(struct pryv_session *s, double since, bool ascending, uint64_t skip, uint64_t limit,
                                    struct pryv_cursor **out, struct pryv_err *err)
{
    const struct pryv_event_query query = { .modified_since = since, .ascending = ascending, .skip = skip, .limit = limit };

    return query_deletions(s, &query, out, err);
}

static enum pryv_rc change_versions(struct pryv_session *s, const char *sql, struct pryv_str head_id, struct pryv_err *err)
{
    struct call call = { .sql = sql };

    call_integer(&call, s->user);
    call_text(&call, head_id);
    return session_write(s, &call, 1, NULL, err);
}

static enum pryv_rc event_versions_delete(struct pryv_session *s, struct pryv_str head_id, struct pryv_err *err)
{
    return change_versions(s, "DELETE FROM events WHERE user_number = $1 AND head_id = $2", head_id, err);
}

static enum pryv_rc event_versions_reduce(struct pryv_session *s, struct pryv_str head_id, struct pryv_err *err)
{
    return change_versions(
        s,
        "UPDATE events SET stream_ids_json = NULL, time = NULL, duration = NULL, running = false, type = NULL, "
        "content_json = NULL, description = NULL, client_data_json = NULL, attachments_json = NULL, trashed = false, "
        "deleted = NULL, integrity = NULL, created = NULL, created_by = NULL WHERE user_number = $1 AND head_id = $2",
        head_id, err);
}

static enum pryv_rc deletions_purge(struct pryv_session *s, double before, uint64_t *purged, struct pryv_err *err)
{
    static const char *const statements[] = {
        "DELETE FROM events WHERE user_number = $1 AND head_id IN (SELECT id FROM events "
        "WHERE user_number = $1 AND deleted IS NOT NULL AND head_id IS NULL AND deleted < $2)",
        "DELETE FROM events WHERE user_number = $1 AND deleted IS NOT NULL AND head_id IS NULL AND deleted < $2",
        "DELETE FROM stream_deletions WHERE user_number = $1 AND deleted < $2",
    };
    uint64_t total = 0;
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < PRYV_COUNT(statements); i++) {
        struct call call = { .sql = statements[i] };
        uint64_t changed = 0;

        call_integer(&call, s->user);
        call_number(&call, before);
        rc = session_write(s, &call, 1, &changed, err);
        total += changed;
    }
    if (rc == PRYV_OK)
        *purged = total;
    return rc;
}

void event_history_offer(struct pryv_storage_ops *ops)
{
    ops->event_versions = event_versions;
    ops->event_versions_delete = event_versions_delete;
    ops->event_versions_reduce = event_versions_reduce;
    ops->event_deletions = event_deletions;
    ops->deletions_purge = deletions_purge;
}
