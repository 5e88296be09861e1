/* access_info.c - getAccessInfo: the access in use, to whoever uses it. */
#include "access_usage.h"
#include "accesses.h"
#include "older_prefix.h"
#include "passwords.h"

static enum pryv_rc read_alias(struct pryv_call *call, struct pryv_str *alias, struct pryv_err *err)
{
    struct pryv_session *session;
    enum pryv_rc rc;

    *alias = PRYV_STR_NONE;
    if (call->access->type == PRYV_PERSONAL)
        return PRYV_OK;
    if ((rc = api_open(call, PRYV_READ, &session, err)) != PRYV_OK)
        return rc;
    rc = access_alias_read(session, call->arena, call->access->row.id, alias, err);
    api_close(session);
    return rc;
}

/* Whoever has an alias is not told the user name. The password's times are the owner's to know. */
static enum pryv_rc write_user(struct pryv_call *call, struct pryv_str alias, struct pryv_err *err)
{
    struct passwords passwords = { .count = 0 };
    enum pryv_rc rc = PRYV_OK;

    if (call->access->type == PRYV_PERSONAL && password_rules_have_times())
        rc = passwords_read(call, &passwords, err);
    if (rc != PRYV_OK)
        return rc;
    pryv_json_key(call->out, "user");
    pryv_json_object(call->out);
    pryv_json_put_str(call->out, "username", alias.data ? alias : call->user->username);
    if (passwords.count)
        password_write_times(call->out, &passwords.rows[0]);
    pryv_json_object_end(call->out);
    return PRYV_OK;
}

enum pryv_rc access_info(struct pryv_call *call, struct pryv_err *err)
{
    struct pryv_access_row row;
    struct pryv_str alias;
    struct pryv_json *js = call->out;
    /* Read anew: how often it was used is not in the cache. */
    enum pryv_rc rc = access_usage_read(call, call->access->row.id, &row, err);

    if (rc == PRYV_NOT_FOUND)
        return pryv_refuse(err, 403, "invalid-access-token", NULL, "Cannot find access from token.");
    if (rc != PRYV_OK || (rc = read_alias(call, &alias, err)) != PRYV_OK)
        return rc;
    pryv_json_put_str(js, "id", row.id);
    pryv_json_put_str(js, "token", row.token);
    pryv_json_put_str(js, "type", row.type);
    pryv_json_put_str(js, "name", row.name);
    pryv_json_put_str_if(js, "deviceName", row.device_name);
    if (call->access->permissions)
        older_prefix_put_permissions(js, "permissions", call->access->permissions);
    pryv_json_put_number_if(js, "lastUsed", row.last_used);
    pryv_json_put_number_if(js, "expires", row.expires);
    pryv_json_put_raw_if(js, "clientData", row.client_data_json);
    pryv_json_put_number(js, "created", row.created);
    pryv_json_put_str(js, "createdBy", row.created_by);
    pryv_json_put_number(js, "modified", row.modified);
    pryv_json_put_str(js, "modifiedBy", row.modified_by);
    pryv_json_put_raw_if(js, "calls", row.calls_json);
    pryv_json_put_str_if(js, "alias", alias);
    return write_user(call, alias, err);
}

enum pryv_rc auth_who_am_i(struct pryv_call *call PRYV_UNUSED, struct pryv_err *err)
{
    return pryv_refuse(err, 410, "removed-method", NULL, "auth.who-am-i was removed; getAccessInfo tells the access in use.");
}
