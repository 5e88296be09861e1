/* access_request.c - an app asks to be let in: it asks for a key, the user signs in on a page that the app does not see, and the app polls until
 * the page has answered. The state is kept on the platform, so that any worker of any core can tell it: "access-state/KEY". */
#include "acceptance.h"
#include "auth_page.h"
#include "cores.h"
#include "request_limit.h"
#include <pryv/pages.h>

#define STATES "access-state/"

enum { KEY_BYTES = 12, KEY_LEN = 16, POLL_RATE_MS = 1000 };

struct state {
    struct pryv_str key;
    struct pryv_str text; /* as stored */
    const json_t *value;
    double expires; /* Unix seconds */
};

static enum pryv_rc invalid(struct pryv_call *call, const char *message)
{
    return send_error(call, 400, "invalid-parameters", message);
}

static struct pryv_str row_of(struct pryv_arena *mem, struct pryv_str key)
{
    return pryv_format(mem, STATES "%.*s", PRYV_STR_ARG(key));
}

/* ---- Telling ------------------------------------------------------------------------------------- */

static void put(struct pryv_json *js, const char *name, const json_t *object, const char *member)
{
    const json_t *value = json_object_get(object, member);

    pryv_json_key(js, name);
    if (value)
        pryv_json_value(js, value);
    else
        pryv_json_null(js);
}

static void put_given(struct pryv_json *js, const json_t *object, const char *member)
{
    if (json_object_get(object, member) && !json_is_null(json_object_get(object, member)))
        put(js, member, object, member);
}

/* The app's own, or what is configured. */
static void put_service_info(struct pryv_json *js, const json_t *value)
{
    const json_t *own = json_object_get(value, "serviceInfo");
    const char *name;
    json_t *member;

    pryv_json_key(js, "serviceInfo");
    if (json_is_object(own)) {
        pryv_json_value(js, own);
        return;
    }
    pryv_json_object(js);
    json_object_foreach((json_t *) (uintptr_t) pryv_service_info(), name, member)
        if (strcmp(name, "version") != 0 && (strcmp(name, "features") != 0 || json_object_size(member) > 0))
            pryv_json_put_value(js, name, member);
    pryv_json_object_end(js);
}

static bool wants_whole(void)
{
    return pryv_str_equal(reg_self()->config->request_shape, "whole");
}

static int code_of(struct pryv_str status)
{
    if (pryv_str_equal(status, "NEED_SIGNIN"))
        return 201;
    if (pryv_str_equal(status, "ACCEPTED"))
        return 200;
    return pryv_str_equal(status, "REDIRECTED") ? 301 : 403;
}

static void write_open(struct pryv_json *js, const json_t *value)
{
    put_service_info(js, value);
    put(js, "key", value, "key");
    put(js, "requestingAppId", value, "requestingAppId");
    put(js, "requestedPermissions", value, "requestedPermissions");
    put(js, "poll", value, "pollUrl");
    put(js, "authUrl", value, "authUrl");
    put(js, "poll_rate_ms", value, "poll_rate_ms");
    put(js, "lang", value, "languageCode");
    put(js, "returnURL", value, "returnURL");
    put(js, "oauthState", value, "oauthState");
    put(js, "clientData", value, "clientData");
    put_given(js, value, "deviceName");
    put_given(js, value, "expireAfter");
    put_given(js, value, "referer");
    if (wants_whole()) {
        put(js, "url", value, "authUrl");
        put(js, "returnUrl", value, "returnURL");
    }
}

static void write_accepted(struct pryv_json *js, const json_t *value)
{
    put(js, "username", value, "username");
    put(js, "token", value, "token");
    put(js, "apiEndpoint", value, "apiEndpoint");
    if (wants_whole()) {
        put(js, "pryvApiEndpoint", value, "apiEndpoint");
        put_service_info(js, value);
    }
}

static void write_refused(struct pryv_json *js, const json_t *value, bool error)
{
    struct pryv_str reason = pryv_json_member_text(value, "reasonId");

    put_given(js, value, "reasonId");
    put_given(js, value, "message");
    if (wants_whole()) {
        pryv_json_put_str(js, "reasonID", reason.data ? reason : PRYV_STR("REASON_UNDEFINED"));
        if (error)
            pryv_json_put_str(js, "id", reason.data ? reason : PRYV_STR("INTERNAL_ERROR"));
    }
}

static enum pryv_rc send_state(struct pryv_call *call, const json_t *value)
{
    struct pryv_json *js = pryv_json_new(call->arena);
    struct pryv_str status = pryv_json_member_text(value, "status");
    int code = code_of(status);

    pryv_json_object(js);
    pryv_json_put_str(js, "status", status);
    if (wants_whole())
        pryv_json_put_number(js, "code", code);
    if (code == 201)
        write_open(js, value);
    else if (code == 200)
        write_accepted(js, value);
    else if (code == 403)
        write_refused(js, value, pryv_str_equal(status, "ERROR"));
    else {
        put(js, "poll", value, "redirectUrl");
        put(js, "redirectUrl", value, "redirectUrl");
    }
    pryv_json_object_end(js);
    return send_json(call, code, js);
}

/* ---- Keeping --------------------------------------------------------------------------------------- */

static struct pryv_str wrapped(struct pryv_arena *mem, const json_t *value, double expires)
{
    struct pryv_json *js = pryv_json_new(mem);

    pryv_json_object(js);
    pryv_json_put_value(js, "value", value);
    pryv_json_put_number(js, "expiresAt", round(expires * 1000));
    pryv_json_object_end(js);
    return pryv_json_text(js);
}

static bool is_key(struct pryv_str key)
{
    for (size_t i = 0; i < key.len; i++)
        if (!((key.data[i] >= 'a' && key.data[i] <= 'z') || (key.data[i] >= 'A' && key.data[i] <= 'Z') ||
              (key.data[i] >= '0' && key.data[i] <= '9') || key.data[i] == '-' || key.data[i] == '_'))
            return false;
    return key.len == KEY_LEN;
}

/* PRYV_NOT_FOUND: unknown, or its time is over. */
static enum pryv_rc load(struct pryv_call *call, struct state *out, struct pryv_err *err)
{
    const struct reg *reg = reg_self();
    struct pryv_str key = pryv_json_member_text(call->params, "key");
    json_t *stored = NULL;
    enum pryv_rc rc = PRYV_NOT_FOUND;

    if (is_key(key))
        rc = reg->platform->value_get(reg->platform_self, call->arena, row_of(call->arena, key), true, &out->text, err);
    if (rc == PRYV_OK)
        rc = pryv_json_parse(call->arena, out->text, false, &stored, err);
    if (rc != PRYV_OK)
        return rc;
    out->key = key;
    out->value = json_object_get(stored, "value");
    out->expires = pryv_json_member_number(stored, "expiresAt") / 1000;
    return out->expires > pryv_now() && pryv_json_member_text(out->value, "status").data ? PRYV_OK : PRYV_NOT_FOUND;
}

static enum pryv_rc unknown_key(struct pryv_call *call)
{
    return send_error(call, 400, "unknown-access-key", "There is no such request, or its time is over.");
}

enum pryv_rc request_poll(struct pryv_call *call, struct pryv_err *err)
{
    struct state state;
    enum pryv_rc rc = load(call, &state, err);

    if (rc == PRYV_NOT_FOUND)
        return unknown_key(call);
    return rc == PRYV_OK ? send_state(call, state.value) : rc;
}

/* ---- Asking ------------------------------------------------------------------------------------------ */

static bool is_text_or_null(const json_t *value)
{
    return !value || json_is_null(value) || json_is_string(value);
}

static const char *what_is_wrong(const json_t *params)
{
    const struct reg_config *config = reg_self()->config;
    const json_t *permissions = json_object_get(params, "requestedPermissions");
    const json_t *back = json_object_get(params, "returnURL"); /* false: the client `pryv` says so of a window of its own */
    const json_t *expire = json_object_get(params, "expireAfter"), *info = json_object_get(params, "serviceInfo");
    struct pryv_str return_url = pryv_json_member_text(params, "returnURL"), page = pryv_json_member_text(params, "authUrl");

    if (!pryv_json_member_text(params, "requestingAppId").len)
        return "requestingAppId is required: a text.";
    if (!json_is_array(permissions) || json_array_size(permissions) == 0)
        return "requestedPermissions is required: a list.";
    if (!is_text_or_null(json_object_get(params, "languageCode")))
        return "languageCode must be a text.";
    if (!(is_text_or_null(back) || json_is_false(back)) || (return_url.data && !is_return_address(return_url)))
        return "returnURL must be an address that leads back to an app.";
    if (!is_text_or_null(json_object_get(params, "authUrl")) || (page.data && !is_trusted_page(config->trusted_auth_urls, page)))
        return "authUrl is not among the trusted pages of this service.";
    if (expire && !json_is_null(expire) && !(json_is_number(expire) && json_number_value(expire) >= 0))
        return "expireAfter must be a number of seconds.";
    if (info && !json_is_null(info) && !pryv_json_member_text(info, "name").len)
        return "serviceInfo must be an object with a name.";
    return NULL;
}

static struct pryv_str new_key(struct pryv_arena *mem)
{
    unsigned char bytes[KEY_BYTES];
    char *text;

    pryv_random(bytes, sizeof(bytes));
    text = pryv_cstr(mem, pryv_base64(mem, pryv_str_n((const char *) bytes, sizeof(bytes))));
    for (size_t i = 0; i < KEY_LEN; i++)
        text[i] = (char) (text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i]);
    return pryv_str_n(text, KEY_LEN);
}

/* Absent: apps have to name a page themselves. Where people register with another service, they sign in on its pages too. */
static struct pryv_str default_page(struct pryv_arena *mem)
{
    const struct reg_config *config = reg_self()->config;
    struct pryv_str configured = config->default_auth_url;
    const struct pryv_interface *pages = pryv_interface("pages", PRYV_PAGES_VERSION);
    const struct pryv_pages_ops *ops = pages ? pages->ops : NULL;

    if (!pryv_str_equal(configured, "own"))
        return configured;
    return ops && !config->register_url.len ? ops->sign_in(pages->self, mem) : PRYV_STR_NONE;
}

/* Absent: there is no page to send the user to. */
static struct pryv_str page_of(struct pryv_call *call, const json_t *state)
{
    const struct reg_config *config = reg_self()->config;
    struct pryv_str asked = pryv_json_member_text(call->params, "authUrl");
    struct pryv_str page = asked.data ? asked : default_page(call->arena);
    struct pryv_str registered = pryv_json_member_text(pryv_service_info(), "register");
    struct pryv_str poll = pryv_json_member_text(state, "pollUrl");

    if (!page.len)
        return PRYV_STR_NONE;
    page = add_to_query(call->arena, page, "lang", pryv_json_member_text(state, "languageCode"));
    page = add_to_query(call->arena, page, "key", pryv_json_member_text(state, "key"));
    page = add_to_query(call->arena, page, "requestingAppId", pryv_json_member_text(state, "requestingAppId"));
    page = add_to_query(call->arena, page, "poll", poll);
    page = add_to_query(call->arena, page, "poll_rate_ms", PRYV_STR("1000"));
    page = add_to_query(call->arena, page, "serviceInfo", pryv_format(call->arena, "%.*sservice/info", PRYV_STR_ARG(registered)));
    page = add_to_query(call->arena, page, "returnURL", pryv_json_member_text(state, "returnURL"));
    page = add_to_query(call->arena, page, "oauthState", pryv_json_member_text(state, "oauthState"));
    if (wants_whole()) {
        page = add_to_query(call->arena, page, "pollUrl", poll);
        page = add_to_query(call->arena, page, "registerURL", registered);
        page = add_to_query(call->arena, page, "domain", config->domain.len ? config->domain : PRYV_STR_NONE);
    }
    return page;
}

static json_t *new_state(struct pryv_call *call, double expires)
{
    static const char *const given[] = { "requestingAppId", "requestedPermissions", "returnURL",   "oauthState", "clientData",
                                         "deviceName",      "expireAfter",          "serviceInfo", "referer" };
    json_t *state = json_object();
    struct pryv_str key = new_key(call->arena), language = pryv_json_member_text(call->params, "languageCode"), page;

    json_object_set_new(state, "status", json_string("NEED_SIGNIN"));
    json_object_set_new(state, "code", json_real(201));
    json_object_set_new(state, "key", pryv_json_string(key));
    for (size_t i = 0; i < PRYV_COUNT(given); i++) {
        json_t *value = json_object_get(call->params, given[i]);

        json_object_set_new(state, given[i], value ? json_incref(value) : json_null());
    }
    json_object_set_new(state, "languageCode", pryv_json_string(language.len ? language : PRYV_STR("en")));
    json_object_set_new(state, "poll_rate_ms", json_real(POLL_RATE_MS));
    json_object_set_new(state, "createdAt", json_real(round(call->now * 1000)));
    json_object_set_new(state, "expiresAt", json_real(round(expires * 1000)));
    json_object_set_new(state, "pollUrl", json_sprintf("%.*sreg/access/%.*s", PRYV_STR_ARG(pryv_core_url()), PRYV_STR_ARG(key)));
    page = page_of(call, state);
    json_object_set_new(state, "authUrl", page.data ? pryv_json_string(page) : json_null());
    return state;
}

static enum pryv_rc send_asked(struct pryv_call *call, const json_t *state)
{
    struct pryv_json *js = pryv_json_new(call->arena);

    pryv_json_object(js);
    put(js, "status", state, "status");
    put(js, "key", state, "key");
    put(js, "authUrl", state, "authUrl");
    put(js, "poll", state, "pollUrl");
    put(js, "poll_rate_ms", state, "poll_rate_ms");
    pryv_json_object_end(js);
    return send_json(call, 201, js);
}

enum pryv_rc request_create(struct pryv_call *call, struct pryv_err *err)
{
    const struct reg *reg = reg_self();
    double expires = call->now + (double) reg->config->request_seconds;
    const char *wrong = what_is_wrong(call->params);
    struct pryv_str text;
    json_t *state;
    enum pryv_rc rc;

    if (wrong)
        return invalid(call, wrong);
    state = pryv_json_keep(call->arena, new_state(call, expires));
    text = wrapped(call->arena, state, expires);
    if (text.len > (size_t) reg->config->request_max_kb * 1024)
        return invalid(call, "The request is larger than this service keeps.");
    if ((rc = request_limit_take(call, err)) != PRYV_OK)
        return rc;
    rc = reg->platform->value_put_new(reg->platform_self, row_of(call->arena, pryv_json_member_text(state, "key")), text, expires,
                                      err);
    if (rc != PRYV_OK)
        return rc;
    return wants_whole() ? send_state(call, state) : send_asked(call, state);
}

/* ---- Answering ------------------------------------------------------------------------------------------ */

static const char *what_is_wrong_in_answer(const json_t *params)
{
    struct pryv_str status = pryv_json_member_text(params, "status"), endpoint = pryv_json_member_text(params, "apiEndpoint");

    if (pryv_str_equal(status, "ACCEPTED")) {
        if (!pryv_json_member_text(params, "username").len || !pryv_json_member_text(params, "token").len)
            return "username and token are required: texts.";
        return !is_text_or_null(json_object_get(params, "apiEndpoint")) ||
                       (endpoint.data && !pryv_str_starts(endpoint, "http://") && !pryv_str_starts(endpoint, "https://"))
                   ? "apiEndpoint must be an address, http or https."
                   : NULL;
    }
    if (pryv_str_equal(status, "REDIRECTED"))
        return is_web_address(pryv_json_member_text(params, "redirectUrl"))
                   ? NULL
                   : "redirectUrl is required: an address, http or https.";
    if (!pryv_str_equal(status, "REFUSED") && !pryv_str_equal(status, "ERROR"))
        return "status must be ACCEPTED, REFUSED, ERROR or REDIRECTED.";
    if (!is_text_or_null(json_object_get(params, "reasonId")) || !is_text_or_null(json_object_get(params, "reasonID")) ||
        !is_text_or_null(json_object_get(params, "message")))
        return "reasonId and message must be texts.";
    return NULL;
}

static void take(json_t *state, const json_t *params, const char *name, const char *from)
{
    json_t *value = json_object_get(params, from);

    if (json_is_string(value))
        json_object_set(state, name, value);
}

/* Nothing but what an answer consists of: where the request came from and where it is polled is not the page's to say. */
static json_t *answered(struct pryv_call *call, const struct state *before)
{
    json_t *state = json_copy((json_t *) (uintptr_t) before->value);
    struct pryv_str status = pryv_json_member_text(call->params, "status");

    take(state, call->params, "status", "status");
    json_object_set_new(state, "code", json_real(code_of(status)));
    if (pryv_str_equal(status, "ACCEPTED")) {
        take(state, call->params, "username", "username");
        take(state, call->params, "token", "token");
        json_object_set_new(state, "apiEndpoint",
                            pryv_json_string(pryv_api_endpoint(call->arena, pryv_json_member_text(call->params, "username"),
                                                               pryv_json_member_text(call->params, "token"))));
        take(state, call->params, "apiEndpoint", "apiEndpoint");
    } else if (pryv_str_equal(status, "REDIRECTED")) {
        take(state, call->params, "redirectUrl", "redirectUrl");
    } else {
        take(state, call->params, "reasonId", "reasonID");
        take(state, call->params, "reasonId", "reasonId");
        take(state, call->params, "message", "message");
    }
    return state;
}

static enum pryv_rc is_final(struct pryv_call *call)
{
    return send_error(call, 409, "invalid-operation", "The request has been answered.");
}

/* Of two answers at the same time one counts. */
enum pryv_rc request_answer(struct pryv_call *call, struct pryv_err *err)
{
    const struct reg *reg = reg_self();
    const char *wrong = what_is_wrong_in_answer(call->params);
    struct state state;
    json_t *after;
    struct pryv_str text;
    enum pryv_rc rc;

    if (wrong)
        return invalid(call, wrong);
    if ((rc = load(call, &state, err)) == PRYV_NOT_FOUND)
        return unknown_key(call);
    if (rc != PRYV_OK)
        return rc;
    if (!pryv_str_equal(pryv_json_member_text(state.value, "status"), "NEED_SIGNIN"))
        return is_final(call);
    after = pryv_json_keep(call->arena, answered(call, &state));
    text = wrapped(call->arena, after, state.expires);
    if (text.len > (size_t) reg->config->request_max_kb * 1024)
        return invalid(call, "The answer is larger than this service keeps.");
    if (pryv_str_equal(pryv_json_member_text(after, "status"), "ACCEPTED") &&
        (rc = acceptance_note(call, pryv_json_member_text(after, "username"), row_of(call->arena, state.key), state.expires,
                              err)) != PRYV_OK)
        return rc;
    rc = reg->platform->value_replace(reg->platform_self, row_of(call->arena, state.key), state.text, text, state.expires, err);
    if (rc == PRYV_CONFLICT)
        return is_final(call);
    if (rc == PRYV_NOT_FOUND)
        return unknown_key(call);
    return rc == PRYV_OK ? send_state(call, after) : rc;
}
