/* accounts_end.c - an account goes: data stores first, which may still read what the server keeps for them, then the storage and with it every
 * token, then files, what is remembered of it elsewhere, and its names last, so that nobody takes them while something of it is there. */
#include "accesses.h"
#include "account_traces.h"
#include "accounts.h"

struct ending {
    struct pryv_arena *mem;
    struct pryv_str user_id, username;
    struct access_aliases aliases;
    struct pryv_err *err;
};

/* A program that only looks after accounts does not start, and opens them when it needs them. */
static enum pryv_rc open_stores(struct pryv_err *err)
{
    struct api *api = api_self();

    return api->stores ? PRYV_OK : stores_open(api->storage, api->storage_self, api->config->data_stores, &api->stores, err);
}

static enum pryv_rc tell_stores(const struct ending *e)
{
    const struct store *list;
    enum pryv_rc rc = open_stores(e->err);
    size_t count = rc == PRYV_OK ? stores_list(api_self()->stores, &list) : 0;

    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        if (list[i].ops.delete_user) {
            rc = list[i].ops.delete_user(list[i].handle, e->user_id, e->err);
            if (rc == PRYV_UNSUPPORTED || rc == PRYV_NOT_FOUND)
                rc = PRYV_OK;
            else if (rc != PRYV_OK)
                rc = pryv_fail(e->err, rc == PRYV_BUSY ? PRYV_BUSY : PRYV_FAILED, "the data store %.*s cannot forget a user: %s",
                               PRYV_STR_ARG(list[i].id), e->err->message ? e->err->message : "");
        }
    return rc;
}

/* A storage that has the user no more has told its aliases before. */
static enum pryv_rc read_aliases(struct ending *e)
{
    const struct api *api = api_self();
    struct pryv_session *session;
    enum pryv_rc rc = api->storage->open(api->storage_self, e->user_id, PRYV_READ, &session, e->err);

    if (rc != PRYV_OK)
        return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
    rc = access_aliases_read(session, e->mem, &e->aliases, e->err);
    api_close(session);
    return rc;
}

/* Before the storage goes, which alone knows them. They lead nowhere from here on. */
static enum pryv_rc free_aliases(const struct ending *e)
{
    const struct api *api = api_self();
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < e->aliases.count; i++) {
        struct pryv_str alias = access_alias_of(&e->aliases, e->aliases.access_ids[i]);

        rc = api->platform->value_delete(api->platform_self, pryv_format(e->mem, "alias/%.*s", PRYV_STR_ARG(alias)), e->err);
        pryv_changed(alias, PRYV_CHANGED_USER);
    }
    return rc;
}

static enum pryv_rc erase_data(const struct ending *e)
{
    const struct api *api = api_self();
    enum pryv_rc rc = api->storage->user_erase(api->storage_self, e->user_id, e->err);

    pryv_changed(e->username, PRYV_CHANGED_USER);
    pryv_changed(e->user_id, PRYV_CHANGED_ACCESSES | PRYV_CHANGED_STREAMS | PRYV_CHANGED_ACCOUNT);
    if (rc == PRYV_OK || rc == PRYV_NOT_FOUND)
        rc = api->files->remove(api->files_self, e->user_id, PRYV_STR_NONE, PRYV_STR_NONE, e->err);
    return rc;
}

/* What the platform remembers of the user's sign-ins and resets, where from too, until it expires. */
static enum pryv_rc forget_values(const struct ending *e)
{
    const struct api *api = api_self();
    const struct pryv_str prefixes[] = {
        pryv_format(e->mem, "sign-in-failures/user/%.*s", PRYV_STR_ARG(e->user_id)),
        pryv_format(e->mem, "sign-in-known/%.*s/", PRYV_STR_ARG(e->user_id)),
        pryv_format(e->mem, "password-reset/%.*s/", PRYV_STR_ARG(e->user_id)),
    };
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < PRYV_COUNT(prefixes); i++)
        rc = pryv_platform_forget(api->platform, api->platform_self, prefixes[i], e->err);
    return rc;
}

/* `*own` false: somebody has taken the name since, when this is done for a second time. `*known`: the platform still has it. */
static enum pryv_rc look_for_name(const struct ending *e, bool *own, bool *known)
{
    const struct api *api = api_self();
    struct pryv_str id, core;
    enum pryv_rc rc = api->storage->user_by_name(api->storage_self, e->mem, e->username, &id, e->err);

    *own = *known = false;
    if (rc != PRYV_NOT_FOUND)
        return rc;
    rc = api->platform->user_core(api->platform_self, e->mem, e->username, true, &core, e->err);
    *known = rc == PRYV_OK;
    *own = rc == PRYV_NOT_FOUND || (rc == PRYV_OK && pryv_str_is(core, api->config->core_id));
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

/* The last name first, then those before. */
static enum pryv_rc list_names(const struct ending *e, struct pryv_str **names, size_t *count)
{
    const struct api *api = api_self();
    struct pryv_str *former = NULL;
    size_t former_count = 0;
    bool own, known;
    enum pryv_rc rc = look_for_name(e, &own, &known);

    *count = 0;
    if (rc != PRYV_OK || !own)
        return rc;
    if (known && api->platform->size > offsetof(struct pryv_platform_ops, former_names) && api->platform->former_names)
        rc = api->platform->former_names(api->platform_self, e->mem, e->username, &former, &former_count, e->err);
    *names = pryv_alloc(e->mem, (former_count + 1) * sizeof(**names));
    (*names)[(*count)++] = e->username;
    for (size_t i = 0; i < former_count; i++)
        (*names)[(*count)++] = former[i];
    return rc;
}

static enum pryv_rc tell_plugins(const struct ending *e)
{
    struct pryv_account_end account = { .user_id = e->user_id };
    const struct pryv_interface *plugin;
    struct pryv_str *names = NULL;
    enum pryv_rc rc = list_names(e, &names, &account.username_count);

    account.usernames = names;
    for (size_t i = 0; rc == PRYV_OK && (plugin = pryv_interface_at(PRYV_ACCOUNT_END_PREFIX, PRYV_ACCOUNT_END_VERSION, i)); i++) {
        const struct pryv_account_end_ops *ops = plugin->ops;

        rc = ops->forget(plugin->self, e->mem, &account, e->err);
    }
    return rc;
}

static enum pryv_rc free_names(const struct ending *e)
{
    const struct api *api = api_self();
    bool own, known;
    enum pryv_rc rc = look_for_name(e, &own, &known);

    return rc == PRYV_OK && own && known ? api->platform->user_delete(api->platform_self, e->username, e->err) : rc;
}

/* Where the platform is in the same files as the index of users, their logs still have the names that were freed since: an engine that leaves
 * nothing of a user when it erases one does so now. The account is ended all the same when it cannot. */
static void erase_remains(const struct ending *e)
{
    const struct api *api = api_self();
    struct pryv_err err = PRYV_ERR(e->mem);
    enum pryv_rc rc = api->storage->user_erase(api->storage_self, e->user_id, &err);

    if (rc != PRYV_OK && rc != PRYV_NOT_FOUND)
        pryv_log_warn(API_LOG, "the name of a user who is gone may be in a log of the storage for a while: %s",
                      err.message ? err.message : "");
}

enum pryv_rc accounts_finish_ending(struct pryv_arena *mem, struct pryv_str user_id, struct pryv_str username,
                                    struct pryv_err *err)
{
    struct ending e = { .mem = mem, .user_id = user_id, .username = username, .err = err };
    enum pryv_rc rc = tell_stores(&e);

    if (rc == PRYV_OK)
        rc = read_aliases(&e);
    if (rc == PRYV_OK)
        rc = free_aliases(&e);
    if (rc == PRYV_OK)
        rc = erase_data(&e);
    if (rc == PRYV_OK)
        rc = forget_values(&e);
    if (rc == PRYV_OK)
        rc = tell_plugins(&e);
    if (rc == PRYV_OK)
        rc = free_names(&e);
    if (rc == PRYV_OK)
        rc = account_trace_take_away(mem, ACCOUNT_BEING_ENDED, user_id, err);
    if (rc == PRYV_OK)
        erase_remains(&e);
    return rc;
}

enum pryv_rc accounts_end(struct pryv_arena *mem, struct pryv_str user_id, struct pryv_err *err)
{
    const struct api *api = api_self();
    struct pryv_str username;
    enum pryv_rc rc = api->storage->user_by_id(api->storage_self, mem, user_id, &username, err);

    if (rc == PRYV_OK)
        rc = account_trace_put(mem, ACCOUNT_BEING_ENDED, user_id, username, err);
    if (rc == PRYV_OK)
        rc = accounts_finish_ending(mem, user_id, username, err);
    if (rc == PRYV_OK)
        pryv_publish("accountEnded", user_id, PRYV_STR_NONE);
    return rc;
}
