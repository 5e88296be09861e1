/* streams.c - live streams, and what remains of deleted ones. */
#include "engine.h"
#include "stream_newest.h"
#include <pryv/rows.h>

#define STREAM_COLUMNS "id, name, parent_id, client_data_json, trashed, created, created_by, modified, modified_by"

static const struct unique_key keys[] = { { "streams.id", "id" }, { "streams_name", "name" }, { NULL, NULL } };

static void bind_stream(sqlite3_stmt *statement, const struct pryv_stream *row)
{
    bind_text(statement, 1, row->id);
    bind_text(statement, 2, row->name);
    bind_text(statement, 3, row->parent_id);
    bind_text(statement, 4, row->client_data_json);
    sqlite3_bind_int(statement, 5, row->trashed);
    bind_number(statement, 6, row->created);
    bind_text(statement, 7, row->created_by);
    bind_number(statement, 8, row->modified);
    bind_text(statement, 9, row->modified_by);
}

static struct pryv_stream read_stream(struct pryv_arena *mem, sqlite3_stmt *statement)
{
    return (struct pryv_stream){
        .id = column_copy(mem, statement, 0),
        .name = column_copy(mem, statement, 1),
        .parent_id = column_copy(mem, statement, 2),
        .client_data_json = column_copy(mem, statement, 3),
        .trashed = sqlite3_column_int(statement, 4) != 0,
        .created = column_number(statement, 5),
        .created_by = column_copy(mem, statement, 6),
        .modified = column_number(statement, 7),
        .modified_by = column_copy(mem, statement, 8),
    };
}

/* Runs what is about one stream. */
static enum pryv_rc run_on(struct pryv_session *s, const char *sql, struct pryv_str id, uint64_t *changed, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_write(s, sql, err);

    if (statement)
        bind_text(statement, 1, id);
    return session_run(s, statement, NULL, changed, err);
}

/* One more stream; or all of them, when this is the one that makes them many. */
static enum pryv_rc keep_newest(struct pryv_session *s, struct pryv_str id, struct pryv_err *err)
{
    uint64_t kept = 0;
    enum pryv_rc rc = run_on(s, KEEP_NEWEST "id = ?1 AND EXISTS (SELECT 1 FROM stream_newest)", id, &kept, err);

    if (rc != PRYV_OK || kept)
        return rc;
    return session_run(s, session_write(s, KEEP_NEWEST "NOT EXISTS (SELECT 1 FROM stream_newest) AND " MANY_STREAMS, err), NULL,
                       NULL, err);
}

static enum pryv_rc stream_insert(struct pryv_session *s, const struct pryv_stream *row, struct pryv_err *err)
{
    sqlite3_stmt *statement =
        session_write(s, "INSERT INTO streams (" STREAM_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", err);

    if (statement)
        bind_stream(statement, row);

    enum pryv_rc rc = session_run(s, statement, keys, NULL, err);

    if (rc == PRYV_OK)
        rc = run_on(s, "DELETE FROM stream_deletions WHERE id = ?1", row->id, NULL, err);
    return rc == PRYV_OK ? keep_newest(s, row->id, err) : rc;
}

static enum pryv_rc stream_update(struct pryv_session *s, const struct pryv_stream *row, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_write(
        s,
        "UPDATE streams SET name = ?2, parent_id = ?3, client_data_json = ?4, trashed = ?5, created = ?6, created_by = ?7, "
        "modified = ?8, modified_by = ?9 WHERE id = ?1",
        err);
    uint64_t changed = 0;

    if (statement)
        bind_stream(statement, row);

    enum pryv_rc rc = session_run(s, statement, keys, &changed, err);

    return rc == PRYV_OK && changed == 0 ? pryv_fail(err, PRYV_NOT_FOUND, "no stream of this id") : rc;
}

static enum pryv_rc stream_delete(struct pryv_session *s, struct pryv_str id, double deleted, struct pryv_err *err)
{
    sqlite3_stmt *statement;
    uint64_t changed = 0;
    enum pryv_rc rc = run_on(s, "DELETE FROM streams WHERE id = ?1", id, &changed, err);

    if (rc == PRYV_OK && changed == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "no stream of this id");
    if (rc == PRYV_OK)
        rc = run_on(s, "DELETE FROM stream_newest WHERE stream_id = ?1", id, NULL, err);
    if (rc != PRYV_OK)
        return rc;
    statement = session_write(s, "INSERT OR REPLACE INTO stream_deletions (id, deleted) VALUES (?1, ?2)", err);
    if (statement) {
        bind_text(statement, 1, id);
        bind_number(statement, 2, deleted);
    }
    return session_run(s, statement, NULL, NULL, err);
}

static enum pryv_rc stream_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_stream *out,
                               struct pryv_err *err)
{
    sqlite3_stmt *statement = session_read(s, "SELECT " STREAM_COLUMNS " FROM streams WHERE id = ?1", err);

    if (statement)
        bind_text(statement, 1, id);

    int more = session_step(s, statement, err);

    if (more > 0)
        *out = read_stream(mem, statement);
    session_done(s, statement);
    if (more == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "no stream of this id");
    return more > 0 ? PRYV_OK : (enum pryv_rc) more;
}

static enum pryv_rc streams_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_stream **out, size_t *count,
                                struct pryv_err *err)
{
    sqlite3_stmt *statement = session_read(s, "SELECT " STREAM_COLUMNS " FROM streams", err);
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_stream);
    int more;

    while ((more = session_step(s, statement, err)) > 0)
        *(struct pryv_stream *) pryv_rows_add(&rows) = read_stream(mem, statement);
    session_done(s, statement);
    if (more < 0)
        return (enum pryv_rc) more;
    *out = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

static enum pryv_rc streams_count(struct pryv_session *s, uint64_t *count, struct pryv_err *err)
{
    return session_count(s, "SELECT count(*) FROM streams", count, err);
}

static enum pryv_rc sqlite_stream_deletions(struct pryv_session *s, struct pryv_arena *mem, double since,
                                            struct pryv_deletion **out, size_t *count, struct pryv_err *err)
{
    sqlite3_stmt *statement =
        session_read(s, "SELECT id, deleted FROM stream_deletions WHERE deleted > ?1 ORDER BY deleted, id", err);
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_deletion);
    int more;

    if (statement)
        bind_number(statement, 1, pryv_present(since) ? since : (double) -INFINITY);
    while ((more = session_step(s, statement, err)) > 0)
        *(struct pryv_deletion *) pryv_rows_add(&rows) =
            (struct pryv_deletion){ column_copy(mem, statement, 0), column_number(statement, 1) };
    session_done(s, statement);
    if (more < 0)
        return (enum pryv_rc) more;
    *out = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

void streams_offer(struct pryv_storage_ops *ops)
{
    ops->stream_insert = stream_insert;
    ops->stream_update = stream_update;
    ops->stream_delete = stream_delete;
    ops->stream_get = stream_get;
    ops->streams_all = streams_all;
    ops->stream_deletions = sqlite_stream_deletions;
    ops->streams_count = streams_count;
}
