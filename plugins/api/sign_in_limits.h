/* sign_in_limits.h - failed sign-ins slow down the next ones: `auth.failedLogins.*`.
 *
 * Failures are counted for account and address together, for the address, and for the account. What is counted is kept on the platform, so
 * that it holds for all workers and cores, and is forgotten by itself. Past the free ones every failure doubles the wait. Attempts during a wait
 * are refused unseen and change nothing: whoever has the right password waits no longer because of them. Addresses that signed in to the account
 * before are not held to what strangers do to it.
 */
#ifndef API_SIGN_IN_LIMITS_H
#define API_SIGN_IN_LIMITS_H

#include "api.h"

/* May a password be tried now? Errors: 429 too-many-attempts with Retry-After. */
PRYV_CHECK enum pryv_rc sign_in_allowed(struct pryv_call *call, struct pryv_err *err);
/* What came of it. What cannot be kept is logged and changes nothing else. */
void sign_in_failed(struct pryv_call *call);
void sign_in_succeeded(struct pryv_call *call);

#endif
