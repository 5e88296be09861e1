/* account_reset.c - account.requestPasswordReset and account.resetPassword: a mailed token instead of the old password.
 *
 * Tokens are kept on the platform by their hashes, so that who reads the store cannot use them. One is good for one reset: of several at
 * once exactly one takes it. A reset voids all others of the account. */
#include "account_calls.h"
#include "account_mail.h"
#include "own_pages.h"
#include "passwords.h"
#include "sign_in_limits.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const struct pryv_param request_password_reset_params[] = {
    { .name = "appId", .type = PRYV_P_TEXT, .flags = PRYV_P_REQUIRED, .help = "A trusted app." },
    { .name = "origin", .type = PRYV_P_ANY, .flags = PRYV_P_IGNORED },
    { .name = NULL },
};

const struct pryv_param reset_password_params[] = {
    { .name = "appId", .type = PRYV_P_TEXT, .flags = PRYV_P_REQUIRED, .help = "A trusted app." },
    { .name = "resetToken", .type = PRYV_P_TEXT, .flags = PRYV_P_REQUIRED, .help = "From the mail." },
    { .name = "newPassword",
      .type = PRYV_P_TEXT,
      .flags = PRYV_P_REQUIRED,
      .min = PASSWORD_MIN,
      .max = PASSWORD_MAX,
      .help = "What it will be." },
    { .name = "origin", .type = PRYV_P_ANY, .flags = PRYV_P_IGNORED },
    { .name = NULL },
};

/* The origin is the request's, whatever the parameters say. */
static enum pryv_rc check_app(struct pryv_call *call, struct pryv_err *err)
{
    struct pryv_str origin = call->request ? pryv_request_header(call->request, "origin") : PRYV_STR_NONE;

    if (app_is_trusted(call, pryv_json_member_text(call->params, "appId"), origin.data ? origin : PRYV_STR("")))
        return PRYV_OK;
    return pryv_refuse(err, 401, "invalid-credentials", NULL, "The app is not trusted.");
}

static struct pryv_str token_prefix(struct pryv_call *call)
{
    return pryv_format(call->arena, "password-reset/%.*s/", PRYV_STR_ARG(call->user->id));
}

static struct pryv_str token_key(struct pryv_call *call, struct pryv_str token)
{
    unsigned char hash[PRYV_HASH_MAX];
    size_t len = pryv_hash(PRYV_SHA256, token, hash);
    char hex[2 * PRYV_HASH_MAX + 1];

    for (size_t i = 0; i < len; i++)
        snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    return pryv_format(call->arena, "%.*s%s", PRYV_STR_ARG(token_prefix(call)), hex);
}

/* ---- Asking for one ------------------------------------------------------------------------------ */

struct recipient {
    struct pryv_str address, language;
};

static enum pryv_rc read_recipient(struct pryv_call *call, struct recipient *out, struct pryv_err *err)
{
    struct pryv_session *session;
    struct pryv_account_field *rows;
    size_t count;
    enum pryv_rc rc = api_open(call, PRYV_READ, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = api_self()->storage->account_all(session, call->arena, &rows, &count, err);
    api_close(session);
    for (size_t i = 0; rc == PRYV_OK && i < count; i++) {
        struct pryv_str *text = pryv_str_equal(rows[i].field, "email")      ? &out->address
                                : pryv_str_equal(rows[i].field, "language") ? &out->language
                                                                            : NULL;
        json_t *value;

        if (text && (rc = pryv_json_parse(call->arena, rows[i].value_json, true, &value, err)) == PRYV_OK &&
            json_is_string(value))
            *text = pryv_json_text_of(value);
    }
    return rc;
}

/* Many open tokens are somebody's attempt to flood a mailbox. */
static enum pryv_rc check_open(struct pryv_call *call, struct pryv_err *err)
{
    struct api *api = api_self();
    size_t most = (size_t) api->config->account.reset_max_open, count;
    struct pryv_str *keys, *values;
    enum pryv_rc rc = api->platform->values_list(api->platform_self, call->arena, token_prefix(call), PRYV_STR_NONE, most, &keys,
                                                 &values, &count, err);

    if (rc != PRYV_OK || count < most)
        return rc;
    if (call->request)
        pryv_reply_header(call->request, "Retry-After",
                          pryv_format(call->arena, "%.0f", ceil(api->config->account.reset_max_age_ms / 1000)));
    return pryv_refuse(err, 429, "too-many-attempts", NULL,
                       "Too many resets of this password were asked for; use one of the mails.");
}

enum pryv_rc account_request_password_reset(struct pryv_call *call, struct pryv_err *err)
{
    struct api *api = api_self();
    const struct account_settings *settings = &api->config->account;
    double end = call->now + settings->reset_max_age_ms / 1000;
    struct recipient recipient = { PRYV_STR_NONE, PRYV_STR("en") };
    struct pryv_str token = pryv_id_new(call->arena), key = token_key(call, token);
    char digits[PRYV_NUMBER_SIZE];
    enum pryv_rc rc = check_app(call, err);

    if (rc != PRYV_OK || !account_mail_is_on(settings, "resetPassword"))
        return rc;
    if ((rc = check_open(call, err)) != PRYV_OK || (rc = read_recipient(call, &recipient, err)) != PRYV_OK)
        return rc;
    rc = api->platform->value_put_new(api->platform_self, key, pryv_str_n(digits, pryv_number_format(digits, end)), end, err);
    if (rc != PRYV_OK)
        return rc;
    rc = account_mail_reset(call, recipient.address, recipient.language, token, err);
    if (rc != PRYV_OK) {
        struct pryv_err ignored = PRYV_ERR(call->arena);

        if (api->platform->value_delete(api->platform_self, key, &ignored) != PRYV_OK)
            pryv_log_warn(API_LOG, "a reset token that nobody has stays until it expires");
    }
    return rc;
}

/* ---- Using one -------------------------------------------------------------------------------------- */

static enum pryv_rc invalid_token(struct pryv_err *err)
{
    return pryv_refuse(err, 401, "invalid-access-token", NULL, "The reset token is unknown, expired or used.");
}

static void void_others(struct pryv_call *call)
{
    struct api *api = api_self();
    struct pryv_err err = PRYV_ERR(call->arena);
    struct pryv_str *keys, *values;
    size_t count = 0;
    enum pryv_rc rc = api->platform->values_list(api->platform_self, call->arena, token_prefix(call), PRYV_STR_NONE,
                                                 (size_t) api->config->account.reset_max_open * 2, &keys, &values, &count, &err);

    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        rc = api->platform->value_delete(api->platform_self, keys[i], &err);
    if (rc != PRYV_OK)
        pryv_log_error(API_LOG, "reset tokens stay good after a reset until they expire: %s", err.message ? err.message : "");
}

/* Takes the token, then sets the password; a token whose password could not be set is put back as it was. */
static enum pryv_rc use(struct pryv_call *call, const struct passwords *old, struct pryv_str key, struct pryv_str password,
                        struct pryv_err *err)
{
    struct api *api = api_self();
    struct pryv_err other = PRYV_ERR(call->arena);
    struct pryv_str end;
    enum pryv_rc rc = api->platform->value_take(api->platform_self, call->arena, key, &end, err);

    if (rc != PRYV_OK)
        return rc == PRYV_NOT_FOUND ? invalid_token(err) : rc;
    rc = password_set(call, old, password, call->author, err);
    if (rc != PRYV_OK &&
        api->platform->value_put(api->platform_self, key, end, strtod(pryv_cstr(call->arena, end), NULL), &other) != PRYV_OK)
        pryv_log_warn(API_LOG, "a reset token is lost with the reset that failed");
    return rc;
}

enum pryv_rc account_reset_password(struct pryv_call *call, struct pryv_err *err)
{
    struct api *api = api_self();
    struct pryv_str password = pryv_json_member_text(call->params, "newPassword"), end;
    struct pryv_str key = token_key(call, pryv_json_member_text(call->params, "resetToken"));
    struct passwords old;
    enum pryv_rc rc = check_app(call, err);

    if (rc != PRYV_OK)
        return rc;
    rc = api->platform->value_get(api->platform_self, call->arena, key, true, &end, err);
    if (rc != PRYV_OK)
        return rc == PRYV_NOT_FOUND ? invalid_token(err) : rc;
    if ((rc = passwords_read(call, &old, err)) != PRYV_OK || (rc = password_check_change(call, &old, password, err)) != PRYV_OK ||
        (rc = use(call, &old, key, password, err)) != PRYV_OK)
        return rc;
    void_others(call);
    sign_in_succeeded(call);
    pryv_publish("accountChanged", call->user->id, PRYV_STR_NONE);
    return PRYV_OK;
}
