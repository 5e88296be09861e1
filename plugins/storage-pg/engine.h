/* engine.h - the functions of the two interfaces, each told in pryv/storage.h and pryv/platform.h. The state in one worker: struct engine in
 * session.h. */
#ifndef STORAGE_PG_ENGINE_H
#define STORAGE_PG_ENGINE_H

#include "session.h"
#include <pryv/platform.h>

/* users.c */
enum pryv_rc pg_user_create(void *self, struct pryv_str id, struct pryv_str username, struct pryv_err *err);
enum pryv_rc pg_user_by_name(void *self, struct pryv_arena *mem, struct pryv_str username, struct pryv_str *id,
                             struct pryv_err *err);
enum pryv_rc pg_user_rename(void *self, struct pryv_str id, struct pryv_str username, struct pryv_err *err);
enum pryv_rc pg_user_by_id(void *self, struct pryv_arena *mem, struct pryv_str id, struct pryv_str *username,
                           struct pryv_err *err);
enum pryv_rc pg_user_erase(void *self, struct pryv_str id, struct pryv_err *err);
enum pryv_rc pg_users_list(void *self, struct pryv_arena *mem, struct pryv_str after, size_t limit, struct pryv_str **ids,
                           struct pryv_str **usernames, size_t *count, struct pryv_err *err);

/* user_sessions.c */
enum pryv_rc pg_open(void *self, struct pryv_str user_id, enum pryv_session_mode mode, struct pryv_session **out,
                     struct pryv_err *err);
void pg_close(struct pryv_session *s);
enum pryv_rc pg_usage(struct pryv_session *s, uint64_t *events, uint64_t *streams, uint64_t *bytes, struct pryv_err *err);

/* streams.c */
enum pryv_rc pg_stream_insert(struct pryv_session *s, const struct pryv_stream *row, struct pryv_err *err);
enum pryv_rc pg_stream_update(struct pryv_session *s, const struct pryv_stream *row, struct pryv_err *err);
enum pryv_rc pg_stream_delete(struct pryv_session *s, struct pryv_str id, double deleted, struct pryv_err *err);
enum pryv_rc pg_stream_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_stream *out,
                           struct pryv_err *err);
enum pryv_rc pg_streams_count(struct pryv_session *s, uint64_t *count, struct pryv_err *err);
enum pryv_rc pg_streams_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_stream **out, size_t *count,
                            struct pryv_err *err);
enum pryv_rc pg_stream_deletions(struct pryv_session *s, struct pryv_arena *mem, double since, struct pryv_deletion **out,
                                 size_t *count, struct pryv_err *err);

/* events.c */
enum pryv_rc pg_event_insert(struct pryv_session *s, const struct pryv_event *row, struct pryv_err *err);
enum pryv_rc pg_event_update(struct pryv_session *s, const struct pryv_event *row, struct pryv_err *err);
enum pryv_rc pg_event_create(void *self, struct pryv_str user_id, const struct pryv_event *row, const struct pryv_str *streams,
                             size_t count, struct pryv_err *err);
enum pryv_rc pg_event_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_event *out,
                          struct pryv_err *err);
enum pryv_rc pg_audit_insert(struct pryv_session *s, const struct pryv_event *row, struct pryv_err *err);
enum pryv_rc pg_audit_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_event *out,
                          struct pryv_err *err);

/* event_history.c */
enum pryv_rc pg_event_versions(struct pryv_session *s, struct pryv_str head_id, struct pryv_cursor **out, struct pryv_err *err);
enum pryv_rc pg_versioned_events(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str after, size_t limit,
                                 struct pryv_str **ids, size_t *count, struct pryv_err *err);
enum pryv_rc pg_event_versions_delete(struct pryv_session *s, struct pryv_str head_id, struct pryv_err *err);
enum pryv_rc pg_event_versions_reduce(struct pryv_session *s, struct pryv_str head_id, struct pryv_err *err);
enum pryv_rc pg_event_deletions(struct pryv_session *s, double since, bool ascending, uint64_t skip, uint64_t limit,
                                struct pryv_cursor **out, struct pryv_err *err);
enum pryv_rc pg_deletions_purge(struct pryv_session *s, double before, uint64_t *purged, struct pryv_err *err);

/* event_query.c */
enum pryv_rc pg_events_query(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
                             struct pryv_err *err);
enum pryv_rc pg_events_in_streams(struct pryv_session *s, const struct pryv_str *ids, size_t count, struct pryv_cursor **out,
                                  struct pryv_err *err);
enum pryv_rc pg_audit_query(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
                            struct pryv_err *err);

/* accesses.c */
enum pryv_rc pg_access_insert(struct pryv_session *s, const struct pryv_access_row *row, struct pryv_err *err);
enum pryv_rc pg_access_update(struct pryv_session *s, const struct pryv_access_row *row, struct pryv_err *err);
enum pryv_rc pg_access_delete(struct pryv_session *s, struct pryv_str id, double deleted, struct pryv_str integrity,
                              struct pryv_err *err);
enum pryv_rc pg_access_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_access_row *out,
                           struct pryv_err *err);
enum pryv_rc pg_access_by_token(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str token,
                                struct pryv_access_row *out, struct pryv_err *err);
enum pryv_rc pg_accesses_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_access_row **out, size_t *count,
                             struct pryv_err *err);
enum pryv_rc pg_accesses_count(struct pryv_session *s, uint64_t *count, struct pryv_err *err);
enum pryv_rc pg_access_deletions(struct pryv_session *s, struct pryv_arena *mem, struct pryv_access_row **out, size_t *count,
                                 struct pryv_err *err);
enum pryv_rc pg_access_versions(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_access_row **out,
                                size_t *count, struct pryv_err *err);
enum pryv_rc pg_access_used(struct pryv_session *s, struct pryv_str id, struct pryv_str name, uint64_t count, double last_used,
                            struct pryv_err *err);

/* signed_in.c */
enum pryv_rc pg_session_put(struct pryv_session *s, const struct pryv_session_row *row, struct pryv_err *err);
enum pryv_rc pg_session_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, double now,
                            struct pryv_session_row *out, struct pryv_err *err);
enum pryv_rc pg_session_find(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str username, struct pryv_str app_id,
                             double now, struct pryv_session_row *out, struct pryv_err *err);
enum pryv_rc pg_session_delete(struct pryv_session *s, struct pryv_str id, struct pryv_err *err);
enum pryv_rc pg_sessions_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_session_row **out, size_t *count,
                             struct pryv_err *err);

/* account.c */
enum pryv_rc pg_password_add(struct pryv_session *s, const struct pryv_password_row *row, struct pryv_err *err);
enum pryv_rc pg_passwords(struct pryv_session *s, struct pryv_arena *mem, size_t limit, struct pryv_password_row **out,
                          size_t *count, struct pryv_err *err);
enum pryv_rc pg_password_replace(struct pryv_session *s, double time, struct pryv_str hash, struct pryv_err *err);
enum pryv_rc pg_account_set(struct pryv_session *s, const struct pryv_account_field *row, struct pryv_err *err);
enum pryv_rc pg_account_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_account_field **out, size_t *count,
                            struct pryv_err *err);
enum pryv_rc pg_account_history(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str field,
                                struct pryv_account_field **out, size_t *count, struct pryv_err *err);
enum pryv_rc pg_account_delete(struct pryv_session *s, struct pryv_str field, struct pryv_err *err);

/* key_values.c */
enum pryv_rc pg_value_set(struct pryv_session *s, struct pryv_str scope, struct pryv_str key, struct pryv_str value_json,
                          struct pryv_err *err);
enum pryv_rc pg_value_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str scope, struct pryv_str key,
                          struct pryv_str *value_json, struct pryv_err *err);
enum pryv_rc pg_value_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str scope, struct pryv_str **keys,
                          struct pryv_str **values_json, size_t *count, struct pryv_err *err);
enum pryv_rc pg_value_scopes(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str after, size_t limit,
                             struct pryv_str **scopes, size_t *count, struct pryv_err *err);

/* webhooks.c */
enum pryv_rc pg_webhook_insert(struct pryv_session *s, const struct pryv_webhook_row *row, struct pryv_err *err);
enum pryv_rc pg_webhook_update(struct pryv_session *s, const struct pryv_webhook_row *row, struct pryv_err *err);
enum pryv_rc pg_webhook_delete(struct pryv_session *s, struct pryv_str id, struct pryv_err *err);
enum pryv_rc pg_webhooks_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_webhook_row **out, size_t *count,
                             struct pryv_err *err);

/* series.c */
enum pryv_rc pg_events_get(struct pryv_session *s, struct pryv_arena *mem, const struct pryv_str *ids, size_t count,
                           struct pryv_event *out, struct pryv_err *err);
enum pryv_rc pg_series_append_all(struct pryv_session *s, const struct pryv_str *event_ids, const struct pryv_series_chunk *chunks,
                                  size_t count, struct pryv_err *err);
enum pryv_rc pg_series_append(struct pryv_session *s, struct pryv_str event_id, const struct pryv_series_chunk *chunk,
                              struct pryv_err *err);
enum pryv_rc pg_series_scan(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str event_id, double from, double to,
                            uint64_t after, size_t limit, struct pryv_series_chunk **out, size_t *count, struct pryv_err *err);
enum pryv_rc pg_series_drop(struct pryv_session *s, struct pryv_str event_id, const uint64_t *ids, size_t count,
                            struct pryv_err *err);
enum pryv_rc pg_series_events(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str after, size_t limit,
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
