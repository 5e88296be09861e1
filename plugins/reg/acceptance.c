/* acceptance.c - see acceptance.h. "access-accepted/USERNAME/ID" is the key of the request's state. */
#include "acceptance.h"

static struct pryv_str keys_of(struct pryv_arena *mem, struct pryv_str username)
{
    return pryv_format(mem, "access-accepted/%.*s/", PRYV_STR_ARG(username));
}

enum pryv_rc acceptance_note(struct pryv_call *call, struct pryv_str username, struct pryv_str state_key, double expires,
                             struct pryv_err *err)
{
    const struct reg *reg = reg_self();
    struct pryv_str key;

    if (!reg->accounts->username_is_valid(reg->accounts_self, username))
        return PRYV_OK;
    key = pryv_format(call->arena, "%.*s%.*s", PRYV_STR_ARG(keys_of(call->arena, username)),
                      PRYV_STR_ARG(pryv_id_new(call->arena)));
    return reg->platform->value_put(reg->platform_self, key, state_key, expires, err);
}

/* Their states first: a note that is left finds them again. */
static enum pryv_rc forget_of(struct reg *reg, struct pryv_arena *mem, struct pryv_str username, struct pryv_err *err)
{
    struct pryv_str prefix = keys_of(mem, username), *keys, *state_keys;
    size_t count;
    enum pryv_rc rc =
        reg->platform->values_list(reg->platform_self, mem, prefix, PRYV_STR_NONE, SIZE_MAX, &keys, &state_keys, &count, err);

    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        rc = reg->platform->value_delete(reg->platform_self, state_keys[i], err);
    return rc == PRYV_OK ? pryv_platform_forget(reg->platform, reg->platform_self, prefix, err) : rc;
}

enum pryv_rc acceptances_forget(struct reg *reg, struct pryv_arena *mem, const struct pryv_account_end *account,
                                struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < account->username_count; i++)
        rc = forget_of(reg, mem, account->usernames[i], err);
    return rc;
}
