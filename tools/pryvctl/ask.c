/* ask.c - what whoever runs the command is asked: a confirmation, a password. */
#include "pryvctl.h"
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

enum { PASSWORD_MIN = 6, PASSWORD_MAX = 100, LINE_MAX_BYTES = 1024 };

/* Without its end. False at the end of the input. */
static bool read_line(char line[LINE_MAX_BYTES])
{
    if (!fgets(line, LINE_MAX_BYTES, stdin))
        return false;
    line[strcspn(line, "\r\n")] = '\0';
    return true;
}

bool is_confirmed(const struct run *run, const char *name, const char *question)
{
    char line[LINE_MAX_BYTES];

    if (run->yes)
        return true;
    fprintf(stderr, "%s\nType %s to confirm: ", question, name);
    return read_line(line) && strcmp(line, name) == 0;
}

/* As it was before, whatever happens in between. */
static bool read_hidden(const char *question, char line[LINE_MAX_BYTES])
{
    struct termios shown, hidden;
    bool is_terminal = tcgetattr(STDIN_FILENO, &shown) == 0;
    bool got;

    if (is_terminal) {
        fputs(question, stderr);
        hidden = shown;
        hidden.c_lflag &= ~(tcflag_t) ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    }
    got = read_line(line);
    if (is_terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
        fputc('\n', stderr);
    }
    return got;
}

static bool refuse(const char *why)
{
    fprintf(stderr, "pryvctl: %s\n", why);
    return false;
}

static void wipe(void *text)
{
    explicit_bzero(text, strlen(text));
}

bool read_password(struct run *run, struct pryv_str *out)
{
    char line[LINE_MAX_BYTES], again[LINE_MAX_BYTES];
    bool good = read_hidden("Password: ", line);

    if (!good)
        return refuse("no password on standard input");
    if (isatty(STDIN_FILENO) && !(read_hidden("Once more: ", again) && strcmp(line, again) == 0))
        good = refuse("the two passwords differ");
    else if (pryv_str_code_points(pryv_str(line)) < PASSWORD_MIN || pryv_str_code_points(pryv_str(line)) > PASSWORD_MAX)
        good = refuse("a password has 6 to 100 characters");
    if (good) {
        *out = pryv_str_copy(run->mem, pryv_str(line));
        pryv_defer(run->mem, wipe, pryv_cstr(run->mem, *out));
    }
    explicit_bzero(line, sizeof(line));
    explicit_bzero(again, sizeof(again));
    return good;
}
