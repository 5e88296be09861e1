/* code.h - codes of our own (mode "single"): one for an account at a time, until it is used, replaced or too old. */
#ifndef MFA_CODE_H
#define MFA_CODE_H

#include "mfa.h"

/* Decimal digits, every one as likely as any other. */
struct pryv_str code_random(struct pryv_arena *mem, size_t digits);
/* A new one for call->user; the former is dead. */
PRYV_CHECK enum pryv_rc code_new(struct mfa *mfa, struct pryv_call *call, struct pryv_str *code, struct pryv_err *err);
/* Uses it up: of several with the right one at the same time exactly one gets PRYV_OK. Errors: 400 invalid-parameters-format, data: {id:
 * "invalid-mfa-code"}. */
PRYV_CHECK enum pryv_rc code_use(struct mfa *mfa, struct pryv_call *call, struct pryv_str given, struct pryv_err *err);
/* That of an account that goes. */
PRYV_CHECK enum pryv_rc code_forget(struct mfa *mfa, struct pryv_arena *mem, struct pryv_str user_id, struct pryv_err *err);

#endif
