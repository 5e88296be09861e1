/* turns.c - see turns.h. */
#include "turns.h"
#include "line.h"
#include <stdlib.h>

enum { HOLDERS_ALONE = 2 }; /* who writes, and who waits in the database */

struct turn { /* there while somebody has it */
    uint64_t key;
    unsigned holders[2]; /* by turn_kind */
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

static struct turn *find_or_add(struct turns *turns, uint64_t key)
{
    struct turn **at = find(turns, key);

    if (!*at) {
        *at = calloc(1, sizeof(**at));
        if (!*at)
            abort();
        (*at)->key = key;
    }
    return *at;
}

static void remove_unused(struct turns *turns, struct turn *turn)
{
    if (turn->holders[TURN_ALONE] + turn->holders[TURN_SHARED] > 0 || turn->line.first)
        return;
    *find(turns, turn->key) = turn->next;
    free(turn);
}

static bool has_room(const struct turn *turn, enum turn_kind kind)
{
    return turn->holders[TURN_ALONE] < (kind == TURN_ALONE ? HOLDERS_ALONE : 1);
}

enum pryv_rc turn_take(struct turns *turns, uint64_t key, enum turn_kind kind, double seconds, struct turn **out,
                       struct pryv_err *err)
{
    struct turn *turn;
    bool have = true;

    pthread_mutex_lock(&turns->lock);
    turn = find_or_add(turns, key);
    if (!turn->line.first && has_room(turn, kind))
        turn->holders[kind]++;
    else
        have = line_wait(&turn->line, &turns->lock, seconds, (int) kind); /* who calls has counted this one */
    if (!have)
        remove_unused(turns, turn);
    pthread_mutex_unlock(&turns->lock);
    if (!have)
        return pryv_fail(err, PRYV_BUSY, "waited %g seconds for others that write the same user's data", seconds);
    *out = turn;
    return PRYV_OK;
}

void turn_give(struct turns *turns, struct turn *turn, enum turn_kind kind)
{
    pthread_mutex_lock(&turns->lock);
    turn->holders[kind]--;
    while (turn->line.first && has_room(turn, (enum turn_kind) line_kind(&turn->line))) {
        turn->holders[line_kind(&turn->line)]++;
        line_call(&turn->line);
    }
    remove_unused(turns, turn);
    pthread_mutex_unlock(&turns->lock);
}

bool turn_is_awaited(struct turns *turns, const struct turn *turn)
{
    bool awaited;

    pthread_mutex_lock(&turns->lock);
    awaited = turn->holders[TURN_ALONE] > 1 || turn->line.first;
    pthread_mutex_unlock(&turns->lock);
    return awaited;
}
