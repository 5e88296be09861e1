/* event_notation.c - a small recursive parser; see event_notation.h for the language. */
#include "event_notation.h"
#include <stdlib.h>

struct reader {
    const char *at;
    bool failed;
    int depth;
};

enum { NAME_MAX_LEN = 200, NESTING_MAX = 20 };

static json_t *read_form(struct reader *r);

static void skip_blanks(struct reader *r)
{
    while (*r->at == ' ')
        r->at++;
}

static bool take(struct reader *r, char c)
{
    skip_blanks(r);
    if (*r->at != c)
        return false;
    r->at++;
    return true;
}

static void expect(struct reader *r, char c)
{
    if (!take(r, c))
        r->failed = true;
}

/* Everything up to one of `stops`, without blanks at the end. */
static json_t *read_until(struct reader *r, const char *stops)
{
    skip_blanks(r);

    size_t len = strcspn(r->at, stops);
    size_t kept = len;

    while (kept && r->at[kept - 1] == ' ')
        kept--;
    if (kept == 0 || kept > NAME_MAX_LEN)
        r->failed = true;

    json_t *text = json_stringn(r->at, kept);

    r->at += len;
    return text;
}

static json_t *of_type(const char *name)
{
    return json_pack("{s:s}", "type", name);
}

/* "(a..b)": either bound may be left out. */
static void read_range(struct reader *r, json_t *schema, const char *least, const char *most)
{
    char *end;

    if (*r->at != '(')
        return;
    r->at++;
    if (*r->at != '.') {
        json_object_set_new(schema, least, json_real(strtod(r->at, &end)));
        r->at = end;
        if (r->at[0] == '.' && r->at[1] != '.') /* strtod takes the first point of "1.." */
            r->at--;
    }
    if (r->at[0] != '.' || r->at[1] != '.') {
        r->failed = true;
        return;
    }
    r->at += 2;
    if (*r->at != ')') {
        json_object_set_new(schema, most, json_real(strtod(r->at, &end)));
        r->at = end;
    }
    expect(r, ')');
}

static bool take_word(struct reader *r, const char *word)
{
    size_t len = strlen(word);

    if (strncmp(r->at, word, len) != 0)
        return false;
    r->at += len;
    return true;
}

static json_t *read_text(struct reader *r)
{
    json_t *schema = of_type("string");

    read_range(r, schema, "minLength", "maxLength");
    if (take(r, '~')) {
        json_object_set_new(schema, "pattern", read_until(r, "~"));
        expect(r, '~');
    }
    return schema;
}

static json_t *read_choices(struct reader *r)
{
    json_t *list = json_array();

    do {
        expect(r, '\'');
        json_array_append_new(list, read_until(r, "'"));
        expect(r, '\'');
    } while (!r->failed && take(r, '|'));
    return json_pack("{s:s, s:o}", "type", "string", "enum", list);
}

static json_t *read_list(struct reader *r)
{
    json_t *schema = of_type("array");

    json_object_set_new(schema, "items", read_form(r));
    expect(r, ']');
    read_range(r, schema, "minItems", "maxItems");
    return schema;
}

static json_t *read_exactly_one(struct reader *r)
{
    json_t *forms = json_array();

    do
        json_array_append_new(forms, read_form(r));
    while (!r->failed && take(r, '^'));
    expect(r, ')');
    return json_pack("{s:o}", "oneOf", forms);
}

static void read_members(struct reader *r, json_t *properties, json_t *required)
{
    do {
        json_t *name = read_until(r, "!:,}");

        if (take(r, '!'))
            json_array_append(required, name);
        json_object_set_new(properties, json_string_value(name), take(r, ':') ? read_form(r) : of_type("number"));
        json_decref(name);
    } while (!r->failed && take(r, ','));
    expect(r, '}');
}

static json_t *read_object(struct reader *r)
{
    json_t *properties = json_object();
    json_t *required = json_array();

    read_members(r, properties, required);
    if (*r->at == '!') {
        r->at++;
        expect(r, '(');
        do
            json_array_append_new(required, read_until(r, ",)"));
        while (!r->failed && take(r, ','));
        expect(r, ')');
    }
    if (json_array_size(required) == 0) {
        json_decref(required);
        return json_pack("{s:s, s:o}", "type", "object", "properties", properties);
    }
    return json_pack("{s:s, s:o, s:o}", "type", "object", "properties", properties, "required", required);
}

static json_t *read_plain(struct reader *r)
{
    static const struct {
        const char *word, *type;
    } plain[] = { { "bool", "boolean" }, { "null", "null" }, { "object", "object" } };
    static const char *const numbers[] = { "number", "integer" };

    for (size_t i = 0; i < PRYV_COUNT(plain); i++)
        if (take_word(r, plain[i].word))
            return of_type(plain[i].type);
    for (size_t i = 0; i < PRYV_COUNT(numbers); i++) {
        if (!take_word(r, numbers[i]))
            continue;

        json_t *schema = of_type(numbers[i]);

        read_range(r, schema, "minimum", "maximum");
        return schema;
    }
    r->failed = r->failed || !take_word(r, "any");
    return json_object();
}

static json_t *read_form(struct reader *r)
{
    json_t *schema;

    if (r->failed || ++r->depth > NESTING_MAX) {
        r->failed = true;
        return json_object();
    }
    if (take(r, '{'))
        schema = read_object(r);
    else if (take(r, '['))
        schema = read_list(r);
    else if (take(r, '('))
        schema = read_exactly_one(r);
    else if (*r->at == '\'')
        schema = read_choices(r);
    else if (take_word(r, "text"))
        schema = read_text(r);
    else
        schema = read_plain(r);
    r->depth--;
    return schema;
}

static void read_type(struct reader *r, const char *class_name, json_t *types)
{
    json_t *format = read_until(r, "=;");
    json_t *name = json_sprintf("%s/%s", class_name, json_string_value(format));

    json_object_set_new(types, json_string_value(name), take(r, '=') ? read_form(r) : of_type("number"));
    json_decref(name);
    json_decref(format);
}

enum pryv_rc event_notation_read(const char *line, json_t *types, struct pryv_err *err)
{
    struct reader r = { .at = line };
    json_t *class_name = read_until(&r, ":");

    expect(&r, ':');
    do
        read_type(&r, json_string_value(class_name), types);
    while (!r.failed && take(&r, ';'));
    skip_blanks(&r);
    json_decref(class_name);
    if (r.failed || *r.at)
        return pryv_refuse(err, 500, "unexpected-error", NULL, "event type line \"%.40s...\" is wrong at character %td", line,
                           r.at - line);
    return PRYV_OK;
}
