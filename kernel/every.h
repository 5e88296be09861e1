/* every.h - the worker's side of pryv_every: repeated work on executor threads. */
#ifndef KERNEL_EVERY_H
#define KERNEL_EVERY_H

struct event_base;
struct executor;

/* Before it what plugins ask for is not done: a check runs nothing. */
void every_start(struct event_base *base, struct executor *executor);
/* Loop. No more runs begin. */
void every_stop(void);
/* After executor_free: none is running. */
void every_free(void);

#endif
