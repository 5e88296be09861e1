/* server.c - see server.h. */
#include "server.h"
#include <pryv/crypto.h>
#include <pryv/plugin.h>

enum { OLDEST_WIRE_VERSION = 9 }; /* MongoDB 4.4 */
/* FerretDB 1.x has 50 connections to PostgreSQL (100 to SQLite) and needs two for an update: with as many updates at once it would wait for itself for
 * ever. */
enum { FERRETDB_CLIENTS = 24 };
enum server_error {
    ERROR_INTERNAL = 1,
    ERROR_HOST_UNREACHABLE = 6,
    ERROR_HOST_NOT_FOUND = 7,
    ERROR_UNAUTHORIZED = 13,
    ERROR_AUTHENTICATION_FAILED = 18,
    ERROR_EXCEEDED_TIME_LIMIT = 50,
    ERROR_WRITE_CONCERN = 64,
    ERROR_NETWORK_TIMEOUT = 89,
    ERROR_WRITE_CONFLICT = 112,
    ERROR_EXCEEDED_TIME = 262,
    ERROR_SHUTDOWN_IN_PROGRESS = 91,
    ERROR_PRIMARY_STEPPED_DOWN = 189,
    ERROR_INTERRUPTED = 11600,
    ERROR_NOT_PRIMARY = 10107,
    ERROR_DUPLICATE_KEY = 11000,
    ERROR_NOT_PRIMARY_OR_RECOVERING = 13436,
    ERROR_NOT_PRIMARY_NO_SECONDARY_OK = 13435,
    ERROR_INTERRUPTED_BY_STEPDOWN = 11602,
    ERROR_OUT_OF_DISK_SPACE = 14031,
};

static bool passes_by_itself(uint32_t code)
{
    switch (code) {
    case ERROR_HOST_UNREACHABLE:
    case ERROR_HOST_NOT_FOUND:
    case ERROR_UNAUTHORIZED:
    case ERROR_AUTHENTICATION_FAILED:
    case ERROR_EXCEEDED_TIME_LIMIT:
    case ERROR_WRITE_CONCERN:
    case ERROR_NETWORK_TIMEOUT:
    case ERROR_WRITE_CONFLICT:
    case ERROR_EXCEEDED_TIME:
    case ERROR_SHUTDOWN_IN_PROGRESS:
    case ERROR_PRIMARY_STEPPED_DOWN:
    case ERROR_INTERRUPTED:
    case ERROR_NOT_PRIMARY:
    case ERROR_NOT_PRIMARY_OR_RECOVERING:
    case ERROR_NOT_PRIMARY_NO_SECONDARY_OK:
    case ERROR_INTERRUPTED_BY_STEPDOWN:
    case ERROR_OUT_OF_DISK_SPACE: return true;
    default: return false;
    }
}

bool server_says_duplicate(const bson_error_t *error)
{
    return error->code == ERROR_DUPLICATE_KEY &&
           (error->domain == MONGOC_ERROR_SERVER || error->domain == MONGOC_ERROR_WRITE_CONCERN ||
            error->domain == MONGOC_ERROR_COLLECTION);
}

/* FerretDB 1.x calls all that its back end tells an internal error, and passes its words on. */
static bool back_end_is_away(const bson_error_t *error)
{
    static const char *const words[] = {
        "failed to connect to",   "unexpected EOF",      "connection refused",
        "connection reset",       "conn closed",         "(SQLSTATE 08",
        "(SQLSTATE 25006)",       "(SQLSTATE 40",        "(SQLSTATE 42501)",
        "(SQLSTATE 53",           "(SQLSTATE 57",        "(SQLSTATE 58030)",
        "database is locked (5)", "disk I/O error (10)", "database or disk is full (13)",
    };

    for (size_t i = 0; error->code == ERROR_INTERNAL && i < PRYV_COUNT(words); i++)
        if (strstr(error->message, words[i]))
            return true;
    return false;
}

static bool is_not_signed_in(const bson_error_t *error)
{
    return error->domain == MONGOC_ERROR_CLIENT && error->code == MONGOC_ERROR_CLIENT_AUTHENTICATE;
}

enum pryv_rc server_failed(const bson_error_t *error, const char *what, struct pryv_err *err)
{
    bool away = error->domain == MONGOC_ERROR_STREAM || error->domain == MONGOC_ERROR_SERVER_SELECTION ||
                error->domain == MONGOC_ERROR_WRITE_CONCERN || is_not_signed_in(error) || passes_by_itself(error->code) ||
                back_end_is_away(error);

    return pryv_fail(err, away ? PRYV_BUSY : PRYV_FAILED, "cannot %s the database: %s (%u.%u)", what, error->message,
                     error->domain, error->code);
}

/* ---- Opening --------------------------------------------------------------------------------- */

static void be_safe(mongoc_uri_t *uri)
{
    const bson_t *given = mongoc_uri_get_options(uri);

    if (!bson_has_field(given, MONGOC_URI_W) && !bson_has_field(given, MONGOC_URI_JOURNAL)) {
        mongoc_write_concern_t *write = mongoc_write_concern_new();

        mongoc_write_concern_set_wmajority(write, 0);
        mongoc_write_concern_set_journal(write, true);
        mongoc_uri_set_write_concern(uri, write);
        mongoc_write_concern_destroy(write);
    }
    if (!bson_has_field(given, MONGOC_URI_READCONCERNLEVEL)) {
        mongoc_read_concern_t *read = mongoc_read_concern_new();

        mongoc_read_concern_set_level(read, MONGOC_READ_CONCERN_LEVEL_MAJORITY);
        mongoc_uri_set_read_concern(uri, read);
        mongoc_read_concern_destroy(read);
    }
    if (!bson_has_field(given, MONGOC_URI_RETRYWRITES))
        mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYWRITES, true);
}

static enum pryv_rc ask(mongoc_client_t *client, const char *command, struct pryv_arena *mem, struct document *reply,
                        struct pryv_err *err)
{
    bson_t question = BSON_INITIALIZER, answer;
    bson_error_t error;

    bson_append_int32(&question, command, -1, 1);

    bool answered = mongoc_client_command_simple(client, "admin", &question, NULL, &answer, &error);

    bson_destroy(&question);
    *reply = document_take(mem, &answer);
    if (answered)
        return PRYV_OK;
    if (is_not_signed_in(&error))
        return pryv_fail(err, PRYV_FAILED, "cannot sign in to the database: %s", error.message);
    return server_failed(&error, "reach", err);
}

static enum pryv_rc ask_who(struct server *server, struct pryv_err *err)
{
    struct document hello = { NULL, 0 }, build = { NULL, 0 };
    mongoc_client_t *client;
    enum pryv_rc rc = server_take(server, &client, err);

    if (rc != PRYV_OK)
        return rc;
    if ((rc = ask(client, "isMaster", err->arena, &hello, err)) == PRYV_OK)
        rc = ask(client, "buildInfo", err->arena, &build, err);
    server_give(server, client);
    if (rc != PRYV_OK)
        return rc;

    bson_iter_t at;

    server->is_ferretdb = bson_iter_init_from_data(&at, build.data, build.len) && bson_iter_find(&at, "ferretdbVersion");
    snprintf(server->version, sizeof(server->version), "%.*s", PRYV_STR_ARG(document_text(build, "version")));
    if (document_integer(hello, "maxWireVersion", 0) < OLDEST_WIRE_VERSION)
        return pryv_fail(err, PRYV_FAILED, "the server is MongoDB %s; 4.4 or newer is needed", server->version);
    return PRYV_OK;
}

enum pryv_rc server_open(struct server *server, mongoc_uri_t *uri, struct pryv_err *err)
{
    bson_error_t error;

    snprintf(server->process, sizeof(server->process), "%.*s", PRYV_STR_ARG(pryv_id_new(err->arena)));
    be_safe(uri);
    server->pool = mongoc_client_pool_new_with_error(uri, &error);
    if (!server->pool)
        return pryv_fail(err, PRYV_FAILED, "no connection can be made from storages.engines.mongodb: %s", error.message);
    mongoc_client_pool_set_error_api(server->pool, MONGOC_ERROR_API_VERSION_2);
    mongoc_client_pool_set_appname(server->pool, "pryvd");
    return PRYV_OK;
}

enum pryv_rc server_look(struct server *server, int64_t clients, struct pryv_err *err)
{
    int64_t share = FERRETDB_CLIENTS / (pryv_worker_count() > 0 ? pryv_worker_count() : 1);
    enum pryv_rc rc = ask_who(server, err);

    if (rc == PRYV_OK && server->is_ferretdb && clients > share)
        clients = share < 2 ? 2 : share;
    mongoc_client_pool_max_size(server->pool, (uint32_t) clients);
    return rc;
}

void server_close(struct server *server)
{
    if (server->pool)
        mongoc_client_pool_destroy(server->pool);
    server->pool = NULL;
}

enum pryv_rc server_take(struct server *server, mongoc_client_t **client, struct pryv_err *err)
{
    *client = mongoc_client_pool_pop(server->pool);
    return *client ? PRYV_OK : pryv_fail(err, PRYV_BUSY, "all connections to the database are in use");
}

void server_give(struct server *server, mongoc_client_t *client)
{
    if (client)
        mongoc_client_pool_push(server->pool, client);
}
