/* admin.c - what the administration of the old register asks: a user, the servers and their users. */
#include "cores.h"

/* ---- A user --------------------------------------------------------------------------------------------- */

static bool has_field(const struct pryv_field_value *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (pryv_str_equal(fields[i].field, name))
            return true;
    return false;
}

static enum pryv_rc write_user(struct pryv_call *call, struct pryv_json *js, struct pryv_str username, struct pryv_str server,
                               struct pryv_err *err)
{
    const struct reg *reg = reg_self();
    struct pryv_field_value *fields;
    struct pryv_str id;
    size_t count;
    enum pryv_rc rc = reg->platform->user_fields(reg->platform_self, call->arena, username, &fields, &count, err);

    if (rc != PRYV_OK)
        return rc;
    pryv_json_object(js);
    pryv_json_put_str(js, "username", username);
    for (size_t i = 0; i < count; i++)
        if (!pryv_str_equal(fields[i].field, "username") && (fields[i].value.len || pryv_str_equal(fields[i].field, "appId"))) {
            pryv_json_key_str(js, fields[i].field);
            pryv_json_str(js, fields[i].value);
        }
    if (!has_field(fields, count, "server"))
        pryv_json_put_str(js, "server", server);
    rc = reg->storage->user_by_name(reg->storage_self, call->arena, username, &id, err);
    if (rc == PRYV_OK && !has_field(fields, count, "id"))
        pryv_json_put_str(js, "id", id);
    pryv_json_object_end(js);
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc; /* its data is on another core */
}

enum pryv_rc admin_user(struct pryv_call *call, struct pryv_err *err)
{
    struct pryv_str username = pryv_json_member_text(call->params, "name"), core, server;
    struct pryv_json *js = pryv_json_new(call->arena);
    enum pryv_rc rc = check_admin(call, err);

    if (rc != PRYV_OK)
        return rc;
    rc = core_of_user(reg_self(), call->arena, username, &core, err);
    if (rc == PRYV_NOT_FOUND)
        return send_error(call, 404, "unknown-user", "Nobody has this user name.");
    if (rc == PRYV_OK)
        rc = core_url_of(reg_self(), call->arena, core, &server, err);
    if (rc == PRYV_OK)
        rc = write_user(call, js, username, server, err);
    return rc == PRYV_OK ? send_json(call, 200, js) : rc;
}

/* ---- Servers ---------------------------------------------------------------------------------------------- */

enum pryv_rc admin_servers(struct pryv_call *call, struct pryv_err *err)
{
    struct pryv_json *js = pryv_json_new(call->arena);
    struct core *cores;
    size_t count;
    enum pryv_rc rc = check_admin(call, err);

    if (rc != PRYV_OK || (rc = cores_list(reg_self(), call->arena, true, &cores, &count, err)) != PRYV_OK)
        return rc;
    pryv_json_object(js);
    pryv_json_key(js, "servers");
    pryv_json_object(js);
    for (size_t i = 0; i < count; i++) {
        pryv_json_key_str(js, cores[i].url);
        pryv_json_object(js);
        pryv_json_put_number(js, "userCount", (double) cores[i].user_count);
        pryv_json_object_end(js);
    }
    pryv_json_object_end(js);
    pryv_json_object_end(js);
    return send_json(call, 200, js);
}

/* By its id, else by a part of its address. */
static enum pryv_rc find_core(struct pryv_call *call, struct pryv_str name, struct pryv_str *id, struct pryv_err *err)
{
    struct core *cores;
    size_t count;
    enum pryv_rc rc = cores_list(reg_self(), call->arena, false, &cores, &count, err);

    *id = name;
    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        if (pryv_str_is(cores[i].id, name))
            return PRYV_OK;
    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        if (memmem(cores[i].url.data, cores[i].url.len, name.data, name.len)) {
            *id = cores[i].id;
            return PRYV_OK;
        }
    return rc;
}

static enum pryv_rc unsupported(struct pryv_err *err)
{
    return pryv_fail(err, PRYV_UNSUPPORTED, "this platform store cannot list the users of its cores");
}

/* Page by page, and piece by piece to the client: a platform has many users. */
static enum pryv_rc write_users(struct pryv_call *call, struct pryv_json *js, struct pryv_str core_id, struct pryv_err *err)
{
    enum { PAGE = 1000 };
    const struct reg *reg = reg_self();
    struct pryv_str *names, after = PRYV_STR_NONE;
    size_t count = PAGE;
    enum pryv_rc rc = PRYV_OK;

    if (reg->platform->size <= offsetof(struct pryv_platform_ops, core_users) || !reg->platform->core_users)
        return unsupported(err);
    while (rc == PRYV_OK && count == PAGE) {
        rc = reg->platform->core_users(reg->platform_self, call->arena, core_id, after, PAGE, &names, &count, err);
        for (size_t i = 0; rc == PRYV_OK && i < count; i++) {
            pryv_json_object(js);
            pryv_json_put_str(js, "username", names[i]);
            pryv_json_object_end(js);
            after = names[i];
        }
    }
    return rc;
}

enum pryv_rc admin_server_users(struct pryv_call *call, struct pryv_err *err)
{
    struct pryv_json *js = pryv_json_new(call->arena);
    struct pryv_str id;
    enum pryv_rc rc = check_admin(call, err);

    if (rc == PRYV_OK)
        rc = find_core(call, pryv_json_member_text(call->params, "name"), &id, err);
    if (rc != PRYV_OK)
        return rc;
    pryv_json_object(js);
    pryv_json_key(js, "users");
    pryv_json_array(js);
    rc = write_users(call, js, id, err);
    pryv_json_array_end(js);
    pryv_json_object_end(js);
    return rc == PRYV_OK ? send_json(call, 200, js) : rc;
}

enum pryv_rc admin_server_rename(struct pryv_call *call, struct pryv_err *err)
{
    const struct reg *reg = reg_self();
    struct pryv_json *js = pryv_json_new(call->arena);
    uint64_t moved = 0;
    enum pryv_rc rc = check_admin(call, err);

    if (rc != PRYV_OK)
        return rc;
    if (reg->platform->size <= offsetof(struct pryv_platform_ops, core_move) || !reg->platform->core_move)
        return unsupported(err);
    rc = reg->platform->core_move(reg->platform_self, pryv_json_member_text(call->params, "from"),
                                  pryv_json_member_text(call->params, "to"), &moved, err);
    if (rc != PRYV_OK)
        return rc;
    pryv_publish("coresChanged", PRYV_STR_NONE, PRYV_STR_NONE);
    pryv_json_object(js);
    pryv_json_put_number(js, "count", (double) moved);
    pryv_json_object_end(js);
    return send_json(call, 200, js);
}
