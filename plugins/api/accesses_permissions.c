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
    bool mixed = json_object_size(entry) > 2 && feature;
    struct pryv_str name = pryv_json_member_text(entry, "defaultName");
    size_t blanks = 0;

    if (stream == feature || mixed)
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
    { .name = "feature", .type = PRYV_P_TEXT, .min = 1, .help = "Instead of a stream: a feature, such as `selfRevoke`." },
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

    return found && found->shown ? found->name : PRYV_STR_NONE;
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

/* ---- What an app may hand on ------------------------------------------------------------------------------ */

static enum pryv_rc not_allowed(struct pryv_err *err)
{
    return pryv_refuse(err, 403, "forbidden", NULL, "The access cannot give permissions that it does not have.");
}

static bool is_missing(const struct pryv_stream_tree *tree, struct pryv_str id)
{
    return !pryv_str_starts(id, ":") && !pryv_str_equal(id, "*") && !pryv_stream_find(tree, id);
}

/* The entry that will count for this very stream, or NULL. */
static const struct pryv_permission *entry_of(const struct pryv_access *access, struct pryv_str id)
{
    const struct pryv_permission *entries;
    size_t n = pryv_access_permissions(access, &entries);

    while (n > 0)
        if (pryv_str_is(entries[--n].stream_id, id))
            return &entries[n];
    return NULL;
}

/* What it has on a stream that it may hand on. One that is not there yet falls to `*`, but not beyond what an entry of its own will
 * allow once it is. */
static enum pryv_level level_to_give(const struct pryv_access *parent, const struct pryv_stream_tree *tree, struct pryv_str id)
{
    enum pryv_level level = pryv_str_equal(id, "*") ? pryv_access_star_level(parent) : stream_level(api_self(), parent, tree, id);
    const struct pryv_permission *entry = is_missing(tree, id) ? entry_of(parent, id) : NULL;

    return entry && entry->level < level ? entry->level : level;
}

static bool is_known_feature(struct pryv_str feature)
{
    return pryv_str_equal(feature, "selfRevoke") || pryv_str_equal(feature, "selfAudit") ||
           pryv_str_equal(feature, "secretSharing");
}

static bool may_give(const struct pryv_access *parent, const struct pryv_stream_tree *tree, const json_t *entry)
{
    struct pryv_str feature = pryv_json_member_text(entry, "feature");
    struct pryv_str id = permission_stream(entry);
    enum pryv_level given, own;

    if (feature.data) {
        struct pryv_str has = pryv_access_feature(parent, feature.data);

        return is_known_feature(feature) &&
               (!pryv_str_equal(has, "forbidden") || pryv_str_is(has, pryv_json_member_text(entry, "setting")));
    }
    if (!id.data)
        return true;
    if (!pryv_level_parse(pryv_json_member_text(entry, "level"), &given))
        return false;
    if (given == PRYV_LEVEL_NONE && entry_of(parent, id))
        return true; /* the only way to hand on what is around a stream that is closed to it */
    own = level_to_give(parent, tree, id);
    return own > PRYV_LEVEL_NONE && own != PRYV_LEVEL_CREATE_ONLY && pryv_level_rank(own) >= pryv_level_rank(given);
}

/* A stream that is not there yet may come to be at the root. */
static enum pryv_level level_once_there(const struct pryv_access *access, const struct pryv_stream_tree *tree, struct pryv_str id)
{
    const struct pryv_permission *entry;

    if (pryv_str_equal(id, "*"))
        return pryv_access_star_level(access);
    if (!is_missing(tree, id))
        return stream_level(api_self(), access, tree, id);
    entry = entry_of(access, id);
    return entry ? entry->level : pryv_access_star_level(access);
}

/* An entry of the parent that narrows a part of what it hands on must narrow it in the child too. */
static bool widens(const struct pryv_access *parent, const struct pryv_access *child, const struct pryv_stream_tree *tree)
{
    const struct pryv_permission *own;
    size_t n = pryv_access_permissions(parent, &own);

    for (size_t i = 0; i < n; i++) {
        struct pryv_str id = own[i].stream_id;
        enum pryv_level has = level_once_there(parent, tree, id);
        enum pryv_level gives = level_once_there(child, tree, id);

        if (pryv_level_rank(gives) > pryv_level_rank(has) ||
            (has == PRYV_LEVEL_CREATE_ONLY && gives != PRYV_LEVEL_NONE && gives != has))
            return true;
    }
    return false;
}

enum pryv_rc permissions_check_parent(const struct pryv_access *parent, const struct pryv_stream_tree *tree,
                                      const json_t *permissions, struct pryv_err *err)
{
    struct pryv_access_row row = { .id = PRYV_STR(""),
                                   .type = PRYV_STR("shared"),
                                   .permissions_json = pryv_json_dump(err->arena, permissions) };
    const struct pryv_access *child;
    size_t i, streams = 0;
    json_t *entry;
    enum pryv_rc rc;

    json_array_foreach(permissions, i, entry) {
        if (!may_give(parent, tree, entry))
            return not_allowed(err);
        streams += pryv_json_member_text(entry, "streamId").data != NULL;
    }
    if (streams == 0)
        return not_allowed(err);
    if ((rc = pryv_access_of_row(err->arena, &row, &child, err)) != PRYV_OK)
        return rc;
    return widens(parent, child, tree) ? not_allowed(err) : PRYV_OK;
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
