/* tasks.c - what this program does as the child of another: the tasks of all cases, by name. */
#include "program.h"
#include <stdio.h>

static const struct task *task_named(const char *name)
{
    static const struct task *const lists[] = { crash_tasks, concurrency_tasks, platform_tasks };

    for (size_t i = 0; i < PRYV_COUNT(lists); i++)
        for (const struct task *task = lists[i]; task->name; task++)
            if (strcmp(task->name, name) == 0)
                return task;
    return NULL;
}

int child_main(struct check *c, const char *name, const char *argument)
{
    const struct task *const task = task_named(name);

    if (!task) {
        fprintf(stderr, "pryvd-storage-check: no task is called %s\n", name);
        return 2;
    }
    check_run_task(c, task, argument);
    if (c->reason[0])
        kit_say("broken %s", c->reason);
    return c->reason[0] != '\0';
}
