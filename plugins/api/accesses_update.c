/* accesses_update.c - accesses.update: the access as it was becomes a version, and what changes stays within what its maker may give. */
#include "accesses.h"
#include "client_data.h"

struct update {
    struct pryv_call *call;
    const json_t *changes, *permissions; /* permissions: NULL when they stay */
    const struct pryv_stream_tree *tree;
    struct pryv_session *session;
    struct pryv_access_row head, next;
    struct pryv_str alias;
};

static bool changes_end(const struct update *u)
{
    return json_object_get(u->changes, "expireAfter") || json_object_get(u->changes, "expires");
}

/* ---- Who ------------------------------------------------------------------------------------------------- */

static enum pryv_rc check_right(const struct update *u, struct pryv_err *err)
{
    const struct pryv_access *access = u->call->access;
    bool itself = pryv_str_is(u->head.id, access->row.id);
    bool own = access->type == PRYV_PERSONAL || (access_made(access->row.id, &u->head) && pryv_str_equal(u->head.type, "shared"));

    if (itself || pryv_str_equal(u->head.type, "personal") || !own)
        return pryv_refuse(err, 403, "forbidden", NULL, "This access may not change that one.");
    return PRYV_OK;
}

/* ---- What: the row to come -------------------------------------------------------------------------------- */

static enum pryv_rc invalid(struct pryv_err *err, const char *path, const char *what)
{
    json_t *complaints = json_array();

    pryv_param_complain(complaints, "INVALID_TYPE", path, NULL, "%s", what);
    return pryv_refuse(err, 400, "invalid-parameters-format", complaints, "The parameters' format is invalid.");
}

static enum pryv_rc set_device(struct update *u, struct pryv_err *err)
{
    const json_t *device = json_object_get(u->changes, "deviceName");
    bool app = pryv_str_equal(u->head.type, "app");

    if (!device)
        return PRYV_OK;
    if (!app && !json_is_null(device))
        return invalid(err, "#/update/deviceName", "a shared access has no device");
    u->next.device_name = pryv_json_text_of(device);
    return PRYV_OK;
}

static enum pryv_rc set_next(struct update *u, struct pryv_err *err)
{
    const struct pryv_call *call = u->call;
    struct pryv_str name = pryv_json_member_text(u->changes, "name");
    double after = pryv_json_member_number(u->changes, "expireAfter");
    enum pryv_rc rc;

    u->next = u->head;
    if (name.data)
        u->next.name = name;
    if (u->permissions)
        u->next.permissions_json = permissions_to_store(call->arena, u->permissions);
    if (changes_end(u))
        u->next.expires = pryv_present(after) ? call->now + after : PRYV_ABSENT;
    if ((rc = set_device(u, err)) != PRYV_OK ||
        (rc = client_data_merge(call->arena, u->head.client_data_json, json_object_get(u->changes, "clientData"),
                                &u->next.client_data_json, err)) != PRYV_OK ||
        (rc = access_check_size(&u->next, err)) != PRYV_OK)
        return rc;
    u->next.serial = u->head.serial + 1;
    u->next.modified = call->now;
    u->next.modified_by = call->author;
    u->next.modified_by_serial = call->access->row.serial;
    u->next.integrity = access_integrity(call->arena, &u->next, u->alias);
    return PRYV_OK;
}

/* ---- Up and down: the access that made it, and those it made ------------------------------------------------- */

/* A shared access stays within what its maker could give it, whoever changes it, for as long as there is a maker. */
static enum pryv_rc check_maker(const struct update *u, struct pryv_err *err)
{
    struct pryv_str maker_id = author_access(u->head.created_by);
    struct pryv_access_row row;
    const struct pryv_access *maker;
    enum pryv_rc rc = api_self()->storage->access_get(u->session, u->call->arena, maker_id, &row, err);

    if (rc != PRYV_OK)
        return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
    if ((rc = pryv_access_of_row(u->call->arena, &row, &maker, err)) != PRYV_OK || maker->type == PRYV_PERSONAL)
        return rc;
    if (u->permissions && (rc = permissions_check_parent(maker, u->tree, u->permissions, err)) == PRYV_REFUSED)
        return pryv_refuse(err, 400, "invalid-operation", json_pack("{s:s%}", "managingAccessId", row.id.data, row.id.len),
                           "The access that made this one could not give these permissions.");
    if (rc != PRYV_OK)
        return rc;
    return changes_end(u) ? access_check_end(row.expires, u->next.expires, err) : PRYV_OK;
}

/* Would the app, as it is to be, still be able to make this one? PRYV_REFUSED: no. */
static enum pryv_rc check_child(const struct update *u, const struct pryv_access *app, const struct pryv_access_row *child,
                                struct pryv_err *err)
{
    json_t *permissions = NULL;
    enum pryv_rc rc = PRYV_OK;

    if (changes_end(u) && (rc = access_check_end(u->next.expires, child->expires, err)) != PRYV_OK)
        return rc;
    if (!u->permissions || !child->permissions_json.data)
        return PRYV_OK;
    if (pryv_json_parse(u->call->arena, child->permissions_json, false, &permissions, err) != PRYV_OK)
        return pryv_fail(err, PRYV_FAILED, "the stored permissions of an access are broken");
    return permissions_check_parent(app, u->tree, permissions, err);
}

static enum pryv_rc check_children(const struct update *u, struct pryv_err *err)
{
    const struct pryv_access *app;
    struct pryv_access_row *all;
    size_t count;
    json_t *offending;
    enum pryv_rc rc = api_self()->storage->accesses_all(u->session, u->call->arena, &all, &count, err);

    if (rc != PRYV_OK || (rc = pryv_access_of_row(u->call->arena, &u->next, &app, err)) != PRYV_OK)
        return rc;
    offending = json_array();
    for (size_t i = 0; i < count && (rc == PRYV_OK || rc == PRYV_REFUSED); i++) {
        if (!pryv_str_equal(all[i].type, "shared") || !access_made(u->head.id, &all[i]))
            continue;
        if ((rc = check_child(u, app, &all[i], err)) == PRYV_REFUSED)
            json_array_append_new(offending, pryv_json_string(all[i].id));
    }
    if (json_array_size(offending) && (rc == PRYV_OK || rc == PRYV_REFUSED))
        return pryv_refuse(err, 400, "invalid-operation", json_pack("{s:o}", "offendingChildren", offending),
                           "Accesses that this one made would have more than it has.");
    json_decref(offending);
    return rc;
}

static enum pryv_rc check_family(const struct update *u, struct pryv_err *err)
{
    if (!u->permissions && !changes_end(u))
        return PRYV_OK;
    return pryv_str_equal(u->head.type, "shared") ? check_maker(u, err) : check_children(u, err);
}

/* ---- Storing ------------------------------------------------------------------------------------------------- */

static enum pryv_rc keep_version(const struct update *u, struct pryv_err *err)
{
    struct pryv_access_row version = u->head;

    version.id = pryv_id_new(u->call->arena);
    version.head_id = u->head.id;
    version.calls_json = PRYV_STR_NONE;
    version.integrity = access_integrity(u->call->arena, &version, u->alias);
    return api_self()->storage->access_insert(u->session, &version, err);
}

static enum pryv_rc apply(struct update *u, struct pryv_str reference, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = api_self()->storage;
    enum pryv_rc rc = access_get_current(u->session, u->call->arena, reference, &u->head, err);

    if (rc != PRYV_OK || (rc = check_right(u, err)) != PRYV_OK ||
        (rc = access_alias_read(u->session, u->call->arena, u->head.id, &u->alias, err)) != PRYV_OK ||
        (rc = permissions_check_ids(u->permissions, err)) != PRYV_OK ||
        (rc = permissions_check_account(api_self(), u->permissions, err)) != PRYV_OK || (rc = set_next(u, err)) != PRYV_OK ||
        (rc = check_family(u, err)) != PRYV_OK || (rc = keep_version(u, err)) != PRYV_OK)
        return rc;
    rc = storage->access_update(u->session, &u->next, err);
    if (rc == PRYV_CONFLICT)
        return access_conflict(&u->next, err);
    return rc == PRYV_OK ? api_commit(u->call, u->session, PRYV_CHANGED_ACCESSES, err) : rc;
}

static void publish(const struct update *u)
{
    struct pryv_json *js = pryv_json_new(u->call->arena);

    pryv_json_object(js);
    pryv_json_put_text(js, "type", "access-updated");
    pryv_json_put_str(js, "accessId", access_reference(u->call->arena, u->next.id, u->next.serial));
    pryv_json_put_number(js, "serial", u->next.serial);
    pryv_json_object_end(js);
    pryv_publish("accessesChanged", u->call->user->id, PRYV_STR_NONE);
    pryv_publish("accessUpdated", u->call->user->id, pryv_json_text(js));
}

enum pryv_rc accesses_update(struct pryv_call *call, struct pryv_err *err)
{
    struct update u = { .call = call, .changes = json_object_get(call->params, "update") };
    enum pryv_rc rc;

    u.permissions = json_object_get(u.changes, "permissions");
    if ((rc = access_check_limits(u.changes, "#/update", err)) != PRYV_OK)
        return rc;
    /* Before the session: a thread has one at a time. */
    if ((rc = pryv_call_streams(call, &u.tree, err)) != PRYV_OK || (rc = api_open(call, PRYV_WRITE, &u.session, err)) != PRYV_OK)
        return rc;
    rc = apply(&u, pryv_json_member_text(call->params, "id"), err);
    api_close(u.session);
    if (rc != PRYV_OK)
        return rc;
    publish(&u);
    pryv_json_key(call->out, "access");
    access_write(call->out, call->arena, call->user, &u.next, u.alias);
    return PRYV_OK;
}
