/* pryv/mail.h - mails to people (interface "mail", version 1): of a new account, of a password that is to be set anew.
 *
 * A mail is named by its template; what it says, in which language it exists and how it travels is the provider's.
 * Threads   Every function may block and may be called from any executor thread.
 * Memory    Arguments are borrowed.
 */
#ifndef PRYV_MAIL_H
#define PRYV_MAIL_H

#include <jansson.h>
#include <pryv/arena.h>
#include <pryv/error.h>

#define PRYV_MAIL_VERSION 1

struct pryv_mail {
    struct pryv_str template_; /* "welcome-email" */
    struct pryv_str language;  /* "en"; one that the template does not have falls back to the provider's default */
    struct pryv_str address;   /* of the recipient */
    struct pryv_str name;      /* of the recipient: the user name */
    json_t *substitutions;     /* object of texts: {"USERNAME": ...} */
};

struct pryv_mail_ops {
    size_t size;

    /* Keeps the mail where it survives a crash, and returns; it is handed over later, and again while that fails, for as long as
     * configuration says. PRYV_OK: kept. */
    enum pryv_rc (*queue)(void *self, const struct pryv_mail *mail, struct pryv_err *err);
    /* Hands it over now. PRYV_OK: taken by the mail service. PRYV_NOT_FOUND: there is no such template, in no language that would do.
     * PRYV_BUSY, PRYV_FAILED: not taken; nothing is kept. */
    enum pryv_rc (*deliver)(void *self, const struct pryv_mail *mail, struct pryv_err *err);
    /* 1.0 ends here. */
};

#endif
