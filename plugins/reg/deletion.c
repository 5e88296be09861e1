/* deletion.c - auth.delete: an account goes for good. user-account.delete says who may: the administrator, the owner, or both. */
#include "reg.h"

static bool may(const char *who)
{
    size_t i;
    json_t *item;

    json_array_foreach(reg_self()->config->delete_by, i, item)
        if (pryv_str_equal(pryv_json_text_of(item), who))
            return true;
    return false;
}

static enum pryv_rc refuse(struct pryv_err *err)
{
    return may("personalToken")
               ? pryv_refuse(err, 403, "invalid-access-token", NULL, "This needs a personal token of the account's owner.")
               : pryv_refuse(err, 404, "unknown-resource", NULL, "There is nothing at this address.");
}

/* Within a batch, and on a socket, the access is there already. */
static enum pryv_rc check_owner(struct pryv_call *call, struct pryv_err *err)
{
    struct pryv_err unseen = PRYV_ERR(call->arena);
    enum pryv_rc rc = PRYV_OK;

    if (!may("personalToken"))
        return refuse(err);
    if (!call->access && call->request)
        rc = pryv_call_authenticate(call, &unseen);
    if (rc == PRYV_FAILED || rc == PRYV_BUSY)
        return pryv_fail(err, rc, "%s", unseen.message ? unseen.message : "");
    return rc == PRYV_OK && call->access && call->access->type == PRYV_PERSONAL ? PRYV_OK : refuse(err);
}

/* A call that has no address of its own may name an account: no other than the caller's. */
static bool names_another(const struct pryv_call *call)
{
    const json_t *name = json_object_get(call->params, "username");

    return (call->parent || !call->request) && name && !pryv_str_is(pryv_json_text_of(name), call->user->username);
}

enum pryv_rc auth_delete(struct pryv_call *call, struct pryv_err *err)
{
    const struct reg *reg = reg_self();
    struct pryv_str username = pryv_str_copy(call->arena, call->user->username);
    bool by_admin = call->request && !call->parent && may("adminToken") && pryv_request_is_admin(call->request);
    enum pryv_rc rc = by_admin ? PRYV_OK : check_owner(call, err);

    if (rc == PRYV_OK && names_another(call))
        rc = PRYV_NOT_FOUND;
    if (rc == PRYV_OK)
        rc = reg->accounts->end(reg->accounts_self, call->arena, call->user->id, err);
    if (rc == PRYV_NOT_FOUND)
        return pryv_refuse(err, 404, "unknown-resource", NULL, "There is no account of that name.");
    if (rc != PRYV_OK)
        return rc;
    pryv_json_key(call->out, "userDeletion");
    pryv_json_object(call->out);
    pryv_json_put_str(call->out, "username", username);
    pryv_json_object_end(call->out);
    return PRYV_OK;
}
