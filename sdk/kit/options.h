/* options.h - the command line of pryvd-storage-check. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kit_options {
    const char *plugin_file;
    const char *data_dir; /* NULL: a new one that is deleted at the end */
    char **settings;      /* key=value */
    size_t setting_count;
    bool is_volatile, list, help, has_pattern;
    regex_t pattern;
    uint64_t seed;
    unsigned patience;           /* seconds for one promise */
    const char *task, *argument; /* of a child */
};

/* False after a line on stderr. Free either way. */
bool options_read(struct kit_options *options, int argc, char **argv);
void options_free(struct kit_options *options);
int options_help(void); /* the program's status */
bool options_want(const struct kit_options *options, const char *name);

#endif
