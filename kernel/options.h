/* options.h - the command line of pryvd and of the programs beside it, and where things are when it does not say. */
#ifndef KERNEL_OPTIONS_H
#define KERNEL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct option_setting {
    char *key; /* "http.port" */
    char *value;
    bool foreign; /* the reference server's form, --http:port=3000 */
};

struct options {
    char **config_files; /* --config, in order */
    size_t config_count;
    struct option_setting *settings; /* --set, in order */
    size_t setting_count;
    char *conf_dir;
    bool conf_dir_given; /* then it must exist */
    char *plugin_dir;
    char *data_dir; /* as given; absolute after options_make_data_dir */
    bool check, print_config, document_config, version, help;
    int end; /* in argv: what is no option any more, argc when all were */
};

/* Options up to the first argument that is none. False after a line on stderr: an unknown option, or a missing value. Free with
 * options_release either way. */
bool options_parse(struct options *options, int argc, char **argv);
void options_release(struct options *options);
/* The same options, with one more --set KEY=VALUE for each of `settings`. False after a line on stderr. Free with options_release either way. */
bool options_copy_with(struct options *options, const struct options *from, const char *const *settings, size_t count);
/* A line on stderr about an argument, with where to find help. False, for `return`. */
bool options_refuse(const char *argument, const char *why);
void options_help(FILE *out);
/* The lines of the help about options, those of the server alone only when `of_server`. */
void options_list(FILE *out, bool of_server);
/* Make the data folder if need be and make its name absolute. False after a line on the log. */
bool options_make_data_dir(struct options *options);
/* The same for who only works on what is there. False: there is none. */
bool options_find_data_dir(struct options *options);

#endif
