/* root.c - what the bare address answers: a greeting, for programs and for people. It needs no token, and the account need not exist. */
#include "api.h"

static const char home[] = "https://pryv.github.io/";

/* JSON for whoever accepts it, and for whoever says nothing. */
static bool wants_json(const struct pryv_request *rq)
{
    struct pryv_str accept = pryv_request_header(rq, "accept");

    return !accept.len || memmem(accept.data, accept.len, "application/json", 16) || memmem(accept.data, accept.len, "*/*", 3) ||
           memmem(accept.data, accept.len, "application/*", 13);
}

static enum pryv_rc greet_program(struct pryv_call *call)
{
    struct pryv_json *js = pryv_json_new(call->arena);

    pryv_json_object(js);
    pryv_json_key(js, "meta");
    pryv_json_object(js);
    pryv_json_put_text(js, "apiVersion", pryv_api_version());
    pryv_json_put_number(js, "serverTime", call->now);
    pryv_json_put_str_if(js, "serial", pryv_json_member_text(pryv_service_info(), "serial"));
    pryv_json_object_end(js);
    pryv_json_put_text(js, "cheersFrom", "Pryv API");
    pryv_json_put_text(js, "learnMoreAt", home);
    pryv_json_object_end(js);
    return pryv_reply_send(call->request, 200, "application/json; charset=utf-8", pryv_json_text(js));
}

enum pryv_rc root_greet(struct pryv_call *call, struct pryv_err *err PRYV_UNUSED)
{
    char time[PRYV_NUMBER_SIZE];

    if (wants_json(call->request))
        return greet_program(call);
    pryv_number_format(time, call->now);
    return pryv_reply_send(call->request, 200, "text/html; charset=utf-8",
                           pryv_format(call->arena,
                                       "# Cheers from the Pryv API!\n\n- API version: %s\n- Server time: %s\n\nLearn more at %s",
                                       pryv_api_version(), time, home));
}

enum pryv_rc root_robots(struct pryv_call *call, struct pryv_err *err PRYV_UNUSED)
{
    return pryv_reply_send(call->request, 200, "text/plain; charset=utf-8", PRYV_STR("User-agent: *\nDisallow: /\n"));
}

enum pryv_rc root_favicon(struct pryv_call *call, struct pryv_err *err PRYV_UNUSED)
{
    return pryv_reply_send(call->request, 204, NULL, PRYV_STR(""));
}
