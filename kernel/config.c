/* config.c - reading the sources of the configuration in their order; see config.h. */
#include "config.h"
#include "config_internal.h"
#include <dirent.h>
#include <errno.h>
#include <pryv/log.h>
#include <stdlib.h>
#include <strings.h>

extern char **environ;

void config_problem(struct config *config, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    struct pryv_str text = pryv_vformat(config->mem, format, args);

    va_end(args);
    pryv_log_error("config", "%s", text.data);
    config->problems++;
}

enum pryv_rc config_result(const struct config *config, size_t before, struct pryv_err *err)
{
    size_t found = config->problems - before;

    if (found == 0)
        return PRYV_OK;
    return pryv_refuse(err, 400, NULL, NULL, "the configuration has %zu problem%s, told above", found, found == 1 ? "" : "s");
}

struct pryv_arena *config_arena(struct config *config)
{
    return config->mem;
}

static void merge_file(struct config *config, const char *path)
{
    struct pryv_err err = PRYV_ERR(config->mem);
    struct config_node *tree;

    if (config_yaml_read(config->mem, path, &tree, &err) != PRYV_OK)
        config_problem(config, "%s", err.message);
    else if (tree->kind != CONFIG_MAP)
        config_problem(config, "%s: expected a map of settings", path);
    else
        config_node_merge(config->root, tree);
}

static int is_yaml(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');

    return entry->d_name[0] != '.' && dot && (strcmp(dot, ".yml") == 0 || strcmp(dot, ".yaml") == 0);
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void merge_folder(struct config *config, const char *folder, bool must_exist)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_yaml, by_bytes);

    if (count < 0) {
        if (must_exist || errno != ENOENT)
            config_problem(config, "%s: %s", folder, strerror(errno));
        return;
    }
    for (int i = 0; i < count; i++) {
        merge_file(config, pryv_format(config->mem, "%s/%s", folder, entries[i]->d_name).data);
        free(entries[i]);
    }
    free(entries);
}

/* "HTTP__PORT" to "HTTP.PORT". */
static const char *key_of_variable(struct pryv_arena *mem, struct pryv_str name)
{
    char *key = pryv_alloc(mem, name.len + 1);
    char *to = key;

    for (size_t i = 0; i < name.len; i++) {
        bool level = name.data[i] == '_' && i + 1 < name.len && name.data[i + 1] == '_';

        *to++ = level ? '.' : name.data[i];
        i += level;
    }
    *to = '\0';
    return key;
}

static void add_variable(struct config *config, const char *entry, bool foreign)
{
    static const char prefix[] = "PRYVD_";
    const char *equals = strchr(entry, '=');
    bool ours = strncmp(entry, prefix, strlen(prefix)) == 0;

    if (!equals || ours == foreign)
        return;

    struct pryv_str name = pryv_str_n(entry, (size_t) (equals - entry));
    struct pryv_str rest =
        ours ? pryv_str(pryv_cstr(config->mem, pryv_str_n(name.data + strlen(prefix), name.len - strlen(prefix)))) : name;

    if (foreign && !memmem(name.data, name.len, "__", 2))
        return;

    struct config_variable *variable = pryv_new(config->mem, struct config_variable);
    struct config_variable **end = &config->variables;

    *variable = (struct config_variable){
        .name = pryv_cstr(config->mem, name),
        .key = key_of_variable(config->mem, rest),
        .value = pryv_cstr(config->mem, pryv_str(equals + 1)),
        .foreign = foreign,
    };
    while (*end)
        end = &(*end)->next;
    *end = variable;
}

/* Variables in the reference server's form come first, so that ours are stronger. */
static void list_variables(struct config *config)
{
    for (char **entry = environ; entry && *entry; entry++)
        add_variable(config, *entry, true);
    for (char **entry = environ; entry && *entry; entry++)
        add_variable(config, *entry, false);
}

static void apply_settings(struct config *config)
{
    const struct options *options = config->options;

    for (size_t i = 0; i < options->setting_count; i++) {
        const struct option_setting *setting = &options->settings[i];
        const char *source = setting->foreign ? "command line" : "--set";

        config_node_set_text(config->mem, config_node_make(config->mem, config->root, setting->key, source), setting->value,
                             source);
    }
}

static void check_settings(struct config *config)
{
    const struct options *options = config->options;

    for (size_t i = 0; i < options->setting_count; i++) {
        const char *key = options->settings[i].key;

        if (key[0] == '.' || key[strlen(key) - 1] == '.' || strstr(key, ".."))
            config_problem(config, "--set %s: not the name of a setting", key);
    }
}

enum pryv_rc config_load(const struct options *options, struct config **out, struct pryv_err *err)
{
    struct config *config = calloc(1, sizeof(*config));

    if (!config)
        return pryv_fail(err, PRYV_FAILED, "out of memory");
    config->mem = pryv_arena_new();
    config->options = options;
    config->root = config_node_new(config->mem, CONFIG_MAP, NULL, "defaults");
    if (options->conf_dir)
        merge_folder(config, options->conf_dir, options->conf_dir_given);
    for (size_t i = 0; i < options->config_count; i++)
        merge_file(config, options->config_files[i]);
    list_variables(config);
    check_settings(config);
    if (config->problems == 0)
        apply_settings(config);

    enum pryv_rc rc = config_result(config, 0, err);

    if (rc == PRYV_OK)
        *out = config;
    else
        config_free(config);
    return rc;
}

void config_free(struct config *config)
{
    if (!config)
        return;
    pryv_arena_free(config->mem);
    free(config);
}

const struct pryv_config_key *config_key_named(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->table_count; i++)
        for (const struct pryv_config_key *key = config->tables[i].keys; key->name; key++)
            if (strcmp(key->name, name) == 0)
                return key;
    return NULL;
}

/* A variable's name cannot have every character of a key: - is written _, and case is free in our own form. */
static bool same_letter(char variable, char key, bool foreign)
{
    if (foreign)
        return variable == key;
    return strncasecmp(&variable, &key, 1) == 0 || (variable == '_' && key == '-');
}

/* The end of `key` within the variable's key, or NULL when it does not begin with it. */
static const char *behind_key(const struct config_variable *variable, const char *key)
{
    const char *at = variable->key;

    for (; *key; key++, at++)
        if (!*at || !same_letter(*at, *key, variable->foreign))
            return NULL;
    return at;
}

/* Where a variable below a key of JSON goes: names that are there already are found whatever their case. */
static const char *name_below(struct config *config, const char *key, const char *rest, bool foreign)
{
    struct pryv_str name = pryv_str(key);

    while (*rest) {
        size_t len = strcspn(rest, ".");
        const char *segment = pryv_cstr(config->mem, pryv_str_n(rest, len));
        const struct config_node *map = config_node_find(config->root, name.data);

        for (const struct config_node *child = map && map->kind == CONFIG_MAP ? map->first : NULL; child && !foreign;
             child = child->next)
            if (strcasecmp(child->key, segment) == 0)
                segment = child->key;
        name = pryv_format(config->mem, "%s.%s", name.data, segment);
        rest += len + (rest[len] == '.');
    }
    return name.data;
}

/* The name of the setting that the variable gives, or NULL. */
static const char *setting_of(struct config *config, const struct config_variable *variable, const struct pryv_config_key *key)
{
    const char *rest = behind_key(variable, key->name);

    if (!rest)
        return NULL;
    if (*rest == '\0')
        return key->name;
    if ((key->flags & PRYV_CONFIG_SECRET) && (variable->foreign ? strcmp(rest, "File") : strcasecmp(rest, "File")) == 0)
        return pryv_format(config->mem, "%sFile", key->name).data;
    if (key->type == PRYV_CONFIG_JSON_T && *rest == '.' && rest[1] != '\0')
        return name_below(config, key->name, rest + 1, variable->foreign);
    return NULL;
}

static void apply_variables(struct config *config, const struct pryv_config_key *key)
{
    for (struct config_variable *variable = config->variables; variable; variable = variable->next) {
        const char *name = variable->used ? NULL : setting_of(config, variable, key);

        if (!name)
            continue;
        variable->used = true;

        const char *source = pryv_format(config->mem, "environment %s", variable->name).data;

        config_node_set_text(config->mem, config_node_make(config->mem, config->root, name, source), variable->value, source);
    }
}

static void check_same(struct config *config, const char *owner, const struct pryv_config_key *key)
{
    const struct pryv_config_key *other = config_key_named(config, key->name);

    if (other && other->type != key->type)
        config_problem(config, "%s: %s declares it with another type than others do", key->name, owner);
}

void config_know(struct config *config, const char *owner, const struct pryv_config_key *keys)
{
    if (config->table_count == CONFIG_MAX_TABLES) {
        config_problem(config, "more than %d tables of settings", CONFIG_MAX_TABLES);
        return;
    }
    for (const struct pryv_config_key *key = keys; key->name; key++) {
        check_same(config, owner, key);
        apply_variables(config, key);
    }
    config->tables[config->table_count++] = (struct config_table){ owner, keys };
    apply_settings(config); /* stronger than the variables just set */
}
