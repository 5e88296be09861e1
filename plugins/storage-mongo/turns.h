/* turns.h - whose turn it is to write. That of two writers only one commits is the chain's (chain.h); turns only keep them from working in vain.
 *
 * Among the threads of this process: first come, first served, and who waits holds no connection. Between processes: a document with the
 * chain's name. Who dies holding it holds up others until its lease ends; who is slower than the lease may come too late. */
#ifndef STORAGE_MONGO_TURNS_H
#define STORAGE_MONGO_TURNS_H

#include "chain.h"
#include <pthread.h>

struct turn { /* the taker's, until it is given back */
    char name[CHAIN_NAME_MAX + 1];
    struct turn *before, *after;
};

struct turns {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct turn *first, *last;
};

void turns_init(struct turns *turns);
void turns_destroy(struct turns *turns);
/* PRYV_BUSY after `seconds`. */
enum pryv_rc turn_take(struct turns *turns, struct turn *turn, const char *name, double seconds, struct pryv_err *err);
void turn_give(struct turns *turns, struct turn *turn);

/* PRYV_BUSY after `seconds`. `writer` is an id of the taker's own, who has the turn. */
enum pryv_rc lock_take(const struct chain *chain, mongoc_client_t *client, struct pryv_str writer, double lease, double seconds,
                       struct pryv_err *err);
void lock_give(const struct chain *chain, mongoc_client_t *client, struct pryv_str writer);

/* Seconds of a clock that is never set. */
double steady_seconds(void);

#endif
