/* The executor: every job runs once and comes back to the loop, the queue has its limit, long jobs leave threads free. */
#include "executor.h"
#include <criterion/criterion.h>
#include <event2/event.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 4, SPARE_THREADS = 3, JOBS = 5000 };

static struct event_base *base;
static struct executor *ex;
static pthread_t loop_thread;

static void begin(int threads, size_t queue)
{
    base = event_base_new();
    ex = executor_new(base, threads, SPARE_THREADS, queue);
    loop_thread = pthread_self();
    cr_assert(ex);
}

static void end(void)
{
    executor_free(ex);
    event_base_free(base);
}

/* Turns the loop until `*count` is `expected`, or far too long. */
static void turn_until(atomic_int *count, int expected)
{
    for (int i = 0; i < 10000 && *count < expected; i++) {
        event_base_loop(base, EVLOOP_NONBLOCK);
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    }
    cr_expect_eq(*count, expected);
}

static atomic_int worked, done, on_wrong_thread;

static void work(void *arg)
{
    if (pthread_equal(pthread_self(), loop_thread))
        on_wrong_thread++;
    ++*(int *) arg;
    worked++;
}

static void finish(void *arg)
{
    if (!pthread_equal(pthread_self(), loop_thread))
        on_wrong_thread++;
    *(int *) arg += 10;
    done++;
}

Test(executor, runs_every_job_once_and_comes_back)
{
    static int jobs[JOBS];

    begin(THREADS, JOBS);
    for (int i = 0; i < JOBS; i++)
        cr_assert_eq(executor_submit(ex, i % 3 == 0, work, finish, &jobs[i]), PRYV_OK);
    turn_until(&done, JOBS);
    for (int i = 0; i < JOBS; i++)
        cr_expect_eq(jobs[i], 11);
    cr_expect_eq(on_wrong_thread, 0);
    cr_expect_eq(executor_queued(ex), 0);
    end();
}

Test(executor, jobs_need_no_completion)
{
    int number = 0;

    begin(1, 10);
    cr_assert_eq(executor_submit(ex, false, work, NULL, &number), PRYV_OK);
    turn_until(&worked, 1);
    end();
    cr_expect_eq(number, 1);
}

static sem_t held;
static atomic_int holding, peak;

static void hold(void *arg PRYV_UNUSED)
{
    int now = ++holding;

    if (now > peak)
        peak = now;
    while (sem_wait(&held) == -1)
        continue;
    holding--;
}

static void count_done(void *arg PRYV_UNUSED)
{
    done++;
}

Test(executor, a_full_queue_refuses)
{
    sem_init(&held, 0, 0);
    begin(2, 3);
    cr_assert_eq(executor_submit(ex, false, hold, count_done, NULL), PRYV_OK);
    cr_assert_eq(executor_submit(ex, false, hold, count_done, NULL), PRYV_OK);
    turn_until(&holding, 2);
    for (int i = 0; i < 3; i++)
        cr_expect_eq(executor_submit(ex, i == 1, hold, count_done, NULL), PRYV_OK);
    cr_expect_eq(executor_queued(ex), 3);
    cr_expect_eq(executor_submit(ex, false, hold, count_done, NULL), PRYV_BUSY);
    cr_expect_eq(executor_submit(ex, true, hold, count_done, NULL), PRYV_BUSY);
    for (int i = 0; i < 5; i++)
        sem_post(&held);
    turn_until(&done, 5);
    cr_expect_eq(executor_submit(ex, false, hold, count_done, NULL), PRYV_OK);
    sem_post(&held);
    turn_until(&done, 6);
    end();
    sem_destroy(&held);
}

Test(executor, long_jobs_take_at_most_half_of_the_threads)
{
    static int numbers[20], number;

    sem_init(&held, 0, 0);
    begin(THREADS, 100);
    for (int i = 0; i < 10; i++)
        cr_assert_eq(executor_submit(ex, true, hold, count_done, NULL), PRYV_OK);
    turn_until(&holding, THREADS / 2);
    for (int i = 0; i < 20; i++)
        cr_assert_eq(executor_submit(ex, false, work, NULL, &numbers[i]), PRYV_OK);
    turn_until(&worked, 20);
    cr_expect_eq(holding, THREADS / 2);
    for (int i = 0; i < 10; i++)
        sem_post(&held);
    turn_until(&done, 10);
    cr_expect_eq(peak, THREADS / 2);
    cr_assert_eq(executor_submit(ex, true, work, finish, &number), PRYV_OK);
    turn_until(&done, 11);
    end();
    sem_destroy(&held);
}

static atomic_int stood_aside, kept_places;

static void wait_for_client(void *arg)
{
    bool begun = executor_wait_begin();

    ++*(begun ? &stood_aside : &kept_places);
    hold(arg);
    if (begun)
        executor_wait_end();
}

Test(executor, jobs_that_wait_for_clients_keep_no_others_waiting)
{
    static int numbers[20];

    sem_init(&held, 0, 0);
    begin(THREADS, 100);
    for (int i = 0; i < 10; i++)
        cr_assert_eq(executor_submit(ex, true, wait_for_client, count_done, NULL), PRYV_OK);
    /* The spare ones stand in; then the second lane is full as ever. */
    turn_until(&holding, SPARE_THREADS + THREADS / 2);
    cr_expect_eq(stood_aside, SPARE_THREADS);
    for (int i = 0; i < 20; i++)
        cr_assert_eq(executor_submit(ex, false, work, NULL, &numbers[i]), PRYV_OK);
    turn_until(&worked, 20);
    for (int i = 0; i < 10; i++)
        sem_post(&held);
    turn_until(&done, 10);
    cr_expect_eq(stood_aside + kept_places, 10);

    /* As many run at once as before, whoever was started meanwhile. */
    peak = 0;
    for (int i = 0; i < 20; i++)
        cr_assert_eq(executor_submit(ex, false, hold, count_done, NULL), PRYV_OK);
    turn_until(&holding, THREADS);
    for (int i = 0; i < 20; i++)
        sem_post(&held);
    turn_until(&done, 30);
    cr_expect_eq(peak, THREADS);
    end();
    sem_destroy(&held);
}

static atomic_bool enough;
static atomic_int refused;

static void work_again(void *arg)
{
    work(arg);
    if (!enough && executor_submit(ex, false, work_again, NULL, arg) != PRYV_OK)
        refused++;
}

Test(executor, short_jobs_without_end_do_not_keep_a_long_one_waiting)
{
    static int numbers[8], number;

    begin(2, 100);
    for (size_t i = 0; i < PRYV_COUNT(numbers); i++)
        cr_assert_eq(executor_submit(ex, false, work_again, NULL, &numbers[i]), PRYV_OK);
    cr_assert_eq(executor_submit(ex, true, work, finish, &number), PRYV_OK);
    turn_until(&done, 1);
    cr_expect_eq(refused, 0);
    enough = true;
    end();
}

static void *call_back(void *arg)
{
    for (int i = 0; i < 1000; i++)
        executor_to_loop(ex, count_done, arg);
    return NULL;
}

Test(executor, any_thread_reaches_the_loop)
{
    pthread_t threads[3];

    begin(1, 1);
    for (size_t i = 0; i < PRYV_COUNT(threads); i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, call_back, NULL), 0);
    turn_until(&done, 3000);
    for (size_t i = 0; i < PRYV_COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    end();
}

static void ask_again(void *arg)
{
    count_done(arg);
    executor_to_loop(ex, count_done, arg);
}

static void let_go(void *arg PRYV_UNUSED)
{
    nanosleep(&(struct timespec){ .tv_nsec = 400000000 }, NULL);
    worked++;
}

Test(executor, its_end_waits_for_what_runs_and_drops_what_does_not)
{
    begin(1, 10);
    cr_assert_eq(executor_submit(ex, false, let_go, ask_again, NULL), PRYV_OK);
    for (int i = 0; i < 4 && executor_queued(ex) > 0; i++)
        nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
    for (int i = 0; i < 5; i++)
        cr_assert_eq(executor_submit(ex, i % 2, let_go, ask_again, NULL), PRYV_OK);
    end();
    cr_expect_eq(worked, 1);
    cr_expect_eq(done, 12, "each job and each call that its end made came back: %d", (int) done);
}

static atomic_int signals_here;

static void on_signal(int number PRYV_UNUSED)
{
    if (!pthread_equal(pthread_self(), loop_thread))
        on_wrong_thread++;
    signals_here++;
}

static void send_signal(void *arg PRYV_UNUSED)
{
    kill(getpid(), SIGUSR1);
}

Test(executor, signals_are_the_loops)
{
    struct sigaction action = { .sa_handler = on_signal };

    sigaction(SIGUSR1, &action, NULL);
    begin(THREADS, 100);
    for (int i = 1; i <= 20; i++) {
        cr_assert_eq(executor_submit(ex, false, send_signal, count_done, NULL), PRYV_OK);
        turn_until(&done, i);
    }
    cr_expect_gt(signals_here, 0);
    cr_expect_eq(on_wrong_thread, 0);
    end();
}

/* ---- Batches ------------------------------------------------------------------------------------------- */

enum { KINDS = 3, TOGETHER = 3000 };

struct member {
    int kind, over;
    bool alone;
};

static int kinds[KINDS];
static atomic_int batches, mixed, worked_alone;

static void work_alone(void *arg)
{
    if (!((struct member *) arg)->alone || pthread_equal(pthread_self(), loop_thread))
        on_wrong_thread++;
    worked_alone++;
}

static void member_over(void *arg)
{
    if (!pthread_equal(pthread_self(), loop_thread))
        on_wrong_thread++;
    ((struct member *) arg)->over++;
    done++;
}

/* The last first, for their order is free. */
static void work_together(struct executor_batch *batch)
{
    const struct member *first = batch->args[0];

    batches++;
    if (pthread_equal(pthread_self(), loop_thread))
        on_wrong_thread++;
    for (size_t i = batch->count; i-- > 0;) {
        const struct member *member = batch->args[i];

        if (member->kind != first->kind)
            mixed++;
        if (member->alone)
            executor_batch_alone(batch, i, member->kind == 1, work_alone);
        else
            executor_batch_over(batch, i);
    }
}

Test(executor, each_of_a_batch_is_over_once)
{
    static struct member members[TOGETHER];

    begin(THREADS, TOGETHER);
    for (int i = 0; i < TOGETHER; i++) {
        members[i] = (struct member){ .kind = i % KINDS, .alone = i % 10 == 0 };
        cr_assert_eq(executor_submit_together(ex, &kinds[i % KINDS], work_together, member_over, &members[i]), PRYV_OK);
    }
    turn_until(&done, TOGETHER);
    end();
    for (int i = 0; i < TOGETHER; i++)
        cr_expect_eq(members[i].over, 1);
    cr_expect_eq(worked_alone, TOGETHER / 10);
    cr_expect_eq(mixed, 0);
    cr_expect_eq(on_wrong_thread, 0);
}

static atomic_int largest;

static void hold_together(struct executor_batch *batch)
{
    batches++;
    if ((int) batch->count > largest)
        largest = (int) batch->count;
    hold(NULL);
    for (size_t i = 0; i < batch->count; i++)
        executor_batch_over(batch, i);
}

Test(executor, what_comes_while_batches_are_at_work_goes_together)
{
    static struct member members[30];

    sem_init(&held, 0, 0);
    begin(THREADS, 100);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(executor_submit_together(ex, kinds, hold_together, member_over, &members[i]), PRYV_OK);
        turn_until(&holding, i + 1);
    }
    for (int i = 2; i < 30; i++)
        cr_assert_eq(executor_submit_together(ex, kinds, hold_together, member_over, &members[i]), PRYV_OK);
    for (int i = 0; i < 30; i++)
        sem_post(&held);
    turn_until(&done, 30);
    end();
    cr_expect_gt(largest, 1);
    cr_expect_lt(batches, 30);
    sem_destroy(&held);
}

Test(executor, a_slow_batch_does_not_keep_the_next_one_waiting)
{
    static struct member members[4];
    static int number;

    sem_init(&held, 0, 0);
    begin(THREADS, 100);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(executor_submit_together(ex, kinds, hold_together, member_over, &members[i]), PRYV_OK);
        turn_until(&holding, i + 1);
    }
    nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
    cr_assert_eq(executor_submit_together(ex, kinds, hold_together, member_over, &members[2]), PRYV_OK);
    turn_until(&holding, 3);

    /* The last thread is for others. */
    nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
    cr_assert_eq(executor_submit_together(ex, kinds, hold_together, member_over, &members[3]), PRYV_OK);
    cr_assert_eq(executor_submit(ex, false, work, NULL, &number), PRYV_OK);
    turn_until(&worked, 1);
    cr_expect_eq(holding, 3);
    for (int i = 0; i < 4; i++)
        sem_post(&held);
    turn_until(&done, 4);
    end();
    sem_destroy(&held);
}

Test(executor, its_end_drops_those_that_would_go_together)
{
    static struct member members[5];

    begin(1, 10);
    cr_assert_eq(executor_submit(ex, false, let_go, NULL, NULL), PRYV_OK);
    for (int i = 0; i < 5; i++)
        cr_assert_eq(executor_submit_together(ex, kinds, work_together, member_over, &members[i]), PRYV_OK);
    end();
    cr_expect_eq(done, 5);
}
