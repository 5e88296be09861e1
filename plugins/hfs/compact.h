/* compact.h - merges small and overlapping chunks of one event.
 *
 * In one WRITE session: a crash leaves either the old chunks or the new ones, and writers of the account wait meanwhile. Executor, or stop.
 */
#ifndef HFS_COMPACT_H
#define HFS_COMPACT_H

#include "hfs.h"

/* `*more`: there is something left for another turn. */
PRYV_CHECK enum pryv_rc compact_event(const struct hfs *hfs, struct pryv_str user_id, struct pryv_str event_id, bool *more,
                                      struct pryv_err *err);

#endif
