/* accounts_create.c - an account is reserved on the platform, made in the storage, then confirmed.
 *
 * What fails on the way gives back what this attempt took, and nothing else. A trace tells of the work as long as it goes on: where a crash cut
 * it off, or nobody can say whether the platform has confirmed it, it is settled by that (accounts_settle.c). */
#include "accesses.h"
#include "account_mail.h"
#include "account_traces.h"
#include "account_value.h"
#include "accounts.h"
#include "sign_in.h"
#include "usernames.h"

struct making {
    struct pryv_arena *mem;
    const struct pryv_new_account *account;
    struct pryv_str id; /* also the name of the reservation */
    struct pryv_str token;
    double now;
    bool traced, begun; /* what there is to give back */
};

static const struct account_field *field_of(const struct pryv_account_value *value)
{
    return account_field_by_key(api_self()->account, value->key);
}

static struct pryv_str value_of(const struct making *m, const char *key)
{
    for (size_t i = 0; i < m->account->value_count; i++)
        if (pryv_str_equal(m->account->values[i].key, key))
            return m->account->values[i].value;
    return PRYV_STR_NONE;
}

/* ---- The platform ---------------------------------------------------------------------------------------- */

static struct pryv_field_value *platform_fields(const struct making *m, bool all, size_t *count)
{
    const struct pryv_new_account *account = m->account;
    struct pryv_field_value *out = pryv_new_array(m->mem, struct pryv_field_value, account->value_count);

    *count = 0;
    for (size_t i = 0; i < account->value_count; i++) {
        const struct account_field *field = field_of(&account->values[i]);

        if (field && (field->unique || (all && field->indexed)))
            out[(*count)++] =
                (struct pryv_field_value){ field->key, account_platform_text(m->mem, field, account->values[i].value),
                                           field->unique };
    }
    return out;
}

/* Every value that is taken, as it was given. */
static enum pryv_rc taken(const struct making *m, const json_t *names, struct pryv_err *err)
{
    json_t *data = json_object();

    if (json_object_get(names, "username"))
        json_object_set_new(data, "username", pryv_json_string(m->account->username));
    for (size_t i = 0; i < m->account->value_count; i++)
        if (json_object_get(names, m->account->values[i].key.data))
            json_object_set_new(data, m->account->values[i].key.data, pryv_json_string(m->account->values[i].value));
    return pryv_refuse(err, 409, "item-already-exists", data, "A user with the same values already exists.");
}

static enum pryv_rc name_taken(const struct making *m, const char *why, struct pryv_err *err)
{
    return pryv_refuse(err, 409, "item-already-exists",
                       json_pack("{s:s%}", "username", m->account->username.data, m->account->username.len), "%s", why);
}

static enum pryv_rc reserve(const struct making *m, struct pryv_err *err)
{
    const struct api *api = api_self();
    size_t count;
    const struct pryv_field_value *fields = platform_fields(m, false, &count);
    enum pryv_rc rc;

    if (username_is_reserved(api->reserved_words, m->account->username))
        return name_taken(m, "This name is reserved.", err);
    rc = api->platform->reserve(api->platform_self, m->id, m->account->username, fields, count,
                                pryv_now() + (double) api->config->reservation_seconds, err);
    return rc == PRYV_CONFLICT ? taken(m, err->data, err) : rc;
}

static enum pryv_rc confirm(const struct making *m, struct pryv_err *err)
{
    const struct api *api = api_self();
    size_t count;
    const struct pryv_field_value *fields = platform_fields(m, true, &count);

    return api->platform->confirm(api->platform_self, m->id, fields, count, api->config->core_id, err);
}

/* ---- The storage -------------------------------------------------------------------------------------------- */

static enum pryv_rc write_fields(const struct making *m, struct pryv_session *session, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < m->account->value_count; i++) {
        json_t *value = pryv_json_string(m->account->values[i].value);
        struct pryv_account_field row = { .field = m->account->values[i].key,
                                          .value_json = pryv_json_dump(m->mem, value),
                                          .time = m->now,
                                          .created_by = PRYV_STR("system") };

        json_decref(value);
        rc = api_self()->storage->account_set(session, &row, err);
    }
    return rc;
}

static enum pryv_rc sign_in(const struct making *m, struct pryv_session *session, struct pryv_err *err)
{
    const struct api *api = api_self();
    struct pryv_session_row signed_in = { .id = m->token,
                                          .username = m->account->username,
                                          .app_id = m->account->app_id,
                                          .expires = m->now + (double) api->config->session_max_age_ms / 1000 };
    struct pryv_access_row access = personal_access(m->mem, m->account->app_id, m->token, m->now);
    enum pryv_rc rc = api->storage->session_put(session, &signed_in, err);

    access.integrity = access_integrity(m->mem, &access, PRYV_STR_NONE);
    return rc == PRYV_OK ? api->storage->access_insert(session, &access, err) : rc;
}

static enum pryv_rc write_account(const struct making *m, struct pryv_str hash, struct pryv_err *err)
{
    const struct api *api = api_self();
    struct pryv_password_row password = { .time = m->now, .hash = hash, .created_by = PRYV_STR("system") };
    struct pryv_session *session;
    enum pryv_rc rc = api->storage->open(api->storage_self, m->id, PRYV_WRITE, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = api->storage->password_add(session, &password, err);
    if (rc == PRYV_OK)
        rc = write_fields(m, session, err);
    if (rc == PRYV_OK && m->token.data)
        rc = sign_in(m, session, err);
    if (rc == PRYV_OK)
        rc = api->storage->commit(session, err);
    api_close(session);
    return rc;
}

static enum pryv_rc make_account(struct making *m, struct pryv_err *err)
{
    const struct api *api = api_self();
    struct pryv_str hash = m->account->password_hash;
    enum pryv_rc rc = hash.data ? PRYV_OK : pryv_password_hash(m->mem, m->account->password, &hash, err);

    if (rc == PRYV_OK)
        rc = account_trace_put(m->mem, ACCOUNT_BEING_MADE, m->id, m->account->username, err);
    m->traced = rc == PRYV_OK;
    m->begun = m->traced;
    if (rc == PRYV_OK)
        rc = api->storage->user_create(api->storage_self, m->id, m->account->username, err);
    if (rc == PRYV_CONFLICT) {
        m->begun = false; /* one that a crash cut off has the name, until it is settled */
        return name_taken(m, "This name is taken.", err);
    }
    return rc == PRYV_OK ? write_account(m, hash, err) : rc;
}

/* ---- All of it ------------------------------------------------------------------------------------------------ */

/* What cannot be given back now is given back by its trace. */
static void give_back(const struct making *m)
{
    const struct api *api = api_self();
    struct pryv_err err = PRYV_ERR(m->mem);
    enum pryv_rc rc = m->begun ? api->storage->user_erase(api->storage_self, m->id, &err) : PRYV_OK;

    if (rc == PRYV_OK || rc == PRYV_NOT_FOUND)
        rc = api->platform->release(api->platform_self, m->id, &err);
    if (rc == PRYV_OK && m->traced)
        rc = account_trace_take_away(m->mem, ACCOUNT_BEING_MADE, m->id, &err);
    if (rc != PRYV_OK)
        pryv_log_warn(API_LOG, "an account that was not made is taken back later: %s", err.message ? err.message : "");
}

enum pryv_rc accounts_create(struct pryv_arena *mem, const struct pryv_new_account *account, struct pryv_made_account *out,
                             struct pryv_err *err)
{
    struct making m = { .mem = mem, .account = account, .id = pryv_id_new(mem), .now = pryv_now() };
    enum pryv_rc rc;

    if (account->app_id.data)
        m.token = pryv_id_new(mem);
    if ((rc = reserve(&m, err)) != PRYV_OK)
        return rc;
    if ((rc = make_account(&m, err)) != PRYV_OK) {
        give_back(&m);
        return rc;
    }
    if ((rc = confirm(&m, err)) == PRYV_NOT_FOUND) {
        give_back(&m);
        return pryv_fail(err, PRYV_BUSY, "making an account took longer than registration.reservationSeconds");
    }
    if (rc != PRYV_OK)
        return pryv_fail(err, PRYV_FAILED, "whether the platform has confirmed an account is to be seen: %s",
                         err->message ? err->message : ""); /* the trace tells it later */

    struct pryv_err unseen = PRYV_ERR(mem);

    if (account_trace_take_away(mem, ACCOUNT_BEING_MADE, m.id, &unseen) != PRYV_OK)
        pryv_log_warn(API_LOG, "the trace of a new account stays for now: %s", unseen.message ? unseen.message : "");
    pryv_changed(account->username, PRYV_CHANGED_USER);
    account_mail_welcome(mem, account->username, value_of(&m, "email"), value_of(&m, "language"));
    *out = (struct pryv_made_account){ .user_id = m.id, .token = m.token };
    return PRYV_OK;
}
