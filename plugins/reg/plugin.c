/* reg.so - how people come to have an account and end it, how accounts and their cores are found, and how an app is let in. */
#include "acceptance.h"
#include "affinity.h"
#include "cores.h"
#include "invitations.h"
#include <stdlib.h>

#define ACCOUNT_END PRYV_ACCOUNT_END_PREFIX "reg"

/* ---- Settings --------------------------------------------------------------------------------------- */

#define TEXT(member, name, default_, help)          PRYV_CONFIG_TEXT(struct reg_config, member, name, default_, 0, help)
#define BOOL(member, name, default_, help)          PRYV_CONFIG_BOOL(struct reg_config, member, name, default_, help)
#define INT(member, name, default_, min, max, help) PRYV_CONFIG_INT(struct reg_config, member, name, default_, min, max, help)
#define NUMBER(member, name, default_, min, max, help) \
    PRYV_CONFIG_NUMBER(struct reg_config, member, name, default_, min, max, help)
#define JSON(member, name, default_, help) PRYV_CONFIG_JSON(struct reg_config, member, name, default_, 0, help)

static const struct pryv_config_key keys[] = {
    BOOL(dnsless, "dnsLess.isActive", "true", "User names are in paths (https://host/username/) instead of host names."),
    TEXT(domain, "dns.domain", NULL, "Domain of the platform; unset: none."),
    TEXT(public_ip, "dns.publicIp", NULL, "Public IPv4 address of this host."),
    TEXT(core_id, "core.id", "single", "Name of this core; with a domain also its host name."),
    TEXT(core_url, "core.url", NULL, "URL of this core; unset: made of core.id and dns.domain, or the public URL."),
    TEXT(core_ip, "core.ip", NULL, "IPv4 address that DNS answers for this core; unset: dns.publicIp."),
    TEXT(core_ipv6, "core.ipv6", NULL, "IPv6 address that DNS answers for this core."),
    TEXT(core_cname, "core.cname", NULL, "Host name that DNS answers for this core when it has no address."),
    TEXT(core_hosting, "core.hosting", NULL, "Key of the hosting that this core belongs to; unset: `default`."),
    BOOL(core_available, "core.available", "true", "False: this core takes no new users where there is another one."),
    NUMBER(affinity_seconds, "core.affinitySeconds", "30", 0, 86400,
           "With several cores: how long a core relies on a user being its own before it asks the platform again, in seconds."),
    NUMBER(forward_seconds, "registration.forwardSeconds", "30", 1, 600,
           "With several cores: how long a core that a registration is handed to has to answer, in seconds."),
    INT(reservation_seconds, "registration.reservationSeconds", "60", 5, 3600,
        "How long a name that is being registered, or given up, stays taken when the server dies in the middle, in seconds."),
    JSON(hostings, "hostings", NULL, "regions, their zones and their hostings, as clients are told; unset: one of each."),
    JSON(invitations, "invitationTokens", NULL,
         "Unset: everybody may register. A list: the tokens that admit, for the first start; an empty one: nobody. Later ones "
         "are made by "
         "/reg/admin/invitations/post."),
    INT(invitations_at_once, "registration.maxInvitationsAtOnce", "1000", 1, 1000000, "Invitations that one call can make."),
    JSON(apps, "appList", NULL, "Applications of the platform, as clients are told: id and metadata of each."),
    TEXT(default_auth_url, "access.defaultAuthUrl", "own",
         "Page where users sign in for an app: an address, or `own` for that of web.so; empty: apps must name one."),
    TEXT(register_url, "services.register.url", NULL,
         "Registration service that this platform uses instead of the routes and pages of pryvd. Where it is set, `own` is no "
         "page to sign in on."),
    JSON(trusted_auth_urls, "access.trustedAuthUrls", "[]", "Pages that apps may name instead, and what is below them."),
    PRYV_CONFIG_ONE_OF(
        struct reg_config, request_shape, "access.answers", "plain", "plain|whole",
        "`whole`: the answers about a request for access have all members that clients of former versions know too."),
    INT(request_seconds, "access.requestSeconds", "3600", 1, 86400, "Life of a request for access, in seconds."),
    INT(requests_most, "access.maxRequests", "50000", 1, 10000000,
        "Requests for access that are opened within access.requestSeconds, by all clients together; more are refused."),
    INT(requests_most_per_address, "access.maxRequestsPerAddress", "1000", 1, 10000000,
        "The same for one client's address (an IPv6 network of 64 bits); loopback is not counted so."),
    INT(request_max_kb, "access.requestMaxKb", "256", 1, 102400, "What is kept of one request for access, in KB."),
    JSON(delete_by, "user-account.delete", "[adminToken]", "Who may delete an account: adminToken, personalToken, or both."),
    BOOL(hide_usernames, "routes.disableGetUsernameByEmail", "false", "Tell nobody which user has an address."),
    PRYV_CONFIG_END,
};

/* ---- Methods, routes -------------------------------------------------------------------------------- */

#define END          \
    {                \
        .name = NULL \
    }

static const struct pryv_param cores_params[] = {
    { .name = "username", .type = PRYV_P_TEXT, .help = "A user name, or" },
    { .name = "email", .type = PRYV_P_TEXT, .help = "an address." },
    END,
};

static const struct pryv_method methods[] = {
    { .name = "auth.register", .summary = "Make an account", .open = true, .handler = auth_register, .writes = true },
    { .name = "auth.delete", .summary = "End an account for good", .open = true, .handler = auth_delete, .writes = true },
    { .name = "username.check", .summary = "Is a user name free?", .open = true, .handler = username_check },
    { .name = "email.check", .summary = "Is an e-mail address free?", .open = true, .handler = email_check },
    { .name = "cores.get", .summary = "The core of a user", .params = cores_params, .open = true, .handler = discovery_core },
    { .name = "hostings.get", .summary = "Where users can be, and whether there is room", .open = true, .handler = hostings_get },
    { .name = NULL },
};

/* Answers of these have no `meta`. */
#define PLAIN(verb_, path_, serve_, summary_)                              \
    {                                                                      \
        .verb = verb_, .path = path_, .serve = serve_, .summary = summary_ \
    }
#define GONE(path_)                                                                                              \
    {                                                                                                            \
        .verb = "POST", .path = path_, .serve = removed_method, .flags = PRYV_ROUTE_HIDDEN, .summary = "Removed" \
    }

/* Below /reg, {username} would be an account of this core; {name} is a name that may be anybody's. */
static const struct pryv_route routes[] = {
    { .verb = "GET", .path = "/reg/service/info", .method = "service.info" },
    { .verb = "POST", .path = "/users", .method = "auth.register" },
    { .verb = "POST", .path = "/reg/users", .method = "auth.register", .flags = PRYV_ROUTE_HIDDEN },
    { .verb = "POST", .path = "/reg/user", .method = "auth.register", .flags = PRYV_ROUTE_HIDDEN },
    { .verb = "DELETE", .path = "/users/{username}", .method = "auth.delete", .flags = PRYV_ROUTE_LONG },
    { .verb = "GET", .path = "/reg/{name}/check_username", .method = "username.check" },
    { .verb = "GET", .path = "/reg/{email}/check_email", .method = "email.check" },
    GONE("/reg/username/check"),
    GONE("/reg/email/check"),
    { .verb = "GET", .path = "/reg/cores", .method = "cores.get" },
    { .verb = "GET", .path = "/reg/hostings", .method = "hostings.get" },
    PLAIN("GET", "/reg/{email}/username", discovery_username, "The user name of an address"),
    PLAIN("GET", "/reg/{email}/uid", discovery_uid, "The same, as clients of former versions ask for it"),
    PLAIN("GET", "/reg/{name}/server", discovery_go_to_server, "Leads to the core of a user"),
    PLAIN("POST", "/reg/{name}/server", discovery_server, "The core of a user"),
    PLAIN("GET", "/apps", apps_get, "Applications of the platform"),
    PLAIN("GET", "/apps/{id}", apps_get_one, "One of them"),
    PLAIN("GET", "/reg/apps", apps_get, "Applications of the platform"),
    PLAIN("GET", "/reg/apps/{id}", apps_get_one, "One of them"),
    PLAIN("POST", "/reg/records", records_put, "Add DNS records"),
    PLAIN("DELETE", "/reg/records/{subdomain}", records_delete, "Take DNS records away"),
    PLAIN("POST", "/access/invitationtoken/check", invitation_check, "Does an invitation admit?"),
    PLAIN("POST", "/reg/access/invitationtoken/check", invitation_check, "Does an invitation admit?"),
    PLAIN("GET", "/reg/admin/invitations", invitations_list, "Invitations"),
    PLAIN("GET", "/reg/admin/invitations/post", invitations_create, "Make invitations"),
    PLAIN("GET", "/reg/admin/users/{name}", admin_user, "What the platform knows of a user"),
    PLAIN("GET", "/reg/admin/servers", admin_servers, "Cores, and how many users each has"),
    PLAIN("GET", "/reg/admin/servers/{name}/users", admin_server_users, "Users of a core"),
    PLAIN("GET", "/reg/admin/servers/{from}/rename/{to}", admin_server_rename, "All users of a core live on another one"),
    PLAIN("POST", "/reg/access", request_create, "An app asks to be let in"),
    PLAIN("GET", "/reg/access/{key}", request_poll, "What became of it"),
    PLAIN("POST", "/reg/access/{key}", request_answer, "The user's answer, from the page"),
    { .verb = NULL },
};

static enum pryv_rc forget(void *self, struct pryv_arena *mem, const struct pryv_account_end *account, struct pryv_err *err)
{
    return acceptances_forget(self, mem, account, err);
}

static const struct pryv_account_end_ops end_ops = { .size = sizeof(end_ops), .forget = forget };

/* ---- Life -------------------------------------------------------------------------------------------- */

static void reg_stop(void *self)
{
    struct reg *reg = self;

    if (reg)
        affinity_free(reg->affinity);
    free(reg);
}

static enum pryv_rc check_delete_by(const struct reg_config *config, struct pryv_err *err)
{
    size_t i;
    json_t *item;

    if (!json_is_array(config->delete_by))
        return pryv_fail(err, PRYV_FAILED, "user-account.delete must be a list of adminToken and personalToken");
    json_array_foreach(config->delete_by, i, item)
        if (!pryv_str_equal(pryv_json_text_of(item), "adminToken") && !pryv_str_equal(pryv_json_text_of(item), "personalToken"))
            return pryv_fail(err, PRYV_FAILED, "user-account.delete must be a list of adminToken and personalToken");
    return PRYV_OK;
}

static enum pryv_rc reg_init(const void *config, void **self, struct pryv_err *err)
{
    const struct pryv_interface *accounts = pryv_interface("accounts", PRYV_ACCOUNTS_VERSION);
    const struct pryv_interface *platform = pryv_interface("platform", PRYV_PLATFORM_VERSION);
    const struct pryv_interface *storage = pryv_interface("storage", PRYV_STORAGE_VERSION);
    struct reg *reg = calloc(1, sizeof(*reg));
    enum pryv_rc rc = check_delete_by(config, err);

    if (!reg)
        abort();
    *self = reg;
    *reg = (struct reg){ config,         accounts->ops, accounts->self, platform->ops,
                         platform->self, storage->ops,  storage->self,  affinity_new() };
    if (rc == PRYV_OK)
        rc = pryv_provide(ACCOUNT_END, PRYV_ACCOUNT_END_VERSION, &end_ops, reg, err);
    return rc == PRYV_OK ? pryv_provide("affinity", PRYV_AFFINITY_VERSION, &affinity_ops, reg, err) : rc;
}

static void on_cores_changed(void *self, const char *topic PRYV_UNUSED, struct pryv_str user_id PRYV_UNUSED,
                             struct pryv_str payload PRYV_UNUSED)
{
    struct reg *reg = self;

    affinity_forget(reg->affinity);
}

static enum pryv_rc reg_start(void *self, struct pryv_err *err)
{
    struct reg *reg = self;
    enum pryv_rc rc;

    pryv_subscribe("coresChanged", on_cores_changed, reg);
    pryv_subscribe("resync", on_cores_changed, reg);
    rc = cores_announce(reg, err);
    return rc == PRYV_OK ? invitations_seed(reg, err) : rc;
}

static const struct pryv_interface_ref provides[] = { { "affinity", PRYV_AFFINITY_VERSION },
                                                      { ACCOUNT_END, PRYV_ACCOUNT_END_VERSION },
                                                      { NULL, 0 } };
static const struct pryv_interface_ref requires[] = {
    { "accounts", PRYV_ACCOUNTS_VERSION }, { "platform", PRYV_PLATFORM_VERSION }, { "storage", PRYV_STORAGE_VERSION }, { NULL, 0 }
};

PRYV_PLUGIN = {
    PRYV_PLUGIN_HEAD,     .name = "reg",         .version = PRYVD_VERSION, .summary = "registration, discovery, sign-in of apps",
    .provides = provides, .requires_ = requires, .config = keys,           .config_size = sizeof(struct reg_config),
    .methods = methods,   .routes = routes,      .init = reg_init,         .start = reg_start,
    .stop = reg_stop,
};
