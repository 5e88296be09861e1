/* account_mail.c - see account_mail.h. */
#include "account_mail.h"
#include "own_pages.h"
#include <pryv/mail.h>

bool account_mail_is_on(const struct account_settings *settings, const char *name)
{
    return json_is_true(settings->mail) || pryv_json_member_true(settings->mail, name);
}

static struct pryv_str reset_page(const struct account_settings *settings, struct pryv_arena *mem)
{
    return settings->reset_page_url.len ? settings->reset_page_url : own_password_reset_page(mem);
}

enum pryv_rc account_mail_check(const struct account_settings *settings, struct pryv_err *err)
{
    if (settings->mail && !json_is_boolean(settings->mail) && !json_is_object(settings->mail))
        return pryv_fail(err, PRYV_FAILED, "services.email.enabled must be true, false, or a map of welcome and resetPassword");
    if (account_mail_is_on(settings, "resetPassword") && !reset_page(settings, err->arena).len)
        return pryv_fail(err, PRYV_FAILED,
                         "auth.passwordResetPageURL must be set while services.email.enabled.resetPassword is true and no plugin "
                         "has pages of its own");
    return PRYV_OK;
}

static const struct pryv_mail_ops *provider(void **self)
{
    const struct pryv_interface *mail = pryv_interface("mail", PRYV_MAIL_VERSION);

    if (!mail)
        return NULL;
    *self = mail->self;
    return mail->ops;
}

void account_mail_welcome(struct pryv_arena *mem, struct pryv_str username, struct pryv_str address, struct pryv_str language)
{
    const struct account_settings *settings = &api_self()->config->account;
    struct pryv_err err = PRYV_ERR(mem);
    void *self;
    const struct pryv_mail_ops *ops = provider(&self);
    json_t *words;

    if (!account_mail_is_on(settings, "welcome") || !ops || !address.data)
        return;
    words = json_pack("{s:o, s:o}", "USERNAME", pryv_json_string(username), "EMAIL", pryv_json_string(address));

    struct pryv_mail mail = { settings->welcome_template, language, address, username, words };

    if (ops->queue(self, &mail, &err) != PRYV_OK)
        pryv_log_error(API_LOG, "a welcome mail is not sent: %s", err.message ? err.message : "");
    json_decref(words);
}

/* As encodeURIComponent of what an id can hold. */
static json_t *reset_words(struct pryv_call *call, struct pryv_str page, struct pryv_str token)
{
    struct pryv_str link = pryv_format(call->arena, "%.*s?resetToken=%.*s", PRYV_STR_ARG(page), PRYV_STR_ARG(token));

    return json_pack("{s:o, s:o, s:o}", "RESET_TOKEN", pryv_json_string(token), "RESET_URL", pryv_json_string(page), "RESET_LINK",
                     pryv_json_string(link));
}

enum pryv_rc account_mail_reset(struct pryv_call *call, struct pryv_str address, struct pryv_str language, struct pryv_str token,
                                struct pryv_err *err)
{
    const struct account_settings *settings = &api_self()->config->account;
    void *self;
    const struct pryv_mail_ops *ops = provider(&self);
    json_t *words;
    enum pryv_rc rc;

    if (!ops)
        return pryv_fail(err, PRYV_FAILED, "services.email.enabled asks for reset mails, but no plugin sends mails");
    if (!address.data)
        return pryv_fail(err, PRYV_FAILED, "the account has no address to send a reset mail to");
    words = reset_words(call, reset_page(settings, call->arena), token);

    struct pryv_mail mail = { settings->reset_template, language, address, call->user->username, words };

    rc = ops->deliver(self, &mail, err);
    json_decref(words);
    return rc == PRYV_OK ? PRYV_OK
                         : pryv_fail(err, PRYV_FAILED, "a reset mail is not sent: %s", err->message ? err->message : "");
}
