/* group.h - threads that want the same kind of work done have it done together, by one of them.
 *
 * Who comes and finds a place to lead runs at once all that wait, itself included, and nobody waits for others to come: a lone one goes alone. Who
 * comes while the places are taken waits; the leader that is through lets the first of those lead next, and then wakes whom it has served. So groups
 * grow with the load, up to `most`, and what comes once a group (a round trip, a transaction, a flush of the disk) is shared by all in it.
 *
 * Where work can be slow for one item's sake, `patience_ms` bounds what that costs those who wait: after so long they lead groups beyond the places.
 *
 * `work` gets the items in the order of their coming, the leader's own first. It tells each item its outcome, in what is around the item, and does
 * not fail; nobody else touches the items meanwhile. What an item may fail with must not be the others' trouble: `work` can leave that item to its
 * own thread, which goes on with it after group_do.
 *
 * Threads   Any. `work` runs in one of those that wait, without a lock.
 * Memory    An item is its thread's, until group_do returns. */
#ifndef STORAGE_PG_GROUP_H
#define STORAGE_PG_GROUP_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>

struct group_item {
    struct group_item *next;
    sem_t called;
    bool leads; /* why it was called; else it is done */
};

enum { GROUP_MOST = 64 };

typedef void (*group_work)(void *context, struct group_item *const *items, size_t count);

struct group {
    pthread_mutex_t lock;
    unsigned leading, leaders; /* at work, and at most, but for those without patience */
    unsigned patience_ms;
    struct group_item *first, *last;
    group_work work;
    void *context;
};

/* `leaders`: how many groups are at work at the same time. `patience_ms`: 0 waits as long as it takes. */
void group_init(struct group *group, unsigned leaders, unsigned patience_ms, group_work work, void *context);
void group_release(struct group *group); /* nobody may be in it */

/* Returns when `item` was in a group whose work is done. */
void group_do(struct group *group, struct group_item *item);

#endif
