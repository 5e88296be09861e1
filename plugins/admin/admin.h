/* admin.h - what the files of this plugin share: its settings, the interfaces it uses, and its handlers by name. */
#ifndef ADMIN_ADMIN_H
#define ADMIN_ADMIN_H

#include <pryv/accounts.h>
#include <pryv/files.h>
#include <pryv/platform.h>
#include <pryv/plugin.h>
#include <pryv/storage.h>

#define ADMIN_LOG "admin"

struct admin_config {
    bool dnsless;
    struct pryv_str domain, core_id;
    json_t *invitations;
    struct pryv_str join_tokens; /* path of a file */
    int64_t reservation_seconds;
};

struct admin {
    const struct admin_config *config;
    const struct pryv_accounts_ops *accounts;
    const struct pryv_platform_ops *platform;
    const struct pryv_storage_ops *storage;
    const struct pryv_files_ops *files;
    void *accounts_self, *platform_self, *storage_self, *files_self;
};

/* The plugin, inside a handler. */
static inline const struct admin *admin_self(void)
{
    return pryv_self();
}

/* ---- Answers and refusals -------------------------------------------------------------------------- */

/* What `js` holds, as it is: without `meta`. */
PRYV_CHECK enum pryv_rc send_json(struct pryv_call *call, int status, struct pryv_json *js);
/* {"error": {id, message}}, with `reason` when it is not NULL; without `meta`. */
PRYV_CHECK enum pryv_rc send_error(struct pryv_call *call, int status, const char *id, const char *message, const char *reason);
enum pryv_rc unknown_resource(struct pryv_err *err, const char *message);
/* 400 invalid-parameters-format: one complaint about the member `param` of the request. */
enum pryv_rc wrong_param(struct pryv_err *err, const char *param, const char *message);

/* ---- Users of this core ------------------------------------------------------------------------------ */

typedef enum pryv_rc (*user_visitor)(void *context, struct pryv_arena *mem, struct pryv_str id, struct pryv_str username,
                                     struct pryv_err *err);
/* In order of name, with an arena for each, so that any number takes the memory of some. Anything but PRYV_OK of `visit` ends it. */
PRYV_CHECK enum pryv_rc each_user(const struct admin *admin, user_visitor visit, void *context, struct pryv_err *err);
/* The latest values of a user's account fields. PRYV_NOT_FOUND: the user has gone. */
PRYV_CHECK enum pryv_rc account_fields(const struct admin *admin, struct pryv_arena *mem, struct pryv_str user_id,
                                       struct pryv_account_field **out, size_t *count, struct pryv_err *err);
/* The text of a value in JSON: a number as its digits. Absent: none, or broken. */
struct pryv_str field_text(struct pryv_arena *mem, struct pryv_str value_json);

/* ---- The platform ---------------------------------------------------------------------------------- */

/* Whether the platform store has a function that came after version 1.0 of the interface. */
#define PLATFORM_HAS(admin, function) \
    ((admin)->platform->size > offsetof(struct pryv_platform_ops, function) && (admin)->platform->function)

/* ---- Handlers and hooks, one group a file --------------------------------------------------------------- */

enum pryv_rc system_create_user(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc system_user_info(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc system_list_users(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc system_list_cores(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc system_get_access(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc system_check_integrity(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc certs_list(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc certs_renew(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc rows_validate(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc rows_update(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc rows_delete(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc cores_acknowledge(struct pryv_call *call, struct pryv_err *err);

/* Around auth.register: a name that was reserved for somebody is free to whoever registers it. */
enum pryv_rc reservation_give_up(void *self, struct pryv_call *call, struct pryv_err *err);
void reservation_settle(void *self, struct pryv_call *call, const struct pryv_err *err);

#endif
