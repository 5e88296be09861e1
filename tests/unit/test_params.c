/* Parameters: types, bounds, patterns, paths of complaints, defaults; and texts of a query made values. */
#include <criterion/criterion.h>
#include "params_query.h"
#include "settings.h"
#include <pryv/method.h>
#include <pthread.h>
#include <stdlib.h>

/* ---- Tables --------------------------------------------------------------------------------- */

static const char *const levels[] = { "read", "contribute", "manage", NULL };

static void check_even(const struct pryv_param *param, const json_t *value, const char *path, json_t *complaints)
{
    if ((int) json_number_value(value) % 2 != 0)
        pryv_param_complain(complaints, "NOT_EVEN", path, param->name, "%g is odd", json_number_value(value));
}

static const struct pryv_param permission_fields[] = {
    { .name = "streamId", .type = PRYV_P_TEXT, .flags = PRYV_P_REQUIRED, .min = 1 },
    { .name = "level", .type = PRYV_P_TEXT, .flags = PRYV_P_REQUIRED, .one_of = levels },
    { .name = "count", .type = PRYV_P_INTEGER, .default_json = "3" },
    { 0 },
};
static const struct pryv_param permission = { .type = PRYV_P_OBJECT, .fields = permission_fields };
static const struct pryv_param text_item = { .type = PRYV_P_TEXT };
static const struct pryv_param number_item = { .type = PRYV_P_NUMBER };

static const struct pryv_param fields[] = {
    { .name = "name", .type = PRYV_P_TEXT, .min = 2, .max = 4 },
    { .name = "limit", .type = PRYV_P_INTEGER, .min = 0, .max = 100 },
    { .name = "least", .type = PRYV_P_NUMBER, .min = 0.5 },
    { .name = "number", .type = PRYV_P_NUMBER },
    { .name = "even", .type = PRYV_P_INTEGER, .check = check_even, .flags = PRYV_P_NULLABLE },
    { .name = "flag", .type = PRYV_P_BOOL },
    { .name = "state", .type = PRYV_P_TEXT, .default_json = "\"all\"" },
    { .name = "type", .type = PRYV_P_TEXT, .pattern = "^[a-z]+/[a-z0-9-]+$" },
    { .name = "types", .type = PRYV_P_ARRAY, .item = &text_item, .flags = PRYV_P_NULLABLE | PRYV_P_LIST_OF_ONE, .max = 3 },
    { .name = "numbers", .type = PRYV_P_ARRAY, .item = &number_item, .min = 1 },
    { .name = "permissions", .type = PRYV_P_ARRAY, .item = &permission },
    { .name = "data", .type = PRYV_P_OBJECT },
    { .name = "open", .type = PRYV_P_OBJECT, .fields = permission_fields, .flags = PRYV_P_OPEN },
    { .name = "any", .type = PRYV_P_ANY },
    { .name = "query", .type = PRYV_P_ANY, .flags = PRYV_P_JSON },
    { .name = "files", .type = PRYV_P_ANY, .flags = PRYV_P_IGNORED },
    { 0 },
};
static const struct pryv_param id_fields[] = {
    { .name = "id", .type = PRYV_P_TEXT, .flags = PRYV_P_REQUIRED },
    { 0 },
};

static json_t *read_json(struct pryv_arena *arena, const char *text)
{
    struct pryv_err err = PRYV_ERR(arena);
    json_t *value = NULL;

    settings.max_json_depth = 100;
    cr_assert_eq(pryv_json_parse(arena, pryv_str(text), true, &value, &err), PRYV_OK, "%s", text);
    return value;
}

/* "CODE path param, ..." of all complaints. */
static const char *complaints_about(const struct pryv_param *table, bool open, const char *text)
{
    static char told[1000];
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);
    size_t i, len = 0;
    json_t *complaint;

    told[0] = '\0';
    if (pryv_params_check(table, open, read_json(arena, text), &err) != PRYV_OK) {
        cr_assert_eq(pryv_err_status(&err), 400);
        cr_assert_str_eq(pryv_err_id(&err), "invalid-parameters-format");
        json_array_foreach(err.data, i, complaint) {
            const char *param = json_string_value(json_array_get(json_object_get(complaint, "params"), 0));

            cr_assert(json_is_string(json_object_get(complaint, "message")), "%s", text);
            len += (size_t) snprintf(told + len, sizeof(told) - len, "%s%s %s%s%s", i ? ", " : "",
                                     json_string_value(json_object_get(complaint, "code")),
                                     json_string_value(json_object_get(complaint, "path")), param ? " " : "", param ? param : "");
        }
    }
    pryv_arena_free(arena);
    return told;
}

/* ---- Checking ------------------------------------------------------------------------------- */

Test(params, complaints)
{
    static const struct {
        const char *params, *complaints;
    } cases[] = {
        { "{}", "" },
        { "[]", "INVALID_TYPE #/ object" },
        { "{\"name\":\"ab\",\"limit\":0,\"least\":0.5,\"flag\":false,\"type\":\"note/txt\",\"any\":null,\"number\":-1e300}", "" },
        { "{\"name\":\"a\"}", "MIN_LENGTH #/name 2" },
        { "{\"name\":\"\u00e9\u00e9\U0001F600\u00e9\"}", "" }, /* characters, not bytes */
        { "{\"name\":\"abcde\"}", "MAX_LENGTH #/name 4" },
        { "{\"name\":null}", "INVALID_TYPE #/name string" },
        { "{\"name\":1}", "INVALID_TYPE #/name string" },
        { "{\"limit\":1.5}", "INVALID_TYPE #/limit integer" },
        { "{\"limit\":\"1\"}", "INVALID_TYPE #/limit integer" },
        { "{\"limit\":-1}", "MINIMUM #/limit 0" },
        { "{\"limit\":101}", "MAXIMUM #/limit 100" },
        { "{\"least\":0.4}", "MINIMUM #/least 0.5" },
        { "{\"least\":1e9}", "" }, /* a maximum of 0 is none */
        { "{\"number\":true}", "INVALID_TYPE #/number number" },
        { "{\"even\":4}", "" },
        { "{\"even\":5}", "NOT_EVEN #/even even" },
        { "{\"even\":null}", "" },
        { "{\"flag\":\"true\"}", "INVALID_TYPE #/flag boolean" },
        { "{\"flag\":0}", "INVALID_TYPE #/flag boolean" },
        { "{\"type\":\"note\"}", "PATTERN #/type ^[a-z]+/[a-z0-9-]+$" },
        { "{\"type\":\"note/txt\\n\"}", "PATTERN #/type ^[a-z]+/[a-z0-9-]+$" },
        { "{\"type\":\"note/txt\\u0000\"}", "PATTERN #/type ^[a-z]+/[a-z0-9-]+$" },
        { "{\"types\":null}", "" },
        { "{\"types\":[]}", "" },
        { "{\"types\":\"a\"}", "INVALID_TYPE #/types array" }, /* a list of one is made of a query only */
        { "{\"types\":[\"a\",1,null]}", "INVALID_TYPE #/types/1 string, INVALID_TYPE #/types/2 string" },
        { "{\"types\":[1,2,3,4]}", "ARRAY_LENGTH_LONG #/types 3" },
        { "{\"numbers\":[]}", "ARRAY_LENGTH_SHORT #/numbers 1" },
        { "{\"data\":{\"x\":{}}}", "" },
        { "{\"data\":[]}", "INVALID_TYPE #/data object" },
        { "{\"open\":{\"streamId\":\"a\",\"level\":\"read\",\"more\":1}}", "" },
        { "{\"files\":[{}]}", "" },
        { "{\"unknown\":1}", "OBJECT_ADDITIONAL_PROPERTIES #/ unknown" },
        { "{\"permissions\":[{\"streamId\":\"a\",\"level\":\"admin\"}]}", "ENUM_MISMATCH #/permissions/0/level admin" },
        { "{\"permissions\":[{\"streamId\":\"a\",\"level\":\"read\"},{\"streamId\":\"\",\"x\":1}]}",
          "OBJECT_ADDITIONAL_PROPERTIES #/permissions/1 x, MIN_LENGTH #/permissions/1/streamId 1, "
          "OBJECT_MISSING_REQUIRED_PROPERTY #/permissions/1/ level" },
        { "{\"name\":\"a\",\"flag\":1}", "MIN_LENGTH #/name 2, INVALID_TYPE #/flag boolean" },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++)
        cr_expect_str_eq(complaints_about(fields, false, cases[i].params), cases[i].complaints, "%s", cases[i].params);
    cr_expect_str_eq(complaints_about(fields, true, "{\"unknown\":1}"), "");
    cr_expect_str_eq(complaints_about(NULL, false, "{\"unknown\":1}"), "", "nothing is declared");
    cr_expect_str_eq(complaints_about(NULL, false, "[]"), "INVALID_TYPE #/ object");
    cr_expect_str_eq(complaints_about(id_fields, false, "{}"), "OBJECT_MISSING_REQUIRED_PROPERTY #/ id");
}

Test(params, defaults_are_put_in_and_ignored_members_dropped)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);
    json_t *params = read_json(arena, "{\"files\":1,\"permissions\":[{\"streamId\":\"a\",\"level\":\"read\"}]}");

    cr_assert_eq(pryv_params_check(fields, false, params, &err), PRYV_OK);
    cr_assert(pryv_str_equal(pryv_json_dump(arena, params),
                             "{\"permissions\":[{\"streamId\":\"a\",\"level\":\"read\",\"count\":3}],\"state\":\"all\"}"));
    pryv_arena_free(arena);
}

Test(params, json_that_is_none_goes_before_other_complaints)
{
    static const struct {
        const char *params, *error; /* NULL: none */
    } asked[] = {
        { "{\"limit\":-1,\"query\":\"[1\"}", "invalid-request-structure" },
        { "{\"limit\":-1,\"query\":\"{x}\"}", "invalid-request-structure" },
        { "{\"limit\":-1,\"query\":\"[1]\"}", "invalid-parameters-format" },
        { "{\"limit\":-1,\"query\":\" [1\"}", "invalid-parameters-format" }, /* a text that says to be none */
        { "{\"limit\":-1,\"any\":\"[1\"}", "invalid-parameters-format" },
        { "{\"limit\":1,\"query\":\"[1\"}", NULL }, /* the handler will see */
    };

    for (size_t i = 0; i < PRYV_COUNT(asked); i++) {
        struct pryv_arena *arena = pryv_arena_new();
        struct pryv_err err = PRYV_ERR(arena);
        enum pryv_rc rc = pryv_params_check(fields, false, read_json(arena, asked[i].params), &err);

        cr_assert_eq(rc == PRYV_OK, !asked[i].error, "%s", asked[i].params);
        cr_assert(rc == PRYV_OK || strcmp(pryv_err_id(&err), asked[i].error) == 0, "%s: %s", asked[i].params, pryv_err_id(&err));
        pryv_arena_free(arena);
    }
}

Test(params, complaints_are_bounded_and_long_names_cut_at_a_character)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);
    json_t *params = read_json(arena, "{}");

    for (size_t i = 0; i < 300; i++) {
        char name[600];

        memset(name, 'a', i);
        for (size_t at = i; at + 3 < sizeof(name); at += 2)
            memcpy(name + at, "\u00e9", 3);
        json_object_set_new(params, name, json_null());
    }
    cr_assert_eq(pryv_params_check(id_fields, false, params, &err), PRYV_REFUSED);
    cr_assert_eq(json_array_size(err.data), 100u);
    for (size_t i = 0; i < 100; i++)
        cr_assert(json_is_string(json_object_get(json_array_get(err.data, i), "message")), "%zu", i);
    pryv_arena_free(arena);
}

static void *check_many(void *arg)
{
    (void) arg;
    for (int i = 0; i < 200; i++) {
        struct pryv_arena *arena = pryv_arena_new();
        struct pryv_err err = PRYV_ERR(arena);
        json_t *params = json_pack("{s:s}", "type", i % 2 ? "note/txt" : "note");

        cr_assert_eq(pryv_params_check(fields, false, params, &err), i % 2 ? PRYV_OK : PRYV_REFUSED);
        json_decref(params);
        pryv_arena_free(arena);
    }
    return NULL;
}

Test(params, patterns_are_shared_by_threads)
{
    pthread_t threads[4];

    for (size_t i = 0; i < PRYV_COUNT(threads); i++)
        pthread_create(&threads[i], NULL, check_many, NULL);
    for (size_t i = 0; i < PRYV_COUNT(threads); i++)
        pthread_join(threads[i], NULL);
}

/* ---- Queries -------------------------------------------------------------------------------- */

static void expect_converted(const char *query, const char *wanted)
{
    struct pryv_arena *arena = pryv_arena_new();
    json_t *value = read_json(arena, query);

    params_convert_query(fields, value);
    cr_expect_str_eq(pryv_cstr(arena, pryv_json_dump(arena, value)), wanted, "%s", query);
    pryv_arena_free(arena);
}

Test(params_query, numbers_as_javascript_reads_them)
{
    static const struct {
        const char *text, *number; /* NULL: stays a text */
    } cases[] = {
        { "1", "1" },
        { "", "0" },
        { "  ", "0" },
        { " 1e2\\n", "100" },
        { "\\u00a0\\ufeff12\\u2028\\u3000", "12" },
        { "1e2", "100" },
        { "1E+2", "100" },
        { ".5", "0.5" },
        { "5.", "5" },
        { "-0.5e-1", "-0.05" },
        { "+1", "1" },
        { "007", "7" },
        { "0x10", "16" },
        { "0XfF", "255" },
        { "0b101", "5" },
        { "0o17", "15" },
        { "Infinity", "1.7976931348623157e+308" },
        { "-Infinity", "-1.7976931348623157e+308" },
        { "1e999", "1.7976931348623157e+308" },
        { "1385046854.282", "1385046854.282" },
        { ".", NULL },
        { "-", NULL },
        { "e5", NULL },
        { "1e", NULL },
        { "1e+", NULL },
        { "1 2", NULL },
        { "1_000", NULL },
        { "0x", NULL },
        { "0xg", NULL },
        { "-0x10", NULL },
        { "0b2", NULL },
        { "infinity", NULL },
        { "inf", NULL },
        { "NaN", NULL },
        { "nan", NULL },
        { "0x1p3", NULL },
        { "12px", NULL },
        { "1\\u0000", NULL },
        { "1,5", NULL },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        char query[100], wanted[100];

        snprintf(query, sizeof(query), "{\"number\":\"%s\"}", cases[i].text);
        snprintf(wanted, sizeof(wanted), "{\"number\":%s}", cases[i].number ? cases[i].number : "");
        expect_converted(query, cases[i].number ? wanted : query);
    }
}

Test(params_query, other_types)
{
    static const struct {
        const char *query, *wanted;
    } cases[] = {
        { "{\"flag\":\"TRUE\"}", "{\"flag\":true}" },
        { "{\"flag\":\"False\"}", "{\"flag\":false}" },
        { "{\"flag\":\"1\"}", "{\"flag\":\"1\"}" },
        { "{\"flag\":\"\"}", "{\"flag\":\"\"}" },
        { "{\"name\":\"12\",\"any\":\"12\",\"unknown\":\"12\"}", "{\"name\":\"12\",\"any\":\"12\",\"unknown\":\"12\"}" },
        { "{\"types\":\"a/b\"}", "{\"types\":[\"a/b\"]}" },
        { "{\"types\":[\"a/b\",\"c\"]}", "{\"types\":[\"a/b\",\"c\"]}" },
        { "{\"numbers\":[\"1\",\"x\",\"2.5\"]}", "{\"numbers\":[1,\"x\",2.5]}" },
        { "{\"numbers\":\"[1]\"}", "{\"numbers\":[1]}" },
        { "{\"numbers\":\"1\"}", "{\"numbers\":\"1\"}" },
        { "{\"limit\":[\"1\",\"2\"]}", "{\"limit\":[\"1\",\"2\"]}" },
        { "{\"data\":\"{\\\"a\\\":1}\"}", "{\"data\":{\"a\":1}}" },
        { "{\"data\":\"[1]\"}", "{\"data\":\"[1]\"}" },
        { "{\"data\":\"{\"}", "{\"data\":\"{\"}" },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++)
        expect_converted(cases[i].query, cases[i].wanted);
    params_convert_query(NULL, NULL);
}
