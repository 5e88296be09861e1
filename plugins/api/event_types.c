/* event_types.c - catalogues as immutable tables, the newest in force; see event_types.h. */
#include "event_types.h"
#include "event_notation.h"
#include "schema.h"
#include <pryv/fetch.h>
#include <pryv/json.h>
#include <pryv/log.h>
#include <stdatomic.h>
#include <stdlib.h>

#define LOG_NAME "event-types"
enum { DOCUMENT_MAX = 16 * 1024 * 1024, FETCH_SECONDS = 30 };

struct type {
    const char *name;      /* of the key in `sources` */
    struct schema *schema; /* NULL: unusable, takes anything */
};

struct catalogue {
    struct catalogue *older; /* kept: a reader may still be in it */
    json_t *sources;         /* name -> schema */
    struct type *types;      /* by name */
    size_t count;
};

struct event_types {
    _Atomic(struct catalogue *) current;
};

/* ---- Catalogues ----------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct type *) a)->name, ((const struct type *) b)->name);
}

static struct schema *usable_schema(const char *name, const json_t *source)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct schema *schema = NULL;

    if (schema_new(source, &schema, &err) != PRYV_OK)
        pryv_log_warn(LOG_NAME, "type %s takes any content, because its schema cannot be used: %s", name, err.message);
    pryv_arena_free(mem);
    return schema;
}

static struct catalogue *catalogue_new(json_t *sources)
{
    struct catalogue *catalogue = calloc(1, sizeof(*catalogue));
    const char *name;
    json_t *source;

    if (!catalogue)
        abort();
    catalogue->sources = sources;
    catalogue->types = calloc(json_object_size(sources) + 1, sizeof(*catalogue->types));
    if (!catalogue->types)
        abort();
    json_object_foreach(sources, name, source)
        catalogue->types[catalogue->count++] = (struct type){ .name = name, .schema = usable_schema(name, source) };
    qsort(catalogue->types, catalogue->count, sizeof(*catalogue->types), by_name);
    return catalogue;
}

static void catalogue_free(struct catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->count; i++)
        schema_free(catalogue->types[i].schema);
    free(catalogue->types);
    json_decref(catalogue->sources);
    free(catalogue);
}

static const struct type *find(const struct event_types *types, struct pryv_arena *mem, struct pryv_str name)
{
    const struct catalogue *catalogue = atomic_load_explicit(&types->current, memory_order_acquire);
    struct type wanted = { .name = pryv_cstr(mem, name) };

    return bsearch(&wanted, catalogue->types, catalogue->count, sizeof(wanted), by_name);
}

struct event_types *event_types_new(struct pryv_err *err)
{
    json_t *sources = json_object();

    for (const char *const *line = event_catalogue; *line; line++) {
        if (event_notation_read(*line, sources, err) != PRYV_OK) {
            json_decref(sources);
            return NULL;
        }
    }

    struct event_types *types = calloc(1, sizeof(*types));

    if (!types)
        abort();
    atomic_init(&types->current, catalogue_new(sources));
    return types;
}

void event_types_free(struct event_types *types)
{
    if (!types)
        return;
    for (struct catalogue *catalogue = atomic_load(&types->current); catalogue;) {
        struct catalogue *older = catalogue->older;

        catalogue_free(catalogue);
        catalogue = older;
    }
    free(types);
}

/* ---- Merging -------------------------------------------------------------------------------- */

/* Objects member by member; everything else is replaced. Members that are there keep their place. */
static void merge(json_t *into, json_t *from)
{
    const char *key;
    json_t *value;

    json_object_foreach(from, key, value) {
        json_t *present = json_object_get(into, key);

        if (json_is_object(present) && json_is_object(value))
            merge(present, value);
        else
            json_object_set(into, key, value);
    }
}

static enum pryv_rc merge_text(struct event_types *types, struct pryv_str json, struct pryv_err *err)
{
    json_t *document = NULL;
    enum pryv_rc rc = pryv_json_parse(err->arena, json, false, &document, err);

    if (rc != PRYV_OK)
        return rc;
    if (!json_is_object(json_object_get(document, "types")))
        return pryv_refuse(err, 400, "invalid-request-structure", NULL, "it has no object `types`");

    struct catalogue *older = atomic_load(&types->current);
    json_t *sources = json_deep_copy(older->sources);

    merge(sources, json_object_get(document, "types"));

    struct catalogue *newer = catalogue_new(sources);

    newer->older = older;
    atomic_store_explicit(&types->current, newer, memory_order_release);
    return PRYV_OK;
}

void event_types_load(struct event_types *types, struct pryv_str address)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_str text;
    enum pryv_rc rc = pryv_fetch(mem, address, FETCH_SECONDS, DOCUMENT_MAX, &text, &err);

    if (rc == PRYV_OK)
        rc = merge_text(types, text, &err);
    if (rc != PRYV_OK)
        pryv_log_warn(LOG_NAME, "the built-in event types stay: %.*s: %s", PRYV_STR_ARG(address), err.message);
    else
        pryv_log_debug(LOG_NAME, "event types of %.*s merged", PRYV_STR_ARG(address));
    pryv_arena_free(mem);
}

/* ---- Types and contents ----------------------------------------------------------------------- */

static const struct pryv_str series_prefix = { "series:", 7 };

bool event_type_is_series(struct pryv_str type)
{
    return pryv_str_starts(type, series_prefix.data);
}

bool event_type_is_valid(struct pryv_str type)
{
    size_t slashes = 0;
    size_t start = event_type_is_series(type) ? series_prefix.len : 0;
    bool part_is_empty = true;

    for (size_t i = start; i < type.len; i++) {
        char c = type.data[i];

        if (c == '/') {
            if (part_is_empty)
                return false;
            slashes++;
            part_is_empty = true;
        } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-') {
            part_is_empty = false;
        } else {
            return false;
        }
    }
    return slashes == 1 && !part_is_empty;
}

enum pryv_rc event_types_check(const struct event_types *types, struct pryv_str type, const json_t *content, struct pryv_err *err)
{
    const struct type *known = find(types, err->arena, type);

    if (!known || !known->schema)
        return PRYV_OK;

    json_t *complaints = json_array();

    if (schema_accepts(known->schema, err->arena, content ? content : json_null(), complaints)) {
        json_decref(complaints);
        return PRYV_OK;
    }
    return pryv_refuse(err, 400, "invalid-parameters-format", complaints, "The content does not fit the event type %.*s",
                       PRYV_STR_ARG(type));
}

/* "deltaTime" and then the names of the list or of the object's members. */
static json_t *with_delta_time(const json_t *names)
{
    json_t *list = json_pack("[s]", "deltaTime");
    const char *key;
    json_t *value;
    size_t i;

    if (json_is_array(names))
        json_array_foreach(names, i, value)
            json_array_append(list, value);
    else
        json_object_foreach((json_t *) names, key, value)
            if (json_is_object(value)) /* a malformed entry has a list there */
                json_array_append_new(list, json_string(key));
    return list;
}

static enum pryv_series_field_kind field_kind(const json_t *schema)
{
    static const struct {
        const char *type;
        enum pryv_series_field_kind kind;
    } kinds[] = {
        { "number", PRYV_FIELD_NUMBER },
        { "string", PRYV_FIELD_TEXT },
        { "boolean", PRYV_FIELD_BOOL },
        { "null", PRYV_FIELD_NULL },
    };
    struct pryv_str type = pryv_json_member_text(schema, "type");

    for (size_t i = 0; i < PRYV_COUNT(kinds); i++)
        if (pryv_str_equal(type, kinds[i].type))
            return kinds[i].kind;
    return PRYV_FIELD_OTHER;
}

static bool is_named(const json_t *names, const char *name)
{
    const json_t *item;
    size_t i;

    json_array_foreach(names, i, item)
        if (json_is_string(item) && strcmp(json_string_value(item), name) == 0)
            return true;
    return false;
}

bool event_types_series_fields(const struct event_types *types, struct pryv_arena *mem, struct pryv_str type,
                               struct pryv_series_field **out, size_t *count)
{
    const struct type *known = find(types, mem, pryv_str_n(type.data + series_prefix.len, type.len - series_prefix.len));
    const struct catalogue *catalogue = atomic_load_explicit(&types->current, memory_order_acquire);
    const json_t *source = known ? json_object_get(catalogue->sources, known->name) : NULL;
    json_t *properties = json_object_get(source, "properties"), *schema;
    struct pryv_series_field *fields = pryv_new_array(mem, struct pryv_series_field, json_object_size(properties) + 1);
    const char *name;

    *count = 0;
    *out = fields;
    if (!source)
        return false;
    if (!pryv_str_equal(pryv_json_member_text(source, "type"), "object")) {
        fields[(*count)++] = (struct pryv_series_field){ PRYV_STR("value"), field_kind(source), true };
        return true;
    }
    json_object_foreach(properties, name, schema)
        if (json_is_object(schema)) /* as in the content of the event */
            fields[(*count)++] = (struct pryv_series_field){ pryv_str_copy(mem, pryv_str(name)), field_kind(schema),
                                                             is_named(json_object_get(source, "required"), name) };
    return true;
}

enum pryv_rc event_types_series_content(const struct event_types *types, struct pryv_str type, json_t **out, struct pryv_err *err)
{
    struct pryv_str element = pryv_str_n(type.data + series_prefix.len, type.len - series_prefix.len);
    const struct type *known = find(types, err->arena, element);

    if (!known)
        return pryv_refuse(err, 400, "invalid-event-type", json_pack("{s:s%}", "type", type.data, type.len),
                           "There is no event type %.*s for a series", PRYV_STR_ARG(element));

    const struct catalogue *catalogue = atomic_load_explicit(&types->current, memory_order_acquire);
    const json_t *source = json_object_get(catalogue->sources, known->name);
    const json_t *kind = json_object_get(source, "type");
    bool is_object = json_is_string(kind) && strcmp(json_string_value(kind), "object") == 0;
    json_t *fields =
        is_object ? with_delta_time(json_object_get(source, "properties")) : json_pack("[s, s]", "deltaTime", "value");
    json_t *required =
        is_object ? with_delta_time(json_object_get(source, "required")) : json_pack("[s, s]", "deltaTime", "value");

    *out = pryv_json_keep(err->arena, json_pack("{s:s%, s:o, s:o}", "elementType", element.data, element.len, "fields", fields,
                                                "required", required));
    return PRYV_OK;
}
