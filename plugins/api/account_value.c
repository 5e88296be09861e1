/* account_value.c - see account_value.h. */
#include "account_value.h"
#include "pattern.h"

static enum pryv_rc unfit(const struct account_field *field, const char *code, const char *message, struct pryv_err *err)
{
    return pryv_refuse(err, 400, "invalid-parameters-format",
                       json_pack("[{s:s, s:s, s:s, s:s%}]", "code", code, "message", message, "path", "#/content", "param",
                                 field->key.data, field->key.len),
                       "The value does not fit the field \"%.*s\": %s", PRYV_STR_ARG(field->key), message);
}

enum pryv_rc account_value_check(const struct account_field *field, const json_t *value, struct pryv_err *err)
{
    char digits[PRYV_NUMBER_SIZE];
    struct pryv_str text = pryv_json_text_of(value);

    if (json_is_number(value))
        text = pryv_str_n(digits, pryv_number_format(digits, json_number_value(value)));
    else if (!json_is_string(value))
        return pryv_refuse(err, 400, "invalid-parameters-format", NULL, "The value of an account field is a text or a number.");
    if (pryv_str_code_points(text) < field->min)
        return unfit(field, "MIN_LENGTH", "it is too short", err);
    if (pryv_str_code_points(text) > field->max)
        return unfit(field, "MAX_LENGTH", "it is too long", err);
    if (field->pattern && !pattern_matches(field->pattern, text))
        return unfit(field, field->pattern_code.data ? field->pattern_code.data : "PATTERN",
                     field->pattern_message.data ? field->pattern_message.data : "it does not match the pattern", err);
    return PRYV_OK;
}

enum pryv_rc account_value_json(struct pryv_arena *mem, const struct account_field *field, const json_t *value,
                                struct pryv_str *json, struct pryv_err *err)
{
    enum pryv_rc rc = account_value_check(field, value, err);

    if (rc == PRYV_OK)
        *json = pryv_json_dump(mem, value);
    return rc;
}

json_t *account_value_of(struct pryv_arena *mem, struct pryv_str value_json)
{
    struct pryv_err err = PRYV_ERR(mem);
    json_t *value = NULL;

    return value_json.data && pryv_json_parse(mem, value_json, true, &value, &err) == PRYV_OK ? value : NULL;
}

struct pryv_str account_platform_text(struct pryv_arena *mem, const struct account_field *field, struct pryv_str text)
{
    char *lower;

    if (!text.data || !pryv_str_equal(field->key, "email"))
        return text;
    lower = pryv_cstr(mem, text);
    for (size_t i = 0; i < text.len; i++)
        lower[i] = (char) (lower[i] >= 'A' && lower[i] <= 'Z' ? lower[i] + ('a' - 'A') : lower[i]);
    return pryv_str_n(lower, text.len);
}

struct pryv_str account_platform_value(struct pryv_arena *mem, const struct account_field *field, struct pryv_str value_json)
{
    const json_t *value = account_value_of(mem, value_json);

    return account_platform_text(mem, field, json_is_string(value) ? pryv_json_text_of(value) : value_json);
}
