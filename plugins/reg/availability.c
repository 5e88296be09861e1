/* availability.c - is a user name free, is an address? */
#include "reg.h"

static enum pryv_rc is_taken(struct pryv_call *call, struct pryv_str key, struct pryv_str value, bool *out, struct pryv_err *err)
{
    const struct reg *reg = reg_self();
    struct pryv_str owner;
    enum pryv_rc rc = reg->accounts->owner(reg->accounts_self, call->arena, key, value, &owner, err);

    *out = rc == PRYV_OK;
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

static enum pryv_rc malformed(const char *code, const char *name, struct pryv_err *err)
{
    json_t *complaints = json_array();

    complain(complaints, code, name, false);
    return pryv_refuse(err, 400, "invalid-parameters-format", complaints, "The parameters' format is invalid.");
}

enum pryv_rc username_check(struct pryv_call *call, struct pryv_err *err)
{
    const struct reg *reg = reg_self();
    struct pryv_str name = pryv_json_member_text(call->params, "name");
    bool reserved, found = false;
    enum pryv_rc rc;

    if (!reg->accounts->username_is_valid(reg->accounts_self, name))
        return malformed("username-invalid", "username", err);
    reserved = reg->accounts->username_is_reserved(reg->accounts_self, name);
    if (!reserved && (rc = is_taken(call, PRYV_STR("username"), name, &found, err)) != PRYV_OK)
        return rc;
    pryv_json_put_bool(call->out, "reserved", reserved || found);
    if (reserved)
        pryv_json_put_text(call->out, "reason", "RESERVED_USER_NAME");
    return PRYV_OK;
}

enum pryv_rc email_check(struct pryv_call *call, struct pryv_err *err)
{
    enum { LONGEST = 300 };
    struct pryv_str email = pryv_json_member_text(call->params, "email");
    bool found = false;
    enum pryv_rc rc;

    if (email.len > LONGEST)
        return malformed("email-invalid", "email", err);
    if ((rc = is_taken(call, PRYV_STR("email"), email, &found, err)) != PRYV_OK)
        return rc;
    if (found)
        return pryv_refuse(err, 409, "item-already-exists", json_pack("{s:s%}", "email", email.data, email.len),
                           "This address is taken.");
    pryv_json_put_bool(call->out, "reserved", false);
    return PRYV_OK;
}

enum pryv_rc removed_method(struct pryv_call *call PRYV_UNUSED, struct pryv_err *err)
{
    return pryv_refuse(err, 410, "removed-method", NULL,
                       "Ask GET /reg/{username}/check_username or GET /reg/{email}/check_email.");
}
