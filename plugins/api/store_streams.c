/* store_streams.c - see store_streams.h. */
#include "store_streams.h"
#include "account.h"
#include "api.h"

enum { DEEPEST = 1000 }; /* no store nests deeper: what is deeper is broken */

/* When it was made, nobody knows; the reference server tells these. */
#define ROOT_CREATED  10000001.00000001
#define ROOT_MODIFIED 10000000.00000001

/* ---- Rights ---------------------------------------------------------------------------------------------- */

/* ":store:..." */
static bool is_inside(const struct store *store, struct pryv_str id)
{
    size_t prefix = store->id.len + 2;

    return id.len >= prefix && id.data[0] == ':' && id.data[prefix - 1] == ':' &&
           memcmp(id.data + 1, store->id.data, store->id.len) == 0;
}

bool store_is_closed(const struct pryv_access *access, const struct store *store)
{
    const struct pryv_permission *entries;
    size_t count = pryv_access_permissions(access, &entries);

    while (count-- > 0)
        if (entries[count].stream_id.len == store->id.len + 2 && is_inside(store, entries[count].stream_id))
            return entries[count].level == PRYV_LEVEL_NONE;
    return false;
}

/* What is closed within the store, ids without prefix. */
static json_t *closed_ids(const struct pryv_access *access, const struct store *store)
{
    const struct pryv_permission *entries;
    size_t count = pryv_access_permissions(access, &entries), prefix = store->id.len + 2;
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++) {
        struct pryv_str id = entries[i].stream_id;

        if (id.len > prefix && is_inside(store, id) && pryv_access_entry(access, id)->level == PRYV_LEVEL_NONE)
            json_array_append_new(list, pryv_json_string(pryv_str_n(id.data + prefix, id.len - prefix)));
    }
    return list;
}

static bool is_closed(const json_t *closed, struct pryv_str id)
{
    size_t i;
    json_t *item;

    json_array_foreach(closed, i, item)
        if (pryv_str_is(pryv_json_text_of(item), id))
            return true;
    return false;
}

static json_t *query_of(struct pryv_call *call, const json_t *closed, int depth, bool with_trashed)
{
    return pryv_json_keep(
        call->arena, json_pack("{s:i, s:O, s:b}", "childrenDepth", depth, "excludedIds", closed, "includeTrashed", with_trashed));
}

/* The id of the stream above, "*" at the root. PRYV_NOT_FOUND: no such stream. */
static enum pryv_rc parent_of(struct pryv_call *call, const struct store *store, struct pryv_str inside, struct pryv_str *out,
                              struct pryv_err *err)
{
    json_t *none = pryv_json_keep(call->arena, json_array()), *stream = NULL;
    enum pryv_rc rc = store->ops.stream_get ? store->ops.stream_get(store->handle, call->user->id, inside,
                                                                    query_of(call, none, 0, true), &stream, err)
                                            : PRYV_UNSUPPORTED;

    if (rc != PRYV_OK)
        return rc == PRYV_NOT_FOUND ? rc : store_result(store, rc, err);
    *out = pryv_json_member_text(pryv_json_keep(call->arena, stream), "parentId");
    if (!out->len)
        *out = PRYV_STR("*");
    return PRYV_OK;
}

enum pryv_rc store_level(struct pryv_call *call, const struct store *store, struct pryv_str inside, enum pryv_level *out,
                         struct pryv_err *err)
{
    const struct pryv_access *access = call->access;

    if (access->type == PRYV_PERSONAL) {
        *out = PRYV_LEVEL_MANAGE;
        return PRYV_OK;
    }
    for (int depth = 0; depth < DEEPEST; depth++) {
        const struct pryv_permission *entry = pryv_access_entry(access, store_full_id(call->arena, store, inside));
        bool root = pryv_str_equal(inside, "*");
        enum pryv_rc rc = PRYV_OK;

        if (entry || root) {
            *out = entry ? entry->level : store->in_star ? pryv_access_star_level(access) : PRYV_LEVEL_NONE;
            return PRYV_OK;
        }
        rc = parent_of(call, store, inside, &inside, err);
        if (rc == PRYV_NOT_FOUND)
            inside = PRYV_STR("*");
        else if (rc != PRYV_OK)
            return rc;
    }
    return store_garbage(store, "streams that are below themselves", err);
}

/* ---- Loading --------------------------------------------------------------------------------------------- */

static enum pryv_rc check_list(const struct store *store, const json_t *list, int depth, size_t *rows, struct pryv_err *err)
{
    size_t i;
    json_t *stream;
    enum pryv_rc rc = PRYV_OK;

    if (list && !json_is_array(list))
        return store_garbage(store, "no list of streams", err);
    if (depth > DEEPEST)
        return store_garbage(store, "streams nested too deep", err);
    json_array_foreach(list, i, stream) {
        if (rc != PRYV_OK)
            return rc;
        if (++*rows > (size_t) api_self()->config->store_rows_max)
            return store_garbage(store, "more streams than dataStores.maxRows", err);
        if (!pryv_json_member_text(stream, "id").len || !pryv_json_member_text(stream, "name").data)
            return store_garbage(store, "a stream without id or name", err);
        rc = check_list(store, json_object_get(stream, "children"), depth + 1, rows, err);
    }
    return rc;
}

/* What is below the root. */
static enum pryv_rc load_all(struct pryv_call *call, const struct store *store, const json_t *query, json_t **list,
                             struct pryv_err *err)
{
    enum pryv_rc rc;

    if (!store->ops.streams_get)
        return store_cannot(store, err);
    rc = store_result(store, store->ops.streams_get(store->handle, call->user->id, query, list, err), err);
    if (rc == PRYV_OK)
        pryv_json_keep(call->arena, *list);
    return rc;
}

/* One stream, as a list of one. */
static enum pryv_rc load_one(struct pryv_call *call, const struct store *store, struct pryv_str inside, const json_t *query,
                             json_t **list, struct pryv_err *err)
{
    json_t *stream = NULL;
    enum pryv_rc rc;

    if (!store->ops.stream_get)
        return store_cannot(store, err);
    rc = store->ops.stream_get(store->handle, call->user->id, inside, query, &stream, err);
    if (rc != PRYV_OK)
        return rc == PRYV_NOT_FOUND ? rc : store_result(store, rc, err);
    *list = pryv_json_keep(call->arena, json_array());
    json_array_append_new(*list, stream);
    return PRYV_OK;
}

/* The parent of a stream is told when it can be listed. */
static enum pryv_rc tell_parent(struct pryv_call *call, const struct store *store, struct store_streams *out,
                                struct pryv_err *err)
{
    struct pryv_str parent = pryv_json_member_text(json_array_get(out->list, 0), "parentId");
    enum pryv_level level;
    enum pryv_rc rc;

    if (!parent.len)
        parent = PRYV_STR("*");
    rc = store_level(call, store, parent, &level, err);
    if (rc == PRYV_OK && pryv_level_lists(level))
        out->parent_id = store_full_id(call->arena, store, parent);
    return rc;
}

enum pryv_rc store_streams_load(struct pryv_call *call, const struct store *store, struct pryv_str inside, bool children_only,
                                bool with_trashed, struct store_streams *out, struct pryv_err *err)
{
    bool root = pryv_str_equal(inside, "*");
    const json_t *query = query_of(call, pryv_json_keep(call->arena, closed_ids(call->access, store)), -1, with_trashed);
    size_t rows = 0;
    enum pryv_rc rc;

    *out = (struct store_streams){ .store = store, .of_root = root && !children_only };
    rc = root ? load_all(call, store, query, &out->list, err) : load_one(call, store, inside, query, &out->list, err);
    if (rc != PRYV_OK || (rc = check_list(store, out->list, 0, &rows, err)) != PRYV_OK)
        return rc;
    if (!root && pryv_json_member_true(json_array_get(out->list, 0), "trashed") && !with_trashed)
        return PRYV_NOT_FOUND;
    if (!root && !children_only)
        return tell_parent(call, store, out, err);
    if (!root)
        out->list = json_object_get(json_array_get(out->list, 0), "children");
    if (children_only || root)
        out->parent_id = store_full_id(call->arena, store, inside);
    return PRYV_OK;
}

/* ---- Writing --------------------------------------------------------------------------------------------- */

struct writing {
    struct pryv_call *call;
    const struct store *store;
    const json_t *closed;
    bool with_trashed;
};

static void write_list(const struct writing *w, const json_t *list, struct pryv_str parent_id);

static void write_parent(struct pryv_json *js, struct pryv_str parent_id)
{
    pryv_json_key(js, "parentId");
    if (parent_id.data)
        pryv_json_str(js, parent_id);
    else
        pryv_json_null(js);
}

/* Members that the server does not know are handed on. */
static void write_stream(const struct writing *w, json_t *stream, struct pryv_str parent_id)
{
    struct pryv_json *js = w->call->out;
    struct pryv_str id = store_full_id(w->call->arena, w->store, pryv_json_member_text(stream, "id"));
    const char *key;
    json_t *value;

    pryv_json_object(js);
    pryv_json_put_str(js, "id", id);
    write_parent(js, parent_id);
    json_object_foreach(stream, key, value)
        if (strcmp(key, "id") != 0 && strcmp(key, "parentId") != 0 && strcmp(key, "children") != 0)
            pryv_json_put_value(js, key, value);
    pryv_json_key(js, "children");
    pryv_json_array(js);
    write_list(w, json_object_get(stream, "children"), id);
    pryv_json_array_end(js);
    pryv_json_object_end(js);
}

static void write_list(const struct writing *w, const json_t *list, struct pryv_str parent_id)
{
    size_t i;
    json_t *stream;

    json_array_foreach(list, i, stream)
        if ((w->with_trashed || !pryv_json_member_true(stream, "trashed")) &&
            !is_closed(w->closed, pryv_json_member_text(stream, "id")))
            write_stream(w, stream, parent_id);
}

static void write_root_members(struct pryv_json *js, struct pryv_arena *mem, const struct store *store)
{
    pryv_json_put_str(js, "id", store_full_id(mem, store, PRYV_STR("*")));
    pryv_json_put_str(js, "name", store->name);
    write_parent(js, PRYV_STR_NONE);
    pryv_json_put_number(js, "created", ROOT_CREATED);
    pryv_json_put_number(js, "modified", ROOT_MODIFIED);
    pryv_json_put_str(js, "createdBy", PRYV_STR("system"));
    pryv_json_put_str(js, "modifiedBy", PRYV_STR("system"));
    if (json_object_size(store->supports) > 0) {
        pryv_json_key(js, "clientData");
        pryv_json_object(js);
        pryv_json_put_value(js, "pryv-datastore:supports", store->supports);
        pryv_json_object_end(js);
    }
    pryv_json_key(js, "children");
    pryv_json_array(js);
}

void store_root_write(struct pryv_json *js, struct pryv_arena *mem, const struct store *store)
{
    pryv_json_object(js);
    write_root_members(js, mem, store);
    pryv_json_array_end(js);
    pryv_json_put_bool(js, "childrenHidden", true);
    pryv_json_object_end(js);
}

void store_streams_write(struct pryv_call *call, const struct store_streams *streams, bool with_trashed)
{
    struct writing w = { call, streams->store, pryv_json_keep(call->arena, closed_ids(call->access, streams->store)),
                         with_trashed };

    if (streams->of_root) {
        pryv_json_object(call->out);
        write_root_members(call->out, call->arena, streams->store);
    }
    write_list(&w, streams->list, streams->parent_id);
    if (streams->of_root) {
        pryv_json_array_end(call->out);
        pryv_json_object_end(call->out);
    }
}

enum pryv_rc store_stream_write(struct pryv_call *call, const struct store *store, json_t *stream, struct pryv_err *err)
{
    struct writing w = { call, store, NULL, true };
    json_t *list = pryv_json_keep(call->arena, json_array());
    struct pryv_str parent = pryv_json_member_text(stream, "parentId");
    size_t rows = 0;
    enum pryv_rc rc;

    json_array_append_new(list, stream);
    if (!json_is_object(stream))
        return store_garbage(store, "no stream", err);
    if ((rc = check_list(store, list, 0, &rows, err)) != PRYV_OK)
        return rc;
    pryv_json_key(call->out, "stream");
    write_stream(&w, stream, store_full_id(call->arena, store, parent.len ? parent : PRYV_STR("*")));
    return PRYV_OK;
}
