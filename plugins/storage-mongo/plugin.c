/* storage-mongo.so - the interfaces "storage" and "platform" on MongoDB 4.4 and newer, or FerretDB 1.x. chain.h tells how transactions are
 * kept without the server's. */
#include "cursor.h"
#include "engine.h"
#include "neighbours.h"
#include <pryv/log.h>
#include <pryv/plugin.h>
#include <pryv/series_write.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct mongo_config {
    struct pryv_str engine; /* the kernel's: which engine serves */
    struct pryv_str url;
    struct pryv_str host;
    int64_t port;
    struct pryv_str name, platform_name;
    struct pryv_str user, password;
    int64_t connect_milliseconds, socket_milliseconds;
    int64_t max_connections;
    double busy_seconds, lease_seconds, snapshot_seconds, start_seconds;
};

static const struct pryv_config_key keys[] = {
    PRYV_CONFIG_TEXT(
        struct mongo_config, engine, "storages.base.engine", "sqlite", 0,
        "Where users' data and the platform are kept: sqlite, postgresql, mongodb, or what another storage plugin answers to."),
    PRYV_CONFIG_TEXT(
        struct mongo_config, url, "storages.engines.mongodb.url", NULL, PRYV_CONFIG_SECRET,
        "Connection string, `mongodb://...` or `mongodb+srv://...`, for what the keys below cannot say: replica sets, TLS, "
        "mechanisms of authentication. Unset: made of host, port, authUser and authPassword."),
    PRYV_CONFIG_TEXT(struct mongo_config, host, "storages.engines.mongodb.host", "127.0.0.1", 0,
                     "Where MongoDB or FerretDB listens."),
    PRYV_CONFIG_INT(struct mongo_config, port, "storages.engines.mongodb.port", "27017", 1, 65535, "Its port."),
    PRYV_CONFIG_TEXT(struct mongo_config, name, "storages.engines.mongodb.name", "pryv-node", 0,
                     "Database of the users of this core. Cores that share a server have one each."),
    PRYV_CONFIG_TEXT(struct mongo_config, platform_name, "storages.engines.mongodb.platformName", NULL, 0,
                     "Database of the platform, which cores may share. Unset: the database of the users."),
    PRYV_CONFIG_TEXT(struct mongo_config, user, "storages.engines.mongodb.authUser", NULL, 0,
                     "Who signs in to the server, against its database `admin`. Unset: nobody does."),
    PRYV_CONFIG_TEXT(struct mongo_config, password, "storages.engines.mongodb.authPassword", NULL, PRYV_CONFIG_SECRET,
                     "The password of that user."),
    PRYV_CONFIG_INT(struct mongo_config, connect_milliseconds, "storages.engines.mongodb.connectTimeoutMS", "10000", 100, 600000,
                    "Most milliseconds that making a connection takes."),
    PRYV_CONFIG_INT(struct mongo_config, socket_milliseconds, "storages.engines.mongodb.socketTimeoutMS", "60000", 100, 3600000,
                    "Most milliseconds that the server may take for an answer."),
    PRYV_CONFIG_INT(struct mongo_config, max_connections, "storages.engines.mongodb.maxConnections", "100", 2, 10000,
                    "Connections to the server that a worker has at most."),
    PRYV_CONFIG_NUMBER(
        struct mongo_config, busy_seconds, "storages.engines.mongodb.busySeconds", "10", 0.01, 300,
        "How many seconds a request waits for the server, for a connection, or for others that write the same data, "
        "before it is refused with 503."),
    PRYV_CONFIG_NUMBER(struct mongo_config, lease_seconds, "storages.engines.mongodb.leaseSeconds", "5", 0.5, 300,
                       "How many seconds others wait for a process that died while it wrote. A write that takes longer may be "
                       "refused with 503."),
    PRYV_CONFIG_NUMBER(struct mongo_config, snapshot_seconds, "storages.engines.mongodb.snapshotSeconds", "3600", 10, 604800,
                       "Earlier versions of rows are kept so many seconds, for requests that still read them; one that reads for "
                       "longer fails when others have written meanwhile."),
    PRYV_CONFIG_NUMBER(struct mongo_config, start_seconds, "storages.engines.mongodb.startSeconds", "60", 0, 3600,
                       "A worker that starts waits so many seconds for the server before the start fails."),
    PRYV_CONFIG_END
};

static struct pryv_storage_ops storage_ops = {
    .size = sizeof(storage_ops),
    .engine = "mongodb",
};

static struct pryv_platform_ops platform_ops = {
    .size = sizeof(platform_ops),
    .engine = "mongodb",
};

static enum pryv_rc series_write(void *self, struct pryv_str user_id, const struct pryv_event *const *events,
                                 const struct pryv_series_chunk *chunks, size_t count, struct pryv_err *err)
{
    return pryv_series_write(&storage_ops, self, user_id, events, chunks, count, err);
}

/* Each file knows its part of the contracts. */
static void fill_tables(void)
{
    accesses_offer(&storage_ops);
    account_offer(&storage_ops);
    cursor_offer(&storage_ops);
    event_history_offer(&storage_ops);
    event_query_offer(&storage_ops);
    events_offer(&storage_ops);
    inventory_offer(&storage_ops);
    key_values_offer(&storage_ops);
    series_offer(&storage_ops);
    storage_ops.series_write = series_write;
    signed_in_offer(&storage_ops);
    streams_offer(&storage_ops);
    usage_offer(&storage_ops);
    user_sessions_offer(&storage_ops);
    users_offer(&storage_ops);
    webhooks_offer(&storage_ops);
    platform_cores_offer(&platform_ops);
    platform_fields_offer(&platform_ops);
    platform_names_offer(&platform_ops);
    platform_rename_offer(&platform_ops);
    platform_values_offer(&platform_ops);
}

/* ---- Life ------------------------------------------------------------------------------------ */

/* Of the simple keys, or of the connection string; NULL: it is none. */
static mongoc_uri_t *make_uri(const struct mongo_config *config, struct pryv_err *err)
{
    bson_error_t error;
    mongoc_uri_t *uri;

    if (config->url.data && config->url.len) {
        uri = mongoc_uri_new_with_error(config->url.data, &error);
        if (!uri)
            pryv_fail(err, PRYV_FAILED, "storages.engines.mongodb.url is no connection string: %s", error.message);
        return uri;
    }
    uri = mongoc_uri_new_for_host_port(config->host.data, (uint16_t) config->port);
    if (!uri)
        pryv_fail(err, PRYV_FAILED, "storages.engines.mongodb.host is no host: %s", config->host.data);
    if (uri && config->user.data && config->user.len) {
        mongoc_uri_set_username(uri, config->user.data);
        mongoc_uri_set_password(uri, config->password.data ? config->password.data : "");
        mongoc_uri_set_auth_source(uri, "admin");
    }
    return uri;
}

static void set_unless_given(mongoc_uri_t *uri, const char *option, double milliseconds)
{
    if (!bson_has_field(mongoc_uri_get_options(uri), option))
        mongoc_uri_set_option_as_int32(uri, option, (int32_t) milliseconds);
}

static enum pryv_rc open_server(struct server *server, const struct mongo_config *config, struct pryv_err *err)
{
    mongoc_uri_t *uri = make_uri(config, err);
    enum pryv_rc rc;

    if (!uri)
        return err->rc;
    set_unless_given(uri, MONGOC_URI_CONNECTTIMEOUTMS, (double) config->connect_milliseconds);
    set_unless_given(uri, MONGOC_URI_SOCKETTIMEOUTMS, (double) config->socket_milliseconds);
    set_unless_given(uri, MONGOC_URI_WAITQUEUETIMEOUTMS, config->busy_seconds * 1000);
    set_unless_given(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, config->busy_seconds * 1000);
    rc = server_open(server, uri, err);
    mongoc_uri_destroy(uri);
    return rc;
}

static void mongo_stop(void *self)
{
    struct engine *engine = self;

    if (!engine)
        return;
    neighbours_leave(engine);
    server_close(&engine->server);
    turns_destroy(&engine->turns);
    pthread_mutex_destroy(&engine->sessions_lock);
    pthread_mutex_destroy(&engine->known_lock);
    for (size_t i = 0; i < KNOWN_USERS; i++)
        free(engine->known[i].id);
    free(engine->database);
    free(engine->platform_database);
    free(engine);
    mongoc_cleanup();
}

static void tell_server(const struct engine *engine)
{
    if (engine->server.is_ferretdb)
        pryv_log_warn(
            LOG_NAME,
            "the server is FerretDB (as MongoDB %s): all promises are kept, but it reads a whole collection of a user for every "
            "query, and knows no read and write concerns: how durable a write is, is its back end's to say",
            engine->server.version);
    else
        pryv_log_info(LOG_NAME, "the server is MongoDB %s", engine->server.version);
}

/* What the driver has to say is about single connections; what fails for good is told by who asked. */
static void log_driver(mongoc_log_level_t level, const char *domain, const char *message, void *unused PRYV_UNUSED)
{
    if (level <= MONGOC_LOG_LEVEL_CRITICAL)
        pryv_log_warn(LOG_NAME, "%s: %s", domain, message);
    else if (level <= MONGOC_LOG_LEVEL_INFO)
        pryv_log_debug(LOG_NAME, "%s: %s", domain, message);
}

static struct engine *new_engine(const struct mongo_config *config)
{
    struct engine *engine = calloc(1, sizeof(*engine));

    if (!engine)
        abort();
    mongoc_init();
    mongoc_log_set_handler(log_driver, NULL);
    turns_init(&engine->turns);
    pthread_mutex_init(&engine->sessions_lock, NULL);
    pthread_mutex_init(&engine->known_lock, NULL);
    engine->database = pryv_str_dup(config->name);
    engine->platform_database = pryv_str_dup(config->platform_name.len ? config->platform_name : config->name);
    engine->busy_seconds = config->busy_seconds;
    engine->lease_seconds = config->lease_seconds;
    engine->snapshot_seconds = config->snapshot_seconds;
    return engine;
}

/* A server that is being started, or moved, is waited for. */
static enum pryv_rc open_when_reachable(struct engine *engine, const struct mongo_config *config, struct pryv_err *err)
{
    double end = steady_seconds() + config->start_seconds;
    bool told = false;
    enum pryv_rc rc;

    while ((rc = server_look(&engine->server, config->max_connections, err)) == PRYV_BUSY && steady_seconds() < end) {
        if (!told)
            pryv_log_warn(LOG_NAME, "waiting up to %g seconds: %s", config->start_seconds, err->message);
        told = true;
        usleep(200000);
    }
    return rc;
}

static enum pryv_rc mongo_init(const void *config_, void **self, struct pryv_err *err)
{
    const struct mongo_config *config = config_;
    struct engine *engine = new_engine(config);
    enum pryv_rc rc;

    *self = engine;
    rc = open_server(&engine->server, config, err);
    if (rc == PRYV_OK)
        rc = open_when_reachable(engine, config, err);
    if (rc == PRYV_OK)
        rc = layout_prepare(engine, err);
    fill_tables();
    if (rc == PRYV_OK)
        rc = pryv_provide("storage", PRYV_STORAGE_VERSION, &storage_ops, engine, err);
    if (rc == PRYV_OK)
        rc = pryv_provide("platform", PRYV_PLATFORM_VERSION, &platform_ops, engine, err);
    return rc;
}

static void sweep_users(void *self)
{
    users_sweep(self);
}

static void sweep_versions(void *self)
{
    versions_sweep(self);
}

static void look_for_neighbours(void *self)
{
    neighbours_look(self);
}

static enum pryv_rc mongo_start(void *self, struct pryv_err *err PRYV_UNUSED)
{
    struct engine *engine = self;

    if (pryv_worker_index() != 0)
        return PRYV_OK;
    tell_server(engine);
    neighbours_look(engine);
    pryv_every(MARK_SECONDS, look_for_neighbours, engine);
    pryv_every(60, sweep_users, engine);
    pryv_every(engine->snapshot_seconds / 4, sweep_versions, engine);
    return PRYV_OK;
}

static const struct pryv_interface_ref provides[] = { { "storage", PRYV_STORAGE_VERSION },
                                                      { "platform", PRYV_PLATFORM_VERSION },
                                                      { NULL, 0 } };

/* Without it the driver keeps counters for mongoc-stat in a file of /dev/shm, which a process that is killed leaves there. */
PRYV_PLUGIN_ENVIRONMENT("MONGOC_DISABLE_SHM", "1");

PRYV_PLUGIN_CHOSEN_BY("storages.base.engine", "sqlite", "mongodb");

PRYV_PLUGIN = {
    PRYV_PLUGIN_HEAD,
    .name = "storage-mongo",
    .version = PRYVD_VERSION,
    .summary = "users' data and the platform in MongoDB or FerretDB",
    .provides = provides,
    .config = keys,
    .config_size = sizeof(struct mongo_config),
    .init = mongo_init,
    .start = mongo_start,
    .stop = mongo_stop,
};
