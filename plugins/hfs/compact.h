/* compact.h - merges small and overlapping chunks of one event.
 *
 * One turn merges about series.mergePoints points in one WRITE session: a crash leaves either the old chunks or the new ones, and writers of the account
 * wait meanwhile, in whatever process: what is read is all there is until the commit, so that no chunk that comes between is lost. Executor, or stop.
 */
#ifndef HFS_COMPACT_H
#define HFS_COMPACT_H

#include "hfs.h"
#include "spans.h"

/* Of the chunks that touch `*span`. Afterwards `*span` is where there is something left: `*more` for another turn, or a chunk that is not full and waits for
 * neighbours. Of a long span a turn looks at the beginning, and leaves the rest: whoever has turns taken until there are no more has all of it
 * merged, and each costs as much as it merges, however long the series is (of a storage that tells chunks by their times). */
PRYV_CHECK enum pryv_rc compact_event(const struct hfs *hfs, struct pryv_str user_id, struct pryv_str event_id, struct span *span,
                                      bool *more, struct pryv_err *err);

#endif
