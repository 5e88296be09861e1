/* pryv/series_write.h - for storage plugins: series_write of pryv/storage.h by means of an engine's own sessions.
 *
 * An engine that gains nothing by more than one WRITE session offers this. Threads  Any.
 */
#ifndef PRYV_SERIES_WRITE_H
#define PRYV_SERIES_WRITE_H

#include <pryv/storage.h>

/* As series_write, with the engine's functions in `storage` (open, commit, close, event_get, series_append, series_append_all if there). */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_series_write(const struct pryv_storage_ops *storage, void *self, struct pryv_str user_id,
                                                      const struct pryv_event *const *events,
                                                      const struct pryv_series_chunk *chunks, size_t count, struct pryv_err *err);

#endif
