/* turns.h - whose turn it is to write a user's data, among the threads of this worker. Locks in the database decide, between workers too; but
 * only one of a worker waits for it there while another writes, ready to go on at once. The others wait here, and hold no connection meanwhile.
 * Those who only add share the turn: they go together when nobody has it alone.
 *
 * Threads   Any. First come, first served. */
#ifndef STORAGE_PG_TURNS_H
#define STORAGE_PG_TURNS_H

#include <pryv/error.h>
#include <pthread.h>

enum { TURN_BUCKETS = 256 };
enum turn_kind { TURN_ALONE, TURN_SHARED };

struct turn;

struct turns {
    pthread_mutex_t lock;
    struct turn *buckets[TURN_BUCKETS];
};

void turns_init(struct turns *turns);
void turns_release(struct turns *turns); /* nobody may have one */

/* `key` stands for the user; two of the same key only wait for each other. PRYV_BUSY after `seconds`. */
enum pryv_rc turn_take(struct turns *turns, uint64_t key, enum turn_kind kind, double seconds, struct turn **out,
                       struct pryv_err *err);
void turn_give(struct turns *turns, struct turn *turn, enum turn_kind kind);
/* Whether somebody waits for one who has it alone, there or here. */
bool turn_is_awaited(struct turns *turns, const struct turn *turn);

#endif
