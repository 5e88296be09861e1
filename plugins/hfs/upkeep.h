/* upkeep.h - what follows writes: their events last longer, and small chunks are merged.
 *
 * How long events last is gathered for series.eventSeconds and then written by upkeep_run, so that a busy series does not change its event once a
 * request. At stop all that waits is written. What a crash leaves behind is made up for with the following write: the chunks tell.
 * Merging looks at events that got many chunks, there where these came to lie: it replaces chunks by full ones in one transaction, a bounded number of
 * points in one go, and rests after it as series.mergeShare says.
 * Threads   Any, but for new, free and run, which run alone.
 */
#ifndef HFS_UPKEEP_H
#define HFS_UPKEEP_H

#include "compact.h"
#include "hfs.h"

struct upkeep *upkeep_new(struct hfs *hfs);
void upkeep_free(struct upkeep *upkeep); /* writes what waits; NULL is fine */

/* Whether this event can wait; else too many do, and a write must extend it in its own transaction. */
bool upkeep_has_room(struct upkeep *upkeep, struct pryv_str user_id, struct pryv_str event_id);
/* After the commit: points up to `end` nanoseconds were stored in `chunks` chunks that lie within `span`. `extended`: the event knows. */
void upkeep_wrote(struct upkeep *upkeep, const struct pryv_call *call, struct pryv_str event_id, int64_t end, size_t chunks,
                  struct span span, bool extended);
/* There are so many small chunks within `span`. */
void upkeep_found(struct upkeep *upkeep, struct pryv_str user_id, struct pryv_str event_id, size_t chunks, struct span span);

/* One turn, every second or so. */
void upkeep_run(void *upkeep);

#endif
