/* caller.h - who asks for which event: the checks that all series routes begin with, in the order of the specification.
 *
 * Threads   Executor, inside a handler of this plugin.
 */
#ifndef HFS_CALLER_H
#define HFS_CALLER_H

#include "hfs.h"

/* Account and access into the call, by the path's {name}. `no_token`: the status of 'missing-header' (400, 401). `*elsewhere`: answered, and nothing is
 * left to do. */
PRYV_CHECK enum pryv_rc caller_load(struct pryv_call *call, int no_token, bool *elsewhere, struct pryv_err *err);

/* A session of the account's data. */
PRYV_CHECK enum pryv_rc caller_open(const struct pryv_call *call, enum pryv_session_mode mode, struct pryv_session **out,
                                    struct pryv_err *err);

/* Events by their ids, as events_get of pryv/storage.h tells them; caller_live says of one of them whether it is a live event: 404 unknown-resource. */
PRYV_CHECK enum pryv_rc caller_events(const struct pryv_call *call, struct pryv_session *session, const struct pryv_str *ids,
                                      size_t count, struct pryv_event *out, struct pryv_err *err);
PRYV_CHECK enum pryv_rc caller_live(const struct pryv_event *found, struct pryv_str id, struct pryv_err *err);
/* The live event; 404 unknown-resource. */
PRYV_CHECK enum pryv_rc caller_event(const struct pryv_call *call, struct pryv_session *session, struct pryv_str id,
                                     struct pryv_event *out, struct pryv_err *err);
/* One of its streams lets the caller write (or read): 403 forbidden. */
PRYV_CHECK enum pryv_rc caller_may_write(struct pryv_call *call, const struct pryv_event *event, struct pryv_err *err);
PRYV_CHECK enum pryv_rc caller_may_read(struct pryv_call *call, const struct pryv_event *event, struct pryv_err *err);

#endif
