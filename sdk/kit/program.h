/* program.h - the program around the cases. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "kit.h"

int kit_main(int argc, char **argv);

/* A fresh check on the plugin that is loaded; `seed` begins its chance. */
void check_start(struct check *c, uint64_t seed);
/* Closes the sessions it still holds. */
void check_close(struct check *c);
/* That, and frees its memory. */
void check_end(struct check *c);
/* Up to its end, or to where it breaks. */
void check_run(struct check *c, const struct promise *promise);
void check_run_task(struct check *c, const struct task *task, const char *argument);

/* How children are started: the program's own command line. Set once. */
struct child_setup {
    const char *plugin_file, *data_dir;
    char *const *settings;
    size_t setting_count;
    bool is_volatile;
};
extern struct child_setup child_setup;
/* In the child, the task of that name: its exit status (tasks.c). */
int child_main(struct check *c, const char *task, const char *argument);

#endif
