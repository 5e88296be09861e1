/* methods.c - see methods.h. */
#include "methods.h"
#include "challenge.h"
#include "profile.h"
#include <strings.h>

static enum pryv_rc check_active(struct pryv_err *err)
{
    return mfa_self()->active ? PRYV_OK : pryv_refuse(err, 503, "api-unavailable", NULL, "MFA is switched off on this platform.");
}

static enum pryv_rc answer_message(struct pryv_call *call, const char *message)
{
    pryv_json_put_text(call->out, "message", message);
    return PRYV_OK;
}

/* ---- Activation -------------------------------------------------------------------------------------- */

enum pryv_rc mfa_activate(struct pryv_call *call, struct pryv_err *err)
{
    struct mfa *mfa = mfa_self();
    struct session session = { .purpose = SESSION_ACTIVATE, .content = call->params };
    struct pryv_str token;
    enum pryv_rc rc = check_active(err);

    if (rc != PRYV_OK)
        return rc;
    if ((int64_t) pryv_json_dump(call->arena, call->params).len > mfa->config->content_bytes)
        return pryv_refuse(err, 400, "invalid-parameters-format", NULL, "The content may take %lld bytes.",
                           (long long) mfa->config->content_bytes);
    if ((rc = challenge_send(mfa, call, call->params, err)) != PRYV_OK ||
        (rc = session_open(mfa, call, &session, &token, err)) != PRYV_OK)
        return rc;
    call->status = 302;
    pryv_json_put_str(call->out, "mfaToken", token);
    return PRYV_OK;
}

/* A gateway may be content without one, but never with anything that is not a text. */
static enum pryv_rc check_code(const struct pryv_call *call, struct pryv_err *err)
{
    const json_t *code = json_object_get(call->params, "code");

    return !code || json_is_string(code) ? PRYV_OK
                                         : pryv_refuse(err, 400, "invalid-parameters-format", NULL, "The code must be a text.");
}

/* A session for one thing is none for another. */
static enum pryv_rc read_session(struct pryv_call *call, enum session_purpose purpose, struct session *session,
                                 struct pryv_err *err)
{
    enum pryv_rc rc = session_check_named(call, err);

    if (rc == PRYV_OK)
        rc = check_active(err);
    if (rc == PRYV_OK)
        rc = check_code(call, err);
    if (rc == PRYV_OK)
        rc = session_read(mfa_self(), call, session, err);
    return rc == PRYV_OK && session->purpose != purpose ? session_unknown(err) : rc;
}

enum pryv_rc mfa_confirm(struct pryv_call *call, struct pryv_err *err)
{
    struct mfa *mfa = mfa_self();
    struct session session;
    struct pryv_str codes[RECOVERY_CODES];
    enum pryv_rc rc = read_session(call, SESSION_ACTIVATE, &session, err);

    if (rc == PRYV_OK)
        rc = challenge_check(mfa, call, &session, session.content, err);
    if (rc == PRYV_OK)
        rc = session_end(mfa, call, &session, err);
    if (rc == PRYV_OK)
        rc = profile_activate(mfa, call, session.content, codes, err);
    if (rc != PRYV_OK)
        return rc;
    pryv_json_key(call->out, "recoveryCodes");
    pryv_json_array(call->out);
    for (size_t i = 0; i < RECOVERY_CODES; i++)
        pryv_json_str(call->out, codes[i]);
    pryv_json_array_end(call->out);
    return PRYV_OK;
}

/* ---- Login --------------------------------------------------------------------------------------------- */

enum pryv_rc login_begin(void *self, struct pryv_call *call, struct pryv_str app_id, struct pryv_str *token, struct pryv_err *err)
{
    struct mfa *mfa = self;
    struct session session = { .purpose = SESSION_LOGIN, .app_id = app_id };
    json_t *content = NULL;
    enum pryv_rc rc = mfa->active ? profile_content(mfa, call->user->id, &content, err) : PRYV_OK;

    *token = PRYV_STR_NONE;
    if (rc != PRYV_OK || !content)
        return rc;
    rc = challenge_send(mfa, call, content, err);
    return rc == PRYV_OK ? session_open(mfa, call, &session, token, err) : rc;
}

/* Where the challenge of a session goes. That of a login is what the account says now: a phone that was lost is asked no more. */
static enum pryv_rc content_of(struct pryv_call *call, const struct session *session, json_t **content, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    *content = session->content;
    if (session->purpose == SESSION_LOGIN)
        rc = profile_content(mfa_self(), call->user->id, content, err);
    return rc == PRYV_OK && !*content ? session_unknown(err) : rc;
}

enum pryv_rc mfa_challenge(struct pryv_call *call, struct pryv_err *err)
{
    struct session session;
    json_t *content;
    enum pryv_rc rc = session_check_named(call, err);

    if (rc == PRYV_OK)
        rc = check_active(err);
    if (rc == PRYV_OK)
        rc = session_read(mfa_self(), call, &session, err);
    if (rc == PRYV_OK)
        rc = content_of(call, &session, &content, err);
    if (rc == PRYV_OK)
        rc = challenge_send(mfa_self(), call, content, err);
    return rc == PRYV_OK ? answer_message(call, "Please verify the MFA challenge.") : rc;
}

enum pryv_rc mfa_verify(struct pryv_call *call, struct pryv_err *err)
{
    struct mfa *mfa = mfa_self();
    struct session session;
    json_t *content;
    struct pryv_str token;
    enum pryv_rc rc = read_session(call, SESSION_LOGIN, &session, err);

    if (rc == PRYV_OK)
        rc = content_of(call, &session, &content, err);
    if (rc == PRYV_OK)
        rc = challenge_check(mfa, call, &session, content, err);
    if (rc == PRYV_OK)
        rc = session_end(mfa, call, &session, err);
    if (rc == PRYV_OK)
        rc = mfa->sign_in->open_session(mfa->sign_in_self, call, session.app_id, &token, err);
    if (rc != PRYV_OK)
        return rc;
    pryv_json_put_str(call->out, "token", token);
    pryv_json_put_str(call->out, "apiEndpoint", pryv_api_endpoint(call->arena, call->user->username, token));
    return PRYV_OK;
}

/* ---- Ways out ------------------------------------------------------------------------------------------- */

enum pryv_rc mfa_deactivate(struct pryv_call *call, struct pryv_err *err)
{
    enum pryv_rc rc = profile_deactivate(mfa_self(), call->user->id, err);

    return rc == PRYV_OK ? answer_message(call, "MFA deactivated.") : rc;
}

static bool names_account(const struct pryv_call *call, struct pryv_str given)
{
    struct pryv_str in_path = call->request ? pryv_request_path_param(call->request, "username") : PRYV_STR_NONE;
    struct pryv_str name = call->user->username;

    return (given.len == name.len && strncasecmp(given.data, name.data, name.len) == 0) ||
           (in_path.data && given.len == in_path.len && strncasecmp(given.data, in_path.data, in_path.len) == 0);
}

enum pryv_rc mfa_recover(struct pryv_call *call, struct pryv_err *err)
{
    struct mfa *mfa = mfa_self();
    struct pryv_str username = pryv_json_member_text(call->params, "username");
    struct pryv_str password = pryv_json_member_text(call->params, "password");
    struct pryv_str code = pryv_json_member_text(call->params, "recoveryCode");
    enum pryv_rc rc;

    if (!username.len || !password.data || !code.data)
        return pryv_refuse(err, 400, "invalid-parameters-format", NULL,
                           "username, password and recoveryCode are required: texts.");
    if (!names_account(call, username))
        return pryv_refuse(err, 401, "invalid-credentials", NULL, "The credentials are wrong.");
    rc = mfa->sign_in->check_password(mfa->sign_in_self, call, password, err);
    if (rc == PRYV_OK)
        rc = profile_recover(mfa, call, code, err);
    return rc == PRYV_OK ? answer_message(call, "MFA deactivated.") : rc;
}

/* Whoever has not the key is told nothing: not even whether there is such an account. */
enum pryv_rc system_deactivate(struct pryv_call *call, struct pryv_err *err)
{
    struct mfa *mfa = mfa_self();
    struct pryv_str id;
    enum pryv_rc rc = PRYV_NOT_FOUND;

    if (pryv_request_is_admin(call->request))
        rc = mfa->storage->user_by_name(mfa->storage_self, call->arena, pryv_request_path_param(call->request, "name"), &id, err);
    if (rc == PRYV_NOT_FOUND)
        return pryv_refuse(err, 404, "unknown-resource", NULL, "There is nothing at this address.");
    if (rc == PRYV_OK)
        rc = profile_deactivate(mfa, id, err);
    return rc == PRYV_OK ? pryv_reply_send(call->request, 204, NULL, PRYV_STR("")) : rc;
}
