/* executor.c - a bounded queue of jobs to threads, and a list of completions back to the loop; see executor.h.
 *
 * A thread that has nothing to do sleeps on a semaphore of its own. Whoever has a job for it puts the job into its hands and wakes it: it need not
 * take the lock to find one, and the thread that fell asleep last, whose memory is still in the processor's caches, is the first to be woken.
 *
 * Lock order: none is held while another is taken, while a thread is woken, or while `work` or `done` runs. */
#include "executor.h"
#include "job_queue.h"
#include "monotonic.h"
#include <event2/event.h>
#include <pthread.h>
#include <pryv/log.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define LOG_NAME "executor"
enum { STACK_BYTES = 512 * 1024 };

/* One batch asks while the answers to another are worked on; who sees the last one begin so long ago need not wait for its end, while a thread is left for
 * other jobs. */
enum { BATCHES_AT_ONCE = 2, BATCH_PATIENCE_MS = 3 };

struct thread {
    pthread_t id;
    struct executor *executor;
    sem_t wake;
    struct job *job;     /* when it is woken; NULL: there will be none any more */
    struct thread *next; /* of those that sleep, or are about to be woken */
};

struct executor {
    struct event *completion_event;
    int completion_fd;
    struct thread *threads;
    int thread_count;
    int spare_limit; /* jobs that may wait for others in no place of their own */
    int run_limit;   /* jobs that run at once, those that wait left out */
    int long_limit;  /* of these, jobs of the second lane */
    size_t queue_limit;

    pthread_mutex_t jobs_lock;
    struct job_queue short_jobs, long_jobs, batch_jobs;
    int running, long_running, batches, waiting; /* what has ended its wait runs again, even over the limits */
    double last_batch;                           /* when it began */
    struct thread *asleep;                       /* the last one first */
    bool stopping;

    pthread_mutex_t done_lock;
    struct job_queue done;
};

static _Thread_local struct executor *executor_here; /* NULL: no thread of one */
static _Thread_local const struct job *job_here;     /* that this thread works on */

/* ---- Back to the loop -------------------------------------------------------------------------- */

static void complete(struct executor *ex, struct job *job)
{
    bool first;
    uint64_t one = 1;

    pthread_mutex_lock(&ex->done_lock);
    first = ex->done.length == 0;
    job_queue_put(&ex->done, job);
    pthread_mutex_unlock(&ex->done_lock);
    if (first && write(ex->completion_fd, &one, sizeof(one)) == -1)
        pryv_log_error(LOG_NAME, "cannot wake the loop");
}

/* False: there were none. */
static bool run_completions(struct executor *ex)
{
    pthread_mutex_lock(&ex->done_lock);

    struct job *job = ex->done.first;

    job_queue_init(&ex->done);
    pthread_mutex_unlock(&ex->done_lock);

    bool any = job != NULL;

    while (job) {
        struct job *next = job->next;

        if (job->done)
            job->done(job->arg);
        free(job);
        job = next;
    }
    return any;
}

static void on_completions(evutil_socket_t fd, short what PRYV_UNUSED, void *arg)
{
    uint64_t count;

    if (read(fd, &count, sizeof(count)) == sizeof(count))
        run_completions(arg);
}

void executor_to_loop(struct executor *ex, void (*fn)(void *arg), void *arg)
{
    complete(ex, job_new(&(struct job){ .done = fn, .arg = arg }));
}

/* ---- Threads ----------------------------------------------------------------------------------- */

static bool may_begin_batch(const struct executor *ex)
{
    if (!ex->batch_jobs.first)
        return false;
    return ex->batches < BATCHES_AT_ONCE ||
           (ex->batches < ex->run_limit - 1 && monotonic_now() - ex->last_batch > (double) BATCH_PATIENCE_MS / 1000);
}

/* Batches first, of which there are few; then short jobs; the second lane only while it leaves half of the threads. One of its jobs is always under way,
 * so that many short ones cannot keep it waiting for ever. */
static struct job *next_job(struct executor *ex)
{
    struct job *job;

    if (ex->running >= ex->run_limit)
        return NULL;
    if (may_begin_batch(ex))
        return job_queue_take(&ex->batch_jobs);
    job = ex->long_running > 0 || !ex->long_jobs.first ? job_queue_take(&ex->short_jobs) : NULL;
    if (!job && ex->long_running < ex->long_limit)
        job = job_queue_take(&ex->long_jobs);
    return job;
}

/* A job begins to run, or ends or waits (-1). */
static void count_running(struct executor *ex, const struct job *job, int change)
{
    ex->running += change;
    if (job->long_lane)
        ex->long_running += change;
    if (job->together)
        ex->batches += change;
}

static struct job *begin_job(struct executor *ex)
{
    struct job *job = next_job(ex);

    if (job)
        count_running(ex, job, 1);
    if (job && job->together)
        ex->last_batch = monotonic_now();
    return job;
}

/* Those that sleep and have something to do now, to be given to wake() without the lock. */
static struct thread *hand_out(struct executor *ex)
{
    struct thread *woken = NULL;
    struct job *job;

    while (ex->asleep && (job = begin_job(ex))) {
        struct thread *thread = ex->asleep;

        ex->asleep = thread->next;
        thread->job = job;
        thread->next = woken;
        woken = thread;
    }
    return woken;
}

static void wake(struct thread *woken)
{
    while (woken) {
        struct thread *thread = woken;

        woken = thread->next;
        sem_post(&thread->wake);
    }
}

/* With the lock, which is given up meanwhile. NULL: there will be no more. */
static struct job *sleep_until_woken(struct executor *ex, struct thread *self)
{
    self->next = ex->asleep;
    ex->asleep = self;
    pthread_mutex_unlock(&ex->jobs_lock);
    while (sem_wait(&self->wake) == -1)
        continue;
    return self->job;
}

/* The next job, once the last one (NULL: none yet) is over. */
static struct job *take_job(struct executor *ex, struct thread *self, const struct job *last)
{
    struct thread *woken;
    struct job *job;

    pthread_mutex_lock(&ex->jobs_lock);
    if (last)
        count_running(ex, last, -1);
    job = begin_job(ex);
    woken = job ? hand_out(ex) : NULL; /* the end of one in the second lane may let others begin */
    if (!job && !ex->stopping)
        return sleep_until_woken(ex, self);
    pthread_mutex_unlock(&ex->jobs_lock);
    wake(woken);
    return job;
}

/* ---- Batches ----------------------------------------------------------------------------------- */

/* With all that wait by now and are of the first one's kind. */
static void run_batch(struct executor *ex, struct job *first)
{
    struct executor_batch batch = { .executor = ex, .jobs = { first } };

    pthread_mutex_lock(&ex->jobs_lock);
    batch.count = 1 + job_queue_take_kind(&ex->batch_jobs, first->kind, batch.jobs + 1, EXECUTOR_BATCH - 1);
    pthread_mutex_unlock(&ex->jobs_lock);
    for (size_t i = 0; i < batch.count; i++)
        batch.args[i] = batch.jobs[i]->arg;
    first->together(&batch);
}

void executor_batch_over(struct executor_batch *batch, size_t at)
{
    complete(batch->executor, batch->jobs[at]);
}

void executor_batch_alone(struct executor_batch *batch, size_t at, bool long_lane, void (*work)(void *arg))
{
    struct executor *ex = batch->executor;
    struct job *job = batch->jobs[at];
    struct thread *woken;

    *job = (struct job){ .long_lane = long_lane, .work = work, .done = job->done, .arg = job->arg };
    pthread_mutex_lock(&ex->jobs_lock);
    job_queue_put(long_lane ? &ex->long_jobs : &ex->short_jobs, job); /* over its limit too: it was admitted once */
    woken = hand_out(ex);
    pthread_mutex_unlock(&ex->jobs_lock);
    wake(woken);
}

static void *thread_main(void *arg)
{
    struct thread *self = arg;
    struct executor *ex = self->executor;
    struct job *job, last;

    executor_here = ex;
    for (job = take_job(ex, self, NULL); job; job = take_job(ex, self, &last)) {
        last = *job; /* the loop frees it when it is complete */
        job_here = &last;
        if (job->together) {
            run_batch(ex, job);
        } else {
            job->work(job->arg);
            complete(ex, job);
        }
    }
    return NULL;
}

static bool start_thread(struct executor *ex, struct thread *thread, const pthread_attr_t *attributes)
{
    thread->executor = ex;
    sem_init(&thread->wake, 0, 0);
    return pthread_create(&thread->id, attributes, thread_main, thread) == 0;
}

/* Signals belong to the loop's thread; only faults of this one reach it. */
static void start_threads(struct executor *ex, int threads)
{
    pthread_attr_t attributes;
    sigset_t all, before;

    sigfillset(&all);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGFPE);
    sigdelset(&all, SIGILL);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (ex->thread_count < threads && start_thread(ex, &ex->threads[ex->thread_count], &attributes))
        ex->thread_count++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
}

struct executor *executor_new(struct event_base *base, int threads, int spare_threads, size_t queue_limit)
{
    struct executor *ex = calloc(1, sizeof(*ex));

    if (!ex || !(ex->threads = calloc((size_t) threads + (size_t) spare_threads, sizeof(*ex->threads))))
        abort();
    ex->queue_limit = queue_limit;
    ex->spare_limit = spare_threads;
    ex->run_limit = threads;
    ex->long_limit = threads > 1 ? threads / 2 : 1;
    job_queue_init(&ex->short_jobs);
    job_queue_init(&ex->long_jobs);
    job_queue_init(&ex->batch_jobs);
    job_queue_init(&ex->done);
    pthread_mutex_init(&ex->jobs_lock, NULL);
    pthread_mutex_init(&ex->done_lock, NULL);
    ex->completion_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    ex->completion_event =
        ex->completion_fd == -1 ? NULL : event_new(base, ex->completion_fd, EV_READ | EV_PERSIST, on_completions, ex);
    if (ex->completion_event && event_add(ex->completion_event, NULL) == 0)
        start_threads(ex, threads);
    if (ex->thread_count < threads) {
        pryv_log_error(LOG_NAME, "cannot start %d threads", threads);
        executor_free(ex);
        return NULL;
    }
    return ex;
}

static size_t queued(const struct executor *ex)
{
    return ex->short_jobs.length + ex->long_jobs.length + ex->batch_jobs.length;
}

static enum pryv_rc submit(struct executor *ex, struct job_queue *queue, struct job *job)
{
    pthread_mutex_lock(&ex->jobs_lock);

    bool full = ex->stopping || queued(ex) >= ex->queue_limit;

    if (!full)
        job_queue_put(queue, job);

    struct thread *woken = hand_out(ex);

    pthread_mutex_unlock(&ex->jobs_lock);
    if (full) {
        free(job);
        return PRYV_BUSY;
    }
    wake(woken);
    return PRYV_OK;
}

enum pryv_rc executor_submit(struct executor *ex, bool long_lane, void (*work)(void *arg), void (*done)(void *arg), void *arg)
{
    return submit(ex, long_lane ? &ex->long_jobs : &ex->short_jobs,
                  job_new(&(struct job){ .long_lane = long_lane, .work = work, .done = done, .arg = arg }));
}

enum pryv_rc executor_submit_together(struct executor *ex, const void *kind, void (*together)(struct executor_batch *batch),
                                      void (*done)(void *arg), void *arg)
{
    return submit(ex, &ex->batch_jobs, job_new(&(struct job){ .kind = kind, .together = together, .done = done, .arg = arg }));
}

/* ---- Waiting for others -------------------------------------------------------------------------- */

bool executor_wait_begin(void)
{
    struct executor *ex = executor_here;
    struct thread *woken = NULL;
    bool begun;

    if (!ex)
        return false;
    pthread_mutex_lock(&ex->jobs_lock);
    begun = ex->waiting < ex->spare_limit && !ex->stopping;
    if (begun) {
        ex->waiting++;
        if (ex->thread_count - ex->waiting < ex->run_limit)
            start_threads(ex, ex->thread_count + 1);
        count_running(ex, job_here, -1);
        woken = hand_out(ex); /* what was kept back may run now */
    }
    pthread_mutex_unlock(&ex->jobs_lock);
    wake(woken);
    return begun;
}

void executor_wait_end(void)
{
    struct executor *ex = executor_here;

    pthread_mutex_lock(&ex->jobs_lock);
    ex->waiting--;
    count_running(ex, job_here, 1);
    pthread_mutex_unlock(&ex->jobs_lock);
}

size_t executor_queued(struct executor *ex)
{
    pthread_mutex_lock(&ex->jobs_lock);

    size_t count = queued(ex);

    pthread_mutex_unlock(&ex->jobs_lock);
    return count;
}

/* ---- The end ----------------------------------------------------------------------------------- */

/* Running jobs come to their end; queued ones are dropped. */
static void stop_threads(struct executor *ex)
{
    struct job_queue dropped_short, dropped_long, dropped_batch;
    struct thread *asleep;

    pthread_mutex_lock(&ex->jobs_lock);
    ex->stopping = true;
    dropped_short = ex->short_jobs;
    dropped_long = ex->long_jobs;
    dropped_batch = ex->batch_jobs;
    job_queue_init(&ex->short_jobs);
    job_queue_init(&ex->long_jobs);
    job_queue_init(&ex->batch_jobs);
    asleep = ex->asleep;
    ex->asleep = NULL;
    for (struct thread *thread = asleep; thread; thread = thread->next)
        thread->job = NULL;
    pthread_mutex_unlock(&ex->jobs_lock);
    wake(asleep);
    for (int i = 0; i < ex->thread_count; i++) {
        pthread_join(ex->threads[i].id, NULL);
        sem_destroy(&ex->threads[i].wake);
    }
    job_queue_drop(&dropped_short);
    job_queue_drop(&dropped_long);
    job_queue_drop(&dropped_batch);
}

void executor_free(struct executor *ex)
{
    if (!ex)
        return;
    stop_threads(ex);
    while (run_completions(ex)) /* a completion may ask for another */
        continue;
    if (ex->completion_event)
        event_free(ex->completion_event);
    if (ex->completion_fd != -1)
        close(ex->completion_fd);
    pthread_mutex_destroy(&ex->jobs_lock);
    pthread_mutex_destroy(&ex->done_lock);
    free(ex->threads);
    free(ex);
}
