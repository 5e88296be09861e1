/* database.c - see database.h. */
#include "database.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static double seconds_now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return (double) time.tv_sec + (double) time.tv_nsec / 1e9;
}

/* ---- Known databases ------------------------------------------------------------------------- */

static size_t bucket_of(struct pryv_str name)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ (unsigned char) name.data[i]) * 16777619u;
    return hash % DATABASE_BUCKETS;
}

static struct database **place_of(struct pool *pool, struct pryv_str name)
{
    struct database **at = &pool->buckets[bucket_of(name)];

    while (*at && !pryv_str_is(pryv_str_n((*at)->name, (*at)->name_len), name))
        at = &(*at)->next;
    return at;
}

static void unlist(struct database *database)
{
    struct database **at = &database->pool->buckets[bucket_of(pryv_str_n(database->name, database->name_len))];

    while (*at != database)
        at = &(*at)->next;
    *at = database->next;
    database->listed = false;
}

static void database_free(struct database *database)
{
    if (database->identity != -1)
        close(database->identity);
    pthread_mutex_destroy(&database->lock);
    free(database->name);
    free(database->path);
    free(database);
}

/* Under the lock; true when the caller is to free it once the lock is given back. */
static bool drop_use(struct database *database)
{
    if (--database->users)
        return false;
    if (database->listed)
        unlist(database);
    return true;
}

void database_keep(struct database *database)
{
    pthread_mutex_lock(&database->pool->lock);
    database->users++;
    pthread_mutex_unlock(&database->pool->lock);
}

void database_put(struct database *database)
{
    struct pool *pool = database->pool;

    pthread_mutex_lock(&pool->lock);

    bool last = drop_use(database);

    pthread_mutex_unlock(&pool->lock);
    if (last)
        database_free(database);
}

struct database *database_find(struct pool *pool, struct pryv_str name)
{
    pthread_mutex_lock(&pool->lock);

    struct database *database = *place_of(pool, name);

    if (database)
        database->users++;
    pthread_mutex_unlock(&pool->lock);
    return database;
}

static struct database *database_new(struct pool *pool, struct pryv_str name, const char *path, const struct schema *schema)
{
    struct database *database = calloc(1, sizeof(*database));

    if (!database)
        abort();
    database->pool = pool;
    database->name = pryv_str_dup(name);
    database->name_len = name.len;
    database->path = strdup(path);
    database->schema = schema;
    database->identity = -1;
    database->users = 1;
    if (!database->path || pthread_mutex_init(&database->lock, NULL) != 0)
        abort();
    return database;
}

enum pryv_rc database_get(struct pool *pool, struct pryv_str name, const char *path, const struct schema *schema, bool watched,
                          struct database **out, struct pryv_err *err)
{
    struct database *database = database_new(pool, name, path, schema);

    /* O_PATH: closing an ordinary descriptor of the file would take SQLite's locks away. */
    if (watched && (database->identity = open(path, O_PATH | O_CLOEXEC)) == -1) {
        int reason = errno;

        database_free(database);
        if (reason == ENOENT)
            return pryv_fail(err, PRYV_NOT_FOUND, "there is no file %s", path);
        return pryv_fail(err, reason == EMFILE || reason == ENFILE ? PRYV_BUSY : PRYV_FAILED, "cannot open %s: %s", path,
                         strerror(reason));
    }
    pthread_mutex_lock(&pool->lock);

    struct database **place = place_of(pool, name);
    struct database *known = *place;

    if (known)
        known->users++;
    else {
        *place = database;
        database->listed = true;
    }
    pthread_mutex_unlock(&pool->lock);
    if (known)
        database_free(database);
    *out = known ? known : database;
    return PRYV_OK;
}

bool database_is_there(struct database *database)
{
    struct stat status;

    if (atomic_load_explicit(&database->erased, memory_order_relaxed))
        return false;
    if (database->identity == -1 || (fstat(database->identity, &status) == 0 && status.st_nlink > 0))
        return true;
    database_forget(database);
    return false;
}

/* ---- Idle connections ------------------------------------------------------------------------ */

static void unlink_idle(struct connection *connection)
{
    struct pool *pool = connection->database->pool;
    struct connection **at = &connection->database->idle;

    while (*at != connection)
        at = &(*at)->sibling;
    *at = connection->sibling;
    *(connection->older ? &connection->older->newer : &pool->oldest) = connection->newer;
    *(connection->newer ? &connection->newer->older : &pool->newest) = connection->older;
    connection->sibling = connection->older = connection->newer = NULL;
}

/* The warm one for its kind of work, if there is one. */
static struct connection *pick_idle(struct database *database, bool for_writing)
{
    struct connection *picked = database->idle;

    while (picked && picked->wrote != for_writing)
        picked = picked->sibling;
    if (!picked)
        picked = database->idle;
    if (picked)
        unlink_idle(picked);
    return picked;
}

/* Closing may copy the log into the database: never under the lock. */
static void close_unlinked(struct connection *connection)
{
    struct database *database = connection->database;

    connection_free(connection);
    database_put(database);
}

void database_forget(struct database *database)
{
    struct pool *pool = database->pool;
    struct connection *idle;

    atomic_store(&database->erased, true);
    do {
        pthread_mutex_lock(&pool->lock);
        if (database->listed)
            unlist(database);
        if ((idle = pick_idle(database, false)))
            pool->open_connections--;
        pthread_mutex_unlock(&pool->lock);
        if (idle)
            close_unlinked(idle);
    } while (idle);
}

/* One more for the database, which the pool counts already. */
static enum pryv_rc open_another(struct database *database, bool create, struct connection **out, struct pryv_err *err)
{
    struct pool *pool = database->pool;
    struct connection *connection;
    enum pryv_rc rc = connection_open(database->path, create, &pool->options, &connection, err);

    if (rc == PRYV_OK && ((rc = schema_migrate(connection, database->schema, err)) != PRYV_OK ||
                          (rc = connection_run(connection, database->schema->secure_delete, err)) != PRYV_OK))
        connection_free(connection);
    if (rc != PRYV_OK) {
        pthread_mutex_lock(&pool->lock);
        pool->open_connections--;
        pthread_mutex_unlock(&pool->lock);
        database_put(database);
        return rc;
    }
    connection->database = database;
    *out = connection;
    return PRYV_OK;
}

enum pryv_rc connection_take(struct database *database, bool for_writing, bool create, struct connection **out,
                             struct pryv_err *err)
{
    struct pool *pool = database->pool;
    struct connection *connection;
    struct connection *crowded_out = NULL;

    pthread_mutex_lock(&pool->lock);
    connection = pick_idle(database, for_writing);
    if (!connection) {
        database->users++;
        if (pool->open_connections++ >= pool->max_connections && (crowded_out = pool->oldest)) {
            unlink_idle(crowded_out);
            pool->open_connections--;
        }
    }
    pthread_mutex_unlock(&pool->lock);
    if (crowded_out)
        close_unlinked(crowded_out);
    if (!connection)
        return open_another(database, create, out, err);
    *out = connection;
    return PRYV_OK;
}

void connection_give(struct connection *connection)
{
    struct database *database = connection->database;
    struct pool *pool = database->pool;

    connection->idle_since = seconds_now();
    pthread_mutex_lock(&pool->lock);

    bool surplus = pool->open_connections > pool->max_connections || atomic_load(&database->erased);

    if (surplus)
        pool->open_connections--;
    else {
        connection->sibling = database->idle;
        database->idle = connection;
        connection->older = pool->newest;
        connection->newer = NULL;
        *(pool->newest ? &pool->newest->newer : &pool->oldest) = connection;
        pool->newest = connection;
    }
    pthread_mutex_unlock(&pool->lock);
    if (surplus)
        close_unlinked(connection);
}

/* ---- The pool -------------------------------------------------------------------------------- */

void pool_init(struct pool *pool)
{
    if (pthread_mutex_init(&pool->lock, NULL) != 0)
        abort();
}

static struct connection *unlink_oldest(struct pool *pool, double before)
{
    pthread_mutex_lock(&pool->lock);

    struct connection *oldest = pool->oldest;

    if (oldest && oldest->idle_since > before)
        oldest = NULL;
    if (oldest) {
        unlink_idle(oldest);
        pool->open_connections--;
    }
    pthread_mutex_unlock(&pool->lock);
    return oldest;
}

size_t pool_close_idle(struct pool *pool, double seconds)
{
    struct connection *connection;
    size_t closed = 0;
    double before = seconds_now() - seconds;

    while ((connection = unlink_oldest(pool, before))) {
        close_unlinked(connection);
        closed++;
    }
    return closed;
}

void pool_close(struct pool *pool)
{
    pool_close_idle(pool, -1);
    pthread_mutex_destroy(&pool->lock);
}
