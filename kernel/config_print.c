/* config_print.c - showing the configuration: the merged values with their sources, and the reference of all keys. */
#include "config.h"
#include "config_internal.h"
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

static const char mask[] = "***";

/* Below a key of JSON nobody declares which values are secrets: the name must tell. */
static bool sounds_secret(const char *name)
{
    static const char *const parts[] = { "password", "passwd",    "secret",  "token",     "authorization",
                                         "apikey",   "accesskey", "hmackey", "credential" };

    for (size_t i = 0; i < PRYV_COUNT(parts); i++)
        if (strcasestr(name, parts[i]))
            return true;
    return strcasecmp(name, "key") == 0 || strcasecmp(name, "pass") == 0;
}

static struct config_node *masked_copy(struct pryv_arena *mem, const struct config_node *node)
{
    struct config_node *copy = pryv_new(mem, struct config_node);

    *copy = *node;
    copy->first = copy->next = NULL;
    if (node->kind == CONFIG_SCALAR && node->key && sounds_secret(node->key) && !config_node_is_null(node)) {
        copy->text = mask;
        copy->quoted = true;
    }
    for (const struct config_node *child = node->first; child; child = child->next)
        config_node_append(copy, masked_copy(mem, child));
    return copy;
}

static void print_value(FILE *out, const struct config_node *node)
{
    json_t *value = config_node_json(node);
    char *text = json_dumps(value, JSON_ENCODE_ANY);
    fputs(text ? text : "null", out);
    free(text);
    json_decref(value);
}

static void print_map(FILE *out, const struct config_node *map, int depth)
{
    for (const struct config_node *child = map->first; child; child = child->next) {
        fprintf(out, "%*s%s:", 2 * depth, "", child->key);
        if (child->kind == CONFIG_MAP && child->first) {
            fputc('\n', out);
            print_map(out, child, depth + 1);
            continue;
        }
        fputc(' ', out);
        print_value(out, child);
        fprintf(out, "  # %s\n", child->source);
    }
}

static int by_name(const void *a, const void *b)
{
    const struct pryv_config_key *const *left = a, *const *right = b;

    return strcmp((*left)->name, (*right)->name);
}

/* All declared keys by name, each once. */
static const struct pryv_config_key **sorted_keys(const struct config *config, struct pryv_arena *mem, size_t *count)
{
    size_t n = 0;

    for (size_t i = 0; i < config->table_count; i++)
        for (const struct pryv_config_key *key = config->tables[i].keys; key->name; key++)
            n++;

    const struct pryv_config_key **keys = pryv_new_array(mem, const struct pryv_config_key *, n + 1);

    *count = 0;
    for (size_t i = 0; i < config->table_count; i++)
        for (const struct pryv_config_key *key = config->tables[i].keys; key->name; key++)
            if (config_key_named(config, key->name) == key)
                keys[(*count)++] = key;
    qsort(keys, *count, sizeof(keys[0]), by_name);
    return keys;
}

/* What `key` comes to, put in its place in `shown`. */
static void show_key(struct config *config, struct config_node *shown, const struct pryv_config_key *key)
{
    const struct config_node *value = config_effective(config, key);
    struct config_node *node = config_node_make(config->mem, shown, key->name, "");
    const char *name = node->key;
    struct config_node *next = node->next;

    if (node->first) /* a key below a key of JSON: shown there */
        return;
    *node = value ? *masked_copy(config->mem, value)
                  : (struct config_node){ .kind = CONFIG_SCALAR, .text = "null", .source = "not set" };
    node->key = name;
    node->next = next;
    if (value && (key->type == PRYV_CONFIG_TEXT_T || (key->flags & PRYV_CONFIG_SECRET))) {
        node->kind = CONFIG_SCALAR;
        node->first = NULL;
        node->text = (key->flags & PRYV_CONFIG_SECRET) ? mask : value->text;
        node->quoted = true;
    } else if (value && key->type != PRYV_CONFIG_JSON_T) {
        node->quoted = value->quoted;
        node->text = value->text; /* declared, and not as a secret, whatever it sounds like */
    }
}

static struct config_node *show_all(struct config *config)
{
    struct config_node *shown = config_node_new(config->mem, CONFIG_MAP, NULL, "");
    size_t count;
    const struct pryv_config_key **keys = sorted_keys(config, config->mem, &count);

    for (size_t i = 0; i < count; i++)
        show_key(config, shown, keys[i]);
    return shown;
}

void config_print(struct config *config, FILE *out)
{
    print_map(out, show_all(config), 0);
}

/* `prefix`: the name of the map, with a dot behind it. */
static void add_to_object(json_t *object, const struct config_node *map, const char *prefix)
{
    for (const struct config_node *child = map->first; child; child = child->next) {
        json_t *name = json_sprintf("%s%s", prefix, child->key);

        if (child->kind == CONFIG_MAP && child->first) {
            json_t *inner = json_sprintf("%s.", json_string_value(name));

            add_to_object(object, child, json_string_value(inner));
            json_decref(inner);
        } else {
            json_object_set_new(object, json_string_value(name),
                                json_pack("{s:o, s:s}", "value", config_node_json(child), "source", child->source));
        }
        json_decref(name);
    }
}

void config_print_json(struct config *config, FILE *out)
{
    json_t *object = json_object();

    add_to_object(object, show_all(config), "");
    json_dumpf(object, out, JSON_INDENT(2));
    fputc('\n', out);
    json_decref(object);
}

static const char *type_name(const struct pryv_config_key *key)
{
    switch (key->type) {
    case PRYV_CONFIG_BOOL_T: return "boolean";
    case PRYV_CONFIG_INT_T: return "integer";
    case PRYV_CONFIG_NUMBER_T: return "number";
    case PRYV_CONFIG_TEXT_T: return "text";
    case PRYV_CONFIG_JSON_T: return "map or list";
    }
    return "";
}

/* A bar would end the table's cell. */
static void print_cell(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            fputc('\\', out);
        fputc(*text == '\n' ? ' ' : *text, out);
    }
}

static void document_type(FILE *out, const struct pryv_config_key *key)
{
    fputs(type_name(key), out);
    if (key->one_of) {
        fputs(": ", out);
        for (const char *at = key->one_of; *at; at++)
            *at == '|' ? fputs(", ", out) : fputc(*at, out);
    } else if (key->min != 0 || key->max != 0) {
        fprintf(out, ", %.15g to %.15g%s", key->min, key->max, key->type == PRYV_CONFIG_TEXT_T ? " characters" : "");
    }
}

static void document_key(FILE *out, const struct pryv_config_key *key)
{
    fprintf(out, "| `%s` | ", key->name);
    document_type(out, key);
    fputs(" | ", out);
    if (key->flags & PRYV_CONFIG_REQUIRED)
        fputs("required", out);
    else if (key->flags & PRYV_CONFIG_GENERATED)
        fputs("made once", out);
    else if (key->default_value) {
        fputc('`', out);
        print_cell(out, key->default_value[0] ? key->default_value : "\"\"");
        fputc('`', out);
    }
    fputs(" | ", out);
    print_cell(out, key->help ? key->help : "");
    if (key->flags & PRYV_CONFIG_SECRET)
        fprintf(out, " Secret: `%sFile` reads it from a file.",
                strrchr(key->name, '.') ? strrchr(key->name, '.') + 1 : key->name);
    fputs(" |\n", out);
}

void config_document(const struct config *config, FILE *out)
{
    fputs("# Configuration\n\n"
          "Every setting of the kernel and of the plugins that come with it, with its default. `make docs` "
          "writes this page from what the\n"
          "program declares; [operators.md](operators.md) tells where settings come from. A default of "
          "nothing means: not set.\n",
          out);
    for (size_t i = 0; i < config->table_count; i++) {
        if (!config->tables[i].keys[0].name)
            continue;
        fprintf(out, "\n## %s\n\n| Setting | Type | Default | Meaning |\n| --- | --- | --- | --- |\n", config->tables[i].owner);
        for (const struct pryv_config_key *key = config->tables[i].keys; key->name; key++)
            document_key(out, key);
    }
}
