/* job_queue.h - the jobs of an executor while they wait; nobody else includes it. Whoever calls has the queue's lock. */
#ifndef KERNEL_JOB_QUEUE_H
#define KERNEL_JOB_QUEUE_H

#include <pryv/base.h>

struct executor_batch;

struct job {
    struct job *next; /* of its queue */
    bool long_lane;
    const void *kind;                               /* those of one kind go together */
    void (*together)(struct executor_batch *batch); /* NULL: goes alone */
    void (*work)(void *arg);
    void (*done)(void *arg);
    void *arg;
};

/* On the heap, a copy of `like`. */
struct job *job_new(const struct job *like);

struct job_queue {
    struct job *first, **last;
    size_t length;
};

void job_queue_init(struct job_queue *queue);
void job_queue_put(struct job_queue *queue, struct job *job);
struct job *job_queue_take(struct job_queue *queue); /* NULL: it is empty */
/* As many of `kind` as there are, or room for; the others keep their order. */
size_t job_queue_take_kind(struct job_queue *queue, const void *kind, struct job **out, size_t room);
/* Calls `done` of all that wait, and frees them. */
void job_queue_drop(struct job_queue *queue);

#endif
