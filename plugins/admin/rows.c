/* rows.c - PUT and DELETE /system/users: what the platform knows of a user is put right, or forgotten; the account itself stays as it is. */
#include "admin.h"

struct change {
    struct pryv_str field, from, to; /* absent: none */
    bool unique;
};

struct changes {
    struct pryv_arena *mem;
    struct pryv_str username;
    struct pryv_field_value *present;
    size_t present_count;
    struct change *list;
    size_t count;
    json_t *taken; /* values of others, as they were given */
};

/* ---- Reading ------------------------------------------------------------------------------------------- */

static const struct pryv_account_definition *definition_of(const char *key)
{
    const struct pryv_account_definition *definitions;
    size_t count = admin_self()->accounts->fields(admin_self()->accounts_self, &definitions);

    for (size_t i = 0; i < count; i++)
        if (pryv_str_equal(definitions[i].key, key) && (definitions[i].unique || definitions[i].indexed))
            return &definitions[i];
    return NULL;
}

static struct pryv_str present_value(const struct changes *changes, struct pryv_str field)
{
    for (size_t i = 0; i < changes->present_count; i++)
        if (pryv_str_is(changes->present[i].field, field))
            return changes->present[i].value;
    return PRYV_STR_NONE;
}

/* Who has it: PRYV_OK when it is nobody or the user. */
static enum pryv_rc check_free(struct changes *changes, const char *key, struct pryv_str value, struct pryv_err *err)
{
    const struct admin *admin = admin_self();
    struct pryv_str owner;
    enum pryv_rc rc = admin->accounts->owner(admin->accounts_self, changes->mem, pryv_str(key), value, &owner, err);

    if (rc == PRYV_OK && !pryv_str_is(owner, changes->username))
        json_object_set_new(changes->taken, key, pryv_json_string(value));
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

static enum pryv_rc add_set(struct changes *changes, const char *key, const json_t *given, struct pryv_err *err)
{
    const struct admin *admin = admin_self();
    const struct pryv_account_definition *definition = definition_of(key);
    struct pryv_str value = pryv_json_text_of(given);
    const char *path = pryv_format(changes->mem, "user/%s", key).data;

    if (!definition)
        return wrong_param(err, path, "is no field that the platform knows");
    if (!value.len)
        return wrong_param(err, path, "must be a text");
    changes->list[changes->count++] = (struct change){
        .field = definition->key,
        .from = present_value(changes, definition->key),
        .to = admin->accounts->platform_value(admin->accounts_self, changes->mem, definition->key, value),
        .unique = definition->unique,
    };
    return definition->unique ? check_free(changes, key, value, err) : PRYV_OK;
}

static enum pryv_rc add_deletion(struct changes *changes, const char *key, const json_t *given, struct pryv_err *err)
{
    const struct admin *admin = admin_self();
    const struct pryv_account_definition *definition = definition_of(key);
    struct pryv_str value = pryv_json_text_of(given);
    const char *path = pryv_format(changes->mem, "fieldsToDelete/%s", key).data;
    size_t taken = json_object_size(changes->taken);
    enum pryv_rc rc;

    if (!definition)
        return wrong_param(err, path, "is no field that the platform knows");
    if (!value.data)
        return wrong_param(err, path, "must be a text");
    rc = definition->unique ? check_free(changes, key, value, err) : PRYV_OK;
    if (rc == PRYV_OK && json_object_size(changes->taken) > taken)
        return pryv_refuse(err, 403, "forbidden", NULL, "%s: this is another user's value.", key);
    changes->list[changes->count++] = (struct change){
        .field = definition->key,
        .from = admin->accounts->platform_value(admin->accounts_self, changes->mem, definition->key, value),
        .unique = definition->unique,
    };
    return rc;
}

typedef enum pryv_rc (*adder)(struct changes *changes, const char *key, const json_t *given, struct pryv_err *err);

static enum pryv_rc add_all(struct changes *changes, const json_t *params, const char *name, adder add, struct pryv_err *err)
{
    json_t *given = json_object_get(params, name), *value;
    const char *key;
    enum pryv_rc rc;

    if (given && !json_is_object(given))
        return wrong_param(err, name, "must be an object");
    json_object_foreach(given, key, value)
        if ((rc = add(changes, key, value, err)) != PRYV_OK)
            return rc;
    return PRYV_OK;
}

/* An unknown user, or one who is only reserved, has no rows to change. */
static enum pryv_rc find_user(struct pryv_arena *mem, struct pryv_str username, struct pryv_err *err)
{
    const struct admin *admin = admin_self();
    struct pryv_str core;
    enum pryv_rc rc = admin->platform->user_core(admin->platform_self, mem, username, true, &core, err);

    return rc == PRYV_NOT_FOUND ? unknown_resource(err, "The platform knows no user of that name.") : rc;
}

static enum pryv_rc read_changes(struct pryv_call *call, struct changes *out, struct pryv_err *err)
{
    const struct admin *admin = admin_self();
    struct pryv_str username = pryv_json_member_text(call->params, "username");
    size_t most = json_object_size(json_object_get(call->params, "user")) +
                  json_object_size(json_object_get(call->params, "fieldsToDelete"));
    enum pryv_rc rc;

    if (!username.len)
        return wrong_param(err, "username", "is required");
    *out = (struct changes){ .mem = call->arena,
                             .username = username,
                             .list = pryv_new_array(call->arena, struct change, most + 1),
                             .taken = pryv_json_keep(call->arena, json_object()) };
    if ((rc = find_user(call->arena, username, err)) != PRYV_OK)
        return rc;
    rc = admin->platform->user_fields(admin->platform_self, call->arena, username, &out->present, &out->present_count, err);
    if (rc == PRYV_OK)
        rc = add_all(out, call->params, "fieldsToDelete", add_deletion, err);
    if (rc == PRYV_OK)
        rc = add_all(out, call->params, "user", add_set, err);
    if (rc == PRYV_OK && json_object_size(out->taken))
        rc = pryv_refuse(err, 409, "item-already-exists", json_incref(out->taken), "Another user has these values.");
    return rc;
}

/* ---- Writing --------------------------------------------------------------------------------------------- */

/* Somebody may have taken the value since it was looked at. */
static enum pryv_rc make_change(const struct changes *changes, const struct change *change, struct pryv_err *err)
{
    const struct admin *admin = admin_self();
    enum pryv_rc rc;

    if (!change->unique)
        return admin->platform->indexed_set(admin->platform_self, changes->username, change->field, change->to, err);
    rc = admin->platform->unique_move(admin->platform_self, changes->username, change->field, change->from, change->to, err);
    return rc == PRYV_CONFLICT
               ? pryv_refuse(err, 409, "item-already-exists",
                             json_pack("{s:s%}", pryv_cstr(changes->mem, change->field), change->to.data, change->to.len),
                             "Another user has this value.")
               : rc;
}

enum pryv_rc rows_update(struct pryv_call *call, struct pryv_err *err)
{
    struct changes changes = { .count = 0 };
    enum pryv_rc rc = read_changes(call, &changes, err);

    for (size_t i = 0; rc == PRYV_OK && i < changes.count; i++)
        rc = make_change(&changes, &changes.list[i], err);
    return rc == PRYV_OK ? pryv_reply_send(call->request, 200, "application/json; charset=utf-8", PRYV_STR("{\"user\":true}"))
                         : rc;
}

/* ---- Forgetting ------------------------------------------------------------------------------------------- */

static bool says_true(struct pryv_call *call, const char *name)
{
    return pryv_str_equal(pryv_json_member_text(call->params, name), "true") || pryv_json_member_true(call->params, name);
}

enum pryv_rc rows_delete(struct pryv_call *call, struct pryv_err *err)
{
    const struct admin *admin = admin_self();
    struct pryv_str username = pryv_json_member_text(call->params, "name");
    struct pryv_json *js = pryv_json_new(call->arena);
    bool dry = says_true(call, "dryRun");
    enum pryv_rc rc;

    if (!says_true(call, "onlyReg"))
        return pryv_refuse(err, 400, "invalid-operation", NULL,
                           "This takes away what the platform knows of a user, and is to be asked for with onlyReg=true; "
                           "DELETE /users/NAME deletes an account.");
    rc = find_user(call->arena, username, err);
    if (rc == PRYV_OK && !dry)
        rc = admin->platform->user_delete(admin->platform_self, username, err);
    if (rc != PRYV_OK)
        return rc;
    pryv_publish("coresChanged", PRYV_STR_NONE, PRYV_STR_NONE);
    pryv_json_object(js);
    pryv_json_key(js, "result");
    pryv_json_object(js);
    pryv_json_put_bool(js, "dryRun", dry);
    pryv_json_put_bool(js, "deleted", !dry);
    pryv_json_object_end(js);
    pryv_json_object_end(js);
    return send_json(call, 200, js);
}
