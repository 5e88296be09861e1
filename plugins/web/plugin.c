/* web.so - the pages that people see: sign-in, consent, registration, password reset; and what the sign-in button of apps looks like. */
#include "cores.h"
#include "pages.h"
#include "web.h"
#include <stdlib.h>

/* All but the first are read by other plugins too, which act on them; the pages only tell people. */
static const struct pryv_config_key keys[] = {
    PRYV_CONFIG_TEXT(struct web_config, folder, "web.pagesDir", NULL, 0,
                     "Folder of own files that are served under /www/ in place of, and beside, those of web.so."),
    PRYV_CONFIG_JSON(
        struct web_config, account_fields, "custom.systemStreams.account",
        "[{id: email, name: Email, type: email/string, isIndexed: true, isUnique: true, isShown: true, isEditable: true, "
        "isRequiredInValidation: true}]",
        0, "Account fields: the registration page asks for those that are required."),
    PRYV_CONFIG_JSON(
        struct web_config, invitations, "invitationTokens", NULL, 0,
        "Who may register: unset: everybody; a list: who has one of these, or of those that were made since; []: nobody."),
    PRYV_CONFIG_JSON(struct web_config, mail, "services.email.enabled", NULL, 0,
                     "Which mails are sent: true, false, or a map of welcome and resetPassword."),
    PRYV_CONFIG_INT(struct web_config, password_min_length, "auth.passwordComplexityMinLength", "0", 0, 100,
                    "Shortest password that may be set, in characters; 6 always holds."),
    PRYV_CONFIG_INT(struct web_config, password_min_categories, "auth.passwordComplexityMinCharCategories", "0", 0, 4,
                    "How many kinds of characters a password must have: small letters, capitals, digits, others."),
    PRYV_CONFIG_END,
};

static struct pryv_str address_of(struct pryv_arena *mem, const char *page)
{
    return pryv_format(mem, "%.*swww/%s", PRYV_STR_ARG(pryv_core_url()), page);
}

static struct pryv_str sign_in(void *self PRYV_UNUSED, struct pryv_arena *mem)
{
    return address_of(mem, "sign-in.html");
}

static struct pryv_str password_reset(void *self PRYV_UNUSED, struct pryv_arena *mem)
{
    return address_of(mem, "reset-password.html");
}

static bool is_own(void *self, struct pryv_arena *mem, struct pryv_str app_id, struct pryv_str origin)
{
    return pryv_str_equal(app_id, WEB_APP_ID) && cores_have_origin(self, mem, origin);
}

static const struct pryv_pages_ops ops = {
    .size = sizeof(ops), .sign_in = sign_in, .password_reset = password_reset, .is_own = is_own
};

static enum pryv_rc web_init(const void *config, void **self, struct pryv_err *err)
{
    struct web *web = calloc(1, sizeof(*web));

    if (!web)
        abort();
    *self = web;
    web->config = config;
    pages_start();
    return pryv_provide("pages", PRYV_PAGES_VERSION, &ops, web, err);
}

static enum pryv_rc web_start(void *self, struct pryv_err *err PRYV_UNUSED)
{
    const struct pryv_interface *platform = pryv_interface("platform", PRYV_PLATFORM_VERSION);
    struct web *web = self;

    if (platform) {
        web->platform = platform->ops;
        web->platform_self = platform->self;
    }
    return PRYV_OK;
}

static const struct pryv_route routes[] = {
    { .verb = "GET", .path = "/www/settings.json", .serve = serve_settings, .flags = PRYV_ROUTE_HIDDEN },
    { .verb = "GET", .path = "/www/{rest*}", .serve = serve_file, .flags = PRYV_ROUTE_HIDDEN },
    { .verb = NULL },
};

static const struct pryv_interface_ref provides[] = { { "pages", PRYV_PAGES_VERSION }, { NULL, 0 } };

PRYV_PLUGIN = {
    PRYV_PLUGIN_HEAD,
    .name = "web",
    .version = PRYVD_VERSION,
    .summary = "sign-in and consent, registration and password reset in a browser",
    .provides = provides,
    .config = keys,
    .config_size = sizeof(struct web_config),
    .routes = routes,
    .init = web_init,
    .start = web_start,
    .stop = free,
};
