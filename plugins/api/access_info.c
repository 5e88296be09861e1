/* access_info.c - getAccessInfo: the access in use, to whoever uses it. */
#include "accesses.h"

enum pryv_rc access_info(struct pryv_call *call, struct pryv_err *err)
{
    struct api *api = api_self();
    struct pryv_session *session;
    struct pryv_access_row row;
    struct pryv_json *js = call->out;
    enum pryv_rc rc = api_open(call, PRYV_READ, &session, err);

    if (rc != PRYV_OK)
        return rc;
    /* Read anew: how often it was used is not in the cache. */
    rc = api->storage->access_get(session, call->arena, call->access->row.id, &row, err);
    api_close(session);
    if (rc == PRYV_NOT_FOUND)
        return pryv_refuse(err, 403, "invalid-access-token", NULL, "Cannot find access from token.");
    if (rc != PRYV_OK)
        return rc;
    pryv_json_put_str(js, "id", row.id);
    pryv_json_put_str(js, "token", row.token);
    pryv_json_put_str(js, "type", row.type);
    pryv_json_put_str(js, "name", row.name);
    pryv_json_put_str_if(js, "deviceName", row.device_name);
    if (call->access->permissions)
        pryv_json_put_value(js, "permissions", call->access->permissions);
    pryv_json_put_number_if(js, "lastUsed", row.last_used);
    pryv_json_put_number_if(js, "expires", row.expires);
    pryv_json_put_raw_if(js, "clientData", row.client_data_json);
    pryv_json_put_number(js, "created", row.created);
    pryv_json_put_str(js, "createdBy", row.created_by);
    pryv_json_put_number(js, "modified", row.modified);
    pryv_json_put_str(js, "modifiedBy", row.modified_by);
    pryv_json_put_raw_if(js, "calls", row.calls_json);
    pryv_json_key(js, "user");
    pryv_json_object(js);
    pryv_json_put_str(js, "username", call->user->username);
    pryv_json_object_end(js);
    return PRYV_OK;
}

enum pryv_rc auth_who_am_i(struct pryv_call *call PRYV_UNUSED, struct pryv_err *err)
{
    return pryv_refuse(err, 410, "removed-method", NULL, "auth.who-am-i was removed; getAccessInfo tells the access in use.");
}
