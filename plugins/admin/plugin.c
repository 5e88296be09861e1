/* admin.so - the administration of a platform, below /system: for operators, who send auth.adminAccessKey. */
#include "admin.h"
#include <stdlib.h>

static const struct pryv_config_key keys[] = {
    PRYV_CONFIG_BOOL(struct admin_config, dnsless, "dnsLess.isActive", "true",
                     "User names are in paths (https://host/username/) instead of host names."),
    PRYV_CONFIG_TEXT(struct admin_config, core_id, "core.id", "single", 0,
                     "Name of this core; with a domain also its host name."),
    PRYV_CONFIG_TEXT(struct admin_config, domain, "dns.domain", NULL, 0, "Domain of the platform; unset: none."),
    PRYV_CONFIG_JSON(
        struct admin_config, invitations, "invitationTokens", NULL, 0,
        "Unset: everybody may register. A list: the tokens that admit, for the first start; an empty one: nobody. Later ones "
        "are made by /reg/admin/invitations/post."),
    PRYV_CONFIG_TEXT(struct admin_config, join_tokens, "cluster.tokens.path", "/var/lib/pryv/bootstrap-tokens.json", 0,
                     "The file of one-time tokens by which new cores join; without it none does."),
    PRYV_CONFIG_INT(
        struct admin_config, reservation_seconds, "registration.olderReservationSeconds", "600", 5, 86400,
        "How long POST /system/users/validate keeps a name and unique values for somebody who registers on an older core, in "
        "seconds."),
    PRYV_CONFIG_END,
};

#define METHOD(name_, help, handler_)                                                           \
    {                                                                                           \
        .name = name_, .summary = help, .who = PRYV_BY_ADMIN, .open = true, .handler = handler_ \
    }

static const struct pryv_method methods[] = {
    { .name = "system.createUser",
      .summary = "Make an account by the hash of its password",
      .who = PRYV_BY_ADMIN,
      .open = true,
      .handler = system_create_user,
      .writes = true },
    METHOD("system.getUserInfo", "What an account takes, and how much it is used", system_user_info),
    METHOD("system.listUsers", "The users of this core", system_list_users),
    METHOD("system.listCores", "The cores of the platform", system_list_cores),
    METHOD("system.getAccess", "Whose access it is", system_get_access),
    METHOD("system.checkPlatformIntegrity", "Do platform, accounts and data agree?", system_check_integrity),
    { .name = NULL },
};

static enum pryv_rc nobody(struct pryv_call *call PRYV_UNUSED, struct pryv_err *err)
{
    return unknown_resource(err, "There is nothing at this address.");
}

#define OWN(verb_, path_, serve_, help)                                                      \
    {                                                                                        \
        .verb = verb_, .path = path_, .serve = serve_, .who = PRYV_BY_ADMIN, .summary = help \
    }
/* Whatever else is below /system is no user's, even if one is called so. */
#define NOTHING(verb_)                                                                   \
    {                                                                                    \
        .verb = verb_, .path = "/system/{rest*}", .serve = nobody, .who = PRYV_BY_ADMIN, \
        .flags = PRYV_ROUTE_HIDDEN | PRYV_ROUTE_IGNORE_BODY                              \
    }

static const struct pryv_route routes[] = {
    { .verb = "POST", .path = "/system/create-user", .method = "system.createUser" },
    { .verb = "GET", .path = "/system/user-info/{name}", .method = "system.getUserInfo" },
    { .verb = "GET", .path = "/system/admin/users", .method = "system.listUsers", .flags = PRYV_ROUTE_LONG },
    { .verb = "GET", .path = "/system/admin/cores", .method = "system.listCores", .flags = PRYV_ROUTE_LONG },
    { .verb = "GET", .path = "/system/accesses/{id}", .method = "system.getAccess", .flags = PRYV_ROUTE_LONG },
    { .verb = "GET",
      .path = "/system/check-platform-integrity",
      .method = "system.checkPlatformIntegrity",
      .flags = PRYV_ROUTE_LONG },
    { .verb = "POST",
      .path = "/system/admin/cores/ack",
      .serve = cores_acknowledge,
      .summary = "A new core says that it is there" },
    OWN("GET", "/system/admin/certs", certs_list, "Certificates that the platform keeps"),
    OWN("POST", "/system/admin/certs/force-renew", certs_renew, "Renew a certificate"),
    OWN("POST", "/system/users/validate", rows_validate, "Keep a name for a registration on an older core"),
    OWN("PUT", "/system/users", rows_update, "Put right what the platform knows of a user"),
    OWN("DELETE", "/system/users/{name}", rows_delete, "Take away what the platform knows of a user"),
    NOTHING("GET"),
    NOTHING("POST"),
    NOTHING("PUT"),
    NOTHING("DELETE"),
    NOTHING("PATCH"),
    { .verb = NULL },
};

static const struct pryv_hook hooks[] = {
    { .pattern = "auth.register", .before = reservation_give_up, .after = reservation_settle },
    { .pattern = NULL },
};

static enum pryv_rc admin_init(const void *config, void **self, struct pryv_err *err PRYV_UNUSED)
{
    const struct pryv_interface *accounts = pryv_interface("accounts", PRYV_ACCOUNTS_VERSION);
    const struct pryv_interface *platform = pryv_interface("platform", PRYV_PLATFORM_VERSION);
    const struct pryv_interface *storage = pryv_interface("storage", PRYV_STORAGE_VERSION);
    const struct pryv_interface *files = pryv_interface("files", PRYV_FILES_VERSION);
    struct admin *admin = calloc(1, sizeof(*admin));

    if (!admin)
        abort();
    *admin = (struct admin){
        .config = config,
        .accounts = accounts->ops,
        .platform = platform->ops,
        .storage = storage->ops,
        .files = files->ops,
        .accounts_self = accounts->self,
        .platform_self = platform->self,
        .storage_self = storage->self,
        .files_self = files->self,
    };
    *self = admin;
    return PRYV_OK;
}

static const struct pryv_interface_ref requires[] = {
    { "accounts", PRYV_ACCOUNTS_VERSION },
    { "platform", PRYV_PLATFORM_VERSION },
    { "storage", PRYV_STORAGE_VERSION },
    { "files", PRYV_FILES_VERSION },
    { NULL, 0 },
};

PRYV_PLUGIN = {
    PRYV_PLUGIN_HEAD,
    .name = "admin",
    .version = PRYVD_VERSION,
    .summary = "administration of users, cores and the platform",
    .requires_ = requires,
    .config = keys,
    .config_size = sizeof(struct admin_config),
    .methods = methods,
    .routes = routes,
    .hooks = hooks,
    .init = admin_init,
    .stop = free,
};
