// link: plugins/api
/* The draft-04 evaluator: keyword by keyword, a schema, what it takes and what it does not. */
#include "../../plugins/api/schema.h"
#include <criterion/criterion.h>

static const struct {
    const char *schema;
    const char *accepted[5];
    const char *refused[5];
} cases[] = {
    { "{\"type\":\"number\"}", { "1", "-0.5", "1e300" }, { "\"1\"", "true", "null", "[1]" } },
    { "{\"type\":\"integer\"}", { "1.0", "1e2" }, { "1.5", "\"1\"" } },
    { "{\"type\":[\"string\",\"null\"]}", { "\"\"", "null" }, { "1", "{}" } },
    { "{\"enum\":[\"a\",1,{\"b\":[1]}]}", { "\"a\"", "1.0", "{\"b\":[1]}" }, { "\"b\"", "{\"b\":[2]}" } },
    { "{\"minLength\":2,\"maxLength\":3}",
      { "\"ab\"", "\"\xc3\xa9\xc3\xa9\xc3\xa9\"", "1", "\"\xf0\x9f\x98\x80x\"" },
      { "\"a\"", "\"abcd\"" } },
    { "{\"pattern\":\"^(https?)://.+$\"}",
      { "\"http://x\"", "\"https://\xc3\xa9\"", "5" },
      { "\"ftp://x\"", "\"http://x\\n\"", "\"http://\\u2028\"" } },
    { "{\"pattern\":\"b\"}", { "\"abc\"" }, { "\"ac\"" } },
    { "{\"minimum\":0,\"maximum\":1,\"exclusiveMaximum\":true}", { "0", "0.99" }, { "-0.1", "1" } },
    { "{\"multipleOf\":0.1}", { "0.3", "7", "0" }, { "0.25" } },
    { "{\"items\":{\"type\":\"number\"},\"minItems\":1,\"maxItems\":2}",
      { "[1]", "[1,2]", "{}" },
      { "[]", "[1,2,3]", "[\"1\"]" } },
    { "{\"items\":[{\"type\":\"number\"},{\"type\":\"string\"}],\"additionalItems\":false}",
      { "[]", "[1,\"a\"]" },
      { "[1,\"a\",2]", "[\"a\"]" } },
    { "{\"items\":[{\"type\":\"number\"}],\"additionalItems\":{\"type\":\"null\"}}", { "[1,null,null]" }, { "[1,2]" } },
    { "{\"uniqueItems\":true}", { "[1,2,\"1\"]", "[]" }, { "[1,1]", "[{\"a\":1,\"b\":2},{\"b\":2,\"a\":1}]" } },
    { "{\"required\":[\"a\"],\"properties\":{\"a\":{\"type\":\"number\"}}}",
      { "{\"a\":1}", "{\"a\":1,\"b\":2}", "[]" },
      { "{}", "{\"a\":null}" } },
    { "{\"properties\":{\"a\":{}},\"additionalProperties\":false}", { "{\"a\":1}" }, { "{\"b\":1}" } },
    { "{\"properties\":{\"a\":{}},\"additionalProperties\":\"false\"}", { "{\"a\":1}" }, { "{\"b\":1}" } },
    { "{\"properties\":{\"a\":{}},\"additionalProperties\":\"true\"}", { "{\"b\":1}" }, { NULL } },
    { "{\"properties\":{\"a\":{}, \"required\":[\"a\"]}}", { "{\"b\":1}", "{\"required\":1}" }, { NULL } },
    { "{\"additionalProperties\":{\"type\":\"number\"}}", { "{\"b\":1}" }, { "{\"b\":\"1\"}" } },
    { "{\"patternProperties\":{\"^n\":{\"type\":\"number\"}},\"additionalProperties\":false}",
      { "{\"n1\":1}" },
      { "{\"n1\":\"1\"}", "{\"m\":1}" } },
    { "{\"minProperties\":1,\"maxProperties\":1}", { "{\"a\":1}" }, { "{}", "{\"a\":1,\"b\":2}" } },
    { "{\"dependencies\":{\"a\":[\"b\"],\"c\":{\"required\":[\"d\"]}}}",
      { "{\"b\":1}", "{\"a\":1,\"b\":1}" },
      { "{\"a\":1}", "{\"c\":1}" } },
    { "{\"allOf\":[{\"minimum\":0},{\"maximum\":1}]}", { "0.5" }, { "2", "-1" } },
    { "{\"anyOf\":[{\"type\":\"string\"},{\"minimum\":2}]}", { "\"a\"", "3" }, { "1" } },
    { "{\"oneOf\":[{\"minimum\":0},{\"maximum\":10}]}", { "11", "-1" }, { "5" } },
    { "{\"not\":{\"type\":\"null\"}}", { "1" }, { "null" } },
    { "{\"definitions\":{\"t/x\":{\"properties\":{\"next\":{\"$ref\":\"#/definitions/"
      "t~1x\"}},\"required\":[\"v\"]}},\"$ref\":\"#/definitions/t~1x\"}",
      { "{\"v\":1,\"next\":{\"v\":2}}" },
      { "{\"v\":1,\"next\":{}}" } },
    { "{\"$ref\":\"#\"}", { NULL }, { "1" } }, /* never ends: refused, not followed for ever */
    { "{\"format\":\"date-time\",\"description\":5}", { "\"anything\"" }, { NULL } },
};

static json_t *parse(const char *text)
{
    json_error_t where;
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, &where);

    cr_assert_not_null(value, "%s: %s", text, where.text);
    return value;
}

static void expect(const struct schema *schema, struct pryv_arena *mem, const char *text, bool wanted, const char *source)
{
    json_t *value = parse(text);
    json_t *complaints = json_array();

    cr_expect_eq(schema_accepts(schema, mem, value, complaints), wanted, "%s with %s", source, text);
    cr_expect_eq(json_array_size(complaints) == 0, wanted, "%s with %s: complaints", source, text);
    json_decref(complaints);
    json_decref(value);
}

Test(schema, keywords)
{
    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        struct pryv_arena *mem = pryv_arena_new();
        struct pryv_err err = PRYV_ERR(mem);
        struct schema *schema = NULL;
        json_t *source = parse(cases[i].schema);

        cr_assert_eq(schema_new(source, &schema, &err), PRYV_OK, "%s: %s", cases[i].schema, err.message);
        for (size_t j = 0; j < 5 && cases[i].accepted[j]; j++)
            expect(schema, mem, cases[i].accepted[j], true, cases[i].schema);
        for (size_t j = 0; j < 5 && cases[i].refused[j]; j++)
            expect(schema, mem, cases[i].refused[j], false, cases[i].schema);
        schema_free(schema);
        json_decref(source);
        pryv_arena_free(mem);
    }
}

Test(schema, unusable)
{
    static const char *const sources[] = { "[]", "{\"pattern\":\"(\"}", "{\"$ref\":\"#/nowhere\"}",
                                           "{\"$ref\":\"http://elsewhere/\"}", "{\"properties\":{\"a\":{\"pattern\":\"[\"}}}" };

    for (size_t i = 0; i < PRYV_COUNT(sources); i++) {
        struct pryv_arena *mem = pryv_arena_new();
        struct pryv_err err = PRYV_ERR(mem);
        struct schema *schema = NULL;
        json_t *source = parse(sources[i]);

        cr_expect_eq(schema_new(source, &schema, &err), PRYV_REFUSED, "%s", sources[i]);
        cr_expect_null(schema);
        json_decref(source);
        pryv_arena_free(mem);
    }
}

/* A pattern that would take years by backtracking ends soon, with "no". */
Test(schema, hostile_pattern, .timeout = 20)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct schema *schema = NULL;
    json_t *source = parse("{\"pattern\":\"^(a+)+$\"}");

    cr_assert_eq(schema_new(source, &schema, &err), PRYV_OK);
    expect(schema, mem, "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"", false, "hostile");
    schema_free(schema);
    json_decref(source);
    pryv_arena_free(mem);
}
