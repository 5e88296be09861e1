/* account_value.h - one value of an account field, in its forms: as it is given, as it is stored, as the platform keeps it. */
#ifndef API_ACCOUNT_VALUE_H
#define API_ACCOUNT_VALUE_H

#include "account.h"

/* Does a value fit the field? Text or number, length, pattern. Errors: PRYV_REFUSED 400 invalid-parameters-format. */
PRYV_CHECK enum pryv_rc account_value_check(const struct account_field *field, const json_t *value, struct pryv_err *err);
/* Checks a value that is to be set (account_value_check) and gives the text that is stored. */
PRYV_CHECK enum pryv_rc account_value_json(struct pryv_arena *mem, const struct account_field *field, const json_t *value,
                                           struct pryv_str *json, struct pryv_err *err);

/* The value of a stored text, released with the arena; NULL: none, or broken. */
json_t *account_value_of(struct pryv_arena *mem, struct pryv_str value_json);
/* What the platform keeps of a value: e-mail addresses differ by more than their case, or not at all. */
struct pryv_str account_platform_value(struct pryv_arena *mem, const struct account_field *field, struct pryv_str value_json);
struct pryv_str account_platform_text(struct pryv_arena *mem, const struct account_field *field, struct pryv_str text);

#endif
