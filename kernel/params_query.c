/* params_query.c - texts of a query made numbers, booleans, lists and objects; see params_query.h. */
#include "params_query.h"
#include <float.h>
#include <pryv/json.h>
#include <stdlib.h>
#include <strings.h>

static json_t *convert(const struct pryv_param *param, json_t *value);

/* ---- Numbers, as JavaScript's Number() reads them ------------------------------------------- */

/* What ECMAScript calls white space and line ends: the length of the one `text` begins with, or 0. */
static size_t blank_at(struct pryv_str text)
{
    static const char *const blanks[] = {
        " ",      "\t",     "\n",     "\v",     "\f",     "\r",     "\u00a0", "\u1680", "\u2000",
        "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009",
        "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000", "\ufeff",
    };

    for (size_t i = 0; i < PRYV_COUNT(blanks); i++)
        if (pryv_str_starts(text, blanks[i]))
            return strlen(blanks[i]);
    return 0;
}

static struct pryv_str trim(struct pryv_str text)
{
    size_t len;

    while ((len = blank_at(text)) > 0)
        text = pryv_str_n(text.data + len, text.len - len);
    for (size_t take = 1; take <= 3 && take <= text.len; take++) {
        struct pryv_str end = pryv_str_n(text.data + text.len - take, take);

        if (blank_at(end) == take) {
            text.len -= take;
            take = 0;
        }
    }
    return text;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char) (c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* "0x1f" without the first two characters. */
static bool read_whole(struct pryv_str text, int base, double *out)
{
    double number = 0;

    for (size_t i = 0; i < text.len; i++) {
        int digit = digit_of(text.data[i]);

        if (digit >= base)
            return false;
        number = number * base + digit;
    }
    *out = number;
    return text.len > 0;
}

static size_t skip_digits(struct pryv_str text, size_t at)
{
    while (at < text.len && text.data[at] >= '0' && text.data[at] <= '9')
        at++;
    return at;
}

static size_t skip_sign(struct pryv_str text, size_t at)
{
    return at < text.len && (text.data[at] == '+' || text.data[at] == '-') ? at + 1 : at;
}

/* Digits with or without point, before or behind it, and an exponent. */
static bool is_decimal(struct pryv_str text)
{
    size_t start = skip_sign(text, 0), at = skip_digits(text, start), count = at - start;

    if (at < text.len && text.data[at] == '.') {
        size_t end = skip_digits(text, at + 1);

        count += end - at - 1;
        at = end;
    }
    if (count == 0)
        return false;
    if (at < text.len && (text.data[at] | 0x20) == 'e') {
        size_t first = skip_sign(text, at + 1);

        at = skip_digits(text, first);
        if (at == first)
            return false;
    }
    return at == text.len;
}

static bool is_infinite(struct pryv_str text, double *out)
{
    size_t at = skip_sign(text, 0);

    *out = text.len > 0 && text.data[0] == '-' ? -INFINITY : INFINITY;
    return pryv_str_equal(pryv_str_n(text.data + at, text.len - at), "Infinity");
}

/* `text` is followed by a NUL or by what ends a number. */
static bool read_number(struct pryv_str text, double *out)
{
    text = trim(text);
    *out = 0;
    if (text.len == 0 || is_infinite(text, out))
        return true;
    if (text.len > 2 && text.data[0] == '0') {
        int letter = text.data[1] | 0x20, base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;

        if (base)
            return read_whole(pryv_str_n(text.data + 2, text.len - 2), base, out);
    }
    if (!is_decimal(text))
        return false;
    *out = strtod(text.data, NULL);
    return true;
}

/* JSON holds no infinite numbers. */
static double within_range(double number)
{
    return number > DBL_MAX ? DBL_MAX : number < -DBL_MAX ? -DBL_MAX : number;
}

/* ---- Converting ----------------------------------------------------------------------------- */

static json_t *convert_number(const json_t *value)
{
    double number;

    return read_number(pryv_json_text_of(value), &number) ? json_real(within_range(number)) : NULL;
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

void params_convert_query(const struct pryv_param *fields, json_t *query)
{
    for (; fields && fields->name; fields++) {
        json_t *value = json_object_get(query, fields->name);
        json_t *converted = value ? convert(fields, value) : NULL;

        if (converted)
            json_object_set_new(query, fields->name, converted);
    }
}
