/* line.h - threads that wait in line under a lock; the first come is called first. */
#ifndef STORAGE_PG_LINE_H
#define STORAGE_PG_LINE_H

#include <pthread.h>
#include <stdbool.h>

struct line_waiter;

struct line {
    struct line_waiter *first, *last;
};

/* With the lock, which is given up meanwhile. False when nobody called for so many seconds. `kind` is what line_kind tells. */
bool line_wait(struct line *line, pthread_mutex_t *lock, double seconds, int kind);
/* Of the first; there must be one. With the lock. */
int line_kind(const struct line *line);
/* Calls the first, who is no more in line then; there must be one. With the lock. */
void line_call(struct line *line);

/* Seconds of a clock that nobody sets. */
double line_now(void);

#endif
