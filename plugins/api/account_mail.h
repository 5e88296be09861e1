/* account_mail.h - the mails about an account. */
#ifndef API_ACCOUNT_MAIL_H
#define API_ACCOUNT_MAIL_H

#include "api.h"

/* Is this mail switched on? name: "welcome", "resetPassword". */
bool account_mail_is_on(const struct account_settings *settings, const char *name);

/* PRYV_FAILED with one line when reset mails are on and lead nowhere. From start: by then the plugin with the pages is there. */
PRYV_CHECK enum pryv_rc account_mail_check(const struct account_settings *settings, struct pryv_err *err);

/* To a new account. Never fails the registration: what cannot be kept for sending is logged. */
void account_mail_welcome(struct pryv_arena *mem, struct pryv_str username, struct pryv_str address, struct pryv_str language);
/* With a reset token. The token is of no use to anybody when this fails. */
PRYV_CHECK enum pryv_rc account_mail_reset(struct pryv_call *call, struct pryv_str address, struct pryv_str language,
                                           struct pryv_str token, struct pryv_err *err);

#endif
