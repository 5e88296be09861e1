/* connection.c - see connection.h. */
#include "connection.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* ---- Errors ---------------------------------------------------------------------------------- */

static bool is_full(struct connection *connection)
{
    int error = sqlite3_system_errno(connection->handle);

    return error == ENOSPC || error == EDQUOT || error == EMFILE || error == ENFILE;
}

enum pryv_rc connection_failed(struct connection *connection, const char *what, struct pryv_err *err)
{
    const char *reason = sqlite3_errmsg(connection->handle);
    int extended = sqlite3_extended_errcode(connection->handle);

    switch (extended & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return pryv_fail(err, PRYV_BUSY, "cannot %s %s: others have held it for %g s", what, connection->path,
                         connection->busy_seconds);
    case SQLITE_FULL: return pryv_fail(err, PRYV_BUSY, "cannot %s %s: the disk is full", what, connection->path);
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
        return pryv_fail(err, is_full(connection) ? PRYV_BUSY : PRYV_FAILED, "cannot %s %s: %s (%s)", what, connection->path,
                         reason, strerror(sqlite3_system_errno(connection->handle)));
    case SQLITE_READONLY:
        return pryv_fail(err, PRYV_FAILED, "cannot %s %s: it, or its folder, may not be written", what, connection->path);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return pryv_fail(err, PRYV_FAILED, "cannot %s %s: the file is damaged (%s)", what, connection->path, reason);
    default: return pryv_fail(err, PRYV_FAILED, "cannot %s %s: %s (%d)", what, connection->path, reason, extended);
    }
}

/* ---- Opening --------------------------------------------------------------------------------- */

static double monotonic_now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double) time.tv_sec + (double) time.tv_nsec / 1e9;
}

/* Another process has the lock. Transactions are short, so the waits are too; SQLite's own would sleep longer than most of them last. */
static int wait_for_lock(void *context, int tries)
{
    static _Thread_local double began;
    struct connection *connection = context;
    double now = monotonic_now();

    if (tries == 0)
        began = now;
    if (now - began >= connection->busy_seconds)
        return 0;

    long wait = tries < 20 ? 100000L * (tries + 1) : 2000000L;
    struct timespec pause = { .tv_nsec = wait };

    nanosleep(&pause, NULL);
    return 1;
}

static enum pryv_rc pragma(struct connection *connection, struct pryv_err *err, const char *name, int64_t value)
{
    char sql[96];

    snprintf(sql, sizeof(sql), "PRAGMA %s = %lld", name, (long long) value);
    return connection_run(connection, sql, err);
}

/* Two processes that make a file at the same time meet here, where SQLite does not call the handler for locks. */
static enum pryv_rc use_write_ahead_log(struct connection *connection, struct pryv_err *err)
{
    for (int tries = 0;; tries++) {
        enum pryv_rc rc = connection_run(connection, "PRAGMA journal_mode = WAL", err);

        if (rc != PRYV_BUSY || !wait_for_lock(connection, tries))
            return rc;
    }
}

static enum pryv_rc prepare_connection(struct connection *connection, const struct connection_options *options, bool create,
                                       struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    sqlite3_busy_handler(connection->handle, wait_for_lock, connection);
    sqlite3_extended_result_codes(connection->handle, 1);
    sqlite3_db_config(connection->handle, SQLITE_DBCONFIG_LOOKASIDE, NULL, 256, 64);
    sqlite3_db_config(connection->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(connection->handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(connection->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    if (create)
        rc = use_write_ahead_log(connection, err);
    if (rc == PRYV_OK)
        rc = connection_run(connection, "PRAGMA synchronous = FULL", err);
    if (rc == PRYV_OK)
        rc = connection_run(connection, "PRAGMA temp_store = MEMORY", err);
    if (rc == PRYV_OK)
        rc = pragma(connection, err, "cache_size", -options->cache_bytes / 1024);
    if (rc == PRYV_OK)
        rc = pragma(connection, err, "wal_autocheckpoint", options->checkpoint_pages);
    if (rc == PRYV_OK) /* a log that one large transaction made long shrinks again */
        rc = pragma(connection, err, "journal_size_limit", options->checkpoint_pages * 4096 * 2);
    return rc;
}

enum pryv_rc connection_open(const char *path, bool create, const struct connection_options *options, struct connection **out,
                             struct pryv_err *err)
{
    struct connection *connection = calloc(1, sizeof(*connection));
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0);
    enum pryv_rc rc;

    if (!connection)
        abort();
    connection->path = strdup(path);
    connection->busy_seconds = options->busy_seconds;
    if (!connection->path)
        abort();
    if (sqlite3_open_v2(path, &connection->handle, flags, NULL) != SQLITE_OK)
        rc = connection_failed(connection, "open", err);
    else
        rc = prepare_connection(connection, options, create, err);
    if (rc != PRYV_OK) {
        connection_free(connection);
        return rc;
    }
    *out = connection;
    return PRYV_OK;
}

void connection_free(struct connection *connection)
{
    if (!connection)
        return;
    for (size_t i = 0; i < connection->statement_count; i++)
        sqlite3_finalize(connection->statements[i].prepared);
    sqlite3_close(connection->handle);
    free((char *) connection->path);
    free(connection);
}

/* ---- Statements ------------------------------------------------------------------------------ */

static sqlite3_stmt *prepare(struct connection *connection, const char *sql, unsigned flags, struct pryv_err *err)
{
    sqlite3_stmt *prepared;

    if (sqlite3_prepare_v3(connection->handle, sql, -1, flags, &prepared, NULL) != SQLITE_OK) {
        connection_failed(connection, "use", err);
        return NULL;
    }
    return prepared;
}

sqlite3_stmt *statement_begin(struct connection *connection, const char *sql, struct pryv_err *err)
{
    struct statement *kept = connection->statements;
    struct statement *end = kept + connection->statement_count;

    while (kept < end && kept->sql != sql)
        kept++;
    if (kept < end && !kept->taken) {
        kept->taken = true;
        return kept->prepared;
    }
    if (kept < end || connection->statement_count == STATEMENTS_KEPT) /* the one that is kept is in use: made for once */
        return prepare(connection, sql, 0, err);

    sqlite3_stmt *prepared = prepare(connection, sql, SQLITE_PREPARE_PERSISTENT, err);

    if (prepared) {
        *kept = (struct statement){ .sql = sql, .prepared = prepared, .taken = true };
        connection->statement_count++;
    }
    return prepared;
}

void statement_end(struct connection *connection, sqlite3_stmt *statement)
{
    if (!statement)
        return;
    for (size_t i = 0; i < connection->statement_count; i++)
        if (connection->statements[i].prepared == statement) {
            sqlite3_reset(statement);
            sqlite3_clear_bindings(statement);
            connection->statements[i].taken = false;
            return;
        }
    sqlite3_finalize(statement);
}

int statement_step(struct connection *connection, sqlite3_stmt *statement, struct pryv_err *err)
{
    switch (sqlite3_step(statement)) {
    case SQLITE_ROW: return 1;
    case SQLITE_DONE: return 0;
    default: return connection_failed(connection, "use", err);
    }
}

enum pryv_rc statement_run(struct connection *connection, sqlite3_stmt *statement, struct pryv_err *err)
{
    if (!statement)
        return err->rc;

    int more = statement_step(connection, statement, err);

    statement_end(connection, statement);
    return more < 0 ? (enum pryv_rc) more : PRYV_OK;
}

enum pryv_rc connection_execute(struct connection *connection, const char *sql, struct pryv_err *err)
{
    return statement_run(connection, statement_begin(connection, sql, err), err);
}

enum pryv_rc connection_run(struct connection *connection, const char *sql, struct pryv_err *err)
{
    return sqlite3_exec(connection->handle, sql, NULL, NULL, NULL) == SQLITE_OK ? PRYV_OK
                                                                                : connection_failed(connection, "use", err);
}

/* ---- Values ---------------------------------------------------------------------------------- */

void bind_text(sqlite3_stmt *statement, int at, struct pryv_str text)
{
    if (text.data)
        sqlite3_bind_text64(statement, at, text.data, text.len, SQLITE_STATIC, SQLITE_UTF8);
}

void bind_bytes(sqlite3_stmt *statement, int at, struct pryv_str bytes)
{
    if (bytes.data)
        sqlite3_bind_blob64(statement, at, bytes.data, bytes.len, SQLITE_STATIC);
}

void bind_number(sqlite3_stmt *statement, int at, double number)
{
    if (pryv_present(number))
        sqlite3_bind_double(statement, at, number);
}

void bind_count(sqlite3_stmt *statement, int at, uint64_t count)
{
    sqlite3_bind_int64(statement, at, count > INT64_MAX ? -1 : (sqlite3_int64) count);
}

/* A value is looked at without the locks that every sqlite3_column_* takes: a connection is one thread's at a time. */
struct pryv_str column_text(sqlite3_stmt *statement, int at)
{
    sqlite3_value *value = sqlite3_column_value(statement, at);

    if (sqlite3_value_type(value) == SQLITE_NULL)
        return PRYV_STR_NONE;

    const void *data = sqlite3_value_blob(value); /* as it lies there: no conversion, no NUL at its end */
    size_t len = (size_t) sqlite3_value_bytes(value);

    return (struct pryv_str){ len ? data : "", len };
}

struct pryv_str column_copy(struct pryv_arena *mem, sqlite3_stmt *statement, int at)
{
    return pryv_str_copy(mem, column_text(statement, at));
}

double column_number(sqlite3_stmt *statement, int at)
{
    sqlite3_value *value = sqlite3_column_value(statement, at);

    return sqlite3_value_type(value) == SQLITE_NULL ? PRYV_ABSENT : sqlite3_value_double(value);
}
