/* database.h - the database files that this worker has open.
 *
 * A database is known while a session uses it or a connection to it is open. Connections are opened when needed and kept for the next
 * session; when the worker has `max_connections`, the one that was idle longest is closed for a new one. (Sessions at work are never closed,
 * so that a worker with more executor threads than that may have as many as threads.)
 *
 * Threads   Any. Lock order: a database's write lock, then the pool's; nothing blocks while it holds the pool's. */
#ifndef STORAGE_SQLITE_DATABASE_H
#define STORAGE_SQLITE_DATABASE_H

#include "connection.h"
#include "migrations.h"
#include <pthread.h>
#include <stdatomic.h>

struct waiting_writer;
struct commit_group;

struct database {
    struct pool *pool;
    char *name; /* the user's id; "" for the platform */
    size_t name_len;
    char *path;
    const struct schema *schema;
    int identity; /* names the file as it was when it was opened, whatever takes its place; -1: not watched */
    _Atomic bool erased;

    /* Under the pool's lock. */
    unsigned users; /* sessions, and connections that are open */
    bool listed;
    struct connection *idle;
    struct database *next;

    /* Writing: see group_commit.c. Under `lock`. */
    pthread_mutex_t lock;
    bool writing;
    struct waiting_writer *first_waiting, *last_waiting;
    /* The writer's alone. */
    struct connection *writer;
    struct commit_group *group;
};

enum { DATABASE_BUCKETS = 256 };

struct pool {
    pthread_mutex_t lock;
    struct connection_options options;
    int64_t max_connections;
    int64_t group_sessions; /* at most so many sessions in one commit */
    double group_seconds;   /* and none joins a transaction older than this */
    int64_t open_connections;
    struct connection *oldest, *newest; /* idle */
    struct database *buckets[DATABASE_BUCKETS];
};

void pool_init(struct pool *pool);
void pool_close(struct pool *pool); /* no session may be open */
/* Closes what was idle for longer; returns how many. */
size_t pool_close_idle(struct pool *pool, double seconds);

/* The known database of a name with one more use, or NULL. */
struct database *database_find(struct pool *pool, struct pryv_str name);
/* The same, made known when it is not. With `watched`, NOT_FOUND when there is no such file. */
enum pryv_rc database_get(struct pool *pool, struct pryv_str name, const char *path, const struct schema *schema, bool watched,
                          struct database **out, struct pryv_err *err);
void database_keep(struct database *database); /* one use more, of a database in use */
void database_put(struct database *database);  /* one use less */

/* The file is gone: sessions fail from now on, and the name is free for a new file. */
void database_forget(struct database *database);
/* False once the file was erased, by this worker or another. */
bool database_is_there(struct database *database);

/* A connection for this thread alone, until it is given back. `create`: make the file if there is none. */
enum pryv_rc connection_take(struct database *database, bool for_writing, bool create, struct connection **out,
                             struct pryv_err *err);
void connection_give(struct connection *connection);

#endif
