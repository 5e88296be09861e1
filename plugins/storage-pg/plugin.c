/* storage-pg.so - the interfaces "storage" and "platform" on PostgreSQL 13 and newer: all users in one database. */
#include "connect.h"
#include "cursor.h"
#include "engine.h"
#include "migrations.h"
#include <pryv/crypto.h>
#include <pryv/plugin.h>
#include <stdlib.h>
#include <unistd.h>

#define LOG_NAME "storage-pg"

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

static const struct pryv_storage_ops storage_ops = {
    .size = sizeof(storage_ops),
    .engine = "postgresql",
    .user_create = pg_user_create,
    .user_by_name = pg_user_by_name,
    .user_by_id = pg_user_by_id,
    .user_rename = pg_user_rename,
    .user_erase = pg_user_erase,
    .users_list = pg_users_list,
    .open = pg_open,
    .commit = session_commit,
    .close = pg_close,
    .stream_insert = pg_stream_insert,
    .stream_update = pg_stream_update,
    .stream_delete = pg_stream_delete,
    .stream_get = pg_stream_get,
    .streams_all = pg_streams_all,
    .streams_count = pg_streams_count,
    .stream_deletions = pg_stream_deletions,
    .event_insert = pg_event_insert,
    .event_update = pg_event_update,
    .event_get = pg_event_get,
    .events_query = pg_events_query,
    .event_versions = pg_event_versions,
    .versioned_events = pg_versioned_events,
    .event_versions_delete = pg_event_versions_delete,
    .event_versions_reduce = pg_event_versions_reduce,
    .event_deletions = pg_event_deletions,
    .events_in_streams = pg_events_in_streams,
    .deletions_purge = pg_deletions_purge,
    .cursor_next = pg_cursor_next,
    .cursor_close = pg_cursor_close,
    .access_insert = pg_access_insert,
    .access_update = pg_access_update,
    .access_delete = pg_access_delete,
    .access_get = pg_access_get,
    .access_by_token = pg_access_by_token,
    .accesses_all = pg_accesses_all,
    .accesses_count = pg_accesses_count,
    .access_deletions = pg_access_deletions,
    .access_versions = pg_access_versions,
    .access_used = pg_access_used,
    .session_put = pg_session_put,
    .session_get = pg_session_get,
    .session_find = pg_session_find,
    .session_delete = pg_session_delete,
    .sessions_all = pg_sessions_all,
    .password_add = pg_password_add,
    .passwords = pg_passwords,
    .password_replace = pg_password_replace,
    .account_set = pg_account_set,
    .account_all = pg_account_all,
    .account_history = pg_account_history,
    .account_delete = pg_account_delete,
    .value_set = pg_value_set,
    .value_get = pg_value_get,
    .value_all = pg_value_all,
    .value_scopes = pg_value_scopes,
    .webhook_insert = pg_webhook_insert,
    .webhook_update = pg_webhook_update,
    .webhook_delete = pg_webhook_delete,
    .webhooks_all = pg_webhooks_all,
    .series_append = pg_series_append,
    .series_scan = pg_series_scan,
    .series_drop = pg_series_drop,
    .series_events = pg_series_events,
    .audit_insert = pg_audit_insert,
    .audit_get = pg_audit_get,
    .audit_query = pg_audit_query,
    .usage = pg_usage,
    .event_create = pg_event_create,
    .events_get = pg_events_get,
    .series_append_all = pg_series_append_all,
};

static const struct pryv_platform_ops platform_ops = {
    .size = sizeof(platform_ops),
    .engine = "postgresql",
    .reserve = platform_reserve,
    .confirm = platform_confirm,
    .release = platform_release,
    .unique_owner = platform_unique_owner,
    .unique_move = platform_unique_move,
    .indexed_set = platform_indexed_set,
    .user_fields = platform_user_fields,
    .former_names = platform_former_names,
    .user_core = platform_user_core,
    .user_delete = platform_user_delete,
    .user_rename = platform_user_rename,
    .core_counts = platform_core_counts,
    .core_users = platform_core_users,
    .core_move = platform_core_move,
    .value_put = platform_value_put,
    .value_put_new = platform_value_put_new,
    .value_replace = platform_value_replace,
    .value_get = platform_value_get,
    .value_take = platform_value_take,
    .value_delete = platform_value_delete,
    .values_list = platform_values_list,
    .values_with_ends = platform_values_with_ends,
    .sweep = platform_sweep,
};

/* ---- Life ------------------------------------------------------------------------------------ */

static void pg_stop(void *self)
{
    struct engine *engine = self;

    if (!engine)
        return;
    pool_close(&engine->pool);
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
    engine->idle_seconds = config->idle_seconds;
    engine->pool.options.lock_seconds = config->wait_seconds;
    engine->pool.options.statement_seconds = config->statement_seconds;
    rc = connect_options(&config->connect, &engine->pool.options, err);
    if (rc == PRYV_OK)
        rc = migrate_when_reachable(engine, config->start_seconds, err);
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
