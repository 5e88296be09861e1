/* account_events_row.h - what reading and setting account fields as events share. */
#ifndef API_ACCOUNT_EVENTS_ROW_H
#define API_ACCOUNT_EVENTS_ROW_H

#include "account.h"
#include <pryv/method.h>
#include <pryv/storage.h>

struct pryv_event account_event_of_row(struct pryv_arena *mem, const struct account_field *field,
                                       const struct pryv_account_field *row);
/* Its event now, whoever asks. 404 when it has no value. */
PRYV_CHECK enum pryv_rc account_event_of_field(struct pryv_call *call, struct pryv_session *session,
                                               const struct account_field *field, struct pryv_event *out, struct pryv_err *err);
PRYV_CHECK enum pryv_rc account_event_unknown(struct pryv_str id, struct pryv_err *err);

#endif
