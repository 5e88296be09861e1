/* smtp.c - mails that the server sends itself: a template and its words, one SMTP connection for each. */
#include "html_text.h"
#include "mail.h"
#include "mime.h"
#include "templates.h"
#include <pryv/fetch.h>

enum pryv_rc smtp_send(struct mail *mail, const struct pryv_mail *what, struct pryv_err *err)
{
    const struct mail_config *config = mail->config;
    struct rendered rendered;
    enum pryv_rc rc = templates_render(mail, what, &rendered, err);

    if (rc != PRYV_OK)
        return rc;

    struct mime_mail mime = {
        .from_name = config->from_name,
        .from_address = config->from_address,
        .to_name = what->name,
        .to_address = what->address,
        .subject = rendered.subject,
        .html = rendered.html,
        .text = rendered.text.data ? rendered.text : html_text(err->arena, rendered.html),
        .date = pryv_now(),
    };

    struct pryv_smtp_mail envelope = {
        .host = config->smtp_host,
        .port = (int) config->smtp_port,
        .tls = config->smtp_secure,
        .user = config->smtp_user,
        .password = config->smtp_password,
        .sender = config->from_address,
        .recipients = &what->address,
        .recipient_count = 1,
        .text = mime_write(err->arena, &mime),
        .timeout_seconds = config->timeout,
    };

    rc = pryv_smtp_send(&envelope, err);
    return rc == PRYV_OK ? PRYV_OK : pryv_fail(err, rc, "the mail server does not take it: %s", err->message);
}
