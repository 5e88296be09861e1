/* child.c - other processes on the same or another data folder: this program again, with --task. */
#include "program.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct child_setup child_setup;

struct kit_child {
    pid_t pid; /* 0: has been waited for */
    FILE *says;
    FILE *hears;
};

static void end_child(void *child_)
{
    struct kit_child *child = child_;

    kit_child_kill(child);
    fclose(child->says);
    fclose(child->hears);
}

static char **arguments(struct check *c, const char *data_dir, const char *task, const char *argument)
{
    char **list = pryv_new_array(c->mem, char *, 12 + 2 * child_setup.setting_count);
    size_t n = 0;

    list[n++] = pryv_cstr(c->mem, PRYV_STR("pryvd-storage-check"));
    list[n++] = pryv_cstr(c->mem, pryv_str(child_setup.plugin_file));
    list[n++] = pryv_cstr(c->mem, PRYV_STR("--data-dir"));
    list[n++] = pryv_cstr(c->mem, pryv_str(data_dir));
    list[n++] = pryv_cstr(c->mem, PRYV_STR("--task"));
    list[n++] = pryv_cstr(c->mem, pryv_str(task));
    list[n++] = pryv_cstr(c->mem, PRYV_STR("--argument"));
    list[n++] = pryv_cstr(c->mem, pryv_str(argument));
    for (size_t i = 0; i < child_setup.setting_count; i++) {
        list[n++] = pryv_cstr(c->mem, PRYV_STR("--set"));
        list[n++] = child_setup.settings[i];
    }
    return list;
}

struct kit_child *kit_child(struct check *c, const char *name, const char *task, const char *argument)
{
    struct kit_child *child = pryv_new(c->mem, struct kit_child);
    const char *data_dir = kit_text(c, "%s/%s", child_setup.data_dir, name ? name : "main").data;
    posix_spawn_file_actions_t actions;
    int out[2], in[2];

    EXPECT(pipe2(out, O_CLOEXEC) == 0 && pipe2(in, O_CLOEXEC) == 0, "no pipe: %s", strerror(errno));
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);

    int failed = posix_spawn(&child->pid, "/proc/self/exe", &actions, NULL, arguments(c, data_dir, task, argument), environ);

    posix_spawn_file_actions_destroy(&actions);
    close(out[1]);
    close(in[0]);
    child->says = fdopen(out[0], "r");
    child->hears = fdopen(in[1], "w");
    pryv_defer(c->mem, end_child, child);
    EXPECT(!failed, "a child process could not be started: %s", strerror(failed));
    return child;
}

struct pryv_str kit_child_line(struct check *c, struct kit_child *child)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t len = getline(&line, &size, child->says);
    struct pryv_str text = PRYV_STR_NONE;

    if (len > 0 && line[len - 1] == '\n') /* what a killed one did not finish was not said */
        text = pryv_str_copy(c->mem, pryv_str_n(line, (size_t) len - 1));
    free(line);
    return text;
}

void kit_child_tell(struct check *c, struct kit_child *child, const char *line)
{
    EXPECT(fprintf(child->hears, "%s\n", line) > 0 && fflush(child->hears) == 0, "a child process is gone");
}

void kit_child_kill(struct kit_child *child)
{
    if (child->pid <= 0)
        return;
    kill(child->pid, SIGKILL);
    waitpid(child->pid, NULL, 0);
    child->pid = 0;
}

void kit_child_end(struct check *c, struct kit_child *child)
{
    int status = 0;

    EXPECT(waitpid(child->pid, &status, 0) == child->pid, "a child process is gone");
    child->pid = 0;
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a child process ended with %s %d",
           WIFSIGNALED(status) ? "signal" : "status", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

enum { RACERS_MAX = 8 };

void kit_children_race(struct check *c, size_t count, const char *task, const char *argument, int *wins, size_t prizes)
{
    struct kit_child *children[RACERS_MAX];
    struct pryv_str line;

    for (size_t i = 0; i < count; i++)
        children[i] = kit_child(c, NULL, task, argument);
    for (size_t i = 0; i < count; i++)
        EXPECT(pryv_str_equal(kit_child_line(c, children[i]), "ready"), "a process with the plugin does not start");
    for (size_t i = 0; i < count; i++)
        kit_child_tell(c, children[i], "go");
    for (size_t i = 0; i < count; i++) {
        while ((line = kit_child_line(c, children[i])).data) {
            size_t prize = pryv_str_starts(line, "won ") ? strtoul(line.data + 4, NULL, 10) : prizes;

            EXPECT(prize < prizes, "%s in another process: %s", task, line.data);
            wins[prize]++;
        }
        kit_child_end(c, children[i]);
    }
}

/* ---- In the child ----------------------------------------------------------------------------- */

/* One write for a line: threads say things at the same time, and the process may be killed between two. */
void kit_say(const char *format, ...)
{
    char line[1024];
    va_list args;

    va_start(args, format);

    int len = vsnprintf(line, sizeof(line) - 1, format, args);

    va_end(args);
    if (len >= (int) sizeof(line) - 1)
        len = (int) sizeof(line) - 2;
    line[len++] = '\n';
    if (write(STDOUT_FILENO, line, (size_t) len) != len)
        _exit(1);
}

void kit_hear(void)
{
    int letter;

    while ((letter = getchar()) != '\n' && letter != EOF)
        ;
}

void kit_wait_to_race(void)
{
    kit_say("ready");
    kit_hear();
}
