/* pryvctl - the operator's command line: pryvctl [OPTION]... COMMAND [ARGUMENT]...
 *
 * It works on the data itself, through the same plugins as the server, whether the server runs or not. */
#include "pryvctl.h"
#include "pryvd.h"
#include <pryv/plugin.h>
#include <stdio.h>

static int print_version(struct run *run);
static int print_help(struct run *run);

static const struct command {
    const char *words[2]; /* the second may be NULL */
    const char *argument; /* what the help calls it; NULL: takes none */
    bool json, yes;       /* options it takes */
    bool opens;           /* needs the data */
    int (*act)(struct run *run);
    const char *help;
} commands[] = {
    { { "users", "list" }, NULL, true, false, true, users_list, "users of this core, by name" },
    { { "users", "show" }, "NAME", true, false, true, users_show, "one user: id, core, account fields, what is stored" },
    { { "users", "delete" }, "NAME", false, true, true, users_delete, "delete a user and all that is stored, for good" },
    { { "check", NULL }, NULL, false, false, true, check, "open the data, and tell whether it answers" },
    { { "version", NULL }, NULL, false, false, false, print_version, "print the version" },
    { { "help", NULL }, NULL, false, false, false, print_help, "print this" },
};

static int print_version(struct run *run PRYV_UNUSED)
{
    puts("pryvctl " PRYVD_VERSION);
    return SUCCESS;
}

static int print_help(struct run *run PRYV_UNUSED)
{
    puts("pryvctl - looks after the data of pryvd\n\n"
         "usage: pryvctl [OPTION]... COMMAND [ARGUMENT]...\n\n"
         "Options are those of pryvd, so that both find the same data:\n");
    pryvd_tool_list_options(stdout);
    puts("\nCommands:\n");
    for (const struct command *command = commands; command < commands + PRYV_COUNT(commands); command++) {
        char left[64];

        snprintf(left, sizeof(left), "%s%s%s%s%s%s%s", command->words[0], command->words[1] ? " " : "",
                 command->words[1] ? command->words[1] : "", command->argument ? " " : "",
                 command->argument ? command->argument : "", command->json ? " [--json]" : "", command->yes ? " [--yes]" : "");
        printf("  %-28s %s\n", left, command->help);
    }
    puts("\n  --json    print one JSON document\n"
         "  --yes     do not ask for confirmation");
    return SUCCESS;
}

int tell_failure(const struct run *run, const char *what)
{
    fprintf(stderr, "pryvctl: %s: %s\n", what, run->err.message ? run->err.message : "no reason given");
    return FAILURE;
}

int print_json(const struct pryv_json *js)
{
    struct pryv_str text = pryv_json_text(js);

    printf("%.*s\n", PRYV_STR_ARG(text));
    return SUCCESS;
}

static int refuse(const char *argument, const char *why)
{
    fprintf(stderr, "pryvctl: %s: %s; see pryvctl help\n", argument, why);
    return USAGE_ERROR;
}

/* The command that argv[0] and argv[1] name, or NULL. `taken`: how many of them. */
static const struct command *command_of(char **argv, int *taken)
{
    for (const struct command *command = commands; command < commands + PRYV_COUNT(commands); command++) {
        if (strcmp(argv[0], command->words[0]) != 0)
            continue;
        if (command->words[1] && (!argv[1] || strcmp(argv[1], command->words[1]) != 0))
            continue;
        *taken = command->words[1] ? 2 : 1;
        return command;
    }
    return NULL;
}

/* The command's own arguments. SUCCESS, or USAGE_ERROR after a line on stderr. */
static int read_arguments(const struct command *command, char **argv, struct run *run)
{
    for (; *argv; argv++) {
        if (command->json && strcmp(*argv, "--json") == 0)
            run->json = true;
        else if (command->yes && strcmp(*argv, "--yes") == 0)
            run->yes = true;
        else if ((*argv)[0] == '-')
            return refuse(*argv, "not an option of this command");
        else if (!command->argument || run->name)
            return refuse(*argv, "one argument too many");
        else
            run->name = *argv;
    }
    return command->argument && !run->name ? refuse(command->argument, "missing") : SUCCESS;
}

static bool find(const char *name, int version, const void **ops, void **self)
{
    const struct pryv_interface *found = pryv_interface(name, version);

    if (!found)
        return false;
    *ops = found->ops;
    *self = found->self;
    return true;
}

static int open_and_act(const struct command *command, struct run *run)
{
    static const char *const interfaces[] = { "storage", "platform", "files", NULL };
    const void *storage, *platform, *files;

    if (pryvd_tool_open(interfaces, &run->err) != PRYV_OK)
        return tell_failure(run, "the data cannot be opened");
    if (!find("storage", PRYV_STORAGE_VERSION, &storage, &run->storage_self) ||
        !find("platform", PRYV_PLATFORM_VERSION, &platform, &run->platform_self)) {
        fputs("pryvctl: no plugin provides storage and platform; name the folder of plugins with --plugin-dir\n", stderr);
        return FAILURE;
    }
    run->storage = storage;
    run->platform = platform;
    if (find("files", PRYV_FILES_VERSION, &files, &run->files_self))
        run->files = files;
    return command->act(run);
}

static int act(const struct command *command, char **arguments)
{
    struct run run = { .mem = pryv_arena_new() };
    int status;

    run.err = (struct pryv_err) PRYV_ERR(run.mem);
    status = read_arguments(command, arguments, &run);
    if (status == SUCCESS)
        status = command->opens ? open_and_act(command, &run) : command->act(&run);
    pryv_arena_free(run.mem);
    return status;
}

static int choose(struct pryvd_tool tool, int argc, char **argv)
{
    int taken = 0;

    if (tool.help)
        return print_help(NULL);
    if (tool.version)
        return print_version(NULL);
    if (tool.end == argc)
        return refuse("COMMAND", "missing");

    const struct command *command = command_of(argv + tool.end, &taken);

    return command ? act(command, argv + tool.end + taken) : refuse(argv[tool.end], "no such command");
}

int main(int argc, char **argv)
{
    struct pryvd_tool tool;
    int status = pryvd_tool_options(argc, argv, &tool) ? choose(tool, argc, argv) : USAGE_ERROR;

    pryvd_tool_close();
    if (fflush(stdout) != 0 && status == SUCCESS)
        status = FAILURE;
    return status;
}
