/* account_notes.h - the trace that a change of an account field leaves on the platform while it goes on; see account_change.c. */
#ifndef API_ACCOUNT_NOTES_H
#define API_ACCOUNT_NOTES_H

#include "account.h"
#include <pryv/method.h>

struct account_change {
    const struct account_field *field;
    struct pryv_str value_json; /* of account_value_json, account_value.h */
};

/* One at a time for each user and field: another one's is waited for shortly, and settled when a crash left it. Errors: PRYV_BUSY. */
PRYV_CHECK enum pryv_rc account_note_put(struct pryv_call *call, const struct account_change *change, struct pryv_err *err);
PRYV_CHECK enum pryv_rc account_note_take_away(struct pryv_call *call, const struct account_field *field, struct pryv_err *err);
/* Ends changes that a crash cut off (a pryv_every task of one worker). `self`: the struct api. */
void account_changes_settle(void *self);

#endif
