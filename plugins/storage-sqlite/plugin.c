/* storage-sqlite.so - the interfaces "storage" and "platform" on SQLite: one database file for each user, one for the platform and the index
 * of users. */
#include "cursor.h"
#include "engine.h"
#include <pryv/plugin.h>
#include <pryv/series_write.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

struct sqlite_config {
    struct pryv_str engine;
    struct pryv_str path;
    struct pryv_str platform_path;
    int64_t max_connections;
    double idle_seconds;
    double busy_seconds;
    int64_t cache_kb;
    int64_t checkpoint_pages;
    int64_t group_sessions;
    double group_milliseconds;
};

static const struct pryv_config_key keys[] = {
    PRYV_CONFIG_TEXT(
        struct sqlite_config, engine, "storages.base.engine", "sqlite", 0,
        "Where users' data and the platform are kept: sqlite, postgresql, mongodb, or what another storage plugin answers to."),
    PRYV_CONFIG_TEXT(struct sqlite_config, path, "storages.engines.sqlite.path", NULL, 0,
                     "Folder of the users' folders, each with the database of its user. Unset: `users` in the data folder."),
    PRYV_CONFIG_TEXT(struct sqlite_config, platform_path, "storages.engines.sqlite.platformFile", NULL, 0,
                     "Database of the platform and of the index of users. Unset: `platform.db` in the data folder."),
    PRYV_CONFIG_INT(
        struct sqlite_config, max_connections, "storages.engines.sqlite.maxConnections", "64", 2, 10000,
        "Database connections that a worker keeps open, about three files each, however many users there are. While more "
        "requests than that are at work, each of them has its own."),
    PRYV_CONFIG_NUMBER(struct sqlite_config, idle_seconds, "storages.engines.sqlite.idleSeconds", "60", 1, 86400,
                       "A connection that was not used for so many seconds is closed."),
    PRYV_CONFIG_NUMBER(struct sqlite_config, busy_seconds, "storages.engines.sqlite.busySeconds", "10", 0.01, 300,
                       "How many seconds a write waits for others of the same user before it is refused with 503."),
    PRYV_CONFIG_INT(struct sqlite_config, cache_kb, "storages.engines.sqlite.cacheKb", "1024", 64, 1048576,
                    "Most kilobytes of pages that a connection keeps in memory."),
    PRYV_CONFIG_INT(struct sqlite_config, checkpoint_pages, "storages.engines.sqlite.checkpointPages", "2000", 100, 1000000,
                    "A user's write-ahead log is copied into the database when it has so many pages of 4096 bytes."),
    PRYV_CONFIG_INT(struct sqlite_config, group_sessions, "storages.engines.sqlite.groupWrites", "64", 1, 10000,
                    "At most so many concurrent writes of a user become durable by one flush of the disk."),
    PRYV_CONFIG_NUMBER(struct sqlite_config, group_milliseconds, "storages.engines.sqlite.groupMilliseconds", "5", 0, 1000,
                       "A write does not join others that have waited longer than so many milliseconds to become durable."),
    PRYV_CONFIG_END
};

static struct pryv_storage_ops storage_ops = {
    .size = sizeof(storage_ops),
    .engine = "sqlite",
};

static struct pryv_platform_ops platform_ops = {
    .size = sizeof(platform_ops),
    .engine = "sqlite",
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
    group_commit_offer(&storage_ops);
    inventory_offer(&storage_ops);
    key_values_offer(&storage_ops);
    series_offer(&storage_ops);
    storage_ops.series_write = series_write;
    session_offer(&storage_ops);
    signed_in_offer(&storage_ops);
    streams_offer(&storage_ops);
    user_sessions_offer(&storage_ops);
    users_offer(&storage_ops);
    webhooks_offer(&storage_ops);
    platform_cores_offer(&platform_ops);
    platform_names_offer(&platform_ops);
    platform_values_offer(&platform_ops);
}

/* ---- Life ------------------------------------------------------------------------------------ */

static char *path_or(struct pryv_str configured, const char *name)
{
    char *path;

    if (configured.data && configured.len) {
        path = pryv_str_dup(configured);
        if (path[configured.len - 1] == '/' && configured.len > 1)
            path[configured.len - 1] = '\0';
    } else if (asprintf(&path, "%s/%s", pryv_data_dir().data, name) == -1) {
        path = NULL;
    }
    if (!path)
        abort();
    return path;
}

static void sqlite_stop(void *self)
{
    struct engine *engine = self;

    if (!engine)
        return;
    if (engine->platform)
        database_put(engine->platform);
    pool_close(&engine->pool);
    user_image_free(&engine->user_image);
    free(engine->users_path);
    free(engine->platform_path);
    free(engine);
}

static enum pryv_rc sqlite_init(const void *config_, void **self, struct pryv_err *err)
{
    const struct sqlite_config *config = config_;
    struct engine *engine = calloc(1, sizeof(*engine));

    if (!engine)
        abort();
    *self = engine;
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* counts that nobody reads cost a lock with each allocation */
    pool_init(&engine->pool);
    user_image_init(&engine->user_image);
    engine->pool.options = (struct connection_options){ config->busy_seconds, config->cache_kb * 1024, config->checkpoint_pages };
    engine->pool.max_connections = config->max_connections;
    engine->pool.group_sessions = config->group_sessions;
    engine->pool.group_seconds = config->group_milliseconds / 1000;
    engine->users_path = path_or(config->path, "users");
    engine->platform_path = path_or(config->platform_path, "platform.db");
    engine->idle_seconds = config->idle_seconds;

    enum pryv_rc rc = platform_open(engine, err);

    fill_tables();
    if (rc == PRYV_OK)
        rc = pryv_provide("storage", PRYV_STORAGE_VERSION, &storage_ops, engine, err);
    if (rc == PRYV_OK)
        rc = pryv_provide("platform", PRYV_PLATFORM_VERSION, &platform_ops, engine, err);
    return rc;
}

static void close_idle(void *self)
{
    struct engine *engine = self;

    if (pool_close_idle(&engine->pool, engine->idle_seconds) > 0)
        malloc_trim(0); /* their caches were scattered: the C library would keep the pages */
}

static void sweep_users(void *self)
{
    users_sweep(self);
}

static enum pryv_rc sqlite_start(void *self, struct pryv_err *err PRYV_UNUSED)
{
    struct engine *engine = self;

    pryv_every(engine->idle_seconds < 30 ? engine->idle_seconds : 30, close_idle, engine);
    if (pryv_worker_index() == 0) {
        users_sweep(engine);
        pryv_every(60, sweep_users, engine);
    }
    return PRYV_OK;
}

static const struct pryv_interface_ref provides[] = { { "storage", PRYV_STORAGE_VERSION },
                                                      { "platform", PRYV_PLATFORM_VERSION },
                                                      { NULL, 0 } };

PRYV_PLUGIN_CHOSEN_BY("storages.base.engine", "sqlite", "sqlite");

PRYV_PLUGIN = {
    PRYV_PLUGIN_HEAD,
    .name = "storage-sqlite",
    .version = PRYVD_VERSION,
    .summary = "users' data and the platform in SQLite files",
    .provides = provides,
    .config = keys,
    .config_size = sizeof(struct sqlite_config),
    .init = sqlite_init,
    .start = sqlite_start,
    .stop = sqlite_stop,
};
