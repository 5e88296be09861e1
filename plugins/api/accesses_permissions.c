/* accesses_permissions.c - entries of permissions: their form, which streams they may name, and who may hand them on. */
#include "accesses.h"
#include "account.h"
#include "streams.h"

static const char *const level_names[] = { "none", "read", "create-only", "contribute", "manage", NULL };
static const char *const setting_names[] = { "forbidden", "allowed", NULL };

/* An entry is about a stream or about a feature, never about both. */
static void check_form(const struct pryv_param *param PRYV_UNUSED, const json_t *entry, const char *path, json_t *complaints)
{
    bool stream = json_object_get(entry, "streamId") && json_object_get(entry, "level");
    bool feature = json_object_get(entry, "feature") && json_object_get(entry, "setting");
    bool mixed = (json_object_get(entry, "streamId") || json_object_get(entry, "level")) &&
                 (json_object_get(entry, "feature") || json_object_get(entry, "setting"));
    bool more = json_object_size(entry) > 2 && feature;
    struct pryv_str name = pryv_json_member_text(entry, "defaultName");
    size_t blanks = 0;

    if (stream == feature || mixed || more)
        pryv_param_complain(complaints, "ONE_OF_MISSING", path, NULL, "expected streamId and level, or feature and setting");
    while (blanks < name.len && (name.data[blanks] == ' ' || (name.data[blanks] >= '\t' && name.data[blanks] <= '\r')))
        blanks++;
    if (name.data && blanks == name.len)
        pryv_param_complain(complaints, "PATTERN", path, "defaultName", "a name has more than blanks");
}

static const struct pryv_param permission_fields[] = {
    { .name = "streamId", .type = PRYV_P_TEXT, .flags = PRYV_P_NULLABLE, .help = "The stream, or `*` for all." },
    { .name = "level", .type = PRYV_P_TEXT, .one_of = level_names, .help = "What is allowed on it and below." },
    { .name = "defaultName", .type = PRYV_P_TEXT, .help = "Makes the stream, with this name, when it is not there." },
    { .name = "name", .type = PRYV_P_TEXT, .help = "For people; not stored." },
    { .name = "feature", .type = PRYV_P_TEXT, .help = "Instead of a stream: a feature, such as `selfRevoke`." },
    { .name = "setting", .type = PRYV_P_TEXT, .one_of = setting_names, .help = "Of the feature." },
    { .name = NULL },
};

const struct pryv_param permission_item = { .type = PRYV_P_OBJECT, .fields = permission_fields, .check = check_form };

struct pryv_str permission_stream(const json_t *entry)
{
    struct pryv_str id = pryv_json_member_text(entry, "streamId"), inside = id;

    if (id.data)
        stream_store_of(api_self()->account, id, &inside);
    return inside.len || !id.len ? inside : PRYV_STR("*");
}

/* ---- Stream ids --------------------------------------------------------------------------------------- */

static bool has_forbidden_character(struct pryv_str id)
{
    for (size_t i = 0; i < id.len; i++)
        if (memchr("\"'\\\0\b\t\n\r\x1a", id.data[i], 9))
            return true;
    return false;
}

enum pryv_rc permissions_check_ids(const json_t *permissions, struct pryv_err *err)
{
    size_t i;
    json_t *entry;

    json_array_foreach(permissions, i, entry)
        if (has_forbidden_character(pryv_json_member_text(entry, "streamId")))
            return pryv_refuse(err, 400, "invalid-request-structure", json_deep_copy(permissions),
                               "A stream id has characters that are never allowed.");
    return PRYV_OK;
}

/* ---- Account streams ----------------------------------------------------------------------------------- */

struct pryv_str account_stream_name(const struct api *api, struct pryv_str id)
{
    const struct account_field *found = account_field_by_id(api->account, id);

    return found ? found->name : PRYV_STR_NONE;
}

enum pryv_rc permissions_check_account(const struct api *api, const json_t *permissions, struct pryv_err *err)
{
    size_t i;
    json_t *entry;

    json_array_foreach(permissions, i, entry) {
        struct pryv_str id = pryv_json_member_text(entry, "streamId");
        const struct account_field *found;

        if (!account_owns(api->account, id))
            continue;
        found = account_field_by_id(api->account, id);
        if (!found)
            return pryv_refuse(err, 403, "forbidden", NULL, "There is no account stream \"%.*s\".", PRYV_STR_ARG(id));
        if (!found->shown || pryv_str_equal(pryv_json_member_text(entry, "level"), "manage"))
            return pryv_refuse(err, 400, "invalid-operation", json_pack("{s:s%}", "param", id.data, id.len),
                               "This permission on an account stream cannot be given.");
    }
    return PRYV_OK;
}

/* ---- Storing ------------------------------------------------------------------------------------------------ */

struct pryv_str permissions_to_store(struct pryv_arena *mem, const json_t *permissions)
{
    json_t *kept = json_deep_copy(permissions);
    size_t i;
    json_t *entry;

    json_array_foreach(kept, i, entry) {
        json_object_del(entry, "name");
        json_object_del(entry, "defaultName");
    }

    struct pryv_str text = pryv_json_dump(mem, kept);

    json_decref(kept);
    return text;
}
