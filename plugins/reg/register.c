/* register.c - auth.register: a person makes an account. */
#include "forward.h"
#include "invitations.h"
#include <strings.h>

enum { PASSWORD_MIN = 6, PASSWORD_MAX = 100 };

void complain(json_t *complaints, const char *code, const char *name, bool missing)
{
    json_array_append_new(complaints,
                          json_pack("{s:s, s:s, s:o, s:s}", "code", code, "message", missing ? "is required" : "has a wrong form",
                                    "path", missing ? json_string("#/") : json_sprintf("#/%s", name), "param", name));
}

static bool is_older_route(const struct pryv_call *call)
{
    struct pryv_str path = call->request ? pryv_request_path(call->request) : PRYV_STR_NONE;

    if (path.len && path.data[path.len - 1] == '/')
        path.len--;
    return path.len == strlen("/reg/user") && strncasecmp(path.data, "/reg/user", path.len) == 0;
}

/* Older clients write these names; the newer ones win, but for the app's on the route that they know. */
static void take_older_names(struct pryv_call *call)
{
    static const char *const names[][2] = { { "appid", "appId" },
                                            { "invitationtoken", "invitationToken" },
                                            { "languageCode", "language" } };

    for (size_t i = 0; i < PRYV_COUNT(names); i++) {
        json_t *older = json_object_get(call->params, names[i][0]);

        if (older && (!json_object_get(call->params, names[i][1]) || (i == 0 && is_older_route(call))))
            json_object_set(call->params, names[i][1], older);
    }
}

static void read_password(const json_t *params, json_t *complaints, struct pryv_new_account *account)
{
    const json_t *value = json_object_get(params, "password");

    account->password = pryv_json_text_of(value);
    if (!value)
        complain(complaints, "password-required", "password", true);
    else if (!account->password.data || pryv_str_code_points(account->password) < PASSWORD_MIN ||
             pryv_str_code_points(account->password) > PASSWORD_MAX)
        complain(complaints, "password-invalid", "password", false);
}

static enum pryv_rc read_account(struct pryv_call *call, struct pryv_new_account *account, struct pryv_err *err)
{
    const struct reg *reg = reg_self();
    json_t *complaints = json_array();

    take_older_names(call);
    reg->accounts->read(reg->accounts_self, call->arena, call->params, complaints, account);
    read_password(call->params, complaints, account);
    account->app_id = pryv_json_member_text(call->params, "appId");
    if (!json_object_get(call->params, "appId"))
        complain(complaints, "appid-invalid", "appId", true);
    if (json_array_size(complaints))
        return pryv_refuse(err, 400, "invalid-parameters-format", complaints, "The parameters' format is invalid.");
    json_decref(complaints);
    return reg->accounts->check_password(reg->accounts_self, account->password, err);
}

/* The invitation is taken before the account is made, and given back when it is not. */
static enum pryv_rc make(struct pryv_call *call, const struct pryv_new_account *account, struct pryv_made_account *made,
                         struct pryv_err *err)
{
    const struct reg *reg = reg_self();
    struct invitation invitation = { .key = PRYV_STR_NONE };
    enum pryv_rc rc =
        invitation_take(call, pryv_json_member_text(call->params, "invitationToken"), account->username, &invitation, err);

    if (rc != PRYV_OK)
        return rc;
    rc = reg->accounts->create(reg->accounts_self, call->arena, account, made, err);
    if (rc == PRYV_OK)
        invitation_keep(call, &invitation);
    else if (rc != PRYV_FAILED) /* then the account may be there all the same, and tells it later */
        invitation_give_back(call, &invitation);
    return rc;
}

enum pryv_rc auth_register(struct pryv_call *call, struct pryv_err *err)
{
    struct pryv_new_account account = { .value_count = 0 };
    struct pryv_made_account made;
    bool forwarded = false;
    enum pryv_rc rc = read_account(call, &account, err);

    if (rc == PRYV_OK)
        rc = register_elsewhere(call, &forwarded, err);
    if (rc == PRYV_OK && !forwarded)
        rc = make(call, &account, &made, err);
    if (rc != PRYV_OK || forwarded)
        return rc;
    call->status = 201;
    pryv_json_put_str(call->out, "username", account.username);
    pryv_json_put_str(call->out, "apiEndpoint", pryv_api_endpoint(call->arena, account.username, made.token));
    return PRYV_OK;
}
