/* storage-pg.so - the interfaces "storage" and "platform" on PostgreSQL 13 and newer: all users in one database. */
#include "connect.h"
#include "cursor.h"
#include "engine.h"
#include "event_group.h"
#include "migrations.h"
#include "neighbours.h"
#include "room.h"
#include "server_lock.h"
#include <pryv/crypto.h>
#include <pryv/plugin.h>
#include <stdlib.h>
#include <unistd.h>

#define LOG_NAME "storage-pg"

/* One group of writes at a time, for what waits meanwhile makes the next one larger, and PostgreSQL's work is that of the groups: of 1, 2, 3 and 4 at a time the
 * fewest did the most. Patience keeps a slow one from holding up the others. */
enum { WRITING_GROUPS = 1, WRITING_PATIENCE_MS = 10 };

struct pg_config {
    struct pryv_str engine;
    struct connect_config connect;
    int64_t max;
    double wait_seconds;
    double statement_seconds;
    double idle_seconds;
    double start_seconds;
};

#define KEY "storages.engines.postgresql."

static const struct pryv_config_key keys[] = {
    PRYV_CONFIG_TEXT(
        struct pg_config, engine, "storages.base.engine", "sqlite", 0,
        "Where users' data and the platform are kept: sqlite, postgresql, mongodb, or what another storage plugin answers to."),
    PRYV_CONFIG_TEXT(
        struct pg_config, connect.host, KEY "host", "127.0.0.1", 0,
        "Where PostgreSQL listens; a folder: the one of its socket. Several, with commas between: the first that answers."),
    PRYV_CONFIG_INT(struct pg_config, connect.port, KEY "port", "5432", 1, 65535, "Its port."),
    PRYV_CONFIG_TEXT(struct pg_config, connect.database, KEY "database", "pryv-node", 0,
                     "The database. It must be there, and belong to the user."),
    PRYV_CONFIG_TEXT(struct pg_config, connect.user, KEY "user", "pryv", 0, "The role that the server signs in as."),
    PRYV_CONFIG_TEXT(struct pg_config, connect.password, KEY "password", NULL, PRYV_CONFIG_SECRET,
                     "Its password. Unset: none is sent, or that of libpq's password file (PGPASSFILE)."),
    PRYV_CONFIG_TEXT(struct pg_config, connect.parameters, KEY "parameters", NULL, PRYV_CONFIG_SECRET,
                     "Further parameters of libpq as a connection string, stronger than the keys above: "
                     "`sslmode=verify-full sslrootcert=/etc/ssl/db.pem`, `passfile=...`, `target_session_attrs=read-write`."),
    PRYV_CONFIG_INT(struct pg_config, max, KEY "max", "20", 2, 1000,
                    "Connections that a worker has at most; requests beyond wait for one, the first come first served."),
    PRYV_CONFIG_NUMBER(
        struct pg_config, wait_seconds, KEY "waitSeconds", "10", 0.01, 300,
        "How many seconds a request waits for a connection, or for others that write the same user's data, before it is "
        "refused with 503."),
    PRYV_CONFIG_NUMBER(struct pg_config, statement_seconds, KEY "statementSeconds", "60", 0, 86400,
                       "A statement that takes longer is given up, and its request refused with 503; 0: no limit."),
    PRYV_CONFIG_NUMBER(struct pg_config, connect.seconds, KEY "connectSeconds", "5", 2, 300,
                       "How many seconds making a connection may take. Whole seconds."),
    PRYV_CONFIG_NUMBER(struct pg_config, idle_seconds, KEY "idleSeconds", "300", 1, 86400,
                       "A connection that was not used for so many seconds is closed."),
    PRYV_CONFIG_NUMBER(struct pg_config, start_seconds, KEY "startSeconds", "60", 0, 3600,
                       "A worker that starts waits so many seconds for PostgreSQL before the start fails."),
    PRYV_CONFIG_END
};

static struct pryv_storage_ops storage_ops = {
    .size = sizeof(storage_ops),
    .engine = "postgresql",
};

static struct pryv_platform_ops platform_ops = {
    .size = sizeof(platform_ops),
    .engine = "postgresql",
};

/* Each file knows its part of the contracts. */
static void fill_tables(void)
{
    accesses_offer(&storage_ops);
    account_offer(&storage_ops);
    bulk_offer(&storage_ops);
    cursor_offer(&storage_ops);
    event_create_offer(&storage_ops);
    event_history_offer(&storage_ops);
    event_page_offer(&storage_ops);
    event_query_offer(&storage_ops);
    events_offer(&storage_ops);
    inventory_offer(&storage_ops);
    key_values_offer(&storage_ops);
    series_offer(&storage_ops);
    series_write_offer(&storage_ops);
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

static void pg_stop(void *self)
{
    struct engine *engine = self;

    if (!engine)
        return;
    pool_close(&engine->pool);
    group_release(&engine->series_writes);
    group_release(&engine->creations);
    turns_release(&engine->turns);
    numbers_release(&engine->numbers);
    free(engine);
}

/* A database that is being started, or moved, is waited for. */
static enum pryv_rc migrate_when_reachable(const struct engine *engine, double seconds, struct pryv_err *err)
{
    double end = line_now() + seconds;
    bool told = false;
    enum pryv_rc rc;

    while ((rc = migrate_database(&engine->pool.options, err)) == PRYV_BUSY && line_now() < end) {
        if (!told)
            pryv_log_warn(LOG_NAME, "waiting up to %g seconds: %s", seconds, err->message);
        told = true;
        usleep(200000);
    }
    return rc;
}

static enum pryv_rc pg_init(const void *config_, void **self, struct pryv_err *err)
{
    const struct pg_config *config = config_;
    struct engine *engine = calloc(1, sizeof(*engine));
    enum pryv_rc rc;

    if (!engine)
        abort();
    *self = engine;
    pool_init(&engine->pool, (unsigned) config->max, config->wait_seconds);
    turns_init(&engine->turns);
    numbers_init(&engine->numbers);
    group_init(&engine->creations, WRITING_GROUPS, WRITING_PATIENCE_MS, creations_do, engine);
    group_init(&engine->series_writes, WRITING_GROUPS, WRITING_PATIENCE_MS, series_writes_do, engine);
    engine->idle_seconds = config->idle_seconds;
    engine->pool.options.server_number = server_own_number();
    engine->pool.options.lock_seconds = config->wait_seconds;
    engine->pool.options.statement_seconds = config->statement_seconds;
    rc = connect_options(&config->connect, &engine->pool.options, err);
    if (rc == PRYV_OK)
        rc = migrate_when_reachable(engine, config->start_seconds, err);
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

    pool_close_idle(&engine->pool, engine->idle_seconds);
}

static enum pryv_rc pg_start(void *self, struct pryv_err *err PRYV_UNUSED)
{
    struct engine *engine = self;

    if (pryv_worker_index() == 0) {
        room_check(&engine->pool);
        neighbours_check(&engine->pool);
    }
    pryv_every(engine->idle_seconds < 30 ? engine->idle_seconds : 30, close_idle, engine);
    return PRYV_OK;
}

static const struct pryv_interface_ref provides[] = { { "storage", PRYV_STORAGE_VERSION },
                                                      { "platform", PRYV_PLATFORM_VERSION },
                                                      { NULL, 0 } };

PRYV_PLUGIN_CHOSEN_BY("storages.base.engine", "sqlite", "postgresql");

PRYV_PLUGIN = {
    PRYV_PLUGIN_HEAD,
    .name = "storage-pg",
    .version = PRYVD_VERSION,
    .summary = "users' data and the platform in PostgreSQL",
    .provides = provides,
    .config = keys,
    .config_size = sizeof(struct pg_config),
    .init = pg_init,
    .start = pg_start,
    .stop = pg_stop,
};
