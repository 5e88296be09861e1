/* From a request to a method and back: the order of checks, headers, overrides, parameters, hooks, errors, batch calls.
 * The HTTP server below and the accounts beside are played by this file: a request goes in, an answer comes out. */
#include "auth.h"
#include "call.h"
#include "dispatch.h"
#include "http_reply.h"
#include "openapi.h"
#include "settings.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* ---- The HTTP server's part ----------------------------------------------------------------- */

struct http_reply {
    int status;
    bool started, done, aborted;
    char headers[4096]; /* "name: value\n"... */
    char body[512 * 1024];
    size_t len;
};

static struct http_reply reply;
static struct pryv_err gone;

struct pryv_str pryv_request_header(const struct pryv_request *rq, const char *name)
{
    for (size_t i = 0; i < rq->head.header_count; i++)
        if (pryv_str_equal(rq->head.headers[i].name, name))
            return rq->head.headers[i].value;
    return PRYV_STR_NONE;
}

struct pryv_str pryv_request_body(struct pryv_request *rq)
{
    return rq->body;
}

void pryv_reply_status(struct pryv_request *rq, int status)
{
    rq->reply->status = status;
}

void http_reply_add_header(struct pryv_request *rq, struct pryv_str name, struct pryv_str value)
{
    size_t len = strlen(rq->reply->headers);

    snprintf(rq->reply->headers + len, sizeof(rq->reply->headers) - len, "%.*s: %.*s\n", PRYV_STR_ARG(name), PRYV_STR_ARG(value));
}

void pryv_reply_header(struct pryv_request *rq, const char *name, struct pryv_str value)
{
    http_reply_add_header(rq, pryv_str(name), value);
}

enum pryv_rc pryv_reply_write(struct pryv_request *rq, struct pryv_str bytes)
{
    if (gone.rc != PRYV_OK)
        return gone.rc;
    cr_assert_leq(rq->reply->len + bytes.len, sizeof(rq->reply->body));
    rq->reply->started = true;
    memcpy(rq->reply->body + rq->reply->len, bytes.data, bytes.len);
    rq->reply->len += bytes.len;
    return PRYV_OK;
}

enum pryv_rc pryv_reply_send(struct pryv_request *rq, int status, const char *content_type, struct pryv_str body)
{
    cr_assert_not(rq->reply->started, "two answers");
    rq->reply->status = status;
    rq->reply->done = true;
    pryv_reply_header(rq, "Content-Type", pryv_str(content_type));
    return pryv_reply_write(rq, body);
}

bool http_reply_started(const struct pryv_request *rq)
{
    return rq->reply->started;
}

int http_reply_status(const struct pryv_request *rq)
{
    return rq->reply->status;
}

bool http_reply_done(const struct pryv_request *rq)
{
    return rq->reply->done;
}

void http_reply_abort(struct pryv_request *rq)
{
    rq->reply->aborted = true;
}

/* ---- Accounts and accesses: bob, with a personal, an app and an expired token ----------------- */

static const struct pryv_user bob = { .id = { "u1", 2 }, .username = { "bob", 3 } };
static const struct pryv_access personal = { .row = { .id = { "acc-p", 5 }, .type = { "personal", 8 } }, .type = PRYV_PERSONAL };
static const struct pryv_access app = { .row = { .id = { "acc-a", 5 }, .type = { "app", 3 } }, .type = PRYV_APP };

enum pryv_rc auth_user(struct pryv_arena *mem PRYV_UNUSED, struct pryv_str username, const struct pryv_user **out,
                       struct pryv_err *err)
{
    if (pryv_str_equal(username, "elsewhere"))
        return pryv_refuse(err, 421, "wrong-core", NULL, "Elsewhere.");
    if (!pryv_str_equal(username, "bob"))
        return pryv_fail(err, PRYV_NOT_FOUND, "no such account");
    *out = &bob;
    return PRYV_OK;
}

void auth_token(struct pryv_arena *mem PRYV_UNUSED, const struct pryv_request *rq, struct pryv_str override,
                struct pryv_str *token, struct pryv_str *caller_id, bool *proof)
{
    *proof = false;
    *token = override.data ? override : pryv_request_header(rq, "authorization");
    if (!token->data)
        *token = pryv_request_query(rq, "auth");
    *caller_id = PRYV_STR_NONE;

    const char *space = token->len ? memchr(token->data, ' ', token->len) : NULL;

    if (space) {
        *caller_id = pryv_str_n(space + 1, (size_t) (token->data + token->len - space) - 1);
        token->len = (size_t) (space - token->data);
    }
}

enum pryv_rc auth_access(struct pryv_arena *mem PRYV_UNUSED, const struct pryv_user *user, struct pryv_str token,
                         double now PRYV_UNUSED, const struct pryv_access **out, struct pryv_err *err)
{
    cr_assert_eq(user, &bob);
    if (!token.data)
        return pryv_refuse(err, 401, "invalid-access-token", NULL, "No token.");
    *out = pryv_str_equal(token, "p") || pryv_str_equal(token, "expired") ? &personal : pryv_str_equal(token, "a") ? &app : NULL;
    if (!*out)
        return pryv_refuse(err, 403, "invalid-access-token", NULL, "Unknown token.");
    return pryv_str_equal(token, "expired") ? pryv_refuse(err, 403, "forbidden", NULL, "Expired.") : PRYV_OK;
}

const char *pryv_api_version(void)
{
    return "2.0.0-test";
}

static json_t *service;

const json_t *pryv_service_info(void)
{
    return service;
}

struct pryv_str openapi_describe(struct pryv_arena *arena)
{
    return pryv_str_copy(arena, PRYV_STR("{\"openapi\":\"3.1.0\"}"));
}

/* ---- A plugin ------------------------------------------------------------------------------- */

static int plugin_self;
static char trail[512]; /* what ran, in order */

static void leave(const char *what)
{
    size_t len = strlen(trail);

    cr_assert_lt(len + strlen(what) + 2, sizeof(trail));
    snprintf(trail + len, sizeof(trail) - len, "%s ", what);
}

static enum pryv_rc echo(struct pryv_call *call, struct pryv_err *err PRYV_UNUSED)
{
    cr_assert_eq(pryv_self(), &plugin_self);
    leave("echo");
    pryv_json_put_value(call->out, "params", call->params);
    pryv_json_put_str(call->out, "author", call->author);
    pryv_json_put_str_if(call->out, "user", call->user ? call->user->username : PRYV_STR_NONE);
    if (call->access)
        pryv_json_put_str(call->out, "access", call->access->row.id);
    return PRYV_OK;
}

static enum pryv_rc create(struct pryv_call *call, struct pryv_err *err)
{
    call->status = 201;
    return echo(call, err);
}

static enum pryv_rc fail(struct pryv_call *call, struct pryv_err *err)
{
    struct pryv_str how = pryv_json_member_text(call->params, "how");

    pryv_json_put_text(call->out, "half", "an answer");
    if (pryv_str_equal(how, "fault"))
        return pryv_fail(err, PRYV_FAILED, "secret detail: disk /dev/x is full");
    if (pryv_str_equal(how, "conflict"))
        return pryv_conflict(err, "id", "the id is taken");
    if (pryv_str_equal(how, "busy"))
        return pryv_fail(err, PRYV_BUSY, "the pool is empty");
    if (pryv_str_equal(how, "bare"))
        return PRYV_FAILED; /* err untouched */
    return pryv_refuse(err, 410, "removed-method", json_pack("{s:i}", "since", 2), "Gone since 2.");
}

/* `size` items of 10 bytes; fails at the end when told so. */
static enum pryv_rc many(struct pryv_call *call, struct pryv_err *err)
{
    size_t size = (size_t) pryv_json_member_number(call->params, "size");

    pryv_json_key(call->out, "items");
    pryv_json_array(call->out);
    for (size_t i = 0; i < size; i++)
        pryv_json_str(call->out, PRYV_STR("1234567"));
    pryv_json_array_end(call->out);
    return pryv_json_member_true(call->params, "fail") ? pryv_fail(err, PRYV_FAILED, "at the end") : PRYV_OK;
}

static enum pryv_rc batch(struct pryv_call *call, struct pryv_err *err)
{
    json_t *calls = json_object_get(call->params, "calls"), *item;
    size_t index;
    enum pryv_rc rc;

    pryv_json_key(call->out, "results");
    pryv_json_array(call->out);
    json_array_foreach(calls, index, item)
        if ((rc = pryv_call_method(call, json_string_value(json_object_get(item, "method")), json_object_get(item, "params"),
                                   call->out, err)) != PRYV_OK)
            return rc;
    pryv_json_array_end(call->out);
    return PRYV_OK;
}

static enum pryv_rc serve_file(struct pryv_call *call, struct pryv_err *err)
{
    if (!pryv_request_path_param(call->request, "rest").len)
        return pryv_refuse(err, 404, "unknown-resource", NULL, "No file.");
    pryv_reply_header(call->request, "X-File", pryv_request_path_param(call->request, "rest"));
    return pryv_reply_send(call->request, 200, "text/plain", PRYV_STR("file"));
}

static enum pryv_rc greeting(struct pryv_call *call, struct pryv_err *err)
{
    struct pryv_str accept = pryv_request_header(call->request, "accept");

    if (pryv_str_equal(accept, "text/html"))
        return pryv_reply_send(call->request, 200, "text/html", PRYV_STR("<p>"));
    return echo(call, err);
}

static const struct pryv_param echo_params[] = {
    { .name = "id", .type = PRYV_P_TEXT },
    { .name = "limit", .type = PRYV_P_NUMBER },
    { .name = "all", .type = PRYV_P_BOOL },
    { .name = "types", .type = PRYV_P_ARRAY, .flags = PRYV_P_LIST_OF_ONE, .item = &(struct pryv_param){ .type = PRYV_P_TEXT } },
    { .name = "update", .type = PRYV_P_OBJECT },
    { .name = NULL },
};

/* A sink that counts letters, and takes no 'z'. */
struct letters {
    size_t count;
};

static void *open_letters(struct pryv_request *rq, struct pryv_arena *mem)
{
    cr_assert_eq(pryv_self(), &plugin_self);
    return pryv_str_equal(pryv_request_content_type(rq), "text/plain") ? pryv_new(mem, struct letters) : NULL;
}

static enum pryv_rc take_letters(void *letters_, struct pryv_str piece, struct pryv_err *err)
{
    struct letters *letters = letters_;

    cr_assert_eq(pryv_self(), &plugin_self);
    letters->count += piece.len;
    return memchr(piece.data, 'z', piece.len) ? pryv_refuse(err, 400, "z", NULL, "No z.") : PRYV_OK;
}

static const struct pryv_body_sink letter_sink = { open_letters, take_letters };

static enum pryv_rc count_letters(struct pryv_call *call, struct pryv_err *err)
{
    void *state;
    enum pryv_rc rc = pryv_request_body_taken(call->request, &state, err);

    if (rc != PRYV_OK)
        return rc;
    pryv_json_put_number(pryv_call_json(call), "letters", state ? (double) ((struct letters *) state)->count : -1);
    return PRYV_OK;
}

static const struct pryv_param batch_params[] = {
    { .name = "calls", .type = PRYV_P_ARRAY, .flags = PRYV_P_REQUIRED },
    { .name = NULL },
};

static const struct pryv_method methods[] = {
    { .name = "things.get", .who = PRYV_BY_ANY_ACCESS, .params = echo_params, .handler = echo },
    { .name = "things.create", .who = PRYV_BY_PERSONAL, .params = echo_params, .handler = create },
    { .name = "things.fail", .who = PRYV_BY_ANY_ACCESS, .open = true, .handler = fail },
    { .name = "things.many", .who = PRYV_BY_ANY_ACCESS, .open = true, .handler = many },
    { .name = "batch", .who = PRYV_BY_ANY_ACCESS, .params = batch_params, .handler = batch },
    { .name = "sign.in", .open = true, .handler = echo },
    { .name = "root", .open = true, .handler = greeting },
    { .name = NULL },
};

static const struct pryv_route routes[] = {
    { .verb = "GET", .path = "/", .method = "root", .flags = PRYV_ROUTE_INLINE },
    { .verb = "POST", .path = "/{username}", .method = "batch", .body_member = "calls" },
    { .verb = "GET", .path = "/{username}/things", .method = "things.get" },
    { .verb = "GET", .path = "/{username}/things/{id}", .method = "things.get" },
    { .verb = "POST", .path = "/{username}/things", .method = "things.create", .flags = PRYV_ROUTE_UPLOAD },
    { .verb = "PUT", .path = "/{username}/things/{id}", .method = "things.create", .body_member = "update" },
    { .verb = "DELETE", .path = "/{username}/things/{id}", .method = "things.get" },
    { .verb = "POST", .path = "/{username}/look", .method = "things.get", .flags = PRYV_ROUTE_IGNORE_BODY },
    { .verb = "GET", .path = "/{username}/fail/{how}", .method = "things.fail" },
    { .verb = "POST", .path = "/{username}/many", .method = "things.many" },
    { .verb = "POST", .path = "/{username}/sign-in", .method = "sign.in" },
    { .verb = "GET", .path = "/plain", .method = "root", .flags = PRYV_ROUTE_PLAIN },
    { .verb = "GET", .path = "/reg/{name}/plain", .method = "root", .flags = PRYV_ROUTE_PLAIN },
    { .verb = "GET", .path = "/apps", .method = "root" },
    { .verb = "GET", .path = "/files/{rest*}", .serve = serve_file },
    { .verb = "POST", .path = "/letters", .serve = count_letters, .flags = PRYV_ROUTE_RAW, .sink = &letter_sink },
    { .verb = "GET", .path = "/{username}/files/{rest*}", .method = "files.read", .serve = serve_file, .who = PRYV_BY_APP },
    { .verb = NULL },
};

static enum pryv_rc refuse_guests(void *self, struct pryv_call *call, struct pryv_err *err)
{
    cr_assert_eq(self, &plugin_self);
    cr_assert_not_null(call->access);
    leave("access");
    return pryv_str_equal(call->caller_id, "guest") ? pryv_refuse(err, 401, "invalid-access-token", NULL, "No guests.") : PRYV_OK;
}

static enum pryv_rc before(void *self PRYV_UNUSED, struct pryv_call *call, struct pryv_err *err PRYV_UNUSED)
{
    cr_assert(json_is_object(call->params));
    leave("before");
    return PRYV_OK;
}

static void after(void *self PRYV_UNUSED, struct pryv_call *call, const struct pryv_err *err)
{
    char what[64];

    snprintf(what, sizeof(what), "%s=%s", call->method->name, err ? pryv_err_id(err) : "ok");
    leave(what);
}

static const struct pryv_hook hooks[] = {
    { .pattern = "*", .access = refuse_guests, .after = after },
    { .pattern = "things.*", .before = before },
    { .pattern = NULL },
};

static const struct pryv_plugin plugin = {
    PRYV_PLUGIN_HEAD, .name = "test", .version = "1", .methods = methods, .routes = routes, .hooks = hooks,
};

/* ---- Sending -------------------------------------------------------------------------------- */

static struct pryv_arena *arena;
static struct pryv_request rq;
static struct http_header headers[16];
static struct http_plan plan;

static void header(const char *name, const char *value)
{
    headers[rq.head.header_count++] = (struct http_header){ pryv_str(name), pryv_str(value) };
}

static void request(const char *verb, const char *target)
{
    const char *question = strchr(target, '?');

    reply = (struct http_reply){ 0 };
    trail[0] = '\0';
    gone.rc = PRYV_OK;
    rq = (struct pryv_request){ .arena = arena, .id = "0123456789abcdef", .reply = &reply, .body_fd = -1 };
    rq.head.verb = pryv_str(verb);
    rq.head.target = pryv_str(target);
    rq.head.path = question ? pryv_str_n(target, (size_t) (question - target)) : pryv_str(target);
    rq.head.query = question ? pryv_str(question + 1) : PRYV_STR_NONE;
    rq.head.headers = headers;
    rq.address = PRYV_STR("127.0.0.1");
}

static void run(void)
{
    memset(&plan, 0, sizeof(plan));
    dispatch_handler.plan(&rq, &plan);
    if (rq.body.len > plan.max_body)
        rq.body_state = HTTP_BODY_TOO_LARGE;
    else if (plan.body == HTTP_DROP && rq.body.len)
        rq.body_state = HTTP_BODY_DROPPED;
    if (plan.check_head)
        dispatch_handler.check(&rq);
    if (!reply.done)
        dispatch_handler.run(&rq);
}

static void get(const char *target, const char *token)
{
    request("GET", target);
    if (token)
        header("authorization", token);
    run();
}

static void body(const char *type, const char *text)
{
    header("content-type", type);
    rq.body = pryv_str(text);
    rq.head.content_length = rq.body.len;
    rq.head.has_length = true;
}

static void send_json(const char *verb, const char *target, const char *token, const char *text)
{
    request(verb, target);
    if (token)
        header("authorization", token);
    body("application/json", text);
    run();
}

static void send_form(const char *target, const char *token, const char *text)
{
    request("POST", target);
    if (token)
        header("authorization", token);
    body("application/x-www-form-urlencoded", text);
    run();
}

static json_t *parsed(void)
{
    struct pryv_err err = PRYV_ERR(arena);
    json_t *value = NULL;

    cr_assert_eq(pryv_json_parse(arena, pryv_str_n(reply.body, reply.len), false, &value, &err), PRYV_OK, "%.*s", (int) reply.len,
                 reply.body);
    return value;
}

/* What the answer says, without meta, as text. */
static const char *answered(void)
{
    json_t *value = json_copy(parsed());

    cr_assert_not_null(json_object_get(value, "meta"), "%.*s", (int) reply.len, reply.body);
    json_object_del(value, "meta");

    struct pryv_str text = pryv_json_dump(arena, value);

    json_decref(value);
    return pryv_cstr(arena, text);
}

static const char *member(const char *path, const char *name)
{
    return pryv_cstr(arena, pryv_json_member_text(path ? json_object_get(parsed(), path) : parsed(), name));
}

static bool has_header(const char *line)
{
    const char *at = strstr(reply.headers, line);

    return at && (at == reply.headers || at[-1] == '\n') && at[strlen(line)] == '\n';
}

static bool has_header_named(const char *name)
{
    char line[80];

    snprintf(line, sizeof(line), "%s: ", name);
    return strstr(reply.headers, line) != NULL;
}

#define cr_is(status_, text_) \
    cr_assert(reply.status == (status_) && strcmp(answered(), (text_)) == 0, "%d %s", reply.status, answered())
#define cr_is_error(status_, id_)                                                                                               \
    cr_assert(reply.status == (status_) && strcmp(member("error", "id"), (id_)) == 0, "%d %.*s", reply.status, (int) reply.len, \
              reply.body)

static void begin(void)
{
    struct pryv_err err;

    arena = pryv_arena_new();
    err = (struct pryv_err) PRYV_ERR(arena);
    settings.dnsless = true;
    settings.max_json_depth = 100;
    settings.uploads_max_size_mb = 1;
    settings.uploads_max_file_size_mb = 3;
    settings.uploads_max_form_kb = 100;
    settings.max_form_bytes = 1024;
    settings.max_parameters = 20;
    settings.max_batch_depth = 2;
    settings.core_id = PRYV_STR("core-a");
    settings.dns_static_entries = json_pack("{s:{}}", "static");
    service = json_pack("{s:s}", "serial", "2019061301");
    cr_assert_eq(registry_add(&plugin, &plugin_self, &err), PRYV_OK, "%s", err.message);
    cr_assert_eq(openapi_add(&err), PRYV_OK, "%s", err.message);
    cr_assert_eq(registry_ready(&err), PRYV_OK, "%s", err.message);
    openapi_make();
}

static void end(void)
{
    openapi_clear();
    registry_clear();
    json_decref(service);
    json_decref(settings.dns_static_entries);
    pryv_arena_free(arena);
}

TestSuite(dispatch, .init = begin, .fini = end);

/* ---- Headers and roots ---------------------------------------------------------------------- */

Test(dispatch, common_headers_are_on_every_answer)
{
    static const char *const targets[] = { "/", "/bob/things", "/nobody/things", "/a/b/c/d/e", "/bob/things/%zz", "/files/x" };

    for (size_t i = 0; i < PRYV_COUNT(targets); i++) {
        get(targets[i], NULL);
        cr_assert(has_header("Access-Control-Allow-Origin: *"), "%s", targets[i]);
        cr_assert(has_header("Access-Control-Allow-Methods: POST, GET, PUT, DELETE, OPTIONS"));
        cr_assert(has_header("Access-Control-Allow-Headers: Authorization, Content-Type"));
        cr_assert(has_header("Access-Control-Expose-Headers: API-Version"));
        cr_assert(has_header("Access-Control-Max-Age: 31536000"));
        cr_assert(has_header("Access-Control-Allow-Credentials: true"));
        cr_assert(has_header("API-Version: 2.0.0-test"));
    }
    send_json("POST", "/bob/things", "p", "{");
    cr_is_error(400, "invalid-request-structure");
    cr_assert(has_header("Access-Control-Allow-Origin: *"), "on answers to bad bodies too");
}

Test(dispatch, wishes_are_echoed)
{
    request("OPTIONS", "/nobody/nowhere");
    header("origin", "null");
    header("access-control-request-method", "PATCH");
    header("access-control-request-headers", "x-own");
    run();
    cr_assert_eq(reply.status, 200);
    cr_assert(reply.len == 2 && memcmp(reply.body, "OK", 2) == 0);
    cr_assert(plan.run_inline);
    cr_assert(has_header("Content-Type: text/plain; charset=utf-8"));
    cr_assert(has_header("Access-Control-Allow-Origin: null"));
    cr_assert(has_header("Access-Control-Allow-Methods: PATCH"));
    cr_assert(has_header("Access-Control-Allow-Headers: x-own"));
}

Test(dispatch, meta_is_the_last_member)
{
    get("/", NULL);
    cr_assert(plan.run_inline);
    cr_assert(has_header("Content-Type: application/json; charset=utf-8"));
    cr_assert(strncmp(reply.body,
                      "{\"params\":{},\"author\":\"system\",\"meta\":{\"apiVersion\":\"2.0.0-test\",\"serverTime\":", 78) == 0,
              "%s", reply.body);
    cr_assert_not_null(strstr(reply.body, ",\"serial\":\"2019061301\"}}"));
    get("/plain", NULL);
    cr_assert_str_eq(reply.body, "{\"params\":{},\"author\":\"system\"}");
    request("GET", "/");
    header("accept", "text/html");
    run();
    cr_assert_str_eq(reply.body, "<p>", "a method may write its own answer");
}

Test(dispatch, the_description_is_served)
{
    get("/openapi.json", NULL);
    cr_assert_str_eq(reply.body, "{\"openapi\":\"3.1.0\"}");
    cr_assert(has_header("Content-Type: application/json; charset=utf-8"));
}

/* ---- The order of checks -------------------------------------------------------------------- */

Test(dispatch, each_check_comes_before_the_next)
{
    send_json("POST", "/nobody/nowhere", NULL, "{"); /* body, before all else */
    cr_is_error(400, "invalid-request-structure");
    send_json("OPTIONS", "/nobody/nowhere", NULL, "{}");
    cr_assert_eq(reply.status, 200);
    get("/elsewhere/nowhere", NULL); /* the account, before the route */
    cr_is_error(421, "wrong-core");
    get("/nobody/things", "p");
    cr_is_error(404, "unknown-resource");
    get("/BOB/things", "p");
    cr_is_error(404, "unknown-resource");
    get("/bob/nowhere", "p");
    cr_is_error(404, "unknown-resource");
    cr_assert_not(has_header_named("Pryv-Access-Id"));
    cr_assert_str_eq(trail, "");
    get("/bob/things?x=1", NULL); /* the token, before parameters */
    cr_is_error(401, "invalid-access-token");
    cr_assert_str_eq(trail, "things.get=invalid-access-token ");
    get("/bob/things?x=1", "wrong");
    cr_is_error(403, "invalid-access-token");
    cr_assert_not(has_header_named("Pryv-Access-Id"));
    get("/bob/things?x=1", "expired");
    cr_is_error(403, "forbidden");
    cr_assert(has_header("Pryv-Access-Id: acc-p"), "an access that is refused is told");
    get("/bob/things?x=1", "p guest"); /* hooks of the access */
    cr_is_error(401, "invalid-access-token");
    cr_assert(has_header("Pryv-Access-Id: acc-p"));
    send_json("POST", "/bob/things", "a", "{\"x\":1}"); /* who may call */
    cr_is_error(403, "forbidden");
    cr_assert(has_header("Pryv-Access-Id: acc-a"));
    cr_assert_str_eq(trail, "access things.create=forbidden ");
    send_json("POST", "/bob/things", "p", "{\"x\":1}"); /* parameters */
    cr_is_error(400, "invalid-parameters-format");
    cr_assert(has_header("Pryv-Access-Id: acc-p"));
    send_json("POST", "/bob/things", "p", "{\"id\":\"1\"}");
    cr_is(201, "{\"params\":{\"id\":\"1\"},\"author\":\"acc-p\",\"user\":\"bob\",\"access\":\"acc-p\"}");
    cr_assert_str_eq(trail, "access before echo things.create=ok ");
}

Test(dispatch, routes)
{
    get("/bob/Things/", "a");
    cr_is(200, "{\"params\":{},\"author\":\"acc-a\",\"user\":\"bob\",\"access\":\"acc-a\"}");
    request("HEAD", "/bob/things");
    header("authorization", "a");
    run();
    cr_assert_eq(reply.status, 200);
    send_json("PATCH", "/bob/things", "a", "{}");
    cr_is_error(404, "unknown-resource");
    send_json("POST", "/", NULL, "[]");
    cr_is_error(404, "unknown-resource");
    get("/bob//things", "a");
    cr_is_error(404, "unknown-resource");
    get("/bob/things/%zz", "a");
    cr_is_error(400, "invalid-request-structure");
    get("/bob/things/%ff", "a");
    cr_is_error(400, "invalid-request-structure");
    get("/bob/things/a%00b", "a");
    cr_is_error(400, "invalid-request-structure");
    get("/b%6Fb/things/a%2Fb%20+?all=1", "a caller id");
    cr_is_error(400, "invalid-parameters-format");
    get("/b%6Fb/things/a%2Fb%20+?all=True", "a caller id");
    cr_is(200,
          "{\"params\":{\"all\":true,\"id\":\"a/b +\"},\"author\":\"acc-a caller id\",\"user\":\"bob\",\"access\":\"acc-a\"}");
}

Test(dispatch, routes_that_answer_themselves)
{
    get("/files/a/../b%2fc/", NULL);
    cr_assert(reply.status == 200 && has_header("X-File: a/../b/c/"), "%s", reply.headers);
    cr_assert_not(has_header_named("Pryv-Access-Id"));
    cr_assert_str_eq(trail, "/files/{rest*}=ok ");
    get("/files", NULL);
    cr_is_error(404, "unknown-resource");
    get("/bob/files/x", "p");
    cr_is_error(403, "forbidden");
    cr_assert_str_eq(trail, "access files.read=forbidden ");
    get("/bob/files/x", "a");
    cr_assert(reply.status == 200 && has_header("Pryv-Access-Id: acc-a"));
    send_json("POST", "/bob", "a", "[{\"method\":\"files.read\",\"params\":{}}]");
    cr_assert_not_null(strstr(reply.body, "invalid-method"), "no batch finds them");
}

static void send_letters(const char *type, const char *first, const char *last)
{
    request("POST", "/letters");
    if (type)
        header("content-type", type);
    rq.head.content_length = strlen(first) + strlen(last);
    memset(&plan, 0, sizeof(plan));
    dispatch_handler.plan(&rq, &plan);
    rq.body = pryv_str(first);
    if (rq.body.len)
        dispatch_handler.piece(&rq);
    rq.body = pryv_str(last);
    dispatch_handler.run(&rq);
}

Test(dispatch, routes_that_take_their_body_while_it_comes)
{
    send_letters("text/plain", "abc", "de");
    cr_is(200, "{\"letters\":5}");
    cr_assert_eq(plan.body, HTTP_IN_PIECES);
    cr_assert_eq(plan.max_body, UINT64_C(1024) * 1024);
    send_letters("text/plain", "", "de");
    cr_is(200, "{\"letters\":2}");
    send_letters("text/plain", "", "");
    cr_is(200, "{\"letters\":0}");
    send_letters(NULL, "abc", "z");
    cr_is(200, "{\"letters\":-1}");
    send_letters("text/plain", "az", "b");
    cr_is_error(400, "z");
    send_letters("text/plain", "a", "bz");
    cr_is_error(400, "z");
    request("POST", "/letters");
    header("content-type", "text/plain");
    rq.head.content_length = 4 << 20;
    dispatch_handler.plan(&rq, &plan);
    rq.body = PRYV_STR("z");
    dispatch_handler.piece(&rq);
    rq.body = PRYV_STR("");
    rq.body_state = HTTP_BODY_TOO_LARGE;
    dispatch_handler.run(&rq);
    cr_is_error(413, "invalid-request-structure");
}

/* ---- Parameters ----------------------------------------------------------------------------- */

Test(dispatch, parameters_come_from_query_body_and_path)
{
    get("/bob/things?limit=%201e2&types=a&auth=a", NULL);
    cr_is(200, "{\"params\":{\"limit\":100,\"types\":[\"a\"]},\"author\":\"acc-a\",\"user\":\"bob\",\"access\":\"acc-a\"}");
    get("/bob/things/path?id=query", "a");
    cr_is(200, "{\"params\":{\"id\":\"path\"},\"author\":\"acc-a\",\"user\":\"bob\",\"access\":\"acc-a\"}");
    get("/bob/things?types[any]=a", "a");
    cr_is_error(400, "invalid-parameters-format");
    get("/bob/things?a=%ff", "a");
    cr_is_error(400, "invalid-request-structure");
    send_json("PUT", "/bob/things/path?limit=1", "p", "{\"b\":2}");
    cr_is(201, "{\"params\":{\"update\":{\"b\":2},\"id\":\"path\"},\"author\":\"acc-p\",\"user\":\"bob\",\"access\":\"acc-p\"}");
    send_json("PUT", "/bob/things/path", "p", "[]");
    cr_is_error(400, "invalid-parameters-format");
    send_json("POST", "/bob/things", "p", "[]");
    cr_is_error(400, "invalid-parameters-format");
    send_json("DELETE", "/bob/things/path?limit=1", "p", "{\"limit\":2}");
    cr_is(200, "{\"params\":{\"limit\":1,\"id\":\"path\"},\"author\":\"acc-p\",\"user\":\"bob\",\"access\":\"acc-p\"}");
    send_json("POST", "/bob/look?limit=1", "p", "{\"limit\":2}");
    cr_is(200, "{\"params\":{\"limit\":1},\"author\":\"acc-p\",\"user\":\"bob\",\"access\":\"acc-p\"}");
    send_json("POST", "/bob/sign-in", "wrong", "{\"any\":[null]}"); /* a token nobody asked for is not looked at */
    cr_is(200, "{\"params\":{\"any\":[null]},\"author\":\"system\",\"user\":\"bob\"}");
    cr_assert_not(has_header_named("Pryv-Access-Id"));
}

Test(dispatch, bodies)
{
    static char large[1200 * 1024];

    request("POST", "/bob/things"); /* none */
    header("authorization", "p");
    run();
    cr_is(201, "{\"params\":{},\"author\":\"acc-p\",\"user\":\"bob\",\"access\":\"acc-p\"}");
    request("POST", "/bob/things"); /* of a type that is not looked at */
    header("authorization", "p");
    body("text/plain", "{\"id\":\"1\"}");
    run();
    cr_is(201, "{\"params\":{},\"author\":\"acc-p\",\"user\":\"bob\",\"access\":\"acc-p\"}");
    cr_assert_eq(plan.body, HTTP_DROP);
    memset(large, ' ', sizeof(large) - 1);
    send_json("POST", "/bob/things", "p", large);
    cr_is_error(400, "invalid-request-structure");
    cr_assert_eq(plan.max_body, UINT64_C(1024) * 1024);
    large[1025] = '\0';
    send_form("/bob/things", "p", large);
    cr_is_error(400, "invalid-request-structure");
    cr_assert_eq(plan.max_body, 1024u);
}

Test(dispatch, a_body_that_cannot_be_read_back_is_our_fault)
{
    request("POST", "/bob/things");
    header("authorization", "p");
    body("application/json", "{}");
    rq.body = PRYV_STR(""); /* what mapping answers when it fails */
    rq.body_fd = 99;
    run();
    cr_is_error(500, "unexpected-error");
}

Test(dispatch, uploads_are_checked_before_their_body_is_read)
{
    request("POST", "/bob/things");
    body("multipart/form-data; boundary=x", "--x--");
    run();
    cr_is_error(401, "invalid-access-token");
    cr_assert(plan.check_head && plan.body == HTTP_TO_FILE && plan.long_lane);
    cr_assert_eq(plan.max_body, UINT64_C(3) * 1024 * 1024 + UINT64_C(100) * 1024);
    cr_assert_str_eq(trail, "things.create=invalid-access-token ");
    request("POST", "/bob/things");
    header("authorization", "p");
    body("multipart/form-data; boundary=x", "--x--");
    run();
    cr_is(201, "{\"params\":{},\"author\":\"acc-p\",\"user\":\"bob\",\"access\":\"acc-p\"}");
    cr_assert_str_eq(trail, "access before echo things.create=ok ", "hooks see it once: %s", trail);
    request("POST", "/bob/things");
    header("authorization", "p");
    body("multipart/form-data; boundary=x", "--x--");
    dispatch_handler.plan(&rq, &plan);
    dispatch_handler.check(&rq);
    headers[0].value = PRYV_STR("wrong"); /* revoked while the body arrived */
    dispatch_handler.run(&rq);
    cr_is_error(403, "invalid-access-token");
}

Test(dispatch, overrides)
{
    send_form("/bob/things/1?limit=5", NULL, "_method=get&_auth=a&id=form");
    cr_is(200, "{\"params\":{\"limit\":5,\"id\":\"1\"},\"author\":\"acc-a\",\"user\":\"bob\",\"access\":\"acc-a\"}");
    send_form("/bob/things", "wrong", "_auth=p&_json={\"id\":\"j\"}&id=form");
    cr_is(201, "{\"params\":{\"id\":\"j\"},\"author\":\"acc-p\",\"user\":\"bob\",\"access\":\"acc-p\"}");
    send_form("/bob/things", "p", "_auth=wrong&id=form");
    cr_is_error(403, "invalid-access-token");
    send_form("/bob/things", "p", "id=form&limit=3"); /* texts stay texts */
    cr_is_error(400, "invalid-parameters-format");
    send_form("/bob/things", "p", "_method=FETCH");
    cr_is_error(404, "unknown-resource");
    send_form("/bob/things", "p", "_method=");
    cr_is_error(404, "unknown-resource");
    send_form("/bob/things", "p", "_json={");
    cr_is_error(400, "invalid-request-structure");
    send_json("POST", "/bob/things", "p", "{\"_method\":\"GET\"}");
    cr_is_error(400, "invalid-parameters-format");
    send_form("/bob/things", NULL, "_method=OPTIONS");
    cr_assert_eq(reply.status, 200);
}

/* ---- Errors and long answers ---------------------------------------------------------------- */

Test(dispatch, errors_say_what_may_be_said)
{
    get("/bob/fail/refusal", "a");
    cr_is(410, "{\"error\":{\"id\":\"removed-method\",\"message\":\"Gone since 2.\",\"data\":{\"since\":2}}}");
    get("/bob/fail/fault", "a");
    cr_is_error(500, "unexpected-error");
    cr_assert_null(strstr(reply.body, "secret"));
    cr_assert_str_eq(trail, "access before things.fail=unexpected-error ");
    get("/bob/fail/bare", "a");
    cr_is_error(500, "unexpected-error");
    get("/bob/fail/conflict", "a");
    cr_is(409, "{\"error\":{\"id\":\"item-already-exists\",\"message\":\"The item already exists\"}}");
    get("/bob/fail/busy", "a");
    cr_is_error(503, "api-unavailable");
    cr_assert(has_header("Retry-After: 1"));
}

Test(dispatch, long_answers_stream)
{
    send_json("POST", "/bob/many", "a", "{\"size\":3}");
    cr_assert(reply.done && has_header("Content-Type: application/json; charset=utf-8"));
    send_json("POST", "/bob/many", "a", "{\"size\":30000}");
    cr_assert(reply.status == 200 && !reply.done && !reply.aborted && has_header("Content-Type: application/json"));
    cr_assert_eq(json_array_size(json_object_get(parsed(), "items")), 30000);
    cr_assert_not_null(json_object_get(parsed(), "meta"));
    send_json("POST", "/bob/many", "a", "{\"size\":3,\"fail\":true}");
    cr_is_error(500, "unexpected-error");
    send_json("POST", "/bob/many", "a", "{\"size\":30000,\"fail\":true}");
    cr_assert(reply.status == 200 && reply.aborted, "half an answer never looks whole");
    request("POST", "/bob/many");
    header("authorization", "a");
    body("application/json", "{\"size\":30000}");
    gone.rc = PRYV_GONE;
    run();
    cr_assert(reply.aborted && reply.len == 0);
}

/* ---- Batches -------------------------------------------------------------------------------- */

Test(dispatch, batch_calls_answer_for_themselves)
{
    send_json("POST", "/bob/", "a caller",
              "[{\"method\":\"things.get\",\"params\":{\"id\":\"1\"}},{\"method\":\"nothing\",\"params\":{}},"
              "{\"method\":\"things.fail\",\"params\":{\"how\":\"fault\"}},{\"method\":\"things.create\",\"params\":{}},"
              "{\"method\":\"things.get\",\"params\":{\"x\":1}},{\"method\":\"things.get\",\"params\":[]},{\"method\":\"things."
              "get\"}]");
    json_t *results = json_object_get(parsed(), "results");

    cr_assert_eq(reply.status, 200);
    cr_assert_eq(json_array_size(results), 7, "%s", reply.body);
    cr_assert(pryv_str_equal(pryv_json_dump(arena, json_array_get(results, 0)),
                             "{\"params\":{\"id\":\"1\"},\"author\":\"acc-a caller\",\"user\":\"bob\",\"access\":\"acc-a\"}"));

    static const char *const ids[] = { "invalid-method", "unexpected-error", "forbidden", "invalid-parameters-format",
                                       "invalid-parameters-format" };

    for (size_t i = 0; i < PRYV_COUNT(ids); i++)
        cr_assert(pryv_str_equal(pryv_json_member_text(json_object_get(json_array_get(results, i + 1), "error"), "id"), ids[i]),
                  "%zu: %s", i + 1, reply.body);
    cr_assert_null(json_object_get(json_array_get(results, 2), "half"), "what was written before a failure is taken back");
    cr_assert_not_null(json_object_get(json_array_get(results, 6), "author"));
    cr_assert_null(json_object_get(json_array_get(results, 0), "meta"));
    cr_assert_str_eq(trail, "access before echo things.get=ok before things.fail=unexpected-error things.create=forbidden "
                            "things.get=invalid-parameters-format things.get=invalid-parameters-format before echo things.get=ok "
                            "batch=ok ");
}

Test(dispatch, batches_nest_up_to_the_limit)
{
    send_json("POST", "/bob", "a",
              "[{\"method\":\"batch\",\"params\":[{\"method\":\"batch\",\"params\":{\"calls\":[{\"method\":"
              "\"batch\",\"params\":[]}]}}]}]");
    cr_is(200,
          "{\"results\":[{\"results\":[{\"results\":[{\"error\":{\"id\":\"invalid-operation\",\"message\":\"Calls are nested "
          "deeper than 2.\"}}]}]}]}");
    send_json("POST", "/bob", "wrong", "[]");
    cr_is_error(403, "invalid-access-token");
    send_json("POST", "/bob", "a", "{}");
    cr_is_error(400, "invalid-parameters-format");
    send_json("POST", "/bob", "a", "[{\"method\":\"things.many\",\"params\":{\"size\":30000,\"fail\":true}}]");
    cr_assert(reply.aborted, "a part of the result had left");
}

/* ---- Host names ----------------------------------------------------------------------------- */

static void get_at(const char *host, const char *target)
{
    request("GET", target);
    header("authorization", "a");
    if (host)
        header("host", host);
    run();
}

Test(dispatch, host_names_stand_for_paths)
{
    settings.dnsless = false;
    get_at("alice.example.com", "/things"); /* an account that is not there, but a route that is */
    cr_is_error(404, "unknown-resource");
    cr_assert(pryv_str_equal(pryv_request_path(&rq), "/alice/things"));
    get_at("ALICE.example.com:3000", "/alice/things");
    cr_assert(pryv_str_equal(pryv_request_path(&rq), "/alice/things"));
    get_at("alice.example.com", "/alicette/things");
    cr_assert(pryv_str_equal(pryv_request_path(&rq), "/alice/alicette/things"));
    get_at("alice.example.com", "/reg/bob/plain");
    cr_assert(pryv_str_equal(pryv_request_path(&rq), "/reg/bob/plain"));
    get_at("alice.example.com", "/register");
    cr_assert(pryv_str_equal(pryv_request_path(&rq), "/alice/register"));
    get_at("core-a.example.com", "/bob/things");
    cr_assert_eq(reply.status, 200);
    get_at("static.example.com", "/bob/things");
    cr_assert_eq(reply.status, 200);
    get_at("www.example.com", "/bob/things"); /* too short for a name */
    cr_assert_eq(reply.status, 200);
    get_at("Reg.example.com", "/bob/plain");
    cr_assert(reply.status == 200 && pryv_str_equal(pryv_request_path(&rq), "/reg/bob/plain"));
    get_at("reg.example.com", "/reg/bob/plain");
    cr_assert(reply.status == 200 && pryv_str_equal(pryv_request_path(&rq), "/reg/bob/plain"));
    get_at("reg.example.com", "/apps"); /* not under /reg: as sent */
    cr_assert(reply.status == 200 && pryv_str_equal(pryv_request_path(&rq), "/apps"));
    get_at("mfa.example.com", "/bob/things");
    cr_assert_eq(reply.status, 200);
    get_at(NULL, "/bob/things");
    cr_is_error(400, "missing-header");
}

/* ---- Broken HTTP and broken tables ---------------------------------------------------------- */

Test(dispatch, refusals_of_the_http_layer_are_the_api_s)
{
    static const struct {
        int status;
        const char *id;
    } refusals[] = { { 400, "invalid-request-structure" }, { 408, "invalid-request-structure" },
                     { 413, "invalid-request-structure" }, { 414, "invalid-request-structure" },
                     { 431, "invalid-request-structure" }, { 501, "api-unavailable" },
                     { 503, "api-unavailable" },           { 505, "invalid-request-structure" } };

    for (size_t i = 0; i < PRYV_COUNT(refusals); i++) {
        request("", "");
        rq.head = (struct http_head){ 0 };
        dispatch_handler.refuse(&rq, refusals[i].status, "Told by HTTP.");
        cr_is_error(refusals[i].status, refusals[i].id);
        cr_assert_str_eq(member("error", "message"), "Told by HTTP.");
        cr_assert(has_header("Access-Control-Allow-Origin: *"));
        cr_assert_eq(has_header("Retry-After: 1"), refusals[i].status == 503);
    }
}

Test(dispatch, broken_tables_stop_the_start)
{
    static const struct pryv_method again[] = { { .name = "batch", .handler = echo }, { .name = NULL } };
    static const struct pryv_route routes_of[][2] = {
        { { .verb = "GET", .path = "/{other}/THINGS/", .method = "batch" }, { .verb = NULL } },
        { { .verb = "GET", .path = "/x", .method = "unknown" }, { .verb = NULL } },
        { { .verb = "GET", .path = "/x", .method = "things.get" }, { .verb = NULL } },
        { { .verb = "GET", .path = "/{username}/x", .method = "things.get", .flags = PRYV_ROUTE_INLINE }, { .verb = NULL } },
        { { .verb = "GET", .path = "/x", .serve = serve_file, .sink = &letter_sink }, { .verb = NULL } },
    };
    static const enum pryv_rc added[] = { PRYV_CONFLICT, PRYV_OK, PRYV_OK, PRYV_OK, PRYV_OK };
    struct pryv_err err = PRYV_ERR(arena);
    struct pryv_plugin other = plugin;

    other.hooks = NULL;
    other.routes = NULL;
    other.methods = again;
    cr_assert_eq(registry_add(&other, NULL, &err), PRYV_CONFLICT);
    for (size_t i = 0; i < PRYV_COUNT(routes_of); i++) {
        registry_clear();
        cr_assert_eq(registry_add(&plugin, &plugin_self, &err), PRYV_OK);
        other.methods = NULL;
        other.routes = routes_of[i];
        cr_assert_eq(registry_add(&other, NULL, &err), added[i]);
        if (added[i] == PRYV_OK)
            cr_assert_eq(registry_ready(&err), PRYV_FAILED, "route %zu", i);
    }
}

static void count(void *arg, const struct pryv_route *route, const struct pryv_method *method)
{
    int *seen = arg;

    cr_assert(route->serve ? method == NULL : method != NULL);
    *seen += 1;
}

Test(dispatch, the_registry_can_be_read)
{
    int seen = 0;

    registry_each_route(count, &seen);
    cr_assert_eq(seen, (int) PRYV_COUNT(routes)); /* one is the description's, one ends the table */
}
