/* account_username.c - another user name. The platform knows it first, so that nobody else takes it, and goes on leading former names to
 * the user; then the change is counted and sign-ins go along, then the storage follows. A crash in between is mended by asking again: what is done is done. */
#include "account_calls.h"
#include "accesses.h"
#include "usernames.h"

const struct pryv_param change_username_params[] = {
    { .name = "newUsername",
      .type = PRYV_P_TEXT,
      .flags = PRYV_P_REQUIRED,
      .pattern = "^[a-z0-9][a-z0-9-]{3,58}[a-z0-9]$",
      .help = "5 to 60 letters, digits and hyphens; not taken by anybody, now or formerly." },
    { .name = NULL },
};

/* What a user was called, from the first name to the present one: a list of texts, empty before the first change. */
#define SCOPE PRYV_STR("account")
#define KEY   PRYV_STR("usernames")

static enum pryv_rc read_changes(struct pryv_call *call, struct pryv_session *session, json_t **names, struct pryv_err *err)
{
    struct pryv_str json = PRYV_STR("[]");
    enum pryv_rc rc = api_self()->storage->value_get(session, call->arena, SCOPE, KEY, &json, err);

    if (rc != PRYV_OK && rc != PRYV_NOT_FOUND)
        return rc;
    if (pryv_json_parse(call->arena, json, true, names, err) != PRYV_OK)
        return pryv_fail(err, PRYV_FAILED, "the names that a user had cannot be read");
    return PRYV_OK;
}

static double limit_of_changes(void)
{
    return (double) api_self()->config->account.username_change_limit;
}

static double used(const json_t *names)
{
    return json_array_size(names) ? (double) json_array_size(names) - 1 : 0;
}

static double remaining(const json_t *names)
{
    return used(names) < limit_of_changes() ? limit_of_changes() - used(names) : 0;
}

enum pryv_rc account_username_changes(struct pryv_call *call, struct pryv_err *err)
{
    struct pryv_session *session;
    json_t *names;
    enum pryv_rc rc = api_open(call, PRYV_READ, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = read_changes(call, session, &names, err);
    api_close(session);
    if (rc != PRYV_OK)
        return rc;
    pryv_json_put_number(call->out, "usernameChangesUsed", used(names));
    pryv_json_put_number(call->out, "usernameChangesLimit", limit_of_changes());
    pryv_json_put_number(call->out, "usernameChangesRemaining", remaining(names));
    return PRYV_OK;
}

/* ---- Changing ---------------------------------------------------------------------------------------------- */

struct renaming {
    struct pryv_call *call;
    struct pryv_str from, to;
    json_t *names; /* so far */
    struct access_aliases aliases;
};

static enum pryv_rc read_state(struct renaming *r, struct pryv_err *err)
{
    struct pryv_session *session;
    enum pryv_rc rc = api_open(r->call, PRYV_READ, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = read_changes(r->call, session, &r->names, err);
    if (rc == PRYV_OK)
        rc = access_aliases_read(session, r->call->arena, &r->aliases, err);
    api_close(session);
    return rc;
}

static enum pryv_rc check(const struct renaming *r, struct pryv_err *err)
{
    if (pryv_str_is(r->from, r->to))
        return pryv_refuse(err, 400, "invalid-operation", NULL, "This is the user name already.");
    if (remaining(r->names) == 0)
        return pryv_refuse(
            err, 400, "invalid-operation",
            json_pack("{s:f, s:f}", "usernameChangesUsed", used(r->names), "usernameChangesLimit", limit_of_changes()),
            "The user name cannot be changed any more.");
    if (username_is_reserved(api_self()->reserved_words, r->to))
        return pryv_refuse(err, 400, "invalid-operation", json_pack("{s:s%}", "newUsername", r->to.data, r->to.len),
                           "This name is reserved.");
    return PRYV_OK;
}

static enum pryv_rc unsupported(struct pryv_err *err)
{
    return pryv_fail(err, PRYV_UNSUPPORTED, "this storage or platform cannot rename users");
}

static enum pryv_rc rename_on_platform(const struct renaming *r, struct pryv_err *err)
{
    const struct api *api = api_self();
    enum pryv_rc rc = api->platform->user_rename(api->platform_self, r->from, r->to, err);

    if (rc == PRYV_CONFLICT)
        return pryv_refuse(err, 409, "item-already-exists", json_pack("{s:s%}", "username", r->to.data, r->to.len),
                           "This name is taken.");
    return rc == PRYV_NOT_FOUND
               ? pryv_refuse(err, 400, "invalid-operation", NULL, "The user name has been changed in the meantime.")
               : rc;
}

/* A name that is the last already, of a change that a crash cut short, is not counted twice. */
static void add_name(json_t *names, struct pryv_str name)
{
    struct pryv_str last = pryv_json_text_of(json_array_get(names, json_array_size(names) - 1));

    if (!last.data || !pryv_str_is(last, name))
        json_array_append_new(names, pryv_json_string(name));
}

/* Sign-ins are found by the user name: an app that signs in again is to get the token that its other devices have. */
static enum pryv_rc carry_sign_ins(const struct renaming *r, struct pryv_session *session, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = api_self()->storage;
    struct pryv_session_row *rows = NULL;
    size_t count = 0;
    enum pryv_rc rc = PRYV_OK;

    if (storage->size > offsetof(struct pryv_storage_ops, sessions_all) && storage->sessions_all)
        rc = storage->sessions_all(session, r->call->arena, &rows, &count, err);
    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        if (rows[i].expires > r->call->now) {
            rows[i].username = r->to;
            rc = storage->session_put(session, &rows[i], err);
        }
    return rc;
}

static enum pryv_rc count(struct renaming *r, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = api_self()->storage;
    struct pryv_session *session;
    enum pryv_rc rc = api_open(r->call, PRYV_WRITE, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = read_changes(r->call, session, &r->names, err);
    if (rc == PRYV_OK) {
        add_name(r->names, r->from);
        add_name(r->names, r->to);
        rc = storage->value_set(session, SCOPE, KEY, pryv_json_dump(r->call->arena, r->names), err);
    }
    if (rc == PRYV_OK)
        rc = carry_sign_ins(r, session, err);
    if (rc == PRYV_OK)
        rc = storage->commit(session, err);
    api_close(session);
    return rc;
}

/* Whatever name led to the user tells the new one from now on, in every worker. */
static void tell(const struct renaming *r)
{
    size_t i;
    json_t *name;

    json_array_foreach(r->names, i, name)
        pryv_changed(pryv_json_text_of(name), PRYV_CHANGED_USER);
    for (i = 0; i < r->aliases.count; i++)
        pryv_changed(access_alias_of(&r->aliases, r->aliases.access_ids[i]), PRYV_CHANGED_USER);
    pryv_publish("accountChanged", r->call->user->id, PRYV_STR_NONE);
}

static enum pryv_rc answer(const struct renaming *r, struct pryv_err *err)
{
    struct pryv_user *user = pryv_new(r->call->arena, struct pryv_user);

    *user = (struct pryv_user){ .id = r->call->user->id, .username = r->to };
    r->call->user = user;
    pryv_json_put_number(r->call->out, "usernameChangesRemaining", remaining(r->names));
    return account_get(r->call, err);
}

enum pryv_rc account_change_username(struct pryv_call *call, struct pryv_err *err)
{
    const struct api *api = api_self();
    struct renaming r = { .call = call, .from = call->user->username, .to = pryv_json_member_text(call->params, "newUsername") };
    enum pryv_rc rc;

    if (api->storage->size <= offsetof(struct pryv_storage_ops, user_rename) || !api->storage->user_rename ||
        api->platform->size <= offsetof(struct pryv_platform_ops, user_rename) || !api->platform->user_rename)
        return unsupported(err);
    if ((rc = read_state(&r, err)) != PRYV_OK || (rc = check(&r, err)) != PRYV_OK ||
        (rc = rename_on_platform(&r, err)) != PRYV_OK || (rc = count(&r, err)) != PRYV_OK ||
        (rc = api->storage->user_rename(api->storage_self, call->user->id, r.to, err)) != PRYV_OK)
        return rc;
    tell(&r);
    return answer(&r, err);
}
