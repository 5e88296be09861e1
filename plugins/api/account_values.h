/* account_values.h - the values of account fields where they are kept: in the user's storage with their history, and on the platform
 * those that no other account may have and those that are found by. */
#ifndef API_ACCOUNT_VALUES_H
#define API_ACCOUNT_VALUES_H

#include "account.h"
#include <pryv/method.h>
#include <pryv/storage.h>

struct account_change {
    const struct account_field *field;
    struct pryv_str value_json; /* of account_value_json */
};

/* Checks a value that is to be set (account.h: account_value_check) and gives the text that is stored. */
PRYV_CHECK enum pryv_rc account_value_json(struct pryv_arena *mem, const struct account_field *field, const json_t *value,
                                           struct pryv_str *json, struct pryv_err *err);

/* All or none, durable when it is PRYV_OK; `rows` (as many) is what is stored now. A value that a field has already changes nothing.
 * Tells the other workers. Errors: 409 item-already-exists {field: value}. Opens a session of its own. Executor. */
PRYV_CHECK enum pryv_rc account_change(struct pryv_call *call, const struct account_change *changes, size_t count,
                                       struct pryv_account_field *rows, struct pryv_err *err);

/* The value of a stored text, released with the arena; NULL: none, or broken. */
json_t *account_value_of(struct pryv_arena *mem, struct pryv_str value_json);
/* What the platform keeps of a value: e-mail addresses differ by more than their case, or not at all. */
struct pryv_str account_platform_value(struct pryv_arena *mem, const struct account_field *field, struct pryv_str value_json);
struct pryv_str account_platform_text(struct pryv_arena *mem, const struct account_field *field, struct pryv_str text);

/* Ends changes that a crash cut off (a pryv_every task of one worker). `self`: the struct api. */
void account_changes_settle(void *self);

#endif
