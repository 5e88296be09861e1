/* events.c - writing events and audit records, with the links that lead from streams to them, and reading one. */
#include "engine.h"
#include "event_row.h"
#include <pryv/event_filter.h>
#include <stdlib.h>

/* The statements of one pair of tables. */
struct event_statements {
    const char *insert, *update, *find, *get, *link, *unlink;
};

#define EVENT_STATEMENTS(events, event_streams)                                                                             \
    {                                                                                                                       \
        .insert = "INSERT INTO " events " (id, head_id, stream_ids_json, time, duration, running, type, content_json, "     \
                  "description, client_data_json, attachments_json, trashed, deleted, integrity, created, created_by, "     \
                  "modified, modified_by) "                                                                                 \
                  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",               \
        .update =                                                                                                           \
            "UPDATE " events " SET head_id = ?2, stream_ids_json = ?3, time = ?4, duration = ?5, running = ?6, type = ?7, " \
            "content_json = ?8, description = ?9, client_data_json = ?10, attachments_json = ?11, trashed = ?12, "          \
            "deleted = ?13, integrity = ?14, created = ?15, created_by = ?16, modified = ?17, modified_by = ?18 "           \
            "WHERE id = ?1",                                                                                                \
        .find = "SELECT number, time, stream_ids_json, head_id IS NULL AND deleted IS NULL FROM " events " WHERE id = ?1",  \
        .get = "SELECT " EVENT_COLUMNS " FROM " events " AS e WHERE id = ?1 AND head_id IS NULL",                           \
        .link = "INSERT OR IGNORE INTO " event_streams " (stream_id, time, event_id, event) VALUES (?1, ?2, ?3, ?4)",       \
        .unlink = "DELETE FROM " event_streams " WHERE stream_id = ?1 AND time = ?2 AND event_id = ?3 AND ?4 IS NOT NULL",  \
    }

static const struct event_statements event_statements = EVENT_STATEMENTS("events", "event_streams");
static const struct event_statements audit_statements = EVENT_STATEMENTS("audit_events", "audit_streams");

static const struct unique_key event_keys[] = { { "events.id", "id" }, { NULL, NULL } }; /* audit_events.id too */

/* Runs `sql` for each stream of an event. */
static enum pryv_rc each_link(struct pryv_session *s, const char *sql, struct pryv_str stream_ids_json, double time,
                              struct pryv_str id, int64_t number, struct pryv_err *err)
{
    struct pryv_text_list streams = { stream_ids_json.data, stream_ids_json.data + stream_ids_json.len, NULL };
    struct pryv_str stream;
    enum pryv_rc rc = PRYV_OK;

    if (!stream_ids_json.data)
        return PRYV_OK;
    while (rc == PRYV_OK && pryv_text_list_next(&streams, &stream)) {
        sqlite3_stmt *statement = session_write(s, sql, err);

        if (statement) {
            bind_text(statement, 1, stream);
            sqlite3_bind_double(statement, 2, pryv_present(time) ? time : 0);
            bind_text(statement, 3, id);
            sqlite3_bind_int64(statement, 4, number);
        }
        rc = session_run(s, statement, NULL, NULL, err);
    }
    free(streams.decoded);
    return rc;
}

static enum pryv_rc insert(struct pryv_session *s, const struct event_statements *statements, const struct pryv_event *row,
                           struct pryv_err *err)
{
    sqlite3_stmt *statement = session_write(s, statements->insert, err);

    if (statement)
        event_row_bind(statement, row);

    enum pryv_rc rc = session_run(s, statement, event_keys, NULL, err);

    if (rc != PRYV_OK || !event_is_live(row))
        return rc;
    return each_link(s, statements->link, row->stream_ids_json, row->time, row->id,
                     sqlite3_last_insert_rowid(s->connection->handle), err);
}

static enum pryv_rc get(struct pryv_session *s, const char *sql, struct pryv_arena *mem, struct pryv_str id,
                        struct pryv_event *out, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_read(s, sql, err);

    if (statement)
        bind_text(statement, 1, id);

    int more = session_step(s, statement, err);

    if (more > 0) {
        event_row_read(statement, out);
        event_row_copy(mem, out);
    }
    session_done(s, statement);
    if (more == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "no event of this id");
    return more > 0 ? PRYV_OK : (enum pryv_rc) more;
}

/* Where the links of an event lead from. */
struct linked {
    int64_t number;
    double time;
    struct pryv_str stream_ids_json;
    bool live;
};

static enum pryv_rc find_linked(struct pryv_session *s, const char *sql, struct pryv_str id, struct linked *out,
                                struct pryv_err *err)
{
    sqlite3_stmt *statement = session_write(s, sql, err);

    if (statement)
        bind_text(statement, 1, id);

    int more = session_step(s, statement, err);

    if (more > 0)
        *out = (struct linked){ sqlite3_column_int64(statement, 0), column_number(statement, 1),
                                column_copy(err->arena, statement, 2), sqlite3_column_int(statement, 3) != 0 };
    session_done(s, statement);
    if (more == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "no event of this id");
    return more > 0 ? PRYV_OK : (enum pryv_rc) more;
}

static bool same_time(double a, double b)
{
    return a == b || (!pryv_present(a) && !pryv_present(b));
}

static bool same_links(const struct linked *before, const struct pryv_event *row)
{
    return before->live == event_is_live(row) &&
           (!before->live || (same_time(before->time, row->time) && pryv_str_is(before->stream_ids_json, row->stream_ids_json)));
}

/* ---- The interface's ------------------------------------------------------------------------- */

static enum pryv_rc event_insert(struct pryv_session *s, const struct pryv_event *row, struct pryv_err *err)
{
    return insert(s, &event_statements, row, err);
}

static enum pryv_rc event_update(struct pryv_session *s, const struct pryv_event *row, struct pryv_err *err)
{
    const struct event_statements *statements = &event_statements;
    struct linked before = { 0 };
    enum pryv_rc rc = find_linked(s, statements->find, row->id, &before, err);

    if (rc != PRYV_OK)
        return rc;

    bool same = same_links(&before, row);

    if (!same && before.live &&
        (rc = each_link(s, statements->unlink, before.stream_ids_json, before.time, row->id, 0, err)) != PRYV_OK)
        return rc;

    sqlite3_stmt *statement = session_write(s, statements->update, err);

    if (statement)
        event_row_bind(statement, row);
    rc = session_run(s, statement, event_keys, NULL, err);
    if (rc == PRYV_OK && !same && event_is_live(row))
        rc = each_link(s, statements->link, row->stream_ids_json, row->time, row->id, before.number, err);
    return rc;
}

static enum pryv_rc event_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_event *out,
                              struct pryv_err *err)
{
    return get(s, event_statements.get, mem, id, out, err);
}

static enum pryv_rc audit_insert(struct pryv_session *s, const struct pryv_event *row, struct pryv_err *err)
{
    return insert(s, &audit_statements, row, err);
}

static enum pryv_rc audit_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_event *out,
                              struct pryv_err *err)
{
    return get(s, audit_statements.get, mem, id, out, err);
}

void events_offer(struct pryv_storage_ops *ops)
{
    ops->event_insert = event_insert;
    ops->event_update = event_update;
    ops->event_get = event_get;
    ops->audit_insert = audit_insert;
    ops->audit_get = audit_get;
}
