/* content_conditions.c - see content_conditions.h. */
#include "content_conditions.h"
#include <stdlib.h>

enum { MOST_CONDITIONS = 10, MOST_VALUES = 100 };

enum condition_operator { EQ, NEQ, IN, EXISTS, GT, GTE, LT, LTE, PREFIX };

static const char *const operator_names[] = {
    [EQ] = "eq",   [NEQ] = "neq", [IN] = "in",   [EXISTS] = "exists", [GT] = "gt",
    [GTE] = "gte", [LT] = "lt",   [LTE] = "lte", [PREFIX] = "prefix",
};

/* A text as it stands in JSON, a number, or a boolean. */
struct operand {
    struct pryv_str json; /* of a text or a boolean; absent: a number */
    double number;
};

struct content_condition {
    struct pryv_str path; /* empty: the whole value */
    enum condition_operator kind;
    struct operand *operands;
    size_t count;
    bool exists;
};

/* ---- Reading -------------------------------------------------------------------------------------------- */

static enum pryv_rc refuse(struct pryv_err *err, const char *name, const char *what)
{
    return pryv_refuse(err, 400, "invalid-parameters-format", json_sprintf("%s: %s", name, what),
                       "The conditions in `%s` are malformed: %s", name, what);
}

static bool is_segment(struct pryv_str text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:-";

    for (size_t i = 0; i < text.len; i++)
        if (!memchr(allowed, text.data[i], sizeof(allowed) - 1))
            return false;
    return text.len > 0;
}

/* The part up to the next point, taken away from `path`. */
static struct pryv_str take_segment(struct pryv_str *path)
{
    const char *point = memchr(path->data, '.', path->len);
    size_t len = point ? (size_t) (point - path->data) : path->len;
    struct pryv_str segment = pryv_str_n(path->data, len);

    *path = point ? pryv_str_n(point + 1, path->len - len - 1) : PRYV_STR_NONE;
    return segment;
}

static bool read_path(struct pryv_str path, struct pryv_str *out)
{
    *out = pryv_str_equal(path, "$") ? PRYV_STR("") : path;
    if (!path.data)
        return false;
    for (struct pryv_str rest = *out; rest.data && out->len;)
        if (!is_segment(take_segment(&rest)))
            return false;
    return path.len > 0;
}

static bool read_operand(struct pryv_arena *mem, const json_t *value, struct operand *out)
{
    *out = (struct operand){ .json = PRYV_STR_NONE };
    if (json_is_string(value) || json_is_boolean(value))
        out->json = pryv_json_dump(mem, value);
    else if (json_is_number(value))
        out->number = json_number_value(value);
    else
        return false;
    return true;
}

static bool read_list(struct pryv_arena *mem, const json_t *value, struct content_condition *condition)
{
    size_t count = json_array_size(value);

    if (count < 1 || count > MOST_VALUES)
        return false;
    condition->operands = pryv_new_array(mem, struct operand, count);
    for (; condition->count < count; condition->count++)
        if (!read_operand(mem, json_array_get(value, condition->count), &condition->operands[condition->count]))
            return false;
    return true;
}

static bool read_value(struct pryv_arena *mem, const json_t *value, struct content_condition *condition)
{
    condition->operands = pryv_new(mem, struct operand);
    switch (condition->kind) {
    case EXISTS: condition->exists = json_is_true(value); return json_is_boolean(value);
    case IN: return read_list(mem, value, condition);
    case GT:
    case GTE:
    case LT:
    case LTE:
        if (!json_is_number(value))
            return false;
        break;
    case PREFIX:
        if (json_string_length(value) == 0)
            return false;
        break;
    case EQ:
    case NEQ: break;
    }
    condition->count = 1;
    return read_operand(mem, value, condition->operands);
}

static enum pryv_rc read_condition(struct pryv_arena *mem, json_t *value, const char *name, struct content_condition *out,
                                   struct pryv_err *err)
{
    const json_t *operand = NULL;

    if (!json_is_object(value) || json_object_size(value) != 2)
        return refuse(err, name, "a condition has a path and one operator");
    if (!read_path(pryv_json_member_text(value, "path"), &out->path))
        return refuse(err, name, "a path is $, or names of members joined by points");
    for (size_t i = 0; i < PRYV_COUNT(operator_names) && !operand; i++) {
        operand = json_object_get(value, operator_names[i]);
        out->kind = (enum condition_operator) i;
    }
    if (!operand)
        return refuse(err, name, "there is no such operator");
    return read_value(mem, operand, out) ? PRYV_OK : refuse(err, name, "the operator does not take this value");
}

enum pryv_rc content_conditions_parse(struct pryv_arena *mem, json_t *value, const char *name, struct content_conditions *out,
                                      struct pryv_err *err)
{
    struct content_condition *list;
    size_t count;

    *out = (struct content_conditions){ .count = 0 };
    if (json_is_string(value) && pryv_json_parse(mem, pryv_json_text_of(value), false, &value, err) != PRYV_OK)
        return refuse(err, name, "it is no JSON");
    if (!value || json_is_null(value))
        return PRYV_OK;
    if (!json_is_array(value))
        return refuse(err, name, "it is no list");
    count = json_array_size(value);
    if (count > MOST_CONDITIONS)
        return refuse(err, name, "there are more than 10 of them");
    out->json = value;
    out->list = list = pryv_new_array(mem, struct content_condition, count);
    for (; out->count < count; out->count++) {
        enum pryv_rc rc = read_condition(mem, json_array_get(value, out->count), name, &list[out->count], err);

        if (rc != PRYV_OK)
            return rc;
    }
    return PRYV_OK;
}

/* ---- What another store knows --------------------------------------------------------------------------- */

static bool has_text(const json_t *list, const char *text)
{
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
        if (pryv_str_equal(pryv_json_text_of(item), text))
            return true;
    return false;
}

bool content_conditions_supported(const struct content_conditions *conditions, const char *field, const json_t *supports)
{
    const json_t *known = json_object_get(supports, "contentQueries");

    if (conditions->count && !has_text(json_object_get(known, "fields"), field))
        return false;
    for (size_t i = 0; i < conditions->count; i++)
        if (!has_text(json_object_get(known, "operators"), operator_names[conditions->list[i].kind]))
            return false;
    return true;
}

/* ---- Finding a place in JSON text ----------------------------------------------------------------------- */

/* What follows the text that begins at `at` with a quote. */
static const char *after_text(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        at += *at == '\\';
    return at < end ? at + 1 : end;
}

/* What follows the value that begins at `at`. */
static const char *after_value(const char *at, const char *end)
{
    int depth = 0;

    while (at < end) {
        if (depth == 0 && (*at == ',' || *at == '}' || *at == ']'))
            return at;
        if (*at == '"') {
            at = after_text(at, end);
            continue;
        }
        depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
        at++;
    }
    return end;
}

/* The member of an object, or absent. Names that a path can ask for are written without escapes. */
static struct pryv_str member(struct pryv_str object, struct pryv_str name)
{
    const char *at = object.data + 1, *end = object.data + object.len;

    if (object.len < 2 || *object.data != '{')
        return PRYV_STR_NONE;
    while (at < end && *at == '"') {
        const char *colon = after_text(at, end), *value = colon + 1, *next;

        if (value >= end)
            return PRYV_STR_NONE;
        next = after_value(value, end);
        if (pryv_str_is(pryv_str_n(at + 1, (size_t) (colon - at) - 2), name))
            return pryv_str_n(value, (size_t) (next - value));
        at = next < end && *next == ',' ? next + 1 : end;
    }
    return PRYV_STR_NONE;
}

static struct pryv_str value_at(struct pryv_str json, struct pryv_str path)
{
    while (json.data && path.len)
        json = member(json, take_segment(&path));
    return json;
}

/* ---- Comparing ------------------------------------------------------------------------------------------ */

static bool read_number(struct pryv_str json, double *out)
{
    char text[PRYV_NUMBER_SIZE + 1];

    if (json.len == 0 || json.len > PRYV_NUMBER_SIZE || (*json.data != '-' && (*json.data < '0' || *json.data > '9')))
        return false;
    memcpy(text, json.data, json.len);
    text[json.len] = '\0';
    *out = strtod(text, NULL);
    return true;
}

static bool equals(struct pryv_str json, const struct operand *operand)
{
    double number;

    if (operand->json.data)
        return pryv_str_is(json, operand->json);
    return read_number(json, &number) && number == operand->number;
}

/* Texts of one spelling begin alike when their JSON does: an escape stands for one character. */
static bool has_prefix(struct pryv_str json, struct pryv_str quoted)
{
    size_t len = quoted.len - 1;

    return json.len > len && memcmp(json.data, quoted.data, len) == 0;
}

static bool holds(const struct content_condition *condition, struct pryv_str json)
{
    const struct operand *operand = condition->operands;
    struct pryv_str value = value_at(json, condition->path);
    double number;

    if (condition->kind == EXISTS)
        return (value.data != NULL) == condition->exists;
    if (!value.data)
        return false;
    switch (condition->kind) {
    case EQ: return equals(value, operand);
    case NEQ: return !equals(value, operand);
    case IN:
        for (size_t i = 0; i < condition->count; i++)
            if (equals(value, &operand[i]))
                return true;
        return false;
    case GT: return read_number(value, &number) && number > operand->number;
    case GTE: return read_number(value, &number) && number >= operand->number;
    case LT: return read_number(value, &number) && number < operand->number;
    case LTE: return read_number(value, &number) && number <= operand->number;
    case PREFIX: return has_prefix(value, operand->json);
    case EXISTS: break;
    }
    return false;
}

bool content_conditions_hold(const struct content_conditions *conditions, struct pryv_str json)
{
    for (size_t i = 0; i < conditions->count; i++)
        if (!holds(&conditions->list[i], json))
            return false;
    return true;
}
