/* event_group.h - events that are created, as additions.h tells it.
 *
 * Two of one id in a group: the first stays in it, the other goes alone, after it. */
#ifndef STORAGE_PG_EVENT_GROUP_H
#define STORAGE_PG_EVENT_GROUP_H

#include "additions.h"

struct creation { /* NOT_FOUND: the user, or one of `streams`, is not there; CONFLICT: the id is taken */
    struct addition addition;
    struct pryv_str user_id;
    const struct pryv_event *row; /* live */
    const struct pryv_str *streams;
    size_t stream_count;
};

extern const struct addition_kind creation_kind;

/* Whether it is of a size that others would not mind. */
bool creation_may_join(const struct creation *creation);

/* The work of the group (group_work); the engine is its context. */
void creations_do(void *engine, struct group_item *const *items, size_t count);

#endif
