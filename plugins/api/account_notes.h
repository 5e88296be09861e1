/* account_notes.h - the trace that a change of an account field leaves on the platform while it goes on; see account_values.c. */
#ifndef API_ACCOUNT_NOTES_H
#define API_ACCOUNT_NOTES_H

#include "account_values.h"

/* One at a time for each user and field: another one's is waited for shortly, and settled when a crash left it. Errors: PRYV_BUSY. */
PRYV_CHECK enum pryv_rc account_note_put(struct pryv_call *call, const struct account_change *change, struct pryv_err *err);
PRYV_CHECK enum pryv_rc account_note_take_away(struct pryv_call *call, const struct account_field *field, struct pryv_err *err);

#endif
