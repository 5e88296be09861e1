/* send.c - which way mails go. */
#include "mail.h"

enum pryv_rc mail_send(struct mail *mail, const struct pryv_mail *what, struct pryv_err *err)
{
    if (pryv_str_equal(mail->config->method, "in-process"))
        return smtp_send(mail, what, err);
    return pryv_str_equal(mail->config->method, "mandrill") ? mandrill_send(mail, what, err) : service_send(mail, what, err);
}
