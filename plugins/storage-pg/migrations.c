/* migrations.c - see migrations.h. A step that was released is never changed: a change is a new step. */
#include "migrations.h"
#include "event_row.h"
#include "pooler.h"
#include <pryv/log.h>
#include <stdio.h>
#include <stdlib.h>

/* All texts are bytea: see call.h. JSON is kept byte for byte and never looked into, so that it is no jsonb. `SET bytea_output = escape` in
 * psql shows it readable.
 *
 * users.number stands for a user's id in every other table, and leads every key there: eight bytes instead of the id in each row and index.
 * It is never given twice, so that nothing of an erased user can be taken for another's.
 *
 * Audit records have tables of the same form as events, so that both are written and queried by the same code. Only live heads (not deleted,
 * no version) are in the indexes that queries use, and in event_streams. `number` tells the order of insertion. */
#define LIVE "WHERE deleted IS NULL AND head_id IS NULL"
#define EVENT_TABLES(events, event_streams)                                                                                \
    "CREATE TABLE " events " ("                                                                                            \
    "user_number bigint NOT NULL, id bytea NOT NULL, number bigint NOT NULL GENERATED ALWAYS AS IDENTITY, head_id bytea, " \
    "stream_ids_json bytea, time float8, duration float8, running bool NOT NULL, type bytea, content_json bytea, "         \
    "description bytea, client_data_json bytea, attachments_json bytea, trashed bool NOT NULL, deleted float8, "           \
    "integrity bytea, created float8, created_by bytea, modified float8, modified_by bytea, "                              \
    "CONSTRAINT " events "_pkey PRIMARY KEY (user_number, id));"                                                           \
    "CREATE INDEX " events "_by_time ON " events " (user_number, time, id) " LIVE ";"                                      \
    "CREATE INDEX " events "_by_type ON " events " (user_number, type, time, id) " LIVE ";"                                \
    "CREATE INDEX " events "_by_modified ON " events " (user_number, modified) " LIVE ";"                                  \
    "CREATE INDEX " events "_by_duration ON " events " (user_number, duration) " LIVE " AND duration IS NOT NULL;"         \
    "CREATE INDEX " events "_running ON " events " (user_number, time, id) " LIVE " AND running;"                          \
    "CREATE INDEX " events "_deleted ON " events " (user_number, deleted, id) "                                            \
    "WHERE deleted IS NOT NULL AND head_id IS NULL;"                                                                       \
    "CREATE INDEX " events "_versions ON " events " (user_number, head_id, modified) WHERE head_id IS NOT NULL;"           \
    "CREATE TABLE " event_streams " ("                                                                                     \
    "user_number bigint NOT NULL, stream_id bytea NOT NULL, time float8 NOT NULL, event_id bytea NOT NULL, "               \
    "CONSTRAINT " event_streams "_pkey PRIMARY KEY (user_number, stream_id, time, event_id));"

#define INDEXES_OF_FEW(events)                                                                                     \
    "CREATE INDEX " events "_long ON " events " (user_number, time, id) " LIVE " AND duration > " LONG_SECONDS ";" \
    "CREATE INDEX " events "_trashed ON " events " (user_number, time, id) " LIVE " AND trashed;"

static const char *const steps[] = {
    "CREATE TABLE users (id bytea NOT NULL CONSTRAINT users_pkey PRIMARY KEY, number bigint NOT NULL GENERATED ALWAYS AS "
    "IDENTITY, "
    "username bytea NOT NULL CONSTRAINT users_username UNIQUE);"

    EVENT_TABLES("events", "event_streams") EVENT_TABLES("audit_events", "audit_streams")

        "CREATE TABLE streams (user_number bigint NOT NULL, id bytea NOT NULL, name bytea, parent_id bytea, client_data_json "
        "bytea, "
        "trashed bool NOT NULL, created float8, created_by bytea, modified float8, modified_by bytea, "
        "CONSTRAINT streams_pkey PRIMARY KEY (user_number, id));"
        "CREATE UNIQUE INDEX streams_name ON streams (user_number, coalesce(parent_id, ''), (parent_id IS NULL), name);"
        "CREATE TABLE stream_deletions (user_number bigint NOT NULL, id bytea NOT NULL, deleted float8 NOT NULL, "
        "CONSTRAINT stream_deletions_pkey PRIMARY KEY (user_number, id));"
        "CREATE INDEX stream_deletions_deleted ON stream_deletions (user_number, deleted, id);"

        "CREATE TABLE accesses (user_number bigint NOT NULL, id bytea NOT NULL, head_id bytea, serial bigint NOT NULL, token "
        "bytea, "
        "type bytea, name bytea, device_name bytea, permissions_json bytea, client_data_json bytea, expires float8, last_used "
        "float8, "
        "calls_json bytea, integrity bytea, created float8, created_by bytea, created_by_serial bigint NOT NULL, "
        "modified float8, modified_by bytea, modified_by_serial bigint NOT NULL, deleted float8, "
        "CONSTRAINT accesses_pkey PRIMARY KEY (user_number, id));"
        "CREATE UNIQUE INDEX accesses_token ON accesses (user_number, token) " LIVE ";"
        "CREATE UNIQUE INDEX accesses_name ON accesses "
        "(user_number, name, type, coalesce(device_name, ''), (device_name IS NULL)) " LIVE ";"
        "CREATE INDEX accesses_versions ON accesses (user_number, head_id, serial) WHERE head_id IS NOT NULL;"
        "CREATE INDEX accesses_deleted ON accesses (user_number, deleted, id) WHERE deleted IS NOT NULL AND head_id IS NULL;"

        "CREATE TABLE sessions (user_number bigint NOT NULL, id bytea NOT NULL, username bytea, app_id bytea, expires float8, "
        "CONSTRAINT sessions_pkey PRIMARY KEY (user_number, id));"
        "CREATE INDEX sessions_app ON sessions (user_number, username, app_id);"
        "CREATE TABLE passwords (user_number bigint NOT NULL, time float8 NOT NULL, hash bytea NOT NULL, created_by bytea, "
        "CONSTRAINT passwords_pkey PRIMARY KEY (user_number, time));"
        "CREATE TABLE account_fields (user_number bigint NOT NULL, field bytea NOT NULL, time float8 NOT NULL, value_json bytea, "
        "created_by bytea, CONSTRAINT account_fields_pkey PRIMARY KEY (user_number, field, time));"
        "CREATE TABLE key_values (user_number bigint NOT NULL, scope bytea NOT NULL, key bytea NOT NULL, value_json bytea NOT "
        "NULL, "
        "CONSTRAINT key_values_pkey PRIMARY KEY (user_number, scope, key));"
        "CREATE TABLE webhooks (user_number bigint NOT NULL, id bytea NOT NULL, access_id bytea, url bytea, state_json bytea, "
        "created float8, modified float8, CONSTRAINT webhooks_pkey PRIMARY KEY (user_number, id));"
        "CREATE UNIQUE INDEX webhooks_url ON webhooks (user_number, access_id, url);"
        /* `bytes` is packed already. */
        "CREATE TABLE series_chunks (user_number bigint NOT NULL, event_id bytea NOT NULL, id bigint NOT NULL GENERATED ALWAYS "
        "AS IDENTITY, "
        "from_time float8 NOT NULL, to_time float8 NOT NULL, points bigint NOT NULL, bytes bytea NOT NULL, "
        "CONSTRAINT series_chunks_pkey PRIMARY KEY (user_number, event_id, id));"
        "ALTER TABLE series_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;"

        /* What all cores share. A reservation is a row with a ticket. */
        "CREATE TABLE unique_fields (field bytea NOT NULL, value bytea NOT NULL, username bytea NOT NULL, ticket bytea, expires "
        "float8, "
        "CONSTRAINT unique_fields_pkey PRIMARY KEY (field, value));"
        "CREATE INDEX unique_fields_username ON unique_fields (username);"
        "CREATE INDEX unique_fields_ticket ON unique_fields (ticket) WHERE ticket IS NOT NULL;"
        "CREATE TABLE indexed_fields (username bytea NOT NULL, field bytea NOT NULL, value bytea NOT NULL, "
        "CONSTRAINT indexed_fields_pkey PRIMARY KEY (username, field));"
        "CREATE TABLE user_cores (username bytea NOT NULL CONSTRAINT user_cores_pkey PRIMARY KEY, core_id bytea NOT NULL);"
        "CREATE TABLE platform_values (key bytea NOT NULL CONSTRAINT platform_values_pkey PRIMARY KEY, value bytea NOT NULL, "
        "expires float8);"
        "CREATE INDEX platform_values_expires ON platform_values (expires) WHERE expires IS NOT NULL;",

    /* Users of one core are listed and moved. */
    "CREATE INDEX user_cores_core ON user_cores (core_id, username);",

    /* Chunks of a range: series.c. */
    "CREATE INDEX series_chunks_time ON series_chunks (user_number, event_id, from_time, to_time);"
    "CREATE INDEX series_chunks_length ON series_chunks (user_number, event_id, (to_time - from_time));",

    /* In the very order in which they are read, so that a page of them is never sorted first. */
    "CREATE INDEX series_chunks_onward ON series_chunks (user_number, event_id, from_time, id);"
    "DROP INDEX series_chunks_time;",

    /* Read by themselves, however few of a user's events they are: event_query.c. */
    INDEXES_OF_FEW("events") INDEXES_OF_FEW("audit_events"),
};

int migration_steps(void)
{
    return PRYV_COUNT(steps);
}

/* ---- Steps ----------------------------------------------------------------------------------- */

/* The table says how many steps were taken. One that is there without a row is no table of ours. */
static enum pryv_rc read_version(struct connection *connection, int *version, struct pryv_err *err)
{
    PGresult *answer = NULL;
    enum pryv_rc rc = connection_script(connection, "SELECT version FROM pryvd_schema", &answer, err);

    if (rc == PRYV_OK && PQntuples(answer) != 1)
        rc = pryv_fail(err, PRYV_FAILED, "the table pryvd_schema at %s has not one row", connection->options->name);
    if (rc == PRYV_OK)
        *version = (int) strtol(PQgetvalue(answer, 0, 0), NULL, 10);
    PQclear(answer);
    return rc;
}

static enum pryv_rc take_step(struct connection *connection, int version, struct pryv_err *err)
{
    char sql[80];
    enum pryv_rc rc = connection_script(connection, "BEGIN", NULL, err);

    if (rc == PRYV_OK)
        rc = connection_script(connection, steps[version], NULL, err);
    snprintf(sql, sizeof(sql), "UPDATE pryvd_schema SET version = %d; COMMIT", version + 1);
    return rc == PRYV_OK ? connection_script(connection, sql, NULL, err) : rc;
}

/* Writes nothing where there is nothing to do: a read-only database can be started on. */
static enum pryv_rc make_version_table(struct connection *connection, struct pryv_err *err)
{
    PGresult *answer = NULL;
    enum pryv_rc rc = connection_script(connection, "SELECT 1 WHERE to_regclass('pryvd_schema') IS NULL", &answer, err);
    bool missing = PQntuples(answer) == 1;

    PQclear(answer);
    if (rc != PRYV_OK || !missing)
        return rc;
    return connection_script(
        connection, "CREATE TABLE pryvd_schema (version integer NOT NULL); INSERT INTO pryvd_schema (version) VALUES (0)", NULL,
        err);
}

static enum pryv_rc migrate_locked(struct connection *connection, int wanted, struct pryv_err *err)
{
    int version = 0;
    enum pryv_rc rc = make_version_table(connection, err);

    if (rc == PRYV_OK)
        rc = read_version(connection, &version, err);
    if (rc == PRYV_OK && version > migration_steps())
        return pryv_fail(err, PRYV_FAILED,
                         "the database at %s was written by a newer version of this server (its schema is %d, this one knows %d)",
                         connection->options->name, version, migration_steps());
    if (rc == PRYV_OK && version > 0 && version < wanted)
        pryv_log_info("storage-pg", "taking %s from schema %d to %d", connection->options->name, version, wanted);
    while (rc == PRYV_OK && version < wanted)
        rc = take_step(connection, version++, err);
    return rc;
}

/* A number of ours among the advisory locks: "pryv". */
#define MIGRATION_LOCK "1886550390"

enum pryv_rc migrate_to(struct connection *connection, int wanted, struct pryv_err *err)
{
    enum pryv_rc rc;

    connection_be_patient(connection);
    rc = connection_script(
        connection, "SET lock_timeout = 0; SET statement_timeout = 0; SELECT pg_advisory_lock(" MIGRATION_LOCK ")", NULL, err);
    if (rc != PRYV_OK)
        return rc;
    if ((rc = migrate_locked(connection, wanted, err)) == PRYV_OK)
        rc = connection_script(connection, "SELECT pg_advisory_unlock(" MIGRATION_LOCK ")", NULL, err);
    return rc; /* on failure the lock goes with the connection */
}

enum pryv_rc migrate_database(const struct connection_options *options, struct pryv_err *err)
{
    struct connection *connection;
    enum pryv_rc rc = connection_open(options, &connection, NULL, err);

    if (rc != PRYV_OK)
        return rc;
    if (!PQexitPipelineMode(connection->handle))
        rc = pryv_fail(err, PRYV_FAILED, "PostgreSQL at %s did not answer in order", options->name);
    if (rc == PRYV_OK)
        rc = pooler_check(connection, err);
    if (rc == PRYV_OK)
        rc = migrate_to(connection, migration_steps(), err);
    connection_close(connection);
    return rc;
}
