/* answers.c - answers without `meta`; see reg.h. */
#include "reg.h"

enum pryv_rc send_json(struct pryv_call *call, int status, struct pryv_json *js)
{
    pryv_reply_header(call->request, "Cache-Control", PRYV_STR("no-store"));
    return pryv_reply_send(call->request, status, "application/json; charset=utf-8", pryv_json_text(js));
}

enum pryv_rc send_error(struct pryv_call *call, int status, const char *id, const char *message)
{
    struct pryv_json *js = pryv_json_new(call->arena);

    pryv_json_object(js);
    pryv_json_key(js, "error");
    pryv_json_object(js);
    pryv_json_put_text(js, "id", id);
    pryv_json_put_text(js, "message", message);
    pryv_json_object_end(js);
    pryv_json_object_end(js);
    return send_json(call, status, js);
}

enum pryv_rc check_admin(struct pryv_call *call, struct pryv_err *err)
{
    return pryv_request_is_admin(call->request)
               ? PRYV_OK
               : pryv_refuse(err, 404, "unknown-resource", NULL, "There is nothing at this address.");
}
