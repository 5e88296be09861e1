/* account_change.h - account fields change where they are kept: in the user's storage with their history, and on the platform those that
 * no other account may have and those that are found by. */
#ifndef API_ACCOUNT_CHANGE_H
#define API_ACCOUNT_CHANGE_H

#include "account_notes.h"
#include <pryv/storage.h>

/* All or none, durable when it is PRYV_OK; `rows` (as many) is what is stored now. A value that a field has already changes nothing.
 * Tells the other workers. Errors: 409 item-already-exists {field: value}. Opens a session of its own. Executor. */
PRYV_CHECK enum pryv_rc account_change(struct pryv_call *call, const struct account_change *changes, size_t count,
                                       struct pryv_account_field *rows, struct pryv_err *err);

#endif
