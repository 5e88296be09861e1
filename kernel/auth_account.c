/* auth_account.c - the latest values of an account's fields: from the cache when they are true, else from the storage. */
#include "access.h"
#include "auth.h"
#include "generation.h"
#include "settings.h"
#include <pryv/plugin.h>
#include <stdlib.h>

enum { MIB = 1024 * 1024 };

static struct cache *accounts;

struct account_object {
    struct shared shared;
    struct pryv_arena *mem;
    struct pryv_account_field *rows;
    size_t count;
};

void auth_account_start(void)
{
    accounts = cache_new((size_t) settings.cache_accounts, (size_t) settings.cache_accounts_mb * MIB);
}

void auth_account_stop(void)
{
    cache_free(accounts);
    accounts = NULL;
}

static void account_free(struct shared *shared)
{
    struct account_object *object = (struct account_object *) (void *) shared;

    pryv_arena_free(object->mem);
    free(object);
}

static struct account_object *account_new(void)
{
    struct account_object *object = calloc(1, sizeof(*object));

    if (!object)
        abort();
    shared_init(&object->shared, account_free);
    object->mem = pryv_arena_new();
    return object;
}

static enum pryv_rc load(struct pryv_str user_id, struct account_object **out, struct pryv_err *err)
{
    const struct pryv_interface *interface = pryv_interface("storage", PRYV_STORAGE_VERSION);
    const struct pryv_storage_ops *ops = interface->ops;
    struct pryv_session *session = NULL;
    struct account_object *object;
    enum pryv_rc rc = ops->open(interface->self, user_id, PRYV_READ, &session, err);

    if (rc != PRYV_OK)
        return rc;
    object = account_new();
    rc = ops->account_all(session, object->mem, &object->rows, &object->count, err);
    ops->close(session);
    object->shared.size = sizeof(*object) + pryv_arena_size(object->mem);
    if (rc == PRYV_OK)
        *out = object;
    else
        shared_release(&object->shared);
    return rc;
}

enum pryv_rc pryv_call_account_fields(struct pryv_call *call, const struct pryv_account_field **rows, size_t *count,
                                      struct pryv_err *err)
{
    struct pryv_str id = call->user->id;
    uint64_t generation = generation_of(id, GENERATION_ACCOUNT);
    struct account_object *object = (struct account_object *) (void *) cache_get(accounts, id, generation);

    if (!object) {
        enum pryv_rc rc = load(id, &object, err);

        if (rc != PRYV_OK)
            return rc;
        cache_put(accounts, id, generation, &object->shared);
    }
    shared_keep(call->arena, &object->shared);
    *rows = object->rows;
    *count = object->count;
    return PRYV_OK;
}
