/* pryvctl - the operator's command line: pryvctl [OPTION]... COMMAND [ARGUMENT]...
 *
 * It works on the data itself, through the same plugins as the server, whether the server runs or not. */
#include "commands.h"
#include "pryvd.h"
#include <pryv/plugin.h>
#include <stdio.h>

/* ---- Arguments ----------------------------------------------------------------------------------------- */

static int refuse(const char *argument, const char *why)
{
    fprintf(stderr, "pryvctl: %s: %s; see pryvctl help\n", argument, why);
    return USAGE_ERROR;
}

/* The command that argv[0] and argv[1] name, or NULL. `taken`: how many of them. */
static const struct command *command_of(char **argv, int *taken)
{
    for (const struct command *command = commands; command->act; command++) {
        if (strcmp(argv[0], command->words[0]) != 0)
            continue;
        if (command->words[1] && (!argv[1] || strcmp(argv[1], command->words[1]) != 0))
            continue;
        *taken = command->words[1] ? 2 : 1;
        return command;
    }
    return NULL;
}

static const struct command_option *option_of(const struct command *command, const char *argument)
{
    size_t len = strcspn(argument, "=");

    for (const struct command_option *option = command_options; option->name; option++)
        if ((command->options & option->bit) && strlen(option->name) == len && strncmp(option->name, argument, len) == 0)
            return option;
    return NULL;
}

static int keep_one(struct many *many, const char *value)
{
    if (many->count == MANY_MAX)
        return refuse(value, "too many of this option");
    many->values[many->count++] = value;
    return SUCCESS;
}

static int keep_pair(struct many *many, const char *value)
{
    return strchr(value, '=') && *value != '=' ? keep_one(many, value) : refuse(value, "expected KEY=VALUE");
}

static int keep_option(const struct command_option *option, const char *value, struct run *run)
{
    switch (option->bit) {
    case TAKES_JSON: run->json = true; break;
    case TAKES_YES: run->yes = true; break;
    case TAKES_LANGUAGE: run->language = value; break;
    case TAKES_MESSAGE: run->message = value; break;
    case TAKES_COUNT: run->count = value; break;
    case TAKES_FROM: run->from = value; break;
    case TAKES_TO: run->to = value; break;
    case TAKES_CHECK_ONLY: run->check_only = true; break;
    case TAKES_OVERWRITE: run->overwrite = true; break;
    case TAKES_USER: return keep_one(&run->users, value);
    case TAKES_FIELD: return keep_pair(&run->fields, value);
    case TAKES_TO_SET: return keep_pair(&run->to_settings, value);
    }
    return SUCCESS;
}

/* `*argv` is left at the last argument that was taken. */
static int read_option(const struct command *command, char ***argv, struct run *run)
{
    const char *argument = **argv, *equals = strchr(argument, '=');
    const struct command_option *option = option_of(command, argument);

    if (!option)
        return refuse(argument, "not an option of this command");
    if (!option->value)
        return equals ? refuse(argument, "takes no value") : keep_option(option, NULL, run);
    if (equals)
        return keep_option(option, equals + 1, run);
    if (!(*argv)[1])
        return refuse(argument, "needs a value");
    return keep_option(option, *++*argv, run);
}

static int read_arguments(const struct command *command, char **argv, struct run *run)
{
    const char **places[] = { &run->name, &run->second };
    size_t count = 0;
    int status;

    for (; *argv; argv++) {
        if ((*argv)[0] == '-') {
            if ((status = read_option(command, &argv, run)) != SUCCESS)
                return status;
        } else if (count == PRYV_COUNT(places) || !command->arguments[count]) {
            return refuse(*argv, "one argument too many");
        } else {
            *places[count++] = *argv;
        }
    }
    if (count < PRYV_COUNT(places) && command->arguments[count] && *command->arguments[count] != '[')
        return refuse(command->arguments[count], "missing");
    return SUCCESS;
}

/* ---- Acting --------------------------------------------------------------------------------------------- */

static bool find(const char *name, int version, const void **ops, void **self)
{
    const struct pryv_interface *found = pryv_interface(name, version);

    *ops = found ? found->ops : NULL;
    *self = found ? found->self : NULL;
    return found;
}

static int open_and_act(const struct command *command, struct run *run)
{
    static const char account_ends[] = PRYV_ACCOUNT_END_PREFIX "*";
    static const char *const interfaces[] = { "storage", "platform",    "files",      "accounts",
                                              "mail",    "datastore:*", account_ends, NULL };
    const void *storage, *platform, *files, *accounts;

    if (pryvd_tool_open(interfaces, &run->err) != PRYV_OK)
        return tell_failure(run, "the data cannot be opened");
    if (!find("storage", PRYV_STORAGE_VERSION, &storage, &run->storage_self) ||
        !find("platform", PRYV_PLATFORM_VERSION, &platform, &run->platform_self))
        return fail("no plugin provides storage and platform; name the folder of plugins with --plugin-dir");
    find("files", PRYV_FILES_VERSION, &files, &run->files_self);
    find("accounts", PRYV_ACCOUNTS_VERSION, &accounts, &run->accounts_self);
    run->storage = storage;
    run->platform = platform;
    run->files = files;
    run->accounts = accounts;
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
