/* event_history.c - versions of events, and what remains of deleted ones. */
#include "cursor.h"
#include "engine.h"

static struct pryv_cursor *one_statement(struct pryv_session *s, const char *sql, uint64_t limit, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_read(s, sql, err);
    struct pryv_cursor *cursor;

    if (!statement)
        return NULL;
    cursor = cursor_new(s, 0, limit);
    (void) !cursor_add(cursor, statement, NULL, err);
    return cursor;
}

static enum pryv_rc event_versions(struct pryv_session *s, struct pryv_str head_id, struct pryv_cursor **out,
                                   struct pryv_err *err)
{
    struct pryv_cursor *cursor = one_statement(
        s, "SELECT " EVENT_COLUMNS " FROM events AS e WHERE head_id = ?1 ORDER BY modified, number", UINT64_MAX, err);

    if (!cursor)
        return err->rc;
    bind_text(cursor->sources[0].statement, 1, pryv_str_copy(cursor->mem, head_id));
    *out = cursor;
    return PRYV_OK;
}

static enum pryv_rc event_deletions(struct pryv_session *s, double since, bool ascending, uint64_t skip, uint64_t limit,
                                    struct pryv_cursor **out, struct pryv_err *err)
{
#define DELETIONS(order)                                                                                                 \
    "SELECT " EVENT_COLUMNS " FROM events AS e INDEXED BY events_deleted WHERE deleted IS NOT NULL AND head_id IS NULL " \
    "AND deleted > ?1 ORDER BY deleted " order ", id " order " LIMIT ?2 OFFSET ?3"
    struct pryv_cursor *cursor = one_statement(s, ascending ? DELETIONS("ASC") : DELETIONS("DESC"), UINT64_MAX, err);
#undef DELETIONS

    if (!cursor)
        return err->rc;
    bind_number(cursor->sources[0].statement, 1, pryv_present(since) ? since : (double) -INFINITY);
    bind_count(cursor->sources[0].statement, 2, limit);
    sqlite3_bind_int64(cursor->sources[0].statement, 3, skip > INT64_MAX ? INT64_MAX : (sqlite3_int64) skip);
    *out = cursor;
    return PRYV_OK;
}

static enum pryv_rc change_versions(struct pryv_session *s, const char *sql, struct pryv_str head_id, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_write(s, sql, err);

    if (statement)
        bind_text(statement, 1, head_id);
    return session_run(s, statement, NULL, NULL, err);
}

static enum pryv_rc event_versions_delete(struct pryv_session *s, struct pryv_str head_id, struct pryv_err *err)
{
    return change_versions(s, "DELETE FROM events WHERE head_id = ?1", head_id, err);
}

static enum pryv_rc event_versions_reduce(struct pryv_session *s, struct pryv_str head_id, struct pryv_err *err)
{
    return change_versions(
        s,
        "UPDATE events SET stream_ids_json = NULL, time = NULL, duration = NULL, running = 0, type = NULL, "
        "content_json = NULL, description = NULL, client_data_json = NULL, attachments_json = NULL, trashed = 0, "
        "deleted = NULL, integrity = NULL, created = NULL, created_by = NULL WHERE head_id = ?1",
        head_id, err);
}

static enum pryv_rc deletions_purge(struct pryv_session *s, double before, uint64_t *purged, struct pryv_err *err)
{
    static const char *const statements[] = {
        "DELETE FROM events WHERE head_id IN (SELECT id FROM events INDEXED BY events_deleted "
        "WHERE deleted IS NOT NULL AND head_id IS NULL AND deleted < ?1)",
        "DELETE FROM events WHERE deleted IS NOT NULL AND head_id IS NULL AND deleted < ?1",
        "DELETE FROM stream_deletions WHERE deleted < ?1",
    };
    uint64_t total = 0;
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < PRYV_COUNT(statements); i++) {
        sqlite3_stmt *statement = session_write(s, statements[i], err);
        uint64_t changed = 0;

        if (statement)
            bind_number(statement, 1, before);
        rc = session_run(s, statement, NULL, &changed, err);
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
