/* connection_open.c - how a connection begins, and what is set for as long as it lasts. */
#include "connection.h"
#include "line.h"
#include "server_lock.h"
#include <pryv/log.h>
#include <stdio.h>
#include <stdlib.h>

enum { OLDEST_SERVER = 130000 };

static void on_notice(void *context PRYV_UNUSED, const char *message)
{
    pryv_log_debug("storage-pg", "%.*s", (int) strcspn(message, "\n"), message);
}

/* A commit that was answered must survive, whatever the server's default; a stronger one than `on` stays. */
#define SETTINGS                                                                                    \
    "SET client_min_messages = warning; SET enable_seqscan = off; SET enable_bitmapscan = off; "    \
    "SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_sort = off; SET jit = off; " \
    "SET max_parallel_workers_per_gather = 0; SET plan_cache_mode = force_generic_plan; "           \
    "SET default_transaction_isolation = 'read committed'; "                                        \
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'; "

/* What an operator limits for everybody is not for connections that are kept, and transactions that a slow client reads from. */
static void put_limits(const struct connection *connection, char *sql, size_t size)
{
    int version = PQserverVersion(connection->handle);

    snprintf(sql, size, "SET lock_timeout = %.0f; SET statement_timeout = %.0f; SET idle_in_transaction_session_timeout = 0%s%s",
             connection->options->lock_seconds * 1000, connection->options->statement_seconds * 1000,
             version >= 140000 ? "; SET idle_session_timeout = 0" : "", version >= 170000 ? "; SET transaction_timeout = 0" : "");
}

static enum pryv_rc set_up(struct connection *connection, struct pryv_err *err)
{
    char limits[240], lock[80];
    enum pryv_rc rc;

    connection->patience = connection->options->connect_seconds;
    put_limits(connection, limits, sizeof(limits));
    server_put_lock(lock, sizeof(lock), connection->options->server_number);
    rc = connection_script(connection, SETTINGS, NULL, err);
    if (rc == PRYV_OK)
        rc = connection_script(connection, limits, NULL, err);
    if (rc == PRYV_OK)
        rc = connection_script(connection, lock, NULL, err);
    if (rc == PRYV_OK && !PQenterPipelineMode(connection->handle))
        rc = connection_failed(connection, NULL, err);
    connection_have_usual_patience(connection);
    return rc;
}

/* libpq tells of each address that it tried in a line, or two. */
static char *one_line(struct pryv_arena *mem, const char *message)
{
    char *line = pryv_alloc(mem, 2 * strlen(message) + 1), *end = line;

    for (const char *at = message; *at; at++) {
        if (*at == '\n' && at[1 + strspn(at + 1, " \t\n")] == 0)
            break;
        if (*at == '\n') {
            *end++ = ';';
            *end++ = ' ';
            at += strspn(at + 1, " \t\n");
        } else {
            *end++ = *at;
        }
    }
    *end = 0;
    return line;
}

/* 53300, too_many_connections. Before a connection is made, libpq tells what the server says in words, which may be of any language; it tells the code when it is
 * asked for nothing else, with another attempt. True when that one was refused for it. */
static bool has_none_left(PGconn *handle)
{
    PQsetErrorVerbosity(handle, PQERRORS_SQLSTATE);
    PQreset(handle);
    return PQstatus(handle) != CONNECTION_OK && strstr(PQerrorMessage(handle), ":  53300");
}

static enum pryv_rc cannot_reach(struct connection *connection, double seconds, bool *none_left, struct pryv_err *err)
{
    const struct connection_options *options = connection->options;
    enum pryv_rc rc = pryv_fail(err, PRYV_BUSY, "PostgreSQL at %s cannot be reached: %s", options->name,
                                one_line(err->arena, PQerrorMessage(connection->handle)));

    if (none_left && seconds < options->connect_seconds / 2) /* not of a server that is silent */
        *none_left = has_none_left(connection->handle);
    return rc;
}

enum pryv_rc connection_open(const struct connection_options *options, struct connection **out, bool *none_left,
                             struct pryv_err *err)
{
    struct connection *connection = calloc(1, sizeof(*connection));
    double begun = line_now();
    enum pryv_rc rc = PRYV_OK;

    if (!connection)
        abort();
    if (none_left)
        *none_left = false;
    connection->options = options;
    connection->handle = PQconnectdbParams((const char *const *) options->keywords, (const char *const *) options->values, 0);
    if (!connection->handle)
        abort();
    PQsetNoticeProcessor(connection->handle, on_notice, NULL);
    if (PQstatus(connection->handle) != CONNECTION_OK) {
        rc = cannot_reach(connection, line_now() - begun, none_left, err);
    } else if (PQserverVersion(connection->handle) < OLDEST_SERVER) {
        rc = pryv_fail(err, PRYV_FAILED, "PostgreSQL at %s is too old: 13 or newer is needed", options->name);
    } else {
        rc = set_up(connection, err);
    }
    if (rc != PRYV_OK) {
        connection_close(connection);
        return rc;
    }
    *out = connection;
    return PRYV_OK;
}

void connection_close(struct connection *connection)
{
    if (!connection)
        return;
    PQfinish(connection->handle);
    free(connection);
}
