/* line.c - see line.h. */
#include "line.h"
#include <stddef.h>
#include <time.h>

struct line_waiter {
    pthread_cond_t changed;
    bool called;
    int kind;
    struct line_waiter *next;
};

double line_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

static void join(struct line *line, struct line_waiter *waiter)
{
    if (line->first)
        line->last->next = waiter;
    else
        line->first = waiter;
    line->last = waiter;
}

static void leave(struct line *line, const struct line_waiter *waiter)
{
    struct line_waiter **at = &line->first, *before = NULL;

    while (*at != waiter) {
        before = *at;
        at = &before->next;
    }
    *at = waiter->next;
    if (line->last == waiter)
        line->last = before;
}

bool line_wait(struct line *line, pthread_mutex_t *lock, double seconds, int kind)
{
    struct line_waiter waiter = { .kind = kind };
    double end_seconds = line_now() + seconds;
    struct timespec end = { .tv_sec = (time_t) end_seconds };
    pthread_condattr_t attributes;

    end.tv_nsec = (long) ((end_seconds - (double) end.tv_sec) * 1e9);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&waiter.changed, &attributes);
    pthread_condattr_destroy(&attributes);
    join(line, &waiter);
    while (!waiter.called && pthread_cond_timedwait(&waiter.changed, lock, &end) == 0)
        ;
    if (!waiter.called)
        leave(line, &waiter);
    pthread_cond_destroy(&waiter.changed);
    return waiter.called;
}

int line_kind(const struct line *line)
{
    return line->first->kind;
}

void line_call(struct line *line)
{
    struct line_waiter *waiter = line->first;

    line->first = waiter->next;
    waiter->called = true;
    pthread_cond_signal(&waiter->changed);
}
