/* mail.so - mails about accounts: handed to a service over HTTP, or sent by the server itself. */
#include "admin.h"
#include "mail.h"
#include "queue.h"
#include "templates.h"
#include <stdlib.h>

#define ACCOUNT_END PRYV_ACCOUNT_END_PREFIX "mail"

#define TEXT(member, name, default_, flags, help) PRYV_CONFIG_TEXT(struct mail_config, member, name, default_, flags, help)
#define NUMBER(member, name, default_, min, max, help) \
    PRYV_CONFIG_NUMBER(struct mail_config, member, name, default_, min, max, help)

static const struct pryv_config_key keys[] = {
    PRYV_CONFIG_ONE_OF(
        struct mail_config, method, "services.email.method", "in-process", "in-process|microservice|mandrill",
        "How mails go: sent by the server itself over SMTP, or handed to a mail service of the platform's own, or to Mandrill."),
    TEXT(url, "services.email.url", "http://127.0.0.1:9000/sendmail/", 0,
         "Address of the mail service; template and language are put behind it."),
    TEXT(key, "services.email.key", NULL, PRYV_CONFIG_SECRET, "What the mail service knows this server by."),
    NUMBER(timeout, "services.email.timeoutSeconds", "10", 0.1, 600,
           "How long the mail service may take for one mail, in seconds."),
    NUMBER(retry, "services.email.retrySeconds", "30", 1, 86400,
           "The first wait before a mail that was not taken is tried again, in seconds; it doubles each time."),
    NUMBER(keep, "services.email.keepSeconds", "259200", 1, 31536000,
           "A mail that was not taken for so long is dropped, in seconds."),
    TEXT(default_language, "services.email.defaultLang", "en", 0,
         "Mails are in this language where a template does not have the account's."),
    TEXT(templates_folder, "services.email.templatesRootDir", NULL, 0,
         "Folder with TYPE/LANGUAGE/subject.pug, html.pug and text.pug: read at the first start, while the platform has no "
         "template yet."),
    TEXT(smtp_host, "services.email.smtp.host", "127.0.0.1", 0, "The mail server that takes the mails."),
    PRYV_CONFIG_INT(struct mail_config, smtp_port, "services.email.smtp.port", "587", 1, 65535, "Its port."),
    PRYV_CONFIG_BOOL(
        struct mail_config, smtp_secure, "services.email.smtp.secure", "false",
        "TLS from the first byte; else it is begun as soon as the mail server offers it, and must be where there is a user."),
    TEXT(smtp_user, "services.email.smtp.auth.user", NULL, 0, "Who the mail server knows this one as; unset: nobody."),
    TEXT(smtp_password, "services.email.smtp.auth.pass", NULL, PRYV_CONFIG_SECRET, "And its password."),
    TEXT(from_name, "services.email.from.name", NULL, 0, "Who mails are from."),
    TEXT(from_address, "services.email.from.address", "no-reply@localhost", 0, "The address of the sender."),
    PRYV_CONFIG_END,
};

static enum pryv_rc put(void *self, const struct pryv_mail *what, struct pryv_err *err)
{
    return queue_put(self, what, err);
}

static enum pryv_rc deliver(void *self, const struct pryv_mail *what, struct pryv_err *err)
{
    return mail_send(self, what, err);
}

static const struct pryv_mail_ops ops = { .size = sizeof(ops), .queue = put, .deliver = deliver };

static enum pryv_rc forget(void *self, struct pryv_arena *mem PRYV_UNUSED, const struct pryv_account_end *account,
                           struct pryv_err *err)
{
    return queue_forget(self, account, err);
}

static const struct pryv_account_end_ops end_ops = { .size = sizeof(end_ops), .forget = forget };

static enum pryv_rc mail_init(const void *config, void **self, struct pryv_err *err)
{
    const struct pryv_interface *platform = pryv_interface("platform", PRYV_PLATFORM_VERSION);
    struct mail *mail = calloc(1, sizeof(*mail));

    if (!mail)
        abort();
    *self = mail;
    *mail = (struct mail){ .config = config, .platform = platform->ops, .platform_self = platform->self };
    if (templates_check(mail, err) != PRYV_OK)
        return err->rc;
    if (pryv_provide(ACCOUNT_END, PRYV_ACCOUNT_END_VERSION, &end_ops, mail, err) != PRYV_OK)
        return err->rc;
    return pryv_provide("mail", PRYV_MAIL_VERSION, &ops, mail, err);
}

static enum pryv_rc mail_start(void *self, struct pryv_err *err)
{
    struct mail *mail = self;

    pryv_every(0.2, queue_send_own, self);
    if (pryv_worker_index() != 0)
        return PRYV_OK;
    pryv_every(fmin(mail->config->retry, 5), queue_send_all, self);
    return templates_seed(mail, err);
}

#define TEMPLATE "/system/admin/mail/templates/{type}/{lang}/{part}"
#define ADMIN(verb_, path_, serve_, help)                                                    \
    {                                                                                        \
        .verb = verb_, .path = path_, .serve = serve_, .who = PRYV_BY_ADMIN, .summary = help \
    }

static const struct pryv_route routes[] = {
    ADMIN("GET", "/system/admin/mail/templates", admin_list_templates, "Mail templates"),
    ADMIN("GET", TEMPLATE, admin_get_template, "A part of a mail template"),
    ADMIN("PUT", TEMPLATE, admin_put_template, "Set a part of a mail template"),
    ADMIN("DELETE", TEMPLATE, admin_delete_template, "Remove a part of a mail template"),
    ADMIN("POST", "/system/admin/mail/send-test", admin_send_test, "Send a mail to try a template"),
    { .verb = NULL },
};

static const struct pryv_interface_ref provides[] = { { "mail", PRYV_MAIL_VERSION },
                                                      { ACCOUNT_END, PRYV_ACCOUNT_END_VERSION },
                                                      { NULL, 0 } };
static const struct pryv_interface_ref requires[] = { { "platform", PRYV_PLATFORM_VERSION }, { NULL, 0 } };

PRYV_PLUGIN = {
    PRYV_PLUGIN_HEAD,     .name = "mail",        .version = PRYVD_VERSION, .summary = "mails about accounts",
    .provides = provides, .requires_ = requires, .config = keys,           .config_size = sizeof(struct mail_config),
    .routes = routes,     .init = mail_init,     .start = mail_start,      .stop = free,
};
