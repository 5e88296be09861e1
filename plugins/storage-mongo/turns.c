/* turns.c - see turns.h. */
#include "turns.h"
#include "collection.h"
#include <pryv/crypto.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_WAIT_MICROSECONDS = 500, LONGEST_WAIT_MICROSECONDS = 20000, LONGEST_LEASE_SECONDS = 300 };

double steady_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

/* ---- Threads --------------------------------------------------------------------------------- */

void turns_init(struct turns *turns)
{
    pthread_condattr_t steady;

    pthread_mutex_init(&turns->lock, NULL);
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&turns->changed, &steady);
    pthread_condattr_destroy(&steady);
    turns->first = turns->last = NULL;
}

void turns_destroy(struct turns *turns)
{
    pthread_cond_destroy(&turns->changed);
    pthread_mutex_destroy(&turns->lock);
}

static void leave(struct turns *turns, struct turn *turn)
{
    *(turn->before ? &turn->before->after : &turns->first) = turn->after;
    *(turn->after ? &turn->after->before : &turns->last) = turn->before;
    pthread_cond_broadcast(&turns->changed);
}

static bool somebody_before(const struct turn *turn)
{
    for (const struct turn *other = turn->before; other; other = other->before)
        if (strcmp(other->name, turn->name) == 0)
            return true;
    return false;
}

enum pryv_rc turn_take(struct turns *turns, struct turn *turn, const char *name, double seconds, struct pryv_err *err)
{
    double until = steady_seconds() + seconds;
    struct timespec end = { (time_t) until, (long) ((until - (double) (time_t) until) * 1e9) };
    bool mine;
    int waited = 0;

    snprintf(turn->name, sizeof(turn->name), "%s", name);
    pthread_mutex_lock(&turns->lock);
    turn->before = turns->last;
    turn->after = NULL;
    *(turns->last ? &turns->last->after : &turns->first) = turn;
    turns->last = turn;
    while (!(mine = !somebody_before(turn)) && waited == 0)
        waited = pthread_cond_timedwait(&turns->changed, &turns->lock, &end);
    if (!mine)
        leave(turns, turn);
    pthread_mutex_unlock(&turns->lock);
    return mine ? PRYV_OK : pryv_fail(err, PRYV_BUSY, "others wrote for longer than storages.engines.mongodb.busySeconds");
}

void turn_give(struct turns *turns, struct turn *turn)
{
    pthread_mutex_lock(&turns->lock);
    leave(turns, turn);
    pthread_mutex_unlock(&turns->lock);
}

/* ---- Processes ------------------------------------------------------------------------------- */

static enum pryv_rc delete_lock(mongoc_collection_t *locks, struct pryv_str name, struct pryv_str writer, struct pryv_err *err)
{
    bson_t filter = BSON_INITIALIZER;
    enum pryv_rc rc;

    document_put_text(&filter, "_id", name);
    document_put_text(&filter, "writer", writer);
    rc = collection_delete_many(locks, &filter, NULL, err);
    bson_destroy(&filter);
    return rc;
}

/* Also one that ends later than any lease that is asked for: the clock that it was made by was set back since. */
static bool is_over(struct document lock)
{
    double until = document_number(lock, "until"), now = pryv_now();

    return until < now || until > now + LONGEST_LEASE_SECONDS;
}

/* Takes a lock away whose lease has ended, and one that this process could not give back: who looks has the turn among its threads, so that no other
 * of them holds the lock. */
static enum pryv_rc look_at_lock(mongoc_collection_t *locks, const struct chain *chain, struct pryv_err *err)
{
    struct pryv_str name = pryv_str(chain->name);
    struct document found = { NULL, 0 };
    enum pryv_rc rc = collection_find_id(locks, name, err->arena, &found, err);

    if (rc == PRYV_OK && (is_over(found) || pryv_str_equal(document_text(found, "process"), chain->server->process)))
        rc = delete_lock(locks, name, document_text(found, "writer"), err);
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

static struct document make_lock(struct pryv_arena *mem, const struct chain *chain, struct pryv_str writer, double until)
{
    bson_t lock = BSON_INITIALIZER;

    document_put_text(&lock, "_id", pryv_str(chain->name));
    document_put_text(&lock, "writer", writer);
    document_put_text(&lock, "process", pryv_str(chain->server->process));
    document_put_number(&lock, "until", until);
    return document_take(mem, &lock);
}

enum pryv_rc lock_take(const struct chain *chain, mongoc_client_t *client, struct pryv_str writer, double lease, double seconds,
                       struct pryv_err *err)
{
    mongoc_collection_t *locks = passing_collection(client, chain->database, "locks");
    double end = steady_seconds() + seconds;
    useconds_t wait = FIRST_WAIT_MICROSECONDS;
    enum pryv_rc rc;

    for (;;) {
        struct pryv_arena *mem = pryv_arena_new();
        struct pryv_err here = PRYV_ERR(mem);

        rc = collection_insert(locks, make_lock(mem, chain, writer, pryv_now() + lease), NULL, &here);
        if (rc == PRYV_CONFLICT && look_at_lock(locks, chain, &here) != PRYV_OK)
            rc = here.rc;
        if (rc != PRYV_OK && rc != PRYV_CONFLICT)
            pryv_fail(err, rc, "%s", here.message);
        pryv_arena_free(mem);
        if (rc != PRYV_CONFLICT)
            break;
        if (steady_seconds() > end) {
            rc = pryv_fail(err, PRYV_BUSY, "other processes wrote for longer than storages.engines.mongodb.busySeconds");
            break;
        }
        usleep(wait);
        wait = wait * 2 < LONGEST_WAIT_MICROSECONDS ? wait * 2 : LONGEST_WAIT_MICROSECONDS;
    }
    mongoc_collection_destroy(locks);
    return rc;
}

void lock_give(const struct chain *chain, mongoc_client_t *client, struct pryv_str writer)
{
    mongoc_collection_t *locks = passing_collection(client, chain->database, "locks");
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err unseen = PRYV_ERR(mem);

    (void) !delete_lock(locks, pryv_str(chain->name), writer, &unseen); /* else its lease ends */
    pryv_arena_free(mem);
    mongoc_collection_destroy(locks);
}
