/* reg.h - what the files of this plugin share: its settings, the interfaces it uses, and its handlers by name. */
#ifndef REG_REG_H
#define REG_REG_H

#include <pryv/accounts.h>
#include <pryv/platform.h>
#include <pryv/plugin.h>
#include <pryv/storage.h>

#define REG_LOG "reg"

struct reg_config {
    bool dnsless;
    struct pryv_str domain, public_ip;
    struct pryv_str core_id, core_url, core_ip, core_ipv6, core_cname, core_hosting;
    bool core_available;
    double affinity_seconds, forward_seconds;
    json_t *hostings, *invitations, *apps;
    struct pryv_str default_auth_url, register_url;
    json_t *trusted_auth_urls;
    struct pryv_str request_shape;
    int64_t request_seconds, request_max_kb, requests_most, requests_most_per_address;
    json_t *delete_by;
    bool hide_usernames;
    int64_t reservation_seconds;
    int64_t invitations_at_once;
};

struct reg {
    const struct reg_config *config;
    const struct pryv_accounts_ops *accounts;
    void *accounts_self;
    const struct pryv_platform_ops *platform;
    void *platform_self;
    const struct pryv_storage_ops *storage;
    void *storage_self;
    struct affinity *affinity;
};

/* The plugin, inside a handler. */
static inline struct reg *reg_self(void)
{
    return pryv_self();
}

/* Adds what is wrong with the member `name` to `complaints`; `missing`: it is not there. */
void complain(json_t *complaints, const char *code, const char *name, bool missing);

/* ---- Answers that have no `meta` ------------------------------------------------------------------ */

/* The object that `js` holds. */
PRYV_CHECK enum pryv_rc send_json(struct pryv_call *call, int status, struct pryv_json *js);
/* {"error": {id, message}} */
PRYV_CHECK enum pryv_rc send_error(struct pryv_call *call, int status, const char *id, const char *message);
/* 404 unknown-resource, with `meta`: to whoever has not the administrator's key there is no such route. */
PRYV_CHECK enum pryv_rc check_admin(struct pryv_call *call, struct pryv_err *err);

/* ---- Handlers, one group a file ------------------------------------------------------------------- */

enum pryv_rc auth_register(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc auth_delete(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc username_check(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc email_check(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc removed_method(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc discovery_core(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc discovery_username(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc discovery_uid(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc discovery_go_to_server(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc discovery_server(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc hostings_get(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc apps_get(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc apps_get_one(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc records_put(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc records_delete(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc invitation_check(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc invitations_list(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc invitations_create(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc admin_user(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc admin_servers(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc admin_server_users(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc admin_server_rename(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc request_create(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc request_poll(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc request_answer(struct pryv_call *call, struct pryv_err *err);

#endif
