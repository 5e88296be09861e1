/* auth_login.c - auth.login and auth.logout: a password against a session, and the cookie that tells the sign-in pages of it. */
#include "accesses.h"
#include "own_pages.h"
#include "passwords.h"
#include "sign_in.h"
#include "sign_in_limits.h"
#include <pryv/second_factor.h>
#include <time.h>

/* ---- Sessions and personal accesses ---------------------------------------------------------------- */

/* The personal access of an app, which keeps its id for ever, with the session's token. */
static enum pryv_rc give_access(struct pryv_call *call, const struct pryv_storage_ops *storage, struct pryv_session *session,
                                struct pryv_str app_id, struct pryv_str token, struct pryv_err *err)
{
    struct pryv_access_row *rows;
    size_t count;
    enum pryv_rc rc = storage->accesses_all(session, call->arena, &rows, &count, err);

    if (rc != PRYV_OK)
        return rc;
    for (size_t i = 0; i < count; i++) {
        struct pryv_access_row *row = &rows[i];

        if (!pryv_str_equal(row->type, "personal") || !pryv_str_is(row->name, app_id))
            continue;
        if (pryv_str_is(row->token, token))
            return PRYV_OK;
        row->token = token;
        row->integrity = access_integrity(call->arena, row, PRYV_STR_NONE);
        return storage->access_update(session, row, err);
    }

    struct pryv_access_row row = personal_access(call->arena, app_id, token, call->now);

    row.integrity = access_integrity(call->arena, &row, PRYV_STR_NONE);
    return storage->access_insert(session, &row, err);
}

struct pryv_access_row personal_access(struct pryv_arena *mem, struct pryv_str app_id, struct pryv_str token, double now)
{
    return (struct pryv_access_row){
        .id = pryv_id_new(mem),
        .token = token,
        .type = PRYV_STR("personal"),
        .name = app_id,
        .expires = PRYV_ABSENT,
        .last_used = PRYV_ABSENT,
        .created = now,
        .created_by = PRYV_STR("system"),
        .modified = now,
        .modified_by = PRYV_STR("system"),
        .deleted = PRYV_ABSENT,
    };
}

enum pryv_rc sign_in_open_session(struct pryv_call *call, struct pryv_str app_id, struct pryv_str *token, struct pryv_err *err)
{
    struct api *api = api_self();
    struct pryv_session *session;
    struct pryv_session_row row;
    enum pryv_rc rc = api_open(call, PRYV_WRITE, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = api->storage->session_find(session, call->arena, call->user->username, app_id, call->now, &row, err);
    if (rc == PRYV_NOT_FOUND) {
        row = (struct pryv_session_row){ .id = pryv_id_new(call->arena), .username = call->user->username, .app_id = app_id };
        rc = PRYV_OK;
    }
    row.expires = call->now + (double) api->config->session_max_age_ms / 1000;
    if (rc == PRYV_OK)
        rc = api->storage->session_put(session, &row, err);
    if (rc == PRYV_OK)
        rc = give_access(call, api->storage, session, app_id, row.id, err);
    if (rc == PRYV_OK)
        rc = api_commit(call, session, PRYV_CHANGED_ACCESSES, err);
    api_close(session);
    *token = row.id;
    return rc;
}

/* ---- The cookie -------------------------------------------------------------------------------------- */

static struct pryv_str cookie_date(struct pryv_arena *mem, double seconds)
{
    time_t at = (time_t) seconds;
    struct tm parts;
    char text[40];

    gmtime_r(&at, &parts);
    return pryv_str_copy(mem, pryv_str_n(text, strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts)));
}

static struct pryv_str cookie_domain(const struct api_config *config)
{
    return config->cookie_domain.len ? config->cookie_domain : config->http_ip;
}

static void set_cookie(struct pryv_call *call, struct pryv_str token)
{
    const struct api_config *config = api_self()->config;
    struct pryv_json *js = pryv_json_new(call->arena);
    unsigned char hmac[PRYV_HASH_MAX];
    long long max_age = (long long) (config->session_max_age_ms / 1000);

    pryv_json_object(js);
    pryv_json_put_str(js, "username", call->user->username);
    pryv_json_put_str(js, "token", token);
    pryv_json_object_end(js);

    struct pryv_str payload = pryv_format(call->arena, "j:%.*s", PRYV_STR_ARG(pryv_json_text(js)));
    size_t len = pryv_hmac(PRYV_SHA256, config->cookie_secret, payload, hmac);
    struct pryv_str signature = pryv_base64(call->arena, pryv_str_n((const char *) hmac, len));

    while (signature.len && signature.data[signature.len - 1] == '=')
        signature.len--;

    struct pryv_str value = pryv_percent_encode(
        call->arena, pryv_format(call->arena, "s:%.*s.%.*s", PRYV_STR_ARG(payload), PRYV_STR_ARG(signature)), PRYV_URI_COMPONENT);

    pryv_reply_header_add(call->request, "Set-Cookie",
                          pryv_format(call->arena, "sso=%.*s; Max-Age=%lld; Domain=%.*s; Path=/; Expires=%s; HttpOnly; Secure",
                                      PRYV_STR_ARG(value), max_age, PRYV_STR_ARG(cookie_domain(config)),
                                      cookie_date(call->arena, call->now + (double) max_age).data));
}

static void clear_cookie(struct pryv_call *call)
{
    pryv_reply_header_add(call->request, "Set-Cookie",
                          pryv_format(call->arena,
                                      "sso=; Domain=%.*s; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure",
                                      PRYV_STR_ARG(cookie_domain(api_self()->config))));
}

/* A cookie goes with an answer of its own, not with a call among others. */
static bool has_own_answer(const struct pryv_call *call)
{
    return call->request && !call->parent;
}

/* ---- auth.login --------------------------------------------------------------------------------------- */

struct credentials {
    struct pryv_str username, password, app_id;
};

static const char *const members[] = { "username", "password", "appId" };

static enum pryv_rc read_credentials(struct pryv_call *call, struct credentials *out, struct pryv_err *err)
{
    json_t *complaints;

    for (size_t i = 0; i < PRYV_COUNT(members); i++)
        if (!json_object_get(call->params, members[i]))
            return pryv_refuse(err, 400, "invalid-operation", NULL,
                               "Missing parameters: username, password and appId are required.");
    complaints = json_array();
    for (size_t i = 0; i < PRYV_COUNT(members); i++)
        if (!json_is_string(json_object_get(call->params, members[i])))
            pryv_param_complain(complaints, "INVALID_TYPE", pryv_format(call->arena, "#/%s", members[i]).data, NULL,
                                "expected a text");
    if (json_array_size(complaints))
        return pryv_refuse(err, 400, "invalid-parameters-format", complaints, "The parameters' format is invalid.");
    json_decref(complaints);
    out->username = pryv_json_member_text(call->params, "username");
    out->password = pryv_json_member_text(call->params, "password");
    out->app_id = pryv_json_member_text(call->params, "appId");
    return access_check_limits(call->params, "#", err);
}

/* Where the call comes from; never from its parameters. */
static struct pryv_str origin_of(const struct pryv_call *call)
{
    struct pryv_str origin = call->request ? pryv_request_header(call->request, "origin") : PRYV_STR_NONE;

    if (!origin.data && call->request)
        origin = pryv_request_header(call->request, "referer");
    return origin.data ? origin : PRYV_STR("");
}

static bool is_same_name(struct pryv_str given, struct pryv_str username)
{
    if (given.len != username.len)
        return false;
    for (size_t i = 0; i < given.len; i++) {
        char c = given.data[i];

        if ((c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) != username.data[i])
            return false;
    }
    return true;
}

/* The user's name, or the one in the address: a former name serves as well. */
static bool names_account(const struct pryv_call *call, struct pryv_str given)
{
    struct pryv_str in_path = call->request ? pryv_request_path_param(call->request, "username") : PRYV_STR_NONE;

    return is_same_name(given, call->user->username) || (in_path.data && is_same_name(given, in_path));
}

/* The newest password, and the language that the answer tells. */
static enum pryv_rc read_account(struct pryv_call *call, struct pryv_password_row *password, struct pryv_str *language_json,
                                 struct pryv_err *err)
{
    struct api *api = api_self();
    struct pryv_session *session;
    struct pryv_password_row *rows;
    struct pryv_account_field *fields;
    size_t count;
    enum pryv_rc rc = api_open(call, PRYV_READ, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = api->storage->passwords(session, call->arena, 1, &rows, &count, err);
    if (rc == PRYV_OK && count)
        *password = rows[0];
    if (rc == PRYV_OK)
        rc = api->storage->account_all(session, call->arena, &fields, &count, err);
    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        if (pryv_str_equal(fields[i].field, "language"))
            *language_json = fields[i].value_json;
    api_close(session);
    return rc;
}

/* Today's parameters for the hash of a password that is known to be right. That it fails costs nothing but time. */
static void hash_anew(struct pryv_call *call, const struct pryv_password_row *row, struct pryv_str password)
{
    struct api *api = api_self();
    struct pryv_err err = PRYV_ERR(call->arena);
    struct pryv_session *session;
    struct pryv_str hash;

    if (pryv_password_hash(call->arena, password, &hash, &err) != PRYV_OK ||
        api_open(call, PRYV_WRITE, &session, &err) != PRYV_OK)
        return;
    if (api->storage->password_replace(session, row->time, hash, &err) != PRYV_OK ||
        api->storage->commit(session, &err) != PRYV_OK)
        pryv_log_warn(API_LOG, "a password keeps its older hash: %s", err.message ? err.message : "");
    api_close(session);
}

static enum pryv_rc wrong_credentials(struct pryv_err *err)
{
    return pryv_refuse(err, 401, "invalid-credentials", NULL, "The app or the credentials are wrong.");
}

static enum pryv_rc check_password(struct pryv_call *call, struct pryv_str given, const struct pryv_password_row *password,
                                   struct pryv_err *err)
{
    bool right = false, outdated = false;
    double expires = password->hash.data ? password_expires(password) : PRYV_ABSENT;
    enum pryv_rc rc = pryv_password_verify(given, password->hash, &right, &outdated, err);

    /* Of many at once, those that waited for their turn until others had failed too often are told nothing of their password. */
    if (rc != PRYV_OK || (rc = sign_in_allowed(call, err)) != PRYV_OK)
        return rc;
    if (!right) {
        sign_in_failed(call);
        return wrong_credentials(err);
    }
    sign_in_succeeded(call);
    if (pryv_present(expires) && call->now > expires)
        return pryv_refuse(err, 401, "invalid-credentials", json_pack("{s:f}", "expiredTime", expires),
                           "The password has expired.");
    if (outdated)
        hash_anew(call, password, given);
    return PRYV_OK;
}

enum pryv_rc sign_in_check_password(struct pryv_call *call, struct pryv_str given, struct pryv_password_row *password,
                                    struct pryv_str *language_json, struct pryv_err *err)
{
    enum pryv_rc rc = sign_in_allowed(call, err);

    if (rc == PRYV_OK)
        rc = read_account(call, password, language_json, err);
    return rc == PRYV_OK ? check_password(call, given, password, err) : rc;
}

/* Is more wanted than the password? Then `*token` is what the answer tells instead of the session's. */
static enum pryv_rc ask_second_factor(struct pryv_call *call, struct pryv_str app_id, struct pryv_str *token,
                                      struct pryv_err *err)
{
    const struct pryv_interface *found = pryv_interface("second-factor", PRYV_SECOND_FACTOR_VERSION);
    const struct pryv_second_factor_ops *ops = found ? found->ops : NULL;

    *token = PRYV_STR_NONE;
    return ops ? ops->begin(found->self, call, app_id, token, err) : PRYV_OK;
}

enum pryv_rc auth_login(struct pryv_call *call, struct pryv_err *err)
{
    struct credentials given;
    struct pryv_password_row password = { .hash = PRYV_STR_NONE };
    struct pryv_str token, language = PRYV_STR("\"en\"");
    enum pryv_rc rc = read_credentials(call, &given, err);

    if (rc != PRYV_OK)
        return rc;
    if (!app_is_trusted(call, given.app_id, origin_of(call)))
        return wrong_credentials(err);
    if (!names_account(call, given.username))
        return pryv_refuse(err, 400, "invalid-operation", NULL, "The username does not match that of the address.");
    if ((rc = sign_in_check_password(call, given.password, &password, &language, err)) != PRYV_OK ||
        (rc = ask_second_factor(call, given.app_id, &token, err)) != PRYV_OK)
        return rc;
    if (token.data) {
        pryv_json_put_str(call->out, "mfaToken", token);
        return PRYV_OK;
    }
    if ((rc = sign_in_open_session(call, given.app_id, &token, err)) != PRYV_OK)
        return rc;
    if (has_own_answer(call))
        set_cookie(call, token);
    pryv_json_put_str(call->out, "token", token);
    pryv_json_put_str(call->out, "apiEndpoint", pryv_api_endpoint(call->arena, call->user->username, token));
    pryv_json_put_raw(call->out, "preferredLanguage", language);
    password_write_times(call->out, &password);
    return PRYV_OK;
}

/* ---- auth.logout --------------------------------------------------------------------------------------- */

enum pryv_rc auth_logout(struct pryv_call *call, struct pryv_err *err)
{
    struct api *api = api_self();
    struct pryv_session *session;
    enum pryv_rc rc = api_open(call, PRYV_WRITE, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = api->storage->session_delete(session, call->access->row.token, err);
    if (rc == PRYV_OK)
        rc = api_commit(call, session, PRYV_CHANGED_ACCESSES, err);
    api_close(session);
    if (rc == PRYV_OK && has_own_answer(call))
        clear_cookie(call);
    return rc;
}
