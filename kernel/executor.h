/* executor.h - threads that run what may block, and the way back to the loop.
 *
 * Two ways: jobs (bounded) to the threads, completions to the loop (an eventfd). The second lane is for uploads and long streams: at
 * most half of the threads work on it at once, so that short requests always find one.
 * A job that waits for somebody else (a client that reads slowly, another server, its turn to hash a password) counts as none of this:
 * while it waits another thread takes its place, up to a number of spare ones, so that requests with nothing to wait for are not kept.
 * Threads block all signals but the fatal ones.
 */
#ifndef KERNEL_EXECUTOR_H
#define KERNEL_EXECUTOR_H

#include <pryv/base.h>

struct event_base;
struct executor;

/* `threads` run jobs at once; `spare_threads` more, started when they are needed, stand in for those that wait. */
struct executor *executor_new(struct event_base *base, int threads, int spare_threads, size_t queue_limit);
/* Any thread. PRYV_BUSY when the queue is full. `work` runs on an executor thread, then `done` (may be NULL) on the loop. */
PRYV_CHECK enum pryv_rc executor_submit(struct executor *ex, bool long_lane, void (*work)(void *arg), void (*done)(void *arg),
                                        void *arg);
/* Jobs that are cheaper together: those of one `kind` that wait at the same time are given to `together` of the first of them, on one thread. So few of
 * these batches are at work at once that jobs wait for each other rather than each on a thread of its own; where batches take long there are more, but for one thread. */
enum { EXECUTOR_BATCH = 64 };

struct executor_batch {
    size_t count;
    void *args[EXECUTOR_BATCH];
    struct executor *executor; /* this and `jobs` are the executor's */
    struct job *jobs[EXECUTOR_BATCH];
};

/* Any thread. `together` says of each in the batch once that it is over, or that it goes on alone. PRYV_BUSY as of executor_submit. */
PRYV_CHECK enum pryv_rc executor_submit_together(struct executor *ex, const void *kind,
                                                 void (*together)(struct executor_batch *batch), void (*done)(void *arg),
                                                 void *arg);
/* Inside `together`: the `done` of the one at this place runs now, on the loop. */
void executor_batch_over(struct executor_batch *batch, size_t at);
/* Inside `together`: the one at this place takes longer than others should wait; `work`, then its `done`, is a job of one of the lanes. */
void executor_batch_alone(struct executor_batch *batch, size_t at, bool long_lane, void (*work)(void *arg));
/* Inside `work`, around a wait for somebody else. False, when all spare threads stand in already: the job then waits in its own place, and
 * there is no wait to end. False too on a thread of no executor, which keeps nobody waiting. */
bool executor_wait_begin(void);
void executor_wait_end(void);
/* Any thread: run `fn` on the loop. Never refused. */
void executor_to_loop(struct executor *ex, void (*fn)(void *arg), void *arg);
size_t executor_queued(struct executor *ex);
/* Loop. Waits for running jobs, drops queued ones (their `done` is called), joins the threads. */
void executor_free(struct executor *ex);

#endif
