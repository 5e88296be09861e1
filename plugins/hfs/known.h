/* known.h - the events that this worker added points to last, as they were then: so that who adds the next need not read them first.
 *
 * What is known may be true no more. Whoever uses it stores on condition that it is, and then what it checked, and packed, was right; and takes nothing it
 * says for a reason to refuse.
 * Memory   Bounded: KNOWN_EVENTS of at most KNOWN_BYTES each.
 * Threads  Any.
 */
#ifndef HFS_KNOWN_H
#define HFS_KNOWN_H

#include <pryv/storage.h>

enum { KNOWN_EVENTS = 8192, KNOWN_BYTES = 1024 };

struct known;

struct known *known_new(void);
void known_free(struct known *known); /* NULL is fine */

/* Id, time, type and stream_ids_json of a live event that is not in the trash, copied to `mem`. False: not known. */
bool known_find(struct known *known, struct pryv_arena *mem, struct pryv_str user_id, struct pryv_str event_id,
                struct pryv_event *out);
void known_keep(struct known *known, struct pryv_str user_id, const struct pryv_event *event);
void known_forget(struct known *known, struct pryv_str user_id, struct pryv_str event_id);

#endif
