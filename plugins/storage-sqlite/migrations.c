/* migrations.c - see migrations.h. A step that was released is never changed: a change is a new step. */
#include "migrations.h"
#include "stream_newest.h"
#include <pryv/log.h>
#include <stdio.h>

/* Audit records have tables of the same form as events, so that both are written and queried by the same code.
 *
 * events.number orders rows as they came, so that neighbours in time are mostly neighbours on the disk. Only live heads (not deleted, no
 * version) are in the indexes that queries use, and in event_streams. */
#define EVENT_TABLES(events, event_streams)                                                                                    \
    "CREATE TABLE " events " ("                                                                                                \
    "number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, head_id TEXT, stream_ids_json TEXT, time REAL, duration REAL, "      \
    "running INTEGER NOT NULL, type TEXT, content_json TEXT, description TEXT, client_data_json TEXT, attachments_json TEXT, " \
    "trashed INTEGER NOT NULL, deleted REAL, integrity TEXT, created REAL, created_by TEXT, modified REAL, modified_by TEXT) " \
    "STRICT;"                                                                                                                  \
    "CREATE INDEX " events "_by_time ON " events " (time, id, trashed) WHERE deleted IS NULL AND head_id IS NULL;"             \
    "CREATE INDEX " events "_by_type ON " events " (type, time, id) WHERE deleted IS NULL AND head_id IS NULL;"                \
    "CREATE INDEX " events "_by_modified ON " events " (modified) WHERE deleted IS NULL AND head_id IS NULL;"                  \
    "CREATE INDEX " events "_by_duration ON " events " (duration) "                                                            \
    "WHERE deleted IS NULL AND head_id IS NULL AND duration IS NOT NULL;"                                                      \
    "CREATE INDEX " events "_running ON " events " (time, id) WHERE deleted IS NULL AND head_id IS NULL AND running = 1;"      \
    "CREATE INDEX " events "_deleted ON " events " (deleted, id) WHERE deleted IS NOT NULL AND head_id IS NULL;"               \
    "CREATE INDEX " events "_versions ON " events " (head_id, modified) WHERE head_id IS NOT NULL;"                            \
    "CREATE TABLE " event_streams " ("                                                                                         \
    "stream_id TEXT NOT NULL, time REAL NOT NULL, event_id TEXT NOT NULL, event INTEGER NOT NULL, "                            \
    "PRIMARY KEY (stream_id, time, event_id)) STRICT, WITHOUT ROWID;"

static const char *const user_steps[] = {
    EVENT_TABLES("events", "event_streams") EVENT_TABLES("audit_events", "audit_streams")

        "CREATE TABLE streams ("
        "id TEXT PRIMARY KEY, name TEXT, parent_id TEXT, client_data_json TEXT, trashed INTEGER NOT NULL, "
        "created REAL, created_by TEXT, modified REAL, modified_by TEXT) STRICT, WITHOUT ROWID;"
        "CREATE UNIQUE INDEX streams_name ON streams (ifnull(parent_id, ''), parent_id IS NULL, name);"
        "CREATE TABLE stream_deletions (id TEXT PRIMARY KEY, deleted REAL NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE INDEX stream_deletions_deleted ON stream_deletions (deleted);"

        "CREATE TABLE accesses ("
        "id TEXT NOT NULL PRIMARY KEY, head_id TEXT, serial INTEGER NOT NULL, token TEXT, type TEXT, name TEXT, device_name "
        "TEXT, "
        "permissions_json TEXT, client_data_json TEXT, expires REAL, last_used REAL, calls_json TEXT, integrity TEXT, "
        "created REAL, created_by TEXT, created_by_serial INTEGER NOT NULL, "
        "modified REAL, modified_by TEXT, modified_by_serial INTEGER NOT NULL, deleted REAL) STRICT;"
        "CREATE UNIQUE INDEX accesses_token ON accesses (token) WHERE deleted IS NULL AND head_id IS NULL;"
        "CREATE UNIQUE INDEX accesses_name ON accesses (name, type, ifnull(device_name, ''), device_name IS NULL) "
        "WHERE deleted IS NULL AND head_id IS NULL;"
        "CREATE INDEX accesses_versions ON accesses (head_id, serial) WHERE head_id IS NOT NULL;"

        "CREATE TABLE sessions (id TEXT PRIMARY KEY, username TEXT, app_id TEXT, expires REAL) STRICT, WITHOUT ROWID;"
        "CREATE INDEX sessions_app ON sessions (username, app_id);"
        "CREATE TABLE passwords (time REAL PRIMARY KEY, hash TEXT NOT NULL, created_by TEXT) STRICT, WITHOUT ROWID;"
        "CREATE TABLE account_fields (field TEXT NOT NULL, time REAL NOT NULL, value_json TEXT, created_by TEXT, "
        "PRIMARY KEY (field, time)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE key_values (scope TEXT NOT NULL, key TEXT NOT NULL, value_json TEXT NOT NULL, "
        "PRIMARY KEY (scope, key)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE webhooks (id TEXT PRIMARY KEY, access_id TEXT, url TEXT, state_json TEXT, created REAL, modified REAL) "
        "STRICT, WITHOUT ROWID;"
        "CREATE UNIQUE INDEX webhooks_url ON webhooks (access_id, url);"

        /* AUTOINCREMENT: an id that was dropped is never given again. */
        "CREATE TABLE series_chunks (id INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL, "
        "from_time REAL NOT NULL, to_time REAL NOT NULL, points INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;"
        "CREATE INDEX series_chunks_event ON series_chunks (event_id, id, from_time, to_time);",

    /* Chunks of a range: series.c. */
    "CREATE INDEX series_chunks_time ON series_chunks (event_id, from_time, to_time);"
    "CREATE INDEX series_chunks_length ON series_chunks (event_id, to_time - from_time);",

    /* stream_newest.h */
    "CREATE TABLE stream_newest (stream_id TEXT PRIMARY KEY, time REAL NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TRIGGER event_streams_newest AFTER INSERT ON event_streams BEGIN "
    "UPDATE stream_newest SET time = new.time WHERE stream_id = new.stream_id AND time < new.time; END;" KEEP_NEWEST MANY_STREAMS,
};

static const char *const platform_steps[] = {
    /* The users of this core. state: 0 live, 1 being made, 2 being erased. */
    "CREATE TABLE users (id TEXT PRIMARY KEY, username TEXT NOT NULL, state INTEGER NOT NULL, since REAL NOT NULL) "
    "STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX users_username ON users (username);"
    "CREATE INDEX users_unfinished ON users (state) WHERE state <> 0;"

    /* What all cores share. A reservation is a row with a ticket. */
    "CREATE TABLE unique_fields (field TEXT NOT NULL, value TEXT NOT NULL, username TEXT NOT NULL, ticket TEXT, expires REAL, "
    "PRIMARY KEY (field, value)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX unique_fields_username ON unique_fields (username);"
    "CREATE INDEX unique_fields_ticket ON unique_fields (ticket) WHERE ticket IS NOT NULL;"
    "CREATE TABLE indexed_fields (username TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, "
    "PRIMARY KEY (username, field)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE user_cores (username TEXT PRIMARY KEY, core_id TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE platform_values (key TEXT PRIMARY KEY, value TEXT NOT NULL, expires REAL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX platform_values_expires ON platform_values (expires) WHERE expires IS NOT NULL;",
};

const struct schema user_schema = {
    .subject = "a user's data",
    .application_id = 0x50727975,                   /* "Pryu" */
    .secure_delete = "PRAGMA secure_delete = FAST", /* the file goes with the user */
    .steps = user_steps,
    .count = PRYV_COUNT(user_steps),
};
const struct schema platform_schema = {
    .subject = "the platform",
    .application_id = 0x50727970,                 /* "Pryp" */
    .secure_delete = "PRAGMA secure_delete = ON", /* nothing of an erased user remains in it */
    .steps = platform_steps,
    .count = PRYV_COUNT(platform_steps),
};

static enum pryv_rc read_number(struct connection *connection, const char *sql, int64_t *out, struct pryv_err *err)
{
    sqlite3_stmt *statement = statement_begin(connection, sql, err);
    int more = statement ? statement_step(connection, statement, err) : (int) err->rc;

    if (more > 0)
        *out = sqlite3_column_int64(statement, 0);
    statement_end(connection, statement);
    return more < 0 ? (enum pryv_rc) more : PRYV_OK;
}

static enum pryv_rc read_version(struct connection *connection, const struct schema *schema, int64_t *version,
                                 struct pryv_err *err)
{
    int64_t application_id = 0;
    enum pryv_rc rc = read_number(connection, "PRAGMA user_version", version, err);

    if (rc == PRYV_OK && *version != 0)
        rc = read_number(connection, "PRAGMA application_id", &application_id, err);
    if (rc != PRYV_OK)
        return rc;
    if (*version < 0 || (*version != 0 && application_id != schema->application_id))
        return pryv_fail(err, PRYV_FAILED, "%s is no database of ours for %s", connection->path, schema->subject);
    if (*version > schema->count)
        return pryv_fail(err, PRYV_FAILED,
                         "%s was written by a newer version of this server (its schema is %lld, this one knows %d)",
                         connection->path, (long long) *version, schema->count);
    return PRYV_OK;
}

static enum pryv_rc take_step(struct connection *connection, const struct schema *schema, int64_t version, struct pryv_err *err)
{
    char sql[128];
    enum pryv_rc rc = connection_run(connection, schema->steps[version], err);

    snprintf(sql, sizeof(sql), "PRAGMA user_version = %lld; PRAGMA application_id = %ld", (long long) version + 1,
             (long) schema->application_id);
    return rc == PRYV_OK ? connection_run(connection, sql, err) : rc;
}

static enum pryv_rc migrate_locked(struct connection *connection, const struct schema *schema, struct pryv_err *err)
{
    int64_t version = 0;
    enum pryv_rc rc = read_version(connection, schema, &version, err); /* again: another process may have been faster */

    if (rc == PRYV_OK && version > 0 && version < schema->count)
        pryv_log_info("storage-sqlite", "taking %s from schema %lld to %d", connection->path, (long long) version, schema->count);
    while (rc == PRYV_OK && version < schema->count)
        rc = take_step(connection, schema, version++, err);
    return rc;
}

enum pryv_rc schema_migrate(struct connection *connection, const struct schema *schema, struct pryv_err *err)
{
    int64_t version = 0;
    enum pryv_rc rc = read_version(connection, schema, &version, err);

    if (rc != PRYV_OK || version == schema->count)
        return rc;
    if ((rc = connection_run(connection, "BEGIN IMMEDIATE", err)) != PRYV_OK)
        return rc;
    rc = migrate_locked(connection, schema, err);
    if (rc == PRYV_OK)
        rc = connection_run(connection, "COMMIT", err);
    if (rc != PRYV_OK)
        sqlite3_exec(connection->handle, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}
