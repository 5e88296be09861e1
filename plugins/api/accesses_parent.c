/* accesses_parent.c - what an app may hand on to the accesses that it makes: never more than it has, at any stream. */
#include "accesses.h"
#include "account.h"
#include "streams.h"

static enum pryv_rc not_allowed(struct pryv_err *err)
{
    return pryv_refuse(err, 403, "forbidden", NULL, "The access cannot give permissions that it does not have.");
}

static bool is_missing(const struct pryv_stream_tree *tree, struct pryv_str id)
{
    return !pryv_str_starts(id, ":") && !pryv_str_equal(id, "*") && !pryv_stream_find(tree, id);
}

/* ":shelf:" of ":shelf:books", whose streams only that store knows. Absent: the user's own streams, the account's and the audit log's, which are
 * known, or have none below them. */
static struct pryv_str foreign_root(struct pryv_str id)
{
    const char *colon = id.len > 1 && *id.data == ':' ? memchr(id.data + 1, ':', id.len - 1) : NULL;
    struct pryv_str root = colon ? pryv_str_n(id.data, (size_t) (colon - id.data) + 1) : PRYV_STR_NONE, inside;

    if (!colon || pryv_str_equal(root, ":_audit:") || stream_store_of(api_self()->account, id, &inside) != STREAM_FOREIGN)
        return PRYV_STR_NONE;
    return root;
}

/* The lowest, or highest, of `level` and all that the access has within a store: what lies above a stream there is not known here. */
static enum pryv_level bound_within(const struct pryv_access *access, struct pryv_str root, enum pryv_level level, bool highest)
{
    const struct pryv_permission *entries;
    size_t n = pryv_access_permissions(access, &entries);

    for (size_t i = 0; i < n; i++) {
        struct pryv_str id = entries[i].stream_id;

        if (id.len > root.len && memcmp(id.data, root.data, root.len) == 0 && highest == (entries[i].level > level))
            level = entries[i].level;
    }
    return level;
}

/* What it has on a stream that it may hand on. One that is not there yet has what an entry of its own will allow once it is, else it falls to `*`. */
static enum pryv_level level_to_give(const struct pryv_access *parent, const struct pryv_stream_tree *tree, struct pryv_str id)
{
    enum pryv_level level = pryv_str_equal(id, "*") ? pryv_access_star_level(parent) : stream_level(api_self(), parent, tree, id);
    const struct pryv_permission *entry = pryv_access_entry(parent, id);
    struct pryv_str root = foreign_root(id);

    if (is_missing(tree, id))
        return entry ? entry->level : level;
    return root.data && !entry ? bound_within(parent, root, level, false) : level;
}

/* Is it closed by a word, on itself, above or everywhere, rather than by silence? The account's streams are, of every access. */
static bool is_closed(const struct pryv_access *access, const struct pryv_stream_tree *tree, struct pryv_str id)
{
    const struct pryv_permission *entry = pryv_access_entry(access, id);
    const struct pryv_stream_node *node = pryv_stream_find(tree, id);

    if (!entry && account_owns(api_self()->account, id))
        return stream_level(api_self(), access, tree, id) == PRYV_LEVEL_NONE;
    for (; node && !entry; node = node->parent)
        entry = pryv_access_entry(access, node->row.id);
    if (!entry)
        entry = pryv_access_entry(access, PRYV_STR("*"));
    return entry && entry->level == PRYV_LEVEL_NONE;
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
    if (given == PRYV_LEVEL_NONE && (pryv_access_entry(parent, id) || is_closed(parent, tree, id)))
        return true; /* the only way to hand on what is around a stream that is closed to it */
    own = level_to_give(parent, tree, id);
    return own > PRYV_LEVEL_NONE && own != PRYV_LEVEL_CREATE_ONLY && pryv_level_rank(own) >= pryv_level_rank(given);
}

/* The most that the access may come to have on a stream: one that is not there yet may come to be at the root. */
static enum pryv_level level_at_most(const struct pryv_access *access, const struct pryv_stream_tree *tree, struct pryv_str id)
{
    const struct pryv_permission *entry = pryv_access_entry(access, id);
    struct pryv_str root = foreign_root(id);
    enum pryv_level level;

    if (pryv_str_equal(id, "*"))
        return pryv_access_star_level(access);
    if (is_missing(tree, id))
        return entry ? entry->level : pryv_access_star_level(access);
    level = stream_level(api_self(), access, tree, id);
    return root.data && !entry ? bound_within(access, root, level, true) : level;
}

/* An entry of the parent that narrows a part of what it hands on must narrow it in the child too. */
static bool widens(const struct pryv_access *parent, const struct pryv_access *child, const struct pryv_stream_tree *tree)
{
    const struct pryv_permission *own;
    size_t n = pryv_access_permissions(parent, &own);

    for (size_t i = 0; i < n; i++) {
        struct pryv_str id = own[i].stream_id;
        enum pryv_level has = level_at_most(parent, tree, id);
        enum pryv_level gives = level_at_most(child, tree, id);

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
