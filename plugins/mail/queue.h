/* queue.h - mails that wait to be handed over, on the platform: they survive a crash, and any core may send them. */
#ifndef MAIL_QUEUE_H
#define MAIL_QUEUE_H

#include "mail.h"
#include <pryv/accounts.h>

/* Keeps a mail; it is tried within a second. */
PRYV_CHECK enum pryv_rc queue_put(struct mail *mail, const struct pryv_mail *what, struct pryv_err *err);

/* Takes away what waits for an account that goes. One that is just under way may still arrive. */
PRYV_CHECK enum pryv_rc queue_forget(struct mail *mail, const struct pryv_account_end *account, struct pryv_err *err);

/* Tasks of pryv_every; `self` is the struct mail. The first looks only when this worker has put something; the second always. */
void queue_send_own(void *self);
void queue_send_all(void *self);

#endif
