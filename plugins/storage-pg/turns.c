/* turns.c - see turns.h. */
#include "turns.h"
#include "line.h"
#include <stdlib.h>

enum { HOLDERS = 2 }; /* who writes, and who waits in the database */

struct turn { /* there while somebody has it */
    uint64_t key;
    unsigned holders;
    struct line line;
    struct turn *next;
};

void turns_init(struct turns *turns)
{
    *turns = (struct turns){ 0 };
    pthread_mutex_init(&turns->lock, NULL);
}

void turns_release(struct turns *turns)
{
    pthread_mutex_destroy(&turns->lock);
}

static struct turn **find(struct turns *turns, uint64_t key)
{
    struct turn **at = &turns->buckets[key % TURN_BUCKETS];

    while (*at && (*at)->key != key)
        at = &(*at)->next;
    return at;
}

enum pryv_rc turn_take(struct turns *turns, uint64_t key, double seconds, struct turn **out, struct pryv_err *err)
{
    struct turn **at, *turn;
    bool have = true;

    pthread_mutex_lock(&turns->lock);
    at = find(turns, key);
    turn = *at;
    if (turn && turn->holders < HOLDERS) {
        turn->holders++;
    } else if (turn) {
        have = line_wait(&turn->line, &turns->lock, seconds); /* in the place of who calls */
    } else {
        turn = calloc(1, sizeof(*turn));
        if (!turn)
            abort();
        turn->key = key;
        turn->holders = 1;
        *at = turn;
    }
    pthread_mutex_unlock(&turns->lock);
    if (!have)
        return pryv_fail(err, PRYV_BUSY, "waited %g seconds for others that write the same user's data", seconds);
    *out = turn;
    return PRYV_OK;
}

void turn_give(struct turns *turns, struct turn *turn)
{
    pthread_mutex_lock(&turns->lock);
    if (turn->line.first) {
        line_call(&turn->line);
    } else if (--turn->holders == 0) {
        *find(turns, turn->key) = turn->next;
        free(turn);
    }
    pthread_mutex_unlock(&turns->lock);
}

bool turn_is_awaited(struct turns *turns, const struct turn *turn)
{
    bool awaited;

    pthread_mutex_lock(&turns->lock);
    awaited = turn->holders > 1;
    pthread_mutex_unlock(&turns->lock);
    return awaited;
}
