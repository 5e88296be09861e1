/* challenge.h - asking for the second factor, and finding it right. */
#ifndef MFA_CHALLENGE_H
#define MFA_CHALLENGE_H

#include "session.h"

/* Sends a code to where `content` says. Errors: 400 invalid-operation (the gateway), 429 too-many-attempts. */
PRYV_CHECK enum pryv_rc challenge_send(struct mfa *mfa, struct pryv_call *call, json_t *content, struct pryv_err *err);
/* Is it the code? call->params has it. Counts the try; the session stays open. Errors: 400 invalid-operation (the gateway says no, or
 * nothing), 400 invalid-parameters-format (not our code), 401 (no tries are left), 429. */
PRYV_CHECK enum pryv_rc challenge_check(struct mfa *mfa, struct pryv_call *call, struct session *session, json_t *content,
                                        struct pryv_err *err);

#endif
