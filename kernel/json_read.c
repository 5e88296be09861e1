/* json_read.c - reading JSON: jansson does it, after one look over the text that jansson cannot be told to take.
 *
 * The look finds what is nested too deep, before anything recurses, and what has too many values, before they take
 * memory: jansson needs more than 200 bytes for the two of `{}`. Numbers beyond the range of doubles, which jansson would
 * refuse, are replaced by null in a copy. And NUL bytes are found, which jansson overlooks behind a number. It judges
 * nothing else; what is wrong stays wrong. */
#include "settings.h"
#include <pryv/json.h>
#include <stdlib.h>

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

enum {
    SAFE_NUMBER_LEN = 300, /* without exponent, a number of so many characters is in range */
};

/* ---- Views ---------------------------------------------------------------------------------- */

struct pryv_str pryv_json_text_of(const json_t *string)
{
    return json_is_string(string) ? pryv_str_n(json_string_value(string), json_string_length(string)) : PRYV_STR_NONE;
}

struct pryv_str pryv_json_member_text(const json_t *object, const char *key)
{
    return pryv_json_text_of(json_object_get(object, key));
}

double pryv_json_member_number(const json_t *object, const char *key)
{
    const json_t *member = json_object_get(object, key);

    return json_is_number(member) ? json_number_value(member) : PRYV_ABSENT;
}

bool pryv_json_member_true(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

json_t *pryv_json_string(struct pryv_str text)
{
    return json_stringn(text.data ? text.data : "", text.len);
}

/* ---- The look over the text ----------------------------------------------------------------- */

struct look {
    struct pryv_arena *arena;
    struct pryv_str text;
    char *copy; /* made when something must be replaced */
    int64_t depth, values;
};

/* `at` is behind the opening quote. Returns where the text goes on after the closing one. */
static size_t skip_string(struct pryv_str text, size_t at)
{
    while (at < text.len) {
        const char *quote = memchr(text.data + at, '"', text.len - at);

        if (!quote)
            return text.len;

        size_t end = (size_t) (quote - text.data), slashes = 0;

        while (end - slashes > at && text.data[end - slashes - 1] == '\\')
            slashes++;
        if (slashes % 2 == 0)
            return end + 1;
        at = end + 1;
    }
    return at;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_number_char(char c)
{
    return is_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

static const char *digits(const char *at)
{
    while (is_digit(*at))
        at++;
    return at;
}

/* Whether a NUL-ended text is a number as JSON has them. */
static bool is_number(const char *at)
{
    if (*at == '-')
        at++;
    if (!is_digit(*at))
        return false;
    at = *at == '0' ? at + 1 : digits(at);
    if (*at == '.') {
        if (!is_digit(*++at))
            return false;
        at = digits(at);
    }
    if (*at == 'e' || *at == 'E') {
        at++;
        if (*at == '-' || *at == '+')
            at++;
        if (!is_digit(*at))
            return false;
        at = digits(at);
    }
    return *at == '\0';
}

/* A number out of range has at least five characters, so null and a blank fit. */
static void replace_by_null(struct look *look, size_t at, size_t len)
{
    if (!look->copy)
        look->copy = pryv_cstr(look->arena, look->text);
    memset(look->copy + at, ' ', len);
    memcpy(look->copy + at, "null", 4);
}

static size_t look_at_number(struct look *look, size_t at)
{
    size_t end = at;
    bool exponent = false;

    for (; end < look->text.len && is_number_char(look->text.data[end]); end++)
        exponent |= look->text.data[end] == 'e' || look->text.data[end] == 'E';

    size_t len = end - at;

    if (!exponent && len < SAFE_NUMBER_LEN)
        return end;

    char small[SAFE_NUMBER_LEN];
    char *number = len < sizeof(small) ? small : pryv_alloc(look->arena, len + 1);

    memcpy(number, look->text.data + at, len);
    number[len] = '\0';
    if (is_number(number) && isinf(strtod(number, NULL)))
        replace_by_null(look, at, len);
    return end;
}

/* A word is counted by its first letter, which is in none of the others: true, false, null. */
static bool begins_word(char c)
{
    return c == 't' || c == 'f' || c == 'n';
}

/* False: nested too deep, or too many values. */
static bool look_over(struct look *look)
{
    struct pryv_str text = look->text;

    for (size_t at = 0; at < text.len;) {
        char c = text.data[at];

        if (c == '"') {
            at = skip_string(text, at + 1);
            look->values++;
        } else if (is_digit(c) || c == '-') {
            at = look_at_number(look, at);
            look->values++;
        } else {
            bool opens = c == '{' || c == '[';

            if (opens && ++look->depth > settings.max_json_depth)
                return false;
            look->depth -= c == '}' || c == ']';
            look->values += opens || begins_word(c);
            at++;
        }
    }
    return settings.max_json_values == 0 || look->values <= settings.max_json_values;
}

/* ---- Reading -------------------------------------------------------------------------------- */

/* jansson's "... near '...'" shows bytes of the text, not always whole characters. */
static enum pryv_rc refuse(struct pryv_err *err, const json_error_t *where)
{
    const char *near = strstr(where->text, " near ");
    int len = near ? (int) (near - where->text) : (int) strlen(where->text);

    return pryv_refuse(err, 400, "invalid-request-structure", NULL, "Not valid JSON: %.*s (line %d, column %d)", len, where->text,
                       where->line, where->column);
}

static enum pryv_rc refuse_size(struct pryv_err *err, const struct look *look)
{
    if (look->depth > settings.max_json_depth)
        return pryv_refuse(err, 400, "invalid-request-structure", NULL, "The JSON is nested deeper than %lld levels",
                           (long long) settings.max_json_depth);
    return pryv_refuse(err, 400, "invalid-request-structure", NULL, "The JSON has more than %lld names and values",
                       (long long) settings.max_json_values);
}

enum pryv_rc pryv_json_parse(struct pryv_arena *arena, struct pryv_str text, bool any, json_t **out, struct pryv_err *err)
{
    size_t flags = JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL | (any ? JSON_DECODE_ANY : 0);
    json_error_t where;

    if (pryv_str_starts(text, BYTE_ORDER_MARK))
        text = pryv_str_n(text.data + 3, text.len - 3);

    if (text.len > 0 && memchr(text.data, '\0', text.len))
        return pryv_refuse(err, 400, "invalid-request-structure", NULL, "Not valid JSON: it has a NUL byte");

    struct look look = { .arena = arena, .text = text };

    if (!look_over(&look))
        return refuse_size(err, &look);

    json_t *value = json_loadb(look.copy ? look.copy : text.data ? text.data : "", text.len, flags, &where);

    if (!value)
        return refuse(err, &where);
    *out = pryv_json_keep(arena, value);
    return PRYV_OK;
}
