/* broken_create.h - event_create on top of the example's sessions: as it should be, and with faults. */
#ifndef BROKEN_CREATE_H
#define BROKEN_CREATE_H

#include <pryv/storage.h>

/* `whole`: the functions of the example; they stay. */
void broken_create_begin(const struct pryv_storage_ops *whole);

enum pryv_rc create_right(void *self, struct pryv_str user_id, const struct pryv_event *row, const struct pryv_str *streams,
                          size_t count, struct pryv_pending_commit **pending, struct pryv_err *err);
/* Does not see that a stream is trashed. */
enum pryv_rc create_in_trashed(void *self, struct pryv_str user_id, const struct pryv_event *row, const struct pryv_str *streams,
                               size_t count, struct pryv_pending_commit **pending, struct pryv_err *err);
/* Calls an event stored whose id is taken. */
enum pryv_rc create_over_taken(void *self, struct pryv_str user_id, const struct pryv_event *row, const struct pryv_str *streams,
                               size_t count, struct pryv_pending_commit **pending, struct pryv_err *err);
/* Looks at the streams in one session, and writes in another. */
enum pryv_rc create_looking_before(void *self, struct pryv_str user_id, const struct pryv_event *row,
                                   const struct pryv_str *streams, size_t count, struct pryv_pending_commit **pending,
                                   struct pryv_err *err);

/* Each is durable by itself. */
enum pryv_rc settle_nothing(struct pryv_pending_commit *pending, struct pryv_err *err);

#endif
