/* executor.h - threads that run what may block, and the way back to the loop.
 *
 * Two queues: jobs (bounded) to the threads, completions to the loop (an eventfd). The second lane is for uploads and long streams: at
 * most half of the threads work on it at once, so that short requests always find one.
 * Threads block all signals but the fatal ones.
 */
#ifndef KERNEL_EXECUTOR_H
#define KERNEL_EXECUTOR_H

#include <pryv/base.h>

struct event_base;
struct executor;

struct executor *executor_new(struct event_base *base, int threads, size_t queue_limit);
/* Any thread. PRYV_BUSY when the queue is full. `work` runs on an executor thread, then `done` (may be NULL) on the loop. */
PRYV_CHECK enum pryv_rc executor_submit(struct executor *ex, bool long_lane, void (*work)(void *arg), void (*done)(void *arg),
                                        void *arg);
/* Any thread: run `fn` on the loop. Never refused. */
void executor_to_loop(struct executor *ex, void (*fn)(void *arg), void *arg);
size_t executor_queued(struct executor *ex);
/* Loop. Waits for running jobs, drops queued ones (their `done` is called), joins the threads. */
void executor_free(struct executor *ex);

/* The worker's own executor; NULL outside a worker. */
struct executor *worker_executor(void);

#endif
