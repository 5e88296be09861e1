/* flush.c - see flush.h. */
#include "flush.h"

struct flush_waiter {
    uint64_t number;
    pthread_cond_t changed;
    bool done, leads;
    struct flush_waiter *next;
};

void flusher_init(struct flusher *flusher)
{
    *flusher = (struct flusher){ 0 };
    pthread_mutex_init(&flusher->lock, NULL);
}

void flusher_release(struct flusher *flusher)
{
    pthread_mutex_destroy(&flusher->lock);
}

uint64_t flush_begin(struct flusher *flusher)
{
    uint64_t number;

    pthread_mutex_lock(&flusher->lock);
    number = ++flusher->begun;
    pthread_mutex_unlock(&flusher->lock);
    return number;
}

uint64_t flush_last_begun(struct flusher *flusher)
{
    uint64_t number;

    pthread_mutex_lock(&flusher->lock);
    number = flusher->begun;
    pthread_mutex_unlock(&flusher->lock);
    return number;
}

/* ---- Waiting, with the lock ------------------------------------------------------------------ */

static void append(struct flusher *flusher, struct flush_waiter *waiter)
{
    waiter->next = NULL;
    if (flusher->first)
        flusher->last->next = waiter;
    else
        flusher->first = waiter;
    flusher->last = waiter;
}

/* Takes those out of the line that a record of this connection counts for. */
static struct flush_waiter *take_covered(struct flusher *flusher, const struct connection *connection)
{
    struct flush_waiter *covered = NULL, *waiter = flusher->first;

    flusher->first = flusher->last = NULL;
    while (waiter) {
        struct flush_waiter *next = waiter->next;

        if (waiter->number > connection->opened) {
            waiter->next = covered;
            covered = waiter;
        } else {
            append(flusher, waiter);
        }
        waiter = next;
    }
    return covered;
}

static void settle(struct flusher *flusher, struct flush_waiter *covered, bool on_disk)
{
    while (covered) {
        struct flush_waiter *next = covered->next;

        if (on_disk) {
            covered->done = true;
            pthread_cond_signal(&covered->changed);
        } else {
            append(flusher, covered); /* each tries with its own */
        }
        covered = next;
    }
}

static void call_next(struct flusher *flusher)
{
    struct flush_waiter *next = flusher->first;

    flusher->busy = next != NULL;
    if (!next)
        return;
    flusher->first = next->next;
    next->leads = true;
    pthread_cond_signal(&next->changed);
}

/* True when another's record did; else it is this one's turn to write one. */
static bool wait_in_line(struct flusher *flusher, uint64_t number)
{
    struct flush_waiter waiter = { .number = number };

    pthread_cond_init(&waiter.changed, NULL);
    append(flusher, &waiter);
    while (!waiter.done && !waiter.leads)
        pthread_cond_wait(&waiter.changed, &flusher->lock);
    pthread_cond_destroy(&waiter.changed);
    return waiter.done;
}

enum pryv_rc flush_wait(struct flusher *flusher, struct connection *connection, uint64_t number, struct pryv_err *err)
{
    struct call record = { .sql = "SELECT pg_logical_emit_message(true, 'pryvd', '')" };
    struct flush_waiter *covered;
    enum pryv_rc rc;

    pthread_mutex_lock(&flusher->lock);
    if (flusher->busy && wait_in_line(flusher, number)) {
        pthread_mutex_unlock(&flusher->lock);
        return PRYV_OK;
    }
    flusher->busy = true;
    covered = take_covered(flusher, connection);
    pthread_mutex_unlock(&flusher->lock);

    rc = connection_run(connection, &record, 1, NULL, err);

    pthread_mutex_lock(&flusher->lock);
    settle(flusher, covered, rc == PRYV_OK);
    call_next(flusher);
    pthread_mutex_unlock(&flusher->lock);
    return rc;
}
