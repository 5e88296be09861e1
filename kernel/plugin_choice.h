/* plugin_choice.h - which of several plugins that do the same takes part: PRYV_PLUGIN_CHOSEN_BY of pryv/plugin.h, read from the file, since
 * loading one that is not wanted would bring all that it is linked to into every worker. */
#ifndef KERNEL_PLUGIN_CHOICE_H
#define KERNEL_PLUGIN_CHOICE_H

#include "config.h"

struct plugin_choice {
    const char *setting, *usual, *answers_to; /* setting NULL: the plugin always takes part */
};

/* What the file at `path` says; texts live in `mem`. A file that cannot be read says nothing: loading it will tell why. */
struct plugin_choice plugin_choice_read(struct pryv_arena *mem, const char *path);
/* Makes the setting known to `config` where the plugin itself does not: its value may come from the environment, where names are found by
 * known keys. */
void plugin_choice_know(struct config *config, const struct plugin_choice *choice);
bool plugin_choice_made(struct config *config, const struct plugin_choice *choice);
/* The value of the setting; NULL: null. */
const char *plugin_choice_value(struct config *config, const struct plugin_choice *choice);

#endif
