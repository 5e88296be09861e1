/* streams_get.c - streams.get: the tree of a user, or a branch of it, read from the snapshot that the worker keeps. */
#include "store_streams.h"
#include "streams_tree.h"

struct asked {
    struct pryv_str id; /* absent: everything */
    bool children_only; /* it was given as the parent */
    const struct pryv_stream_node *node;
    const struct account_field *field; /* of the account, instead of `node` */
    struct store_streams foreign;      /* of another store, instead of `node` */
};

/* ---- A branch -------------------------------------------------------------------------------------------- */

static bool lists_field(const struct streams_view *view, const struct account_field *field)
{
    return field->shown && pryv_level_lists(account_level(view->call->access, field));
}

static void write_field(const struct streams_view *view, const struct account_field *field)
{
    bool cut = field->parent && !lists_field(view, field->parent);

    account_stream_write(view->call->out, view->call->access, field, cut);
}

/* What the account hides is as good as not there. */
static enum pryv_rc find_field(const struct streams_view *view, struct asked *asked)
{
    const struct account_field *field = account_field_by_id(api_self()->account, asked->id);

    if (!field || !lists_field(view, field))
        return PRYV_NOT_FOUND;
    asked->field = field;
    return PRYV_OK;
}

static enum pryv_rc find_foreign(const struct streams_view *view, struct asked *asked, struct pryv_err *err)
{
    struct pryv_str inside;
    const struct store *store = store_of(api_self()->stores, asked->id, &inside);
    enum pryv_level level;
    enum pryv_rc rc;

    if (!store)
        return pryv_level_lists(pryv_access_level(view->call->access, view->tree, asked->id))
                   ? stream_store_unknown(asked->id, err)
                   : stream_forbidden(err);
    if ((rc = store_level(view->call, store, inside, &level, err)) != PRYV_OK)
        return rc;
    if (!pryv_level_lists(level))
        return stream_forbidden(err);
    rc = store_streams_load(view->call, store, inside, asked->children_only, view->with_trashed, &asked->foreign, err);
    return rc == PRYV_NOT_FOUND ? stream_reference_unknown(asked->children_only ? "parentId" : "id", asked->id, err) : rc;
}

/* An entry is for a stream that is not there, too. */
static bool may_list(const struct streams_view *view, struct pryv_str id)
{
    const struct pryv_access *access = view->call->access;
    const struct pryv_permission *entry = pryv_access_entry(access, id);

    return entry && !pryv_stream_find(view->tree, id) ? pryv_level_lists(entry->level)
                                                      : pryv_level_lists(pryv_access_level(access, view->tree, id));
}

static enum pryv_rc find_asked(const struct streams_view *view, struct asked *asked, struct pryv_err *err)
{
    const struct pryv_access *access = view->call->access;
    const struct account_fields *account = api_self()->account;
    struct pryv_str inside;
    enum stream_store store = stream_store_of(account, asked->id, &inside);

    if (store == STREAM_ACCOUNT && find_field(view, asked) == PRYV_OK)
        return PRYV_OK;
    if (store == STREAM_FOREIGN)
        return find_foreign(view, asked, err);
    if (access->type != PRYV_PERSONAL && (store == STREAM_ACCOUNT || !may_list(view, inside)))
        return stream_forbidden(err);
    asked->node = pryv_stream_find(view->tree, inside);
    if (!asked->node || (asked->node->row.trashed && !view->with_trashed))
        return stream_reference_unknown(asked->children_only ? "parentId" : "id", asked->id, err);
    return PRYV_OK;
}

static void write_fields_below(const struct streams_view *view, const struct account_field *parent)
{
    for (const struct account_field *child = parent->children; child; child = child->next)
        if (lists_field(view, child))
            write_field(view, child);
}

static void write_asked(const struct streams_view *view, const struct asked *asked)
{
    if (asked->foreign.store)
        store_streams_write(view->call, &asked->foreign, view->with_trashed);
    else if (asked->field && asked->children_only)
        write_fields_below(view, asked->field);
    else if (asked->field)
        write_field(view, asked->field);
    else if (asked->node && asked->children_only)
        streams_write_chain(view, asked->node->children);
    else if (asked->node)
        streams_write_branch(view, asked->node);
}

/* ---- Everything ------------------------------------------------------------------------------------------ */

/* A branch that an entry closes is cut whole: what is in it is told to those who ask for it by its id. */
static bool is_cut(const struct streams_view *view, const struct pryv_stream_node *node)
{
    while ((node = node->parent)) {
        const struct pryv_permission *entry = pryv_access_entry(view->call->access, node->row.id);

        if (entry && !pryv_level_lists(entry->level))
            return true;
    }
    return false;
}

static bool is_below_trash(const struct pryv_stream_node *node)
{
    while ((node = node->parent))
        if (node->row.trashed)
            return true;
    return false;
}

/* What stands for the entries of an access. */
struct entries {
    const struct pryv_permission *list;
    size_t count;
    bool with_star;                /* then they add nothing to the tree of local streams */
    const struct store **roots;    /* of each entry: the store whose root it names, or NULL */
    struct store_streams *foreign; /* of each entry; no store: not of another store, or nothing there */
    bool *nodes, *fields;          /* written: several entries for one stream are one */
};

static bool is_repeated(const struct entries *entries, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (pryv_str_is(entries->list[i].stream_id, entries->list[at].stream_id))
            return true;
    return false;
}

/* Other stores are asked before anything is written, for they can fail; a root is named without asking. */
static enum pryv_rc load_foreign(const struct streams_view *view, struct entries *entries, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < entries->count; i++) {
        struct pryv_str inside;
        const struct store *store = store_of(api_self()->stores, entries->list[i].stream_id, &inside);
        enum pryv_level level;

        if (!store || (entries->with_star && store->in_star) || is_repeated(entries, i))
            continue;
        rc = store_level(view->call, store, inside, &level, err);
        if (rc != PRYV_OK || !pryv_level_lists(level))
            continue;
        if (pryv_str_equal(inside, "*")) {
            entries->roots[i] = store;
            continue;
        }
        rc = store_streams_load(view->call, store, inside, false, view->with_trashed, &entries->foreign[i], err);
        if (rc == PRYV_NOT_FOUND) {
            entries->foreign[i].store = NULL;
            rc = PRYV_OK;
        }
    }
    return rc;
}

static enum pryv_rc load_entries(const struct streams_view *view, struct entries *entries, struct pryv_err *err)
{
    struct pryv_arena *mem = view->call->arena;

    entries->with_star = pryv_level_lists(pryv_access_star_level(view->call->access));
    entries->count = pryv_access_permissions(view->call->access, &entries->list);
    entries->roots = pryv_new_array(mem, const struct store *, entries->count);
    entries->foreign = pryv_new_array(mem, struct store_streams, entries->count);
    entries->nodes = pryv_new_array(mem, bool, pryv_stream_count(view->tree));
    entries->fields = pryv_new_array(mem, bool, api_self()->account->count);
    return load_foreign(view, entries, err);
}

static void write_entry(const struct streams_view *view, const struct entries *entries, size_t at)
{
    const struct account_fields *account = api_self()->account;
    const struct account_field *field = account_field_by_id(account, entries->list[at].stream_id);
    const struct pryv_stream_node *node = pryv_stream_find(view->tree, entries->list[at].stream_id);
    bool *written = field ? &entries->fields[field - account->all] : node ? &entries->nodes[node->index] : NULL;

    if (entries->roots[at])
        store_root_write(view->call->out, view->call->arena, entries->roots[at]);
    if (entries->foreign[at].store)
        store_streams_write(view->call, &entries->foreign[at], view->with_trashed);
    if (!written || *written)
        return;
    *written = true;
    if (field && lists_field(view, field))
        write_field(view, field);
    if (node && !entries->with_star && streams_shows(view, node) && !is_cut(view, node) &&
        (view->with_trashed || !is_below_trash(node)))
        streams_write_branch(view, node);
}

/* They are named without being asked. */
static void write_store_roots(const struct streams_view *view)
{
    const struct store *list;
    size_t count = stores_list(api_self()->stores, &list);

    for (size_t i = 0; i < count; i++)
        if (!store_is_closed(view->call->access, &list[i]))
            store_root_write(view->call->out, view->call->arena, &list[i]);
}

/* An owner's own; else one tree per entry, in their order. */
static void write_everything(const struct streams_view *view, const struct entries *entries)
{
    if (entries->with_star) {
        write_store_roots(view);
        streams_write_chain(view, pryv_stream_roots(view->tree));
    }
    if (view->call->access->type == PRYV_PERSONAL)
        write_field(view, &api_self()->account->all[0]);
    for (size_t i = 0; i < entries->count; i++)
        write_entry(view, entries, i);
}

/* ---- Deletions ------------------------------------------------------------------------------------------- */

struct deletions {
    struct pryv_deletion *list;
    size_t count;
};

static enum pryv_rc load_deletions(struct pryv_call *call, double since, struct deletions *out, struct pryv_err *err)
{
    struct pryv_session *session;
    enum pryv_rc rc;

    if (!pryv_present(since))
        return PRYV_OK;
    if ((rc = api_open(call, PRYV_READ, &session, err)) != PRYV_OK)
        return rc;
    rc = api_self()->storage->stream_deletions(session, call->arena, since, &out->list, &out->count, err);
    api_close(session);
    return rc;
}

static void write_deletions(struct pryv_json *js, const struct deletions *deletions)
{
    pryv_json_key(js, "streamDeletions");
    pryv_json_array(js);
    for (size_t i = 0; i < deletions->count; i++) {
        pryv_json_object(js);
        pryv_json_put_str(js, "id", deletions->list[i].id);
        pryv_json_put_number(js, "deleted", deletions->list[i].deleted);
        pryv_json_object_end(js);
    }
    pryv_json_array_end(js);
}

/* ---- The call -------------------------------------------------------------------------------------------- */

static enum pryv_rc read_asked(const struct pryv_call *call, struct asked *asked, struct pryv_err *err)
{
    struct pryv_str parent_id = pryv_json_member_text(call->params, "parentId");
    struct pryv_str id = pryv_json_member_text(call->params, "id");

    if (parent_id.len && id.len)
        return pryv_refuse(err, 400, "invalid-request-structure", NULL, "Give either id or parentId, not both.");
    *asked = (struct asked){ .id = parent_id.len ? parent_id : id.len ? id : PRYV_STR_NONE, .children_only = parent_id.len > 0 };
    return PRYV_OK;
}

enum pryv_rc streams_get(struct pryv_call *call, struct pryv_err *err)
{
    double since = pryv_json_member_number(call->params, "includeDeletionsSince");
    struct streams_view view = { .call = call,
                                 .with_trashed = pryv_str_equal(pryv_json_member_text(call->params, "state"), "all") };
    struct deletions deletions = { .list = NULL };
    struct asked asked = { .children_only = false };
    struct entries entries = { .count = 0 };
    enum pryv_rc rc;

    if ((rc = read_asked(call, &asked, err)) != PRYV_OK || (rc = pryv_call_streams(call, &view.tree, err)) != PRYV_OK ||
        (rc = asked.id.data ? find_asked(&view, &asked, err) : load_entries(&view, &entries, err)) != PRYV_OK ||
        (rc = load_deletions(call, since, &deletions, err)) != PRYV_OK)
        return rc;
    pryv_json_key(call->out, "streams");
    pryv_json_array(call->out);
    if (asked.id.data)
        write_asked(&view, &asked);
    else
        write_everything(&view, &entries);
    pryv_json_array_end(call->out);
    if (pryv_present(since))
        write_deletions(call->out, &deletions);
    return PRYV_OK;
}
