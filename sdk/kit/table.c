/* table.c - are all functions of the contract there? The kernel answers PRYV_UNSUPPORTED for one that is not; a case that needs it could
 * only crash. */
#include "table.h"
#include <stdio.h>

struct function {
    const char *name;
    size_t at;
    bool optional; /* callers have another way */
};

#define S(function) .name = #function, .at = offsetof(struct pryv_storage_ops, function)
#define P(function) .name = #function, .at = offsetof(struct pryv_platform_ops, function)

static const struct function storage_functions[] = {
    { S(user_create) },
    { S(user_by_name) },
    { S(user_by_id) },
    { S(user_erase) },
    { S(users_list) },
    { S(open) },
    { S(commit) },
    { S(close) },
    { S(stream_insert) },
    { S(stream_update) },
    { S(stream_delete) },
    { S(stream_get) },
    { S(streams_all) },
    { S(stream_deletions) },
    { S(event_insert) },
    { S(event_update) },
    { S(event_get) },
    { S(events_query) },
    { S(event_versions) },
    { S(event_versions_delete) },
    { S(event_versions_reduce) },
    { S(event_deletions) },
    { S(events_in_streams) },
    { S(deletions_purge) },
    { S(cursor_next) },
    { S(cursor_close) },
    { S(access_insert) },
    { S(access_update) },
    { S(access_delete) },
    { S(access_get) },
    { S(access_by_token) },
    { S(accesses_all) },
    { S(access_deletions) },
    { S(access_versions) },
    { S(access_used) },
    { S(session_put) },
    { S(session_get) },
    { S(session_find) },
    { S(session_delete) },
    { S(password_add) },
    { S(passwords) },
    { S(password_replace) },
    { S(account_set) },
    { S(account_all) },
    { S(account_history) },
    { S(account_delete) },
    { S(value_set) },
    { S(value_get) },
    { S(value_all) },
    { S(webhook_insert) },
    { S(webhook_update) },
    { S(webhook_delete) },
    { S(webhooks_all) },
    { S(series_append) },
    { S(series_scan) },
    { S(series_drop) },
    { S(audit_insert) },
    { S(audit_get) },
    { S(audit_query) },
    { S(usage) },
    { S(user_rename) },
    { S(commit_later), .optional = true },
    { S(settle), .optional = true },
    { S(streams_count), .optional = true },
    { S(versioned_events) },
    { S(series_events) },
    { S(value_scopes) },
    { S(sessions_all) },
    { S(event_create), .optional = true },
    { S(accesses_count), .optional = true },
    { S(events_get), .optional = true },
    { S(series_append_all), .optional = true },
    { S(series_scan_by_time), .optional = true },
    { S(event_insert_all), .optional = true },
    { S(audit_insert_all), .optional = true },
    { S(events_pages), .optional = true },
    { S(series_write), .optional = true },
};
static const struct function platform_functions[] = { { P(reserve) },
                                                      { P(confirm) },
                                                      { P(release) },
                                                      { P(unique_owner) },
                                                      { P(unique_move) },
                                                      { P(indexed_set) },
                                                      { P(user_fields) },
                                                      { P(user_core) },
                                                      { P(user_delete) },
                                                      { P(value_put) },
                                                      { P(value_put_new) },
                                                      { P(value_replace) },
                                                      { P(value_get) },
                                                      { P(value_take) },
                                                      { P(value_delete) },
                                                      { P(values_list) },
                                                      { P(sweep) },
                                                      { P(user_rename) },
                                                      { P(core_counts), .optional = true },
                                                      { P(core_users), .optional = true },
                                                      { P(core_move), .optional = true },
                                                      { P(former_names) },
                                                      { P(values_with_ends) } };

/* A function counts only when it lies within the table as it was compiled. */
static size_t tell_missing(const char *interface, const void *ops, size_t size, const struct function *functions, size_t count)
{
    size_t missing = 0;

    for (size_t i = 0; i < count; i++) {
        void (*function)(void) = NULL;

        if (functions[i].at + sizeof(function) <= size)
            memcpy(&function, (const char *) ops + functions[i].at, sizeof(function));
        if (function || functions[i].optional)
            continue;
        printf("FAIL %s: the function %s is missing\n", interface, functions[i].name);
        missing++;
    }
    return missing;
}

size_t table_missing(const struct check *c)
{
    size_t missing = tell_missing("storage", c->storage, c->storage->size, storage_functions, PRYV_COUNT(storage_functions));

    if (c->platform)
        missing += tell_missing("platform", c->platform, c->platform->size, platform_functions, PRYV_COUNT(platform_functions));
    return missing;
}
