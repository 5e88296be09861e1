/* events_write.h - what the methods that change events have in common: their parameters, and checks of what a client wants. */
#ifndef API_EVENTS_WRITE_H
#define API_EVENTS_WRITE_H

#include "events.h"

extern const struct pryv_param events_create_params[], events_update_params[], events_delete_params[],
    events_delete_attachment_params[];
/* Names that an update cannot change, ended by NULL. */
extern const char *const events_protected_fields[];

enum pryv_rc events_create(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc events_update(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc events_delete(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc events_delete_attachment(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc events_removed_method(struct pryv_call *call, struct pryv_err *err);

/* An id that a client may give to an event. */
bool event_id_is_valid(struct pryv_str id);
/* The store of an id: what stands between its first two colons, as ":_audit:x" says; empty for the local one. */
struct pryv_str event_store_of(struct pryv_str id);

/* ---- Streams that a client names ----------------------------------------------------------------------- */

/* Each once, in their order; ":local:x" is "x". */
void event_streams_named(struct pryv_arena *mem, const json_t *list, struct event_streams *out);
/* All there (400 unknown-referenced-resource), none trashed (400 invalid-operation), all of one store, which is that of `event_id` if it is
 * not absent (400 invalid-request-structure). */
PRYV_CHECK enum pryv_rc event_streams_check(const struct pryv_stream_tree *tree, const struct event_streams *streams,
                                            struct pryv_str event_id, struct pryv_err *err);
/* The last two again within a WRITE session: a stream may have been deleted since the tree was read. */
PRYV_CHECK enum pryv_rc event_streams_check_again(struct pryv_session *session, struct pryv_arena *mem,
                                                  const struct event_streams *streams, struct pryv_err *err);

/* The refusals of these; the reference to `ids` is stolen. */
PRYV_CHECK enum pryv_rc event_other_store(struct pryv_err *err);
PRYV_CHECK enum pryv_rc event_streams_unknown(json_t *ids, struct pryv_err *err);
PRYV_CHECK enum pryv_rc event_stream_trashed(struct pryv_str id, struct pryv_err *err);

/* ---- Members of the row ----------------------------------------------------------------------------------------------- */

/* 400 invalid-parameters-format: the content of series is the server's. */
PRYV_CHECK enum pryv_rc event_series_content_given(struct pryv_err *err);

/* 400 invalid-parameters-format when a client makes it larger than events.maxClientDataKb. */
PRYV_CHECK enum pryv_rc event_client_data_check(struct pryv_str client_data_json, struct pryv_err *err);

/* The duration as a client gave it (NULL: not), in the row. */
void event_set_duration(struct pryv_event *row, const json_t *duration);

/* Changed now (and later than it was before), by this call, with a hash of what it has become. `content` as for pryv_event_integrity. */
void event_modified(const struct pryv_call *call, struct pryv_event *row, const json_t *content);

#endif
