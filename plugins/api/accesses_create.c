/* accesses_create.c - accesses.create: the access, and the streams that its permissions name and that are not there yet. */
#include "accesses.h"
#include "slug.h"
#include "streams.h"

struct creation {
    struct pryv_call *call;
    const json_t *permissions;
    const struct pryv_stream_tree *tree; /* of app callers */
    struct pryv_access_row row;
    struct pryv_str alias; /* absent: none was asked for */
    bool changed_streams;
};

/* ---- Checks ------------------------------------------------------------------------------------------- */

/* A token that a client chose, made into one that can stand in addresses; refuses what would read `null` or `undefined` there. */
static enum pryv_rc token_chosen(struct pryv_arena *mem, struct pryv_str wanted, struct pryv_str *token, struct pryv_err *err)
{
    struct pryv_str slug = slug_of(mem, wanted);

    if (slug_is_reserved(slug))
        return pryv_refuse(err, 400, "invalid-item-id", NULL, "\"%.*s\" cannot be a token.", PRYV_STR_ARG(wanted));
    *token = slug;
    return PRYV_OK;
}

enum pryv_rc access_check_end(double parent, double requested, struct pryv_err *err)
{
    if (!pryv_present(parent) || !pryv_present(requested) || requested <= parent)
        return PRYV_OK;
    return pryv_refuse(err, 400, "invalid-operation",
                       json_pack("{s:f, s:f}", "parentExpires", parent, "requestedExpires", requested),
                       "An access cannot outlive the one that makes it.");
}

static enum pryv_rc invalid(struct pryv_err *err, const char *code, const char *path, const char *what)
{
    json_t *complaints = json_array();

    pryv_param_complain(complaints, code, path, NULL, "%s", what);
    return pryv_refuse(err, 400, "invalid-parameters-format", complaints, "The parameters' format is invalid.");
}

static enum pryv_rc set_expiry(struct creation *c, struct pryv_err *err)
{
    double after = pryv_json_member_number(c->call->params, "expireAfter");

    if (pryv_present(after) && after < 0)
        return invalid(err, "MINIMUM", "#/expireAfter", "an access cannot end before it begins");
    c->row.expires = pryv_present(after) ? c->call->now + after : PRYV_ABSENT;
    return access_check_end(c->call->access->row.expires, c->row.expires, err);
}

/* May the caller make an access of this type, with these permissions? */
static enum pryv_rc check_type(struct creation *c, struct pryv_str type, struct pryv_err *err)
{
    json_t *params = c->call->params;
    const json_t *device = json_object_get(params, "deviceName");
    enum pryv_rc rc;

    if (pryv_str_equal(type, "shared") && device && !json_is_null(device))
        return invalid(err, "INVALID_TYPE", "#/deviceName", "a shared access has no device");
    if (pryv_str_equal(type, "app") && json_is_null(device))
        return invalid(err, "INVALID_TYPE", "#/deviceName", "expected a text");
    if ((rc = access_check_limits(params, "#", err)) != PRYV_OK)
        return rc;
    if (!pryv_str_equal(type, "personal") && !c->permissions)
        return invalid(err, "OBJECT_MISSING_REQUIRED_PROPERTY", "#/", "permissions are required");
    if (pryv_str_equal(type, "personal"))
        return pryv_refuse(err, 403, "forbidden", NULL, "Personal accesses are made by signing in.");
    if ((rc = permissions_check_ids(c->permissions, err)) != PRYV_OK)
        return rc;
    if (c->call->access->type != PRYV_APP)
        return PRYV_OK;
    if (!pryv_str_equal(type, "shared"))
        return pryv_refuse(err, 403, "forbidden", NULL, "An app can only make shared accesses.");
    rc = pryv_call_streams(c->call, &c->tree, err);
    return rc == PRYV_OK ? permissions_check_parent(c->call->access, c->tree, c->permissions, err) : rc;
}

static enum pryv_rc fill(struct creation *c, struct pryv_err *err)
{
    json_t *params = c->call->params;
    struct pryv_str given = pryv_json_member_text(params, "type"), type = given.data ? given : PRYV_STR("shared");
    struct pryv_str token = pryv_json_member_text(params, "token");
    struct pryv_arena *mem = c->call->arena;
    enum pryv_rc rc = check_type(c, type, err);

    if (rc != PRYV_OK)
        return rc;
    c->row = (struct pryv_access_row){
        .id = pryv_id_new(mem),
        .token = pryv_id_new(mem),
        .type = type,
        .name = pryv_json_member_text(params, "name"),
        .device_name = pryv_json_member_text(params, "deviceName"),
        .permissions_json = permissions_to_store(mem, c->permissions),
        .last_used = PRYV_ABSENT,
        .created = c->call->now,
        .created_by = c->call->author,
        .modified = c->call->now,
        .modified_by = c->call->author,
        .deleted = PRYV_ABSENT,
    };
    if (json_is_object(json_object_get(params, "clientData")))
        c->row.client_data_json = pryv_json_dump(mem, json_object_get(params, "clientData"));
    if ((rc = access_check_size(&c->row, err)) != PRYV_OK)
        return rc;
    if (token.data && (rc = token_chosen(mem, token, &c->row.token, err)) != PRYV_OK)
        return rc;
    if ((rc = set_expiry(c, err)) != PRYV_OK)
        return rc;
    return permissions_check_account(api_self(), c->permissions, err);
}

/* ---- Storing --------------------------------------------------------------------------------------------- */

static enum pryv_rc token_taken(struct pryv_err *err)
{
    return pryv_refuse(err, 409, "item-already-exists", json_pack("{s:s}", "token", "(hidden)"),
                       "An access with this token already exists.");
}

/* Which unique value is taken, as clients are told. */
enum pryv_rc access_conflict(const struct pryv_access_row *row, struct pryv_err *err)
{
    json_t *data;

    if (strcmp(err->key, "token") == 0)
        return token_taken(err);
    data = json_pack("{s:s%, s:s%}", "type", row->type.data, row->type.len, "name", row->name.data, row->name.len);
    if (row->device_name.data)
        json_object_set_new(data, "deviceName", pryv_json_string(row->device_name));
    else if (pryv_str_equal(row->type, "shared"))
        json_object_set_new(data, "deviceName", json_null());
    return pryv_refuse(err, 409, "item-already-exists", data, "An access of this name already exists.");
}

/* The app may have been narrowed, or deleted, since its request was let in: what it gives is checked against what it has now. */
static enum pryv_rc check_maker_again(struct creation *c, struct pryv_session *session, struct pryv_err *err)
{
    const struct pryv_access *maker = c->call->access;
    struct pryv_access_row row;
    enum pryv_rc rc;

    if (maker->type != PRYV_APP)
        return PRYV_OK;
    rc = api_self()->storage->access_get(session, c->call->arena, maker->row.id, &row, err);
    if (rc == PRYV_NOT_FOUND)
        return pryv_refuse(err, 403, "invalid-access-token", NULL, "Cannot find access from token.");
    if (rc != PRYV_OK || row.serial == maker->row.serial)
        return rc;
    if ((rc = pryv_access_of_row(c->call->arena, &row, &maker, err)) != PRYV_OK ||
        (rc = permissions_check_parent(maker, c->tree, c->permissions, err)) != PRYV_OK)
        return rc;
    return access_check_end(row.expires, c->row.expires, err);
}

/* A token that is taken is told before a name that is: which of several a storage would tell is its own affair. */
static enum pryv_rc check_token(const struct creation *c, struct pryv_session *session, struct pryv_err *err)
{
    struct pryv_access_row row;
    enum pryv_rc rc;

    if (!json_object_get(c->call->params, "token"))
        return PRYV_OK;
    rc = api_self()->storage->access_by_token(session, c->call->arena, c->row.token, &row, err);
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc == PRYV_OK ? token_taken(err) : rc;
}

static enum pryv_rc check_count(const struct creation *c, struct pryv_session *session, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = api_self()->storage;
    long long max = api_self()->config->accesses_max;
    struct pryv_access_row *rows;
    uint64_t count = 0;
    size_t listed = 0;
    enum pryv_rc rc;

    if (storage->size > offsetof(struct pryv_storage_ops, accesses_count) && storage->accesses_count) {
        rc = storage->accesses_count(session, &count, err);
    } else {
        rc = storage->accesses_all(session, c->call->arena, &rows, &listed, err);
        count = listed;
    }
    if (rc == PRYV_OK && count >= (uint64_t) max)
        rc = pryv_refuse(err, 400, "invalid-operation", NULL, "An account holds at most %lld accesses.", max);
    return rc;
}

static enum pryv_rc store(struct creation *c, struct pryv_err *err)
{
    struct api *api = api_self();
    struct pryv_session *session;
    enum pryv_rc rc = api_open(c->call, PRYV_WRITE, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = check_maker_again(c, session, err);
    if (rc == PRYV_OK)
        rc = access_make_streams(c->call, session, c->permissions, &c->changed_streams, err);
    if (rc == PRYV_OK)
        rc = check_token(c, session, err);
    if (rc == PRYV_OK)
        rc = check_count(c, session, err);
    if (rc == PRYV_OK && (rc = api->storage->access_insert(session, &c->row, err)) == PRYV_CONFLICT)
        rc = access_conflict(&c->row, err);
    if (rc == PRYV_OK && c->alias.data)
        rc = access_alias_keep(session, c->row.id, c->alias, err);
    if (rc == PRYV_OK)
        rc = api_commit(c->call, session, PRYV_CHANGED_ACCESSES | (c->changed_streams ? PRYV_CHANGED_STREAMS : 0), err);
    api_close(session);
    return rc;
}

enum pryv_rc accesses_create(struct pryv_call *call, struct pryv_err *err)
{
    struct creation c = { .call = call, .permissions = json_object_get(call->params, "permissions") };
    enum pryv_rc rc = fill(&c, err);

    if (rc != PRYV_OK)
        return rc;
    if (pryv_json_member_true(call->params, "randomAlias") && (rc = access_alias_claim(call, &c.alias, err)) != PRYV_OK)
        return rc;
    c.row.integrity = access_integrity(call->arena, &c.row, c.alias);
    if ((rc = store(&c, err)) != PRYV_OK) {
        access_alias_release(call, c.alias);
        return rc;
    }
    if (c.changed_streams)
        streams_notify(call);
    pryv_publish("accessesChanged", call->user->id, PRYV_STR_NONE);
    call->status = 201;
    pryv_json_key(call->out, "access");
    access_write(call->out, call->arena, call->user, &c.row, c.alias);
    return PRYV_OK;
}
