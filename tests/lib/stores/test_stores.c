/* test_stores.c - the data stores of the conformance profile `stores`, in one plugin: `shelf` holds a few streams and events for every user,
 * notes what it is asked and forgets what it is sent; `broken` can do nothing; `angry` fails. `echo` is with them. SHELF_FILE is where shelf.json is. */
#include "echo_store.h"
#include <pryv/plugin.h>
#include <stdlib.h>

static json_t *shelf; /* the file */
static json_t *rage;  /* what `angry` says that it can do */

struct test_store {
    json_t *settings;
    const struct pryv_datastore_values *values;
};

/* ---- Streams ------------------------------------------------------------------------------- */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static void set_default(json_t *object, const char *key, json_t *value)
{
    if (!json_object_get(object, key))
        json_object_set_new(object, key, value);
    else
        json_decref(value);
}

static json_t *children_of(const char *parent, int depth, bool with_trashed);

static json_t *with_children(const json_t *stored, int depth, bool with_trashed)
{
    json_t *stream = json_deep_copy(stored);

    if (depth == 0) {
        json_object_set_new(stream, "children", json_array());
        json_object_set_new(stream, "childrenHidden", json_true());
    } else {
        json_object_set_new(stream, "children", children_of(text_of(stored, "id"), depth - 1, with_trashed));
    }
    set_default(stream, "created", json_real(10000000.00000001));
    set_default(stream, "modified", json_real(10000000.00000001));
    set_default(stream, "createdBy", json_string("unknown"));
    set_default(stream, "modifiedBy", json_string("unknown"));
    return stream;
}

static bool is_trashed(const json_t *item)
{
    return json_is_true(json_object_get(item, "trashed"));
}

/* `depth` below 0: all the way down. */
static json_t *children_of(const char *parent, int depth, bool with_trashed)
{
    json_t *list = json_array(), *stream;
    size_t i;

    json_array_foreach(json_object_get(shelf, "streams"), i, stream)
        if (strcmp(text_of(stream, "parentId"), parent) == 0 && (with_trashed || !is_trashed(stream)))
            json_array_append_new(list, with_children(stream, depth, with_trashed));
    return list;
}

static const json_t *stored_stream(struct pryv_str id)
{
    json_t *stream;
    size_t i;

    json_array_foreach(json_object_get(shelf, "streams"), i, stream)
        if (pryv_str_equal(id, text_of(stream, "id")))
            return stream;
    return NULL;
}

static int depth_of(const json_t *query)
{
    return (int) json_number_value(json_object_get(query, "childrenDepth"));
}

static bool wants_trashed(const json_t *query)
{
    return json_is_true(json_object_get(query, "includeTrashed"));
}

static enum pryv_rc streams_get(void *self, struct pryv_str user, const json_t *query, json_t **list, struct pryv_err *err)
{
    const struct test_store *store = self;
    enum pryv_rc rc = store->values->set(store->values->context, user, PRYV_STR("streamsQuery"), query, err);

    if (rc == PRYV_OK)
        *list = children_of("", depth_of(query), wants_trashed(query));
    return rc;
}

static enum pryv_rc stream_get(void *self PRYV_UNUSED, struct pryv_str user PRYV_UNUSED, struct pryv_str id, const json_t *query,
                               json_t **out, struct pryv_err *err)
{
    const json_t *stream = stored_stream(id);

    if (!stream || (is_trashed(stream) && !wants_trashed(query)))
        return pryv_fail(err, PRYV_NOT_FOUND, "no such stream");
    *out = with_children(stream, depth_of(query), wants_trashed(query));
    return PRYV_OK;
}

static enum pryv_rc stream_deletions(void *self PRYV_UNUSED, struct pryv_str user PRYV_UNUSED, double since PRYV_UNUSED,
                                     json_t **list, struct pryv_err *err PRYV_UNUSED)
{
    *list = json_array();
    return PRYV_OK;
}

static enum pryv_rc stream_create(void *self PRYV_UNUSED, struct pryv_str user PRYV_UNUSED, const json_t *stream, json_t **kept,
                                  struct pryv_err *err)
{
    if (strcmp(text_of(stream, "id"), "taken") == 0)
        return pryv_conflict(err, "id", "a stream of this id is there");
    *kept = json_deep_copy(stream);
    json_object_set_new(*kept, "name", json_sprintf("%s (shelved)", text_of(stream, "name")));
    json_object_set_new(*kept, "children", json_array());
    return PRYV_OK;
}

static enum pryv_rc stream_update(void *self PRYV_UNUSED, struct pryv_str user PRYV_UNUSED, const json_t *changes, json_t **kept,
                                  struct pryv_err *err)
{
    const json_t *stored = stored_stream(pryv_json_member_text(changes, "id"));
    json_t *sent;

    if (!stored)
        return pryv_fail(err, PRYV_NOT_FOUND, "no such stream");
    *kept = json_deep_copy(stored);
    sent = json_deep_copy(changes);
    json_object_update(*kept, sent);
    json_decref(sent);
    json_object_set_new(*kept, "children", json_array());
    return PRYV_OK;
}

/* ---- Events: what a query asks for ------------------------------------------------------------ */

static bool is_in(const json_t *event, const json_t *ids)
{
    json_t *id, *stream;
    size_t i, k;

    json_array_foreach(ids, i, id) {
        if (strcmp(json_string_value(id), "*") == 0)
            return true;
        json_array_foreach(json_object_get(event, "streamIds"), k, stream)
            if (json_equal(id, stream))
                return true;
    }
    return false;
}

static bool block_holds(const json_t *event, const json_t *block)
{
    json_t *condition;
    size_t i;

    json_array_foreach(block, i, condition) {
        const json_t *any = json_object_get(condition, "any"), *not_in = json_object_get(condition, "not");

        if ((any && !is_in(event, any)) || (not_in && is_in(event, not_in)))
            return false;
    }
    return true;
}

static bool streams_match(const json_t *event, const json_t *blocks)
{
    json_t *block;
    size_t i;

    json_array_foreach(blocks, i, block)
        if (block_holds(event, block))
            return true;
    return blocks == NULL || json_is_null(blocks);
}

static bool types_match(const json_t *event, const json_t *types)
{
    const char *type = text_of(event, "type");
    json_t *item;
    size_t i;

    json_array_foreach(types, i, item) {
        const char *wanted = json_string_value(item);
        size_t len = strlen(wanted);

        if (len > 1 && wanted[len - 1] == '*' ? strncmp(type, wanted, len - 1) == 0 : strcmp(type, wanted) == 0)
            return true;
    }
    return json_array_size(types) == 0;
}

static bool times_match(const json_t *event, const json_t *query)
{
    const json_t *from = json_object_get(query, "fromTime"), *to = json_object_get(query, "toTime"),
                 *end = json_object_get(event, "endTime");
    const json_t *since = json_object_get(query, "modifiedSince");

    if (json_is_number(to) && json_number_value(json_object_get(event, "time")) > json_number_value(to))
        return false;
    if (json_is_number(since) && json_number_value(json_object_get(event, "modified")) <= json_number_value(since))
        return false;
    if (json_is_true(json_object_get(query, "running")))
        return json_is_null(end);
    return !json_is_number(from) || json_is_null(end) || json_number_value(end) >= json_number_value(from);
}

static bool state_matches(const json_t *event, const json_t *query)
{
    const char *state = text_of(query, "state");

    return strcmp(state, "all") == 0 || is_trashed(event) == (strcmp(state, "trashed") == 0);
}

static int by_time(const void *a, const void *b)
{
    double x = json_number_value(json_object_get(*(json_t *const *) a, "time")),
           y = json_number_value(json_object_get(*(json_t *const *) b, "time"));

    return (x > y) - (x < y);
}

static enum pryv_rc emit_page(json_t **events, size_t count, const json_t *options, pryv_datastore_emit emit, void *context)
{
    const json_t *limit = json_object_get(options, "limit");
    bool ascending = json_is_true(json_object_get(options, "sortAscending"));
    size_t skip = (size_t) json_number_value(json_object_get(options, "skip"));
    size_t end = json_is_number(limit) ? skip + (size_t) json_number_value(limit) : count;
    enum pryv_rc rc = PRYV_OK;

    qsort(events, count, sizeof(*events), by_time);
    for (size_t i = skip; rc == PRYV_OK && i < count && i < end; i++)
        rc = emit(context, events[ascending ? i : count - 1 - i]);
    return rc;
}

static enum pryv_rc events_get(void *self, struct pryv_str user, const json_t *query, const json_t *options,
                               pryv_datastore_emit emit, void *context, struct pryv_err *err)
{
    const struct test_store *store = self;
    json_t *note = json_pack("{s:O, s:O}", "query", query, "options", options), *found[32], *event;
    enum pryv_rc rc = store->values->set(store->values->context, user, PRYV_STR("eventsQuery"), note, err);
    size_t count = 0, i;

    json_decref(note);
    json_array_foreach(json_object_get(shelf, "events"), i, event)
        if (state_matches(event, query) && times_match(event, query) && types_match(event, json_object_get(query, "types")) &&
            streams_match(event, json_object_get(query, "streams")))
            found[count++] = event;
    return rc == PRYV_OK ? emit_page(found, count, options, emit, context) : rc;
}

/* ---- Events: one by one ------------------------------------------------------------------------- */

static const json_t *stored_event(const char *id)
{
    json_t *event;
    size_t i;

    json_array_foreach(json_object_get(shelf, "events"), i, event)
        if (strcmp(text_of(event, "id"), id) == 0)
            return event;
    return NULL;
}

static enum pryv_rc what_was_kept(const struct test_store *store, struct pryv_str user, json_t **event, struct pryv_err *err)
{
    json_t *calls = NULL;
    enum pryv_rc rc = store->values->all(store->values->context, user, &calls, err);

    if (rc == PRYV_OK)
        *event = json_pack("{s:s, s:[s], s:s, s:f, s:f, s:{s:O, s:o}}", "id", "kv", "streamIds", "letters", "type", "data/json",
                           "time", 1500000500.0, "endTime", 1500000500.0, "content", "greeting",
                           json_object_get(store->settings, "greeting"), "calls", calls);
    return rc;
}

static enum pryv_rc event_get(void *self, struct pryv_str user, struct pryv_str id, json_t **out, struct pryv_err *err)
{
    const json_t *event = stored_event(pryv_cstr(err->arena, id));

    if (pryv_str_equal(id, "kv"))
        return what_was_kept(self, user, out, err);
    if (pryv_str_equal(id, "explode"))
        return pryv_fail(err, PRYV_FAILED, "a detail that no client may see");
    if (!event)
        return pryv_fail(err, PRYV_NOT_FOUND, "no such event");
    *out = json_deep_copy(event);
    return PRYV_OK;
}

static enum pryv_rc event_history(void *self PRYV_UNUSED, struct pryv_str user PRYV_UNUSED, struct pryv_str id PRYV_UNUSED,
                                  json_t **list, struct pryv_err *err PRYV_UNUSED)
{
    *list = json_array();
    return PRYV_OK;
}

static enum pryv_rc event_deletions(void *self PRYV_UNUSED, struct pryv_str user PRYV_UNUSED, double since PRYV_UNUSED,
                                    const json_t *options PRYV_UNUSED, json_t **list, struct pryv_err *err PRYV_UNUSED)
{
    *list = json_array();
    return PRYV_OK;
}

static enum pryv_rc event_create(void *self PRYV_UNUSED, struct pryv_str user PRYV_UNUSED, const json_t *event, json_t **kept,
                                 struct pryv_err *err)
{
    const char *type = text_of(event, "type");

    if (strcmp(type, "test/taken") == 0)
        return pryv_conflict(err, "id", "an event of this id is there");
    if (strcmp(type, "test/invalid") == 0)
        return pryv_refuse(err, 400, "invalid-request-structure", json_deep_copy(event), "not like this");
    if (strcmp(type, "test/unsupported") == 0)
        return pryv_fail(err, PRYV_UNSUPPORTED, "not here");
    if (strcmp(type, "test/bad-id") == 0)
        return pryv_refuse(err, 400, "invalid-item-id", json_deep_copy(event), "not this id");
    if (strcmp(type, "test/crash") == 0)
        return pryv_fail(err, PRYV_FAILED, "a detail that no client may see");
    *kept = json_deep_copy(event);
    if (strcmp(type, "test/garbage") == 0)
        json_object_set_new(*kept, "streamIds", json_string("letters"));
    json_object_set_new(*kept, "content", json_pack("{s:O}", "shelved", json_object_get(event, "content")));
    return PRYV_OK;
}

static enum pryv_rc event_update(void *self PRYV_UNUSED, struct pryv_str user PRYV_UNUSED, const json_t *event, bool *changed,
                                 struct pryv_err *err PRYV_UNUSED)
{
    *changed = strcmp(text_of(event, "id"), "e2") != 0;
    return PRYV_OK;
}

static enum pryv_rc event_delete(void *self PRYV_UNUSED, struct pryv_str user PRYV_UNUSED, const json_t *event PRYV_UNUSED,
                                 struct pryv_err *err PRYV_UNUSED)
{
    return PRYV_OK;
}

static enum pryv_rc attachment_get(void *self PRYV_UNUSED, struct pryv_str user PRYV_UNUSED, struct pryv_str event_id PRYV_UNUSED,
                                   struct pryv_str file_id PRYV_UNUSED, struct pryv_arena *mem, struct pryv_str *bytes,
                                   struct pryv_err *err PRYV_UNUSED)
{
    *bytes = pryv_str_copy(mem, PRYV_STR("the cover"));
    return PRYV_OK;
}

/* ---- Life ---------------------------------------------------------------------------------------- */

static enum pryv_rc store_open(void *self PRYV_UNUSED, const struct pryv_datastore_setup *setup, void **out,
                               struct pryv_err *err PRYV_UNUSED)
{
    struct test_store *store = calloc(1, sizeof(*store));

    if (!store)
        abort();
    store->settings = json_incref((json_t *) setup->settings);
    store->values = setup->values;
    *out = store;
    return PRYV_OK;
}

static void store_close(void *self)
{
    struct test_store *store = self;

    json_decref(store->settings);
    free(store);
}

static enum pryv_rc delete_user(void *self PRYV_UNUSED, struct pryv_str user PRYV_UNUSED, struct pryv_err *err PRYV_UNUSED)
{
    return PRYV_OK;
}

static enum pryv_rc usage(void *self PRYV_UNUSED, struct pryv_str user PRYV_UNUSED, json_t **out,
                          struct pryv_err *err PRYV_UNUSED)
{
    *out = json_pack("{s:{s:i}, s:{s:i}}", "events", "count", 5, "streams", "count", 4);
    return PRYV_OK;
}

static enum pryv_rc anger(struct pryv_err *err)
{
    return pryv_fail(err, PRYV_FAILED, "a detail that no client may see");
}

static enum pryv_rc angry_streams_get(void *self PRYV_UNUSED, struct pryv_str user PRYV_UNUSED, const json_t *query PRYV_UNUSED,
                                      json_t **list PRYV_UNUSED, struct pryv_err *err)
{
    return anger(err);
}

static enum pryv_rc angry_stream_get(void *self PRYV_UNUSED, struct pryv_str user PRYV_UNUSED, struct pryv_str id PRYV_UNUSED,
                                     const json_t *query PRYV_UNUSED, json_t **out PRYV_UNUSED, struct pryv_err *err)
{
    return anger(err);
}

static enum pryv_rc angry_events_get(void *self PRYV_UNUSED, struct pryv_str user PRYV_UNUSED, const json_t *query PRYV_UNUSED,
                                     const json_t *options PRYV_UNUSED, pryv_datastore_emit emit PRYV_UNUSED,
                                     void *context PRYV_UNUSED, struct pryv_err *err)
{
    return anger(err);
}

static enum pryv_rc angry_event_get(void *self PRYV_UNUSED, struct pryv_str user PRYV_UNUSED, struct pryv_str id PRYV_UNUSED,
                                    json_t **out PRYV_UNUSED, struct pryv_err *err)
{
    return anger(err);
}

static const json_t *angry_supports(void *self PRYV_UNUSED)
{
    return rage;
}

static const struct pryv_datastore_ops shelf_ops = {
    .size = sizeof(shelf_ops),
    .open = store_open,
    .close = store_close,
    .delete_user = delete_user,
    .usage = usage,
    .streams_get = streams_get,
    .stream_get = stream_get,
    .stream_deletions = stream_deletions,
    .stream_create = stream_create,
    .stream_update = stream_update,
    .events_get = events_get,
    .event_get = event_get,
    .event_history = event_history,
    .event_deletions = event_deletions,
    .event_create = event_create,
    .event_update = event_update,
    .event_delete = event_delete,
    .attachment_get = attachment_get,
};
static const struct pryv_datastore_ops broken_ops = { .size = sizeof(broken_ops), .delete_user = delete_user };
static const struct pryv_datastore_ops angry_ops = {
    .size = sizeof(angry_ops),
    .delete_user = delete_user,
    .streams_get = angry_streams_get,
    .stream_get = angry_stream_get,
    .events_get = angry_events_get,
    .event_get = angry_event_get,
    .supports = angry_supports,
};

static enum pryv_rc init(const void *config PRYV_UNUSED, void **self PRYV_UNUSED, struct pryv_err *err)
{
    json_error_t error;

    shelf = json_load_file(SHELF_FILE, 0, &error);
    if (!shelf)
        return pryv_fail(err, PRYV_FAILED, "%s: %s", SHELF_FILE, error.text);
    if (pryv_provide("datastore:shelf", PRYV_DATASTORE_VERSION, &shelf_ops, NULL, err) != PRYV_OK ||
        pryv_provide("datastore:broken", PRYV_DATASTORE_VERSION, &broken_ops, NULL, err) != PRYV_OK)
        return err->rc;
    rage = json_pack("{s:{s:[s], s:[s]}}", "contentQueries", "fields", "content", "operators", "eq");
    if (pryv_provide("datastore:angry", PRYV_DATASTORE_VERSION, &angry_ops, NULL, err) != PRYV_OK)
        return err->rc;
    return echo_provide(err);
}

static void stop(void *self PRYV_UNUSED)
{
    json_decref(shelf);
    json_decref(rage);
    echo_end();
}

static const struct pryv_interface_ref provides[] = {
    { "datastore:shelf", PRYV_DATASTORE_VERSION },
    { "datastore:broken", PRYV_DATASTORE_VERSION },
    { "datastore:angry", PRYV_DATASTORE_VERSION },
    { "datastore:echo", PRYV_DATASTORE_VERSION },
    { NULL, 0 },
};

PRYV_PLUGIN = {
    PRYV_PLUGIN_HEAD,     .name = "test-stores", .version = "1", .summary = "data stores for tests",
    .provides = provides, .init = init,          .stop = stop,
};
