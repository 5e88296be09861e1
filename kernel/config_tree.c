/* config_tree.c - trees of settings: finding, merging, reading scalars; see config_tree.h. */
#include "config_tree.h"
#include <errno.h>
#include <stdlib.h>

struct config_node *config_node_new(struct pryv_arena *mem, enum config_kind kind, const char *key, const char *source)
{
    struct config_node *node = pryv_new(mem, struct config_node);

    *node = (struct config_node){ .key = key, .kind = kind, .source = source };
    return node;
}

void config_node_append(struct config_node *parent, struct config_node *child)
{
    struct config_node **end = &parent->first;

    while (*end)
        end = &(*end)->next;
    *end = child;
}

struct config_node *config_node_child(const struct config_node *map, const char *key, size_t key_len)
{
    if (map->kind != CONFIG_MAP)
        return NULL;
    for (struct config_node *child = map->first; child; child = child->next)
        if (strlen(child->key) == key_len && memcmp(child->key, key, key_len) == 0)
            return child;
    return NULL;
}

struct config_node *config_node_find(const struct config_node *root, const char *name)
{
    for (;;) {
        size_t len = strcspn(name, ".");
        struct config_node *child = config_node_child(root, name, len);

        if (!child || name[len] == '\0')
            return child;
        root = child;
        name += len + 1;
    }
}

struct config_node *config_node_make(struct pryv_arena *mem, struct config_node *root, const char *name, const char *source)
{
    for (;;) {
        size_t len = strcspn(name, ".");
        struct config_node *child = config_node_child(root, name, len);

        if (!child) {
            child = config_node_new(mem, CONFIG_MAP, pryv_cstr(mem, pryv_str_n(name, len)), source);
            config_node_append(root, child);
        }
        if (name[len] == '\0')
            return child;
        if (child->kind != CONFIG_MAP)
            *child = (struct config_node){ .key = child->key, .kind = CONFIG_MAP, .source = source, .next = child->next };
        root = child;
        name += len + 1;
    }
}

static void replace(struct config_node *node, const struct config_node *by)
{
    node->kind = by->kind;
    node->text = by->text;
    node->quoted = by->quoted;
    node->source = by->source;
    node->first = by->first;
}

void config_node_merge(struct config_node *into, struct config_node *from)
{
    if (into->kind != CONFIG_MAP || from->kind != CONFIG_MAP) {
        replace(into, from);
        return;
    }
    for (struct config_node *child = from->first, *next; child; child = next) {
        struct config_node *there = config_node_child(into, child->key, strlen(child->key));

        next = child->next;
        if (there) {
            config_node_merge(there, child);
        } else {
            child->next = NULL;
            config_node_append(into, child);
        }
    }
}

static void set_json(struct pryv_arena *mem, struct config_node *node, json_t *value);

static void append_json(struct pryv_arena *mem, struct config_node *parent, const char *key, json_t *value)
{
    struct config_node *child = config_node_new(mem, CONFIG_SCALAR, key ? pryv_cstr(mem, pryv_str(key)) : NULL, parent->source);

    set_json(mem, child, value);
    config_node_append(parent, child);
}

static void set_json(struct pryv_arena *mem, struct config_node *node, json_t *value)
{
    const char *key;
    json_t *item;
    size_t index;

    if (json_is_object(value)) {
        node->kind = CONFIG_MAP;
        json_object_foreach(value, key, item)
            append_json(mem, node, key, item);
    } else if (json_is_array(value)) {
        node->kind = CONFIG_LIST;
        json_array_foreach(value, index, item)
            append_json(mem, node, NULL, item);
    } else if (json_is_string(value)) {
        node->text = pryv_cstr(mem, pryv_str(json_string_value(value)));
        node->quoted = true;
    } else {
        char *text = json_dumps(value, JSON_ENCODE_ANY);

        node->text = pryv_cstr(mem, pryv_str(text));
        free(text);
    }
}

void config_node_set_text(struct pryv_arena *mem, struct config_node *node, const char *text, const char *source)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);

    *node = (struct config_node){ .key = node->key, .kind = CONFIG_SCALAR, .source = source, .next = node->next };
    if (json_is_object(value) || json_is_array(value) || json_is_string(value))
        set_json(mem, node, value);
    if (node->kind != CONFIG_SCALAR || !node->quoted)
        node->text = pryv_cstr(mem, pryv_str(text));
    json_decref(value);
}

bool config_node_is_null(const struct config_node *node)
{
    static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };

    if (node->kind != CONFIG_SCALAR || node->quoted)
        return false;
    for (size_t i = 0; i < PRYV_COUNT(nulls); i++)
        if (strcmp(node->text, nulls[i]) == 0)
            return true;
    return false;
}

bool config_scalar_bool(const char *text, bool *out)
{
    static const struct {
        const char *text;
        bool value;
    } words[] = {
        { "true", true }, { "True", true }, { "TRUE", true }, { "false", false }, { "False", false }, { "FALSE", false }
    };

    for (size_t i = 0; i < PRYV_COUNT(words); i++)
        if (strcmp(text, words[i].text) == 0) {
            *out = words[i].value;
            return true;
        }
    return false;
}

bool config_scalar_int(const char *text, int64_t *out)
{
    const char *digits = text + (*text == '-' || *text == '+');
    size_t len = strspn(digits, "0123456789");

    if (len == 0 || digits[len] != '\0')
        return false;
    errno = 0;
    long long number = strtoll(text, NULL, 10);

    if (errno == ERANGE)
        return false;
    *out = number;
    return true;
}

bool config_scalar_number(const char *text, double *out)
{
    const char *at = text + (*text == '-' || *text == '+');
    size_t whole = strspn(at, "0123456789");
    size_t part = 0;

    at += whole;
    if (*at == '.') {
        part = strspn(at + 1, "0123456789");
        at += 1 + part;
    }
    if (whole + part == 0)
        return false;
    if (*at == 'e' || *at == 'E') {
        at += 1 + (at[1] == '-' || at[1] == '+');
        size_t digits = strspn(at, "0123456789");

        if (digits == 0)
            return false;
        at += digits;
    }
    if (*at != '\0')
        return false;

    double number = strtod(text, NULL);

    if (!isfinite(number))
        return false;
    *out = number;
    return true;
}

static json_t *scalar_json(const struct config_node *node)
{
    bool flag;
    int64_t whole;
    double number;

    if (node->quoted)
        return json_string(node->text);
    if (config_node_is_null(node))
        return json_null();
    if (config_scalar_bool(node->text, &flag))
        return json_boolean(flag);
    if (config_scalar_int(node->text, &whole))
        return json_integer(whole);
    if (config_scalar_number(node->text, &number))
        return json_real(number);
    return json_string(node->text);
}

json_t *config_node_json(const struct config_node *node)
{
    json_t *value;

    if (node->kind == CONFIG_SCALAR)
        return scalar_json(node);
    value = node->kind == CONFIG_MAP ? json_object() : json_array();
    for (const struct config_node *child = node->first; child; child = child->next) {
        if (node->kind == CONFIG_MAP)
            json_object_set_new(value, child->key, config_node_json(child));
        else
            json_array_append_new(value, config_node_json(child));
    }
    return value;
}
