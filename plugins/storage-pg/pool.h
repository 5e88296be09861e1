/* pool.h - the connections of a worker, and whose turn it is to have one.
 *
 * At most `max` connections are at work. Who finds none waits in a queue, the first come first served, and is told PRYV_BUSY when that takes
 * too long. Connections are opened when needed, kept for the next, and closed when idle or when the server has ended them.
 *
 * Calls on the index of users and on the platform are short and may be made by who has a session: they never wait for sessions to end, for a
 * part of the connections is kept from sessions.
 *
 * A server that has none left makes the pool smaller: requests wait for the connections that are had, and one at a time asks for another now and then.
 *
 * Threads   Any. Nothing blocks while it holds the lock. */
#ifndef STORAGE_PG_POOL_H
#define STORAGE_PG_POOL_H

#include "connection.h"
#include "flush.h"
#include "line.h"

enum pool_use { POOL_SESSION, POOL_CALL };
enum { POOL_USES = 2 };

struct pool {
    pthread_mutex_t lock;
    struct connection_options options;
    unsigned max;
    unsigned open;    /* those that are had, at work or idle */
    unsigned allowed; /* how many may be at work: `max`, or those that are had while the server has no more */
    double ask_again; /* it is not asked for more before then */
    double tell_again;
    double wait_seconds;
    unsigned at_work[POOL_USES];
    struct line lines[POOL_USES];
    struct connection *idle; /* the one used last first */
    struct flusher flusher;
};

void pool_init(struct pool *pool, unsigned max, double wait_seconds); /* options are filled by the caller */
void pool_close(struct pool *pool);                                   /* no session may be open; frees the options too */
void pool_close_idle(struct pool *pool, double seconds);

/* How many sessions may be at work now. */
unsigned pool_sessions(struct pool *pool);

enum pryv_rc pool_take(struct pool *pool, enum pool_use use, struct connection **out, struct pryv_err *err);
/* `broken`: it is closed, for its transaction may still be open, or its server gone. */
void pool_give(struct pool *pool, enum pool_use use, struct connection *connection, bool broken);

/* One statement that is a transaction of its own. `answer` may be NULL; else it is to be given to PQclear. */
enum pryv_rc pool_run(struct pool *pool, struct call *call, PGresult **answer, struct pryv_err *err);

#endif
