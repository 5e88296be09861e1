/* plugins.h - finding, checking, ordering and starting the plugins of a folder; see pryv/plugin.h for the contract. */
#ifndef KERNEL_PLUGINS_H
#define KERNEL_PLUGINS_H

#include "config.h"
#include <pryv/plugin.h>

struct dirent;
/* The *.so of `dir` in order of name, as scandir gives them. */
int plugins_scan(const char *dir, struct dirent ***entries);
/* dlopen every *.so of `dir` (in order of name), tell `config` their keys, leave out those that it does not choose, check and order the others.
 * `to_run`: those that are not chosen are not loaded at all, so their keys stay unknown; that is no matter before config_review.
 * Refused, one line each with the file's name: cannot be opened (dlerror), no pryv_plugin symbol, other ABI or size, writable by others, two
 * of a name, two providers of an interface, a missing requirement, a cycle. */
PRYV_CHECK enum pryv_rc plugins_open(const char *dir, struct config *config, bool to_run, struct pryv_err *err);
/* The same for one file alone, which is thereby chosen. */
PRYV_CHECK enum pryv_rc plugins_open_file(const char *path, struct config *config, struct pryv_err *err);
/* Of those that were opened, keep only those that provide one of the interfaces (ended by NULL), and whose interfaces these require. */
void plugins_keep(const char *const *interfaces);
/* Fill their structs. */
PRYV_CHECK enum pryv_rc plugins_configure(struct config *config, struct pryv_err *err);
PRYV_CHECK enum pryv_rc plugins_init(struct pryv_err *err);  /* init of each, then registry_add */
PRYV_CHECK enum pryv_rc plugins_start(struct pryv_err *err); /* start of each, after registry_ready */
/* What was initialised stays as it is, and its interfaces are found no more: other plugins, or the same once more with another configuration,
 * may be opened beside it. */
void plugins_set_apart(void);
void plugins_stop(void);  /* all, those set apart too */
void plugins_close(void); /* frees the structs; libraries stay loaded */
void plugins_list(FILE *out);

#endif
