/* pryvd.h - the library's entries for the programs of this project; not for plugins. */
#ifndef KERNEL_PRYVD_H
#define KERNEL_PRYVD_H

#include <pryv/plugin.h>
#include <stdio.h>

/* The server. The status for exit. */
PRYV_EXPORT int pryvd_main(int argc, char **argv);

/* ---- A program beside the server, over the same data ------------------------------------------------------------------------
 * It takes the server's options, reads its configuration and initialises plugins in its own process, none of which is started: no
 * timers, no network. One thread, in this order. */

struct pryvd_tool {
    int end;            /* in argv: the first argument that is no option; argc when all were */
    bool help, version; /* asked for */
};

/* Options at the front of argv. False after a line on stderr. */
PRYV_EXPORT bool pryvd_tool_options(int argc, char **argv, struct pryvd_tool *tool);
PRYV_EXPORT void pryvd_tool_list_options(FILE *out);
/* Initialises the plugins that provide `interfaces` (ended by NULL; "datastore:*" is all that begin so), and those these require; pryv_interface
 * finds them then. What was wrong
 * with configuration and plugins is on the log, line by line; `err` has the last word. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryvd_tool_open(const char *const *interfaces, struct pryv_err *err);
/* For who carries data from one engine to another, instead of opening: the plugins that provide storage and platform where `storages.base.engine` is
 * `name` and `stronger` ("key=value") are stronger than all others. What each provides is told in `out`, with NULL for what nobody does. Called
 * once for each engine, at most twice. */
struct pryvd_tool_engine {
    struct pryv_interface storage, platform;
};
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryvd_tool_open_engine(const char *name, const char *const *stronger, size_t count,
                                                           struct pryvd_tool_engine *out, struct pryv_err *err);
/* Until this process ends no server starts on the data folder. PRYV_CONFLICT: one runs, and `err` names it. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryvd_tool_claim(struct pryv_err *err);
/* Whether a server runs on the data folder, as far as can be known. Not after pryvd_tool_claim, whose lock it would give back. */
PRYV_EXPORT bool pryvd_tool_is_served(void);
/* Instead of opening: the merged settings with their sources, secrets masked, as YAML or JSON. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryvd_tool_print_settings(FILE *out, bool json, struct pryv_err *err);
PRYV_EXPORT struct pryv_str pryvd_tool_core_id(void); /* of this core, once opened */
/* Tells the server that runs on this data folder to forget what it remembers about accounts. False: there is one and it cannot be told. */
PRYV_EXPORT PRYV_CHECK bool pryvd_tool_changed_accounts(void);
/* Also when opening failed, or was never tried. */
PRYV_EXPORT void pryvd_tool_close(void);

#endif
