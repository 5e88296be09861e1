/* config_internal.h - what the config_*.c files share. */
#ifndef KERNEL_CONFIG_INTERNAL_H
#define KERNEL_CONFIG_INTERNAL_H

#include "config_tree.h"
#include "options.h"
#include <pryv/config.h>
#include <pryv/error.h>

enum { CONFIG_MAX_TABLES = 128 };

struct config_variable { /* of the environment, that may be a setting */
    const char *name;    /* as it is in the environment */
    const char *key;     /* "HTTP.PORT", or "http.port" in the reference server's form */
    const char *value;
    bool foreign;
    bool used;
    struct config_variable *next;
};

struct config_table {
    const char *owner;
    const struct pryv_config_key *keys;
};

struct config {
    struct pryv_arena *mem;
    const struct options *options;
    struct config_node *root;
    struct config_variable *variables;
    struct config_table tables[CONFIG_MAX_TABLES];
    size_t table_count;
    size_t problems;
};

/* Log a problem and count it. */
void config_problem(struct config *config, const char *format, ...) PRYV_PRINTF(2, 3);
/* PRYV_OK, or PRYV_REFUSED when there were more problems than `before`. */
enum pryv_rc config_result(const struct config *config, size_t before, struct pryv_err *err);

/* The first table's key of that name, or NULL. */
const struct pryv_config_key *config_key_named(const struct config *config, const char *name);
/* What counts for a key: the value set, a secret's file, the default, the generated secret; NULL: unset. Problems are logged. */
const struct config_node *config_effective(struct config *config, const struct pryv_config_key *key);
/* REPLACE, OVERRIDE ME, CHANGE_ME, ${NAME}. */
bool config_is_placeholder(const struct config_node *node);

/* The secret kept under `name` in the data folder, made now when there is none. NULL after a problem was logged. */
const struct config_node *config_generated_secret(struct config *config, const char *name);

/* config_foreign.c: settings of the reference server that pryvd, as it runs here, has no use for. */
bool config_is_foreign(const char *name);
bool config_leads_to_foreign(const char *name); /* such a setting lies below `name` */

#endif
