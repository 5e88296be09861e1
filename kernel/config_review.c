/* config_review.c - what no table of keys can tell: settings nobody knows, and values that were never filled in. */
#include "config.h"
#include "config_internal.h"
#include <ctype.h>
#include <pryv/log.h>
#include <strings.h>

enum { LONGEST_NAME = 128 };

struct review {
    struct config *config;
    struct pryv_str foreign; /* settings without effect, for one line */
};

/* Number of letters to add, drop or change, whatever their case. */
static size_t distance(const char *a, const char *b)
{
    size_t row[LONGEST_NAME + 1];
    size_t len = strlen(b);

    if (len > LONGEST_NAME || strlen(a) > LONGEST_NAME)
        return LONGEST_NAME;
    for (size_t j = 0; j <= len; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= len; j++) {
            size_t best = diagonal + (strncasecmp(&a[i - 1], &b[j - 1], 1) != 0);

            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[len];
}

/* The known key most like `name`, when it is like it at all. */
static const char *nearest(const struct config *config, const char *name)
{
    const char *best = NULL;
    size_t least = 2 + strlen(name) / 5;

    for (size_t i = 0; i < config->table_count; i++)
        for (const struct pryv_config_key *key = config->tables[i].keys; key->name; key++) {
            size_t d = distance(name, key->name);

            if (d < least || (d == least && !best)) {
                least = d;
                best = key->name;
            }
        }
    return best;
}

/* The known key beside `name` that is a letter or two off, if there is one: it is meant, and no setting of the reference server. */
static const char *misspelt(const struct config *config, const char *name)
{
    enum { LETTERS = 2, SHORTEST = 4 };
    const char *dot = strrchr(name, '.');
    size_t len = dot ? (size_t) (dot - name) + 1 : 0;

    if (strlen(name + len) < SHORTEST)
        return NULL;
    for (size_t i = 0; i < config->table_count; i++)
        for (const struct pryv_config_key *key = config->tables[i].keys; key->name; key++)
            if (strncmp(key->name, name, len) == 0 && !strchr(key->name + len, '.') &&
                distance(name + len, key->name + len) <= LETTERS)
                return key->name;
    return NULL;
}

/* A known key lies below `name`. */
static bool leads_to_known(const struct config *config, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < config->table_count; i++)
        for (const struct pryv_config_key *key = config->tables[i].keys; key->name; key++)
            if (strncmp(key->name, name, len) == 0 && key->name[len] == '.')
                return true;
    return false;
}

static bool is_secret_file(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->table_count; i++)
        for (const struct pryv_config_key *key = config->tables[i].keys; key->name; key++) {
            size_t len = strlen(key->name);

            if ((key->flags & PRYV_CONFIG_SECRET) && strncmp(key->name, name, len) == 0 && strcmp(name + len, "File") == 0)
                return true;
        }
    return false;
}

static void warn_unknown(struct review *review, const struct config_node *node, const char *name)
{
    const char *like = nearest(review->config, name), *meant = misspelt(review->config, name);

    if (config_is_foreign(name) && !meant)
        review->foreign = pryv_format(review->config->mem, "%s%s%s (%s)", review->foreign.data, review->foreign.len ? ", " : "",
                                      name, node->source);
    else if (like && strcmp(like, name) == 0)
        pryv_log_warn("config", "%s: \"%s\" has no effect: levels are maps within maps, not dots in a name", node->source, name);
    else if (meant || like)
        pryv_log_warn("config", "%s: unknown setting %s; did you mean %s?", node->source, name, meant ? meant : like);
    else
        pryv_log_warn("config", "%s: unknown setting %s", node->source, name);
}

static void review_names(struct review *review, const struct config_node *map, const char *prefix)
{
    struct config *config = review->config;

    for (const struct config_node *child = map->first; child; child = child->next) {
        const char *name = pryv_format(config->mem, "%s%s%s", prefix, *prefix ? "." : "", child->key).data;

        bool is_known = config_key_named(config, name) || is_secret_file(config, name);
        bool on_the_way = leads_to_known(config, name) || config_leads_to_foreign(name);

        if (strchr(child->key, '.') || (!is_known && !on_the_way))
            warn_unknown(review, child, name);
        else if (is_known)
            continue;
        else if (child->kind == CONFIG_MAP)
            review_names(review, child, name);
        else if (!config_node_is_null(child) && leads_to_known(config, name))
            config_problem(config, "%s: %s: expected a map of settings", child->source, name);
    }
}

static void review_variables(struct config *config)
{
    for (const struct config_variable *variable = config->variables; variable; variable = variable->next) {
        if (variable->foreign && variable->used) {
            pryv_log_info("config", "environment %s: accepted as the setting %s; pryvd's own form is PRYVD_ and capitals",
                          variable->name, variable->key);
        } else if (!variable->foreign && !variable->used && strchr(variable->key, '.')) {
            const char *like = nearest(config, variable->key);

            pryv_log_warn("config", "environment %s: unknown setting%s%s%s", variable->name, like ? "; did you mean " : "",
                          like ? like : "", like ? "?" : "");
        }
    }
}

static void review_options(const struct options *options)
{
    for (size_t i = 0; i < options->setting_count; i++)
        if (options->settings[i].foreign)
            pryv_log_info("config", "command line: %s is accepted; pryvd's own form is --set %s=VALUE", options->settings[i].key,
                          options->settings[i].key);
}

/* "${NAME}" with a name of letters, digits and underscores. */
static bool has_variable(const char *text)
{
    for (const char *at = strstr(text, "${"); at; at = strstr(at + 1, "${")) {
        const char *end = at + 2;

        while (isalnum((unsigned char) *end) || *end == '_')
            end++;
        if (end > at + 2 && *end == '}')
            return true;
    }
    return false;
}

bool config_is_placeholder(const struct config_node *node)
{
    return node->kind == CONFIG_SCALAR && (strstr(node->text, "REPLACE") || strstr(node->text, "OVERRIDE ME") ||
                                           strstr(node->text, "CHANGE_ME") || has_variable(node->text));
}

/* `active: false` or `enabled: false`. */
static bool is_switched_off(const struct config_node *map)
{
    const struct config_node *active = config_node_child(map, "active", strlen("active"));
    const struct config_node *enabled = config_node_child(map, "enabled", strlen("enabled"));
    bool on = true;

    for (int i = 0; i < 2; i++) {
        const struct config_node *node = i ? enabled : active;

        if (node && node->kind == CONFIG_SCALAR && config_scalar_bool(node->text, &on) && !on)
            return true;
    }
    return false;
}

static void review_placeholders(struct config *config, const struct config_node *node, const char *name)
{
    if (config_is_placeholder(node))
        config_problem(config, "%s: %s was never filled in", node->source, name);
    if (is_switched_off(node))
        return;
    for (const struct config_node *child = node->first; child; child = child->next)
        review_placeholders(config, child,
                            child->key ? pryv_format(config->mem, "%s%s%s", name, *name ? "." : "", child->key).data : name);
}

enum pryv_rc config_review(struct config *config, struct pryv_err *err)
{
    struct review review = { config, PRYV_STR("") };
    size_t before = config->problems;

    review_options(config->options);
    review_variables(config);
    review_names(&review, config->root, "");
    review_placeholders(config, config->root, "");
    if (review.foreign.len)
        pryv_log_info("config", "these settings of the reference server have no effect here: %s", review.foreign.data);
    return config_result(config, before, err);
}
