/* config.h - the merged configuration: defaults, conf.d, --config files, environment, --set; the later the stronger.
 *
 * Every value remembers where it came from (file and line, variable, option). Spec: spec/config.md, section 9.
 */
#ifndef KERNEL_CONFIG_H
#define KERNEL_CONFIG_H

#include <pryv/config.h>
#include <pryv/error.h>
#include <stdio.h>

struct options; /* options.h */
struct config;

/* Read all sources. PRYV_REFUSED: err->message names file, line and what is wrong. */
PRYV_CHECK enum pryv_rc config_load(const struct options *options, struct config **out, struct pryv_err *err);
void config_free(struct config *config);

/* Fill `target` from the keys; complains about types, ranges, required values (all of them, one line each, on the log) and answers
 * PRYV_REFUSED then. Texts and JSON in `target` live as long as `config`. */
PRYV_CHECK enum pryv_rc config_fill(struct config *config, const struct pryv_config_key *keys, void *target, struct pryv_err *err);
/* A table of known keys, for warnings about unknown ones and for config_print; kept by reference. */
void config_know(struct config *config, const char *owner, const struct pryv_config_key *keys);
void config_warn_unknown(struct config *config);
/* --print-config: YAML with the source of each value behind it, secrets masked. */
void config_print(struct config *config, FILE *out);
/* A value by its dotted name, or NULL. Borrowed. */
const json_t *config_get(const struct config *config, const char *name);
/* docs/configuration.md from the known tables. */
void config_document(struct config *config, FILE *out);

#endif
