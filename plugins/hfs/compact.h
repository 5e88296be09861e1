/* compact.h - merges small and overlapping chunks of one event.
 *
 * One turn merges about series.mergePoints points in one WRITE session: a crash leaves either the old chunks or the new ones, and writers of the account
 * wait meanwhile. Executor, or stop.
 */
#ifndef HFS_COMPACT_H
#define HFS_COMPACT_H

#include "hfs.h"

/* A time, in seconds since the event's; from > to: none. */
struct span {
    double from, to;
};

#define SPAN_NONE ((struct span){ INFINITY, -INFINITY })

static inline struct span span_of_both(struct span a, struct span b)
{
    return (struct span){ fmin(a.from, b.from), fmax(a.to, b.to) };
}

/* Of the chunks that touch `*span`. Afterwards `*span` is where there is something left: `*more` for another turn, or a chunk that is not full and waits for
 * neighbours. */
PRYV_CHECK enum pryv_rc compact_event(const struct hfs *hfs, struct pryv_str user_id, struct pryv_str event_id, struct span *span,
                                      bool *more, struct pryv_err *err);

#endif
