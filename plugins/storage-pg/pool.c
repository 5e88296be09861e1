/* pool.c - see pool.h. */
#include "pool.h"
#include <pryv/crypto.h>
#include <stdlib.h>

void pool_init(struct pool *pool, unsigned max, double wait_seconds)
{
    *pool = (struct pool){ .max = max, .max_sessions = max > 1 ? max - (max + 7) / 8 : 1, .wait_seconds = wait_seconds };
    pthread_mutex_init(&pool->lock, NULL);
    flusher_init(&pool->flusher);
}

static void close_all(struct connection *connection)
{
    while (connection) {
        struct connection *next = connection->next;

        connection_close(connection);
        connection = next;
    }
}

void pool_close(struct pool *pool)
{
    close_all(pool->idle);
    for (size_t i = 0; pool->options.keywords && pool->options.keywords[i]; i++) {
        free(pool->options.keywords[i]);
        free(pool->options.values[i]);
    }
    free((void *) pool->options.keywords);
    free((void *) pool->options.values);
    free(pool->options.name);
    flusher_release(&pool->flusher);
    pthread_mutex_destroy(&pool->lock);
}

void pool_close_idle(struct pool *pool, double seconds)
{
    double before = line_now() - seconds;
    struct connection **at = &pool->idle, *old;

    pthread_mutex_lock(&pool->lock);
    while (*at && (*at)->idle_since >= before)
        at = &(*at)->next;
    old = *at; /* those behind it were idle for longer */
    *at = NULL;
    pthread_mutex_unlock(&pool->lock);
    close_all(old);
}

/* ---- Places ---------------------------------------------------------------------------------- */

static bool has_place(const struct pool *pool, enum pool_use use)
{
    return pool->at_work[POOL_SESSION] + pool->at_work[POOL_CALL] < pool->max &&
           (use != POOL_SESSION || pool->at_work[POOL_SESSION] < pool->max_sessions || pool->max == 1);
}

static void give_places(struct pool *pool)
{
    static const enum pool_use order[] = { POOL_CALL, POOL_SESSION };

    for (size_t i = 0; i < PRYV_COUNT(order); i++) {
        struct line *line = &pool->lines[order[i]];

        while (line->first && has_place(pool, order[i])) {
            pool->at_work[order[i]]++;
            line_call(line);
        }
    }
}

/* Whether there is a place; with an idle connection, if there is one. */
static bool take_place(struct pool *pool, enum pool_use use, struct connection **idle)
{
    bool have;

    pthread_mutex_lock(&pool->lock);
    have = !pool->lines[use].first && has_place(pool, use);
    if (have)
        pool->at_work[use]++;
    else
        have = line_wait(&pool->lines[use], &pool->lock, pool->wait_seconds, 0);
    *idle = have ? pool->idle : NULL;
    if (*idle)
        pool->idle = (*idle)->next;
    pthread_mutex_unlock(&pool->lock);
    return have;
}

static struct connection *another_idle(struct pool *pool)
{
    struct connection *connection;

    pthread_mutex_lock(&pool->lock);
    if ((connection = pool->idle))
        pool->idle = connection->next;
    pthread_mutex_unlock(&pool->lock);
    return connection;
}

/* ---- Connections ----------------------------------------------------------------------------- */

enum pryv_rc pool_take(struct pool *pool, enum pool_use use, struct connection **out, struct pryv_err *err)
{
    struct connection *connection;
    enum pryv_rc rc;

    if (!take_place(pool, use, &connection))
        return pryv_fail(err, PRYV_BUSY, "all %u connections to PostgreSQL at %s were at work for %g seconds", pool->max,
                         pool->options.name, pool->wait_seconds);
    while (connection && !connection_is_alive(connection)) {
        connection_close(connection);
        connection = another_idle(pool);
    }
    if (!connection) {
        if ((rc = connection_open(&pool->options, &connection, err)) != PRYV_OK) {
            pool_give(pool, use, NULL, true);
            return rc;
        }
        connection->opened = flush_last_begun(&pool->flusher);
    }
    *out = connection;
    return PRYV_OK;
}

void pool_give(struct pool *pool, enum pool_use use, struct connection *connection, bool broken)
{
    if (broken)
        connection_close(connection);
    pthread_mutex_lock(&pool->lock);
    if (connection && !broken) {
        connection->idle_since = line_now();
        connection_have_usual_patience(connection);
        connection->next = pool->idle;
        pool->idle = connection;
    }
    pool->at_work[use]--;
    give_places(pool);
    pthread_mutex_unlock(&pool->lock);
}

enum pryv_rc pool_run(struct pool *pool, struct call *call, PGresult **answer, struct pryv_err *err)
{
    struct connection *connection;
    enum pryv_rc rc = pool_take(pool, POOL_CALL, &connection, err);

    if (rc != PRYV_OK)
        return rc;
    rc = connection_run(connection, call, 1, answer, err);
    pool_give(pool, POOL_CALL, connection, connection_is_lost(connection));
    return rc;
}
