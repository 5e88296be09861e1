/* engine.h - the plugin's state in one worker, and the functions of its two interfaces, each told in pryv/storage.h and pryv/platform.h. */
#ifndef STORAGE_MONGO_ENGINE_H
#define STORAGE_MONGO_ENGINE_H

#include "kinds.h"
#include "session.h"
#include <pryv/platform.h>

#define LOG_NAME "storage-mongo"

enum { KNOWN_USERS = 4096 };
/* Between taking a user's commits and taking the rows: see session_rows.c. */
#define ERASE_WAIT_SECONDS 0.2

struct known_user {
    char *id;
    char chain[CHAIN_NAME_MAX + 1];
};

struct engine {
    struct server server;
    char *database, *platform_database;
    struct chain users, platform; /* the index of users of this core; the platform */
    struct turns turns;
    double busy_seconds, lease_seconds, snapshot_seconds;
    pthread_mutex_t sessions_lock;
    struct pryv_session *sessions; /* open ones */
    pthread_mutex_t known_lock;
    struct known_user known[KNOWN_USERS]; /* by a hash of the id; whose chain is gone is looked up again */
};

/* users.c */
enum pryv_rc mongo_user_create(void *self, struct pryv_str id, struct pryv_str username, struct pryv_err *err);
enum pryv_rc mongo_user_by_name(void *self, struct pryv_arena *mem, struct pryv_str username, struct pryv_str *id,
                                struct pryv_err *err);
enum pryv_rc mongo_user_rename(void *self, struct pryv_str id, struct pryv_str username, struct pryv_err *err);
enum pryv_rc mongo_user_by_id(void *self, struct pryv_arena *mem, struct pryv_str id, struct pryv_str *username,
                              struct pryv_err *err);
enum pryv_rc mongo_user_erase(void *self, struct pryv_str id, struct pryv_err *err);
enum pryv_rc mongo_users_list(void *self, struct pryv_arena *mem, struct pryv_str after, size_t limit, struct pryv_str **ids,
                              struct pryv_str **usernames, size_t *count, struct pryv_err *err);
/* The chain of a live user. `fresh`: what this worker remembers of it is not believed. */
enum pryv_rc user_chain(struct engine *engine, struct pryv_str id, bool fresh, struct chain *out, struct pryv_err *err);
/* Erases what a crash left half erased, and again what late writers left of it. */
void users_sweep(struct engine *engine);

/* sweep.c: versions that ended, and parts of commits that never came to be. */
void versions_sweep(struct engine *engine);

/* layout.c: the collections and their indexes, and which layout the database has. */
enum pryv_rc layout_prepare(struct engine *engine, struct pryv_err *err);

/* user_sessions.c */
enum pryv_rc mongo_open(void *self, struct pryv_str user_id, enum pryv_session_mode mode, struct pryv_session **out,
                        struct pryv_err *err);
void mongo_close(struct pryv_session *s);
enum pryv_rc mongo_commit(struct pryv_session *s, struct pryv_err *err);

/* usage.c */
enum pryv_rc mongo_usage(struct pryv_session *s, uint64_t *events, uint64_t *streams, uint64_t *bytes, struct pryv_err *err);
enum pryv_rc mongo_streams_count(struct pryv_session *s, uint64_t *count, struct pryv_err *err);
enum pryv_rc mongo_accesses_count(struct pryv_session *s, uint64_t *count, struct pryv_err *err);

/* streams.c */
enum pryv_rc mongo_stream_insert(struct pryv_session *s, const struct pryv_stream *row, struct pryv_err *err);
enum pryv_rc mongo_stream_update(struct pryv_session *s, const struct pryv_stream *row, struct pryv_err *err);
enum pryv_rc mongo_stream_delete(struct pryv_session *s, struct pryv_str id, double deleted, struct pryv_err *err);
enum pryv_rc mongo_stream_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_stream *out,
                              struct pryv_err *err);
enum pryv_rc mongo_streams_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_stream **out, size_t *count,
                               struct pryv_err *err);
enum pryv_rc mongo_stream_deletions(struct pryv_session *s, struct pryv_arena *mem, double since, struct pryv_deletion **out,
                                    size_t *count, struct pryv_err *err);

/* events.c */
enum pryv_rc mongo_event_insert(struct pryv_session *s, const struct pryv_event *row, struct pryv_err *err);
enum pryv_rc mongo_event_update(struct pryv_session *s, const struct pryv_event *row, struct pryv_err *err);
enum pryv_rc mongo_event_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_event *out,
                             struct pryv_err *err);
enum pryv_rc mongo_audit_insert(struct pryv_session *s, const struct pryv_event *row, struct pryv_err *err);
enum pryv_rc mongo_audit_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_event *out,
                             struct pryv_err *err);

/* event_history.c */
enum pryv_rc mongo_event_versions(struct pryv_session *s, struct pryv_str head_id, struct pryv_cursor **out,
                                  struct pryv_err *err);
enum pryv_rc mongo_versioned_events(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str after, size_t limit,
                                    struct pryv_str **ids, size_t *count, struct pryv_err *err);
enum pryv_rc mongo_event_versions_delete(struct pryv_session *s, struct pryv_str head_id, struct pryv_err *err);
enum pryv_rc mongo_event_versions_reduce(struct pryv_session *s, struct pryv_str head_id, struct pryv_err *err);
enum pryv_rc mongo_event_deletions(struct pryv_session *s, double since, bool ascending, uint64_t skip, uint64_t limit,
                                   struct pryv_cursor **out, struct pryv_err *err);
enum pryv_rc mongo_deletions_purge(struct pryv_session *s, double before, uint64_t *purged, struct pryv_err *err);

/* event_query.c */
enum pryv_rc mongo_events_query(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
                                struct pryv_err *err);
enum pryv_rc mongo_events_in_streams(struct pryv_session *s, const struct pryv_str *ids, size_t count, struct pryv_cursor **out,
                                     struct pryv_err *err);
enum pryv_rc mongo_audit_query(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
                               struct pryv_err *err);

/* accesses.c */
enum pryv_rc mongo_access_insert(struct pryv_session *s, const struct pryv_access_row *row, struct pryv_err *err);
enum pryv_rc mongo_access_update(struct pryv_session *s, const struct pryv_access_row *row, struct pryv_err *err);
enum pryv_rc mongo_access_delete(struct pryv_session *s, struct pryv_str id, double deleted, struct pryv_str integrity,
                                 struct pryv_err *err);
enum pryv_rc mongo_access_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_access_row *out,
                              struct pryv_err *err);
enum pryv_rc mongo_access_by_token(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str token,
                                   struct pryv_access_row *out, struct pryv_err *err);
enum pryv_rc mongo_accesses_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_access_row **out, size_t *count,
                                struct pryv_err *err);
enum pryv_rc mongo_access_deletions(struct pryv_session *s, struct pryv_arena *mem, struct pryv_access_row **out, size_t *count,
                                    struct pryv_err *err);
enum pryv_rc mongo_access_versions(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id,
                                   struct pryv_access_row **out, size_t *count, struct pryv_err *err);
enum pryv_rc mongo_access_used(struct pryv_session *s, struct pryv_str id, struct pryv_str name, uint64_t count, double last_used,
                               struct pryv_err *err);

/* signed_in.c */
enum pryv_rc mongo_session_put(struct pryv_session *s, const struct pryv_session_row *row, struct pryv_err *err);
enum pryv_rc mongo_session_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, double now,
                               struct pryv_session_row *out, struct pryv_err *err);
enum pryv_rc mongo_session_find(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str username, struct pryv_str app_id,
                                double now, struct pryv_session_row *out, struct pryv_err *err);
enum pryv_rc mongo_session_delete(struct pryv_session *s, struct pryv_str id, struct pryv_err *err);
enum pryv_rc mongo_sessions_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_session_row **out, size_t *count,
                                struct pryv_err *err);

/* account.c */
enum pryv_rc mongo_password_add(struct pryv_session *s, const struct pryv_password_row *row, struct pryv_err *err);
enum pryv_rc mongo_passwords(struct pryv_session *s, struct pryv_arena *mem, size_t limit, struct pryv_password_row **out,
                             size_t *count, struct pryv_err *err);
enum pryv_rc mongo_password_replace(struct pryv_session *s, double time, struct pryv_str hash, struct pryv_err *err);
enum pryv_rc mongo_account_set(struct pryv_session *s, const struct pryv_account_field *row, struct pryv_err *err);
enum pryv_rc mongo_account_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_account_field **out, size_t *count,
                               struct pryv_err *err);
enum pryv_rc mongo_account_history(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str field,
                                   struct pryv_account_field **out, size_t *count, struct pryv_err *err);
enum pryv_rc mongo_account_delete(struct pryv_session *s, struct pryv_str field, struct pryv_err *err);

/* key_values.c */
enum pryv_rc mongo_value_set(struct pryv_session *s, struct pryv_str scope, struct pryv_str key, struct pryv_str value_json,
                             struct pryv_err *err);
enum pryv_rc mongo_value_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str scope, struct pryv_str key,
                             struct pryv_str *value_json, struct pryv_err *err);
enum pryv_rc mongo_value_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str scope, struct pryv_str **keys,
                             struct pryv_str **values_json, size_t *count, struct pryv_err *err);
enum pryv_rc mongo_value_scopes(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str after, size_t limit,
                                struct pryv_str **scopes, size_t *count, struct pryv_err *err);

/* webhooks.c */
enum pryv_rc mongo_webhook_insert(struct pryv_session *s, const struct pryv_webhook_row *row, struct pryv_err *err);
enum pryv_rc mongo_webhook_update(struct pryv_session *s, const struct pryv_webhook_row *row, struct pryv_err *err);
enum pryv_rc mongo_webhook_delete(struct pryv_session *s, struct pryv_str id, struct pryv_err *err);
enum pryv_rc mongo_webhooks_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_webhook_row **out, size_t *count,
                                struct pryv_err *err);

/* series.c */
enum pryv_rc mongo_series_append(struct pryv_session *s, struct pryv_str event_id, const struct pryv_series_chunk *chunk,
                                 struct pryv_err *err);
enum pryv_rc mongo_series_scan(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str event_id, double from, double to,
                               uint64_t after, size_t limit, struct pryv_series_chunk **out, size_t *count, struct pryv_err *err);
enum pryv_rc mongo_series_drop(struct pryv_session *s, struct pryv_str event_id, const uint64_t *ids, size_t count,
                               struct pryv_err *err);
enum pryv_rc mongo_series_events(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str after, size_t limit,
                                 struct pryv_str **ids, size_t *count, struct pryv_err *err);

/* platform_names.c, platform_values.c */
enum pryv_rc platform_reserve(void *self, struct pryv_str ticket, struct pryv_str username, const struct pryv_field_value *fields,
                              size_t count, double expires, struct pryv_err *err);
enum pryv_rc platform_confirm(void *self, struct pryv_str ticket, const struct pryv_field_value *fields, size_t count,
                              struct pryv_str core_id, struct pryv_err *err);
enum pryv_rc platform_release(void *self, struct pryv_str ticket, struct pryv_err *err);
enum pryv_rc platform_unique_owner(void *self, struct pryv_arena *mem, struct pryv_str field, struct pryv_str value, bool strong,
                                   struct pryv_str *username, struct pryv_err *err);
enum pryv_rc platform_unique_move(void *self, struct pryv_str username, struct pryv_str field, struct pryv_str from,
                                  struct pryv_str to, struct pryv_err *err);
enum pryv_rc platform_indexed_set(void *self, struct pryv_str username, struct pryv_str field, struct pryv_str value,
                                  struct pryv_err *err);
enum pryv_rc platform_user_fields(void *self, struct pryv_arena *mem, struct pryv_str username, struct pryv_field_value **out,
                                  size_t *count, struct pryv_err *err);
enum pryv_rc platform_former_names(void *self, struct pryv_arena *mem, struct pryv_str username, struct pryv_str **names,
                                   size_t *count, struct pryv_err *err);
enum pryv_rc platform_user_core(void *self, struct pryv_arena *mem, struct pryv_str username, bool strong,
                                struct pryv_str *core_id, struct pryv_err *err);
enum pryv_rc platform_user_rename(void *self, struct pryv_str from, struct pryv_str to, struct pryv_err *err);
enum pryv_rc platform_core_counts(void *self, struct pryv_arena *mem, struct pryv_str **core_ids, uint64_t **counts,
                                  size_t *count, struct pryv_err *err);
enum pryv_rc platform_core_users(void *self, struct pryv_arena *mem, struct pryv_str core_id, struct pryv_str after, size_t limit,
                                 struct pryv_str **usernames, size_t *count, struct pryv_err *err);
enum pryv_rc platform_core_move(void *self, struct pryv_str from, struct pryv_str to, uint64_t *moved, struct pryv_err *err);
enum pryv_rc platform_user_delete(void *self, struct pryv_str username, struct pryv_err *err);
enum pryv_rc platform_value_put(void *self, struct pryv_str key, struct pryv_str value, double expires, struct pryv_err *err);
enum pryv_rc platform_value_put_new(void *self, struct pryv_str key, struct pryv_str value, double expires, struct pryv_err *err);
enum pryv_rc platform_value_replace(void *self, struct pryv_str key, struct pryv_str expected, struct pryv_str value,
                                    double expires, struct pryv_err *err);
enum pryv_rc platform_value_get(void *self, struct pryv_arena *mem, struct pryv_str key, bool strong, struct pryv_str *value,
                                struct pryv_err *err);
enum pryv_rc platform_value_take(void *self, struct pryv_arena *mem, struct pryv_str key, struct pryv_str *value,
                                 struct pryv_err *err);
enum pryv_rc platform_value_delete(void *self, struct pryv_str key, struct pryv_err *err);
enum pryv_rc platform_values_list(void *self, struct pryv_arena *mem, struct pryv_str prefix, struct pryv_str after, size_t limit,
                                  struct pryv_str **keys, struct pryv_str **values, size_t *count, struct pryv_err *err);
enum pryv_rc platform_values_with_ends(void *self, struct pryv_arena *mem, struct pryv_str prefix, struct pryv_str after,
                                       size_t limit, struct pryv_str **keys, struct pryv_str **values, double **ends,
                                       size_t *count, struct pryv_err *err);
enum pryv_rc platform_sweep(void *self, double now, uint64_t *removed, struct pryv_err *err);

#endif
