/* dispatch_http.c - an HTTP request becomes a call, and the call's result an answer. Clients see the order of the steps by the
 * fault that they are told first; answer_* and call_* are the steps' insides. */
#include "dispatch.h"
#include "answer.h"
#include "auth.h"
#include "dispatch_request.h"
#include "http1.h"
#include "http_reply.h"
#include "percent.h"
#include "query.h"
#include "settings.h"
#include <pryv/affinity.h>
#include <pryv/log.h>
#include <pryv/plugin.h>

enum { ONE_BUFFER = 64 * 1024 };

/* ---- Body and overrides --------------------------------------------------------------------- */

static enum pryv_rc parse_body(struct pryv_request *rq, struct pryv_err *err)
{
    struct dispatch *d = rq->dispatch;
    const struct body_limits limits = {
        .max_json = (size_t) dispatch_largest_json(),
        .max_form = (size_t) settings.max_form_bytes,
        .max_fields = (size_t) settings.max_parameters,
    };
    struct pryv_str text = pryv_request_body(rq);

    if (rq->body_fd != -1 && text.len == 0)
        return pryv_fail(err, PRYV_FAILED, "the file of a request's body cannot be mapped");
    return body_read(rq->arena, d->content_type, pryv_request_header(rq, "content-encoding"), text, &limits, &d->body, err);
}

static enum pryv_rc read_body(struct pryv_request *rq, struct pryv_err *err)
{
    struct dispatch *d = rq->dispatch;
    bool is_parsed = (d->kind == BODY_JSON || d->kind == BODY_FORM) && !dispatch_has_flag(d, PRYV_ROUTE_RAW);
    enum pryv_rc rc = PRYV_OK;

    if (!d->has_body)
        return PRYV_OK;
    if (rq->body_state == HTTP_BODY_TOO_LARGE && dispatch_has_flag(d, PRYV_ROUTE_RAW))
        return pryv_refuse(err, 413, "invalid-request-structure", NULL, "The body is too large.");
    if (rq->body_state == HTTP_BODY_TOO_LARGE && (is_parsed || dispatch_is_upload(d) || dispatch_takes_any_type(d)))
        return pryv_refuse(err, 400, "invalid-request-structure", NULL, "The body is too large.");
    if (is_parsed)
        rc = parse_body(rq, err);
    if (rc == PRYV_OK && d->body.verb.data) {
        d->verb = d->body.verb;
        dispatch_find_route(rq);
    }
    return rc;
}

/* ---- Account and access --------------------------------------------------------------------- */

static enum pryv_rc unknown_resource(struct pryv_err *err)
{
    return pryv_refuse(err, 404, "unknown-resource", NULL, "There is nothing at this address.");
}

static bool is_for_admin(const struct pryv_request *rq)
{
    return rq->dispatch->route && rq->dispatch->route->method->method->who == PRYV_BY_ADMIN;
}

/* Whoever has not the key learns nothing, not even what is wrong with the request. */
static enum pryv_rc check_admin(const struct pryv_request *rq, struct pryv_err *err)
{
    return !is_for_admin(rq) || pryv_request_is_admin(rq) ? PRYV_OK : unknown_resource(err);
}

static enum pryv_rc find_account(struct pryv_request *rq, struct pryv_str username, const struct pryv_user **user,
                                 struct pryv_err *err)
{
    enum pryv_rc rc = auth_user(rq->arena, username, user, err);

    return rc == PRYV_NOT_FOUND ? pryv_refuse(err, 404, "unknown-resource", NULL, "There is no account of that name.") : rc;
}

/* A user of another core is served there: that comes before everything that this core knows or does not know. */
static enum pryv_rc check_core(struct pryv_request *rq, struct pryv_str username, struct pryv_err *err)
{
    const struct pryv_interface *affinity = pryv_interface("affinity", PRYV_AFFINITY_VERSION);
    const struct pryv_affinity_ops *ops = affinity ? affinity->ops : NULL;

    return ops ? ops->check(affinity->self, rq, username, &rq->dispatch->elsewhere, err) : PRYV_OK;
}

static enum pryv_rc bad_path(struct pryv_err *err)
{
    return pryv_refuse(err, 400, "invalid-request-structure", NULL, "The path is not properly encoded UTF-8.");
}

/* An unknown route says so, unless its account lives elsewhere, which is worth knowing first. */
static enum pryv_rc unknown_route(struct pryv_request *rq, struct pryv_err *err)
{
    struct pryv_str path = rq->dispatch->path, name;
    const struct pryv_user *user;
    const char *slash = path.len > 1 ? memchr(path.data + 1, '/', path.len - 1) : NULL;
    size_t len = slash ? (size_t) (slash - path.data) - 1 : 0;
    enum pryv_rc rc = PRYV_NOT_FOUND;

    if (!percent_decode(rq->arena, path, PERCENT_STRICT, &name))
        return bad_path(err);
    if (len && percent_decode(rq->arena, pryv_str_n(path.data + 1, len), PERCENT_STRICT | PERCENT_NO_NUL, &name))
        rc = check_core(rq, name, err);
    if (rc == PRYV_OK && rq->dispatch->elsewhere)
        return PRYV_OK;
    if (rc == PRYV_OK)
        rc = auth_user(rq->arena, name, &user, err);
    return rc == PRYV_OK || rc == PRYV_NOT_FOUND ? unknown_resource(err) : rc;
}

static enum pryv_rc decode_path(struct pryv_request *rq, struct pryv_err *err)
{
    struct dispatch *d = rq->dispatch;

    for (size_t i = 0; i < d->match.count; i++)
        if (!percent_decode(rq->arena, d->match.values[i], PERCENT_STRICT | PERCENT_NO_NUL, &d->match.values[i]))
            return bad_path(err);
    return PRYV_OK;
}

static enum pryv_rc load_access(struct pryv_request *rq, struct pryv_err *err)
{
    struct pryv_call *call = &rq->dispatch->call;
    struct pryv_str token;
    bool proof;
    enum pryv_rc rc;

    call->access = NULL;
    auth_token(rq->arena, rq, rq->dispatch->body.token, &token, &call->caller_id, &proof);
    rc = auth_access(rq->arena, call->user, token, call->now, &call->access, err);
    if (rc == PRYV_OK && proof)
        rc = pryv_refuse(err, 403, "invalid-access-token", NULL, "No key is bound to this access: there is nothing to prove.");
    if (call->access)
        pryv_reply_header(rq, "Pryv-Access-Id", call->access->row.id);
    call->author = call_author(rq->arena, rc == PRYV_OK ? call->access : NULL, call->caller_id);
    return rc;
}

/* Account, token, and who may call. An upload comes here twice: before its body is read, and after, when its token may
 * have been revoked in the meantime; hooks see it once. */
static enum pryv_rc admit(struct pryv_request *rq, struct pryv_err *err)
{
    struct dispatch *d = rq->dispatch;
    struct pryv_call *call = &d->call;
    const struct bound_method *method = d->route->method;
    enum pryv_rc rc = PRYV_OK;

    call->method = method->method;
    if (method->method->who == PRYV_BY_ADMIN)
        rc = check_admin(rq, err);
    else if (method->method->who != PRYV_BY_ANYONE)
        rc = load_access(rq, err);
    if (rc == PRYV_OK && !d->admitted)
        rc = call_admit(method, call, err);
    d->admitted = rc == PRYV_OK;
    return rc;
}

enum pryv_rc pryv_call_authenticate(struct pryv_call *call, struct pryv_err *err)
{
    enum pryv_rc rc = load_access(call->request, err);

    return rc == PRYV_OK ? call_admit(call->request->dispatch->route->method, call, err) : rc;
}

enum pryv_rc pryv_call_take_access(struct pryv_call *call, const struct pryv_access *access, struct pryv_err *err)
{
    call->access = access;
    call->author = call_author(call->arena, access, call->caller_id);
    pryv_reply_header(call->request, "Pryv-Access-Id", access->row.id);
    return call_admit(call->request->dispatch->route->method, call, err);
}

enum pryv_rc pryv_call_account(struct pryv_call *call, struct pryv_str username, bool *elsewhere, struct pryv_err *err)
{
    struct pryv_request *rq = call->request;
    enum pryv_rc rc = check_core(rq, username, err);

    *elsewhere = rq->dispatch->elsewhere;
    return rc == PRYV_OK && !*elsewhere ? find_account(rq, username, &call->user, err) : rc;
}

static enum pryv_rc new_call(struct pryv_request *rq, struct pryv_err *err)
{
    struct dispatch *d = rq->dispatch;
    enum pryv_rc rc = decode_path(rq, err);

    d->call = (struct pryv_call){
        .arena = rq->arena,
        .method = d->route->method->method,
        .status = 200,
        .now = rq->started,
        .request = rq,
        .author = is_for_admin(rq) ? PRYV_STR("admin") : PRYV_STR("system"),
        .upload = dispatch_is_upload(d) && d->has_body,
    };
    if (rc == PRYV_OK && d->route->has_account)
        rc = check_core(rq, pryv_request_path_param(rq, REGISTRY_ACCOUNT), err);
    if (rc == PRYV_OK && d->route->has_account && !d->elsewhere)
        rc = find_account(rq, pryv_request_path_param(rq, REGISTRY_ACCOUNT), &d->call.user, err);
    return rc;
}

/* ---- Running -------------------------------------------------------------------------------- */

/* The writer's sink: the first piece carries status and headers with it. */
static enum pryv_rc send_piece(void *context, const char *data, size_t len)
{
    struct pryv_request *rq = context;

    if (!http_reply_started(rq)) {
        pryv_reply_status(rq, rq->dispatch->call.status);
        answer_json_headers(rq);
        pryv_reply_header(rq, "Content-Type", PRYV_STR("application/json"));
    }
    return pryv_reply_write(rq, pryv_str_n(data, len));
}

static enum pryv_rc finish_json(struct pryv_request *rq, struct pryv_json *js)
{
    if (!dispatch_has_flag(rq->dispatch, PRYV_ROUTE_PLAIN))
        answer_write_meta(js);
    pryv_json_object_end(js);
    if (pryv_json_failed(js) != PRYV_OK)
        return pryv_json_failed(js);
    if (http_reply_started(rq))
        return pryv_json_flush(js);
    answer_json_headers(rq);
    return pryv_reply_send(rq, rq->dispatch->call.status, "application/json; charset=utf-8", pryv_json_text(js));
}

/* Small answers are kept whole, so that an error can still take their place. Who may not wait for a slow client keeps all of it: the loop, and a thread with
 * more requests to answer. */
static struct pryv_json *new_writer(struct pryv_request *rq)
{
    bool whole = dispatch_has_flag(rq->dispatch, PRYV_ROUTE_INLINE) || dispatch_ends_soon(rq);

    return pryv_json_new_sink(rq->arena, ONE_BUFFER, whole ? NULL : send_piece, rq);
}

struct pryv_json *pryv_call_json(struct pryv_call *call)
{
    call->out = new_writer(call->request);
    pryv_json_object(call->out);
    return call->out;
}

static const struct bound_route *serving_route(const struct dispatch *d)
{
    return d->route->route->serve ? d->route : NULL;
}

static enum pryv_rc prepare_call(struct pryv_request *rq, struct pryv_err *err)
{
    struct dispatch *d = rq->dispatch;
    enum pryv_rc rc = d->admitted ? PRYV_OK : new_call(rq, err);

    if (rc != PRYV_OK || d->elsewhere)
        return rc;
    rc = admit(rq, err);
    if (rc == PRYV_OK)
        rc = dispatch_params(rq, err);
    if (rc == PRYV_OK)
        rc = call_begin(d->route->method, serving_route(d), &d->call, err);
    if (rc != PRYV_OK)
        call_over(d->route->method, &d->call, err);
    d->prepared = rc == PRYV_OK;
    return rc;
}

static enum pryv_rc finish_call(struct pryv_request *rq, struct pryv_err *err)
{
    struct dispatch *d = rq->dispatch;
    const struct bound_route *serve = serving_route(d);
    enum pryv_rc rc;

    if (!serve)
        (void) pryv_call_json(&d->call);
    rc = call_handle(d->route->method, serve, &d->call, err);
    call_over(d->route->method, &d->call, rc == PRYV_OK ? NULL : err);
    if (rc != PRYV_OK)
        return rc;
    if (!d->call.out || (http_reply_started(rq) && pryv_json_written(d->call.out) == 1))
        return PRYV_OK; /* it wrote its own answer */
    return finish_json(rq, d->call.out);
}

/* A form may say `_auth`, which goes before the header. */
static bool may_bring_key(const struct dispatch *d)
{
    return d->has_body && d->kind == BODY_FORM && !dispatch_has_flag(d, PRYV_ROUTE_RAW);
}

/* All that comes before the handler of a method or route; where there is none, the answer. */
static enum pryv_rc prepare(struct pryv_request *rq, struct pryv_err *err)
{
    struct dispatch *d = rq->dispatch;
    enum pryv_rc rc;

    if (!settings.dnsless && !pryv_request_header(rq, "host").len)
        return pryv_refuse(err, 400, "missing-header", NULL, "%s", http1_no_host);
    if (!may_bring_key(d) && (rc = check_admin(rq, err)) != PRYV_OK)
        return rc;
    if ((rc = read_body(rq, err)) != PRYV_OK)
        return check_admin(rq, err) == PRYV_OK ? rc : PRYV_REFUSED;
    if (pryv_str_equal(d->verb, "OPTIONS"))
        return pryv_reply_send(rq, 200, "text/plain; charset=utf-8", PRYV_STR("OK"));
    return d->route ? prepare_call(rq, err) : unknown_route(rq, err);
}

/* An error takes the answer's place, or cuts it when a part has left, so that half an answer never looks whole. */
static void answer_failure(struct pryv_request *rq, const struct pryv_err *err)
{
    struct pryv_str path = pryv_request_path(rq);

    if (err->rc == PRYV_GONE) {
        http_reply_abort(rq);
        return;
    }
    call_log_fault(pryv_cstr(rq->arena, path), err);
    if (http_reply_started(rq) || answer_error(rq, err, 0, dispatch_has_flag(rq->dispatch, PRYV_ROUTE_PLAIN)) != PRYV_OK)
        http_reply_abort(rq);
}

/* ---- The handler ---------------------------------------------------------------------------- */

static void log_access(struct pryv_request *rq)
{
    enum pryv_log_level level = settings.access_log ? PRYV_LOG_INFO : PRYV_LOG_DEBUG;

    if (!pryv_log_enabled(level))
        return;

    struct pryv_str query = query_masked(rq->arena, rq->head.query);

    pryv_log(level, "http", "%.*s %.*s%s%.*s %d %.1fms %.*s", PRYV_STR_ARG(pryv_request_verb(rq)),
             PRYV_STR_ARG(pryv_request_path(rq)), query.len ? "?" : "", PRYV_STR_ARG(query), http_reply_status(rq),
             (pryv_now() - rq->started) * 1000, PRYV_STR_ARG(rq->address));
}

static void greet(struct pryv_request *rq)
{
    if (!rq->dispatch->greeted)
        answer_common_headers(rq);
    rq->dispatch->greeted = true;
}

/* Before the body of an upload is read: account, token, and who may send one. */
static void check_request(struct pryv_request *rq)
{
    struct pryv_err err = PRYV_ERR(rq->arena);
    enum pryv_rc rc;

    pryv_log_request(rq->id);
    greet(rq);
    rc = new_call(rq, &err);
    if (rc == PRYV_OK && !rq->dispatch->elsewhere && (rc = admit(rq, &err)) != PRYV_OK)
        call_over(rq->dispatch->route->method, &rq->dispatch->call, &err);
    if (rc != PRYV_OK)
        answer_failure(rq, &err);
    if (rc != PRYV_OK || rq->dispatch->elsewhere)
        log_access(rq);
    pryv_log_request(NULL);
}

/* The answer is there, or this makes it an error. */
static void conclude(struct pryv_request *rq, enum pryv_rc rc, struct pryv_err *err)
{
    if (rc != PRYV_OK) {
        err->rc = rc;
        answer_failure(rq, err);
    }
    log_access(rq);
}

static bool begin_request(struct pryv_request *rq)
{
    struct pryv_err err = PRYV_ERR(rq->arena);
    enum pryv_rc rc;

    pryv_log_request(rq->id);
    greet(rq);
    rc = prepare(rq, &err);
    if (!rq->dispatch->prepared)
        conclude(rq, rc, &err);
    pryv_log_request(NULL);
    return rq->dispatch->prepared;
}

static void end_request(struct pryv_request *rq)
{
    struct pryv_err err = PRYV_ERR(rq->arena);

    pryv_log_request(rq->id);
    conclude(rq, finish_call(rq, &err), &err);
    pryv_log_request(NULL);
}

static void run_request(struct pryv_request *rq)
{
    if (begin_request(rq))
        end_request(rq);
}

static const char *id_of_broken(int status, const char *message)
{
    if (status == 501 || status == 503)
        return "api-unavailable";
    return message == http1_no_host ? "missing-header" : "invalid-request-structure";
}

/* HTTP itself was broken: there may be no head, and nothing was planned. */
static void refuse_request(struct pryv_request *rq, int status, const char *message)
{
    struct pryv_err err = PRYV_ERR(rq->arena);

    pryv_log_request(rq->id);
    if (!rq->dispatch) {
        rq->dispatch = pryv_new(rq->arena, struct dispatch);
        rq->dispatch->verb = rq->head.verb;
        rq->dispatch->path = rq->head.path;
    }
    (void) pryv_refuse(&err, status, id_of_broken(status, message), NULL, "%s", message);
    greet(rq);
    if (answer_error(rq, &err, status, false) != PRYV_OK)
        http_reply_abort(rq);
    log_access(rq);
    pryv_log_request(NULL);
}

const struct http_handler dispatch_handler = {
    .plan = dispatch_plan,
    .check = check_request,
    .piece = dispatch_take_piece,
    .run = run_request,
    .begin = begin_request,
    .fetch = dispatch_fetch,
    .ends_soon = dispatch_ends_soon,
    .end = end_request,
    .refuse = refuse_request,
};
