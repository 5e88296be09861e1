/* job_queue.c - see job_queue.h. */
#include "job_queue.h"
#include <stdlib.h>

struct job *job_new(const struct job *like)
{
    struct job *job = malloc(sizeof(*job));

    if (!job)
        abort();
    *job = *like;
    return job;
}

void job_queue_init(struct job_queue *queue)
{
    queue->first = NULL;
    queue->last = &queue->first;
    queue->length = 0;
}

void job_queue_put(struct job_queue *queue, struct job *job)
{
    job->next = NULL;
    *queue->last = job;
    queue->last = &job->next;
    queue->length++;
}

struct job *job_queue_take(struct job_queue *queue)
{
    struct job *job = queue->first;

    if (!job)
        return NULL;
    queue->first = job->next;
    if (!queue->first)
        queue->last = &queue->first;
    queue->length--;
    return job;
}

size_t job_queue_take_kind(struct job_queue *queue, const void *kind, struct job **out, size_t room)
{
    struct job **at = &queue->first;
    size_t count = 0;

    while (*at && count < room) {
        struct job *job = *at;

        if (job->kind != kind) {
            at = &job->next;
            continue;
        }
        *at = job->next;
        queue->length--;
        out[count++] = job;
    }
    if (!*at)
        queue->last = at;
    return count;
}

void job_queue_drop(struct job_queue *queue)
{
    struct job *job;

    while ((job = job_queue_take(queue))) {
        if (job->done)
            job->done(job->arg);
        free(job);
    }
}
