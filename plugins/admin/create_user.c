/* create_user.c - system.createUser: an account whose password another system has hashed. Nobody is signed in. */
#include "admin.h"

static const struct pryv_param storage_used[] = {
    { .name = "dbDocuments", .type = PRYV_P_NUMBER, .flags = PRYV_P_REQUIRED },
    { .name = "attachedFiles", .type = PRYV_P_NUMBER, .flags = PRYV_P_REQUIRED },
    { .name = NULL },
};

static const struct pryv_param params[] = {
    { .name = "username", .type = PRYV_P_TEXT, .flags = PRYV_P_REQUIRED, .pattern = "^[a-z0-9][a-z0-9-]{3,58}[a-z0-9]$" },
    { .name = "passwordHash",
      .type = PRYV_P_TEXT,
      .flags = PRYV_P_REQUIRED,
      .pattern = "^(\\$2[aby]\\$[0-9][0-9]\\$[./A-Za-z0-9]{53}|\\$argon2id\\$[-A-Za-z0-9+/=,$]+)$" },
    { .name = "email", .type = PRYV_P_TEXT, .flags = PRYV_P_REQUIRED, .min = 1, .max = 300 },
    { .name = "language", .type = PRYV_P_TEXT, .flags = PRYV_P_REQUIRED, .min = 1, .max = 5 },
    { .name = "appId", .type = PRYV_P_TEXT, .min = 6, .max = 99 },
    { .name = "referer", .type = PRYV_P_TEXT, .flags = PRYV_P_NULLABLE, .min = 1, .max = 99 },
    { .name = "invitationToken", .type = PRYV_P_TEXT, .max = 1000 },
    { .name = "storageUsed", .type = PRYV_P_OBJECT, .fields = storage_used, .help = "Ignored." },
    { .name = NULL },
};

static bool was_asked_for(const char *name)
{
    for (const struct pryv_param *param = params; param->name; param++)
        if (strcmp(param->name, name) == 0)
            return true;
    return false;
}

/* Fields that people are asked for at registration, and operators cannot give here, are given by their owners later. */
static void forget_others(json_t *complaints)
{
    for (size_t i = json_array_size(complaints); i-- > 0;) {
        const char *name = json_string_value(json_object_get(json_array_get(complaints, i), "param"));

        if (!name || !was_asked_for(name))
            json_array_remove(complaints, i);
    }
}

static enum pryv_rc read_account(struct pryv_call *call, struct pryv_new_account *account, struct pryv_err *err)
{
    const struct admin *admin = admin_self();
    json_t *complaints = json_array();

    admin->accounts->read(admin->accounts_self, call->arena, call->params, complaints, account);
    account->password_hash = pryv_json_member_text(call->params, "passwordHash");
    forget_others(complaints);
    if (json_array_size(complaints))
        return pryv_refuse(err, 400, "invalid-parameters-format", complaints, "These values make no account.");
    json_decref(complaints);
    return PRYV_OK;
}

/* Where a member is one too many, clients of this route know the whole by this name. */
static enum pryv_rc check_params(struct pryv_call *call, struct pryv_err *err)
{
    enum pryv_rc rc = pryv_params_check(params, false, call->params, err);
    size_t i;
    json_t *complaint;

    json_array_foreach(rc == PRYV_REFUSED ? err->data : NULL, i, complaint)
        if (pryv_str_equal(pryv_json_member_text(complaint, "code"), "OBJECT_ADDITIONAL_PROPERTIES"))
            json_object_set_new(complaint, "path", json_string("#"));
    return rc;
}

/* A name that is taken is told alone. */
static enum pryv_rc create(struct pryv_call *call, const struct pryv_new_account *account, struct pryv_made_account *made,
                           struct pryv_err *err)
{
    const struct admin *admin = admin_self();
    enum pryv_rc rc = admin->accounts->create(admin->accounts_self, call->arena, account, made, err);

    if (rc == PRYV_REFUSED && json_object_get(err->data, "username"))
        return pryv_refuse(err, err->status, err->id,
                           json_pack("{s:s%}", "username", account->username.data, account->username.len), "%s", err->message);
    return rc;
}

enum pryv_rc system_create_user(struct pryv_call *call, struct pryv_err *err)
{
    struct pryv_new_account account = { .username = PRYV_STR_NONE };
    struct pryv_made_account made;
    enum pryv_rc rc = pryv_request_want_json(call->request, err);

    if (rc == PRYV_OK)
        rc = check_params(call, err);
    if (rc == PRYV_OK)
        rc = read_account(call, &account, err);
    if (rc == PRYV_OK)
        rc = create(call, &account, &made, err);
    if (rc != PRYV_OK)
        return rc;
    call->status = 201;
    pryv_json_put_str(call->out, "id", made.user_id);
    return PRYV_OK;
}
