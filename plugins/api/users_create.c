/* users_create.c - auth.register: an account is reserved on the platform, made in the storage, then confirmed.
 *
 * What fails on the way gives back what this attempt took, and nothing else; a crash leaves a reservation that ends by itself. */
#include "accesses.h"
#include "sign_in.h"
#include "account_mail.h"
#include "account_values.h"
#include "passwords.h"
#include "pattern.h"

enum { USERNAME_MIN = 5, USERNAME_MAX = 60 };

/* One account field with the value that it will have. */
struct field {
    const struct account_field *definition;
    struct pryv_str value;
};

struct registration {
    struct pryv_call *call;
    json_t *complaints;
    struct pryv_str username, password, app_id;
    struct field *fields; /* what becomes account fields */
    size_t count;
};

/* ---- Checking: everything that is wrong is told at once ---------------------------------------------- */

static void complain(struct registration *r, const char *code, const char *name, bool missing)
{
    json_array_append_new(r->complaints,
                          json_pack("{s:s, s:s, s:o, s:s}", "code", code, "message", missing ? "is required" : "has a wrong form",
                                    "path", missing ? json_string("#/") : json_sprintf("#/%s", name), "param", name));
}

static size_t code_points(struct pryv_str text)
{
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++)
        n += ((unsigned char) text.data[i] & 0xc0) != 0x80;
    return n;
}

bool username_is_reserved(struct pryv_str name)
{
    return pryv_str_starts(name, "pryv") || access_alias_like(name);
}

static bool is_username(struct pryv_str name)
{
    if (name.len < USERNAME_MIN || name.len > USERNAME_MAX || name.data[0] == '-' || name.data[name.len - 1] == '-')
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!((name.data[i] >= 'a' && name.data[i] <= 'z') || (name.data[i] >= '0' && name.data[i] <= '9') ||
              name.data[i] == '-'))
            return false;
    return true;
}

/* A text of so many characters; absent when it is not given. Codes: wrong form, missing (NULL: it may be), wrong type. */
static struct pryv_str read_text(struct registration *r, const char *name, size_t min, size_t max, const char *wrong,
                                 const char *missing, const char *type)
{
    const json_t *value = json_object_get(r->call->params, name);
    struct pryv_str text = pryv_json_text_of(value);

    if (!value) {
        if (missing)
            complain(r, missing, name, true);
        return PRYV_STR_NONE;
    }
    if (!text.data)
        complain(r, type, name, false);
    else if (code_points(text) < min || code_points(text) > max)
        complain(r, wrong, name, false);
    return text;
}

static void add_field(struct registration *r, const struct account_field *definition, struct pryv_str value)
{
    if (value.data)
        r->fields[r->count++] = (struct field){ definition, value };
}

/* Fields of the server's own, each with the codes that clients know. Those that are not given get their default. */
static void read_built_in(struct registration *r)
{
    const struct account_fields *account = api_self()->account;
    struct pryv_str language = read_text(r, "language", 1, 5, "language-invalid", NULL, "INVALID_TYPE");
    struct pryv_str invitation =
        read_text(r, "invitationToken", 0, 1000, "invitationToken-invalid", NULL, "invitationToken-invalid");
    const struct account_field *language_field = account_field_by_key(account, PRYV_STR("language"));
    const struct account_field *invitation_field = account_field_by_key(account, PRYV_STR("invitationToken"));
    const json_t *referer = json_object_get(r->call->params, "referer");

    r->username = read_text(r, "username", 0, 1000, "username-invalid", "username-required", "INVALID_TYPE");
    if (r->username.data && !is_username(r->username))
        complain(r, "username-invalid", "username", false);
    r->password =
        read_text(r, "password", PASSWORD_MIN, PASSWORD_MAX, "password-invalid", "password-required", "password-invalid");
    r->app_id = read_text(r, "appId", 6, 99, "appid-invalid", "appid-invalid", "appid-invalid");
    add_field(r, language_field, language.data ? language : language_field->default_text);
    add_field(r, account_field_by_key(account, PRYV_STR("appId")), r->app_id);
    add_field(r, invitation_field, invitation.data ? invitation : invitation_field->default_text);
    if (referer && !json_is_null(referer))
        add_field(r, account_field_by_key(account, PRYV_STR("referer")),
                  read_text(r, "referer", 1, 99, "referer-invalid", NULL, "referer-invalid"));
}

static void read_custom(struct registration *r, const struct account_field *field)
{
    const char *name = field->key.data;
    bool is_email = pryv_str_equal(field->key, "email");
    const char *missing = !field->required ? NULL : is_email ? "email-required" : "OBJECT_MISSING_REQUIRED_PROPERTY";
    struct pryv_str value = read_text(r, name, field->min, field->max, is_email ? "email-invalid" : "MAX_LENGTH", missing,
                                      is_email ? "email-invalid" : "INVALID_TYPE");

    if (value.data && field->pattern && !pattern_matches(field->pattern, value))
        complain(r, field->pattern_code.data ? field->pattern_code.data : "PATTERN", name, false);
    add_field(r, field, value.data ? value : field->default_text);
}

/* Older clients write these names; the newer ones win. */
static void take_older_names(json_t *params)
{
    static const char *const names[][2] = { { "appid", "appId" },
                                            { "invitationtoken", "invitationToken" },
                                            { "languageCode", "language" } };

    for (size_t i = 0; i < PRYV_COUNT(names); i++) {
        json_t *older = json_object_get(params, names[i][0]);

        if (older && !json_object_get(params, names[i][1]))
            json_object_set(params, names[i][1], older);
    }
}

static enum pryv_rc check(struct registration *r, struct pryv_err *err)
{
    const struct account_fields *account = api_self()->account;

    take_older_names(r->call->params);
    r->complaints = json_array();
    r->fields = pryv_new_array(r->call->arena, struct field, account->count);
    read_built_in(r);
    for (size_t i = 0; i < account->count; i++)
        if (!account->all[i].built_in)
            read_custom(r, &account->all[i]);
    if (json_array_size(r->complaints))
        return pryv_refuse(err, 400, "invalid-parameters-format", r->complaints, "The parameters' format is invalid.");
    json_decref(r->complaints);
    return password_check_complexity(r->password, err);
}

/* ---- The platform ---------------------------------------------------------------------------------------- */

static size_t platform_fields(struct registration *r, bool all, struct pryv_field_value *out)
{
    size_t n = 0;

    for (size_t i = 0; i < r->count; i++) {
        const struct account_field *field = r->fields[i].definition;

        if (field->unique || (all && field->indexed))
            out[n++] = (struct pryv_field_value){ field->key, account_platform_text(r->call->arena, field, r->fields[i].value),
                                                  field->unique };
    }
    return n;
}

/* Every field that is taken, as it was given. */
static enum pryv_rc taken(struct registration *r, const json_t *names, struct pryv_err *err)
{
    json_t *data = json_object();

    if (json_object_get(names, "username"))
        json_object_set_new(data, "username", pryv_json_string(r->username));
    for (size_t i = 0; i < r->count; i++)
        if (json_object_get(names, r->fields[i].definition->key.data))
            json_object_set_new(data, r->fields[i].definition->key.data, pryv_json_string(r->fields[i].value));
    return pryv_refuse(err, 409, "item-already-exists", data, "A user with the same values already exists.");
}

static enum pryv_rc reserve(struct registration *r, struct pryv_str ticket, struct pryv_err *err)
{
    struct api *api = api_self();
    struct pryv_field_value *fields = pryv_new_array(r->call->arena, struct pryv_field_value, r->count);
    size_t n = platform_fields(r, false, fields);
    enum pryv_rc rc;

    if (username_is_reserved(r->username))
        return pryv_refuse(err, 409, "item-already-exists", json_pack("{s:s%}", "username", r->username.data, r->username.len),
                           "This name is reserved.");
    rc = api->platform->reserve(api->platform_self, ticket, r->username, fields, n,
                                r->call->now + (double) api->config->reservation_seconds, err);
    return rc == PRYV_CONFLICT ? taken(r, err->data, err) : rc;
}

static enum pryv_rc confirm(struct registration *r, struct pryv_str ticket, struct pryv_err *err)
{
    struct api *api = api_self();
    struct pryv_field_value *fields = pryv_new_array(r->call->arena, struct pryv_field_value, r->count);
    size_t n = platform_fields(r, true, fields);

    return api->platform->confirm(api->platform_self, ticket, fields, n, api->config->core_id, err);
}

/* ---- The account ------------------------------------------------------------------------------------------- */

static enum pryv_rc write_account(struct registration *r, struct pryv_session *session, struct pryv_str hash,
                                  struct pryv_str token, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = api_self()->storage;
    struct pryv_arena *mem = r->call->arena;
    double now = r->call->now;
    struct pryv_password_row password = { .time = now, .hash = hash, .created_by = PRYV_STR("system") };
    struct pryv_session_row signed_in = { .id = token,
                                          .username = r->username,
                                          .app_id = r->app_id,
                                          .expires = now + (double) api_self()->config->session_max_age_ms / 1000 };
    struct pryv_access_row access = personal_access(mem, r->app_id, token, now);
    enum pryv_rc rc = storage->password_add(session, &password, err);

    for (size_t i = 0; rc == PRYV_OK && i < r->count; i++) {
        json_t *value = pryv_json_string(r->fields[i].value);
        struct pryv_account_field row = { .field = r->fields[i].definition->key,
                                          .value_json = pryv_json_dump(mem, value),
                                          .time = now,
                                          .created_by = PRYV_STR("system") };

        json_decref(value);
        rc = storage->account_set(session, &row, err);
    }
    if (rc == PRYV_OK)
        rc = storage->session_put(session, &signed_in, err);
    access.integrity = access_integrity(mem, &access, PRYV_STR_NONE);
    return rc == PRYV_OK ? storage->access_insert(session, &access, err) : rc;
}

static enum pryv_rc make_account(struct registration *r, struct pryv_str id, struct pryv_str hash, struct pryv_str token,
                                 struct pryv_err *err)
{
    struct api *api = api_self();
    struct pryv_session *session;
    enum pryv_rc rc = api->storage->user_create(api->storage_self, id, r->username, err);

    if (rc == PRYV_CONFLICT)
        return pryv_refuse(err, 409, "item-already-exists", json_pack("{s:s%}", "username", r->username.data, r->username.len),
                           "This name is taken.");
    if (rc != PRYV_OK || (rc = api->storage->open(api->storage_self, id, PRYV_WRITE, &session, err)) != PRYV_OK)
        return rc;
    rc = write_account(r, session, hash, token, err);
    if (rc == PRYV_OK)
        rc = api->storage->commit(session, err);
    api_close(session);
    return rc;
}

static void give_back(struct registration *r, struct pryv_str ticket, struct pryv_str id)
{
    struct api *api = api_self();
    struct pryv_err err = PRYV_ERR(r->call->arena);

    if (api->storage->user_erase(api->storage_self, id, &err) != PRYV_OK && err.rc != PRYV_NOT_FOUND)
        pryv_log_error(API_LOG, "a half-made account stays: %s", err.message);
    if (api->platform->release(api->platform_self, ticket, &err) != PRYV_OK)
        pryv_log_warn(API_LOG, "a reservation stays until it expires: %s", err.message);
}

static struct pryv_str value_of(const struct registration *r, const char *key)
{
    for (size_t i = 0; i < r->count; i++)
        if (pryv_str_equal(r->fields[i].definition->key, key))
            return r->fields[i].value;
    return PRYV_STR_NONE;
}

enum pryv_rc auth_register(struct pryv_call *call, struct pryv_err *err)
{
    struct registration r = { .call = call };
    struct pryv_str id = pryv_id_new(call->arena), token = pryv_id_new(call->arena), ticket = pryv_id_new(call->arena), hash;
    enum pryv_rc rc = check(&r, err);

    if (rc != PRYV_OK || (rc = reserve(&r, ticket, err)) != PRYV_OK)
        return rc;
    rc = pryv_password_hash(call->arena, r.password, &hash, err);
    if (rc == PRYV_OK)
        rc = make_account(&r, id, hash, token, err);
    if (rc == PRYV_OK)
        rc = confirm(&r, ticket, err);
    if (rc != PRYV_OK) {
        give_back(&r, ticket, id);
        return rc;
    }
    pryv_changed(r.username, PRYV_CHANGED_USER);
    account_mail_welcome(call, r.username, value_of(&r, "email"), value_of(&r, "language"));
    call->status = 201;
    pryv_json_put_str(call->out, "username", r.username);
    pryv_json_put_str(call->out, "apiEndpoint", pryv_api_endpoint(call->arena, r.username, token));
    return PRYV_OK;
}

/* ---- Is it free? ---------------------------------------------------------------------------------------------- */

static enum pryv_rc is_taken(struct pryv_call *call, struct pryv_str field, struct pryv_str value, bool *out,
                             struct pryv_err *err)
{
    struct api *api = api_self();
    struct pryv_str owner;
    enum pryv_rc rc = api->platform->unique_owner(api->platform_self, call->arena, field, value, true, &owner, err);

    *out = rc == PRYV_OK;
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

enum pryv_rc username_check(struct pryv_call *call, struct pryv_err *err)
{
    struct pryv_str name = pryv_json_member_text(call->params, "name");
    bool reserved = username_is_reserved(name);
    bool found = false;
    enum pryv_rc rc;

    if (!is_username(name))
        return pryv_refuse(err, 400, "invalid-parameters-format",
                           json_pack("[{s:s, s:s, s:s, s:s}]", "code", "username-invalid", "message", "has a wrong form", "path",
                                     "#/username", "param", "username"),
                           "The parameters' format is invalid.");
    if (!reserved && (rc = is_taken(call, PRYV_STR("username"), name, &found, err)) != PRYV_OK)
        return rc;
    pryv_json_put_bool(call->out, "reserved", reserved || found);
    if (reserved)
        pryv_json_put_text(call->out, "reason", "RESERVED_USER_NAME");
    return PRYV_OK;
}

enum pryv_rc email_check(struct pryv_call *call, struct pryv_err *err)
{
    struct pryv_str email = pryv_json_member_text(call->params, "email");
    const struct account_field *field = account_field_by_key(api_self()->account, PRYV_STR("email"));
    bool found = false;
    enum pryv_rc rc = field ? is_taken(call, field->key, account_platform_text(call->arena, field, email), &found, err) : PRYV_OK;

    if (rc != PRYV_OK)
        return rc;
    if (found)
        return pryv_refuse(err, 409, "item-already-exists", json_pack("{s:s%}", "email", email.data, email.len),
                           "This address is taken.");
    pryv_json_put_bool(call->out, "reserved", false);
    return PRYV_OK;
}
