/* profile.c - see profile.h. */
#include "profile.h"
#include "session.h"

#define MEMBER "mfa"

/* ---- The private set ---------------------------------------------------------------------------------- */

static enum pryv_rc read_set(struct mfa *mfa, struct pryv_session *session, json_t **set, struct pryv_err *err)
{
    struct pryv_str json;
    enum pryv_rc rc = mfa->storage->value_get(session, err->arena, PRYV_STR("profile"), PRYV_STR("private"), &json, err);

    if (rc == PRYV_NOT_FOUND)
        json = PRYV_STR("{}");
    else if (rc != PRYV_OK)
        return rc;
    return pryv_json_parse(err->arena, json, false, set, err) == PRYV_OK
               ? PRYV_OK
               : pryv_fail(err, PRYV_FAILED, "a stored profile is broken");
}

static enum pryv_rc write_set(struct mfa *mfa, struct pryv_session *session, const json_t *set, struct pryv_err *err)
{
    enum pryv_rc rc =
        mfa->storage->value_set(session, PRYV_STR("profile"), PRYV_STR("private"), pryv_json_dump(err->arena, set), err);

    return rc == PRYV_OK ? mfa->storage->commit(session, err) : rc;
}

static enum pryv_rc open_set(struct mfa *mfa, struct pryv_str user_id, enum pryv_session_mode mode, struct pryv_session **session,
                             json_t **set, struct pryv_err *err)
{
    enum pryv_rc rc = mfa->storage->open(mfa->storage_self, user_id, mode, session, err);

    if (rc == PRYV_NOT_FOUND)
        return pryv_refuse(err, 404, "unknown-resource", NULL, "There is no such account.");
    if (rc != PRYV_OK)
        return rc;
    rc = read_set(mfa, *session, set, err);
    if (rc != PRYV_OK)
        mfa->storage->close(*session);
    return rc;
}

static json_t *content_of(const json_t *set)
{
    json_t *content = json_object_get(json_object_get(set, MEMBER), "content");

    return json_object_size(content) > 0 ? content : NULL;
}

enum pryv_rc profile_content(struct mfa *mfa, struct pryv_str user_id, json_t **content, struct pryv_err *err)
{
    struct pryv_session *session;
    json_t *set;
    enum pryv_rc rc = open_set(mfa, user_id, PRYV_READ, &session, &set, err);

    if (rc != PRYV_OK)
        return rc;
    *content = content_of(set);
    mfa->storage->close(session);
    return PRYV_OK;
}

/* ---- Changes -------------------------------------------------------------------------------------------- */

enum pryv_rc profile_activate(struct mfa *mfa, struct pryv_call *call, json_t *content, struct pryv_str codes[RECOVERY_CODES],
                              struct pryv_err *err)
{
    struct pryv_session *session;
    json_t *set, *hashes;
    enum pryv_rc rc = open_set(mfa, call->user->id, PRYV_WRITE, &session, &set, err);

    if (rc != PRYV_OK)
        return rc;
    hashes = json_array();
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        codes[i] = uuid_new(call->arena);
        json_array_append_new(hashes, pryv_json_string(hash_hex(call->arena, codes[i])));
    }
    json_object_set_new(set, MEMBER, json_pack("{s:O, s:o}", "content", content, "recoveryCodes", hashes));
    rc = write_set(mfa, session, set, err);
    mfa->storage->close(session);
    return rc;
}

enum pryv_rc profile_deactivate(struct mfa *mfa, struct pryv_str user_id, struct pryv_err *err)
{
    struct pryv_session *session;
    json_t *set;
    enum pryv_rc rc = open_set(mfa, user_id, PRYV_WRITE, &session, &set, err);

    if (rc != PRYV_OK)
        return rc;
    if (json_object_del(set, MEMBER) == 0)
        rc = write_set(mfa, session, set, err);
    mfa->storage->close(session);
    return rc;
}

/* All are compared, so that the time tells nothing. Accounts that another server kept before have the codes themselves. */
static bool is_one_of(struct pryv_arena *mem, const json_t *codes, struct pryv_str given)
{
    struct pryv_str hash = hash_hex(mem, given);
    bool found = false;
    size_t i;
    json_t *code;

    json_array_foreach(codes, i, code) {
        struct pryv_str kept = pryv_json_text_of(code);

        if (kept.len && pryv_secret_equal(kept, kept.len == hash.len ? hash : given))
            found = true;
    }
    return found;
}

static enum pryv_rc recover(struct mfa *mfa, struct pryv_call *call, struct pryv_session *session, json_t *set,
                            struct pryv_str code, struct pryv_err *err)
{
    if (!content_of(set))
        return pryv_refuse(err, 400, "invalid-operation", NULL, "MFA is not active for this account.");
    if (!is_one_of(call->arena, json_object_get(json_object_get(set, MEMBER), "recoveryCodes"), code))
        return pryv_refuse(err, 400, "invalid-parameters-format", NULL, "The recovery code is wrong.");
    json_object_del(set, MEMBER);
    return write_set(mfa, session, set, err);
}

enum pryv_rc profile_recover(struct mfa *mfa, struct pryv_call *call, struct pryv_str code, struct pryv_err *err)
{
    struct pryv_session *session;
    json_t *set;
    enum pryv_rc rc = open_set(mfa, call->user->id, PRYV_WRITE, &session, &set, err);

    if (rc != PRYV_OK)
        return rc;
    rc = recover(mfa, call, session, set, code, err);
    mfa->storage->close(session);
    return rc;
}

/* ---- What is shown ---------------------------------------------------------------------------------------- */

json_t *profile_show(void *self PRYV_UNUSED, const json_t *value)
{
    json_t *shown = json_copy((json_t *) value);
    const json_t *codes = json_object_get(shown, "recoveryCodes");
    size_t count = json_array_size(codes);

    if (codes) {
        json_t *hidden = json_array();

        for (size_t i = 0; i < count; i++)
            json_array_append_new(hidden, json_string("********"));
        json_object_set_new(shown, "recoveryCodes", hidden);
    }
    return shown;
}
