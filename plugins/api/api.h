/* api.h - what the files of this plugin share: its settings, the interfaces it uses, and its handlers by name. */
#ifndef API_API_H
#define API_API_H

#include "account.h"
#include "account_settings.h"
#include "event_types.h"
#include "stores.h"
#include <pryv/files.h>
#include <pryv/platform.h>
#include <pryv/plugin.h>
#include <pryv/storage.h>

#define API_LOG "api"

struct api_config {
    struct pryv_str trusted_apps, cookie_domain, cookie_secret, http_ip;
    int64_t session_max_age_ms;
    struct account_settings account;
    bool access_integrity, event_integrity, attachment_integrity;
    bool keep_history, ignore_protected_fields;
    struct pryv_str deletion_mode, integrity_algorithm, core_id;
    struct pryv_str custom_auth_step, extensions_folder;
    int64_t access_text_max, access_permissions_max, access_kb_max, accesses_max;
    int64_t max_batch_calls, max_batch_events, max_batch_mb;
    int64_t max_query_streams, max_query_types, max_query_expanded;
    int64_t reservation_seconds;
    struct pryv_str reserved_words;
    struct pryv_str event_types;
    struct pryv_str files_secret;
    int64_t upload_max_form_kb, upload_max_parts, event_max_files, event_data_kb_max;
    json_t *data_stores;
    int64_t store_rows_max, stream_kb_max, streams_max;
    double upload_max_file_mb;
    double upkeep_seconds, orphan_seconds, deletions_days;
};

struct api {
    const struct api_config *config;
    const struct pryv_storage_ops *storage;
    void *storage_self;
    const struct pryv_platform_ops *platform;
    void *platform_self;
    const struct pryv_files_ops *files;
    void *files_self;
    struct event_types *event_types;
    bool event_types_read; /* what service.eventTypes names */
    struct account_fields *account;
    struct stores *stores; /* beside the local one and the account */
    struct upkeep *upkeep;
    struct reserved_words *reserved_words;
    const struct pryv_account_definition *definitions; /* of pryv/accounts.h */
    size_t definition_count;
};

extern const struct pryv_config_key api_settings[]; /* of struct api_config */

/* The plugin, inside a handler or hook. */
static inline struct api *api_self(void)
{
    return pryv_self();
}

/* A session of the caller's data, to be closed by api_close on every path. */
PRYV_CHECK enum pryv_rc api_open(struct pryv_call *call, enum pryv_session_mode mode, struct pryv_session **out,
                                 struct pryv_err *err);
/* What the storage answered for the caller's account: NOT_FOUND when it went between the look at the path and this, PRYV_REFUSED then. */
PRYV_CHECK enum pryv_rc api_found(const struct pryv_call *call, enum pryv_rc rc, struct pryv_err *err);
/* Commits, and makes what workers remember of the user (PRYV_CHANGED_...) untrue: also when the commit fails, for it may have been kept all
 * the same, and an access that is gone must not go on in a cache. */
PRYV_CHECK enum pryv_rc api_commit(const struct pryv_call *call, struct pryv_session *session, unsigned changed,
                                   struct pryv_err *err);
/* Closes it now; in a WRITE session everything that was not committed is taken back. */
void api_close(struct pryv_session *session);

/* PRYV_FAILED when the configuration asks for a custom authentication step that no plugin provides. Once, from start. */
enum pryv_rc custom_auth_check(const struct api_config *config, struct pryv_err *err);

/* Handlers, one group a file. */
enum pryv_rc root_greet(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc root_robots(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc root_favicon(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc service_info(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc auth_login(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc auth_who_am_i(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc auth_logout(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc access_info(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc accesses_get(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc accesses_get_one(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc accesses_create(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc accesses_update(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc accesses_check_app(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc accesses_delete(struct pryv_call *call, struct pryv_err *err);

#endif
