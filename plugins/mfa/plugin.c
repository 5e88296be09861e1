/* mfa.so - a second factor at login: a code by SMS, through a gateway of the platform's choice. */
#include "code.h"
#include "counter.h"
#include "methods.h"
#include "mfa.h"
#include "profile.h"
#include "session.h"
#include <pryv/accounts.h>
#include <pryv/second_factor.h>
#include <stdlib.h>

#define ENDPOINTS "services.mfa.sms.endpoints"
#define ENDPOINT_HELP                                                                                                          \
    "a map of `url`, `method` (GET or POST, which is the default), `body` and `headers`, in which {{ name }} stands for what " \
    "the "                                                                                                                     \
    "user gave at activation under that name"

#define ACCOUNT_END PRYV_ACCOUNT_END_PREFIX "mfa"

#define INT(member, name, default_, min, max, help) PRYV_CONFIG_INT(struct mfa_config, member, name, default_, min, max, help)
#define NUMBER(member, name, default_, min, max, help) \
    PRYV_CONFIG_NUMBER(struct mfa_config, member, name, default_, min, max, help)
#define SECRET_MAP(member, name, help) PRYV_CONFIG_JSON(struct mfa_config, member, name, NULL, PRYV_CONFIG_SECRET, help)

static const struct pryv_config_key keys[] = {
    PRYV_CONFIG_ONE_OF(
        struct mfa_config, mode, "services.mfa.mode", "disabled", "disabled|challenge-verify|single",
        "The second factor of accounts that want one: none; codes that the SMS gateway makes and checks; or codes of the "
        "server's own, which the gateway only sends."),
    SECRET_MAP(challenge, ENDPOINTS ".challenge",
               "The gateway's address for sending a code, mode challenge-verify: " ENDPOINT_HELP "."),
    SECRET_MAP(verify, ENDPOINTS ".verify",
               "Its address for checking one, mode challenge-verify; {{ name }} also stands for what the request gave (code)."),
    SECRET_MAP(single, ENDPOINTS ".single", "Its address for sending a message, mode single; {{ code }} is the code."),
    NUMBER(sms_timeout, "services.mfa.sms.timeoutSeconds", "10", 0.1, 120,
           "How long the gateway may take for one call, in seconds."),
    NUMBER(
        session_seconds, "services.mfa.sessions.ttlSeconds", "1800", 1, 86400,
        "How long a login or an activation may wait for its code, and how long a code of the server's own serves, in seconds."),
    INT(session_tries, "services.mfa.sessions.maxTries", "5", 1, 1000,
        "Wrong codes after which a login or an activation must be begun again."),
    INT(failures, "services.mfa.limits.failures", "20", 1, 1000000,
        "Wrong codes for one account, over all its logins, after which none is looked at until limits.seconds have passed."),
    INT(challenges, "services.mfa.limits.challenges", "30", 1, 1000000,
        "Codes sent for one account, after which none is sent until limits.seconds have passed."),
    INT(challenges_per_address, "services.mfa.limits.challengesPerAddress", "300", 1, 1000000,
        "Codes sent for one client's address (an IPv6 network of 64 bits), whatever the accounts; loopback is not counted so."),
    NUMBER(limit_seconds, "services.mfa.limits.seconds", "3600", 1, 2592000,
           "The time over which these are counted, in seconds."),
    INT(content_bytes, "services.mfa.maxContentBytes", "8192", 64, 1048576,
        "What a user may give at activation, in bytes of JSON."),
    INT(code_digits, "services.mfa.codeDigits", "4", 4, 12, "Digits of a code of the server's own."),
    PRYV_CONFIG_END,
};

static bool profile_is_open(void *self)
{
    const struct mfa *mfa = self;

    return !mfa->active;
}

static const struct pryv_second_factor_ops ops = {
    .size = sizeof(ops),
    .begin = login_begin,
    .profile_member = "mfa",
    .profile_show = profile_show,
    .profile_is_open = profile_is_open,
};

static enum pryv_rc forget(void *self, struct pryv_arena *mem, const struct pryv_account_end *account, struct pryv_err *err)
{
    enum pryv_rc rc = sessions_forget(self, mem, account->user_id, err);

    if (rc == PRYV_OK)
        rc = code_forget(self, mem, account->user_id, err);
    return rc == PRYV_OK ? counters_forget(self, mem, account->user_id, err) : rc;
}

static const struct pryv_account_end_ops end_ops = { .size = sizeof(end_ops), .forget = forget };

/* ---- Life ----------------------------------------------------------------------------------------------- */

static void mfa_stop(void *self)
{
    struct mfa *mfa = self;

    if (mfa)
        pryv_arena_free(mfa->mem);
    free(mfa);
}

static enum pryv_rc read_endpoints(struct mfa *mfa, const struct mfa_config *config, struct pryv_err *err)
{
    enum pryv_rc rc;

    mfa->active = !pryv_str_equal(config->mode, "disabled");
    mfa->own_codes = pryv_str_equal(config->mode, "single");
    if (!mfa->active)
        return PRYV_OK;
    if (mfa->own_codes)
        return endpoint_read(&mfa->to_challenge, mfa->mem, config->single, ENDPOINTS ".single", err);
    rc = endpoint_read(&mfa->to_challenge, mfa->mem, config->challenge, ENDPOINTS ".challenge", err);
    return rc == PRYV_OK ? endpoint_read(&mfa->to_verify, mfa->mem, config->verify, ENDPOINTS ".verify", err) : rc;
}

static enum pryv_rc mfa_init(const void *config, void **self, struct pryv_err *err)
{
    const struct pryv_interface *platform = pryv_interface("platform", PRYV_PLATFORM_VERSION);
    const struct pryv_interface *storage = pryv_interface("storage", PRYV_STORAGE_VERSION);
    const struct pryv_interface *sign_in = pryv_interface("sign-in", PRYV_SIGN_IN_VERSION);
    struct mfa *mfa = calloc(1, sizeof(*mfa));
    enum pryv_rc rc;

    if (!mfa)
        abort();
    *self = mfa;
    *mfa = (struct mfa){
        .config = config,
        .mem = pryv_arena_new(),
        .platform = platform->ops,
        .platform_self = platform->self,
        .storage = storage->ops,
        .storage_self = storage->self,
        .sign_in = sign_in->ops,
        .sign_in_self = sign_in->self,
    };
    if ((rc = read_endpoints(mfa, config, err)) != PRYV_OK)
        return rc;
    rc = pryv_provide("second-factor", PRYV_SECOND_FACTOR_VERSION, &ops, mfa, err);
    return rc == PRYV_OK ? pryv_provide(ACCOUNT_END, PRYV_ACCOUNT_END_VERSION, &end_ops, mfa, err) : rc;
}

/* ---- Tables --------------------------------------------------------------------------------------------- */

static const struct pryv_param code_params[] = {
    { .name = "code", .help = "As it came by SMS." },
    { .name = NULL },
};

static const struct pryv_param recover_params[] = {
    { .name = "username", .help = "The account." },
    { .name = "password", .help = "Its password." },
    { .name = "recoveryCode", .help = "One of those that were told when the second factor was activated." },
    { .name = NULL },
};

static const struct pryv_method methods[] = {
    { .name = "mfa.activate",
      .summary = "Begin to use a second factor: what is given is where codes go to",
      .who = PRYV_BY_PERSONAL,
      .open = true,
      .handler = mfa_activate,
      .writes = true },
    { .name = "mfa.confirm",
      .summary = "Confirm the activation by its code",
      .params = code_params,
      .open = true,
      .handler = mfa_confirm,
      .writes = true },
    { .name = "mfa.challenge", .summary = "Send a code again", .open = true, .handler = mfa_challenge, .writes = true },
    { .name = "mfa.verify",
      .summary = "Complete a login by its code",
      .params = code_params,
      .open = true,
      .handler = mfa_verify,
      .writes = true },
    { .name = "mfa.deactivate",
      .summary = "Use no second factor any more",
      .who = PRYV_BY_PERSONAL,
      .open = true,
      .handler = mfa_deactivate,
      .writes = true },
    { .name = "mfa.recover",
      .summary = "Get rid of a second factor that is lost, by a recovery code",
      .params = recover_params,
      .open = true,
      .handler = mfa_recover,
      .writes = true },
    { .name = NULL },
};

static const struct pryv_route routes[] = {
    { .verb = "POST", .path = "/{username}/mfa/activate", .method = "mfa.activate" },
    { .verb = "POST", .path = "/{username}/mfa/confirm", .method = "mfa.confirm" },
    { .verb = "POST", .path = "/{username}/mfa/challenge", .method = "mfa.challenge" },
    { .verb = "POST", .path = "/{username}/mfa/verify", .method = "mfa.verify" },
    { .verb = "POST", .path = "/{username}/mfa/deactivate", .method = "mfa.deactivate" },
    { .verb = "POST", .path = "/{username}/mfa/recover", .method = "mfa.recover" },
    { .verb = "DELETE",
      .path = "/system/users/{name}/mfa",
      .method = "system.deactivateMfa",
      .serve = system_deactivate,
      .summary = "Take the second factor of an account away" },
    { .verb = NULL },
};

static const struct pryv_interface_ref provides[] = { { "second-factor", PRYV_SECOND_FACTOR_VERSION },
                                                      { ACCOUNT_END, PRYV_ACCOUNT_END_VERSION },
                                                      { NULL, 0 } };
static const struct pryv_interface_ref requires[] = {
    { "platform", PRYV_PLATFORM_VERSION }, { "storage", PRYV_STORAGE_VERSION }, { "sign-in", PRYV_SIGN_IN_VERSION }, { NULL, 0 }
};

PRYV_PLUGIN = {
    PRYV_PLUGIN_HEAD,     .name = "mfa",         .version = PRYVD_VERSION, .summary = "a second factor at login, by SMS",
    .provides = provides, .requires_ = requires, .config = keys,           .config_size = sizeof(struct mfa_config),
    .methods = methods,   .routes = routes,      .init = mfa_init,         .stop = mfa_stop,
};
