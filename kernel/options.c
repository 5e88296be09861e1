/* options.c - reading the command line; see options.h. */
#include "options.h"
#include <errno.h>
#include <limits.h>
#include <pryv/arena.h>
#include <pryv/log.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum option_id { CONFIG, CONF_DIR, PLUGIN_DIR, DATA_DIR, SET, CHECK, PRINT_CONFIG, DOCUMENT_CONFIG, VERSION, HELP };

static const struct {
    const char *name;
    enum option_id id;
    const char *value; /* what the help calls it; NULL: takes none */
    const char *help;
} known[] = {
    { "config", CONFIG, "FILE", "read settings from FILE too, after conf.d; may be repeated" },
    { "conf-dir", CONF_DIR, "DIR", "folder of *.yml files, read in order of name" },
    { "plugin-dir", PLUGIN_DIR, "DIR", "folder of plugins" },
    { "data-dir", DATA_DIR, "DIR", "folder for data (./var)" },
    { "set", SET, "KEY=VALUE", "one setting, stronger than all others; may be repeated" },
    { "check", CHECK, NULL, "load everything as a start would, tell what is wrong, and exit" },
    { "print-config", PRINT_CONFIG, NULL, "print the merged settings with their sources, secrets masked, and exit" },
    { "document-config", DOCUMENT_CONFIG, NULL, "print the reference of all settings as Markdown, and exit" },
    { "version", VERSION, NULL, "print the version and exit" },
    { "help", HELP, NULL, "print this and exit" },
};

/* About the server's own start: no use to other programs over the same data. */
static bool is_of_server(enum option_id id)
{
    return id == CHECK || id == PRINT_CONFIG || id == DOCUMENT_CONFIG;
}

static void *must(void *memory)
{
    if (!memory) {
        fputs("pryvd: out of memory\n", stderr);
        abort();
    }
    return memory;
}

static char *copy(const char *text)
{
    return must(strdup(text));
}

static void replace(char **text, const char *by)
{
    free(*text);
    *text = copy(by);
}

static char *joined(const char *folder, const char *rest)
{
    char *path = NULL;

    if (asprintf(&path, "%s%s", folder, rest) == -1)
        must(NULL);
    return path;
}

static bool is_folder(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* Keeps `path` when it is a folder or nothing was found yet. */
static void prefer(char **found, char *path)
{
    if (!is_folder(path) && *found) {
        free(path);
        return;
    }
    free(*found);
    *found = path;
}

static void make_real(char **path)
{
    char *real = realpath(*path, NULL);

    if (!real)
        return;
    free(*path);
    *path = real;
}

/* In a checkout the plugins lie beside the program (build/plugins, build/san-x/plugins) and conf.d one or two folders up. */
static void find_folders(struct options *options)
{
    char program[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);

    program[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(program, '/');

    if (slash)
        *slash = '\0';
    options->conf_dir = copy("/etc/pryvd/conf.d");
    options->plugin_dir = joined(program, "/../lib/pryvd/plugins");
    char *beside = joined(program, "/plugins");

    if (is_folder(beside)) {
        char *up = joined(program, "/../conf.d");

        if (!is_folder(up)) {
            free(up);
            up = joined(program, "/../../conf.d");
        }
        prefer(&options->conf_dir, up);
    }
    prefer(&options->plugin_dir, beside);
    make_real(&options->conf_dir);
    make_real(&options->plugin_dir);
}

static void add_file(struct options *options, const char *path)
{
    options->config_files = must(realloc(options->config_files, (options->config_count + 1) * sizeof(char *)));
    options->config_files[options->config_count++] = copy(path);
}

static struct option_setting *keep_setting(struct options *options, struct pryv_str key, const char *value, bool foreign)
{
    struct option_setting *all = options->settings;

    all = options->settings = must(realloc(all, (options->setting_count + 1) * sizeof(*all)));
    all[options->setting_count] = (struct option_setting){ .key = pryv_str_dup(key), .value = copy(value), .foreign = foreign };
    return &all[options->setting_count++];
}

/* `setting` is KEY=VALUE, or with `foreign` the same with colons between levels. */
static bool add_setting(struct options *options, const char *setting, bool foreign)
{
    const char *equals = strchr(setting, '=');

    if (!equals || equals == setting) {
        fprintf(stderr, "%s: --set %s: expected KEY=VALUE, as in --set http.port=3000\n", program_invocation_short_name, setting);
        return false;
    }

    struct option_setting *kept = keep_setting(options, pryv_str_n(setting, (size_t) (equals - setting)), equals + 1, foreign);

    for (char *at = kept->key; foreign && *at; at++)
        if (*at == ':')
            *at = '.';
    return true;
}

static bool apply(struct options *options, enum option_id id, const char *value)
{
    switch (id) {
    case CONFIG: add_file(options, value); break;
    case CONF_DIR:
        replace(&options->conf_dir, value);
        options->conf_dir_given = true;
        break;
    case PLUGIN_DIR: replace(&options->plugin_dir, value); break;
    case DATA_DIR: replace(&options->data_dir, value); break;
    case SET: return add_setting(options, value, false);
    case CHECK: options->check = true; break;
    case PRINT_CONFIG: options->print_config = true; break;
    case DOCUMENT_CONFIG: options->document_config = true; break;
    case VERSION: options->version = true; break;
    case HELP: options->help = true; break;
    }
    return true;
}

bool options_refuse(const char *argument, const char *why)
{
    const char *program = program_invocation_short_name;

    fprintf(stderr, "%s: %s: %s; see %s --help\n", program, argument, why, program);
    return false;
}

/* Takes one option from argv, and its value from the next argument when it is not behind an equals sign. */
static bool take(struct options *options, char **argv, int *at)
{
    const char *argument = argv[*at];

    if (strcmp(argument, "-h") == 0)
        return apply(options, HELP, NULL);
    if (strncmp(argument, "--", 2) != 0)
        return options_refuse(argument, "unknown option");

    const char *name = argument + 2;
    size_t len = strcspn(name, "=");

    if (name[len] == '=' && memchr(name, ':', len))
        return add_setting(options, name, true);
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strlen(known[i].name) != len || strncmp(known[i].name, name, len) != 0)
            continue;
        if (!known[i].value)
            return name[len] ? options_refuse(argument, "takes no value") : apply(options, known[i].id, NULL);
        if (name[len] == '=')
            return apply(options, known[i].id, name + len + 1);
        if (!argv[*at + 1])
            return options_refuse(argument, "needs a value");
        return apply(options, known[i].id, argv[++*at]);
    }
    return options_refuse(argument, "unknown option");
}

bool options_parse(struct options *options, int argc, char **argv)
{
    *options = (struct options){ .data_dir = copy("./var") };
    find_folders(options);
    for (options->end = 1; options->end < argc && argv[options->end][0] == '-'; options->end++)
        if (!take(options, argv, &options->end))
            return false;
    return true;
}

void options_release(struct options *options)
{
    for (size_t i = 0; i < options->config_count; i++)
        free(options->config_files[i]);
    for (size_t i = 0; i < options->setting_count; i++) {
        free(options->settings[i].key);
        free(options->settings[i].value);
    }
    free(options->config_files);
    free(options->settings);
    free(options->conf_dir);
    free(options->plugin_dir);
    free(options->data_dir);
    *options = (struct options){ .config_files = NULL };
}

bool options_copy_with(struct options *options, const struct options *from, const char *const *settings, size_t count)
{
    *options = *from;
    options->config_files = NULL;
    options->config_count = 0;
    options->settings = NULL;
    options->setting_count = 0;
    options->conf_dir = from->conf_dir ? copy(from->conf_dir) : NULL;
    options->plugin_dir = from->plugin_dir ? copy(from->plugin_dir) : NULL;
    options->data_dir = copy(from->data_dir);
    for (size_t i = 0; i < from->config_count; i++)
        add_file(options, from->config_files[i]);
    for (size_t i = 0; i < from->setting_count; i++)
        keep_setting(options, pryv_str(from->settings[i].key), from->settings[i].value, from->settings[i].foreign);
    for (size_t i = 0; i < count; i++)
        if (!add_setting(options, settings[i], false))
            return false;
    return true;
}

void options_list(FILE *out, bool of_server)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        char left[64];

        if (!of_server && is_of_server(known[i].id))
            continue;
        snprintf(left, sizeof(left), "--%s%s%s", known[i].name, known[i].value ? " " : "", known[i].value ? known[i].value : "");
        fprintf(out, "  %-20s %s\n", left, known[i].help);
    }
}

void options_help(FILE *out)
{
    fputs("pryvd - a server for personal data that speaks the Pryv.io API\n\n"
          "usage: pryvd [OPTION]...\n\n",
          out);
    options_list(out, true);
    fputs("\nSignals: TERM and INT stop it, HUP reads configuration and certificates again, USR1 forgets\nwhat is remembered "
          "about accounts.\n",
          out);
}

/* Like mkdir -p; what is there is left as it is. */
static bool make_folder(const char *path)
{
    char *copied = copy(path);
    bool made = true;

    for (char *slash = strchr(copied + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copied, 0755) == -1 && errno != EEXIST)
            break; /* the last mkdir tells */
        *slash = '/';
    }
    free(copied);
    if (mkdir(path, 0700) == -1 && errno != EEXIST)
        made = false;
    return made && is_folder(path);
}

bool options_find_data_dir(struct options *options)
{
    make_real(&options->data_dir);
    return is_folder(options->data_dir);
}

bool options_make_data_dir(struct options *options)
{
    char *real = NULL;

    errno = 0;
    if (make_folder(options->data_dir))
        real = realpath(options->data_dir, NULL);
    if (!real || access(real, R_OK | W_OK | X_OK) == -1) {
        pryv_log_error("pryvd", "the data folder %s cannot be used: %s", options->data_dir,
                       strerror(errno && errno != EEXIST ? errno : ENOTDIR));
        free(real);
        return false;
    }
    free(options->data_dir);
    options->data_dir = real;
    return true;
}
