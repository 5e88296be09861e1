/* config_tree.h - settings as read, each with its source, before anybody says what type they are.
 *
 * Memory   Everything lives in the arena of the configuration.
 * Names    "http.port": the segments between dots are the keys of nested maps.
 */
#ifndef KERNEL_CONFIG_TREE_H
#define KERNEL_CONFIG_TREE_H

#include <jansson.h>
#include <pryv/error.h>

enum config_kind { CONFIG_MAP, CONFIG_LIST, CONFIG_SCALAR };

struct config_node {
    const char *key; /* in a map; NULL in a list and for the root */
    enum config_kind kind;
    const char *text;   /* of a scalar; of a list or map given as an option's JSON: that text, else NULL */
    bool quoted;        /* a scalar that can only be text */
    const char *source; /* "conf.d/10-http.yml:3", "environment PRYVD_HTTP__PORT", "--set" */
    struct config_node *first, *next;
};

struct config_node *config_node_new(struct pryv_arena *mem, enum config_kind kind, const char *key, const char *source);
void config_node_append(struct config_node *parent, struct config_node *child);
struct config_node *config_node_child(const struct config_node *map, const char *key, size_t key_len);
struct config_node *config_node_find(const struct config_node *root, const char *name);
/* The node at `name`, made with the maps on its way; whatever was there in place of a map is lost. */
struct config_node *config_node_make(struct pryv_arena *mem, struct config_node *root, const char *name, const char *source);
/* Maps are merged key by key, everything else is replaced. `from` may be used by `into` afterwards. */
void config_node_merge(struct config_node *into, struct config_node *from);
/* Set `node` to an option's or variable's value: JSON if it is JSON, else the text itself. */
void config_node_set_text(struct pryv_arena *mem, struct config_node *node, const char *text, const char *source);

/* null, ~, nothing at all. */
bool config_node_is_null(const struct config_node *node);
/* By YAML's core schema; a new reference. */
json_t *config_node_json(const struct config_node *node);
/* "true", "12", "1.5": what a plain scalar says. False when it is something else. */
bool config_scalar_bool(const char *text, bool *out);
bool config_scalar_int(const char *text, int64_t *out);
bool config_scalar_number(const char *text, double *out);

/* One YAML document. `name` is put before line numbers. Refused: not YAML, more than one document, a key twice, aliases (a small file
 * could unfold to any size), tags other than !!str, deeper than 32, more than 20000 values. An empty one is an empty map. */
PRYV_CHECK enum pryv_rc config_yaml_parse(struct pryv_arena *mem, struct pryv_str text, const char *name,
                                          struct config_node **out, struct pryv_err *err);
/* The same from a file of at most 4 MiB. */
PRYV_CHECK enum pryv_rc config_yaml_read(struct pryv_arena *mem, const char *path, struct config_node **out,
                                         struct pryv_err *err);
/* A whole file as text. PRYV_NOT_FOUND: there is none. */
PRYV_CHECK enum pryv_rc config_read_file(struct pryv_arena *mem, const char *path, size_t limit, struct pryv_str *out,
                                         struct pryv_err *err);

#endif
