/* params.c - checking a method's parameters against its table; see pryv/method.h.
 *
 * All complaints are gathered, so that a client can mend them at once. The text of a path is made only when somebody
 * needs it; until then a place is a chain of steps on the stack. */
#include "pattern_cache.h"
#include <pryv/method.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_COMPLAINTS = 100, LONGEST_PATH = 512, LONGEST_MESSAGE = 256 };

/* Where a value stands: in another one, under a name or at an index. */
struct place {
    const struct place *parent; /* NULL: the parameters themselves */
    const char *name;           /* NULL: `index` */
    size_t index;
};

static void check_value(json_t *complaints, const struct pryv_param *param, json_t *value, const struct place *place);

/* ---- Complaints ----------------------------------------------------------------------------- */

/* A text that was cut may end within a character. */
static void drop_broken_end(char *text)
{
    size_t len = strlen(text), start = len;

    while (start > 0 && ((unsigned char) text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start == 0)
        return;

    unsigned char first = (unsigned char) text[start - 1];
    size_t due = first < 0xc0 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;

    if (len - start < due)
        text[start - 1] = '\0';
}

static json_t *make_complaint(json_t *complaints, const char *code, const char *path, const char *format, va_list args)
{
    char message[LONGEST_MESSAGE];
    json_t *params = json_array(), *complaint = json_object();

    if (vsnprintf(message, sizeof(message), format, args) >= (int) sizeof(message))
        drop_broken_end(message);
    json_object_set_new(complaint, "code", json_string(code));
    json_object_set_new(complaint, "message", json_string(message));
    json_object_set_new(complaint, "path", json_string(path));
    json_object_set_new(complaint, "params", params);
    json_array_append_new(complaints, complaint);
    return params;
}

void pryv_param_complain(json_t *complaints, const char *code, const char *path, const char *param, const char *format, ...)
{
    va_list args;

    if (json_array_size(complaints) >= MOST_COMPLAINTS)
        return;
    va_start(args, format);
    json_t *params = make_complaint(complaints, code, path, format, args);
    va_end(args);
    if (param)
        json_array_append_new(params, json_string(param));
}

static size_t write_place(char *out, size_t size, const struct place *place)
{
    size_t len = place->parent ? write_place(out, size, place->parent) : 0;
    int more;

    if (!place->parent)
        more = snprintf(out, size, "#");
    else if (place->name)
        more = snprintf(out + len, size - len, "/%s", place->name);
    else
        more = snprintf(out + len, size - len, "/%zu", place->index);
    len += more < 0 ? 0 : (size_t) more;
    return len < size ? len : size - 1;
}

/* "#/permissions/0"; the parameters themselves, and what is missing in `place`, end in a slash. */
static void path_of(char out[LONGEST_PATH], const struct place *place, bool inside)
{
    size_t len = write_place(out, LONGEST_PATH, place);

    if (inside || !place->parent)
        snprintf(out + len, LONGEST_PATH - len, "/");
}

static void PRYV_PRINTF(5, 6)
    complain(json_t *complaints, const char *code, const struct place *place, const char *param, const char *format, ...)
{
    char path[LONGEST_PATH];
    va_list args;

    if (json_array_size(complaints) >= MOST_COMPLAINTS)
        return;
    path_of(path, place, false);
    va_start(args, format);
    json_t *params = make_complaint(complaints, code, path, format, args);
    va_end(args);
    if (param)
        json_array_append_new(params, json_string(param));
}

static void complain_number(json_t *complaints, const char *code, const struct place *place, double limit, const char *what)
{
    char text[PRYV_NUMBER_SIZE];

    pryv_number_format(text, limit);
    complain(complaints, code, place, text, "%s %s", what, text);
}

/* ---- Types ---------------------------------------------------------------------------------- */

static const char *const type_names[] = {
    [PRYV_P_ANY] = "any",      [PRYV_P_TEXT] = "string",   [PRYV_P_NUMBER] = "number", [PRYV_P_INTEGER] = "integer",
    [PRYV_P_BOOL] = "boolean", [PRYV_P_OBJECT] = "object", [PRYV_P_ARRAY] = "array",
};

static bool is_whole(const json_t *value)
{
    double number = json_number_value(value);

    return json_is_number(value) && number == floor(number);
}

static bool has_type(const json_t *value, enum pryv_param_type type)
{
    switch (type) {
    case PRYV_P_ANY: return true;
    case PRYV_P_TEXT: return json_is_string(value);
    case PRYV_P_NUMBER: return json_is_number(value);
    case PRYV_P_INTEGER: return is_whole(value);
    case PRYV_P_BOOL: return json_is_boolean(value);
    case PRYV_P_OBJECT: return json_is_object(value);
    case PRYV_P_ARRAY: return json_is_array(value);
    }
    return false;
}

static const char *found_type(const json_t *value)
{
    static const enum pryv_param_type types[] = {
        PRYV_P_TEXT, PRYV_P_INTEGER, PRYV_P_NUMBER, PRYV_P_BOOL, PRYV_P_OBJECT, PRYV_P_ARRAY,
    };

    for (size_t i = 0; i < PRYV_COUNT(types); i++)
        if (has_type(value, types[i]))
            return type_names[types[i]];
    return "null";
}

/* ---- Values --------------------------------------------------------------------------------- */

static bool too_small(const struct pryv_param *param, double amount)
{
    return (param->min != 0 || param->max != 0) && amount < param->min;
}

static bool too_large(const struct pryv_param *param, double amount)
{
    return param->max != 0 && amount > param->max;
}

static bool is_one_of(struct pryv_str text, const char *const *allowed)
{
    for (; *allowed; allowed++)
        if (pryv_str_equal(text, *allowed))
            return true;
    return false;
}

static void check_text(json_t *complaints, const struct pryv_param *param, const json_t *value, const struct place *place)
{
    struct pryv_str text = pryv_json_text_of(value);
    double length = (double) pryv_str_code_points(text);

    if (too_small(param, length))
        complain_number(complaints, "MIN_LENGTH", place, param->min, "The text is too short; least number of characters:");
    else if (too_large(param, length))
        complain_number(complaints, "MAX_LENGTH", place, param->max, "The text is too long; greatest number of characters:");
    else if (param->one_of && !is_one_of(text, param->one_of))
        complain(complaints, "ENUM_MISMATCH", place, text.data, "Not one of the allowed values: %s", text.data);
    else if (param->pattern && !pattern_cache_matches(param->pattern, text))
        complain(complaints, "PATTERN", place, param->pattern, "The text does not match the pattern %s", param->pattern);
}

static void check_number(json_t *complaints, const struct pryv_param *param, const json_t *value, const struct place *place)
{
    double number = json_number_value(value);

    if (too_small(param, number))
        complain_number(complaints, "MINIMUM", place, param->min, "The number is less than");
    else if (too_large(param, number))
        complain_number(complaints, "MAXIMUM", place, param->max, "The number is greater than");
}

static void check_array(json_t *complaints, const struct pryv_param *param, const json_t *value, const struct place *place)
{
    size_t count = json_array_size(value);

    if (too_small(param, (double) count))
        complain_number(complaints, "ARRAY_LENGTH_SHORT", place, param->min, "Too few items; least number:");
    else if (too_large(param, (double) count))
        complain_number(complaints, "ARRAY_LENGTH_LONG", place, param->max, "Too many items; greatest number:");
    else if (param->item)
        for (size_t i = 0; i < count; i++)
            check_value(complaints, param->item, json_array_get(value, i), &(struct place){ .parent = place, .index = i });
}

/* ---- Objects -------------------------------------------------------------------------------- */

static bool is_declared(const struct pryv_param *fields, const char *name)
{
    for (; fields->name; fields++)
        if (strcmp(fields->name, name) == 0)
            return true;
    return false;
}

static void check_names(json_t *complaints, const struct pryv_param *fields, json_t *object, const struct place *place)
{
    const char *name;
    json_t *member;

    json_object_foreach(object, name, member) {
        if (!is_declared(fields, name))
            complain(complaints, "OBJECT_ADDITIONAL_PROPERTIES", place, name, "Additional properties not allowed: %s", name);
    }
}

static void put_default(json_t *object, const struct pryv_param *param)
{
    size_t flags = JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL;

    json_object_set_new(object, param->name, json_loads(param->default_json, flags, NULL));
}

static void check_missing(json_t *complaints, const struct pryv_param *param, json_t *object, const struct place *place)
{
    char path[LONGEST_PATH];

    if (param->default_json) {
        put_default(object, param);
    } else if (param->flags & PRYV_P_REQUIRED) {
        path_of(path, place, true);
        pryv_param_complain(complaints, "OBJECT_MISSING_REQUIRED_PROPERTY", path, param->name, "Missing required property: %s",
                            param->name);
    }
}

static void check_object(json_t *complaints, const struct pryv_param *fields, bool open, json_t *object,
                         const struct place *place)
{
    if (!open)
        check_names(complaints, fields, object, place);
    for (; fields->name; fields++) {
        json_t *member = json_object_get(object, fields->name);

        if (fields->flags & PRYV_P_IGNORED)
            json_object_del(object, fields->name);
        else if (member)
            check_value(complaints, fields, member, &(struct place){ .parent = place, .name = fields->name });
        else
            check_missing(complaints, fields, object, place);
    }
}

static void check_by_type(json_t *complaints, const struct pryv_param *param, json_t *value, const struct place *place)
{
    switch (param->type) {
    case PRYV_P_TEXT: check_text(complaints, param, value, place); return;
    case PRYV_P_NUMBER:
    case PRYV_P_INTEGER: check_number(complaints, param, value, place); return;
    case PRYV_P_ARRAY: check_array(complaints, param, value, place); return;
    case PRYV_P_OBJECT:
        if (param->fields)
            check_object(complaints, param->fields, param->flags & PRYV_P_OPEN, value, place);
        return;
    case PRYV_P_BOOL:
    case PRYV_P_ANY: return;
    }
}

static void check_value(json_t *complaints, const struct pryv_param *param, json_t *value, const struct place *place)
{
    char path[LONGEST_PATH];

    if (json_is_null(value) && param->flags & PRYV_P_NULLABLE)
        return;
    if (!has_type(value, param->type)) {
        complain(complaints, "INVALID_TYPE", place, type_names[param->type], "Expected type %s but found type %s",
                 type_names[param->type], found_type(value));
        return;
    }
    check_by_type(complaints, param, value, place);
    if (!param->check || json_is_null(value))
        return;
    path_of(path, place, false);
    param->check(param, value, path, complaints);
}

static bool is_broken_json(const json_t *value, struct pryv_arena *mem)
{
    struct pryv_str text = pryv_json_text_of(value);
    struct pryv_err err = PRYV_ERR(mem);
    json_t *unused;

    return text.len && (*text.data == '{' || *text.data == '[') && pryv_json_parse(mem, text, false, &unused, &err) != PRYV_OK;
}

/* A request whose structure cannot be read goes before values that are wrong. */
static enum pryv_rc refuse_params(const struct pryv_param *fields, const json_t *value, json_t *complaints, struct pryv_err *err)
{
    for (; fields && fields->name; fields++)
        if (fields->flags & PRYV_P_JSON && is_broken_json(json_object_get(value, fields->name), err->arena)) {
            json_decref(complaints);
            return pryv_refuse(err, 400, "invalid-request-structure", NULL, "The parameter `%s` is malformed: it is no JSON",
                               fields->name);
        }
    return pryv_refuse(err, 400, "invalid-parameters-format", complaints, "The parameters' format is invalid.");
}

enum pryv_rc pryv_params_check(const struct pryv_param *fields, bool open, json_t *value, struct pryv_err *err)
{
    static const struct pryv_param any_object = { .type = PRYV_P_OBJECT };
    struct pryv_param whole = any_object;
    json_t *complaints = json_array();

    whole.fields = fields;
    whole.flags = open ? PRYV_P_OPEN : 0;
    check_value(complaints, &whole, value, &(struct place){ .parent = NULL });
    if (json_array_size(complaints) > 0)
        return refuse_params(fields, value, complaints, err);
    json_decref(complaints);
    return PRYV_OK;
}
