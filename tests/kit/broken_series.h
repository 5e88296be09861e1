/* broken_series.h - series_write on top of the example's sessions: as it should be, and with faults. */
#ifndef BROKEN_SERIES_H
#define BROKEN_SERIES_H

#include <pryv/storage.h>

/* `whole`: the functions of the example; they stay. */
void broken_series_begin(const struct pryv_storage_ops *whole);

enum pryv_rc write_right(void *self, struct pryv_str user_id, const struct pryv_event *const *events,
                         const struct pryv_series_chunk *chunks, size_t count, struct pryv_err *err);
/* Does not look at the events. */
enum pryv_rc write_unlooked(void *self, struct pryv_str user_id, const struct pryv_event *const *events,
                            const struct pryv_series_chunk *chunks, size_t count, struct pryv_err *err);
/* Keeps what came before the first that cannot be. */
enum pryv_rc write_partly(void *self, struct pryv_str user_id, const struct pryv_event *const *events,
                          const struct pryv_series_chunk *chunks, size_t count, struct pryv_err *err);
/* Looks at the events in one session, and writes in another. */
enum pryv_rc write_looking_before(void *self, struct pryv_str user_id, const struct pryv_event *const *events,
                                  const struct pryv_series_chunk *chunks, size_t count, struct pryv_err *err);

#endif
