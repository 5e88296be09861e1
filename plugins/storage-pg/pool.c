/* pool.c - see pool.h. */
#include "pool.h"
#include <pryv/crypto.h>
#include <pryv/log.h>
#include <math.h>
#include <stdlib.h>

/* How long a server that had no connection left is not asked for one. */
static const double PAUSE_SECONDS = 0.25;
/* How long the log has told enough of that. */
static const double TOLD_SECONDS = 60;

void pool_init(struct pool *pool, unsigned max, double wait_seconds)
{
    *pool = (struct pool){ .max = max, .allowed = max, .wait_seconds = wait_seconds };
    pthread_mutex_init(&pool->lock, NULL);
    flusher_init(&pool->flusher);
}

static void close_one(struct pool *pool, struct connection *connection)
{
    if (!connection)
        return;
    connection_close(connection);
    pthread_mutex_lock(&pool->lock);
    pool->open--;
    pthread_mutex_unlock(&pool->lock);
}

static void close_all(struct pool *pool, struct connection *connection)
{
    while (connection) {
        struct connection *next = connection->next;

        close_one(pool, connection);
        connection = next;
    }
}

void pool_close(struct pool *pool)
{
    close_all(pool, pool->idle);
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
    close_all(pool, old);
}

/* ---- Places ---------------------------------------------------------------------------------- */

/* Some are kept for calls, for who has a session may need one. */
static unsigned allowed_sessions(const struct pool *pool)
{
    return pool->allowed > 1 ? pool->allowed - (pool->allowed + 7) / 8 : pool->allowed;
}

unsigned pool_sessions(struct pool *pool)
{
    unsigned count;

    pthread_mutex_lock(&pool->lock);
    count = allowed_sessions(pool);
    pthread_mutex_unlock(&pool->lock);
    return count;
}

static bool has_place(const struct pool *pool, enum pool_use use)
{
    return pool->at_work[POOL_SESSION] + pool->at_work[POOL_CALL] < pool->allowed &&
           (use != POOL_SESSION || pool->at_work[POOL_SESSION] < allowed_sessions(pool));
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

/* A server that had none left may have one by now: one thread is to ask it. */
static void allow_one_more(struct pool *pool)
{
    if (pool->allowed == pool->max || line_now() < pool->ask_again)
        return;
    pool->ask_again = line_now() + PAUSE_SECONDS;
    pool->allowed = pool->open < pool->max ? pool->open + 1 : pool->max;
}

/* Until then. True when somebody gave a place. */
static bool wait_for_place(struct pool *pool, enum pool_use use, double until)
{
    double end = pool->allowed < pool->max ? fmin(until, pool->ask_again) : until;

    return line_wait(&pool->lines[use], &pool->lock, end - line_now(), 0);
}

/* Whether there is a place; with an idle connection, if there is one. */
static bool take_place(struct pool *pool, enum pool_use use, double until, struct connection **idle)
{
    bool have = false, waited = false;

    pthread_mutex_lock(&pool->lock);
    do {
        allow_one_more(pool);
        if ((waited || !pool->lines[use].first) && has_place(pool, use)) {
            pool->at_work[use]++;
            have = true;
        } else {
            have = wait_for_place(pool, use, until);
            waited = true;
        }
    } while (!have && line_now() < until);
    *idle = have ? pool->idle : NULL;
    if (*idle)
        pool->idle = (*idle)->next;
    pthread_mutex_unlock(&pool->lock);
    return have;
}

/* The server has none left: those that are had are shared. */
static void share_what_is_had(struct pool *pool)
{
    double now = line_now();
    unsigned had;
    bool news;

    pthread_mutex_lock(&pool->lock);
    had = pool->allowed = pool->open;
    pool->ask_again = now + PAUSE_SECONDS;
    news = now >= pool->tell_again;
    if (news)
        pool->tell_again = now + TOLD_SECONDS;
    pthread_mutex_unlock(&pool->lock);
    if (news)
        pryv_log_warn("storage-pg", "PostgreSQL at %s has no connection left; a worker has %u of %u, which requests wait for",
                      pool->options.name, had, pool->max);
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

/* An idle one that the server has not ended, `first` before others; NULL: there is none. */
static struct connection *living(struct pool *pool, struct connection *first)
{
    struct connection *connection = first;

    while (connection && !connection_is_alive(connection)) {
        close_one(pool, connection);
        connection = another_idle(pool);
    }
    return connection;
}

static enum pryv_rc open_one(struct pool *pool, struct connection **out, bool *none_left, struct pryv_err *err)
{
    enum pryv_rc rc = connection_open(&pool->options, out, none_left, err);

    if (*none_left)
        share_what_is_had(pool);
    if (rc != PRYV_OK)
        return rc;
    (*out)->opened = flush_last_begun(&pool->flusher);
    pthread_mutex_lock(&pool->lock);
    pool->open++;
    if (pool->allowed < pool->max) {
        pool->ask_again = 0; /* maybe there are more */
        allow_one_more(pool);
        give_places(pool);
    }
    pthread_mutex_unlock(&pool->lock);
    return PRYV_OK;
}

enum pryv_rc pool_take(struct pool *pool, enum pool_use use, struct connection **out, struct pryv_err *err)
{
    double until = line_now() + pool->wait_seconds;
    struct connection *connection;
    bool none_left = false;
    enum pryv_rc rc;

    do {
        if (!take_place(pool, use, until, &connection))
            return pryv_fail(err, PRYV_BUSY, "no connection to PostgreSQL at %s came free within %g seconds", pool->options.name,
                             pool->wait_seconds);
        if ((connection = living(pool, connection)))
            rc = PRYV_OK;
        else if ((rc = open_one(pool, &connection, &none_left, err)) != PRYV_OK)
            pool_give(pool, use, NULL, true);
    } while (rc != PRYV_OK && none_left && line_now() < until);
    if (rc == PRYV_OK)
        *out = connection;
    return rc;
}

void pool_give(struct pool *pool, enum pool_use use, struct connection *connection, bool broken)
{
    if (broken)
        close_one(pool, connection);
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
