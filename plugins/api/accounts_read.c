/* accounts_read.c - user name and account fields from what a registration gives: everything that is wrong is told at once. */
#include "accounts.h"
#include "pattern.h"
#include "usernames.h"

struct reading {
    const json_t *params;
    json_t *complaints;
    struct pryv_account_value *values;
    size_t count;
};

static void complain(const struct reading *r, const char *code, const char *name, bool missing)
{
    json_array_append_new(r->complaints,
                          json_pack("{s:s, s:s, s:o, s:s}", "code", code, "message", missing ? "is required" : "has a wrong form",
                                    "path", missing ? json_string("#/") : json_sprintf("#/%s", name), "param", name));
}

/* A text of so many characters; absent when it is not given. Codes: wrong form, missing (NULL: it may be), wrong type. */
static struct pryv_str read_text(const struct reading *r, const char *name, size_t min, size_t max, const char *wrong,
                                 const char *missing, const char *type)
{
    const json_t *value = json_object_get(r->params, name);
    struct pryv_str text = pryv_json_text_of(value);

    if (!value) {
        if (missing)
            complain(r, missing, name, true);
        return PRYV_STR_NONE;
    }
    if (!text.data)
        complain(r, type, name, false);
    else if (pryv_str_code_points(text) < min || pryv_str_code_points(text) > max)
        complain(r, wrong, name, false);
    return text;
}

/* What is not given gets its default. */
static void add(struct reading *r, const struct account_field *field, struct pryv_str value)
{
    if (!value.data)
        value = field->default_text;
    if (value.data)
        r->values[r->count++] = (struct pryv_account_value){ field->key, value };
}

/* Fields of the server's own, each with the codes that clients know. */
static void read_built_in(struct reading *r)
{
    static const struct {
        const char *name;
        size_t min, max;
        const char *wrong, *type;
    } known[] = {
        { "language", 1, 5, "language-invalid", "INVALID_TYPE" },
        { "appId", 6, 99, "appid-invalid", "appid-invalid" },
        { "invitationToken", 0, 1000, "invitationToken-invalid", "invitationToken-invalid" },
        { "referer", 1, 99, "referer-invalid", "referer-invalid" },
    };

    for (size_t i = 0; i < PRYV_COUNT(known); i++) {
        const struct account_field *field = account_field_by_key(api_self()->account, pryv_str(known[i].name));
        struct pryv_str value = PRYV_STR_NONE;

        if (strcmp(known[i].name, "referer") != 0 || !json_is_null(json_object_get(r->params, "referer")))
            value = read_text(r, known[i].name, known[i].min, known[i].max, known[i].wrong, NULL, known[i].type);
        add(r, field, value);
    }
}

static void read_custom(struct reading *r, const struct account_field *field)
{
    const char *name = field->key.data;
    bool is_email = pryv_str_equal(field->key, "email");
    const char *missing = !field->required ? NULL : is_email ? "email-required" : "OBJECT_MISSING_REQUIRED_PROPERTY";
    struct pryv_str value = read_text(r, name, 0, field->max, "MAX_LENGTH", missing, is_email ? "email-invalid" : "INVALID_TYPE");

    if (value.data && pryv_str_code_points(value) < field->min)
        complain(r, is_email ? "email-invalid" : "MIN_LENGTH", name, false);
    if (value.data && field->pattern && !pattern_matches(field->pattern, value))
        complain(r, field->pattern_code.data ? field->pattern_code.data : "PATTERN", name, false);
    add(r, field, value);
}

void accounts_read(struct pryv_arena *mem, const json_t *params, json_t *complaints, struct pryv_new_account *out)
{
    const struct account_fields *account = api_self()->account;
    struct reading r = { params, complaints, pryv_new_array(mem, struct pryv_account_value, account->count), 0 };

    out->username = read_text(&r, "username", 0, 1000, "username-invalid", "username-required", "INVALID_TYPE");
    if (out->username.data && !username_is_valid(out->username))
        complain(&r, "username-invalid", "username", false);
    read_built_in(&r);
    for (size_t i = 0; i < account->count; i++)
        if (!account->all[i].built_in && account->all[i].type.data)
            read_custom(&r, &account->all[i]);
    out->values = r.values;
    out->value_count = r.count;
}

/* ---- For other plugins ------------------------------------------------------------------------------ */

size_t accounts_fields(struct api *api, const struct pryv_account_definition **out)
{
    const struct account_fields *account = api->account;
    struct pryv_account_definition *list = pryv_new_array(account->mem, struct pryv_account_definition, account->count);
    size_t n = 0;

    for (size_t i = 0; i < account->count; i++) {
        const struct account_field *field = &account->all[i];

        if (field->type.data && field->counted == ACCOUNT_NOT_COUNTED)
            list[n++] =
                (struct pryv_account_definition){ field->key, field->unique, field->indexed, field->required, field->built_in };
    }
    *out = list;
    return n;
}
