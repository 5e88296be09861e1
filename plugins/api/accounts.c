/* accounts.c - the interface "accounts": its functions run as this plugin's own, whoever calls them. */
#include "accounts.h"
#include "access_usage.h"
#include "account_value.h"
#include "passwords.h"
#include "usernames.h"

static size_t offer_fields(void *self, const struct pryv_account_definition **out)
{
    const struct api *api = self;

    *out = api->definitions;
    return api->definition_count;
}

static bool offer_is_valid(void *self PRYV_UNUSED, struct pryv_str name)
{
    return username_is_valid(name);
}

static bool offer_is_reserved(void *self, struct pryv_str name)
{
    const struct api *api = self;

    return username_is_reserved(api->reserved_words, name);
}

static void offer_read(void *self, struct pryv_arena *mem, const json_t *params, json_t *complaints, struct pryv_new_account *out)
{
    void *before = pryv_self_enter(self);

    accounts_read(mem, params, complaints, out);
    pryv_self_enter(before);
}

static enum pryv_rc offer_check_password(void *self, struct pryv_str password, struct pryv_err *err)
{
    void *before = pryv_self_enter(self);
    enum pryv_rc rc = password_check_complexity(password, err);

    pryv_self_enter(before);
    return rc;
}

static enum pryv_rc offer_owner(void *self, struct pryv_arena *mem, struct pryv_str key, struct pryv_str value,
                                struct pryv_str *username, struct pryv_err *err)
{
    const struct api *api = self;
    const struct account_field *field = account_field_by_key(api->account, key);

    if (field)
        value = account_platform_text(mem, field, value);
    else if (!pryv_str_equal(key, "username"))
        return pryv_fail(err, PRYV_NOT_FOUND, "there is no such account field");
    return api->platform->unique_owner(api->platform_self, mem, key, value, true, username, err);
}

static enum pryv_rc offer_create(void *self, struct pryv_arena *mem, const struct pryv_new_account *account,
                                 struct pryv_made_account *out, struct pryv_err *err)
{
    void *before = pryv_self_enter(self);
    enum pryv_rc rc = accounts_create(mem, account, out, err);

    pryv_self_enter(before);
    return rc;
}

static enum pryv_rc offer_end(void *self, struct pryv_arena *mem, struct pryv_str user_id, struct pryv_err *err)
{
    void *before = pryv_self_enter(self);
    enum pryv_rc rc = accounts_end(mem, user_id, err);

    pryv_self_enter(before);
    return rc;
}

static struct pryv_str offer_platform_value(void *self, struct pryv_arena *mem, struct pryv_str key, struct pryv_str value)
{
    const struct api *api = self;
    const struct account_field *field = account_field_by_key(api->account, key);

    return field ? account_platform_text(mem, field, value) : value;
}

static enum pryv_rc set_password(struct pryv_arena *mem, struct pryv_str user_id, struct pryv_str password, struct pryv_err *err)
{
    struct pryv_user user = { .id = user_id };
    struct pryv_call call = { .arena = mem, .user = &user, .now = pryv_now() };
    struct passwords old;
    enum pryv_rc rc = password_check_complexity(password, err);

    if (rc == PRYV_OK)
        rc = passwords_read(&call, &old, err);
    if (rc == PRYV_OK)
        rc = password_set(&call, &old, password, PRYV_STR("admin"), err);
    if (rc == PRYV_OK)
        pryv_publish("accountChanged", user_id, PRYV_STR_NONE);
    return rc;
}

static enum pryv_rc offer_set_password(void *self, struct pryv_arena *mem, struct pryv_str user_id, struct pryv_str password,
                                       struct pryv_err *err)
{
    void *before = pryv_self_enter(self);
    enum pryv_rc rc = set_password(mem, user_id, password, err);

    pryv_self_enter(before);
    return rc;
}

static void offer_settle_use(void *self PRYV_UNUSED, struct pryv_arena *mem)
{
    access_usage_flush_everywhere(mem);
}

const struct pryv_accounts_ops accounts_ops = {
    .size = sizeof(accounts_ops),
    .fields = offer_fields,
    .username_is_valid = offer_is_valid,
    .username_is_reserved = offer_is_reserved,
    .read = offer_read,
    .check_password = offer_check_password,
    .owner = offer_owner,
    .create = offer_create,
    .end = offer_end,
    .platform_value = offer_platform_value,
    .set_password = offer_set_password,
    .settle_use = offer_settle_use,
};
