/* mail.h - what the files of this plugin share: its settings, and the ways a mail can go. */
#ifndef MAIL_MAIL_H
#define MAIL_MAIL_H

#include <pryv/mail.h>
#include <pryv/platform.h>
#include <pryv/plugin.h>

#define MAIL_LOG "mail"

struct mail_config {
    struct pryv_str method, url, key, default_language, templates_folder;
    struct pryv_str smtp_host, smtp_user, smtp_password, from_name, from_address;
    int64_t smtp_port;
    bool smtp_secure;
    double timeout, retry, keep;
};

struct mail {
    const struct mail_config *config;
    const struct pryv_platform_ops *platform;
    void *platform_self;
};

/* One attempt, by the configured method. PRYV_OK: taken. Errors: as `deliver` of pryv/mail.h. PRYV_FAILED: it would be refused again. */
PRYV_CHECK enum pryv_rc mail_send(struct mail *mail, const struct pryv_mail *what, struct pryv_err *err);

/* ---- Ways, one a file ------------------------------------------------------------------------ */

PRYV_CHECK enum pryv_rc service_send(struct mail *mail, const struct pryv_mail *what, struct pryv_err *err);
PRYV_CHECK enum pryv_rc smtp_send(struct mail *mail, const struct pryv_mail *what, struct pryv_err *err);
PRYV_CHECK enum pryv_rc mandrill_send(struct mail *mail, const struct pryv_mail *what, struct pryv_err *err);

#endif
