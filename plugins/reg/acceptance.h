/* acceptance.h - which requests for access were accepted for whom: they hold a token, and go with the account. */
#ifndef REG_ACCEPTANCE_H
#define REG_ACCEPTANCE_H

#include "reg.h"

/* Before the answer is kept; `state_key` is what it is kept under. A name that no account can have is not noted. What a crash leaves alone here ends
 * with the request. */
PRYV_CHECK enum pryv_rc acceptance_note(struct pryv_call *call, struct pryv_str username, struct pryv_str state_key,
                                        double expires, struct pryv_err *err);
/* Takes away the requests that were accepted for an account. */
PRYV_CHECK enum pryv_rc acceptances_forget(struct reg *reg, struct pryv_arena *mem, const struct pryv_account_end *account,
                                           struct pryv_err *err);

#endif
