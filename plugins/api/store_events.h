/* store_events.h - events of other stores: between the JSON that a store speaks and the row that the rest of the plugin knows; and changed there.
 * Executor, with no session open: a store may take its time. Errors: as clients are told.
 */
#ifndef API_STORE_EVENTS_H
#define API_STORE_EVENTS_H

#include "events.h"
#include "store_streams.h"

/* ---- Shapes ---------------------------------------------------------------------------------------------- */

/* An event as a store hands it out, with the ids that clients know. The row's texts are the event's: it must live as long. Errors: PRYV_FAILED
 * for what can be no event, told in the log. */
PRYV_CHECK enum pryv_rc store_event_row(struct pryv_arena *mem, const struct store *store, const json_t *event,
                                        struct pryv_event *out, struct pryv_err *err);
/* And back: ids as the store knows them, null for what is absent, `endTime`, and `duration` for a period. The caller releases it. */
PRYV_CHECK enum pryv_rc store_event_json(struct pryv_arena *mem, const struct pryv_event *row, json_t **out,
                                         struct pryv_err *err);

/* ---- Asking ----------------------------------------------------------------------------------------------- */

/* One event by the id that clients know; it lives as long as the call. 404. */
PRYV_CHECK enum pryv_rc store_event_get(struct pryv_call *call, const struct store *store, struct pryv_str id,
                                        struct pryv_event *out, struct pryv_err *err);
/* Its earlier versions, oldest first, as rows of the same id; none where the store keeps none. */
PRYV_CHECK enum pryv_rc store_event_history(struct pryv_call *call, const struct store *store, struct pryv_str id,
                                            struct pryv_event **out, size_t *count, struct pryv_err *err);
/* All of `store`, as `event_id` is if it is not absent (400 invalid-request-structure); all there (400 unknown-referenced-resource), none in the
 * trash (400 invalid-operation). */
PRYV_CHECK enum pryv_rc store_event_streams_check(struct pryv_call *call, const struct store *store,
                                                  const struct event_streams *streams, struct pryv_str event_id,
                                                  struct pryv_err *err);
/* The level that the access has on each of the streams: an array in the call's arena. */
PRYV_CHECK enum pryv_rc store_event_levels(struct pryv_call *call, const struct store *store, const struct event_streams *streams,
                                           enum pryv_level **out, struct pryv_err *err);

/* 403 forbidden unless one of the event's streams has a level that allows it. */
PRYV_CHECK enum pryv_rc store_event_check_one(struct pryv_call *call, const struct store *store, const struct pryv_event *row,
                                              bool (*allows)(enum pryv_level level), struct pryv_err *err);

/* ---- Changing: rights are looked at before ----------------------------------------------------------------- */

/* `row` becomes the event as the store keeps it. */
PRYV_CHECK enum pryv_rc store_event_create(struct pryv_call *call, const struct store *store, struct pryv_event *row,
                                           struct pryv_err *err);
/* The whole event. 400 invalid-item-id when the store has none of that id. */
PRYV_CHECK enum pryv_rc store_event_update(struct pryv_call *call, const struct store *store, const struct pryv_event *row,
                                           struct pryv_err *err);
PRYV_CHECK enum pryv_rc store_event_delete(struct pryv_call *call, const struct store *store, const struct pryv_event *row,
                                           struct pryv_err *err);

#endif
