// link: plugins/api
/* Conditions on content: what is a condition, and what holds of which JSON. */
#include "../../plugins/api/content_conditions.h"
#include "settings.h"
#include <criterion/criterion.h>
#include <stdio.h>

static struct pryv_arena *arena;

static void fill(void)
{
    arena = pryv_arena_new();
    settings.max_json_depth = 100;
}

static void empty(void)
{
    pryv_arena_free(arena);
}

TestSuite(content_conditions, .init = fill, .fini = empty);

static enum pryv_rc parse(const char *text, struct content_conditions *out)
{
    struct pryv_err err = PRYV_ERR(arena);
    json_t *value = NULL;
    enum pryv_rc rc;

    cr_assert_eq(pryv_json_parse(arena, pryv_str(text), true, &value, &err), PRYV_OK, "%s", text);
    rc = content_conditions_parse(arena, value, "content", out, &err);
    if (rc != PRYV_OK) {
        cr_expect_eq(pryv_err_status(&err), 400);
        cr_expect_str_eq(pryv_err_id(&err), "invalid-parameters-format");
        cr_expect(json_is_string(err.data), "the data is a text");
    }
    return rc;
}

Test(content_conditions, what_is_none)
{
    static const char *const refused[] = {
        "12",
        "\"[{\"",
        "{}",
        "[1]",
        "[{}]",
        "[{\"path\":\"a\"}]",
        "[{\"eq\":1}]",
        "[{\"path\":1,\"eq\":1}]",
        "[{\"path\":\"\",\"eq\":1}]",
        "[{\"path\":\".\",\"eq\":1}]",
        "[{\"path\":\"a.\",\"eq\":1}]",
        "[{\"path\":\".a\",\"eq\":1}]",
        "[{\"path\":\"a..b\",\"eq\":1}]",
        "[{\"path\":\"a b\",\"eq\":1}]",
        "[{\"path\":\"$.a\",\"eq\":1}]",
        "[{\"path\":\"\u00e9\",\"eq\":1}]",
        "[{\"path\":\"a\",\"eq\":1,\"neq\":2}]",
        "[{\"path\":\"a\",\"eq\":1,\"note\":2}]",
        "[{\"path\":\"a\",\"like\":1}]",
        "[{\"path\":\"a\",\"eq\":null}]",
        "[{\"path\":\"a\",\"neq\":{}}]",
        "[{\"path\":\"a\",\"eq\":[]}]",
        "[{\"path\":\"a\",\"in\":[]}]",
        "[{\"path\":\"a\",\"in\":1}]",
        "[{\"path\":\"a\",\"in\":[null]}]",
        "[{\"path\":\"a\",\"exists\":1}]",
        "[{\"path\":\"a\",\"gt\":\"1\"}]",
        "[{\"path\":\"a\",\"lte\":true}]",
        "[{\"path\":\"a\",\"prefix\":\"\"}]",
        "[{\"path\":\"a\",\"prefix\":1}]",
    };
    struct content_conditions conditions;

    for (size_t i = 0; i < PRYV_COUNT(refused); i++)
        cr_expect_eq(parse(refused[i], &conditions), PRYV_REFUSED, "%s", refused[i]);
}

/* A list of `count` times the same item, within `before` and `after`. */
static const char *list_of(const char *before, const char *item, size_t count, const char *after)
{
    struct pryv_str text = pryv_str(before);

    for (size_t i = 0; i < count; i++)
        text = pryv_format(arena, "%.*s%s%s", PRYV_STR_ARG(text), i ? "," : "", item);
    return pryv_cstr(arena, pryv_format(arena, "%.*s%s", PRYV_STR_ARG(text), after));
}

Test(content_conditions, how_many)
{
    struct content_conditions conditions;

    cr_expect_eq(parse("null", &conditions), PRYV_OK);
    cr_expect_eq(conditions.count, 0u);
    cr_expect_eq(parse("[]", &conditions), PRYV_OK);
    cr_expect_eq(parse(list_of("[", "{\"path\":\"a\",\"eq\":1}", 10, "]"), &conditions), PRYV_OK);
    cr_expect_eq(conditions.count, 10u);
    cr_expect_eq(parse(list_of("[", "{\"path\":\"a\",\"eq\":1}", 11, "]"), &conditions), PRYV_REFUSED);
    cr_expect_eq(parse(list_of("[{\"path\":\"a\",\"in\":[", "1", 100, "]}]"), &conditions), PRYV_OK);
    cr_expect_eq(parse(list_of("[{\"path\":\"a\",\"in\":[", "1", 101, "]}]"), &conditions), PRYV_REFUSED);
}

static const struct {
    const char *json; /* NULL: no content */
    const char *condition;
    bool holds;
} cases[] = {
    { "{\"n\":1}", "\"path\":\"n\",\"eq\":1", true },
    { "{\"n\":1}", "\"path\":\"n\",\"eq\":\"1\"", false },
    { "{\"n\":\"1\"}", "\"path\":\"n\",\"eq\":1", false },
    { "{\"n\":true}", "\"path\":\"n\",\"eq\":true", true },
    { "{\"n\":true}", "\"path\":\"n\",\"eq\":\"true\"", false },
    { "{\"n\":true}", "\"path\":\"n\",\"eq\":false", false },
    { "{\"n\":1e+21}", "\"path\":\"n\",\"eq\":1000000000000000000000", true },
    { "{\"n\":0.1}", "\"path\":\"n\",\"eq\":1e-1", true },
    { "{\"n\":-2}", "\"path\":\"n\",\"lt\":-1.5", true },
    { "{\"n\":null}", "\"path\":\"n\",\"eq\":1", false },
    { "{\"n\":null}", "\"path\":\"n\",\"neq\":1", true },
    { "{\"n\":null}", "\"path\":\"n\",\"exists\":true", true },
    { "{}", "\"path\":\"n\",\"neq\":1", false },
    { "{}", "\"path\":\"n\",\"exists\":false", true },
    { NULL, "\"path\":\"$\",\"exists\":false", true },
    { NULL, "\"path\":\"$\",\"exists\":true", false },
    { NULL, "\"path\":\"a\",\"exists\":false", true },
    { NULL, "\"path\":\"$\",\"neq\":1", false },
    { "12", "\"path\":\"$\",\"gte\":12", true },
    { "\"12\"", "\"path\":\"$\",\"gte\":12", false },
    { "12", "\"path\":\"a\",\"exists\":true", false },
    { "{\"n\":[1,2]}", "\"path\":\"n.0\",\"exists\":true", false },
    { "[{\"n\":1}]", "\"path\":\"n\",\"exists\":true", false },
    { "[{\"n\":1}]", "\"path\":\"$\",\"exists\":true", true },
    { "{\"a\":{\"b\":{\"c\":3}}}", "\"path\":\"a.b.c\",\"lte\":3", true },
    { "{\"a\":{\"b\":{\"c\":3}}}", "\"path\":\"a.c\",\"exists\":true", false },
    { "{\"b\":1,\"a\":{\"b\":2}}", "\"path\":\"b\",\"eq\":1", true },
    { "{\"a\":{\"b\":2},\"b\":1}", "\"path\":\"b\",\"eq\":1", true }, /* not the one within */
    { "{\"a\":{\"b\":2}}", "\"path\":\"b\",\"exists\":true", false },
    { "{\"a\":[{\"b\":2}],\"c\":1}", "\"path\":\"c\",\"eq\":1", true },
    { "{\"x\":\"},\\\"b\\\":1\",\"b\":2}", "\"path\":\"b\",\"eq\":2", true }, /* brackets and quotes in a text */
    { "{\"x\":\"\\\\\",\"b\":2}", "\"path\":\"b\",\"eq\":2", true },
    { "{\"b\\\"\":1,\"b\":2}", "\"path\":\"b\",\"eq\":2", true },
    { "{\"ab\":1}", "\"path\":\"a\",\"exists\":true", false },
    { "{\"a\":1}", "\"path\":\"ab\",\"exists\":true", false },
    { "{\"\":1}", "\"path\":\"a\",\"exists\":false", true },
    { "{\"app:x-y_z\":1}", "\"path\":\"app:x-y_z\",\"eq\":1", true },
    { "\"abc\"", "\"path\":\"$\",\"prefix\":\"ab\"", true },
    { "\"abc\"", "\"path\":\"$\",\"prefix\":\"abc\"", true },
    { "\"abc\"", "\"path\":\"$\",\"prefix\":\"abcd\"", false },
    { "\"abc\"", "\"path\":\"$\",\"prefix\":\"b\"", false },
    { "\"a%c\"", "\"path\":\"$\",\"prefix\":\"a_\"", false },
    { "\"a\\nb\"", "\"path\":\"$\",\"prefix\":\"a\\n\"", true },
    { "\"a\\nb\"", "\"path\":\"$\",\"prefix\":\"a\\\\\"", false }, /* a backslash is not the first half of an escape */
    { "\"a\\\\b\"", "\"path\":\"$\",\"prefix\":\"a\\\\\"", true },
    { "\"\xc3\xa9t\"", "\"path\":\"$\",\"prefix\":\"\xc3\xa9\"", true },
    { "12", "\"path\":\"$\",\"prefix\":\"1\"", false },
    { "{\"n\":3}", "\"path\":\"n\",\"in\":[1,\"3\",3]", true },
    { "{\"n\":3}", "\"path\":\"n\",\"in\":[1,\"3\",true]", false },
    { "{\"n\":{}}", "\"path\":\"n\",\"neq\":1", true },
    { "{\"n\":2}", "\"path\":\"n\",\"gt\":2", false },
    { "{\"n\":2}", "\"path\":\"n\",\"lt\":2", false },
    { "{\"n\":true}", "\"path\":\"n\",\"gt\":0", false },
};

Test(content_conditions, what_holds)
{
    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        struct content_conditions conditions;
        char text[200];

        snprintf(text, sizeof(text), "[{%s}]", cases[i].condition);
        cr_assert_eq(parse(text, &conditions), PRYV_OK, "%s", text);
        cr_expect_eq(content_conditions_hold(&conditions, pryv_str(cases[i].json)), cases[i].holds, "%s of %s", text,
                     cases[i].json);
    }
}

Test(content_conditions, all_hold)
{
    struct content_conditions conditions;

    cr_assert_eq(parse("\"[{\\\"path\\\":\\\"n\\\",\\\"gte\\\":2},{\\\"path\\\":\\\"n\\\",\\\"lt\\\":10}]\"", &conditions),
                 PRYV_OK);
    cr_expect(content_conditions_hold(&conditions, PRYV_STR("{\"n\":2}")));
    cr_expect_not(content_conditions_hold(&conditions, PRYV_STR("{\"n\":10}")));
    cr_expect_not(content_conditions_hold(&conditions, PRYV_STR("{\"n\":1}")));
}
