/* config_fill.c - from text to the types that the tables of keys ask for, telling every value that does not fit. */
#include "config.h"
#include "config_internal.h"
#include <pryv/json.h>
#include <stdlib.h>

enum { MAX_SECRET_BYTES = 64 * 1024 };

static const char *without_end_of_line(struct pryv_arena *mem, struct pryv_str text)
{
    while (text.len > 0 && (text.data[text.len - 1] == '\n' || text.data[text.len - 1] == '\r'))
        text.len--;
    return pryv_cstr(mem, text);
}

/* NAMEFile: the secret is the content of a file. */
static const struct config_node *secret_from_file(struct config *config, const struct pryv_config_key *key,
                                                  const struct config_node *value)
{
    const char *name = pryv_format(config->mem, "%sFile", key->name).data;
    const struct config_node *file = config_node_find(config->root, name);
    struct pryv_err err = PRYV_ERR(config->mem);
    struct pryv_str text = PRYV_STR_NONE;

    if (!file || config_node_is_null(file))
        return value;
    if (value) {
        config_problem(config, "%s: %s: %s is set as well (%s); keep one of them", file->source, name, key->name, value->source);
        return value;
    }
    if (file->kind != CONFIG_SCALAR) {
        config_problem(config, "%s: %s: expected the name of a file", file->source, name);
        return NULL;
    }
    if (config_read_file(config->mem, file->text, MAX_SECRET_BYTES, &text, &err) != PRYV_OK) {
        config_problem(config, "%s: %s: %s", file->source, name, err.message);
        return NULL;
    }

    struct config_node *node =
        config_node_new(config->mem, CONFIG_SCALAR, key->name, pryv_format(config->mem, "file %s", file->text).data);

    node->text = without_end_of_line(config->mem, text);
    node->quoted = true;
    if (node->text[0] == '\0')
        config_problem(config, "%s: %s: the file %s is empty", file->source, name, file->text);
    return node;
}

static const struct config_node *default_of(struct config *config, const struct pryv_config_key *key)
{
    struct pryv_err err = PRYV_ERR(config->mem);
    struct config_node *node = config_node_new(config->mem, CONFIG_SCALAR, key->name, "default");

    if (!key->default_value)
        return NULL;
    if (key->type != PRYV_CONFIG_JSON_T) {
        node->text = key->default_value;
        node->quoted = key->type == PRYV_CONFIG_TEXT_T;
        return node;
    }
    if (config_yaml_parse(config->mem, pryv_str(key->default_value), "default", &node, &err) != PRYV_OK) {
        config_problem(config, "%s: its default is not YAML: %s", key->name, err.message);
        return NULL;
    }
    node->source = "default";
    return node;
}

static bool counts_as_set(const struct pryv_config_key *key, const struct config_node *node)
{
    bool empty_is_unset = (key->flags & (PRYV_CONFIG_REQUIRED | PRYV_CONFIG_GENERATED)) || !key->default_value;

    if (!node || config_node_is_null(node) || config_is_placeholder(node))
        return false;
    return !(node->kind == CONFIG_SCALAR && node->text[0] == '\0' && empty_is_unset);
}

const struct config_node *config_effective(struct config *config, const struct pryv_config_key *key)
{
    const struct config_node *node = config_node_find(config->root, key->name);

    if (!counts_as_set(key, node))
        node = NULL;
    if (key->flags & PRYV_CONFIG_SECRET)
        node = secret_from_file(config, key, node);
    if (!node)
        node = default_of(config, key);
    if (!node && (key->flags & PRYV_CONFIG_GENERATED))
        node = config_generated_secret(config, key->name);
    return node;
}

const char *config_text(struct config *config, const struct pryv_config_key *keys, const char *name)
{
    const struct config_node *node = NULL;

    for (; keys && keys->name; keys++)
        if (strcmp(keys->name, name) == 0)
            node = config_effective(config, keys);
    return node && node->kind == CONFIG_SCALAR ? node->text : NULL;
}

static const char *expected(struct config *config, const struct pryv_config_key *key)
{
    bool bounded = key->min != 0 || key->max != 0;

    switch (key->type) {
    case PRYV_CONFIG_BOOL_T: return "true or false";
    case PRYV_CONFIG_INT_T:
        return bounded ? pryv_format(config->mem, "a whole number from %.15g to %.15g", key->min, key->max).data
                       : "a whole number";
    case PRYV_CONFIG_NUMBER_T:
        return bounded ? pryv_format(config->mem, "a number from %.15g to %.15g", key->min, key->max).data : "a number";
    case PRYV_CONFIG_TEXT_T:
        if (key->one_of)
            return pryv_format(config->mem, "one of %s", key->one_of).data;
        return bounded ? pryv_format(config->mem, "a text of %.0f to %.0f characters", key->min, key->max).data : "a text";
    case PRYV_CONFIG_JSON_T: break;
    }
    return "a value";
}

static void tell_misfit(struct config *config, const struct pryv_config_key *key, const struct config_node *node)
{
    const char *wanted = expected(config, key);

    if (key->flags & PRYV_CONFIG_SECRET)
        config_problem(config, "%s: %s: expected %s", node->source, key->name, wanted);
    else if (node->kind == CONFIG_SCALAR)
        config_problem(config, "%s: %s: expected %s, found %s\"%.100s\"", node->source, key->name, wanted,
                       node->quoted && key->type != PRYV_CONFIG_TEXT_T ? "the text " : "", node->text);
    else
        config_problem(config, "%s: %s: expected %s, found a %s", node->source, key->name, wanted,
                       node->kind == CONFIG_MAP ? "map" : "list");
}

static bool in_bounds(const struct pryv_config_key *key, double number)
{
    return (key->min == 0 && key->max == 0) || (number >= key->min && number <= key->max);
}

static bool is_one_of(const char *text, const char *words)
{
    size_t len = strlen(text);

    for (;; words++) {
        size_t word = strcspn(words, "|");

        if (word == len && strncmp(words, text, len) == 0)
            return true;
        words += word;
        if (*words == '\0')
            return false;
    }
}

static bool fits_text(const struct pryv_config_key *key, const char *text)
{
    return text && in_bounds(key, (double) strlen(text)) && (!key->one_of || is_one_of(text, key->one_of));
}

/* False: the value does not fit. `node` NULL: unset. */
static bool store(struct config *config, const struct pryv_config_key *key, const struct config_node *node, void *at)
{
    bool plain = node && node->kind == CONFIG_SCALAR && !node->quoted;

    switch (key->type) {
    case PRYV_CONFIG_BOOL_T: *(bool *) at = false; return !node || (plain && config_scalar_bool(node->text, at));
    case PRYV_CONFIG_INT_T:
        *(int64_t *) at = 0;
        return !node || (plain && config_scalar_int(node->text, at) && in_bounds(key, (double) *(int64_t *) at));
    case PRYV_CONFIG_NUMBER_T:
        *(double *) at = 0;
        return !node || (plain && config_scalar_number(node->text, at) && in_bounds(key, *(double *) at));
    case PRYV_CONFIG_TEXT_T:
        /* A list or map of an option or variable has a text too: that is what was meant. */
        *(struct pryv_str *) at = node ? pryv_str(node->text) : PRYV_STR_NONE;
        return !node || fits_text(key, node->text);
    case PRYV_CONFIG_JSON_T: *(json_t **) at = node ? pryv_json_keep(config->mem, config_node_json(node)) : NULL; return true;
    }
    return false;
}

enum pryv_rc config_fill(struct config *config, const struct pryv_config_key *keys, void *target, struct pryv_err *err)
{
    size_t before = config->problems;

    for (const struct pryv_config_key *key = keys; key && key->name; key++) {
        size_t problems = config->problems;
        const struct config_node *node = config_effective(config, key);

        if (!store(config, key, node, (char *) target + key->offset))
            tell_misfit(config, key, node);
        else if (!node && (key->flags & PRYV_CONFIG_REQUIRED) && config->problems == problems)
            config_problem(config, "%s is required and not set: %s", key->name, key->help ? key->help : "");
    }
    return config_result(config, before, err);
}
