/* openapi.c - the description of the API (OpenAPI 3.1), made from the tables of methods and routes that plugins brought.
 * So it tells what this server answers, no more and no less. */
#include "openapi.h"
#include "registry.h"
#include "settings.h"
#include <ctype.h>
#include <pryv/json.h>

enum { DEEPEST_SCHEMA = 12 }; /* a table that leads to itself ends there */

struct entry {
    const struct pryv_route *route;
    const struct pryv_method *method; /* NULL: the route serves itself */
    struct pryv_str path;             /* as the description writes it */
    int nth;                          /* which route to its method, from 1 */
};

struct entries {
    struct pryv_arena *arena;
    struct entry *list;
    size_t count, size;
};

/* ---- Gathering ------------------------------------------------------------------------------ */

/* "{rest*}" is "{rest}" here: a path template knows no other variable. */
static struct pryv_str template_of(struct pryv_arena *arena, const char *path)
{
    char *copy = pryv_cstr(arena, pryv_str(path));
    size_t len = 0;

    for (; *path; path++)
        if (*path != '*')
            copy[len++] = *path;
    return pryv_str_n(copy, len);
}

static void grow(struct entries *entries)
{
    size_t size = entries->size ? entries->size * 2 : 128;
    struct entry *list = pryv_new_array(entries->arena, struct entry, size);

    if (entries->count)
        memcpy(list, entries->list, entries->count * sizeof(*list));
    entries->list = list;
    entries->size = size;
}

static void gather(void *arg, const struct pryv_route *route, const struct pryv_method *method)
{
    struct entries *entries = arg;
    int nth = 1;

    if (route->flags & PRYV_ROUTE_HIDDEN)
        return;
    for (size_t i = 0; i < entries->count; i++)
        nth += method && entries->list[i].method == method;
    if (entries->count == entries->size)
        grow(entries);
    entries->list[entries->count++] = (struct entry){
        .route = route,
        .method = method,
        .path = template_of(entries->arena, route->path),
        .nth = nth,
    };
}

/* ---- Schemas -------------------------------------------------------------------------------- */

static void write_schema(struct pryv_json *js, const struct pryv_param *param, int depth);

static const char *const type_names[] = {
    [PRYV_P_TEXT] = "string",  [PRYV_P_NUMBER] = "number", [PRYV_P_INTEGER] = "integer",
    [PRYV_P_BOOL] = "boolean", [PRYV_P_OBJECT] = "object", [PRYV_P_ARRAY] = "array",
};

static void write_type(struct pryv_json *js, const struct pryv_param *param)
{
    const char *name = type_names[param->type];

    if (!(param->flags & PRYV_P_NULLABLE)) {
        pryv_json_put_text(js, "type", name);
        return;
    }
    pryv_json_key(js, "type");
    pryv_json_array(js);
    pryv_json_str(js, pryv_str(name));
    pryv_json_str(js, PRYV_STR("null"));
    pryv_json_array_end(js);
}

static void write_bounds(struct pryv_json *js, const struct pryv_param *param)
{
    static const struct {
        const char *min, *max;
    } keywords[] = {
        [PRYV_P_TEXT] = { "minLength", "maxLength" },
        [PRYV_P_NUMBER] = { "minimum", "maximum" },
        [PRYV_P_INTEGER] = { "minimum", "maximum" },
        [PRYV_P_ARRAY] = { "minItems", "maxItems" },
    };

    if (param->type >= PRYV_COUNT(keywords) || !keywords[param->type].min || (param->min == 0 && param->max == 0))
        return;
    pryv_json_put_number(js, keywords[param->type].min, param->min);
    if (param->max != 0)
        pryv_json_put_number(js, keywords[param->type].max, param->max);
}

static void write_allowed(struct pryv_json *js, const struct pryv_param *param)
{
    pryv_json_key(js, "enum");
    pryv_json_array(js);
    for (const char *const *value = param->one_of; *value; value++)
        pryv_json_str(js, pryv_str(*value));
    if (param->flags & PRYV_P_NULLABLE)
        pryv_json_null(js);
    pryv_json_array_end(js);
}

/* Whether the path of the route gives the member. */
static bool is_in_path(struct pryv_str path, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i + len + 2 <= path.len; i++)
        if (path.data[i] == '{' && memcmp(path.data + i + 1, name, len) == 0 && path.data[i + 1 + len] == '}')
            return true;
    return false;
}

static bool is_member(const struct pryv_param *field, struct pryv_str path)
{
    return !(field->flags & PRYV_P_IGNORED) && !is_in_path(path, field->name);
}

static bool has_members(const struct pryv_param *fields, struct pryv_str path)
{
    for (; fields && fields->name; fields++)
        if (is_member(fields, path))
            return true;
    return false;
}

static bool has_required(const struct pryv_param *fields, struct pryv_str path)
{
    for (; fields->name; fields++)
        if (is_member(fields, path) && fields->flags & PRYV_P_REQUIRED)
            return true;
    return false;
}

/* The members that the path does not give. */
static void write_members(struct pryv_json *js, const struct pryv_param *fields, struct pryv_str path, bool open, int depth)
{
    pryv_json_key(js, "properties");
    pryv_json_object(js);
    for (const struct pryv_param *field = fields; field->name; field++) {
        if (!is_member(field, path))
            continue;
        pryv_json_key(js, field->name);
        write_schema(js, field, depth + 1);
    }
    pryv_json_object_end(js);
    if (has_required(fields, path)) {
        pryv_json_key(js, "required");
        pryv_json_array(js);
        for (const struct pryv_param *field = fields; field->name; field++)
            if (is_member(field, path) && field->flags & PRYV_P_REQUIRED)
                pryv_json_str(js, pryv_str(field->name));
        pryv_json_array_end(js);
    }
    if (!open)
        pryv_json_put_bool(js, "additionalProperties", false);
}

static void write_rules(struct pryv_json *js, const struct pryv_param *param, int depth)
{
    write_type(js, param);
    write_bounds(js, param);
    if (param->pattern)
        pryv_json_put_text(js, "pattern", param->pattern);
    if (param->one_of)
        write_allowed(js, param);
    if (param->type == PRYV_P_ARRAY && param->item) {
        pryv_json_key(js, "items");
        write_schema(js, param->item, depth + 1);
    }
    if (param->type == PRYV_P_OBJECT && param->fields)
        write_members(js, param->fields, PRYV_STR(""), param->flags & PRYV_P_OPEN, depth);
}

static void write_schema(struct pryv_json *js, const struct pryv_param *param, int depth)
{
    pryv_json_object(js);
    if (param->type != PRYV_P_ANY && depth < DEEPEST_SCHEMA)
        write_rules(js, param, depth);
    if (param->default_json)
        pryv_json_put_raw(js, "default", pryv_str(param->default_json));
    if (param->help)
        pryv_json_put_text(js, "description", param->help);
    pryv_json_object_end(js);
}

/* ---- Parameters and bodies ------------------------------------------------------------------ */

static const struct pryv_param *field_named(const struct pryv_param *fields, struct pryv_str name)
{
    for (; fields && fields->name; fields++)
        if (pryv_str_equal(name, fields->name))
            return fields;
    return NULL;
}

static void write_path_parameter(struct pryv_json *js, const struct entry *entry, struct pryv_str name)
{
    static const struct pryv_param any_text = { .type = PRYV_P_TEXT };
    const struct pryv_param *field = entry->method ? field_named(entry->method->params, name) : NULL;

    pryv_json_object(js);
    pryv_json_put_str(js, "name", name);
    pryv_json_put_text(js, "in", "path");
    pryv_json_put_bool(js, "required", true);
    if (pryv_str_equal(name, "username"))
        pryv_json_put_text(js, "description", "The account's name");
    pryv_json_key(js, "schema");
    write_schema(js, field ? field : &any_text, 0);
    pryv_json_object_end(js);
}

static void write_path_parameters(struct pryv_json *js, const struct entry *entry)
{
    struct pryv_str path = entry->path;

    for (size_t i = 0; i < path.len; i++) {
        const char *end = path.data[i] == '{' ? memchr(path.data + i, '}', path.len - i) : NULL;

        if (end)
            write_path_parameter(js, entry, pryv_str_n(path.data + i + 1, (size_t) (end - path.data) - i - 1));
    }
}

/* An object is given as JSON text, a list by giving the name several times. */
static void write_query_parameter(struct pryv_json *js, const struct pryv_param *field)
{
    pryv_json_object(js);
    pryv_json_put_text(js, "name", field->name);
    pryv_json_put_text(js, "in", "query");
    if (field->flags & PRYV_P_REQUIRED)
        pryv_json_put_bool(js, "required", true);
    if (field->help)
        pryv_json_put_text(js, "description", field->help);
    if (field->type == PRYV_P_OBJECT) {
        pryv_json_key(js, "content");
        pryv_json_object(js);
        pryv_json_key(js, "application/json");
        pryv_json_object(js);
    }
    pryv_json_key(js, "schema");
    write_schema(js, field, 0);
    if (field->type == PRYV_P_OBJECT) {
        pryv_json_object_end(js);
        pryv_json_object_end(js);
    }
    pryv_json_object_end(js);
}

static bool takes_query(const struct pryv_route *route)
{
    return route->flags & PRYV_ROUTE_IGNORE_BODY || strcmp(route->verb, "GET") == 0 || strcmp(route->verb, "HEAD") == 0 ||
           strcmp(route->verb, "DELETE") == 0;
}

static void write_parameters(struct pryv_json *js, const struct entry *entry)
{
    const struct pryv_param *fields = entry->method && takes_query(entry->route) ? entry->method->params : NULL;

    pryv_json_key(js, "parameters");
    pryv_json_array(js);
    write_path_parameters(js, entry);
    for (; fields && fields->name; fields++)
        if (is_member(fields, entry->path))
            write_query_parameter(js, fields);
    pryv_json_array_end(js);
}

static void write_content(struct pryv_json *js, const char *type)
{
    pryv_json_key(js, type);
    pryv_json_object(js);
    pryv_json_key(js, "schema");
}

static void write_body_schema(struct pryv_json *js, const struct entry *entry)
{
    const struct pryv_param *fields = entry->method->params;
    const char *member = entry->route->body_member;
    const struct pryv_param *body = member ? field_named(fields, pryv_str(member)) : NULL;

    if (body) {
        write_schema(js, body, 0);
        return;
    }
    pryv_json_object(js);
    if (!member) {
        pryv_json_put_text(js, "type", "object");
        if (fields)
            write_members(js, fields, entry->path, entry->method->open, 0);
    }
    pryv_json_object_end(js);
}

static void write_body(struct pryv_json *js, const struct entry *entry)
{
    bool uploads = entry->route->flags & PRYV_ROUTE_UPLOAD;

    if (!entry->method || takes_query(entry->route) ||
        (!uploads && !entry->method->open && !has_members(entry->method->params, entry->path)))
        return;
    pryv_json_key(js, "requestBody");
    pryv_json_object(js);
    pryv_json_key(js, "content");
    pryv_json_object(js);
    write_content(js, "application/json");
    write_body_schema(js, entry);
    pryv_json_object_end(js);
    if (uploads) {
        write_content(js, "multipart/form-data");
        pryv_json_raw(js, PRYV_STR("{\"type\":\"object\"}"));
        pryv_json_object_end(js);
    }
    pryv_json_object_end(js);
    pryv_json_object_end(js);
}

/* ---- Operations ----------------------------------------------------------------------------- */

static struct pryv_str lower_case(struct pryv_arena *arena, const char *text)
{
    char *copy = pryv_cstr(arena, pryv_str(text));

    for (char *at = copy; *at; at++)
        *at = (char) tolower((unsigned char) *at);
    return pryv_str(copy);
}

/* "events.get"; further routes to the same method "events.get-2"; "get-/{username}/..." for routes without method. */
static struct pryv_str operation_id(struct pryv_arena *arena, const struct entry *entry)
{
    if (!entry->method)
        return pryv_format(arena, "%s-%.*s", lower_case(arena, entry->route->verb).data, PRYV_STR_ARG(entry->path));
    if (entry->nth == 1)
        return pryv_str(entry->method->name);
    return pryv_format(arena, "%s-%d", entry->method->name, entry->nth);
}

static void write_tags(struct pryv_json *js, const struct entry *entry)
{
    const char *dot = entry->method ? strchr(entry->method->name, '.') : NULL;

    if (!dot)
        return;
    pryv_json_key(js, "tags");
    pryv_json_array(js);
    pryv_json_str(js, pryv_str_n(entry->method->name, (size_t) (dot - entry->method->name)));
    pryv_json_array_end(js);
}

static void write_operation(struct pryv_arena *arena, struct pryv_json *js, const struct entry *entry)
{
    const char *summary = entry->method ? entry->method->summary : entry->route->summary;
    unsigned who = entry->method ? entry->method->who : entry->route->who;

    pryv_json_key_str(js, lower_case(arena, entry->route->verb));
    pryv_json_object(js);
    pryv_json_put_str(js, "operationId", operation_id(arena, entry));
    pryv_json_put_str_if(js, "summary", pryv_str(summary));
    write_tags(js, entry);
    write_parameters(js, entry);
    write_body(js, entry);
    pryv_json_put_raw(js, "responses",
                      entry->method ? PRYV_STR("{\"2XX\":{\"$ref\":\"#/components/responses/Result\"},"
                                               "\"default\":{\"$ref\":\"#/components/responses/Error\"}}")
                                    : PRYV_STR("{\"2XX\":{\"description\":\"The answer\"},"
                                               "\"default\":{\"$ref\":\"#/components/responses/Error\"}}"));
    pryv_json_put_raw(js, "security",
                      who == PRYV_BY_ADMIN       ? PRYV_STR("[{\"adminKey\":[]}]")
                      : who & PRYV_BY_ANY_ACCESS ? PRYV_STR("[{\"token\":[]},{\"tokenInQuery\":[]}]")
                                                 : PRYV_STR("[]"));
    pryv_json_object_end(js);
}

/* Routes of one path stand together, where the path was first met. */
static void write_paths(struct pryv_json *js, const struct entries *entries)
{
    bool *written = pryv_new_array(entries->arena, bool, entries->count);

    pryv_json_key(js, "paths");
    pryv_json_object(js);
    for (size_t i = 0; i < entries->count; i++) {
        if (written[i])
            continue;
        pryv_json_key_str(js, entries->list[i].path);
        pryv_json_object(js);
        for (size_t k = i; k < entries->count; k++) {
            if (!pryv_str_is(entries->list[i].path, entries->list[k].path))
                continue;
            written[k] = true;
            write_operation(entries->arena, js, &entries->list[k]);
        }
        pryv_json_object_end(js);
    }
    pryv_json_object_end(js);
}

static const char components[] =
    "{\"schemas\":{"
    "\"Meta\":{\"type\":\"object\",\"required\":[\"apiVersion\",\"serverTime\",\"serial\"],\"properties\":{"
    "\"apiVersion\":{\"type\":\"string\"},"
    "\"serverTime\":{\"type\":\"number\",\"description\":\"Unix time in seconds\"},"
    "\"serial\":{\"type\":\"string\"}}},"
    "\"Error\":{\"type\":\"object\",\"required\":[\"error\"],\"properties\":{"
    "\"error\":{\"type\":\"object\",\"required\":[\"id\",\"message\"],\"properties\":{"
    "\"id\":{\"type\":\"string\"},\"message\":{\"type\":\"string\"},\"data\":{}}},"
    "\"meta\":{\"$ref\":\"#/components/schemas/Meta\"}}}},"
    "\"responses\":{"
    "\"Result\":{\"description\":\"The result\",\"content\":{\"application/json\":{\"schema\":{\"type\":\"object\","
    "\"properties\":{\"meta\":{\"$ref\":\"#/components/schemas/Meta\"}}}}}},"
    "\"Error\":{\"description\":\"What went wrong\",\"content\":{\"application/json\":{\"schema\":{"
    "\"$ref\":\"#/components/schemas/Error\"}}}}},"
    "\"securitySchemes\":{"
    "\"token\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"Authorization\","
    "\"description\":\"An access token, alone or after Bearer\"},"
    "\"tokenInQuery\":{\"type\":\"apiKey\",\"in\":\"query\",\"name\":\"auth\"},"
    "\"adminKey\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"Authorization\","
    "\"description\":\"auth.adminAccessKey, alone\"}}}";

/* Paths begin with a slash, so the address has none at its end. */
static struct pryv_str server_url(void)
{
    struct pryv_str url = settings.public_url;

    while (url.len > 0 && url.data[url.len - 1] == '/')
        url.len--;
    return url.len > 0 ? url : PRYV_STR("/");
}

struct pryv_str openapi_describe(struct pryv_arena *arena)
{
    struct pryv_json *js = pryv_json_new(arena);
    struct entries entries = { .arena = arena };

    registry_each_route(gather, &entries);
    pryv_json_object(js);
    pryv_json_put_text(js, "openapi", "3.1.0");
    pryv_json_put_raw(js, "info", PRYV_STR("{\"title\":\"Pryv API\",\"version\":\"" PRYVD_VERSION "\"}"));
    pryv_json_key(js, "servers");
    pryv_json_array(js);
    pryv_json_object(js);
    pryv_json_put_str(js, "url", server_url());
    pryv_json_object_end(js);
    pryv_json_array_end(js);
    write_paths(js, &entries);
    pryv_json_put_raw(js, "components", pryv_str(components));
    pryv_json_object_end(js);
    return pryv_json_text(js);
}
