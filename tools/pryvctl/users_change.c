/* users_change.c - pryvctl users create, reset-password, deactivate-mfa. */
#include "pryvctl.h"
#include <stdio.h>

static int no_accounts(void)
{
    return fail("no plugin provides accounts; name the folder of plugins with --plugin-dir");
}

static int print_user(const struct run *run, struct pryv_str id, const char *what)
{
    struct pryv_json *js = pryv_json_new(run->mem);

    if (!run->json) {
        printf("%s %s\n", run->name, what);
        return SUCCESS;
    }
    pryv_json_object(js);
    pryv_json_put_text(js, "username", run->name);
    pryv_json_put_str(js, "id", id);
    pryv_json_object_end(js);
    return print_json(js);
}

/* ---- create ---- */

static json_t *params_of(const struct run *run)
{
    json_t *params = json_pack("{s:s, s:s, s:s}", "username", run->name, "email", run->second, "language",
                               run->language ? run->language : "en");

    for (size_t i = 0; i < run->fields.count; i++) {
        const char *equals = strchr(run->fields.values[i], '=');
        char *key = pryv_cstr(run->mem, pryv_str_n(run->fields.values[i], (size_t) (equals - run->fields.values[i])));

        json_object_set_new(params, key, json_string(equals + 1));
    }
    return params;
}

/* json_pack and json_string refuse what is not UTF-8. */
static bool are_texts(const json_t *params, size_t expected)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *) params, key, value)
        if (!value)
            return false;
    return json_object_size(params) >= expected;
}

static bool knows_fields(const struct run *run)
{
    const struct pryv_account_definition *definitions;
    size_t count = run->accounts->fields(run->accounts_self, &definitions);

    for (size_t i = 0; i < run->fields.count; i++) {
        struct pryv_str key =
            pryv_str_n(run->fields.values[i], (size_t) (strchr(run->fields.values[i], '=') - run->fields.values[i]));
        bool known = false;

        for (size_t k = 0; k < count; k++)
            known = known || pryv_str_is(definitions[k].key, key);
        if (!known) {
            fail("%.*s: accounts have no such field", PRYV_STR_ARG(key));
            return false;
        }
    }
    return true;
}

static bool read_account(struct run *run, json_t *params, struct pryv_new_account *account)
{
    json_t *complaints = json_array();

    run->accounts->read(run->accounts_self, run->mem, params, complaints, account);
    account->app_id = PRYV_STR_NONE;
    if (!json_array_size(complaints)) {
        json_decref(complaints);
        return true;
    }
    (void) !pryv_refuse(&run->err, 400, "invalid-parameters-format", complaints, "these values make no account");
    return false;
}

int users_create(struct run *run)
{
    struct pryv_new_account account = { .username = PRYV_STR_NONE };
    struct pryv_made_account made;
    json_t *params = pryv_json_keep(run->mem, params_of(run));

    if (!run->accounts)
        return no_accounts();
    if (!are_texts(params, 3))
        return fail("users create: arguments must be UTF-8");
    if (!knows_fields(run))
        return FAILURE;
    if (!read_account(run, params, &account))
        return tell_failure(run, "users create");
    if (!read_password(run, &account.password))
        return FAILURE;
    if (run->accounts->check_password(run->accounts_self, account.password, &run->err) != PRYV_OK ||
        run->accounts->create(run->accounts_self, run->mem, &account, &made, &run->err) != PRYV_OK)
        return tell_failure(run, "users create");
    return tell_server() == SUCCESS ? print_user(run, made.user_id, "is there") : FAILURE;
}

/* ---- reset-password ---- */

/* Who is on another core is looked after there. */
static int find_user(struct run *run, struct pryv_str *id)
{
    enum pryv_rc rc = run->storage->user_by_name(run->storage_self, run->mem, pryv_str(run->name), id, &run->err);

    if (rc == PRYV_NOT_FOUND)
        return fail("there is no user %s on this core", run->name);
    return rc == PRYV_OK ? SUCCESS : tell_failure(run, "the user cannot be looked up");
}

int users_reset_password(struct run *run)
{
    struct pryv_str id, password;

    if (!run->accounts)
        return no_accounts();
    if (run->accounts->size <= offsetof(struct pryv_accounts_ops, set_password))
        return fail("the plugin that provides accounts cannot set passwords");
    if (find_user(run, &id) != SUCCESS)
        return FAILURE;
    if (!is_confirmed(run, run->name, "The present password of this user will be good for nothing."))
        return fail("not confirmed, the password stays");
    if (!read_password(run, &password))
        return FAILURE;
    if (run->accounts->set_password(run->accounts_self, run->mem, id, password, &run->err) != PRYV_OK)
        return tell_failure(run, "users reset-password");
    return print_user(run, id, "has another password");
}

/* ---- deactivate-mfa ---- */

/* It is the member "mfa" of the private profile; the rest of it stays. */
static enum pryv_rc take_factor(struct run *run, struct pryv_session *session, bool *was_there)
{
    struct pryv_str text;
    json_t *set;
    enum pryv_rc rc = run->storage->value_get(session, run->mem, PRYV_STR("profile"), PRYV_STR("private"), &text, &run->err);

    *was_there = false;
    if (rc != PRYV_OK)
        return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
    if (pryv_json_parse(run->mem, text, false, &set, &run->err) != PRYV_OK)
        return pryv_fail(&run->err, PRYV_FAILED, "the stored profile is broken");
    if (json_object_del(set, "mfa") == -1)
        return PRYV_OK;
    *was_there = true;
    rc = run->storage->value_set(session, PRYV_STR("profile"), PRYV_STR("private"), pryv_json_dump(run->mem, set), &run->err);
    return rc == PRYV_OK ? run->storage->commit(session, &run->err) : rc;
}

int users_deactivate_mfa(struct run *run)
{
    struct pryv_session *session;
    struct pryv_str id;
    bool was_there = false;
    enum pryv_rc rc;

    if (find_user(run, &id) != SUCCESS)
        return FAILURE;
    if (!is_confirmed(run, run->name, "This user will sign in with the password alone."))
        return fail("not confirmed, the second factor stays");
    rc = run->storage->open(run->storage_self, id, PRYV_WRITE, &session, &run->err);
    if (rc == PRYV_OK) {
        rc = take_factor(run, session, &was_there);
        run->storage->close(session);
    }
    if (rc != PRYV_OK)
        return tell_failure(run, "users deactivate-mfa");
    return print_user(run, id, was_there ? "has no second factor any more" : "had no second factor");
}
