/* account_events.h - the fields of the account as events: found like those of a storage, and set by events.create and events.update.
 *
 * The event of a field has the field's id and is in the stream of that id alone. Rows live in the arena given.
 */
#ifndef API_ACCOUNT_EVENTS_H
#define API_ACCOUNT_EVENTS_H

#include "account.h"
#include <pryv/method.h>

/* The account event that is meant by an id, by one with the other of the account's prefixes, or by the name of a field alone ("email"); absent: `id` is
 * no event of the account. */
struct pryv_str account_event_id(struct pryv_str id);

/* The latest values. */
struct account_rows {
    const struct pryv_account_field *rows;
    size_t count;
};

/* ---- Reading: `session` is the caller's, of any mode ------------------------------------------ */

/* The fields that have a value, are shown and may be read by the access of the call, and match the query as events of a storage do: state,
 * time, types, streams (blocks name account streams, already expanded). `stored`: of pryv_call_account_fields. In the order asked for; skip
 * and limit are not looked at, and `integrity` is left to who gives one of them away (event_integrity). */
PRYV_CHECK enum pryv_rc account_events_query(struct pryv_call *call, struct pryv_session *session,
                                             const struct account_rows *stored, const struct pryv_event_query *query,
                                             struct pryv_event **out, size_t *count, struct pryv_err *err);
/* One by its id. Errors: 404 unknown-resource (no such field, or it has no value), 403 forbidden (hidden, or not to be read). */
PRYV_CHECK enum pryv_rc account_event_get(struct pryv_call *call, struct pryv_session *session, struct pryv_str id,
                                          struct pryv_event *out, struct pryv_err *err);
/* Its earlier values, newest first, with head_id set. To be asked for after account_event_get. */
PRYV_CHECK enum pryv_rc account_event_history(struct pryv_call *call, struct pryv_session *session, struct pryv_str id,
                                              struct pryv_event **out, size_t *count, struct pryv_err *err);

/* ---- Setting: no session may be open, each opens its own ----------------------------------------- */

/* Which field an event is about that is to be created in these streams (a list of texts): `*field` is NULL when none of them is the account's.
 * Errors: 400 unknown-referenced-resource {streamIds}, 400 invalid-operation {streamIds} (two of them), 400 invalid-request-structure (the
 * root; an account stream beside others). Rights are not looked at. */
PRYV_CHECK enum pryv_rc account_field_of_streams(const struct api *api, const json_t *stream_ids,
                                                 const struct account_field **field, struct pryv_err *err);
/* events.create on a field: sets its value. `event`: the parameters. Checks rights (403), then the account's rules. */
PRYV_CHECK enum pryv_rc account_event_create(struct pryv_call *call, const struct account_field *field, const json_t *event,
                                             struct pryv_event *out, struct pryv_err *err);
/* events.update on an id of account_event_id. `update`: the changes. Also 404. */
PRYV_CHECK enum pryv_rc account_event_update(struct pryv_call *call, struct pryv_str id, const json_t *update,
                                             struct pryv_event *out, struct pryv_err *err);
/* events.delete on an id of account_event_id: always a refusal. */
PRYV_CHECK enum pryv_rc account_event_delete(struct pryv_call *call, struct pryv_str id, struct pryv_err *err);

#endif
