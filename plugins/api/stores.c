/* stores.c - see stores.h. */
#include "stores.h"
#include <pryv/json.h>
#include <pryv/plugin.h>
#include <stdlib.h>

struct stores {
    struct pryv_arena *mem;
    const struct pryv_storage_ops *storage;
    void *storage_self;
    struct store *list;
    struct pryv_datastore_values *values; /* one a store */
    size_t count;
};

/* Of one store: whose values, and where they are kept. */
struct values_context {
    const struct stores *stores;
    struct pryv_str scope;
};

static const char *const taken_ids[] = {
    "local", "account", "_audit", "system", "_system", "_cmc", "_shared-secrets", "_emails"
};

/* ---- Values that the server keeps for a store ------------------------------------------------------------ */

static enum pryv_rc values_read(void *context_, struct pryv_str user_id, struct pryv_session **session, struct pryv_err *err)
{
    const struct values_context *context = context_;

    return context->stores->storage->open(context->stores->storage_self, user_id, PRYV_READ, session, err);
}

static enum pryv_rc parse_value(struct pryv_arena *mem, struct pryv_str text, json_t **out, struct pryv_err *err)
{
    json_t *value = NULL;
    enum pryv_rc rc = pryv_json_parse(mem, text, true, &value, err);

    if (rc != PRYV_OK)
        return pryv_fail(err, PRYV_FAILED, "a value kept for a data store is broken");
    *out = json_incref(value);
    return PRYV_OK;
}

static enum pryv_rc values_get(void *context_, struct pryv_str user_id, struct pryv_str key, json_t **out, struct pryv_err *err)
{
    const struct values_context *context = context_;
    struct pryv_session *session;
    struct pryv_str text;
    enum pryv_rc rc = values_read(context_, user_id, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = context->stores->storage->value_get(session, err->arena, context->scope, key, &text, err);
    context->stores->storage->close(session);
    if (rc == PRYV_NOT_FOUND) {
        *out = json_null();
        return PRYV_OK;
    }
    return rc == PRYV_OK ? parse_value(err->arena, text, out, err) : rc;
}

static enum pryv_rc object_of(struct pryv_arena *mem, const struct pryv_str *keys, const struct pryv_str *texts, size_t count,
                              json_t **out, struct pryv_err *err)
{
    json_t *object = json_object();
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < count; i++) {
        json_t *value = NULL;

        rc = parse_value(mem, texts[i], &value, err);
        if (rc == PRYV_OK)
            json_object_setn_new(object, keys[i].data, keys[i].len, value);
    }
    if (rc == PRYV_OK)
        *out = object;
    else
        json_decref(object);
    return rc;
}

static enum pryv_rc values_all(void *context_, struct pryv_str user_id, json_t **out, struct pryv_err *err)
{
    const struct values_context *context = context_;
    struct pryv_session *session;
    struct pryv_str *keys, *texts;
    size_t count;
    enum pryv_rc rc = values_read(context_, user_id, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = context->stores->storage->value_all(session, err->arena, context->scope, &keys, &texts, &count, err);
    context->stores->storage->close(session);
    return rc == PRYV_OK ? object_of(err->arena, keys, texts, count, out, err) : rc;
}

static enum pryv_rc values_set(void *context_, struct pryv_str user_id, struct pryv_str key, const json_t *value,
                               struct pryv_err *err)
{
    const struct values_context *context = context_;
    const struct pryv_storage_ops *storage = context->stores->storage;
    struct pryv_str text = !value || json_is_null(value) ? PRYV_STR_NONE : pryv_json_dump(err->arena, value);
    struct pryv_session *session;
    enum pryv_rc rc = storage->open(context->stores->storage_self, user_id, PRYV_WRITE, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = storage->value_set(session, context->scope, key, text, err);
    if (rc == PRYV_OK)
        rc = storage->commit(session, err);
    storage->close(session);
    return rc;
}

/* ---- Opening --------------------------------------------------------------------------------------------- */

static enum pryv_rc add(struct stores *stores, struct store store, const struct pryv_interface *plugin, const json_t *settings,
                        struct pryv_err *err)
{
    const struct pryv_datastore_ops *ops = plugin->ops;
    struct values_context *context = pryv_new(stores->mem, struct values_context);
    struct pryv_datastore_values *values = &stores->values[stores->count];
    struct pryv_datastore_setup setup = { .id = store.id, .name = store.name, .settings = settings, .values = values };
    enum pryv_rc rc = PRYV_OK;

    *context = (struct values_context){ stores, pryv_format(stores->mem, "store:%.*s", PRYV_STR_ARG(store.id)) };
    *values = (struct pryv_datastore_values){ values_get, values_all, values_set, context };
    memcpy(&store.ops, ops, ops->size < sizeof(store.ops) ? ops->size : sizeof(store.ops));
    if (store.ops.open)
        rc = store.ops.open(plugin->self, &setup, &store.handle, err);
    else
        store.handle = plugin->self;
    if (rc != PRYV_OK)
        return pryv_fail(err, rc, "the data store %.*s does not open: %s", PRYV_STR_ARG(store.id),
                         err->message ? err->message : "no reason told");
    store.supports = store.ops.supports ? store.ops.supports(store.handle) : NULL;
    stores->list[stores->count++] = store;
    return PRYV_OK;
}

static bool is_taken(const struct stores *stores, struct pryv_str id)
{
    for (size_t i = 0; i < PRYV_COUNT(taken_ids); i++)
        if (pryv_str_equal(id, taken_ids[i]))
            return true;
    for (size_t i = 0; i < stores->count; i++)
        if (pryv_str_is(id, stores->list[i].id))
            return true;
    return false;
}

static enum pryv_rc add_configured(struct stores *stores, const json_t *entry, struct pryv_err *err)
{
    struct pryv_str id = pryv_json_member_text(entry, "id"), path = pryv_json_member_text(entry, "path");
    struct store store = { .id = pryv_str_copy(stores->mem, id),
                           .name = pryv_str_copy(stores->mem, pryv_json_member_text(entry, "name")),
                           .in_star = true };
    const struct pryv_interface *plugin;

    if (!id.len || memchr(id.data, ':', id.len) || !store.name.len)
        return pryv_fail(err, PRYV_FAILED, "custom.dataStores: each needs an id without colon, and a name");
    if (is_taken(stores, id))
        return pryv_fail(err, PRYV_FAILED, "custom.dataStores: the id \"%.*s\" is taken", PRYV_STR_ARG(id));
    if (!path.len)
        path = id;
    plugin = pryv_interface(pryv_format(stores->mem, "datastore:%.*s", PRYV_STR_ARG(path)).data, PRYV_DATASTORE_VERSION);
    if (!plugin)
        return pryv_fail(err, PRYV_FAILED, "custom.dataStores: no plugin brings the data store \"%.*s\"", PRYV_STR_ARG(path));
    return add(stores, store, plugin, json_object_get(entry, "settings"), err);
}

static enum pryv_rc open_all(struct stores *stores, const json_t *configured, struct pryv_err *err)
{
    const struct pryv_interface *audit = pryv_interface("datastore:_audit", PRYV_DATASTORE_VERSION);
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < json_array_size(configured); i++)
        rc = add_configured(stores, json_array_get(configured, i), err);
    if (rc != PRYV_OK || !audit)
        return rc;
    rc = add(stores, (struct store){ .id = PRYV_STR("_audit"), .name = PRYV_STR("Audit") }, audit, NULL, err);
    return rc == PRYV_UNSUPPORTED ? PRYV_OK : rc;
}

enum pryv_rc stores_open(const struct pryv_storage_ops *storage, void *storage_self, const json_t *configured,
                         struct stores **out, struct pryv_err *err)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct stores *stores = pryv_new(mem, struct stores);
    size_t room = json_array_size(configured) + 1;
    enum pryv_rc rc = PRYV_OK;

    *stores = (struct stores){ .mem = mem, .storage = storage, .storage_self = storage_self };
    stores->list = pryv_new_array(mem, struct store, room);
    stores->values = pryv_new_array(mem, struct pryv_datastore_values, room);
    if (configured && !json_is_array(configured) && !json_is_null(configured))
        rc = pryv_fail(err, PRYV_FAILED, "custom.dataStores must be a list");
    else
        rc = open_all(stores, configured, err);
    if (rc == PRYV_OK)
        *out = stores;
    else
        stores_close(stores);
    return rc;
}

void stores_close(struct stores *stores)
{
    if (!stores)
        return;
    while (stores->count-- > 0)
        if (stores->list[stores->count].ops.close)
            stores->list[stores->count].ops.close(stores->list[stores->count].handle);
    pryv_arena_free(stores->mem);
}

/* ---- Asking ---------------------------------------------------------------------------------------------- */

size_t stores_list(const struct stores *stores, const struct store **out)
{
    *out = stores->list;
    return stores->count;
}

const struct store *store_of(const struct stores *stores, struct pryv_str id, struct pryv_str *inside)
{
    const char *colon = id.len > 1 && *id.data == ':' ? memchr(id.data + 1, ':', id.len - 1) : NULL;

    for (size_t i = 0; colon && i < stores->count; i++) {
        if (!pryv_str_is(stores->list[i].id, pryv_str_n(id.data + 1, (size_t) (colon - id.data) - 1)))
            continue;
        *inside = pryv_str_n(colon + 1, id.len - (size_t) (colon + 1 - id.data));
        if (!inside->len)
            *inside = PRYV_STR("*");
        return &stores->list[i];
    }
    return NULL;
}

struct pryv_str store_full_id(struct pryv_arena *mem, const struct store *store, struct pryv_str inside)
{
    bool root = pryv_str_equal(inside, "*");

    return pryv_format(mem, ":%.*s:%.*s", PRYV_STR_ARG(store->id), root ? 0 : (int) inside.len, inside.data ? inside.data : "");
}

/* ---- Results --------------------------------------------------------------------------------------------- */

static bool may_refuse(const struct pryv_err *err)
{
    return err->id && (strcmp(err->id, "invalid-item-id") == 0 || strcmp(err->id, "invalid-request-structure") == 0);
}

enum pryv_rc store_result(const struct store *store, enum pryv_rc rc, struct pryv_err *err)
{
    const char *message = err->message ? err->message : "no reason told";

    if (rc == PRYV_OK || rc == PRYV_GONE || (rc == PRYV_REFUSED && may_refuse(err)))
        return rc;
    if (rc == PRYV_UNSUPPORTED)
        return store_cannot(store, err);
    if (rc == PRYV_NOT_FOUND)
        return pryv_refuse(err, 404, "unknown-resource", NULL, "The data store %.*s does not know it.", PRYV_STR_ARG(store->id));
    if (rc == PRYV_CONFLICT)
        return pryv_refuse(err, 409, "item-already-exists", NULL, "The data store %.*s has it already.", PRYV_STR_ARG(store->id));
    return pryv_fail(err, PRYV_FAILED, "data store %.*s: %s", PRYV_STR_ARG(store->id), message);
}

enum pryv_rc store_cannot(const struct store *store, struct pryv_err *err)
{
    return pryv_refuse(err, 501, "api-unavailable", NULL, "The data store %.*s does not do this.", PRYV_STR_ARG(store->id));
}

enum pryv_rc store_garbage(const struct store *store, const char *what, struct pryv_err *err)
{
    return pryv_fail(err, PRYV_FAILED, "data store %.*s handed out %s", PRYV_STR_ARG(store->id), what);
}
