/* The API description, of a registry made here: every reference leads somewhere, every operation has an id of its own, and
 * path variables, queries and bodies stand where OpenAPI 3.1 wants them. */
#include <criterion/criterion.h>
#include "openapi.h"
#include "registry.h"
#include "settings.h"
#include <pryv/json.h>

/* ---- A registry ----------------------------------------------------------------------------- */

static const char *const states[] = { "default", "trashed", "all", NULL };
static const struct pryv_param text_item = { .type = PRYV_P_TEXT };
static const struct pryv_param item_params[] = {
    { .name = "id", .type = PRYV_P_TEXT, .flags = PRYV_P_REQUIRED, .max = 300 },
    { .name = "note", .type = PRYV_P_TEXT, .flags = PRYV_P_NULLABLE, .help = "A few words" },
    { 0 },
};
static const struct pryv_param get_params[] = {
    { .name = "types", .type = PRYV_P_ARRAY, .item = &text_item, .flags = PRYV_P_LIST_OF_ONE, .max = 10 },
    { .name = "state", .type = PRYV_P_TEXT, .one_of = states, .default_json = "\"default\"" },
    { .name = "limit", .type = PRYV_P_INTEGER, .min = 0, .max = 100 },
    { .name = "where", .type = PRYV_P_OBJECT },
    { .name = "old", .type = PRYV_P_ANY, .flags = PRYV_P_IGNORED },
    { 0 },
};
static const struct pryv_param update_params[] = {
    { .name = "id", .type = PRYV_P_TEXT, .flags = PRYV_P_REQUIRED },
    { .name = "update", .type = PRYV_P_OBJECT, .fields = item_params, .flags = PRYV_P_REQUIRED },
    { 0 },
};
static const struct pryv_param loop[] = {
    { .name = "again", .type = PRYV_P_OBJECT, .fields = loop },
    { 0 },
};
static const struct pryv_method get = {
    .name = "items.get", .summary = "List items", .who = PRYV_BY_ANY_ACCESS, .params = get_params
};
static const struct pryv_method create = { .name = "items.create", .who = PRYV_BY_PERSONAL, .params = item_params };
static const struct pryv_method update = { .name = "items.update", .who = PRYV_BY_PERSONAL, .params = update_params };
static const struct pryv_method info = { .name = "info", .who = PRYV_BY_ANYONE };
static const struct pryv_method endless = { .name = "endless", .params = loop };
static const struct {
    struct pryv_route route;
    const struct pryv_method *method;
} entries[] = {
    { { .verb = "GET", .path = "/{username}/items", .method = "items.get" }, &get },
    { { .verb = "GET", .path = "/{username}/items/{id}", .method = "items.get" }, &get },
    { { .verb = "GET", .path = "/info", .method = "info" }, &info },
    { { .verb = "POST", .path = "/{username}/items", .method = "items.create", .flags = PRYV_ROUTE_UPLOAD }, &create },
    { { .verb = "PUT", .path = "/{username}/items/{id}", .method = "items.update", .body_member = "update" }, &update },
    { { .verb = "POST", .path = "/endless", .method = "endless" }, &endless },
    { { .verb = "GET", .path = "/www/{rest*}", .summary = "Files" }, NULL },
    { { .verb = "GET", .path = "/hidden", .method = "info", .flags = PRYV_ROUTE_HIDDEN }, &info },
};

void registry_each_route(void (*fn)(void *arg, const struct pryv_route *route, const struct pryv_method *method), void *arg)
{
    for (size_t i = 0; i < PRYV_COUNT(entries); i++)
        fn(arg, &entries[i].route, entries[i].method);
}

static json_t *describe(struct pryv_arena *arena)
{
    struct pryv_err err = PRYV_ERR(arena);
    json_t *api = NULL;

    settings.max_json_depth = 100;
    settings.public_url = PRYV_STR("https://pryv.example/");
    cr_assert_eq(pryv_json_parse(arena, openapi_describe(arena), false, &api, &err), PRYV_OK, "%s", err.message);
    return api;
}

/* "a>b>c": a member of a member; a number is an index. */
static json_t *at(json_t *value, const char *path)
{
    char copy[200], *rest = copy, *part;

    snprintf(copy, sizeof(copy), "%s", path);
    while ((part = strsep(&rest, ">")))
        value = json_is_array(value) ? json_array_get(value, (size_t) atoi(part)) : json_object_get(value, part);
    return value;
}

static void expect_json(json_t *api, const char *path, const char *wanted)
{
    struct pryv_arena *arena = pryv_arena_new();

    cr_expect_str_eq(pryv_cstr(arena, pryv_json_dump(arena, at(api, path))), wanted, "%s", path);
    pryv_arena_free(arena);
}

/* ---- What it says --------------------------------------------------------------------------- */

Test(openapi, says_what_the_tables_say)
{
    struct pryv_arena *arena = pryv_arena_new();
    json_t *api = describe(arena);

    expect_json(api, "openapi", "\"3.1.0\"");
    expect_json(api, "servers", "[{\"url\":\"https://pryv.example\"}]");
    expect_json(api, "paths>/{username}/items>get>summary", "\"List items\"");
    expect_json(api, "paths>/{username}/items>get>tags", "[\"items\"]");
    expect_json(api, "paths>/{username}/items>get>parameters>0",
                "{\"name\":\"username\",\"in\":\"path\",\"required\":true,\"description\":\"The account's name\","
                "\"schema\":{\"type\":\"string\"}}");
    expect_json(api, "paths>/{username}/items>get>parameters>1",
                "{\"name\":\"types\",\"in\":\"query\",\"schema\":{\"type\":\"array\",\"minItems\":0,\"maxItems\":10,"
                "\"items\":{\"type\":\"string\"}}}");
    expect_json(api, "paths>/{username}/items>get>parameters>2>schema",
                "{\"type\":\"string\",\"enum\":[\"default\",\"trashed\",\"all\"],\"default\":\"default\"}");
    expect_json(api, "paths>/{username}/items>get>parameters>3>schema", "{\"type\":\"integer\",\"minimum\":0,\"maximum\":100}");
    expect_json(api, "paths>/{username}/items>get>parameters>4>content",
                "{\"application/json\":{\"schema\":{\"type\":\"object\"}}}");
    cr_expect_null(at(api, "paths>/{username}/items>get>parameters>5"), "what is ignored is not described");
    cr_expect_null(at(api, "paths>/{username}/items>get>requestBody"));
    expect_json(api, "paths>/{username}/items>post>requestBody>content>application/json>schema",
                "{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\",\"minLength\":0,\"maxLength\":300},"
                "\"note\":{\"type\":[\"string\",\"null\"],\"description\":\"A few words\"}},\"required\":[\"id\"],"
                "\"additionalProperties\":false}");
    cr_expect_not_null(at(api, "paths>/{username}/items>post>requestBody>content>multipart/form-data"));
    expect_json(api, "paths>/{username}/items/{id}>put>requestBody>content>application/json>schema>required", "[\"id\"]");
    expect_json(api, "paths>/{username}/items/{id}>put>parameters>1>name", "\"id\"");
    expect_json(api, "paths>/info>get>security", "[]");
    expect_json(api, "paths>/{username}/items>post>security", "[{\"token\":[]},{\"tokenInQuery\":[]}]");
    cr_expect_null(at(api, "paths>/hidden"));
    expect_json(api, "paths>/www/{rest}>get>parameters>0>name", "\"rest\"");
    pryv_arena_free(arena);
}

Test(openapi, every_operation_has_an_id_of_its_own)
{
    struct pryv_arena *arena = pryv_arena_new();
    json_t *api = describe(arena), *seen = json_object(), *item, *operation;
    const char *path, *verb;

    json_object_foreach(at(api, "paths"), path, item) {
        json_object_foreach(item, verb, operation) {
            const char *id = json_string_value(at(operation, "operationId"));

            cr_expect_not_null(id, "%s %s", verb, path);
            cr_expect_null(json_object_get(seen, id), "%s twice", id);
            json_object_set_new(seen, id, json_true());
            cr_expect(json_is_object(at(operation, "responses>default")));
        }
    }
    cr_expect_eq(json_object_size(seen), PRYV_COUNT(entries) - 1);
    json_decref(seen);
    pryv_arena_free(arena);
}

static void expect_references_lead_somewhere(json_t *api, json_t *value)
{
    const char *key, *reference = json_string_value(json_object_get(value, "$ref"));
    json_t *member, *found = api;
    size_t i;

    if (reference) {
        char copy[100], *rest = copy + 2, *part;

        snprintf(copy, sizeof(copy), "%s", reference);
        cr_assert_eq(strncmp(copy, "#/", 2), 0);
        while ((part = strsep(&rest, "/")))
            found = json_object_get(found, part);
        cr_expect_not_null(found, "%s", reference);
    }
    json_object_foreach(value, key, member)
        expect_references_lead_somewhere(api, member);
    json_array_foreach(value, i, member)
        expect_references_lead_somewhere(api, member);
}

Test(openapi, every_reference_leads_somewhere)
{
    struct pryv_arena *arena = pryv_arena_new();
    json_t *api = describe(arena);

    expect_references_lead_somewhere(api, api);
    pryv_arena_free(arena);
}
