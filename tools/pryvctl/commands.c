/* commands.c - see commands.h; and what is made of the tables alone: help, version, completion. */
#include "commands.h"
#include "pryvd.h"
#include <stdio.h>

const struct command_option command_options[] = {
    { "--json", TAKES_JSON, NULL, "print one JSON document" },
    { "--yes", TAKES_YES, NULL, "do not ask for confirmation" },
    { "--language", TAKES_LANGUAGE, "CODE", "language of the account (en)" },
    { "--field", TAKES_FIELD, "KEY=VALUE", "another field of the account; may be repeated" },
    { "--message", TAKES_MESSAGE, "TEXT", "what the invitations are for" },
    { "--count", TAKES_COUNT, "N", "how many invitations (1)" },
    { "--from", TAKES_FROM, "ENGINE", "where users' data is: sqlite, postgresql, mongodb" },
    { "--to", TAKES_TO, "ENGINE", "where it is to be" },
    { "--to-set", TAKES_TO_SET, "KEY=VALUE", "a setting for the engine it goes to alone; may be repeated" },
    { "--user", TAKES_USER, "NAME", "only this user; may be repeated" },
    { "--check-only", TAKES_CHECK_ONLY, NULL, "copy nothing, only compare" },
    { "--overwrite", TAKES_OVERWRITE, NULL, "replace other data of the same users and keys" },
    { NULL, 0, NULL, NULL },
};

const struct command commands[] = {
    { { "users", "list" }, { NULL }, TAKES_JSON, true, users_list, "users of this core, by name" },
    { { "users", "show" }, { "NAME" }, TAKES_JSON, true, users_show, "one user: id, core, account fields, what is stored" },
    { { "users", "create" },
      { "NAME", "EMAIL" },
      TAKES_JSON | TAKES_LANGUAGE | TAKES_FIELD,
      true,
      users_create,
      "make a user; the password is read from standard input" },
    { { "users", "reset-password" },
      { "NAME" },
      TAKES_JSON | TAKES_YES,
      true,
      users_reset_password,
      "another password, read from standard input" },
    { { "users", "deactivate-mfa" },
      { "NAME" },
      TAKES_JSON | TAKES_YES,
      true,
      users_deactivate_mfa,
      "take the second factor away, for who has lost it" },
    { { "users", "delete" },
      { "NAME" },
      TAKES_JSON | TAKES_YES,
      true,
      users_delete,
      "delete a user and all that is stored, for good" },
    { { "invitations", "list" }, { NULL }, TAKES_JSON, true, invitations_list, "invitations, used ones too" },
    { { "invitations", "create" },
      { NULL },
      TAKES_JSON | TAKES_MESSAGE | TAKES_COUNT,
      true,
      invitations_create,
      "make invitations, and print their tokens" },
    { { "invitations", "revoke" },
      { "TOKEN" },
      TAKES_JSON | TAKES_YES,
      true,
      invitations_revoke,
      "an invitation admits nobody any more" },
    { { "cores", "list" }, { NULL }, TAKES_JSON, true, cores_list, "cores of the platform, and how many users each has" },
    { { "settings", "show" },
      { "[PREFIX]" },
      TAKES_JSON,
      false,
      settings_show,
      "merged settings with their sources, secrets masked" },
    { { "storage", "copy" },
      { NULL },
      TAKES_JSON | TAKES_YES | TAKES_FROM | TAKES_TO | TAKES_TO_SET | TAKES_USER | TAKES_CHECK_ONLY | TAKES_OVERWRITE,
      false,
      storage_copy,
      "copy users and the platform to another storage engine, verify them, or go on where a run was cut off" },
    { { "check", NULL }, { NULL }, TAKES_JSON, true, check, "open the data of every user, and tell whether all answers" },
    { { "completion", "bash" }, { NULL }, 0, false, print_completion, "print the script that completes commands in bash" },
    { { "version", NULL }, { NULL }, TAKES_JSON, false, print_version, "print the version" },
    { { "help", NULL }, { NULL }, 0, false, print_help, "print this" },
    { { NULL, NULL }, { NULL }, 0, false, NULL, NULL },
};

int print_version(struct run *run)
{
    puts(run && run->json ? "{\"version\":\"" PRYVD_VERSION "\"}" : "pryvctl " PRYVD_VERSION);
    return SUCCESS;
}

/* ---- Help -------------------------------------------------------------------------------------------- */

static void print_usage(const struct command *command)
{
    char left[256];
    size_t len = 0;

    for (size_t i = 0; i < PRYV_COUNT(command->words) && command->words[i]; i++)
        len += (size_t) snprintf(left + len, sizeof(left) - len, "%s%s", i ? " " : "", command->words[i]);
    for (size_t i = 0; i < PRYV_COUNT(command->arguments) && command->arguments[i]; i++)
        len += (size_t) snprintf(left + len, sizeof(left) - len, " %s", command->arguments[i]);
    for (const struct command_option *option = command_options; option->name; option++)
        if (command->options & option->bit)
            len += (size_t) snprintf(left + len, sizeof(left) - len, " [%s%s%s]", option->name, option->value ? " " : "",
                                     option->value ? option->value : "");
    printf("  %s\n      %s\n", left, command->help);
}

int print_help(struct run *run PRYV_UNUSED)
{
    puts("pryvctl - looks after the data of pryvd\n\n"
         "usage: pryvctl [OPTION]... COMMAND [ARGUMENT]...\n\n"
         "Options are those of pryvd, so that both find the same data:\n");
    pryvd_tool_list_options(stdout);
    puts("\nCommands:\n");
    for (const struct command *command = commands; command->act; command++)
        print_usage(command);
    putchar('\n');
    for (const struct command_option *option = command_options; option->name; option++) {
        char left[64];

        snprintf(left, sizeof(left), "%s%s%s", option->name, option->value ? " " : "", option->value ? option->value : "");
        printf("  %-22s %s\n", left, option->help);
    }
    puts("\nExit status: 0 done, 1 failed, 2 not understood.");
    return SUCCESS;
}

/* ---- Completion ---------------------------------------------------------------------------------------- */

static void print_second_words(const char *first)
{
    for (const struct command *command = commands; command->act; command++)
        if (command->words[1] && strcmp(command->words[0], first) == 0)
            printf(" %s", command->words[1]);
}

static bool is_first_of_its_word(const struct command *command)
{
    return command == commands || strcmp(command->words[0], command[-1].words[0]) != 0;
}

static void print_own_options(const struct command *command)
{
    printf("        '%s%s%s') words='", command->words[0], command->words[1] ? " " : "",
           command->words[1] ? command->words[1] : "");
    for (const struct command_option *option = command_options; option->name; option++)
        if (command->options & option->bit)
            printf(" %s", option->name);
    puts("' ;;");
}

/* The script names every command and option: nothing is asked of the program, or of the data, while somebody types. */
int print_completion(struct run *run PRYV_UNUSED)
{
    puts("# Completion of pryvctl in bash. Made by: pryvctl completion bash\n"
         "_pryvctl() {\n"
         "    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words='' at first='' second=''\n"
         "    for ((at = 1; at < COMP_CWORD; at++)); do\n"
         "        case ${COMP_WORDS[at]} in\n"
         "        --config | --conf-dir | --plugin-dir | --data-dir | --set) at=$((at + 1)) ;;\n"
         "        -* | =) ;;\n"
         "        *) if [ -z \"$first\" ]; then first=${COMP_WORDS[at]}; elif [ -z \"$second\" ]; then second=${COMP_WORDS[at]}; "
         "fi ;;\n"
         "        esac\n"
         "    done\n"
         "    case $previous in\n"
         "    --config) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n"
         "    --conf-dir | --plugin-dir | --data-dir) COMPREPLY=($(compgen -d -- \"$word\")); return ;;\n"
         "    esac");
    fputs("    if [ -z \"$first\" ]; then\n        words='--config --conf-dir --plugin-dir --data-dir --set --version --help",
          stdout);
    for (const struct command *command = commands; command->act; command++)
        if (is_first_of_its_word(command))
            printf(" %s", command->words[0]);
    puts("'\n    else\n        case \"$first${second:+ $second}\" in");
    for (const struct command *command = commands; command->act; command++)
        if (is_first_of_its_word(command) && command->words[1]) {
            printf("        '%s') words='", command->words[0]);
            print_second_words(command->words[0]);
            puts("' ;;");
        }
    for (const struct command *command = commands; command->act; command++)
        print_own_options(command);
    puts("        esac\n"
         "    fi\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "}\n"
         "complete -F _pryvctl pryvctl");
    return SUCCESS;
}
