/* session.c - see session.h. */
#include "session.h"
#include <stdio.h>
#include <strings.h>

enum { TRIES = 50 };

struct pryv_str uuid_new(struct pryv_arena *mem)
{
    unsigned char b[16];

    pryv_random(b, sizeof(b));
    b[6] = (unsigned char) ((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char) ((b[8] & 0x3f) | 0x80);
    return pryv_format(mem, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4],
                       b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

struct pryv_str hash_hex(struct pryv_arena *mem, struct pryv_str text)
{
    unsigned char hash[PRYV_HASH_MAX];
    size_t len = pryv_hash(PRYV_SHA256, text, hash);
    char *out = pryv_alloc(mem, len * 2 + 1);

    for (size_t i = 0; i < len; i++)
        snprintf(out + 2 * i, 3, "%02x", hash[i]);
    return pryv_str_n(out, len * 2);
}

/* ---- As text ----------------------------------------------------------------------------------------- */

static struct pryv_str keys_of(struct pryv_arena *mem, struct pryv_str user_id)
{
    return pryv_format(mem, "mfa-session/%.*s/", PRYV_STR_ARG(user_id));
}

static struct pryv_str key_of(const struct pryv_call *call, struct pryv_str token)
{
    struct pryv_arena *mem = call->arena;

    return pryv_format(mem, "%.*s%.*s", PRYV_STR_ARG(keys_of(mem, call->user->id)), PRYV_STR_ARG(hash_hex(mem, token)));
}

static struct pryv_str dump(struct pryv_arena *mem, const struct session *session)
{
    struct pryv_json *js = pryv_json_new(mem);

    pryv_json_object(js);
    pryv_json_put_str(js, "user", session->user_id);
    pryv_json_put_text(js, "purpose", session->purpose == SESSION_LOGIN ? "login" : "activate");
    pryv_json_put_str_if(js, "appId", session->app_id);
    if (session->content)
        pryv_json_put_value(js, "content", session->content);
    pryv_json_put_number(js, "expires", session->expires);
    pryv_json_put_number(js, "tries", session->tries);
    pryv_json_object_end(js);
    return pryv_json_text(js);
}

static bool parse(struct pryv_arena *mem, struct pryv_str text, struct session *out)
{
    struct pryv_err err = PRYV_ERR(mem);
    json_t *value;

    if (pryv_json_parse(mem, text, false, &value, &err) != PRYV_OK)
        return false;
    out->stored = text;
    out->user_id = pryv_json_member_text(value, "user");
    out->purpose = pryv_str_equal(pryv_json_member_text(value, "purpose"), "login") ? SESSION_LOGIN : SESSION_ACTIVATE;
    out->app_id = pryv_json_member_text(value, "appId");
    out->content = json_object_get(value, "content");
    out->expires = pryv_json_member_number(value, "expires");
    out->tries = pryv_json_member_number(value, "tries");
    return out->user_id.data && pryv_present(out->expires) && pryv_present(out->tries);
}

/* ---- Opening and finding --------------------------------------------------------------------------------- */

enum pryv_rc session_unknown(struct pryv_err *err)
{
    return pryv_refuse(err, 401, "invalid-access-token", NULL, "The MFA session is unknown or over.");
}

enum pryv_rc session_open(struct mfa *mfa, struct pryv_call *call, const struct session *what, struct pryv_str *token,
                          struct pryv_err *err)
{
    struct session session = *what;

    session.user_id = call->user->id;
    session.expires = pryv_now() + mfa->config->session_seconds;
    session.tries = 0;
    *token = uuid_new(call->arena);
    return mfa->platform->value_put_new(mfa->platform_self, key_of(call, *token), dump(call->arena, &session), session.expires,
                                        err);
}

static struct pryv_str token_of(const struct pryv_call *call)
{
    struct pryv_str text = call->request ? pryv_request_header(call->request, "authorization") : PRYV_STR_NONE;
    size_t scheme = strlen("bearer ");

    if (text.len >= scheme && strncasecmp(text.data, "bearer ", scheme) == 0)
        text = pryv_str_n(text.data + scheme, text.len - scheme);
    while (text.len && text.data[0] == ' ')
        text = pryv_str_n(text.data + 1, text.len - 1);
    return text;
}

static enum pryv_rc read_again(struct mfa *mfa, struct pryv_call *call, struct session *session, struct pryv_err *err)
{
    struct pryv_str text;
    enum pryv_rc rc = mfa->platform->value_get(mfa->platform_self, call->arena, session->key, true, &text, err);

    if (rc == PRYV_NOT_FOUND)
        return session_unknown(err);
    if (rc != PRYV_OK)
        return rc;
    if (!parse(call->arena, text, session))
        return pryv_fail(err, PRYV_FAILED, "an MFA session is broken");
    return pryv_secret_equal(session->user_id, call->user->id) && session->expires > pryv_now() ? PRYV_OK : session_unknown(err);
}

/* It is left to its end rather than taken away: one of the last tries may just be found right. */
static bool is_used_up(const struct mfa *mfa, const struct session *session)
{
    return session->tries >= (double) mfa->config->session_tries;
}

enum pryv_rc session_check_named(const struct pryv_call *call, struct pryv_err *err)
{
    return token_of(call).len ? PRYV_OK
                              : pryv_refuse(err, 400, "invalid-parameters-format", NULL,
                                            "The mfaToken is missing; it goes in the header Authorization.");
}

enum pryv_rc session_read(struct mfa *mfa, struct pryv_call *call, struct session *out, struct pryv_err *err)
{
    enum pryv_rc rc = session_check_named(call, err);

    if (rc != PRYV_OK)
        return rc;
    out->key = key_of(call, token_of(call));
    rc = read_again(mfa, call, out, err);
    return rc == PRYV_OK && is_used_up(mfa, out) ? session_unknown(err) : rc;
}

/* ---- Tries, and the end ------------------------------------------------------------------------------------ */

static enum pryv_rc change_tries(struct mfa *mfa, struct pryv_call *call, struct session *session, double by,
                                 struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    for (int i = 0; i < TRIES && rc == PRYV_OK; i++) {
        if (by > 0 && is_used_up(mfa, session))
            return session_unknown(err);
        session->tries = fmax(session->tries + by, 0);
        rc = mfa->platform->value_replace(mfa->platform_self, session->key, session->stored, dump(call->arena, session),
                                          session->expires, err);
        if (rc == PRYV_OK)
            return PRYV_OK;
        if (rc == PRYV_CONFLICT || rc == PRYV_NOT_FOUND)
            rc = read_again(mfa, call, session, err);
    }
    return rc == PRYV_OK ? pryv_fail(err, PRYV_BUSY, "too many calls at once use one MFA session") : rc;
}

enum pryv_rc session_take_try(struct mfa *mfa, struct pryv_call *call, struct session *session, struct pryv_err *err)
{
    return change_tries(mfa, call, session, 1, err);
}

void session_give_back_try(struct mfa *mfa, struct pryv_call *call, struct session *session)
{
    struct pryv_err err = PRYV_ERR(call->arena);

    /* It may have changed in the meantime, or be over. */
    if (read_again(mfa, call, session, &err) == PRYV_OK && change_tries(mfa, call, session, -1, &err) != PRYV_OK)
        pryv_log_warn(MFA_LOG, "a try stays counted: %s", err.message ? err.message : "");
}

enum pryv_rc session_end(struct mfa *mfa, struct pryv_call *call, const struct session *session, struct pryv_err *err)
{
    struct pryv_str text;
    enum pryv_rc rc = mfa->platform->value_take(mfa->platform_self, call->arena, session->key, &text, err);

    return rc == PRYV_NOT_FOUND ? session_unknown(err) : rc;
}

enum pryv_rc sessions_forget(struct mfa *mfa, struct pryv_arena *mem, struct pryv_str user_id, struct pryv_err *err)
{
    return pryv_platform_forget(mfa->platform, mfa->platform_self, keys_of(mem, user_id), err);
}
