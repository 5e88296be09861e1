/* expression_value.c - the value of an expression, by the rules of JavaScript as far as texts, numbers and lists go. */
#include "expression_tree.h"
#include <pryv/json.h>
#include <stdlib.h>

const struct expression expression_nothing = { .kind = EXPRESSION_CONSTANT };

/* ---- Values ------------------------------------------------------------------------------------- */

static struct value of_text(struct pryv_str text)
{
    return (struct value){ .kind = VALUE_TEXT, .text = text };
}

static struct value of_bool(bool truth)
{
    return (struct value){ .kind = VALUE_BOOL, .truth = truth };
}

static struct value of_number(double number)
{
    return (struct value){ .kind = VALUE_NUMBER, .number = number };
}

static struct value value_of_json(struct pryv_arena *mem, const json_t *json)
{
    struct value list = { .kind = VALUE_LIST };

    if (!json)
        return (struct value){ .kind = VALUE_UNDEFINED };
    switch (json_typeof(json)) {
    case JSON_NULL: return (struct value){ .kind = VALUE_NULL };
    case JSON_TRUE: return of_bool(true);
    case JSON_FALSE: return of_bool(false);
    case JSON_INTEGER:
    case JSON_REAL: return of_number(json_number_value(json));
    case JSON_STRING: return of_text(pryv_json_text_of(json));
    case JSON_OBJECT: return (struct value){ .kind = VALUE_OBJECT, .object = json };
    case JSON_ARRAY: break;
    }
    list.count = json_array_size(json);
    list.items = pryv_new_array(mem, struct value, list.count);
    for (size_t i = 0; i < list.count; i++)
        list.items[i] = value_of_json(mem, json_array_get(json, i));
    return list;
}

bool value_is_true(const struct value *value)
{
    switch (value->kind) {
    case VALUE_UNDEFINED:
    case VALUE_NULL: return false;
    case VALUE_BOOL: return value->truth;
    case VALUE_NUMBER: return value->number != 0 && !isnan(value->number);
    case VALUE_TEXT: return value->text.len > 0;
    case VALUE_LIST:
    case VALUE_OBJECT: return true;
    }
    return false;
}

static struct pryv_str number_text(struct pryv_arena *mem, double number)
{
    char digits[PRYV_NUMBER_SIZE];

    if (isnan(number))
        return PRYV_STR("NaN");
    return pryv_str_copy(mem, pryv_str_n(digits, pryv_number_format(digits, number)));
}

struct pryv_str value_text(struct pryv_arena *mem, const struct value *value)
{
    struct pryv_str text = PRYV_STR("");

    switch (value->kind) {
    case VALUE_UNDEFINED:
    case VALUE_NULL: return PRYV_STR("");
    case VALUE_BOOL: return value->truth ? PRYV_STR("true") : PRYV_STR("false");
    case VALUE_NUMBER: return number_text(mem, value->number);
    case VALUE_TEXT: return value->text;
    case VALUE_OBJECT: return PRYV_STR("[object Object]");
    case VALUE_LIST: break;
    }
    for (size_t i = 0; i < value->count; i++)
        text = pryv_format(mem, "%.*s%s%.*s", PRYV_STR_ARG(text), i ? "," : "", PRYV_STR_ARG(value_text(mem, &value->items[i])));
    return text;
}

/* In a sum, undefined and null have names. */
static struct pryv_str added_text(struct pryv_arena *mem, const struct value *value)
{
    return value->kind == VALUE_UNDEFINED ? PRYV_STR("undefined")
           : value->kind == VALUE_NULL    ? PRYV_STR("null")
                                          : value_text(mem, value);
}

static double number_of(struct pryv_arena *mem, const struct value *value)
{
    struct pryv_str text;
    char *end;
    double number;

    if (value->kind == VALUE_NUMBER || value->kind == VALUE_BOOL || value->kind == VALUE_NULL)
        return value->kind == VALUE_NUMBER ? value->number : value->truth;
    if (value->kind != VALUE_TEXT)
        return PRYV_ABSENT;
    text = pryv_str_copy(mem, value->text);
    number = strtod(text.data, &end);
    return *end ? PRYV_ABSENT : number;
}

/* ---- Comparing -------------------------------------------------------------------------------------- */

static bool same(const struct value *a, const struct value *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case VALUE_UNDEFINED:
    case VALUE_NULL: return true;
    case VALUE_BOOL: return a->truth == b->truth;
    case VALUE_NUMBER: return a->number == b->number;
    case VALUE_TEXT: return pryv_str_is(a->text, b->text);
    case VALUE_LIST: return a->items == b->items;
    case VALUE_OBJECT: return a->object == b->object;
    }
    return false;
}

static bool is_nothing(const struct value *value)
{
    return value->kind == VALUE_UNDEFINED || value->kind == VALUE_NULL;
}

static bool equal(struct pryv_arena *mem, const struct value *a, const struct value *b)
{
    if (a->kind == b->kind || a->kind >= VALUE_LIST || b->kind >= VALUE_LIST)
        return same(a, b);
    if (is_nothing(a) || is_nothing(b))
        return is_nothing(a) && is_nothing(b);
    return number_of(mem, a) == number_of(mem, b);
}

/* -1, 0, 1; 2: they have no order. */
static int order(struct pryv_arena *mem, const struct value *a, const struct value *b)
{
    double x, y;

    if (a->kind == VALUE_TEXT && b->kind == VALUE_TEXT) {
        size_t len = a->text.len < b->text.len ? a->text.len : b->text.len;
        int differs = len ? memcmp(a->text.data, b->text.data, len) : 0;

        return differs ? (differs > 0) - (differs < 0) : (a->text.len > b->text.len) - (a->text.len < b->text.len);
    }
    x = number_of(mem, a);
    y = number_of(mem, b);
    return isnan(x) || isnan(y) ? 2 : (x > y) - (x < y);
}

/* ---- Working out --------------------------------------------------------------------------------------- */

static struct value find_name(struct pryv_arena *mem, const struct scope *scope, struct pryv_str name)
{
    for (; scope; scope = scope->outer) {
        if (!scope->variables && pryv_str_is(scope->name, name))
            return scope->value;
        if (scope->variables && json_object_getn(scope->variables, name.data, name.len))
            return value_of_json(mem, json_object_getn(scope->variables, name.data, name.len));
    }
    return (struct value){ .kind = VALUE_UNDEFINED };
}

static struct value find_member(struct pryv_arena *mem, const struct value *of, const struct value *key)
{
    struct pryv_str name = value_text(mem, key);
    double index = number_of(mem, key);

    if (of->kind == VALUE_OBJECT)
        return value_of_json(mem, json_object_getn(of->object, name.data, name.len));
    if (pryv_str_equal(name, "length") && of->kind == VALUE_LIST)
        return of_number((double) of->count);
    if (pryv_str_equal(name, "length") && of->kind == VALUE_TEXT)
        return of_number((double) pryv_str_code_points(of->text));
    if (of->kind == VALUE_LIST && index >= 0 && index < (double) of->count && index == floor(index))
        return of->items[(size_t) index];
    return (struct value){ .kind = VALUE_UNDEFINED };
}

static struct value add(struct pryv_arena *mem, const struct value *a, const struct value *b)
{
    struct pryv_str x, y;

    if (a->kind <= VALUE_NUMBER && b->kind <= VALUE_NUMBER)
        return of_number(number_of(mem, a) + number_of(mem, b));
    x = added_text(mem, a);
    y = added_text(mem, b);
    return of_text(pryv_format(mem, "%.*s%.*s", PRYV_STR_ARG(x), PRYV_STR_ARG(y)));
}

static struct value list_value(struct pryv_arena *mem, const struct expression *e, const struct scope *scope)
{
    struct value list = { .kind = VALUE_LIST, .count = e->count, .items = pryv_new_array(mem, struct value, e->count) };

    for (size_t i = 0; i < e->count; i++)
        list.items[i] = expression_value(mem, e->items[i], scope);
    return list;
}

static struct value combine(struct pryv_arena *mem, enum expression_kind kind, const struct value *a, const struct value *b)
{
    switch (kind) {
    case EXPRESSION_MEMBER: return find_member(mem, a, b);
    case EXPRESSION_ADD: return add(mem, a, b);
    case EXPRESSION_SUBTRACT: return of_number(number_of(mem, a) - number_of(mem, b));
    case EXPRESSION_SAME: return of_bool(same(a, b));
    case EXPRESSION_NOT_SAME: return of_bool(!same(a, b));
    case EXPRESSION_EQUAL: return of_bool(equal(mem, a, b));
    case EXPRESSION_NOT_EQUAL: return of_bool(!equal(mem, a, b));
    case EXPRESSION_LESS: return of_bool(order(mem, a, b) == -1);
    case EXPRESSION_MORE: return of_bool(order(mem, a, b) == 1);
    case EXPRESSION_AT_MOST: return of_bool(order(mem, a, b) <= 0);
    case EXPRESSION_AT_LEAST: return of_bool(order(mem, a, b) == 0 || order(mem, a, b) == 1);
    case EXPRESSION_CONSTANT:
    case EXPRESSION_NAME:
    case EXPRESSION_LIST:
    case EXPRESSION_NOT:
    case EXPRESSION_MINUS:
    case EXPRESSION_AND:
    case EXPRESSION_OR:
    case EXPRESSION_CHOICE: break;
    }
    return (struct value){ .kind = VALUE_UNDEFINED };
}

struct value expression_value(struct pryv_arena *mem, const struct expression *e, const struct scope *scope)
{
    struct value a, b;

    if (e->kind == EXPRESSION_CONSTANT)
        return e->value;
    if (e->kind == EXPRESSION_NAME)
        return find_name(mem, scope, e->name);
    if (e->kind == EXPRESSION_LIST)
        return list_value(mem, e, scope);
    a = expression_value(mem, e->a, scope);
    if (e->kind == EXPRESSION_NOT)
        return of_bool(!value_is_true(&a));
    if (e->kind == EXPRESSION_MINUS)
        return of_number(-number_of(mem, &a));
    if (e->kind == EXPRESSION_CHOICE)
        return expression_value(mem, value_is_true(&a) ? e->b : e->c, scope);
    if (e->kind == EXPRESSION_AND && !value_is_true(&a))
        return a;
    if (e->kind == EXPRESSION_OR && value_is_true(&a))
        return a;
    b = expression_value(mem, e->b, scope);
    return e->kind == EXPRESSION_AND || e->kind == EXPRESSION_OR ? b : combine(mem, e->kind, &a, &b);
}
