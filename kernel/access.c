/* access.c - permissions compiled once per access: a table from stream to level, the level of `*`, and the features. */
#include "access.h"
#include "hash.h"
#include "level_memo.h"
#include "settings.h"
#include <pryv/json.h>
#include <stdlib.h>

enum { JSON_WEIGHT = 6 };

struct pryv_permissions {
    uint64_t number;                 /* for level_memo */
    struct pryv_permission *entries; /* in their order */
    size_t count;
    const struct pryv_permission **slots; /* those that count, `*` too; open addressing, a power of two, at most half full */
    size_t slot_count;
    enum pryv_level star;
};

static const struct {
    const char *name;
    enum pryv_level level;
    int rank;
} levels[] = {
    { "none", PRYV_LEVEL_NONE, -1 },
    { "read", PRYV_LEVEL_READ, 0 },
    { "create-only", PRYV_LEVEL_CREATE_ONLY, 1 },
    { "contribute", PRYV_LEVEL_CONTRIBUTE, 1 },
    { "manage", PRYV_LEVEL_MANAGE, 2 },
};

bool pryv_level_parse(struct pryv_str text, enum pryv_level *out)
{
    for (size_t i = 0; i < PRYV_COUNT(levels); i++) {
        if (pryv_str_equal(text, levels[i].name)) {
            *out = levels[i].level;
            return true;
        }
    }
    return false;
}

int pryv_level_rank(enum pryv_level level)
{
    for (size_t i = 0; i < PRYV_COUNT(levels); i++)
        if (levels[i].level == level)
            return levels[i].rank;
    return -1;
}

/* ---- Compiling --------------------------------------------------------------------------------- */

static const struct pryv_permission **slot_of(const struct pryv_permissions *compiled, struct pryv_str id)
{
    size_t at = hash_text(id) & (compiled->slot_count - 1);

    while (compiled->slots[at] && !pryv_str_is(compiled->slots[at]->stream_id, id))
        at = (at + 1) & (compiled->slot_count - 1);
    return &compiled->slots[at];
}

/* The user's own streams are a store too: ":local:diary" is "diary", and its root is `*`. */
static struct pryv_str own_id(struct pryv_str id)
{
    static const char local[] = ":local:";

    if (!pryv_str_starts(id, local))
        return id;
    return id.len == sizeof(local) - 1 ? PRYV_STR("*") : pryv_str_n(id.data + sizeof(local) - 1, id.len - (sizeof(local) - 1));
}

/* Several entries for one stream: the last counts. Entries of null are kept and mean nothing. */
static const struct pryv_permissions *compile(struct pryv_arena *mem, const json_t *permissions)
{
    struct pryv_permissions *compiled = pryv_new(mem, struct pryv_permissions);
    size_t size = json_array_size(permissions), i;
    json_t *item;

    compiled->number = level_memo_number();
    compiled->star = PRYV_LEVEL_NONE;
    compiled->entries = pryv_new_array(mem, struct pryv_permission, size);
    for (compiled->slot_count = 4; compiled->slot_count < size * 2; compiled->slot_count *= 2)
        ;
    compiled->slots = pryv_new_array(mem, const struct pryv_permission *, compiled->slot_count);
    json_array_foreach(permissions, i, item) {
        struct pryv_permission entry = { .stream_id = own_id(pryv_json_member_text(item, "streamId")) };

        if (!entry.stream_id.data || !pryv_level_parse(pryv_json_member_text(item, "level"), &entry.level))
            continue;
        compiled->entries[compiled->count] = entry;
        *slot_of(compiled, entry.stream_id) = &compiled->entries[compiled->count++];
        if (pryv_str_equal(entry.stream_id, "*"))
            compiled->star = entry.level;
    }
    return compiled;
}

/* What the last entry about the feature says, or absent. */
static struct pryv_str setting_of(const json_t *permissions, const char *feature)
{
    struct pryv_str setting = PRYV_STR_NONE;
    size_t i;
    json_t *item;

    json_array_foreach(permissions, i, item)
        if (pryv_str_equal(pryv_json_member_text(item, "feature"), feature))
            setting = pryv_json_member_text(item, "setting");
    return setting;
}

static bool forbids(const json_t *permissions, const char *feature)
{
    size_t i;
    json_t *item;

    json_array_foreach(permissions, i, item)
        if (pryv_str_equal(pryv_json_member_text(item, "feature"), feature) &&
            pryv_str_equal(pryv_json_member_text(item, "setting"), "forbidden"))
            return true;
    return false;
}

/* What the server adds: the account closed in front, so that an explicit entry wins; the access's own audit at the end. */
static json_t *with_added(const json_t *stored, struct pryv_str id)
{
    json_t *all = json_pack("[{s:s, s:s}]", "streamId", ":_system:account", "level", "none");
    size_t i;
    json_t *item;

    json_array_foreach(stored, i, item)
        json_array_append(all, item);
    if (settings.audit_active && !forbids(stored, "selfAudit"))
        json_array_append_new(
            all, json_pack("{s:o, s:s}", "streamId", json_sprintf(":_audit:access-%.*s", PRYV_STR_ARG(id)), "level", "read"));
    return all;
}

static struct pryv_access_row copy_row(struct pryv_arena *mem, const struct pryv_access_row *row)
{
    struct pryv_access_row copy = *row;
    struct pryv_str *texts[] = { &copy.id,
                                 &copy.head_id,
                                 &copy.token,
                                 &copy.type,
                                 &copy.name,
                                 &copy.device_name,
                                 &copy.permissions_json,
                                 &copy.client_data_json,
                                 &copy.calls_json,
                                 &copy.integrity,
                                 &copy.created_by,
                                 &copy.modified_by };

    for (size_t i = 0; i < PRYV_COUNT(texts); i++)
        *texts[i] = pryv_str_copy(mem, *texts[i]);
    return copy;
}

static void access_object_free(struct shared *shared)
{
    struct access_object *object = (struct access_object *) (void *) shared;

    pryv_arena_free(object->mem);
    free(object);
}

static enum pryv_rc fill(struct access_object *object, struct pryv_err *err)
{
    struct pryv_access *access = &object->access;
    json_t *stored = NULL;

    access->type = pryv_str_equal(access->row.type, "personal") ? PRYV_PERSONAL
                   : pryv_str_equal(access->row.type, "app")    ? PRYV_APP
                                                                : PRYV_SHARED;
    if (access->type == PRYV_PERSONAL)
        return PRYV_OK;
    if (access->row.permissions_json.data &&
        pryv_json_parse(object->mem, access->row.permissions_json, false, &stored, err) != PRYV_OK)
        return pryv_fail(err, PRYV_FAILED, "the stored permissions of an access are broken");

    json_t *all = pryv_json_keep(object->mem, with_added(stored, access->row.id));

    access->permissions = all;
    access->compiled = compile(object->mem, all);
    return PRYV_OK;
}

enum pryv_rc access_object_new(const struct pryv_access_row *row, struct access_object **out, struct pryv_err *err)
{
    struct access_object *object = calloc(1, sizeof(*object));

    if (!object)
        abort();
    shared_init(&object->shared, access_object_free);
    object->mem = pryv_arena_new();
    object->access.row = copy_row(object->mem, row);

    enum pryv_rc rc = fill(object, err);

    if (rc != PRYV_OK) {
        shared_release(&object->shared);
        return rc;
    }
    /* jansson's values are not the arena's: a list of objects takes about so many times its text. */
    object->shared.size = sizeof(*object) + pryv_arena_size(object->mem) + object->access.row.permissions_json.len * JSON_WEIGHT;
    *out = object;
    return PRYV_OK;
}

enum pryv_rc pryv_access_of_row(struct pryv_arena *arena, const struct pryv_access_row *row, const struct pryv_access **out,
                                struct pryv_err *err)
{
    struct access_object *object = NULL;
    enum pryv_rc rc = access_object_new(row, &object, err);

    if (rc != PRYV_OK)
        return rc;
    shared_keep(arena, &object->shared);
    *out = &object->access;
    return PRYV_OK;
}

/* ---- Asking ------------------------------------------------------------------------------------- */

static bool is_of_account(struct pryv_str id)
{
    return pryv_str_starts(id, ":_system:") || pryv_str_starts(id, ":system:");
}

enum pryv_level pryv_access_star_level(const struct pryv_access *access)
{
    return access->compiled ? access->compiled->star : PRYV_LEVEL_MANAGE;
}

/* Streams of other stores have no place in the tree: their own entry or the store's, then `*`, which covers neither account nor audit. */
static enum pryv_level level_outside(const struct pryv_permissions *compiled, struct pryv_str id)
{
    const struct pryv_permission *entry = *slot_of(compiled, id);
    const char *colon = id.len > 1 ? memchr(id.data + 1, ':', id.len - 1) : NULL;
    bool account = is_of_account(id);

    if (!entry && account)
        entry = *slot_of(compiled, PRYV_STR(":_system:account"));
    else if (!entry && colon)
        entry = *slot_of(compiled, pryv_str_n(id.data, (size_t) (colon - id.data) + 1));
    if (entry)
        return entry->level;
    return account || pryv_str_starts(id, ":_audit:") ? PRYV_LEVEL_NONE : compiled->star;
}

/* The nearest entry upwards decides for every stream on the way, so that each is told once. */
static enum pryv_level level_inside(const struct pryv_permissions *compiled, const struct pryv_stream_tree *tree,
                                    const struct pryv_stream_node *node)
{
    int8_t *known = level_memo(compiled->number, stream_tree_number(tree), pryv_stream_count(tree));
    const struct pryv_stream_node *at = node;
    int8_t level = (int8_t) compiled->star;

    for (; at; at = at->parent) {
        const struct pryv_permission *entry;

        if (known[at->index] != LEVEL_UNKNOWN) {
            level = known[at->index];
            break;
        }
        if ((entry = *slot_of(compiled, at->row.id))) {
            level = known[at->index] = (int8_t) entry->level;
            break;
        }
    }
    for (; node != at; node = node->parent)
        known[node->index] = level;
    return (enum pryv_level) level;
}

enum pryv_level pryv_access_level(const struct pryv_access *access, const struct pryv_stream_tree *tree,
                                  struct pryv_str stream_id)
{
    const struct pryv_stream_node *node;

    if (!access->compiled)
        return PRYV_LEVEL_MANAGE;
    stream_id = own_id(stream_id);
    node = pryv_stream_find(tree, stream_id);
    if (node)
        return level_inside(access->compiled, tree, node);
    return stream_id.len && *stream_id.data == ':' ? level_outside(access->compiled, stream_id) : access->compiled->star;
}

size_t pryv_access_permissions(const struct pryv_access *access, const struct pryv_permission **out)
{
    *out = access->compiled ? access->compiled->entries : NULL;
    return access->compiled ? access->compiled->count : 0;
}

const struct pryv_permission *pryv_access_entry(const struct pryv_access *access, struct pryv_str stream_id)
{
    return access->compiled ? *slot_of(access->compiled, own_id(stream_id)) : NULL;
}

struct pryv_str pryv_access_feature(const struct pryv_access *access, const char *feature)
{
    return setting_of(access->permissions, feature);
}
