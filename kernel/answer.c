/* answer.c - see answer.h. */
#include "answer.h"
#include "error_json.h"
#include "http_reply.h"
#include <pryv/access.h>
#include <pryv/crypto.h>

/* The value that the request asks for, or the usual one. */
static void echo(struct pryv_request *rq, struct pryv_str name, const char *asked_by, struct pryv_str usual)
{
    struct pryv_str asked = pryv_request_header(rq, asked_by);

    http_reply_add_header(rq, name, asked.len ? asked : usual);
}

void answer_common_headers(struct pryv_request *rq)
{
    echo(rq, PRYV_STR("Access-Control-Allow-Origin"), "origin", PRYV_STR("*"));
    echo(rq, PRYV_STR("Access-Control-Allow-Methods"), "access-control-request-method",
         PRYV_STR("POST, GET, PUT, DELETE, OPTIONS"));
    echo(rq, PRYV_STR("Access-Control-Allow-Headers"), "access-control-request-headers", PRYV_STR("Authorization, Content-Type"));
    http_reply_add_header(rq, PRYV_STR("Access-Control-Expose-Headers"), PRYV_STR("API-Version"));
    http_reply_add_header(rq, PRYV_STR("Access-Control-Max-Age"), PRYV_STR("31536000"));
    http_reply_add_header(rq, PRYV_STR("Access-Control-Allow-Credentials"), PRYV_STR("true"));
    http_reply_add_header(rq, PRYV_STR("API-Version"), pryv_str(pryv_api_version()));
    /* What a user stored never becomes a script, and an address with a token in it is told to no other site. */
    http_reply_add_header(rq, PRYV_STR("X-Content-Type-Options"), PRYV_STR("nosniff"));
    http_reply_add_header(rq, PRYV_STR("Referrer-Policy"), PRYV_STR("no-referrer"));
}

void answer_json_headers(struct pryv_request *rq)
{
    pryv_reply_header(rq, "Cache-Control", PRYV_STR("no-store"));
}

void answer_write_meta(struct pryv_json *js)
{
    pryv_json_key(js, "meta");
    pryv_json_object(js);
    pryv_json_put_text(js, "apiVersion", pryv_api_version());
    pryv_json_put_number(js, "serverTime", pryv_now());
    pryv_json_put_str(js, "serial", pryv_json_member_text(pryv_service_info(), "serial"));
    pryv_json_object_end(js);
}

enum pryv_rc answer_error(struct pryv_request *rq, const struct pryv_err *err, int status, bool plain)
{
    struct pryv_json *js = pryv_json_new(rq->arena);

    if (!status)
        status = pryv_err_status(err);
    if (status == 503)
        pryv_reply_header(rq, "Retry-After", PRYV_STR("1"));
    answer_json_headers(rq);
    pryv_json_object(js);
    error_write(js, err);
    if (!plain)
        answer_write_meta(js);
    pryv_json_object_end(js);
    return pryv_reply_send(rq, status, "application/json; charset=utf-8", pryv_json_text(js));
}
