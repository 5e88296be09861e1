/* The reader: the accept and refuse lists of JSONTestSuite, numbers out of range, depth, what a refusal says. */
#include <criterion/criterion.h>
#include "json_suite.h"
#include "settings.h"
#include <pryv/json.h>
#include <stdlib.h>

static enum pryv_rc parse(struct pryv_arena *arena, struct pryv_str text, bool any, json_t **out, struct pryv_err *err)
{
    settings.max_json_depth = 100;
    return pryv_json_parse(arena, text, any, out, err);
}

static void expect_refused(const char *name, struct pryv_str text, bool any)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);
    json_t *value = NULL;

    cr_expect_eq(parse(arena, text, any, &value, &err), PRYV_REFUSED, "%s was read", name);
    cr_expect_eq(pryv_err_status(&err), 400);
    cr_expect_str_eq(pryv_err_id(&err), "invalid-request-structure");
    cr_expect_null(value);

    json_t *message = json_string(pryv_err_message(&err));

    cr_expect_not_null(message, "the message about %s is no UTF-8", name);
    json_decref(message);
    pryv_arena_free(arena);
}

static void expect_read_as(const char *name, struct pryv_str text, const char *written)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);
    json_t *value = NULL;

    cr_expect_eq(parse(arena, text, true, &value, &err), PRYV_OK, "%s: %s", name, err.message);
    if (value && written)
        cr_expect_str_eq(pryv_cstr(arena, pryv_json_dump(arena, value)), written, "%s", name);
    pryv_arena_free(arena);
}

/* A copy of exact size, so that AddressSanitizer sees a step too far. */
static struct pryv_str exact(struct pryv_arena *arena, struct pryv_str text)
{
    char *copy = pryv_alloc(arena, text.len);

    memcpy(copy, text.data, text.len);
    return pryv_str_n(copy, text.len);
}

Test(json_read, accepts_what_must_be_accepted)
{
    struct pryv_arena *arena = pryv_arena_new();

    for (size_t i = 0; i < PRYV_COUNT(accepted); i++)
        expect_read_as(accepted[i].name, exact(arena, accepted[i].text), NULL);
    for (size_t i = 0; i < PRYV_COUNT(chosen); i++)
        expect_read_as(chosen[i].in.name, exact(arena, chosen[i].in.text), chosen[i].out);
    pryv_arena_free(arena);
}

Test(json_read, refuses_what_must_be_refused)
{
    struct pryv_arena *arena = pryv_arena_new();

    for (size_t i = 0; i < PRYV_COUNT(refused); i++)
        expect_refused(refused[i].name, exact(arena, refused[i].text), true);
    expect_refused("absent text", PRYV_STR_NONE, true);
    expect_refused("U+0000 in a key", PRYV_STR("{\"a\\u0000b\":1}"), true);
    pryv_arena_free(arena);
}

Test(json_read, scalars_at_the_top_only_when_any)
{
    static const char *const scalars[] = { "1", "\"a\"", "null", "true", "1e999" };

    for (size_t i = 0; i < PRYV_COUNT(scalars); i++) {
        expect_refused(scalars[i], pryv_str(scalars[i]), false);
        expect_read_as(scalars[i], pryv_str(scalars[i]), NULL);
    }
}

Test(json_read, values_are_read_as_json_parse_reads_them)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        { "{\"b\":1,\"a\":2,\"b\":3}", "{\"b\":3,\"a\":2}" }, /* the last wins, the place is the first's */
        { "[1.0,1e0,-0,0.10,1E2]", "[1,1,0,0.1,100]" },
        { "[1e308,1e309,-1e309,{\"a\":1e400}]", "[1e+308,null,null,{\"a\":null}]" },
        { "1e999", "null" },
        { " -1E+0999 ", "null" },
        { "[\"1e999\",\"\\\"1e999\\\\\",1e999]", "[\"1e999\",\"\\\"1e999\\\\\",null]" },
        { "[1.7976931348623157e308,1.7976931348623159e308]", "[1.7976931348623157e+308,null]" },
        { "[9007199254740993,5e-324,1e-400]", "[9007199254740992,5e-324,0]" },
        { "\"\\u00e9\\ud83d\\ude00\\u0000\"", "\"\u00e9\U0001F600\\u0000\"" },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++)
        expect_read_as(cases[i].in, pryv_str(cases[i].in), cases[i].out);
}

Test(json_read, a_number_out_of_range_excuses_no_error)
{
    static const char *const cases[] = { "[01e999]",  "[1e999x]",  "[1.e999]", "[1e9991e999]", "{1e999:1}",
                                         "[1e999 1]", "[--1e999]", "[1e999",   "[+1e999]",     "[1e+999e]" };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++)
        expect_refused(cases[i], pryv_str(cases[i]), true);
}

Test(json_read, numbers_of_many_digits)
{
    static char text[4002];

    memset(text, '9', sizeof(text));
    for (size_t len = 290; len < 330; len++)
        expect_read_as("digits", pryv_str_n(text, len), len > 308 ? "null" : NULL);
    expect_read_as("digits", pryv_str_n(text, sizeof(text)), "null");
    text[0] = '0';
    text[1] = '.';
    expect_read_as("digits", pryv_str_n(text, sizeof(text)), "1");
}

Test(json_read, depth_is_limited_before_anything_recurses)
{
    enum { DEEP = 200000 };
    static char text[2 * DEEP];

    memset(text, '[', DEEP);
    memset(text + DEEP, ']', DEEP);
    expect_read_as("100 levels", pryv_str_n(text + DEEP - 100, 200), NULL);
    expect_refused("101 levels", pryv_str_n(text + DEEP - 101, 202), true);
    expect_refused("very deep", pryv_str_n(text, sizeof(text)), true);
    expect_refused("very deep, unclosed", pryv_str_n(text, DEEP), true);
    for (size_t i = 0; i + 5 <= DEEP; i += 5)
        memcpy(text + i, "{\"\":[", 5);
    expect_refused("objects", pryv_str_n(text, DEEP), true);
}

Test(json_read, names_and_values_are_counted_before_they_take_memory)
{
    static const struct {
        const char *text;
        int64_t count;
    } cases[] = {
        { "[]", 1 },
        { "{\"a\":1}", 3 },
        { "[true,false,null]", 4 },
        { "[\"true, false\",-1.5e3,[{}],\"\\\"\"]", 6 },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        settings.max_json_values = cases[i].count;
        expect_read_as(cases[i].text, pryv_str(cases[i].text), NULL);
        settings.max_json_values = cases[i].count - 1;
        if (settings.max_json_values)
            expect_refused(cases[i].text, pryv_str(cases[i].text), false);
    }
    settings.max_json_values = 0;
}

Test(json_read, brackets_in_texts_are_no_depth)
{
    static char text[1002];

    memset(text, '[', sizeof(text));
    text[0] = text[sizeof(text) - 1] = '"';
    expect_read_as("brackets", pryv_str_n(text, sizeof(text)), NULL);
    expect_read_as("closed ones do not add up", PRYV_STR("[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[]]"), NULL);
}

Test(json_read, a_refusal_tells_where)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);
    json_t *value;

    cr_assert_eq(parse(arena, PRYV_STR("{\n \"a\": nope}"), false, &value, &err), PRYV_REFUSED);
    cr_assert_not_null(strstr(err.message, "line 2"), "%s", err.message);
    cr_assert_null(strstr(err.message, "nope"), "what a client sent is not repeated");
    pryv_arena_free(arena);
}

Test(json_read, views_of_members)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);
    json_t *value;

    cr_assert_eq(
        parse(arena, PRYV_STR("{\"t\":\"a\\u0000b\",\"n\":1.5,\"y\":true,\"s\":\"true\",\"e\":\"\"}"), false, &value, &err),
        PRYV_OK);
    cr_assert(pryv_str_is(pryv_json_member_text(value, "t"), pryv_str_n("a\0b", 3)));
    cr_assert_not_null(pryv_json_member_text(value, "e").data);
    cr_assert_null(pryv_json_member_text(value, "n").data);
    cr_assert_null(pryv_json_member_text(value, "none").data);
    cr_assert_eq(pryv_json_member_number(value, "n"), 1.5);
    cr_assert_not(pryv_present(pryv_json_member_number(value, "t")));
    cr_assert_not(pryv_present(pryv_json_member_number(NULL, "t")));
    cr_assert(pryv_json_member_true(value, "y"));
    cr_assert_not(pryv_json_member_true(value, "s"));
    pryv_arena_free(arena);
}
