/* accesses_check_app.c - accesses.checkApp: is the app already let in, and if not, what would it ask for? */
#include "accesses.h"
#include "older_prefix.h"

static bool same_text(struct pryv_str a, struct pryv_str b)
{
    return (a.data != NULL) == (b.data != NULL) && pryv_str_is(a, b);
}

/* The live app access of that name and device, expired or not; NULL: none. */
static enum pryv_rc find_app(struct pryv_call *call, const struct pryv_access_row **out, struct pryv_str *alias,
                             struct pryv_err *err)
{
    struct api *api = api_self();
    struct pryv_str name = pryv_json_member_text(call->params, "requestingAppId");
    struct pryv_str device = pryv_json_member_text(call->params, "deviceName");
    struct pryv_session *session;
    struct pryv_access_row *rows;
    size_t count;
    enum pryv_rc rc = api_open(call, PRYV_READ, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = api->storage->accesses_all(session, call->arena, &rows, &count, err);
    *out = NULL;
    for (size_t i = 0; rc == PRYV_OK && i < count && !*out; i++)
        if (pryv_str_equal(rows[i].type, "app") && pryv_str_is(rows[i].name, name) && same_text(rows[i].device_name, device))
            *out = &rows[i];
    if (*out)
        rc = access_alias_read(session, call->arena, (*out)->id, alias, err);
    api_close(session);
    return rc;
}

/* ---- Does it match? ---------------------------------------------------------------------------------------- */

static void add(json_t *set, struct pryv_str text)
{
    json_object_setn_new(set, text.data, text.len, json_true());
}

static bool is_in(const json_t *set, struct pryv_str text)
{
    return json_object_getn(set, text.data, text.len) != NULL;
}

/* What an entry about a stream says, as one text; absent: it is about none. */
static struct pryv_str what_it_says(struct pryv_arena *mem, const json_t *entry)
{
    struct pryv_str id = pryv_json_member_text(entry, "streamId");

    return id.data ? pryv_format(mem, "%s %.*s", json_string_value(json_object_get(entry, "level")), PRYV_STR_ARG(id)) : id;
}

/* Every entry about a stream is asked for, with the same level. */
static bool all_asked_for(struct pryv_arena *mem, const json_t *has, const json_t *asked)
{
    json_t *set = pryv_json_keep(mem, json_object()), *entry;
    struct pryv_str text;
    size_t i;

    json_array_foreach(asked, i, entry)
        if ((text = what_it_says(mem, entry)).data)
            add(set, text);
    json_array_foreach(has, i, entry)
        if ((text = what_it_says(mem, entry)).data && !is_in(set, text))
            return false;
    return true;
}

/* What is not there is the same as null, but not as {}. */
static bool same_data(const json_t *a, const json_t *b)
{
    bool none_a = !a || json_is_null(a), none_b = !b || json_is_null(b);

    return none_a || none_b ? none_a == none_b : json_equal(a, b);
}

static enum pryv_rc match(struct pryv_call *call, const struct pryv_access_row *row, bool *out, struct pryv_err *err)
{
    const json_t *asked = json_object_get(call->params, "requestedPermissions");
    json_t *has = NULL, *data = NULL;

    if ((row->permissions_json.data && pryv_json_parse(call->arena, row->permissions_json, true, &has, err) != PRYV_OK) ||
        (row->client_data_json.data && pryv_json_parse(call->arena, row->client_data_json, true, &data, err) != PRYV_OK))
        return pryv_fail(err, PRYV_FAILED, "a stored access is broken");
    *out = !access_is_over(row, call->now) && json_array_size(has) == json_array_size(asked) &&
           same_data(data, json_object_get(call->params, "clientData")) && all_asked_for(call->arena, has, asked);
    return PRYV_OK;
}

/* ---- What it would ask for ----------------------------------------------------------------------------------- */

static json_t *root_names(struct pryv_arena *mem, const struct pryv_stream_tree *tree)
{
    json_t *names = pryv_json_keep(mem, json_object());

    for (const struct pryv_stream_node *node = pryv_stream_roots(tree); node; node = node->next)
        add(names, node->row.name);
    return names;
}

/* The name of a stream that is there; absent: it is not. */
static struct pryv_str name_of(const struct pryv_stream_tree *tree, struct pryv_str id)
{
    const struct pryv_stream_node *node = pryv_stream_find(tree, id);

    return node ? node->row.name : account_stream_name(api_self(), id);
}

static void set_text(json_t *object, const char *key, struct pryv_str text)
{
    json_object_set_new(object, key, pryv_json_string(text));
}

/* A stream that is there is told by its name; one to be made gets a name that no other root has. True: its own was taken. */
static bool complete(struct pryv_arena *mem, const struct pryv_stream_tree *tree, const json_t *taken_names, json_t *entry)
{
    struct pryv_str id = permission_stream(entry);
    struct pryv_str wanted = pryv_json_member_text(entry, "defaultName"), free_name = wanted;
    struct pryv_str present;

    if (pryv_str_equal(id, "*")) {
        json_object_del(entry, "defaultName");
        return false;
    }
    if ((present = name_of(tree, id)).data) {
        set_text(entry, "name", present);
        json_object_del(entry, "defaultName");
        return false;
    }
    for (size_t n = 1; is_in(taken_names, free_name); n++)
        free_name = pryv_format(mem, "%.*s (%zu)", PRYV_STR_ARG(wanted), n);
    if (free_name.data == wanted.data)
        return false;
    set_text(entry, "defaultName", free_name);
    return true;
}

static enum pryv_rc check_names(const json_t *asked, struct pryv_err *err)
{
    json_t *complaints = json_array(), *entry;
    size_t i;

    json_array_foreach(asked, i, entry) {
        struct pryv_str id = pryv_json_member_text(entry, "streamId");

        if (id.data && !pryv_str_equal(id, "*") && !json_object_get(entry, "defaultName"))
            pryv_param_complain(complaints, "OBJECT_MISSING_REQUIRED_PROPERTY",
                                pryv_format(err->arena, "#/requestedPermissions/%zu", i).data, "defaultName",
                                "Missing required property: defaultName");
    }
    if (json_array_size(complaints))
        return pryv_refuse(err, 400, "invalid-parameters-format", complaints, "The parameters' format is invalid.");
    json_decref(complaints);
    return PRYV_OK;
}

static void write_checked(struct pryv_call *call, const struct pryv_stream_tree *tree)
{
    json_t *checked = json_deep_copy(json_object_get(call->params, "requestedPermissions")), *entry;
    const json_t *names = root_names(call->arena, tree);
    size_t i;
    bool taken = false;

    json_array_foreach(checked, i, entry)
        if (permission_stream(entry).data)
            taken |= complete(call->arena, tree, names, entry);
    older_prefix_put_permissions(call->out, "checkedPermissions", checked);
    json_decref(checked);
    if (!taken)
        return;
    pryv_json_key(call->out, "error");
    pryv_json_object(call->out);
    pryv_json_put_text(call->out, "id", "item-already-exists");
    pryv_json_put_text(call->out, "message", "Streams with the asked names exist already; other names are proposed.");
    pryv_json_object_end(call->out);
}

enum pryv_rc accesses_check_app(struct pryv_call *call, struct pryv_err *err)
{
    const json_t *asked = json_object_get(call->params, "requestedPermissions");
    const struct pryv_stream_tree *tree;
    const struct pryv_access_row *row;
    struct pryv_str alias = PRYV_STR_NONE;
    bool matches = false;
    enum pryv_rc rc;

    if ((rc = access_check_limits(call->params, "#", err)) != PRYV_OK || (rc = pryv_call_streams(call, &tree, err)) != PRYV_OK ||
        (rc = find_app(call, &row, &alias, err)) != PRYV_OK)
        return rc;
    if (row && (rc = match(call, row, &matches, err)) != PRYV_OK)
        return rc;
    if (!matches && (rc = check_names(asked, err)) != PRYV_OK) /* only streams that are asked for need a name */
        return rc;
    if (row) {
        pryv_json_key(call->out, matches ? "matchingAccess" : "mismatchingAccess");
        access_write(call->out, call->arena, NULL, row, alias);
    }
    if (!matches)
        write_checked(call, tree);
    return PRYV_OK;
}
