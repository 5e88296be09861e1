/* account_fields.c - the fields of the account from configuration; see account.h. What is wrong with them stops the start. */
#include "account.h"
#include "pattern.h"
#include <pryv/log.h>
#include <stdlib.h>

enum { FIELDS_MAX = 1000, DEPTH_MAX = 20, ID_MIN = 2, TEXT_MAX = 300, LANGUAGE_MAX = 5 };

#define CUSTOM_PREFIX   ":system:"
#define BUILT_IN_PREFIX ":_system:"

/* ---- Built-in ones --------------------------------------------------------------------------- */

enum { INDEXED = 1, REQUIRED = 2, SHOWN = 4, EDITABLE = 8 };

static const struct {
    const char *key, *parent, *name, *type, *default_text;
    unsigned flags;
    enum account_counted counted;
} built_in[] = {
    { "account", NULL, "Account", NULL, NULL, SHOWN, ACCOUNT_NOT_COUNTED },
    { "language", "account", "Language", "language/iso-639-1", "en", INDEXED | SHOWN | EDITABLE, ACCOUNT_NOT_COUNTED },
    { "appId", "account", "appId", "identifier/string", "", INDEXED | REQUIRED, ACCOUNT_NOT_COUNTED },
    { "invitationToken", "account", "Invitation Token", "token/string", "no-token", INDEXED, ACCOUNT_NOT_COUNTED },
    { "referer", "account", "Referer", "identifier/string", NULL, INDEXED, ACCOUNT_NOT_COUNTED },
    { "storageUsed", "account", "Storage used", NULL, NULL, SHOWN, ACCOUNT_NOT_COUNTED },
    { "dbDocuments", "storageUsed", "Db Documents", "data-quantity/b", NULL, SHOWN, ACCOUNT_DB_DOCUMENTS },
    { "attachedFiles", "storageUsed", "Attached files", "data-quantity/b", NULL, SHOWN, ACCOUNT_ATTACHED_FILES },
};

/* Members of a registration that are no fields of the account: a field of that name could never be given. */
static const char *const taken_by_registration[] = { "username", "password" };

struct reading {
    struct account_fields *fields;
    struct pryv_err *err;
    const char *list; /* "custom.systemStreams.account" */
};

static enum pryv_rc wrong(struct reading *r, struct pryv_str id, const char *what)
{
    return pryv_fail(r->err, PRYV_FAILED, "%s: field \"%.*s\": %s", r->list, PRYV_STR_ARG(id), what);
}

/* ---- Adding ------------------------------------------------------------------------------------ */

static struct account_field *by_key(struct account_fields *fields, struct pryv_str key)
{
    for (size_t i = 0; i < fields->count; i++)
        if (pryv_str_is(fields->all[i].key, key))
            return &fields->all[i];
    return NULL;
}

static struct account_field *add(struct account_fields *fields, struct account_field *parent)
{
    struct account_field *field = &fields->all[fields->count++];

    field->parent = parent;
    field->max = TEXT_MAX;
    return field;
}

static void add_built_in(struct account_fields *fields)
{
    for (size_t i = 0; i < PRYV_COUNT(built_in); i++) {
        struct account_field *field = add(fields, built_in[i].parent ? by_key(fields, pryv_str(built_in[i].parent)) : NULL);

        field->built_in = true;
        field->key = pryv_str(built_in[i].key);
        field->id = pryv_format(fields->mem, BUILT_IN_PREFIX "%s", built_in[i].key);
        field->name = pryv_str(built_in[i].name);
        field->type = pryv_str(built_in[i].type);
        field->default_text = pryv_str(built_in[i].default_text);
        field->indexed = built_in[i].flags & INDEXED;
        field->required = built_in[i].flags & REQUIRED;
        field->shown = built_in[i].flags & SHOWN;
        field->editable = built_in[i].flags & EDITABLE;
        field->counted = built_in[i].counted;
    }
    by_key(fields, PRYV_STR("language"))->min = 1;
    by_key(fields, PRYV_STR("language"))->max = LANGUAGE_MAX;
}

static void list_stream_ids(struct account_fields *fields)
{
    for (size_t i = 0; i < fields->count; i++)
        fields->all[i].stream_ids_json = pryv_format(fields->mem, "[\"%.*s\"]", PRYV_STR_ARG(fields->all[i].id));
}

/* The last first, each put in front of its siblings. */
static void chain(struct account_fields *fields)
{
    for (size_t i = fields->count; i-- > 1;) {
        struct account_field *field = &fields->all[i];
        struct account_field *parent = &fields->all[field->parent - fields->all];

        field->next = parent->children;
        parent->children = field;
    }
}

/* ---- Configured ones --------------------------------------------------------------------------- */

static bool is_id(struct pryv_str id)
{
    for (size_t i = 0; i < id.len; i++) {
        char c = id.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("._-", c))))
            return false;
    }
    return id.len >= ID_MIN && id.len <= ACCOUNT_ID_MAX;
}

/* One word of a type: `[a-z0-9-]+`. */
static size_t word(struct pryv_str text, size_t from)
{
    size_t at = from;

    while (at < text.len && ((text.data[at] >= 'a' && text.data[at] <= 'z') || (text.data[at] >= '0' && text.data[at] <= '9') ||
                             text.data[at] == '-'))
        at++;
    return at - from;
}

static bool is_type(struct pryv_str type)
{
    size_t first = word(type, 0);

    return first && first < type.len && type.data[first] == '/' && word(type, first + 1) &&
           first + 1 + word(type, first + 1) == type.len;
}

static enum pryv_rc read_bool(struct reading *r, struct pryv_str id, const json_t *definition, const char *name, bool default_,
                              bool *out)
{
    const json_t *value = json_object_get(definition, name);

    *out = value ? json_is_true(value) : default_;
    if (value && !json_is_boolean(value))
        return wrong(r, id, pryv_format(r->err->arena, "%s must be true or false", name).data);
    return PRYV_OK;
}

static enum pryv_rc read_text(struct reading *r, struct pryv_str id, const json_t *definition, const char *name,
                              struct pryv_str *out)
{
    const json_t *value = json_object_get(definition, name);

    *out = pryv_str_copy(r->fields->mem, pryv_json_text_of(value));
    if (value && !json_is_null(value) && !out->data)
        return wrong(r, id, pryv_format(r->err->arena, "%s must be a text", name).data);
    return PRYV_OK;
}

static void warn_of_unknown_members(const struct reading *r, struct pryv_str id, json_t *definition)
{
    static const char known[] =
        " id name type isIndexed isUnique isShown isEditable isRequiredInValidation regexValidation regexError default children ";
    const char *name;
    json_t *value;

    json_object_foreach(definition, name, value)
        if (!strstr(known, pryv_format(r->err->arena, " %s ", name).data))
            pryv_log_warn("api", "%s: field \"%.*s\": \"%s\" is not known and has no effect", r->list, PRYV_STR_ARG(id), name);
}

/* The id without the prefix that it may have. */
static enum pryv_rc read_key(struct reading *r, const json_t *definition, struct pryv_str *key)
{
    struct pryv_str id = pryv_json_member_text(definition, "id");
    bool prefixed = pryv_str_starts(id, CUSTOM_PREFIX);
    struct pryv_str plain = prefixed ? pryv_str_n(id.data + strlen(CUSTOM_PREFIX), id.len - strlen(CUSTOM_PREFIX)) : id;

    if (!json_is_object(definition))
        return pryv_fail(r->err, PRYV_FAILED, "%s: every item must be a map with id and type", r->list);
    if (!is_id(plain))
        return wrong(r, id, "id must have 2 to 100 characters, letters, digits, dots, hyphens and underscores");
    for (size_t i = 0; i < PRYV_COUNT(taken_by_registration); i++)
        if (pryv_str_equal(plain, taken_by_registration[i]))
            return wrong(r, id, "registration uses this name for something else");
    *key = pryv_str_copy(r->fields->mem, plain);
    return PRYV_OK;
}

static enum pryv_rc check_is_new(struct reading *r, struct pryv_str key)
{
    const struct account_field *same = by_key(r->fields, key);

    for (size_t i = 0; i < r->fields->other_count; i++)
        if (pryv_str_is(pryv_str_n(r->fields->others[i].id.data + strlen(CUSTOM_PREFIX),
                                   r->fields->others[i].id.len - strlen(CUSTOM_PREFIX)),
                        key))
            return wrong(r, key, "this id is there twice");
    return !same ? PRYV_OK : wrong(r, key, same->built_in ? "this is the name of a built-in field" : "this id is there twice");
}

static enum pryv_rc read_pattern(struct reading *r, struct account_field *field, const json_t *definition)
{
    struct pryv_str source;
    const json_t *error = json_object_get(definition, "regexError");
    enum pryv_rc rc = read_text(r, field->key, definition, "regexValidation", &source);

    if (rc == PRYV_OK && error && !json_is_object(error) && !json_is_null(error))
        return wrong(r, field->key, "regexError must be a map with message and code");
    if (rc == PRYV_OK)
        rc = read_text(r, field->key, error, "code", &field->pattern_code);
    if (rc == PRYV_OK)
        rc = read_text(r, field->key, error, "message", &field->pattern_message);
    if (rc == PRYV_OK && source.data && pattern_new(source, &field->pattern, r->err) != PRYV_OK)
        return wrong(r, field->key, "regexValidation is no regular expression");
    return rc;
}

/* A default is what a client could have given: a text, or a number that stands for its text. */
static enum pryv_rc read_default(struct reading *r, struct account_field *field, const json_t *definition)
{
    const json_t *value = json_object_get(definition, "default");
    char digits[PRYV_NUMBER_SIZE];

    if (json_is_string(value))
        field->default_text = pryv_str_copy(r->fields->mem, pryv_json_text_of(value));
    else if (json_is_number(value))
        field->default_text =
            pryv_str_copy(r->fields->mem, pryv_str_n(digits, pryv_number_format(digits, json_number_value(value))));
    else if (value && !json_is_null(value))
        return wrong(r, field->key, "default must be a text or a number");
    return field->unique && field->default_text.data ? wrong(r, field->key, "a unique field cannot have a default") : PRYV_OK;
}

static enum pryv_rc read_flags(struct reading *r, struct account_field *field, const json_t *definition)
{
    const struct {
        const char *name;
        bool default_, *out;
    } flags[] = {
        { "isIndexed", false, &field->indexed },
        { "isUnique", false, &field->unique },
        { "isShown", true, &field->shown },
        { "isEditable", true, &field->editable },
        { "isRequiredInValidation", false, &field->required },
    };

    for (size_t i = 0; i < PRYV_COUNT(flags); i++) {
        enum pryv_rc rc = read_bool(r, field->key, definition, flags[i].name, flags[i].default_, flags[i].out);

        if (rc != PRYV_OK)
            return rc;
    }
    return field->unique && !field->indexed ? wrong(r, field->key, "isUnique needs isIndexed") : PRYV_OK;
}

static enum pryv_rc read_names(struct reading *r, struct account_field *field, json_t *definition)
{
    enum pryv_rc rc = read_key(r, definition, &field->key);

    if (rc == PRYV_OK)
        rc = check_is_new(r, field->key);
    if (rc == PRYV_OK)
        rc = read_text(r, field->key, definition, "name", &field->name);
    if (rc == PRYV_OK)
        rc = read_text(r, field->key, definition, "type", &field->type);
    if (rc != PRYV_OK)
        return rc;
    warn_of_unknown_members(r, field->key, definition);
    field->id = pryv_format(r->fields->mem, CUSTOM_PREFIX "%.*s", PRYV_STR_ARG(field->key));
    if (!field->name.data)
        field->name = field->key;
    if (field->name.len < ID_MIN)
        return wrong(r, field->key, "name must have at least 2 characters");
    return is_type(field->type) ? PRYV_OK
                                : wrong(r, field->key, "type must be like class/format, of small letters, digits and hyphens");
}

static enum pryv_rc count_definitions(struct reading *r, const json_t *list, int depth, size_t *total)
{
    size_t i;
    json_t *definition;

    if (list && !json_is_null(list) && !json_is_array(list))
        return pryv_fail(r->err, PRYV_FAILED, "%s: expected a list of fields", r->list);
    if (depth > DEPTH_MAX || (*total += json_array_size(list)) > FIELDS_MAX)
        return pryv_fail(r->err, PRYV_FAILED, "%s: more than %d fields, or deeper than %d", r->list, FIELDS_MAX, DEPTH_MAX);
    json_array_foreach(list, i, definition) {
        enum pryv_rc rc = count_definitions(r, json_object_get(definition, "children"), depth + 1, total);

        if (rc != PRYV_OK)
            return rc;
    }
    return PRYV_OK;
}

static enum pryv_rc read_account(struct reading *r, const json_t *list, struct account_field *parent)
{
    size_t i;
    json_t *definition;
    enum pryv_rc rc = PRYV_OK;

    json_array_foreach(list, i, definition) {
        struct account_field field = { .parent = parent, .max = TEXT_MAX };
        struct account_field *added;

        if ((rc = read_names(r, &field, definition)) != PRYV_OK || (rc = read_flags(r, &field, definition)) != PRYV_OK ||
            (rc = read_default(r, &field, definition)) != PRYV_OK)
            return rc;
        field.min = pryv_str_equal(field.key, "email");
        added = add(r->fields, parent);
        *added = field;
        if ((rc = read_pattern(r, added, definition)) != PRYV_OK ||
            (rc = read_account(r, json_object_get(definition, "children"), added)) != PRYV_OK)
            return rc;
    }
    return rc;
}

/* What is ordinary has none of the account's rules. */
static enum pryv_rc check_ordinary(struct reading *r, const struct account_field *field, const json_t *definition)
{
    if (field->unique || field->indexed || field->required || !field->shown || !field->editable)
        return wrong(r, field->key, "an ordinary stream is shown and editable, and neither unique, indexed nor required");
    if (json_object_get(definition, "regexValidation") || json_object_get(definition, "default"))
        return wrong(r, field->key, "an ordinary stream has neither default nor regexValidation");
    return PRYV_OK;
}

static enum pryv_rc read_others(struct reading *r, const json_t *list, struct pryv_str parent_id)
{
    size_t i;
    json_t *definition;
    enum pryv_rc rc = PRYV_OK;

    json_array_foreach(list, i, definition) {
        struct account_field field = { .parent = NULL };

        if ((rc = read_names(r, &field, definition)) != PRYV_OK || (rc = read_flags(r, &field, definition)) != PRYV_OK ||
            (rc = check_ordinary(r, &field, definition)) != PRYV_OK)
            return rc;
        r->fields->others[r->fields->other_count++] = (struct pryv_stream){
            .id = field.id,
            .name = field.name,
            .parent_id = parent_id,
            .created = ACCOUNT_UNKNOWN_DATE,
            .created_by = PRYV_STR("system"),
            .modified = ACCOUNT_UNKNOWN_DATE,
            .modified_by = PRYV_STR("system"),
        };
        if ((rc = read_others(r, json_object_get(definition, "children"), field.id)) != PRYV_OK)
            return rc;
    }
    return rc;
}

static enum pryv_rc read_all(struct account_fields *fields, const json_t *account, const json_t *other, struct pryv_err *err)
{
    struct reading r = { .fields = fields, .err = err, .list = "custom.systemStreams.account" };
    size_t account_count = 0, other_count = 0;
    enum pryv_rc rc = count_definitions(&r, account, 1, &account_count);

    if (rc != PRYV_OK)
        return rc;
    fields->all = pryv_new_array(fields->mem, struct account_field, account_count + PRYV_COUNT(built_in));
    add_built_in(fields);
    rc = read_account(&r, account, &fields->all[0]);
    list_stream_ids(fields);
    chain(fields);
    r.list = "custom.systemStreams.other";
    if (rc != PRYV_OK || (rc = count_definitions(&r, other, 1, &other_count)) != PRYV_OK)
        return rc;
    fields->others = pryv_new_array(fields->mem, struct pryv_stream, other_count);
    return read_others(&r, other, PRYV_STR_NONE);
}

enum pryv_rc account_fields_new(const json_t *account, const json_t *other, struct account_fields **out, struct pryv_err *err)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct account_fields *fields = pryv_new(mem, struct account_fields);
    enum pryv_rc rc;

    fields->mem = mem;
    rc = read_all(fields, account, other, err);
    if (rc != PRYV_OK)
        account_fields_free(fields);
    else
        *out = fields;
    return rc;
}

void account_fields_free(struct account_fields *fields)
{
    if (!fields)
        return;
    for (size_t i = 0; i < fields->count; i++)
        pattern_free(fields->all[i].pattern);
    pryv_arena_free(fields->mem);
}

const struct account_field *account_field_by_key(const struct account_fields *fields, struct pryv_str key)
{
    for (size_t i = 1; i < fields->count; i++)
        if (pryv_str_is(fields->all[i].key, key))
            return &fields->all[i];
    return NULL;
}
