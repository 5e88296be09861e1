/* commands.h - the table of commands and their options, which reading, help and completion go by. */
#ifndef PRYVCTL_COMMANDS_H
#define PRYVCTL_COMMANDS_H

#include "pryvctl.h"

enum {
    TAKES_JSON = 1,
    TAKES_YES = 2,
    TAKES_LANGUAGE = 4,
    TAKES_FIELD = 8,
    TAKES_MESSAGE = 16,
    TAKES_COUNT = 32,
    TAKES_FROM = 64,
    TAKES_TO = 128,
    TAKES_TO_SET = 256,
    TAKES_USER = 512,
    TAKES_CHECK_ONLY = 1024,
    TAKES_OVERWRITE = 2048,
};

struct command_option {
    const char *name; /* "--json" */
    unsigned bit;
    const char *value; /* what the help calls it; NULL: takes none */
    const char *help;
};

struct command {
    const char *words[2];     /* the second may be NULL */
    const char *arguments[2]; /* what the help calls them, "[NAME]" when it may be left out; NULL: no more */
    unsigned options;
    bool opens; /* needs the data */
    int (*act)(struct run *run);
    const char *help;
};

extern const struct command_option command_options[]; /* ended by a NULL name */
extern const struct command commands[];               /* ended by a NULL word */

#endif
