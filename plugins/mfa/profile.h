/* profile.h - what an account keeps of its second factor: the member `mfa` of its private profile, {content, recoveryCodes}. */
#ifndef MFA_PROFILE_H
#define MFA_PROFILE_H

#include "mfa.h"

enum { RECOVERY_CODES = 10 };

/* Where challenges go to; NULL: the account has no second factor. In the arena of `err`. */
PRYV_CHECK enum pryv_rc profile_content(struct mfa *mfa, struct pryv_str user_id, json_t **content, struct pryv_err *err);
/* Makes it active. `codes` are filled with what the user is told once; hashes of them are kept. */
PRYV_CHECK enum pryv_rc profile_activate(struct mfa *mfa, struct pryv_call *call, json_t *content,
                                         struct pryv_str codes[RECOVERY_CODES], struct pryv_err *err);
/* Takes it away; also when there is none. */
PRYV_CHECK enum pryv_rc profile_deactivate(struct mfa *mfa, struct pryv_str user_id, struct pryv_err *err);
/* Takes it away for a recovery code. Errors: 400 invalid-operation: not active; 400 invalid-parameters-format: not one of them. */
PRYV_CHECK enum pryv_rc profile_recover(struct mfa *mfa, struct pryv_call *call, struct pryv_str code, struct pryv_err *err);
/* What clients see of the member: not the codes, only how many there are. */
json_t *profile_show(void *self, const json_t *value);

#endif
