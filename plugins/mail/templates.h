/* templates.h - what mails say: on the platform, by type, language and part, so that all cores say the same. */
#ifndef MAIL_TEMPLATES_H
#define MAIL_TEMPLATES_H

#include "mail.h"

#define TEMPLATE_KEYS "mail-template/"

struct rendered {
    struct pryv_str subject, html, text; /* text: absent when the template has no such part */
};

/* In the mail's language, else in services.email.defaultLang, else the one that is built in. Errors: PRYV_NOT_FOUND (there is none), PRYV_REFUSED
 * (it does not parse). */
PRYV_CHECK enum pryv_rc templates_render(struct mail *mail, const struct pryv_mail *what, struct rendered *out,
                                         struct pryv_err *err);

/* "mail-template/<type>/<lang>/<part>". Absent: a name that no template can have. */
struct pryv_str template_key(struct pryv_arena *mem, struct pryv_str type, struct pryv_str language, struct pryv_str part);

/* The files of services.email.templatesRootDir: what is wrong with one stops the start, in every worker. From init. */
PRYV_CHECK enum pryv_rc templates_check(struct mail *mail, struct pryv_err *err);
/* At start, by one worker: these files become the platform's templates when it has none at all. */
PRYV_CHECK enum pryv_rc templates_seed(struct mail *mail, struct pryv_err *err);

#endif
