/* config.h - the merged configuration: defaults, conf.d, --config files, environment, --set; the later the stronger.
 *
 * Every value remembers where it came from (file and line, variable, option). Problems are logged one by one, a line each with source,
 * key and what was expected; a function that met any answers PRYV_REFUSED, so that all are told before the start is given up.
 * Threads  A configuration belongs to one thread: everything here is called before threads start.
 */
#ifndef KERNEL_CONFIG_H
#define KERNEL_CONFIG_H

#include <pryv/config.h>
#include <pryv/error.h>
#include <stdio.h>

struct options; /* options.h */
struct config;

/* Read all sources. `options` is kept by reference. */
PRYV_CHECK enum pryv_rc config_load(const struct options *options, struct config **out, struct pryv_err *err);
void config_free(struct config *config);

/* A table of known keys and whom they belong to; kept by reference. Before config_fill with it: variables of the environment are matched
 * to known keys, whatever their case. */
void config_know(struct config *config, const char *owner, const struct pryv_config_key *keys);
/* Fill `target` from the keys. Texts and JSON in `target` live as long as `config`. An empty text counts as unset where it is required,
 * generated, or has no default; so do null and placeholders (REPLACE, OVERRIDE ME, CHANGE_ME, ${NAME}). */
PRYV_CHECK enum pryv_rc config_fill(struct config *config, const struct pryv_config_key *keys, void *target,
                                    struct pryv_err *err);
/* The text that config_fill would give the key `name` of a table; NULL: none, or no such key. Borrowed. */
const char *config_text(struct config *config, const struct pryv_config_key *keys, const char *name);
/* Once, when all tables are known: warns about unknown keys, notices settings of the reference server that have no effect
 * here, and refuses placeholders outside blocks that are switched off. */
PRYV_CHECK enum pryv_rc config_review(struct config *config, struct pryv_err *err);

/* --print-config: YAML with the source of each value behind it, secrets masked. */
void config_print(struct config *config, FILE *out);
/* The same as one JSON object: {"http.port": {"value": 3000, "source": "default"}}. */
void config_print_json(struct config *config, FILE *out);
/* docs/configuration.md from the known tables. */
void config_document(const struct config *config, FILE *out);
/* Memory that lives as long as the configuration. */
struct pryv_arena *config_arena(struct config *config);

#endif
