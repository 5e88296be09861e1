/* options.c - see options.h. */
#include "options.h"
#include <pryv/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int options_help(void)
{
    puts("pryvd-storage-check - runs every promise of pryv/storage.h and pryv/platform.h against a storage plugin\n"
         "\n"
         "usage: pryvd-storage-check PLUGIN.so [OPTION]...\n"
         "\n"
         "  --set KEY=VALUE   one setting of the plugin; may be repeated\n"
         "  --data-dir DIR    folder for data, kept at the end (one of its own in /tmp, deleted)\n"
         "  --volatile        data is kept by one process and ends with it: do not ask for what outlives a crash\n"
         "                    or is shared by processes\n"
         "  --only PATTERN    promises that match this extended regular expression\n"
         "  --seed N          chance as in the run that told this number\n"
         "  --patience N      seconds that one promise may take before it counts as broken (120)\n"
         "  --list            name the promises, run none\n"
         "\n"
         "One line for each promise; the last one is `N passed, N failed`. The status is not zero when one is broken.");
    return 0;
}

static bool refuse(const char *argument, const char *why)
{
    fprintf(stderr, "pryvd-storage-check: %s: %s; see pryvd-storage-check --help\n", argument, why);
    return false;
}

static bool set_pattern(struct kit_options *options, const char *pattern)
{
    if (options->has_pattern)
        regfree(&options->pattern);
    options->has_pattern = regcomp(&options->pattern, pattern, REG_EXTENDED | REG_NOSUB) == 0;
    return options->has_pattern || refuse(pattern, "not an extended regular expression");
}

static bool read_number(uint64_t *out, const char *text)
{
    char *end;

    *out = strtoull(text, &end, 10);
    return (*text && !*end) || refuse(text, "expected a number");
}

static bool set_patience(struct kit_options *options, const char *text)
{
    uint64_t seconds = 0;

    if (!read_number(&seconds, text))
        return false;
    options->patience = (unsigned) seconds;
    return seconds > 0 && seconds < 86400 ? true : refuse(text, "expected seconds, from 1 to a day");
}

/* Those that take a value. */
static bool take_value(struct kit_options *options, const char *name, char *value)
{
    if (!value)
        return refuse(name, "unknown, or its value is missing");
    if (strcmp(name, "--set") == 0)
        options->settings[options->setting_count++] = value;
    else if (strcmp(name, "--data-dir") == 0)
        options->data_dir = value;
    else if (strcmp(name, "--only") == 0)
        return set_pattern(options, value);
    else if (strcmp(name, "--seed") == 0)
        return read_number(&options->seed, value);
    else if (strcmp(name, "--patience") == 0)
        return set_patience(options, value);
    else if (strcmp(name, "--task") == 0)
        options->task = value;
    else if (strcmp(name, "--argument") == 0)
        options->argument = value;
    else
        return refuse(name, "unknown option");
    return true;
}

bool options_read(struct kit_options *options, int argc, char **argv)
{
    *options = (struct kit_options){ .settings = calloc((size_t) argc + 1, sizeof(char *)), .argument = "", .patience = 120 };
    if (!options->settings)
        abort();
    pryv_random(&options->seed, sizeof(uint32_t));
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--volatile") == 0)
            options->is_volatile = true;
        else if (strcmp(argv[i], "--list") == 0)
            options->list = true;
        else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            options->help = true;
        else if (strncmp(argv[i], "--", 2) != 0 && !options->plugin_file)
            options->plugin_file = argv[i];
        else if (!take_value(options, argv[i], argv[i + 1]))
            return false;
        else
            i++;
    }
    return options->plugin_file || options->list || options->help || refuse("PLUGIN.so", "which plugin?");
}

void options_free(struct kit_options *options)
{
    if (options->has_pattern)
        regfree(&options->pattern);
    free(options->settings);
}

bool options_want(const struct kit_options *options, const char *name)
{
    return !options->has_pattern || regexec(&options->pattern, name, 0, NULL, 0) == 0;
}
