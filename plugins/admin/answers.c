/* answers.c - answers without `meta`, and what is said about wrong requests; see admin.h. */
#include "admin.h"

enum pryv_rc send_json(struct pryv_call *call, int status, struct pryv_json *js)
{
    return pryv_reply_send(call->request, status, "application/json; charset=utf-8", pryv_json_text(js));
}

enum pryv_rc send_error(struct pryv_call *call, int status, const char *id, const char *message, const char *reason)
{
    struct pryv_json *js = pryv_json_new(call->arena);

    pryv_json_object(js);
    pryv_json_key(js, "error");
    pryv_json_object(js);
    pryv_json_put_text(js, "id", id);
    pryv_json_put_text(js, "message", message);
    pryv_json_put_str_if(js, "reason", pryv_str(reason));
    pryv_json_object_end(js);
    pryv_json_object_end(js);
    return send_json(call, status, js);
}

enum pryv_rc unknown_resource(struct pryv_err *err, const char *message)
{
    return pryv_refuse(err, 404, "unknown-resource", NULL, "%s", message);
}

enum pryv_rc wrong_param(struct pryv_err *err, const char *param, const char *message)
{
    json_t *complaints = json_array();

    pryv_param_complain(complaints, "INVALID_TYPE", pryv_format(err->arena, "#/%s", param).data, param, "%s", message);
    return pryv_refuse(err, 400, "invalid-parameters-format", complaints, "%s: %s", param, message);
}
