/* release.h - making ready what a configuration asks for, beside what already runs. */
#ifndef KERNEL_RELEASE_H
#define KERNEL_RELEASE_H

#include "children.h"

/* Takes over `config`, also when it fails; `plugin_dir`: whose plugins may want workers. `before`: the release that runs, whose sockets are kept when address and
 * port are the same, or NULL. The global `settings` are as before afterwards. NULL with err filled when something cannot be had. */
struct release *release_new(const char *plugin_dir, struct config *config, const struct release *before, struct pryv_err *err);
/* `release` runs from now on: its settings are the process's, the sockets are its own. Frees `before`. */
void release_adopt(struct release *release, struct release *before);
void release_free(struct release *release);

#endif
