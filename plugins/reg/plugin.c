/* reg.so - how people come to have an account, how accounts are found, and how an app is let in by a page that it does not trust. */
#include "reg.h"
#include <stdlib.h>

static const struct pryv_method methods[] = {
    { .name = "auth.register", .summary = "Make an account", .open = true, .handler = auth_register, .writes = true },
    { .name = "username.check", .summary = "Is a user name free?", .open = true, .handler = username_check },
    { .name = "email.check", .summary = "Is an e-mail address free?", .open = true, .handler = email_check },
    { .name = NULL },
};

/* In a path of /reg, {username} would be an account that is there; {name} is a name that may be. */
static const struct pryv_route routes[] = {
    { .verb = "GET", .path = "/reg/service/info", .method = "service.info" },
    { .verb = "POST", .path = "/users", .method = "auth.register" },
    { .verb = "POST", .path = "/reg/users", .method = "auth.register", .flags = PRYV_ROUTE_HIDDEN },
    { .verb = "POST", .path = "/reg/user", .method = "auth.register", .flags = PRYV_ROUTE_HIDDEN },
    { .verb = "GET", .path = "/reg/{name}/check_username", .method = "username.check" },
    { .verb = "GET", .path = "/reg/{email}/check_email", .method = "email.check" },
    { .verb = NULL },
};

static void reg_stop(void *self)
{
    free(self);
}

static enum pryv_rc reg_init(const void *config PRYV_UNUSED, void **self, struct pryv_err *err PRYV_UNUSED)
{
    const struct pryv_interface *accounts = pryv_interface("accounts", PRYV_ACCOUNTS_VERSION);
    const struct pryv_interface *platform = pryv_interface("platform", PRYV_PLATFORM_VERSION);
    const struct pryv_interface *storage = pryv_interface("storage", PRYV_STORAGE_VERSION);
    struct reg *reg = calloc(1, sizeof(*reg));

    if (!reg)
        abort();
    *self = reg;
    *reg = (struct reg){ accounts->ops, accounts->self, platform->ops, platform->self, storage->ops, storage->self };
    return PRYV_OK;
}

static const struct pryv_interface_ref requires[] = {
    { "accounts", PRYV_ACCOUNTS_VERSION }, { "platform", PRYV_PLATFORM_VERSION }, { "storage", PRYV_STORAGE_VERSION }, { NULL, 0 }
};

PRYV_PLUGIN = {
    PRYV_PLUGIN_HEAD,      .name = "reg",      .version = PRYVD_VERSION, .summary = "registration, discovery, sign-in of apps",
    .requires_ = requires, .methods = methods, .routes = routes,         .init = reg_init,
    .stop = reg_stop,
};
