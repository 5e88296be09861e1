/* counter.h - how often something may happen to an account within a time, whichever worker or core sees it. */
#ifndef MFA_COUNTER_H
#define MFA_COUNTER_H

#include "mfa.h"

enum counted { COUNT_FAILURES, COUNT_CHALLENGES };

/* Counts one more, before it happens. Errors: PRYV_REFUSED 429 too-many-attempts, with Retry-After, when there
 * were `most` within services.mfa.limits.seconds of the first of them; PRYV_BUSY. */
PRYV_CHECK enum pryv_rc counter_take(struct mfa *mfa, struct pryv_call *call, enum counted what, int64_t most,
                                     struct pryv_err *err);
/* The same of the client's address, whatever the account; loopback is not counted. */
PRYV_CHECK enum pryv_rc counter_take_of_address(struct mfa *mfa, struct pryv_call *call, enum counted what, int64_t most,
                                                struct pryv_err *err);
/* It did not happen to the account after all. What fails here is left counted. */
void counter_give_back(struct mfa *mfa, struct pryv_call *call, enum counted what);
/* From the beginning again. */
void counter_clear(struct mfa *mfa, struct pryv_call *call, enum counted what);
/* Those of an account that goes. */
PRYV_CHECK enum pryv_rc counters_forget(struct mfa *mfa, struct pryv_arena *mem, struct pryv_str user_id, struct pryv_err *err);

#endif
