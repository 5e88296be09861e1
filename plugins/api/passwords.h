/* passwords.h - the rules about passwords: `auth.password*`. */
#ifndef API_PASSWORDS_H
#define API_PASSWORDS_H

#include "api.h"

enum { PASSWORD_MIN = 6, PASSWORD_MAX = 100 };

/* The newest passwords that the rules look at, the present one first. */
struct passwords {
    struct pryv_password_row *rows;
    size_t count;
};

/* Is there an age that passwords are held to? */
bool password_rules_have_times(void);
/* PRYV_ABSENT where the rule is off. */
double password_expires(const struct pryv_password_row *row);
/* passwordExpires, passwordCanBeChanged: members of login and access-info. */
void password_write_times(struct pryv_json *js, const struct pryv_password_row *row);

/* Length and kinds of characters. Errors: 400 invalid-parameters-format, data: a list of one text. */
PRYV_CHECK enum pryv_rc password_check_complexity(struct pryv_str password, struct pryv_err *err);

/* Opens a session of its own. */
PRYV_CHECK enum pryv_rc passwords_read(struct pryv_call *call, struct passwords *out, struct pryv_err *err);
/* The rules of a change and of a reset in their order: minimum age, complexity, reuse. Errors: 400. Slow: it hashes. */
PRYV_CHECK enum pryv_rc password_check_change(struct pryv_call *call, const struct passwords *old, struct pryv_str password,
                                              struct pryv_err *err);
/* Stores it as the present one. Errors: 400 invalid-operation when the password is no longer the one that was checked against. Slow. */
PRYV_CHECK enum pryv_rc password_set(struct pryv_call *call, const struct passwords *old, struct pryv_str password,
                                     struct pryv_str author, struct pryv_err *err);

#endif
