/* api.so - the methods of the Pryv API about a user's own data and accesses, and how accounts come to be and end. */
#include "access_usage.h"
#include "accesses.h"
#include "account_calls.h"
#include "account_mail.h"
#include "account_notes.h"
#include "account_usage.h"
#include "accounts.h"
#include "attachments.h"
#include "event_series.h"
#include "events_read.h"
#include "events_write.h"
#include "older_prefix.h"
#include "platform_upkeep.h"
#include "sign_in.h"
#include "streams.h"
#include "upkeep.h"
#include "usernames.h"
#include <stdlib.h>

/* ---- Parameters -------------------------------------------------------------------------------------- */

#define END          \
    {                \
        .name = NULL \
    }

static const struct pryv_param id_params[] = {
    { .name = "id", .type = PRYV_P_TEXT, .flags = PRYV_P_REQUIRED, .help = "The item." },
    END,
};

/* ---- Methods, routes --------------------------------------------------------------------------------- */

enum { BY_OWNER_AND_APPS = PRYV_BY_PERSONAL | PRYV_BY_APP };

static const struct pryv_method methods[] = {
    { .name = "service.info", .summary = "What clients must know of this service", .open = true, .handler = service_info },
    { .name = "auth.login", .summary = "Sign in: a password for a token", .open = true, .handler = auth_login, .writes = true },
    { .name = "auth.who-am-i", .summary = "Removed; see access-info", .open = true, .handler = auth_who_am_i },
    { .name = "auth.logout",
      .summary = "End the session",
      .who = PRYV_BY_ANY_ACCESS,
      .open = true,
      .handler = auth_logout,
      .writes = true },
    { .name = "getAccessInfo", .summary = "The access in use", .who = PRYV_BY_ANY_ACCESS, .open = true, .handler = access_info },
    { .name = "accesses.get",
      .summary = "Accesses",
      .who = BY_OWNER_AND_APPS,
      .params = accesses_get_params,
      .open = true,
      .handler = accesses_get },
    { .name = "accesses.getOne",
      .summary = "One access, or a version of it",
      .who = BY_OWNER_AND_APPS,
      .params = accesses_get_one_params,
      .open = true,
      .handler = accesses_get_one },
    { .name = "accesses.create",
      .summary = "Make an access",
      .who = BY_OWNER_AND_APPS,
      .params = accesses_create_params,
      .handler = accesses_create,
      .writes = true },
    { .name = "accesses.update",
      .summary = "Change an access; what it was is kept as a version",
      .who = BY_OWNER_AND_APPS,
      .params = accesses_update_params,
      .handler = accesses_update,
      .writes = true },
    { .name = "accesses.checkApp",
      .summary = "Is an app let in, and what would it ask for?",
      .who = PRYV_BY_PERSONAL,
      .params = accesses_check_app_params,
      .handler = accesses_check_app },
    { .name = "events.get",
      .summary = "Events",
      .who = PRYV_BY_ANY_ACCESS,
      .params = events_get_params,
      .handler = events_get,
      .fetch = events_get_fetch,
      .can_fetch = events_get_can_fetch },
    { .name = "events.getOne",
      .summary = "One event, and its versions",
      .who = PRYV_BY_ANY_ACCESS,
      .params = events_get_one_params,
      .open = true,
      .handler = events_get_one },
    { .name = "callBatch",
      .summary = "Many calls in one",
      .who = PRYV_BY_ANY_ACCESS,
      .params = call_batch_params,
      .handler = call_batch },
    { .name = "accesses.delete",
      .summary = "Delete an access and those it made",
      .who = PRYV_BY_ANY_ACCESS,
      .params = id_params,
      .open = true,
      .handler = accesses_delete,
      .writes = true },
    { .name = "streams.get",
      .summary = "Streams, as a tree",
      .who = PRYV_BY_ANY_ACCESS,
      .params = streams_get_params,
      .open = true,
      .handler = streams_get },
    { .name = "streams.create",
      .summary = "Make a stream",
      .who = PRYV_BY_ANY_ACCESS,
      .params = streams_create_params,
      .handler = streams_create,
      .writes = true },
    { .name = "streams.update",
      .summary = "Change, move or trash a stream",
      .who = PRYV_BY_ANY_ACCESS,
      .params = streams_update_params,
      .open = true,
      .handler = streams_update,
      .writes = true },
    { .name = "streams.delete",
      .summary = "Trash a stream; delete one that is in the trash, with all below it",
      .who = PRYV_BY_ANY_ACCESS,
      .params = streams_delete_params,
      .open = true,
      .handler = streams_delete,
      .writes = true },
    { .name = "events.create",
      .summary = "Make an event",
      .who = PRYV_BY_ANY_ACCESS,
      .params = events_create_params,
      .handler = events_create,
      .writes = true },
    { .name = "events.update",
      .summary = "Change an event",
      .who = PRYV_BY_ANY_ACCESS,
      .params = events_update_params,
      .open = true,
      .handler = events_update,
      .writes = true },
    { .name = "events.delete",
      .summary = "Put an event into the trash; delete it for good when it is there",
      .who = PRYV_BY_ANY_ACCESS,
      .params = events_delete_params,
      .open = true,
      .handler = events_delete,
      .writes = true },
    { .name = "events.deleteAttachment",
      .summary = "Delete a file of an event",
      .who = PRYV_BY_ANY_ACCESS,
      .params = events_delete_attachment_params,
      .open = true,
      .handler = events_delete_attachment,
      .writes = true },
    { .name = "account.get", .summary = "The account", .who = PRYV_BY_PERSONAL, .open = true, .handler = account_get },
    { .name = "account.update",
      .summary = "Change the account's address or language",
      .who = PRYV_BY_PERSONAL,
      .params = account_update_params,
      .handler = account_update,
      .writes = true },
    { .name = "account.getUsernameChanges",
      .summary = "How often the user name was changed, and still may be",
      .who = PRYV_BY_PERSONAL,
      .open = true,
      .handler = account_username_changes },
    { .name = "account.changeUsername",
      .summary = "Another user name; the present one goes on serving",
      .who = PRYV_BY_PERSONAL,
      .params = change_username_params,
      .handler = account_change_username,
      .writes = true },
    { .name = "account.changePassword",
      .summary = "Another password instead of the present one",
      .who = PRYV_BY_PERSONAL,
      .params = change_password_params,
      .handler = account_change_password,
      .writes = true },
    { .name = "account.requestPasswordReset",
      .summary = "Mail a token that sets a password",
      .params = request_password_reset_params,
      .open = true,
      .handler = account_request_password_reset,
      .writes = true },
    { .name = "account.resetPassword",
      .summary = "Set a password with a mailed token",
      .params = reset_password_params,
      .open = true,
      .handler = account_reset_password,
      .writes = true },
    { .name = "profile.getPublic",
      .summary = "The public profile",
      .who = PRYV_BY_ANY_ACCESS,
      .open = true,
      .handler = profile_get_public },
    { .name = "profile.get",
      .summary = "A profile set of the account",
      .who = PRYV_BY_PERSONAL,
      .params = profile_get_params,
      .open = true,
      .handler = profile_get },
    { .name = "profile.getApp",
      .summary = "The profile of the app in use",
      .who = PRYV_BY_ANY_ACCESS,
      .open = true,
      .handler = profile_get_app },
    { .name = "profile.update",
      .summary = "Change a profile set of the account",
      .who = PRYV_BY_PERSONAL,
      .params = profile_update_params,
      .open = true,
      .handler = profile_update,
      .writes = true },
    { .name = "profile.updateApp",
      .summary = "Change the profile of the app in use",
      .who = PRYV_BY_ANY_ACCESS,
      .params = profile_update_app_params,
      .open = true,
      .handler = profile_update_app,
      .writes = true },
    { .name = NULL },
};

static const struct pryv_route routes[] = {
    { .verb = "GET", .path = "/", .flags = PRYV_ROUTE_INLINE, .serve = root_greet, .summary = "Greeting" },
    { .verb = "GET",
      .path = "/{any}",
      .flags = PRYV_ROUTE_INLINE | PRYV_ROUTE_HIDDEN,
      .serve = root_greet,
      .summary = "Greeting" },
    { .verb = "GET",
      .path = "/robots.txt",
      .flags = PRYV_ROUTE_INLINE | PRYV_ROUTE_HIDDEN,
      .serve = root_robots,
      .summary = "For search engines" },
    { .verb = "GET",
      .path = "/favicon.ico",
      .flags = PRYV_ROUTE_INLINE | PRYV_ROUTE_HIDDEN,
      .serve = root_favicon,
      .summary = "For browsers" },
    { .verb = "GET", .path = "/service/info", .method = "service.info" },
    { .verb = "GET", .path = "/{username}/service/info", .method = "service.info" },
    { .verb = "GET", .path = "/{username}/service/infos", .method = "service.info", .flags = PRYV_ROUTE_HIDDEN },
    { .verb = "POST", .path = "/{username}/auth/login", .method = "auth.login" },
    { .verb = "GET", .path = "/{username}/auth/who-am-i", .method = "auth.who-am-i", .flags = PRYV_ROUTE_HIDDEN },
    { .verb = "POST", .path = "/{username}/auth/logout", .method = "auth.logout" },
    { .verb = "GET", .path = "/{username}/access-info", .method = "getAccessInfo" },
    { .verb = "GET", .path = "/{username}/accesses", .method = "accesses.get" },
    { .verb = "POST", .path = "/{username}/accesses", .method = "accesses.create" },
    { .verb = "GET", .path = "/{username}/accesses/{id}", .method = "accesses.getOne" },
    { .verb = "POST", .path = "/{username}/accesses/check-app", .method = "accesses.checkApp" },
    { .verb = "PUT", .path = "/{username}/accesses/{id}", .method = "accesses.update", .body_member = "update" },
    { .verb = "DELETE", .path = "/{username}/accesses/{id}", .method = "accesses.delete" },
    { .verb = "GET", .path = "/{username}/streams", .method = "streams.get" },
    { .verb = "POST", .path = "/{username}/streams", .method = "streams.create" },
    { .verb = "PUT", .path = "/{username}/streams/{id}", .method = "streams.update", .body_member = "update" },
    { .verb = "DELETE", .path = "/{username}/streams/{id}", .method = "streams.delete", .flags = PRYV_ROUTE_LONG },
    { .verb = "POST", .path = "/{username}", .method = "callBatch", .body_member = "calls", .flags = PRYV_ROUTE_LONG },
    { .verb = "GET", .path = "/{username}/events", .method = "events.get", .flags = PRYV_ROUTE_LONG },
    { .verb = "GET", .path = "/{username}/events/{id}", .method = "events.getOne" },
    { .verb = "POST", .path = "/{username}/events", .method = "events.create", .flags = PRYV_ROUTE_UPLOAD },
    { .verb = "PUT", .path = "/{username}/events/{id}", .method = "events.update", .body_member = "update" },
    { .verb = "POST",
      .path = "/{username}/events/{id}",
      .method = "events.update",
      .body_member = "update",
      .flags = PRYV_ROUTE_UPLOAD },
    { .verb = "DELETE", .path = "/{username}/events/{id}", .method = "events.delete" },
    { .verb = "GET",
      .path = "/{username}/events/{id}/{fileId}",
      .method = "events.getAttachment",
      .serve = attachment_serve,
      .summary = "The bytes of a file" },
    { .verb = "GET",
      .path = "/{username}/events/{id}/{fileId}/{name}",
      .method = "events.getAttachment",
      .serve = attachment_serve,
      .flags = PRYV_ROUTE_HIDDEN,
      .summary = "The bytes of a file" },
    { .verb = "DELETE", .path = "/{username}/events/{id}/{fileId}", .method = "events.deleteAttachment" },
    { .verb = "POST",
      .path = "/{username}/events/start",
      .method = "events.start",
      .serve = events_removed_method,
      .flags = PRYV_ROUTE_HIDDEN,
      .summary = "Removed" },
    { .verb = "POST",
      .path = "/{username}/events/stop",
      .method = "events.stop",
      .serve = events_removed_method,
      .flags = PRYV_ROUTE_HIDDEN,
      .summary = "Removed" },
    { .verb = "GET", .path = "/{username}/account", .method = "account.get" },
    { .verb = "PUT", .path = "/{username}/account", .method = "account.update", .body_member = "update" },
    { .verb = "GET", .path = "/{username}/account/username-changes", .method = "account.getUsernameChanges" },
    { .verb = "POST", .path = "/{username}/account/change-username", .method = "account.changeUsername" },
    { .verb = "POST", .path = "/{username}/account/change-password", .method = "account.changePassword" },
    { .verb = "POST", .path = "/{username}/account/request-password-reset", .method = "account.requestPasswordReset" },
    { .verb = "POST", .path = "/{username}/account/reset-password", .method = "account.resetPassword" },
    { .verb = "GET", .path = "/{username}/profile/public", .method = "profile.getPublic" },
    { .verb = "GET", .path = "/{username}/profile/app", .method = "profile.getApp" },
    { .verb = "GET", .path = "/{username}/profile/private", .method = "profile.get" },
    { .verb = "PUT", .path = "/{username}/profile/app", .method = "profile.updateApp", .body_member = "update" },
    { .verb = "PUT", .path = "/{username}/profile/public", .method = "profile.update", .body_member = "update" },
    { .verb = "PUT", .path = "/{username}/profile/private", .method = "profile.update", .body_member = "update" },
    { .verb = NULL },
};

/* ---- Life -------------------------------------------------------------------------------------------- */

static void api_stop(void *self)
{
    struct api *api = self;

    if (!api)
        return;
    access_usage_flush(api);
    upkeep_free(api->upkeep);
    event_types_free(api->event_types);
    stores_close(api->stores);
    account_fields_free(api->account);
    reserved_words_free(api->reserved_words);
    free(api);
}

static enum pryv_rc api_init(const void *config, void **self, struct pryv_err *err)
{
    const struct pryv_interface *storage = pryv_interface("storage", PRYV_STORAGE_VERSION);
    const struct pryv_interface *platform = pryv_interface("platform", PRYV_PLATFORM_VERSION);
    const struct pryv_interface *files = pryv_interface("files", PRYV_FILES_VERSION);
    struct api *api = calloc(1, sizeof(*api));
    const struct api_config *settings = config;
    enum pryv_rc rc;

    if (!api)
        abort();
    *self = api;
    *api = (struct api){ .config = config,
                         .storage = storage->ops,
                         .storage_self = storage->self,
                         .platform = platform->ops,
                         .platform_self = platform->self,
                         .files = files->ops,
                         .files_self = files->self };
    if ((rc = account_fields_new(settings->account.fields, settings->account.other_streams, &api->account, err)) != PRYV_OK)
        return rc;
    if ((rc = reserved_words_read(settings->reserved_words, &api->reserved_words, err)) != PRYV_OK)
        return rc;
    api->definition_count = accounts_fields(api, &api->definitions);
    if ((rc = pryv_provide("accounts", PRYV_ACCOUNTS_VERSION, &accounts_ops, api, err)) != PRYV_OK)
        return rc;
    if ((rc = pryv_provide("series-events", PRYV_SERIES_EVENTS_VERSION, &series_events_ops, api, err)) != PRYV_OK)
        return rc;
    if ((rc = pryv_provide("sign-in", PRYV_SIGN_IN_VERSION, &sign_in_ops, api, err)) != PRYV_OK)
        return rc;
    api->upkeep = upkeep_new(api);
    pryv_streams_given(api->account->others, api->account->other_count);
    api->event_types = event_types_new(err);
    return api->event_types ? PRYV_OK : err->rc;
}

/* Once in each worker, in the background: the start does not wait for it. */
static void read_event_types(void *self)
{
    struct api *api = self;
    struct pryv_str address = pryv_json_member_text(pryv_service_info(), "eventTypes");

    if (api->event_types_read || !address.len)
        return;
    api->event_types_read = true;
    event_types_load(api->event_types, address);
}

static enum pryv_rc api_start(void *self, struct pryv_err *err)
{
    struct api *api = self;
    enum pryv_rc rc = account_mail_check(&api->config->account, err);

    if (rc != PRYV_OK ||
        (rc = stores_open(api->storage, api->storage_self, api->config->data_stores, &api->stores, err)) != PRYV_OK)
        return rc;
    if (pryv_worker_index() == 0) {
        pryv_every(fmin(api->config->account.settle_after, 30), account_changes_settle, self);
        pryv_every(5, accounts_settle, self);
        pryv_every(1, upkeep_run, api->upkeep);
    }
    pryv_every(1, read_event_types, self);
    pryv_every(1, account_usage_count_wanted, self);
    if (pryv_worker_index() == 0)
        pryv_every(api->config->account.platform_upkeep_ms / 1000, platform_upkeep, self);
    if (api->config->account.tracking)
        pryv_every(api->config->account.tracking_seconds, access_usage_flush_in_turn, self);
    access_usage_answer_others(api);
    return custom_auth_check(api->config, err);
}

static const struct pryv_interface_ref provides[] = { { "accounts", PRYV_ACCOUNTS_VERSION },
                                                      { "series-events", PRYV_SERIES_EVENTS_VERSION },
                                                      { "sign-in", PRYV_SIGN_IN_VERSION },
                                                      { NULL, 0 } };
static const struct pryv_interface_ref requires[] = {
    { "storage", PRYV_STORAGE_VERSION }, { "platform", PRYV_PLATFORM_VERSION }, { "files", PRYV_FILES_VERSION }, { NULL, 0 }
};

static void call_is_over(void *self, struct pryv_call *call, const struct pryv_err *err)
{
    older_prefix_after();
    access_usage_count(self, call, err);
}

static const struct pryv_hook hooks[] = {
    { .pattern = "*", .before = older_prefix_before, .after = call_is_over },
    { .pattern = NULL },
};

PRYV_PLUGIN = {
    PRYV_PLUGIN_HEAD,     .name = "api",         .version = PRYVD_VERSION, .summary = "accounts, accesses, streams, events",
    .provides = provides, .requires_ = requires, .config = api_settings,   .config_size = sizeof(struct api_config),
    .methods = methods,   .routes = routes,      .hooks = hooks,           .init = api_init,
    .start = api_start,   .stop = api_stop,
};
