/* params_query.c - texts of a query made numbers, booleans, lists and objects; see params_query.h. */
#include "params_query.h"
#include <float.h>
#include <pryv/json.h>
#include <strings.h>

static json_t *convert(const struct pryv_param *param, json_t *value);

/* JSON holds no infinite numbers. */
static double within_range(double number)
{
    return number > DBL_MAX ? DBL_MAX : number < -DBL_MAX ? -DBL_MAX : number;
}

/* ---- Converting ----------------------------------------------------------------------------- */

static json_t *convert_number(const json_t *value)
{
    double number;

    return pryv_number_read(pryv_json_text_of(value), &number) ? json_real(within_range(number)) : NULL;
}

static json_t *convert_bool(const json_t *value)
{
    const char *text = json_string_value(value);
    size_t len = json_string_length(value);

    if (len == 4 && strcasecmp(text, "true") == 0)
        return json_true();
    return len == 5 && strcasecmp(text, "false") == 0 ? json_false() : NULL;
}

/* NULL: not JSON, or of another type. */
static json_t *read_json(const json_t *value, json_type type)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);
    json_t *read = NULL;

    if (pryv_json_parse(arena, pryv_json_text_of(value), false, &read, &err) != PRYV_OK || json_typeof(read) != type)
        read = NULL;
    json_incref(read);
    pryv_arena_free(arena);
    return read;
}

static json_t *convert_items(const struct pryv_param *param, json_t *list)
{
    for (size_t i = 0; param->item && i < json_array_size(list); i++) {
        json_t *converted = convert(param->item, json_array_get(list, i));

        if (converted)
            json_array_set_new(list, i, converted);
    }
    return NULL;
}

static json_t *convert_to_list(const struct pryv_param *param, json_t *value)
{
    if (!(param->flags & PRYV_P_LIST_OF_ONE))
        return read_json(value, JSON_ARRAY);

    json_t *list = json_array();

    json_array_append(list, value);
    convert_items(param, list);
    return list;
}

/* What `value` becomes, or NULL when it stays as it is. */
static json_t *convert(const struct pryv_param *param, json_t *value)
{
    if (json_is_array(value) && param->type == PRYV_P_ARRAY)
        return convert_items(param, value);
    if (!json_is_string(value))
        return NULL;
    switch (param->type) {
    case PRYV_P_NUMBER:
    case PRYV_P_INTEGER: return convert_number(value);
    case PRYV_P_BOOL: return convert_bool(value);
    case PRYV_P_OBJECT: return read_json(value, JSON_OBJECT);
    case PRYV_P_ARRAY: return convert_to_list(param, value);
    case PRYV_P_TEXT:
    case PRYV_P_ANY: return NULL;
    }
    return NULL;
}

static const struct pryv_param *field_of(const struct pryv_param *fields, const char *name)
{
    for (; fields && fields->name; fields++)
        if (strcmp(fields->name, name) == 0)
            return fields;
    return NULL;
}

void params_convert_query(const struct pryv_param *fields, json_t *query)
{
    for (void *at = json_object_iter(query); at; at = json_object_iter_next(query, at)) {
        const struct pryv_param *field = field_of(fields, json_object_iter_key(at));
        json_t *converted = field ? convert(field, json_object_iter_value(at)) : NULL;

        if (converted)
            json_object_iter_set_new(query, at, converted);
    }
}
