/* storage.h - the functions of the contract by subject; what they do is told in pryv/storage.h. `err` serves as the place for
 * short-lived keys as well: its arena is the request's. */
#ifndef STORAGE_H
#define STORAGE_H

#include "tables.h"

struct memory {
    struct space *users;
    struct space *platform;
};

/* Each file fills in its own functions. */
void users_offer(struct pryv_storage_ops *ops);
void streams_offer(struct pryv_storage_ops *ops);
void events_offer(struct pryv_storage_ops *ops);
void accesses_offer(struct pryv_storage_ops *ops);
void account_offer(struct pryv_storage_ops *ops);
void inventory_offer(struct pryv_storage_ops *ops);
void platform_offer(struct pryv_platform_ops *ops);

/* Forget deletion records of streams; how many there were. */
uint64_t streams_purge(struct pryv_session *s, struct pryv_arena *mem, double before);

#endif
