/* pryv/config.h - which settings a plugin reads: one table with name, type, default and help, filled
 * into a struct of the plugin's own before `init`. docs/configuration.md is generated from these tables.
 *
 *   struct mail_config { struct pryv_str host; int64_t port; bool secure; };
 *   static const struct pryv_config_key keys[] = {
 *       PRYV_CONFIG_TEXT(struct mail_config, host, "services.email.smtp.host", "localhost", 0, "..."),
 *       PRYV_CONFIG_INT(struct mail_config, port, "services.email.smtp.port", "587", 1, 65535, "..."),
 *       PRYV_CONFIG_END
 *   };
 *
 * Several plugins may read one key if they give it the same type and default. The kernel refuses wrong
 * types and numbers out of range with file, line, key and what was expected, and warns about unknown
 * keys with the nearest known one.
 * Memory   Texts, lists and JSON values belong to the kernel and live as long as the worker.
 */
#ifndef PRYV_CONFIG_H
#define PRYV_CONFIG_H

#include <jansson.h>
#include <pryv/base.h>

enum pryv_config_type {
    PRYV_CONFIG_BOOL_T,   /* bool */
    PRYV_CONFIG_INT_T,    /* int64_t */
    PRYV_CONFIG_NUMBER_T, /* double */
    PRYV_CONFIG_TEXT_T,   /* struct pryv_str; also NUL-ended; absent when unset without default */
    PRYV_CONFIG_JSON_T,   /* json_t *, any map, list or scalar; NULL when unset. Covers the whole subtree */
};

enum {
    PRYV_CONFIG_REQUIRED = 1,  /* unset, empty, REPLACE..., ${...}: the start is refused */
    PRYV_CONFIG_SECRET = 2,    /* masked wherever configuration is shown; NAMEFile reads it from a file */
    PRYV_CONFIG_GENERATED = 4, /* TEXT: when unset, made once and kept in the data folder */
    PRYV_CONFIG_RELOAD = 8,    /* documentation: SIGHUP is enough (others need it too; all are re-read) */
};

struct pryv_config_key {
    const char *name; /* "http.port", the reference's name where it has one */
    enum pryv_config_type type;
    size_t offset;             /* in the plugin's struct */
    const char *default_value; /* as YAML, "3000", "[adminToken]"; NULL: none */
    double min, max;           /* INT and NUMBER; both 0: no bound. TEXT: bounds of the length */
    const char *one_of;        /* TEXT: "text|json", or NULL */
    unsigned flags;
    const char *help; /* one or two sentences, with the unit */
};

#define PRYV_CONFIG_BOOL(struct_, member, name_, default_, help_)                                                                \
    {                                                                                                                            \
        .name = name_, .type = PRYV_CONFIG_BOOL_T, .offset = offsetof(struct_, member), .default_value = default_, .help = help_ \
    }
#define PRYV_CONFIG_INT(struct_, member, name_, default_, min_, max_, help_)                                                   \
    {                                                                                                                          \
        .name = name_, .type = PRYV_CONFIG_INT_T, .offset = offsetof(struct_, member), .default_value = default_, .min = min_, \
        .max = max_, .help = help_                                                                                             \
    }
#define PRYV_CONFIG_NUMBER(struct_, member, name_, default_, min_, max_, help_)                                      \
    {                                                                                                                \
        .name = name_, .type = PRYV_CONFIG_NUMBER_T, .offset = offsetof(struct_, member), .default_value = default_, \
        .min = min_, .max = max_, .help = help_                                                                      \
    }
#define PRYV_CONFIG_TEXT(struct_, member, name_, default_, flags_, help_)                                          \
    {                                                                                                              \
        .name = name_, .type = PRYV_CONFIG_TEXT_T, .offset = offsetof(struct_, member), .default_value = default_, \
        .flags = flags_, .help = help_                                                                             \
    }
#define PRYV_CONFIG_ONE_OF(struct_, member, name_, default_, one_of_, help_)                                       \
    {                                                                                                              \
        .name = name_, .type = PRYV_CONFIG_TEXT_T, .offset = offsetof(struct_, member), .default_value = default_, \
        .one_of = one_of_, .help = help_                                                                           \
    }
#define PRYV_CONFIG_JSON(struct_, member, name_, default_, flags_, help_)                                          \
    {                                                                                                              \
        .name = name_, .type = PRYV_CONFIG_JSON_T, .offset = offsetof(struct_, member), .default_value = default_, \
        .flags = flags_, .help = help_                                                                             \
    }
#define PRYV_CONFIG_END \
    {                   \
        .name = NULL    \
    }

/* Folder for the server's own data (--data-dir, default ./var): absolute, NUL-ended, no final slash. */
PRYV_EXPORT struct pryv_str pryv_data_dir(void);

#endif
