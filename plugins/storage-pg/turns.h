/* turns.h - whose turn it is to write a user's data, among the threads of this worker. A lock in the database decides, between workers too; but
 * only one of a worker waits for it there while another writes, ready to go on at once. The others wait here, and hold no connection meanwhile.
 *
 * Threads   Any. First come, first served. */
#ifndef STORAGE_PG_TURNS_H
#define STORAGE_PG_TURNS_H

#include <pryv/error.h>
#include <pthread.h>

enum { TURN_BUCKETS = 256 };

struct turn;

struct turns {
    pthread_mutex_t lock;
    struct turn *buckets[TURN_BUCKETS];
};

void turns_init(struct turns *turns);
void turns_release(struct turns *turns); /* nobody may have one */

/* `key` stands for the user; two of the same key only wait for each other. PRYV_BUSY after `seconds`. */
enum pryv_rc turn_take(struct turns *turns, uint64_t key, double seconds, struct turn **out, struct pryv_err *err);
void turn_give(struct turns *turns, struct turn *turn);
/* Whether somebody waits, there or here. */
bool turn_is_awaited(struct turns *turns, const struct turn *turn);

#endif
