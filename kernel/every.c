/* every.c - work of plugins on executor threads: once, or by a timer on the loop, unless the last run is still going on. */
#include "every.h"
#include "executor.h"
#include <event2/event.h>
#include <pryv/plugin.h>
#include <stdlib.h>

struct task {
    struct task *next;
    struct event *timer;
    void (*fn)(void *self);
    void *self;
    bool running;
};

static struct task *tasks;
static struct event_base *base;
static struct executor *executor;

void every_start(struct event_base *loop, struct executor *threads)
{
    base = loop;
    executor = threads;
}

static void run(void *arg)
{
    const struct task *task = arg;

    task->fn(task->self);
}

static void has_run(void *arg)
{
    struct task *task = arg;

    task->running = false;
}

static void on_time(evutil_socket_t fd PRYV_UNUSED, short what PRYV_UNUSED, void *arg)
{
    struct task *task = arg;

    if (task->running)
        return;
    task->running = true;
    if (executor_submit(executor, false, run, has_run, task) != PRYV_OK)
        task->running = false; /* full: next time */
}

void pryv_every(double seconds, void (*fn)(void *self), void *self)
{
    struct task *task;
    struct timeval interval;

    if (!base)
        return; /* a check runs nothing */
    task = calloc(1, sizeof(*task));
    if (!task)
        abort();
    if (seconds < 0.1)
        seconds = 0.1;
    interval.tv_sec = (time_t) seconds;
    interval.tv_usec = (suseconds_t) ((seconds - (double) interval.tv_sec) * 1e6);
    *task = (struct task){ .next = tasks, .fn = fn, .self = self };
    task->timer = event_new(base, -1, EV_PERSIST, on_time, task);
    event_add(task->timer, &interval);
    tasks = task;
}

enum pryv_rc pryv_run(void (*fn)(void *self), void *self)
{
    return executor_submit(executor, false, fn, NULL, self);
}

void every_stop(void)
{
    for (struct task *task = tasks; task; task = task->next)
        event_del(task->timer);
}

void every_free(void)
{
    while (tasks) {
        struct task *first = tasks;

        tasks = first->next;
        event_free(first->timer);
        free(first);
    }
}
