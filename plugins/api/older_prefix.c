/* older_prefix.c - see older_prefix.h. */
#include "older_prefix.h"
#include <stdlib.h>

#define CUSTOM   ":system:"
#define BUILT_IN ":_system:"

static _Thread_local bool spoken;

/* ---- What is told ------------------------------------------------------------------------------ */

/* The name behind either prefix, or absent. */
static struct pryv_str bare_name(struct pryv_str id)
{
    size_t prefix = pryv_str_starts(id, CUSTOM) ? strlen(CUSTOM) : pryv_str_starts(id, BUILT_IN) ? strlen(BUILT_IN) : 0;

    return prefix ? pryv_str_n(id.data + prefix, id.len - prefix) : PRYV_STR_NONE;
}

void older_prefix_write_id(struct pryv_json *js, struct pryv_str id)
{
    struct pryv_str name = spoken ? bare_name(id) : PRYV_STR_NONE;
    char text[ACCOUNT_ID_MAX + 2];

    if (!name.data || name.len > ACCOUNT_ID_MAX) {
        pryv_json_str(js, id);
        return;
    }
    text[0] = '.';
    memcpy(text + 1, name.data, name.len);
    pryv_json_str(js, pryv_str_n(text, name.len + 1));
}

/* Into `out`, which has room for as much as there is. */
static struct pryv_str translate_ids(char *out, struct pryv_str ids_json, bool *changed)
{
    static const char *const starts[] = { "\"" CUSTOM, "\"" BUILT_IN };
    size_t n = 0;

    for (size_t i = 0; i < ids_json.len;) {
        struct pryv_str rest = pryv_str_n(ids_json.data + i, ids_json.len - i);
        size_t prefix = pryv_str_starts(rest, starts[0])   ? strlen(starts[0])
                        : pryv_str_starts(rest, starts[1]) ? strlen(starts[1])
                                                           : 0;

        if (prefix) {
            memcpy(out + n, "\".", 2);
            n += 2;
            i += prefix;
            *changed = true;
        } else {
            out[n++] = ids_json.data[i++];
        }
    }
    return pryv_str_n(out, n);
}

bool older_prefix_put_ids(struct pryv_json *js, const char *key, struct pryv_str ids_json)
{
    bool changed = false;
    char *out;

    if (!spoken || !ids_json.data) {
        pryv_json_put_raw_if(js, key, ids_json);
        return false;
    }
    out = malloc(ids_json.len + 1);
    if (!out)
        abort();
    pryv_json_put_raw(js, key, translate_ids(out, ids_json, &changed));
    free(out);
    return changed;
}

static json_t *permissions_told(const json_t *permissions)
{
    json_t *told = json_deep_copy(permissions), *entry;
    size_t i;

    json_array_foreach(told, i, entry) {
        struct pryv_str name = bare_name(pryv_json_member_text(entry, "streamId"));

        if (name.data)
            json_object_set_new(entry, "streamId", json_sprintf(".%.*s", PRYV_STR_ARG(name)));
    }
    return told;
}

struct pryv_str older_prefix_permissions_json(struct pryv_arena *mem, struct pryv_str json)
{
    struct pryv_err err = PRYV_ERR(mem);
    json_t *value, *told;
    struct pryv_str text;

    if (!spoken || !json.data || pryv_json_parse(mem, json, false, &value, &err) != PRYV_OK)
        return json;
    told = permissions_told(value);
    text = pryv_json_dump(mem, told);
    json_decref(told);
    return text;
}

void older_prefix_put_permissions(struct pryv_json *js, const char *key, const json_t *permissions)
{
    json_t *told;

    if (!spoken) {
        pryv_json_put_value(js, key, permissions);
        return;
    }
    told = permissions_told(permissions);
    pryv_json_put_value(js, key, told);
    json_decref(told);
}

/* ---- What is understood -------------------------------------------------------------------------- */

/* Where stream ids are in parameters: a member, or a member of a member. */
static const struct {
    const char *method, *outer, *member;
} places[] = {
    { "events.get", NULL, "streams" },          { "events.create", NULL, "streamIds" },
    { "events.update", "update", "streamIds" }, { "streams.get", NULL, "id" },
    { "streams.get", NULL, "parentId" },        { "streams.create", NULL, "id" },
    { "streams.create", NULL, "parentId" },     { "streams.update", NULL, "id" },
    { "streams.update", "update", "parentId" }, { "streams.delete", NULL, "id" },
    { "accesses.create", NULL, "permissions" }, { "accesses.checkApp", NULL, "requestedPermissions" },
};

/* `.name`: the custom stream of that name, else the built-in one, else the name without the dot. A new reference. */
static json_t *id_meant(const struct api *api, json_t *id)
{
    struct pryv_str text = pryv_json_text_of(id), name;
    const struct account_field *field;

    if (!pryv_str_starts(text, "."))
        return json_incref(id);
    name = pryv_str_n(text.data + 1, text.len - 1);
    for (size_t i = 0; i < api->account->other_count; i++)
        if (pryv_str_is(bare_name(api->account->others[i].id), name))
            return pryv_json_string(api->account->others[i].id);
    field = pryv_str_equal(name, "account") ? &api->account->all[0] : account_field_by_key(api->account, name);
    return pryv_json_string(field ? field->id : name);
}

static json_t *meant(const struct api *api, struct pryv_arena *mem, json_t *value);

/* Lists of ids, stream queries (any, all, not) and entries of permissions (streamId). */
static json_t *members_meant(const struct api *api, struct pryv_arena *mem, json_t *object)
{
    static const char *const members[] = { "any", "all", "not", "streamId" };
    json_t *copy = json_copy(object);

    for (size_t i = 0; i < PRYV_COUNT(members); i++) {
        json_t *value = json_object_get(object, members[i]);

        if (value)
            json_object_set_new(copy, members[i], meant(api, mem, value));
    }
    return copy;
}

/* A query in a query string is JSON text. */
static json_t *text_meant(const struct api *api, struct pryv_arena *mem, json_t *text)
{
    struct pryv_str source = pryv_json_text_of(text);
    struct pryv_err err = PRYV_ERR(mem);
    json_t *value, *result, *written;

    if (!source.len || !strchr("[{", *source.data) || pryv_json_parse(mem, source, false, &value, &err) != PRYV_OK)
        return id_meant(api, text);
    result = meant(api, mem, value);
    written = pryv_json_string(pryv_json_dump(mem, result));
    json_decref(result);
    return written;
}

static json_t *meant(const struct api *api, struct pryv_arena *mem, json_t *value)
{
    json_t *list, *item;
    size_t i;

    if (json_is_string(value))
        return text_meant(api, mem, value);
    if (json_is_object(value))
        return members_meant(api, mem, value);
    if (!json_is_array(value))
        return json_incref(value);
    list = json_array();
    json_array_foreach(value, i, item)
        json_array_append_new(list, meant(api, mem, item));
    return list;
}

static bool is_asked_for(const struct api *api, const struct pryv_call *call)
{
    return api->config->account.older_prefix &&
           !(call->request && pryv_request_header(call->request, "disable-backward-compatibility-prefix").len);
}

enum pryv_rc older_prefix_before(void *self, struct pryv_call *call, struct pryv_err *err PRYV_UNUSED)
{
    const struct api *api = self;

    spoken = is_asked_for(api, call);
    for (size_t i = 0; spoken && i < PRYV_COUNT(places); i++) {
        json_t *holder = places[i].outer ? json_object_get(call->params, places[i].outer) : call->params;
        json_t *value = json_object_get(holder, places[i].member);

        if (value && strcmp(call->method->name, places[i].method) == 0)
            json_object_set_new(holder, places[i].member, meant(api, call->arena, value));
    }
    return PRYV_OK;
}

void older_prefix_after(void)
{
    spoken = false;
}
