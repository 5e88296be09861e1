/* schema.c - a draft-04 evaluator that walks the schema as it was written; patterns are compiled once. */
#include "schema.h"
#include "pattern.h"
#include <pryv/json.h>
#include <pryv/method.h>
#include <stdio.h>
#include <stdlib.h>

enum { DEPTH_MAX = 300, COMPLAINTS_MAX = 50 };

struct named_pattern {
    struct named_pattern *next;
    const char *source; /* borrowed from the schema */
    struct pattern *pattern;
};

struct schema {
    const json_t *root;
    struct named_pattern *patterns;
};

/* One walk: where it is, and where its complaints go. */
struct walk {
    const struct schema *schema;
    struct pryv_arena *mem;
    json_t *complaints; /* NULL inside anyOf, oneOf and not: only the outcome counts */
    const char *path;
    int depth;
};

static bool accepts(struct walk *walk, const json_t *rules, const json_t *value);

/* ---- Making --------------------------------------------------------------------------------- */

static const struct pattern *find_pattern(const struct schema *schema, const char *source)
{
    for (const struct named_pattern *p = schema->patterns; p; p = p->next)
        if (strcmp(p->source, source) == 0)
            return p->pattern;
    return NULL;
}

static enum pryv_rc add_pattern(struct schema *schema, const char *source, struct pryv_err *err)
{
    struct pattern *pattern = NULL;

    if (find_pattern(schema, source))
        return PRYV_OK;

    enum pryv_rc rc = pattern_new(pryv_str(source), &pattern, err);

    if (rc != PRYV_OK)
        return rc;

    struct named_pattern *named = calloc(1, sizeof(*named));

    if (!named)
        abort();
    *named = (struct named_pattern){ .next = schema->patterns, .source = source, .pattern = pattern };
    schema->patterns = named;
    return PRYV_OK;
}

/* A local reference, "#" or "#/definitions/name", as RFC 6901 says; NULL when it leads nowhere. */
static const json_t *resolve(const struct schema *schema, const char *ref)
{
    const json_t *at = schema->root;

    if (*ref++ != '#')
        return NULL;
    while (at && *ref == '/') {
        char part[256];
        size_t n = 0;

        for (ref++; *ref && *ref != '/' && n < sizeof(part) - 1; ref++) {
            if (*ref == '~' && (ref[1] == '0' || ref[1] == '1'))
                part[n++] = *++ref == '0' ? '~' : '/';
            else
                part[n++] = *ref;
        }
        part[n] = '\0';
        at = json_is_array(at) ? json_array_get(at, strtoul(part, NULL, 10)) : json_object_get(at, part);
    }
    return *ref == '\0' ? at : NULL;
}

static enum pryv_rc prepare(struct schema *schema, const json_t *rules, int depth, struct pryv_err *err)
{
    const char *key;
    json_t *member;
    enum pryv_rc rc = PRYV_OK;
    const json_t *pattern = json_object_get(rules, "pattern");
    const json_t *ref = json_object_get(rules, "$ref");

    if (depth > DEPTH_MAX)
        return pryv_refuse(err, 400, "invalid-request-structure", NULL, "schema nested too deeply");
    if (json_is_string(pattern) && (rc = add_pattern(schema, json_string_value(pattern), err)) != PRYV_OK)
        return rc;
    if (json_is_string(ref) && !resolve(schema, json_string_value(ref)))
        return pryv_refuse(err, 400, "invalid-request-structure", NULL, "$ref %s leads nowhere", json_string_value(ref));
    json_object_foreach(json_object_get(rules, "patternProperties"), key, member)
        if ((rc = add_pattern(schema, key, err)) != PRYV_OK)
            return rc;
    json_object_foreach((json_t *) rules, key, member) {
        size_t i;
        json_t *item;

        if (strcmp(key, "enum") == 0 || strcmp(key, "default") == 0)
            continue;
        if (json_is_object(member) && (rc = prepare(schema, member, depth + 1, err)) != PRYV_OK)
            return rc;
        json_array_foreach(member, i, item)
            if (json_is_object(item) && (rc = prepare(schema, item, depth + 1, err)) != PRYV_OK)
                return rc;
    }
    return PRYV_OK;
}

enum pryv_rc schema_new(const json_t *source, struct schema **out, struct pryv_err *err)
{
    if (!json_is_object(source))
        return pryv_refuse(err, 400, "invalid-request-structure", NULL, "a schema is an object");

    struct schema *schema = calloc(1, sizeof(*schema));

    if (!schema)
        abort();
    schema->root = source;

    enum pryv_rc rc = prepare(schema, source, 0, err);

    if (rc != PRYV_OK) {
        schema_free(schema);
        return rc;
    }
    *out = schema;
    return PRYV_OK;
}

void schema_free(struct schema *schema)
{
    if (!schema)
        return;
    while (schema->patterns) {
        struct named_pattern *first = schema->patterns;

        schema->patterns = first->next;
        pattern_free(first->pattern);
        free(first);
    }
    free(schema);
}

/* ---- Complaints ----------------------------------------------------------------------------- */

static bool refuse(struct walk *walk, const char *code, const char *param, const char *message)
{
    if (walk->complaints && json_array_size(walk->complaints) < COMPLAINTS_MAX)
        pryv_param_complain(walk->complaints, code, walk->path, param, "%s", message);
    return false;
}

/* The same value by other rules, without complaints. */
static bool silently(struct walk *walk, const json_t *rules, const json_t *value)
{
    json_t *complaints = walk->complaints;

    walk->complaints = NULL;

    bool ok = accepts(walk, rules, value);

    walk->complaints = complaints;
    return ok;
}

static bool below(struct walk *walk, const char *part, const json_t *rules, const json_t *value)
{
    const char *path = walk->path;

    if (!json_is_object(rules))
        return true;
    if (walk->complaints)
        walk->path = pryv_format(walk->mem, "%s/%s", path, part).data;

    bool ok = accepts(walk, rules, value);

    walk->path = path;
    return ok;
}

static bool below_at(struct walk *walk, size_t index, const json_t *rules, const json_t *value)
{
    char part[24];

    snprintf(part, sizeof(part), "%zu", index);
    return below(walk, part, rules, value);
}

/* ---- Keywords, by the kind of value they speak of -------------------------------------------- */

static bool is_whole(const json_t *value)
{
    return json_is_integer(value) || (json_is_real(value) && floor(json_real_value(value)) == json_real_value(value));
}

static bool is_type(const json_t *value, const char *name)
{
    if (strcmp(name, "number") == 0)
        return json_is_number(value);
    if (strcmp(name, "integer") == 0)
        return is_whole(value);
    if (strcmp(name, "string") == 0)
        return json_is_string(value);
    if (strcmp(name, "boolean") == 0)
        return json_is_boolean(value);
    if (strcmp(name, "object") == 0)
        return json_is_object(value);
    if (strcmp(name, "array") == 0)
        return json_is_array(value);
    return strcmp(name, "null") == 0 && json_is_null(value);
}

static bool check_type(struct walk *walk, const json_t *type, const json_t *value)
{
    size_t i;
    json_t *name;

    if (json_is_string(type))
        return is_type(value, json_string_value(type)) || refuse(walk, "INVALID_TYPE", NULL, "wrong type");
    if (!json_is_array(type))
        return true;
    json_array_foreach(type, i, name)
        if (json_is_string(name) && is_type(value, json_string_value(name)))
            return true;
    return refuse(walk, "INVALID_TYPE", NULL, "wrong type");
}

static bool check_enum(struct walk *walk, const json_t *list, const json_t *value)
{
    size_t i;
    json_t *item;

    if (!json_is_array(list))
        return true;
    json_array_foreach(list, i, item)
        if (json_equal(item, value) ||
            (json_is_number(item) && json_is_number(value) && json_number_value(item) == json_number_value(value)))
            return true;
    return refuse(walk, "ENUM_MISMATCH", NULL, "not one of the allowed values");
}

static bool rule_number(const json_t *rules, const char *name, double *out)
{
    const json_t *rule = json_object_get(rules, name);

    *out = json_number_value(rule);
    return json_is_number(rule);
}

static bool check_number(struct walk *walk, const json_t *rules, double number)
{
    double bound;

    if (rule_number(rules, "minimum", &bound) &&
        (number < bound || (number == bound && json_is_true(json_object_get(rules, "exclusiveMinimum")))))
        return refuse(walk, "MINIMUM", NULL, "too small");
    if (rule_number(rules, "maximum", &bound) &&
        (number > bound || (number == bound && json_is_true(json_object_get(rules, "exclusiveMaximum")))))
        return refuse(walk, "MAXIMUM", NULL, "too large");
    if (rule_number(rules, "multipleOf", &bound) && bound > 0) {
        double times = number / bound;

        if (!isfinite(times) || fabs(times - round(times)) > 1e-9 * fmax(1, fabs(times)))
            return refuse(walk, "MULTIPLE_OF", NULL, "not a multiple");
    }
    return true;
}

static bool check_text(struct walk *walk, const json_t *rules, struct pryv_str text)
{
    double bound;
    const json_t *pattern = json_object_get(rules, "pattern");

    if (rule_number(rules, "minLength", &bound) && (double) pryv_str_code_points(text) < bound)
        return refuse(walk, "MIN_LENGTH", NULL, "too short");
    if (rule_number(rules, "maxLength", &bound) && (double) pryv_str_code_points(text) > bound)
        return refuse(walk, "MAX_LENGTH", NULL, "too long");
    if (json_is_string(pattern) && !pattern_matches(find_pattern(walk->schema, json_string_value(pattern)), text))
        return refuse(walk, "PATTERN", NULL, "does not match the pattern");
    return true;
}

static bool all_differ(const json_t *list)
{
    json_t *seen = json_object();
    size_t i;
    json_t *item;
    bool differ = true;

    json_array_foreach(list, i, item) {
        char *text = json_dumps(item, JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_COMPACT);

        differ = differ && text && !json_object_get(seen, text);
        if (differ)
            json_object_set_new(seen, text, json_true());
        free(text);
    }
    json_decref(seen);
    return differ;
}

static bool check_array(struct walk *walk, const json_t *rules, const json_t *list)
{
    const json_t *items = json_object_get(rules, "items");
    const json_t *more = json_object_get(rules, "additionalItems");
    size_t named = json_is_array(items) ? json_array_size(items) : 0;
    double bound;
    size_t i;
    json_t *item;

    if (rule_number(rules, "minItems", &bound) && (double) json_array_size(list) < bound)
        return refuse(walk, "ARRAY_LENGTH_SHORT", NULL, "too few items");
    if (rule_number(rules, "maxItems", &bound) && (double) json_array_size(list) > bound)
        return refuse(walk, "ARRAY_LENGTH_LONG", NULL, "too many items");
    if (json_is_true(json_object_get(rules, "uniqueItems")) && !all_differ(list))
        return refuse(walk, "ARRAY_UNIQUE", NULL, "items repeat");
    if (named && json_is_false(more) && json_array_size(list) > named)
        return refuse(walk, "ARRAY_ADDITIONAL_ITEMS", NULL, "too many items");
    json_array_foreach(list, i, item) {
        const json_t *rule = i < named ? json_array_get(items, i) : named ? more : items;

        if (!below_at(walk, i, rule, item))
            return false;
    }
    return true;
}

/* Members that neither `properties` nor `patternProperties` names; the texts "true" and "false" stand for booleans. */
static bool check_other_member(struct walk *walk, const json_t *rules, const char *key, const json_t *value)
{
    const json_t *additional = json_object_get(rules, "additionalProperties");
    const char *text = json_string_value(additional);

    if (json_is_false(additional) || (text && strcmp(text, "false") == 0))
        return refuse(walk, "OBJECT_ADDITIONAL_PROPERTIES", key, "unknown member");
    return below(walk, key, additional, value);
}

static bool check_member(struct walk *walk, const json_t *rules, const char *key, const json_t *value)
{
    const json_t *own = json_object_get(json_object_get(rules, "properties"), key);
    bool named = json_is_object(own);
    const char *source;
    json_t *rule;

    if (named && !below(walk, key, own, value))
        return false;
    json_object_foreach(json_object_get(rules, "patternProperties"), source, rule) {
        if (!pattern_matches(find_pattern(walk->schema, source), pryv_str(key)))
            continue;
        named = true;
        if (!below(walk, key, rule, value))
            return false;
    }
    return named || check_other_member(walk, rules, key, value);
}

static bool check_required(struct walk *walk, const json_t *list, const json_t *object)
{
    size_t i;
    json_t *name;
    bool ok = true;

    json_array_foreach(list, i, name)
        if (json_is_string(name) && !json_object_get(object, json_string_value(name)))
            ok = refuse(walk, "OBJECT_MISSING_REQUIRED_PROPERTY", json_string_value(name), "missing member");
    return ok;
}

static bool check_dependencies(struct walk *walk, const json_t *rules, const json_t *object)
{
    const char *key;
    json_t *rule;

    json_object_foreach(json_object_get(rules, "dependencies"), key, rule) {
        if (!json_object_get(object, key))
            continue;
        if (json_is_array(rule) && !check_required(walk, rule, object))
            return false;
        if (json_is_object(rule) && !accepts(walk, rule, object))
            return false;
    }
    return true;
}

static bool check_object(struct walk *walk, const json_t *rules, const json_t *object)
{
    double bound;
    const char *key;
    json_t *value;
    bool ok = check_required(walk, json_object_get(rules, "required"), object);

    if (rule_number(rules, "minProperties", &bound) && (double) json_object_size(object) < bound)
        return refuse(walk, "OBJECT_PROPERTIES_MINIMUM", NULL, "too few members");
    if (rule_number(rules, "maxProperties", &bound) && (double) json_object_size(object) > bound)
        return refuse(walk, "OBJECT_PROPERTIES_MAXIMUM", NULL, "too many members");
    json_object_foreach((json_t *) object, key, value)
        ok = check_member(walk, rules, key, value) && ok;
    return check_dependencies(walk, rules, object) && ok;
}

static size_t count_accepting(struct walk *walk, const json_t *list, const json_t *value)
{
    size_t i, n = 0;
    json_t *rules;

    json_array_foreach(list, i, rules)
        n += silently(walk, rules, value);
    return n;
}

static bool check_combinations(struct walk *walk, const json_t *rules, const json_t *value)
{
    const json_t *all = json_object_get(rules, "allOf");
    const json_t *any = json_object_get(rules, "anyOf");
    const json_t *one = json_object_get(rules, "oneOf");
    const json_t *not = json_object_get(rules, "not");
    size_t i;
    json_t *rule;

    json_array_foreach(all, i, rule)
        if (!accepts(walk, rule, value))
            return false;
    if (json_is_array(any) && count_accepting(walk, any, value) == 0)
        return refuse(walk, "ANY_OF_MISSING", NULL, "fits none of the forms");
    if (json_is_array(one)) {
        size_t n = count_accepting(walk, one, value);

        if (n != 1)
            return refuse(walk, n ? "ONE_OF_MULTIPLE" : "ONE_OF_MISSING", NULL, "does not fit exactly one form");
    }
    if (json_is_object(not ) && silently(walk, not, value))
        return refuse(walk, "NOT_PASSED", NULL, "has a form that is excluded");
    return true;
}

static bool accepts_here(struct walk *walk, const json_t *rules, const json_t *value)
{
    const json_t *ref = json_object_get(rules, "$ref");

    if (json_is_string(ref)) /* its siblings do not count, draft-04 says */
        return accepts(walk, resolve(walk->schema, json_string_value(ref)), value);
    if (!check_type(walk, json_object_get(rules, "type"), value) || !check_enum(walk, json_object_get(rules, "enum"), value))
        return false;
    if (json_is_number(value) && !check_number(walk, rules, json_number_value(value)))
        return false;
    if (json_is_string(value) && !check_text(walk, rules, pryv_json_text_of(value)))
        return false;
    if (json_is_array(value) && !check_array(walk, rules, value))
        return false;
    if (json_is_object(value) && !check_object(walk, rules, value))
        return false;
    return check_combinations(walk, rules, value);
}

static bool accepts(struct walk *walk, const json_t *rules, const json_t *value)
{
    if (walk->depth > DEPTH_MAX)
        return refuse(walk, "DEPTH", NULL, "nested too deeply");
    walk->depth++;

    bool ok = accepts_here(walk, rules, value);

    walk->depth--;
    return ok;
}

bool schema_accepts(const struct schema *schema, struct pryv_arena *mem, const json_t *value, json_t *complaints)
{
    struct walk walk = { .schema = schema, .mem = mem, .complaints = complaints, .path = "#" };

    return accepts(&walk, schema->root, value);
}
