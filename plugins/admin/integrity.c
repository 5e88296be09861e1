/* integrity.c - system.checkPlatformIntegrity: does what the platform says of the users of this core agree with their accounts, and are the data
 * of each there? Two walks over all users; what is wrong is written as it is found, so that any number of users takes the memory of some. */
#include "admin.h"

struct check {
    const struct admin *admin;
    struct pryv_json *js;
    json_t *infos; /* counts by name */
};

static void count(const struct check *check, const char *name, bool one)
{
    double so_far = pryv_json_member_number(check->infos, name);

    json_object_set_new(check->infos, name, json_real((pryv_present(so_far) ? so_far : 0) + one));
}

/* ---- The platform -------------------------------------------------------------------------------------- */

static const struct pryv_field_value *find_field(const struct pryv_field_value *fields, size_t n, struct pryv_str key)
{
    for (size_t i = 0; i < n; i++)
        if (pryv_str_is(fields[i].field, key))
            return &fields[i];
    return NULL;
}

static struct pryv_str account_value(struct pryv_arena *mem, const struct pryv_account_field *fields, size_t n,
                                     struct pryv_str key)
{
    for (size_t i = 0; i < n; i++)
        if (pryv_str_is(fields[i].field, key))
            return field_text(mem, fields[i].value_json);
    return PRYV_STR_NONE;
}

/* No values: an address in an operator's log is an address too many. */
static void tell(const struct check *check, struct pryv_arena *mem, struct pryv_str username, const char *what,
                 struct pryv_str field)
{
    pryv_json_str(check->js, pryv_format(mem, "%.*s: %s%.*s", PRYV_STR_ARG(username), what, PRYV_STR_ARG(field)));
}

static enum pryv_rc check_unique(const struct check *check, struct pryv_arena *mem, struct pryv_str username, struct pryv_str key,
                                 struct pryv_str value, struct pryv_err *err)
{
    struct pryv_str owner;
    enum pryv_rc rc = check->admin->accounts->owner(check->admin->accounts_self, mem, key, value, &owner, err);

    if (rc == PRYV_NOT_FOUND)
        tell(check, mem, username, "the platform does not know the account's ", key);
    else if (rc == PRYV_OK && !pryv_str_is(owner, username))
        tell(check, mem, username, "on the platform another user has the account's ", key);
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

static enum pryv_rc check_fields(const struct check *check, struct pryv_arena *mem, struct pryv_str username,
                                 const struct pryv_account_field *account, size_t account_count,
                                 const struct pryv_field_value *platform, size_t platform_count, struct pryv_err *err)
{
    const struct pryv_account_definition *definitions;
    size_t n = check->admin->accounts->fields(check->admin->accounts_self, &definitions);
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < n; i++) {
        struct pryv_str key = definitions[i].key, value = account_value(mem, account, account_count, key);
        const struct pryv_field_value *row = find_field(platform, platform_count, key);

        if (!definitions[i].unique && !definitions[i].indexed)
            continue;
        if (!value.data && row)
            tell(check, mem, username, "the account does not have what the platform knows as its ", key);
        else if (value.data && definitions[i].unique)
            rc = check_unique(check, mem, username, key, value, err);
        else if (value.data && (!row || !pryv_str_is(row->value, value)))
            tell(check, mem, username, "the platform has another value, or none, of the account's ", key);
    }
    return rc;
}

static enum pryv_rc check_core(const struct check *check, struct pryv_arena *mem, struct pryv_str username, struct pryv_err *err)
{
    const struct admin *admin = check->admin;
    struct pryv_str core;
    enum pryv_rc rc = admin->platform->user_core(admin->platform_self, mem, username, true, &core, err);

    if (rc == PRYV_NOT_FOUND)
        tell(check, mem, username, "the platform does not know the user", PRYV_STR_NONE);
    else if (rc == PRYV_OK && !pryv_str_is(core, admin->config->core_id))
        tell(check, mem, username, "the platform says that the user lives on the core ", core);
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

static enum pryv_rc check_on_platform(void *context, struct pryv_arena *mem, struct pryv_str id, struct pryv_str username,
                                      struct pryv_err *err)
{
    const struct check *check = context;
    const struct admin *admin = check->admin;
    struct pryv_account_field *account;
    struct pryv_field_value *platform;
    size_t account_count, platform_count;
    enum pryv_rc rc = account_fields(admin, mem, id, &account, &account_count, err);

    if (rc != PRYV_OK)
        return rc == PRYV_NOT_FOUND ? PRYV_OK : rc; /* gone since the list was read */
    count(check, "usersCountOnRepository", true);
    if ((rc = check_core(check, mem, username, err)) != PRYV_OK)
        return rc;
    rc = admin->platform->user_fields(admin->platform_self, mem, username, &platform, &platform_count, err);
    if (rc == PRYV_OK)
        rc = check_fields(check, mem, username, account, account_count, platform, platform_count, err);
    return rc == PRYV_OK ? pryv_json_failed(check->js) : rc;
}

static enum pryv_rc check_names(const struct check *check, struct pryv_arena *mem, const struct pryv_str *names, size_t n,
                                struct pryv_err *err)
{
    const struct admin *admin = check->admin;
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < n; i++) {
        struct pryv_str id;

        rc = admin->storage->user_by_name(admin->storage_self, mem, names[i], &id, err);
        if (rc == PRYV_NOT_FOUND)
            tell(check, mem, names[i], "the platform says that the user lives here, and there is no account", PRYV_STR_NONE);
        count(check, "usersCountOnPlatform", true);
        if (rc == PRYV_NOT_FOUND)
            rc = PRYV_OK;
    }
    return rc;
}

/* Whom the platform takes for users of this core. */
static enum pryv_rc check_from_platform(const struct check *check, struct pryv_err *err)
{
    enum { PAGE = 500 };
    const struct admin *admin = check->admin;
    struct pryv_arena *page = NULL;
    struct pryv_str *names, after = PRYV_STR_NONE;
    size_t n = PAGE;
    enum pryv_rc rc = PRYV_OK;

    if (!PLATFORM_HAS(admin, core_users))
        return pryv_fail(err, PRYV_UNSUPPORTED, "this platform store cannot list the users of its cores");
    while (rc == PRYV_OK && n == PAGE) {
        struct pryv_arena *mem = pryv_arena_new();

        rc = admin->platform->core_users(admin->platform_self, mem, admin->config->core_id, after, PAGE, &names, &n, err);
        pryv_arena_free(page);
        page = mem;
        if (rc == PRYV_OK && n)
            after = names[n - 1];
        if (rc == PRYV_OK)
            rc = check_names(check, mem, names, n, err);
    }
    pryv_arena_free(page);
    return rc;
}

/* ---- The stores ------------------------------------------------------------------------------------------- */

static enum pryv_rc count_rows(const struct check *check, struct pryv_arena *mem, struct pryv_session *session,
                               struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = check->admin->storage;
    uint64_t events, streams, bytes;
    struct pryv_access_row *accesses;
    struct pryv_webhook_row *webhooks;
    struct pryv_str *keys, *values;
    size_t access_count = 0, profile_count = 0, webhook_count = 0;
    enum pryv_rc rc = storage->usage(session, &events, &streams, &bytes, err);

    if (rc == PRYV_OK)
        rc = storage->accesses_all(session, mem, &accesses, &access_count, err);
    if (rc == PRYV_OK)
        rc = storage->value_all(session, mem, PRYV_STR("profile"), &keys, &values, &profile_count, err);
    if (rc == PRYV_OK)
        rc = storage->webhooks_all(session, mem, &webhooks, &webhook_count, err);
    if (rc != PRYV_OK)
        return rc;
    count(check, "userIdsCount-events", events > 0);
    count(check, "userIdsCount-streams", streams > 0);
    count(check, "userIdsCount-accesses", access_count > 0);
    count(check, "userIdsCount-profile", profile_count > 0);
    count(check, "userIdsCount-webhooks", webhook_count > 0);
    return PRYV_OK;
}

/* Data that cannot be read are what this looks for. */
static enum pryv_rc check_in_stores(void *context, struct pryv_arena *mem, struct pryv_str id, struct pryv_str username,
                                    struct pryv_err *err PRYV_UNUSED)
{
    const struct check *check = context;
    const struct pryv_storage_ops *storage = check->admin->storage;
    struct pryv_err own = PRYV_ERR(mem);
    struct pryv_session *session;
    enum pryv_rc rc = storage->open(check->admin->storage_self, id, PRYV_READ, &session, &own);

    if (rc == PRYV_NOT_FOUND)
        return PRYV_OK;
    if (rc == PRYV_OK) {
        rc = count_rows(check, mem, session, &own);
        storage->close(session);
    }
    if (rc != PRYV_OK)
        tell(check, mem, username, "the data cannot be read: ", pryv_str(own.message ? own.message : ""));
    return pryv_json_failed(check->js);
}

/* ---- Both --------------------------------------------------------------------------------------------------- */

/* Members of a check in the order in which they are known. */
static enum pryv_rc run(struct pryv_call *call, const char *title, user_visitor visit,
                        enum pryv_rc (*also)(const struct check *check, struct pryv_err *err), json_t *infos,
                        struct pryv_err *err)
{
    struct check check = { admin_self(), call->out, pryv_json_keep(call->arena, infos) };

    pryv_json_object(call->out);
    pryv_json_put_text(call->out, "title", title);
    pryv_json_key(call->out, "errors");
    pryv_json_array(call->out);

    enum pryv_rc rc = each_user(check.admin, visit, &check, err);

    if (rc == PRYV_OK && also)
        rc = also(&check, err);
    pryv_json_array_end(call->out);
    pryv_json_put_value(call->out, "infos", infos);
    pryv_json_object_end(call->out);
    return rc;
}

enum pryv_rc system_check_integrity(struct pryv_call *call, struct pryv_err *err)
{
    enum pryv_rc rc;

    pryv_json_key(call->out, "checks");
    pryv_json_array(call->out);
    rc =
        run(call, "Platform DB vs users repository", check_on_platform, check_from_platform,
            json_pack("{s:f, s:f, s:b}", "usersCountOnPlatform", 0.0, "usersCountOnRepository", 0.0, "emailCrossCheckSkipped", 0),
            err);
    if (rc == PRYV_OK)
        rc = run(call, "Users index vs stores", check_in_stores, NULL,
                 json_pack("{s:f, s:f, s:f, s:f, s:f}", "userIdsCount-events", 0.0, "userIdsCount-streams", 0.0,
                           "userIdsCount-accesses", 0.0, "userIdsCount-profile", 0.0, "userIdsCount-webhooks", 0.0),
                 err);
    pryv_json_array_end(call->out);
    return rc;
}
