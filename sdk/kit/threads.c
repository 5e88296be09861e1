/* threads.c - chance, and several threads that check at once. */
#include "program.h"
#include <pthread.h>
#include <stdio.h>

/* splitmix64 */
uint64_t kit_random(struct check *c)
{
    uint64_t x = c->random += 0x9e3779b97f4a7c15u;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

size_t kit_below(struct check *c, size_t n)
{
    return (size_t) (kit_random(c) % n);
}

struct thread {
    pthread_t id;
    struct check check;
    void (*fn)(struct check *c, void *shared, size_t index);
    void *shared;
    size_t index;
    pthread_barrier_t *start;
};

static void *run(void *arg)
{
    struct thread *thread = arg;

    pthread_barrier_wait(thread->start);
    if (setjmp(thread->check.end) == 0)
        thread->fn(&thread->check, thread->shared, thread->index);
    check_close(&thread->check); /* others may wait for its sessions */
    return NULL;
}

void kit_threads(struct check *c, size_t count, void (*fn)(struct check *c, void *shared, size_t index), void *shared)
{
    struct thread *threads = pryv_new_array(c->mem, struct thread, count);
    pthread_barrier_t start;
    const char *reason = "";

    pthread_barrier_init(&start, NULL, (unsigned) count);
    for (size_t i = 0; i < count; i++) {
        struct thread *thread = &threads[i];

        check_start(&thread->check, kit_random(c));
        thread->fn = fn;
        thread->shared = shared;
        thread->index = i;
        thread->start = &start;
        EXPECT(pthread_create(&thread->id, NULL, run, thread) == 0, "no thread could be started");
    }
    for (size_t i = 0; i < count; i++) {
        pthread_join(threads[i].id, NULL);
        if (threads[i].check.reason[0] && !reason[0])
            reason = threads[i].check.reason;
        check_end(&threads[i].check);
    }
    pthread_barrier_destroy(&start);
    EXPECT(!reason[0], "%s", reason);
}
