/* broken.c - storage-broken.so: the example in memory with one fault, to see that the kit finds it. Which one: --set broken.fault=NAME. */
#include "../../sdk/examples/storage-memory/query.h"
#include "../../sdk/examples/storage-memory/storage.h"
#include "broken_create.h"
#include "broken_keys.h"
#include "broken_page.h"
#include "broken_series.h"
#include <fcntl.h>
#include <pryv/plugin.h>
#include <stdlib.h>
#include <unistd.h>

static struct pryv_storage_ops whole, storage;
static struct pryv_platform_ops platform_ops, platform;

/* ---- Transactions ----------------------------------------------------------------------------- */

static enum pryv_rc commit_forgets(struct pryv_session *s PRYV_UNUSED, struct pryv_err *err PRYV_UNUSED)
{
    return PRYV_OK;
}

static void close_commits(struct pryv_session *s)
{
    struct pryv_err err = PRYV_ERR(pryv_arena_new());

    if (s && s->writes && !s->broken)
        (void) !whole.commit(s, &err);
    pryv_arena_free(err.arena);
    whole.close(s);
}

static enum pryv_rc commit_after_failure(struct pryv_session *s, struct pryv_err *err)
{
    s->broken = false;
    return whole.commit(s, err);
}

static enum pryv_rc query_newest(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
                                 struct pryv_err *err)
{
    if (!s->writes) {
        pthread_mutex_lock(&s->space->lock);
        map_release(s->map);
        s->map = map_keep(s->space->map);
        pthread_mutex_unlock(&s->space->lock);
    }
    return whole.events_query(s, query, out, err);
}

/* What is not committed yet, for all to see. */
static void publish(struct pryv_session *s)
{
    pthread_mutex_lock(&s->space->lock);
    map_release(s->space->map);
    s->space->map = map_keep(s->map);
    pthread_mutex_unlock(&s->space->lock);
}

static enum pryv_rc insert_published(struct pryv_session *s, const struct pryv_event *row, struct pryv_err *err)
{
    MUST(whole.event_insert(s, row, err));
    publish(s);
    return PRYV_OK;
}

static enum pryv_rc update_published(struct pryv_session *s, const struct pryv_event *row, struct pryv_err *err)
{
    MUST(whole.event_update(s, row, err));
    publish(s);
    usleep(100);
    return PRYV_OK;
}

static enum pryv_rc open_overlapping(void *self, struct pryv_str user, enum pryv_session_mode mode, struct pryv_session **out,
                                     struct pryv_err *err)
{
    MUST(whole.open(self, user, mode, out, err));
    pthread_mutex_lock(&(*out)->space->lock);
    (*out)->space->writing = false;
    pthread_cond_signal(&(*out)->space->idle);
    pthread_mutex_unlock(&(*out)->space->lock);
    usleep(100);
    return PRYV_OK;
}

static void close_without_turn(struct pryv_session *s)
{
    bool writes = s && s->writes;
    struct space *space = writes ? space_keep(s->space) : NULL;

    whole.close(s);
    if (writes) {
        pthread_mutex_lock(&space->lock);
        space->writing = true; /* for ever */
        pthread_mutex_unlock(&space->lock);
    }
    space_release(space);
}

/* ---- Users and streams ------------------------------------------------------------------------ */

static enum pryv_rc create_any_name(void *self, struct pryv_str id, struct pryv_str username, struct pryv_err *err)
{
    enum pryv_rc rc = whole.user_create(self, id, username, err);

    return rc == PRYV_CONFLICT && strcmp(err->key, "username") == 0 ? whole.user_create(self, id, id, err) : rc;
}

static enum pryv_rc by_id_touching(void *self, struct pryv_arena *mem, struct pryv_str id, struct pryv_str *username,
                                   struct pryv_err *err)
{
    *username = PRYV_STR_NONE;
    return whole.user_by_id(self, mem, id, username, err);
}

static enum pryv_rc insert_any_stream_name(struct pryv_session *s, const struct pryv_stream *row, struct pryv_err *err)
{
    session_remove(s, map_key(err->arena, STREAM_BY_NAME, row->parent_id, row->name));
    return whole.stream_insert(s, row, err);
}

static enum pryv_rc stream_deletions_inclusive(struct pryv_session *s, struct pryv_arena *mem, double since,
                                               struct pryv_deletion **out, size_t *count, struct pryv_err *err)
{
    return whole.stream_deletions(s, mem, nextafter(since, -INFINITY), out, count, err);
}

/* ---- Events ----------------------------------------------------------------------------------- */

static enum pryv_rc insert_seconds(struct pryv_session *s, const struct pryv_event *row, struct pryv_err *err)
{
    struct pryv_event changed = *row;

    changed.time = floor(row->time);
    return whole.event_insert(s, &changed, err);
}

static enum pryv_rc insert_until_nul(struct pryv_session *s, const struct pryv_event *row, struct pryv_err *err)
{
    struct pryv_event changed = *row;

    changed.description.len = row->description.data ? strnlen(row->description.data, row->description.len) : 0;
    return whole.event_insert(s, &changed, err);
}

static enum pryv_rc insert_cut(struct pryv_session *s, const struct pryv_event *row, struct pryv_err *err)
{
    struct pryv_event changed = *row;

    if (changed.content_json.len > 1000000)
        changed.content_json.len = 1000000;
    return whole.event_insert(s, &changed, err);
}

/* Versions of one time of change then come in another order. */
static enum pryv_rc insert_all_in_reverse(struct pryv_session *s, const struct pryv_event *rows, size_t count,
                                          struct pryv_err *err)
{
    for (size_t i = count; i > 0; i--)
        MUST(whole.event_insert(s, &rows[i - 1], err));
    return PRYV_OK;
}

static enum pryv_rc insert_all_but_last(struct pryv_session *s, const struct pryv_event *rows, size_t count, struct pryv_err *err)
{
    for (size_t i = 0; i < count - (count > 100); i++)
        MUST(whole.event_insert(s, &rows[i], err));
    return PRYV_OK;
}

/* What came before a taken id stays. */
static enum pryv_rc insert_all_that_fit(struct pryv_session *s, const struct pryv_event *rows, size_t count, struct pryv_err *err)
{
    for (size_t i = 0; i < count; i++)
        if (whole.event_insert(s, &rows[i], err) != PRYV_OK) {
            s->broken = false;
            return err->rc;
        }
    return PRYV_OK;
}

static enum pryv_rc get_touching(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_event *out,
                                 struct pryv_err *err)
{
    memset(out, 0, sizeof(*out));
    return whole.event_get(s, mem, id, out, err);
}

static enum pryv_rc insert_without_versions(struct pryv_session *s, const struct pryv_event *row, struct pryv_err *err)
{
    static atomic_uint seen;

    return row->head_id.data && ++seen % 2 == 0 ? PRYV_OK : whole.event_insert(s, row, err);
}

static enum pryv_rc nothing_reduced(struct pryv_session *s PRYV_UNUSED, struct pryv_str head_id PRYV_UNUSED,
                                    struct pryv_err *err PRYV_UNUSED)
{
    return PRYV_OK;
}

static enum pryv_rc deletions_unpaged(struct pryv_session *s, double since, bool ascending, uint64_t skip PRYV_UNUSED,
                                      uint64_t limit PRYV_UNUSED, struct pryv_cursor **out, struct pryv_err *err)
{
    return whole.event_deletions(s, since, ascending, 0, UINT64_MAX, out, err);
}

/* ---- Queries ---------------------------------------------------------------------------------- */

static _Thread_local struct pryv_str kept_type;
static _Thread_local struct pryv_cursor *kept_by;

static enum pryv_rc query_kept(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
                               struct pryv_err *err)
{
    MUST(whole.events_query(s, query, out, err));
    kept_by = query->type_count == 1 && !query->types[0].whole_class ? *out : NULL;
    if (kept_by)
        kept_type = query->types[0].text;
    return PRYV_OK;
}

static int next_of_kept(struct pryv_cursor *c, struct pryv_event *event, struct pryv_err *err)
{
    int more;

    do
        more = whole.cursor_next(c, event, err);
    while (more > 0 && kept_by == c && !pryv_str_is(event->type, kept_type));
    return more;
}

static enum pryv_rc query_running(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
                                  struct pryv_err *err)
{
    struct pryv_event_query changed = *query;

    changed.with_running = true;
    return whole.events_query(s, &changed, out, err);
}

static enum pryv_rc query_inclusive(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
                                    struct pryv_err *err)
{
    struct pryv_event_query changed = *query;

    changed.modified_since = nextafter(query->modified_since, -INFINITY);
    return whole.events_query(s, &changed, out, err);
}

static enum pryv_rc query_prefixes(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
                                   struct pryv_err *err)
{
    struct pryv_event_query changed = *query;
    struct pryv_type_filter *types = pryv_new_array(err->arena, struct pryv_type_filter, query->type_count);

    for (size_t i = 0; i < query->type_count; i++) {
        types[i] = query->types[i];
        types[i].text.len -= types[i].whole_class; /* without the slash: massive/kg is of the class mass */
    }
    changed.types = types;
    return whole.events_query(s, &changed, out, err);
}

static enum pryv_rc query_first_block(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
                                      struct pryv_err *err)
{
    struct pryv_event_query changed = *query;

    changed.block_count = query->block_count > 0;
    return whole.events_query(s, &changed, out, err);
}

static enum pryv_rc insert_positive(struct pryv_session *s, const struct pryv_event *row, struct pryv_err *err)
{
    struct pryv_event changed = *row;

    if (row->duration < 0)
        changed.duration = 0;
    return whole.event_insert(s, &changed, err);
}

static enum pryv_rc query_ascending(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
                                    struct pryv_err *err)
{
    struct pryv_event_query changed = *query;

    changed.ascending = true;
    return whole.events_query(s, &changed, out, err);
}

static enum pryv_rc query_from_first(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
                                     struct pryv_err *err)
{
    struct pryv_event_query changed = *query;

    changed.skip = 0;
    return whole.events_query(s, &changed, out, err);
}

/* ---- Accesses and what belongs to an account -------------------------------------------------- */

static enum pryv_rc insert_any_token(struct pryv_session *s, const struct pryv_access_row *row, struct pryv_err *err)
{
    session_remove(s, map_key(err->arena, ACCESS_BY_TOKEN, row->token));
    return whole.access_insert(s, row, err);
}

static enum pryv_rc used_later(struct pryv_session *s, struct pryv_str id, struct pryv_str name, uint64_t count, double last_used,
                               struct pryv_err *err)
{
    return whole.access_used(s, id, name, count, last_used + 1, err);
}

static enum pryv_rc session_for_ever(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, double now PRYV_UNUSED,
                                     struct pryv_session_row *out, struct pryv_err *err)
{
    return whole.session_get(s, mem, id, 0, out, err);
}

static enum pryv_rc password_twice(struct pryv_session *s, const struct pryv_password_row *row, struct pryv_err *err)
{
    session_remove(s, map_key(err->arena, PASSWORD_BY_TIME, row->time));
    return whole.password_add(s, row, err);
}

static enum pryv_rc set_anywhere(struct pryv_session *s, struct pryv_str scope PRYV_UNUSED, struct pryv_str key,
                                 struct pryv_str value, struct pryv_err *err)
{
    return whole.value_set(s, PRYV_STR("profile"), key, value, err);
}

static enum pryv_rc set_or_crash(struct pryv_session *s, struct pryv_str scope, struct pryv_str key, struct pryv_str value,
                                 struct pryv_err *err)
{
    if (!value.data)
        abort();
    return whole.value_set(s, scope, key, value, err);
}

static enum pryv_rc webhook_twice(struct pryv_session *s, const struct pryv_webhook_row *row, struct pryv_err *err)
{
    session_remove(s, map_key(err->arena, WEBHOOK_BY_URL, row->access_id, row->url));
    return whole.webhook_insert(s, row, err);
}

static enum pryv_rc drop_all(struct pryv_session *s, struct pryv_str event_id, const uint64_t *ids PRYV_UNUSED,
                             size_t count PRYV_UNUSED, struct pryv_err *err)
{
    return whole.series_drop(s, event_id, NULL, 0, err);
}

static enum pryv_rc usage_of_nothing(struct pryv_session *s PRYV_UNUSED, uint64_t *events, uint64_t *streams, uint64_t *bytes,
                                     struct pryv_err *err PRYV_UNUSED)
{
    *events = *streams = *bytes = 0;
    return PRYV_OK;
}

static enum pryv_rc insert_and_log(struct pryv_session *s, const struct pryv_event *row, struct pryv_err *err)
{
    int fd = open(pryv_format(err->arena, "%s/log", pryv_data_dir().data).data, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    if (fd == -1 || write(fd, row->id.data, row->id.len) == -1)
        return pryv_fail(err, PRYV_FAILED, "no log");
    close(fd);
    return whole.event_insert(s, row, err);
}

static int left_open[10000];
static atomic_size_t left_open_count;

static enum pryv_rc create_leaving_files(void *self, struct pryv_str id, struct pryv_str username, struct pryv_err *err)
{
    left_open[left_open_count++] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return whole.user_create(self, id, username, err);
}

/* The user's row is flushed, what is committed later is not. */
static enum pryv_rc create_flushed(void *self, struct pryv_str id, struct pryv_str username, struct pryv_err *err)
{
    int fd = open(pryv_data_dir().data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd == -1 || fsync(fd) == -1)
        return pryv_fail(err, PRYV_FAILED, "not flushed");
    close(fd);
    return whole.user_create(self, id, username, err);
}

/* ---- The platform ----------------------------------------------------------------------------- */

/* Looks, and writes later. */
static enum pryv_rc reserve_late(void *self, struct pryv_str ticket, struct pryv_str username,
                                 const struct pryv_field_value *fields, size_t count, double expires, struct pryv_err *err)
{
    struct pryv_str owner;

    for (size_t i = 0; i < count; i++)
        if (platform_ops.unique_owner(self, err->arena, fields[i].field, fields[i].value, true, &owner, err) == PRYV_OK)
            return pryv_conflict(err, "email", "taken");
    usleep(300);

    enum pryv_rc rc = platform_ops.reserve(self, ticket, username, fields, count, expires, err);

    return rc == PRYV_CONFLICT ? PRYV_OK : rc;
}

static enum pryv_rc reserve_silent(void *self, struct pryv_str ticket, struct pryv_str username,
                                   const struct pryv_field_value *fields, size_t count, double expires, struct pryv_err *err)
{
    enum pryv_rc rc = platform_ops.reserve(self, ticket, username, fields, count, expires, err);

    err->data = NULL;
    return rc;
}

static enum pryv_rc take_and_leave(void *self, struct pryv_arena *mem, struct pryv_str key, struct pryv_str *value,
                                   struct pryv_err *err)
{
    return platform_ops.value_get(self, mem, key, true, value, err);
}

static enum pryv_rc put_for_ever(void *self, struct pryv_str key, struct pryv_str value, double expires PRYV_UNUSED,
                                 struct pryv_err *err)
{
    return platform_ops.value_put(self, key, value, PRYV_ABSENT, err);
}

/* Whoever holds the name by now. */
static enum pryv_rc release_whoever(void *self, struct pryv_str ticket, struct pryv_err *err)
{
    struct memory *memory = self;
    struct pryv_session s;
    size_t n;

    MUST(session_begin(&s, memory->platform, true, err));

    struct map_walk walk = { .prefix = map_key(err->arena, TICKET, ticket) };
    const struct value *names = session_list(&s, err->arena, VALUE, walk, SIZE_MAX, &n);

    for (size_t i = 0; i < n; i++)
        session_remove(&s, map_key(err->arena, NAME_BY_VALUE, names[i].key, names[i].text));

    enum pryv_rc rc = session_commit(&s, err);

    session_end(&s);
    return rc;
}

/* ---- Carrying --------------------------------------------------------------------------------- */

static enum pryv_rc versioned_from_first(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str after PRYV_UNUSED,
                                         size_t limit, struct pryv_str **ids, size_t *count, struct pryv_err *err)
{
    return whole.versioned_events(s, mem, PRYV_STR_NONE, limit, ids, count, err);
}

static enum pryv_rc scopes_twice(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str after, size_t limit,
                                 struct pryv_str **scopes, size_t *count, struct pryv_err *err)
{
    MUST(whole.value_scopes(s, mem, after, limit, scopes, count, err));
    if (*count > 1)
        (*scopes)[1] = (*scopes)[0];
    return PRYV_OK;
}

static enum pryv_rc live_sessions(struct pryv_session *s, struct pryv_arena *mem, struct pryv_session_row **out, size_t *count,
                                  struct pryv_err *err)
{
    size_t all;

    MUST(whole.sessions_all(s, mem, out, &all, err));
    *count = 0;
    for (size_t i = 0; i < all; i++)
        if (!((*out)[i].expires <= pryv_now()))
            (*out)[(*count)++] = (*out)[i];
    return PRYV_OK;
}

static enum pryv_rc values_without_ends(void *self, struct pryv_arena *mem, struct pryv_str prefix, struct pryv_str after,
                                        size_t limit, struct pryv_str **keys, struct pryv_str **values, double **ends,
                                        size_t *count, struct pryv_err *err)
{
    MUST(platform_ops.values_with_ends(self, mem, prefix, after, limit, keys, values, ends, count, err));
    for (size_t i = 0; i < *count; i++)
        (*ends)[i] = PRYV_ABSENT;
    return PRYV_OK;
}

/* ---- Which fault ------------------------------------------------------------------------------ */

#define FAULT(name_, table, member, by) \
    if (pryv_str_equal(name, name_)) {  \
        table.member = by;              \
        return true;                    \
    }

static bool break_it(struct pryv_str name)
{
    FAULT("none", storage, commit, whole.commit)
    FAULT("commit-forgets", storage, commit, commit_forgets)
    FAULT("close-commits", storage, close, close_commits)
    FAULT("waits-for-ever", storage, close, close_without_turn)
    FAULT("function-missing", storage, series_scan, NULL)
    FAULT("commit-after-failure", storage, commit, commit_after_failure)
    FAULT("readers-see-newest", storage, events_query, query_newest)
    FAULT("readers-see-unfinished", storage, event_insert, insert_published)
    FAULT("half-is-seen", storage, event_update, update_published)
    FAULT("writers-overlap", storage, open, open_overlapping)
    FAULT("stream-name-race", storage, open, open_overlapping)
    FAULT("user-name-not-unique", storage, user_create, create_any_name)
    FAULT("user-out-touched", storage, user_by_id, by_id_touching)
    FAULT("stream-name-not-unique", storage, stream_insert, insert_any_stream_name)
    FAULT("stream-deletions-inclusive", storage, stream_deletions, stream_deletions_inclusive)
    FAULT("event-time-in-seconds", storage, event_insert, insert_seconds)
    FAULT("event-text-ends-at-nul", storage, event_insert, insert_until_nul)
    FAULT("event-content-cut", storage, event_insert, insert_cut)
    FAULT("bulk-in-reverse", storage, event_insert_all, insert_all_in_reverse)
    FAULT("bulk-forgets-last", storage, event_insert_all, insert_all_but_last)
    FAULT("bulk-keeps-half", storage, event_insert_all, insert_all_that_fit)
    FAULT("event-out-touched", storage, event_get, get_touching)
    if (pryv_str_equal(name, "query-keeps-memory"))
        storage.cursor_next = next_of_kept;
    FAULT("query-keeps-memory", storage, events_query, query_kept)
    FAULT("query-running-always", storage, events_query, query_running)
    FAULT("query-since-inclusive", storage, events_query, query_inclusive)
    FAULT("query-since-rounded", storage, events_query, query_rounded)
    FAULT("query-limit-of-32-bits", storage, events_query, query_narrow)
    FAULT("query-types-by-prefix", storage, events_query, query_prefixes)
    FAULT("query-first-block", storage, events_query, query_first_block)
    FAULT("query-negative-durations", storage, event_insert, insert_positive)
    FAULT("query-other-order", storage, events_query, query_ascending)
    FAULT("query-no-skip", storage, events_query, query_from_first)
    FAULT("version-forgotten", storage, event_insert, insert_without_versions)
    FAULT("version-not-reduced", storage, event_versions_reduce, nothing_reduced)
    FAULT("deletions-unpaged", storage, event_deletions, deletions_unpaged)
    FAULT("access-token-not-unique", storage, access_insert, insert_any_token)
    FAULT("access-serial-of-16-bits", storage, access_insert, access_insert_narrow)
    FAULT("access-updated-partly", storage, access_update, access_update_partly)
    FAULT("access-use-sinks", storage, access_used, used_later)
    FAULT("session-never-expires", storage, session_get, session_for_ever)
    FAULT("password-same-time", storage, password_add, password_twice)
    FAULT("stream-id-folded", storage, stream_insert, stream_insert_folded)
    FAULT("value-key-trimmed", storage, value_set, value_set_trimmed)
    FAULT("value-without-scope", storage, value_set, set_anywhere)
    FAULT("crashes", storage, value_set, set_or_crash)
    FAULT("webhook-url-not-unique", storage, webhook_insert, webhook_twice)
    FAULT("series-drops-all", storage, series_drop, drop_all)
    FAULT("audit-among-events", storage, audit_insert, whole.event_insert)
    FAULT("usage-nothing", storage, usage, usage_of_nothing)
    FAULT("names-unpaged", storage, versioned_events, versioned_from_first)
    FAULT("scopes-twice", storage, value_scopes, scopes_twice)
    FAULT("sessions-live-only", storage, sessions_all, live_sessions)
    FAULT("ends-forgotten", platform, values_with_ends, values_without_ends)
    FAULT("create-in-trashed", storage, event_create, create_in_trashed)
    FAULT("series-write-unlooked", storage, series_write, write_unlooked)
    FAULT("series-write-partly", storage, series_write, write_partly)
    FAULT("series-write-looks-before", storage, series_write, write_looking_before)
    FAULT("create-over-taken", storage, event_create, create_over_taken)
    FAULT("create-looks-before", storage, event_create, create_looking_before)
    FAULT("page-no-skip", storage, events_pages, page_from_first)
    FAULT("page-deletions-unpaged", storage, events_pages, page_deletions_unpaged)
    FAULT("page-of-nobody", storage, events_pages, page_of_nobody)
    FAULT("page-of-another", storage, events_pages, page_of_another)
    FAULT("page-of-neighbour", storage, events_pages, page_of_neighbour)
    FAULT("page-row-by-row", storage, events_pages, page_row_by_row)
    FAULT("erase-leaves-file", storage, event_insert, insert_and_log)
    FAULT("commit-unflushed", storage, user_create, create_flushed)
    FAULT("files-stay-open", storage, user_create, create_leaving_files)
    FAULT("reserve-race", platform, reserve, reserve_late)
    FAULT("reserve-without-names", platform, reserve, reserve_silent)
    FAULT("indexed-stays", platform, indexed_set, indexed_set_only)
    FAULT("take-leaves", platform, value_take, take_and_leave)
    FAULT("value-never-expires", platform, value_put, put_for_ever)
    FAULT("release-too-much", platform, release, release_whoever)
    return false;
}

/* ---- The plugin ------------------------------------------------------------------------------- */

struct broken_config {
    struct pryv_str fault;
};

static const struct pryv_config_key config_keys[] = {
    PRYV_CONFIG_TEXT(struct broken_config, fault, "broken.fault", "none", 0, "What to break."),
    PRYV_CONFIG_END,
};

static enum pryv_rc broken_init(const void *config_, void **self, struct pryv_err *err)
{
    const struct broken_config *config = config_;
    struct memory *memory = calloc(1, sizeof(*memory));

    if (!memory)
        abort();
    memory->users = space_new();
    memory->platform = space_new();
    *self = memory;
    whole = (struct pryv_storage_ops){ .size = sizeof(whole), .engine = "broken" };
    users_offer(&whole);
    streams_offer(&whole);
    events_offer(&whole);
    accesses_offer(&whole);
    account_offer(&whole);
    inventory_offer(&whole);
    broken_create_begin(&whole);
    broken_keys_begin(&whole, &platform_ops);
    broken_page_begin(&whole);
    broken_series_begin(&whole);
    storage = whole;
    storage.event_create = create_right;
    storage.events_pages = page_right;
    storage.pages_of_deletions = true;
    storage.settle = settle_nothing;
    storage.series_write = write_right;
    platform_offer(&platform_ops);
    platform = platform_ops;
    if (!break_it(config->fault))
        return pryv_fail(err, PRYV_FAILED, "no fault is called %.*s", PRYV_STR_ARG(config->fault));
    MUST(pryv_provide("storage", PRYV_STORAGE_VERSION, &storage, memory, err));
    return pryv_provide("platform", PRYV_PLATFORM_VERSION, &platform, memory, err);
}

static void broken_stop(void *self)
{
    struct memory *memory = self;

    while (left_open_count)
        close(left_open[--left_open_count]);
    space_release(memory->users);
    space_release(memory->platform);
    free(memory);
}

static const struct pryv_interface_ref provides[] = {
    { "storage", PRYV_STORAGE_VERSION },
    { "platform", PRYV_PLATFORM_VERSION },
    { NULL, 0 },
};

PRYV_PLUGIN = {
    PRYV_PLUGIN_HEAD,     .name = "storage-broken", .version = "1",
    .provides = provides, .config = config_keys,    .config_size = sizeof(struct broken_config),
    .init = broken_init,  .stop = broken_stop,
};
