/* master.c - one loop over signals, the ends of children, and the bus.
 *
 * Start, reload and replacement are one thing: every number of a worker should be served by a worker of the release that runs now.
 * `look_after_workers` starts what is missing; a worker of an older release is drained when the one that takes its place is
 * ready. A release runs when a check in a process of its own said that a worker could start from it.
 */
#include "master.h"
#include "bus_wire.h"
#include "data_folder.h"
#include "generation.h"
#include "monotonic.h"
#include "notify.h"
#include "options.h"
#include "release.h"
#include <errno.h>
#include <poll.h>
#include <pryv/log.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_POLLED = 2 * WORKERS_MAX + 2, READ_AT_ONCE = 256 };

static const double SOON_SECONDS = 1; /* a worker that lived shorter is not replaced at once again */
static const double FIRST_DELAY_SECONDS = 0.1, LONGEST_DELAY_SECONDS = 10;

static struct master {
    const struct options *options;
    struct release *current;   /* what runs, or is being checked before the first start */
    struct release *candidate; /* being checked for a reload */
    bool accepted;             /* current was checked: workers are started */
    bool announced;            /* all workers of current were ready */
    bool served;               /* at least one worker was ready, ever */
    bool reload_wanted;
    bool stopping;
    int status;
    int signal_fd;
    struct {
        double not_before, delay;
    } slots[WORKERS_MAX];
} master;

/* --- stopping --- */

static void stop_all(int status)
{
    if (master.stopping)
        return;
    master.stopping = true;
    master.status = status;
    notify("STOPPING=1");
    for (struct child *child = children; child; child = child->next) {
        if (child->is_check)
            kill(child->pid, SIGKILL);
        else
            child_drain(child, master.current->settings.grace_seconds);
    }
    worker_groups_close(&master.current->groups);
}

static void kill_all(void)
{
    for (struct child *child = children; child; child = child->next) {
        kill(child->pid, SIGKILL);
        child->killed = true;
    }
    master.status = 1;
}

static void kill_overdue(double now)
{
    for (struct child *child = children; child; child = child->next)
        if (child->draining && !child->killed && now >= child->deadline) {
            pryv_log_warn("master", "worker %d (%ld) did not finish in time and is ended", child->index, (long) child->pid);
            kill(child->pid, SIGKILL);
            child->killed = true;
        }
}

/* --- workers --- */

/* The worker of `index` in the running release, and whether an older one still serves in its place. */
static struct child *worker_of(int index, bool *older)
{
    struct child *found = NULL;

    *older = false;
    for (struct child *child = children; child; child = child->next) {
        if (child->is_check || child->index != index || child->draining)
            continue;
        if (child->number == master.current->number)
            found = child;
        else
            *older = true;
    }
    return found;
}

static void drain_older(int index)
{
    for (struct child *child = children; child; child = child->next)
        if (!child->is_check && child->number != master.current->number && (index == -1 || child->index == index))
            child_drain(child, master.current->settings.grace_seconds);
}

static void start_worker(int index, double now)
{
    if (!child_fork_worker(master.options, master.current, index, master.signal_fd))
        master.slots[index].not_before = now + SOON_SECONDS;
}

static void tell_groups(void)
{
    const struct worker_groups *groups = &master.current->groups;

    for (size_t i = 0; i < groups->count; i++) {
        const struct worker_group *group = &groups->list[i];
        const char *more = group->count == 1 ? "" : "s";

        if (group->plugin)
            pryv_log_info("master", "serving %s on port %d with %d more worker%s", group->plugin,
                          sockets_port(group->sockets.fds[0]), group->count, more);
        else
            pryv_log_info("master", "serving %s with %d worker%s", master.current->settings.public_url.data, group->count, more);
    }
}

/* Older workers are replaced one at a time; where nobody serves, all are started at once. */
static void look_after_workers(double now)
{
    int count = master.current->groups.workers;
    int ready = 0;
    bool starting = false;

    for (int i = 0; i < count; i++) {
        bool older;
        const struct child *worker = worker_of(i, &older);

        if (worker) {
            ready += worker->ready;
            starting |= !worker->ready;
        } else if ((!older || !starting) && now >= master.slots[i].not_before) {
            start_worker(i, now);
            starting = true;
        }
    }
    if (ready < count || master.announced)
        return;
    master.announced = true;
    drain_older(-1);
    notify("READY=1");
    tell_groups();
}

static void on_ready(struct child *child)
{
    child->ready = true;
    master.served = true;
    if (child->number == master.current->number)
        drain_older(child->index);
}

static void delay_next(int index, double lived)
{
    double *delay = &master.slots[index].delay;

    if (lived >= SOON_SECONDS)
        *delay = 0;
    else if (*delay == 0)
        *delay = FIRST_DELAY_SECONDS;
    else if (*delay * 2 <= LONGEST_DELAY_SECONDS)
        *delay *= 2;
    master.slots[index].not_before = monotonic_now() + *delay;
}

static const char *how_it_ended(int status, char *text, size_t size)
{
    if (WIFSIGNALED(status))
        snprintf(text, size, "by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(text, size, "with status %d", WEXITSTATUS(status));
    return text;
}

static void on_worker_end(const struct child *child, int status)
{
    char how[96];

    how_it_ended(status, how, sizeof(how));
    if (child->draining) {
        bool by_us = child->killed || (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM); /* it had not begun yet */

        if (status != 0 && !by_us)
            pryv_log_warn("master", "worker %d (%ld) ended %s while it was told to stop", child->index, (long) child->pid, how);
        return;
    }
    generation_bump_all(); /* it may have stored what it could not tell */
    if (!master.served && !child->ready) {
        pryv_log_error("master", "worker %d (%ld) ended %s before it was ready; giving up", child->index, (long) child->pid, how);
        stop_all(1);
        return;
    }
    delay_next(child->index, monotonic_now() - child->started);
    pryv_log_error("master", "worker %d (%ld) ended %s; another is started%s", child->index, (long) child->pid, how,
                   master.slots[child->index].delay > 0 ? " after a pause" : "");
}

/* --- reload --- */

static void refuse_reload(const char *why)
{
    pryv_log_error("master", "the new configuration is refused, the old one keeps running: %s", why);
    notify("READY=1");
}

static void begin_reload(void)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct config *config = NULL;

    master.reload_wanted = false;
    pryv_log_info("master", "reading the configuration again");
    notify_reloading();
    if (config_load(master.options, &config, &err) == PRYV_OK) {
        config_know(config, "kernel", settings_keys);
        master.candidate = release_new(master.options->plugin_dir, config, master.current, &err);
    }
    if (master.candidate && !child_fork_check(master.options, master.candidate, master.signal_fd)) {
        release_free(master.candidate);
        master.candidate = NULL;
    }
    if (!master.candidate)
        refuse_reload(err.message ? err.message : "it cannot be checked");
    pryv_arena_free(mem);
}

static void accept_candidate(void)
{
    release_adopt(master.candidate, master.current);
    master.current = master.candidate;
    master.candidate = NULL;
    master.announced = false;
    memset(master.slots, 0, sizeof(master.slots));
}

static void on_check_end(int status)
{
    if (master.stopping)
        return;
    if (!master.accepted && status == 0) {
        master.accepted = true;
    } else if (!master.accepted) {
        pryv_log_error("master", "not started");
        stop_all(1);
    } else if (status == 0) {
        accept_candidate();
    } else {
        release_free(master.candidate);
        master.candidate = NULL;
        refuse_reload("its check failed, as told above");
    }
}

/* --- events --- */

static void reap(void)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        struct child *child = child_of(pid);

        if (!child)
            continue;
        if (child->is_check)
            on_check_end(status);
        else
            on_worker_end(child, status);
        child_forget(child);
    }
}

static void on_signal(int number)
{
    switch (number) {
    case SIGCHLD: reap(); break;
    case SIGHUP: master.reload_wanted = !master.stopping; break;
    case SIGUSR1: generation_bump_all(); break; /* another program changed accounts */
    case SIGTERM:
    case SIGINT:
        if (master.stopping) {
            kill_all();
        } else {
            pryv_log_info("master", "stopping");
            stop_all(0);
        }
        break;
    default: break;
    }
}

static void read_signals(void)
{
    struct signalfd_siginfo info;

    while (read(master.signal_fd, &info, sizeof(info)) == (ssize_t) sizeof(info))
        on_signal((int) info.ssi_signo);
}

static void fan_out(const struct child *from, const unsigned char *data, size_t len)
{
    struct bus_packet *packet = bus_packet_new(data, len);

    for (struct child *child = children; child; child = child->next)
        if (child != from && !child->is_check && !child->hung_up)
            bus_peer_send(&child->peer, packet, (size_t) master.current->settings.bus_queue_messages);
    bus_packet_release(packet);
}

static void read_bus(struct child *child)
{
    static unsigned char packet[BUS_PACKET_BYTES];

    for (int i = 0; i < READ_AT_ONCE; i++) {
        ssize_t len = recv(child->peer.fd, packet, sizeof(packet), MSG_DONTWAIT);

        if (len == -1 && (errno == EAGAIN || errno == EINTR))
            return;
        if (len <= 0) {
            child->hung_up = true;
            return;
        }
        if (packet[0] == BUS_READY)
            on_ready(child);
        else
            fan_out(child, packet, (size_t) len);
    }
}

/* Milliseconds until something is due; -1: nothing is. */
static int timeout_ms(double now)
{
    double next = -1;

    for (const struct child *child = children; child; child = child->next)
        if (child->draining && !child->killed && (next < 0 || child->deadline < next))
            next = child->deadline;
    for (int i = 0; master.accepted && !master.stopping && i < master.current->groups.workers; i++) {
        bool older;

        if (!worker_of(i, &older) && master.slots[i].not_before > now && (next < 0 || master.slots[i].not_before < next))
            next = master.slots[i].not_before;
    }
    if (next < 0)
        return -1;
    return next <= now ? 0 : (int) ((next - now) * 1000) + 1;
}

static void wait_for_events(void)
{
    static struct pollfd polled[MAX_POLLED];
    static struct child *owners[MAX_POLLED];
    nfds_t count = 1;

    polled[0] = (struct pollfd){ .fd = master.signal_fd, .events = POLLIN };
    for (struct child *child = children; child && count < MAX_POLLED; child = child->next) {
        if (child->is_check || child->hung_up)
            continue;
        polled[count] = (struct pollfd){ .fd = child->peer.fd, .events = POLLIN };
        if (bus_peer_waits(&child->peer))
            polled[count].events |= POLLOUT;
        owners[count++] = child;
    }
    if (poll(polled, count, timeout_ms(monotonic_now())) == -1)
        return; /* interrupted */
    for (nfds_t i = 1; i < count; i++) {
        if (polled[i].revents & POLLOUT)
            bus_peer_flush(&owners[i]->peer);
        if (polled[i].revents & (POLLIN | POLLHUP | POLLERR))
            read_bus(owners[i]);
    }
    read_signals(); /* last: children are forgotten here */
}

static bool catch_signals(void)
{
    sigset_t set;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    for (const int *number = (const int[]){ SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD, 0 }; *number; number++)
        sigaddset(&set, *number);
    sigprocmask(SIG_BLOCK, &set, NULL);
    master.signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return master.signal_fd != -1;
}

/* A connection is a descriptor: take as many as we are allowed. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
        pryv_log_warn("master", "the limit of open files stays low: %s", strerror(errno));
}

static bool begin(struct config *config)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);

    config_know(config, "kernel", settings_keys);
    if (data_folder_claim(master.options->data_dir, &err) == PRYV_OK)
        master.current = release_new(master.options->plugin_dir, config, NULL, &err);
    else
        config_free(config);
    if (master.current)
        release_adopt(master.current, NULL);
    else
        pryv_log_error("master", "not started: %s", err.message ? err.message : "no reason given");
    pryv_arena_free(mem);
    return master.current && child_fork_check(master.options, master.current, master.signal_fd);
}

int master_run(const struct options *options, struct config *config)
{
    master.options = options;
    raise_descriptor_limit();
    generation_init();
    if (!catch_signals()) {
        pryv_log_error("master", "signalfd: %s", strerror(errno));
        config_free(config);
        return 1;
    }
    if (!begin(config)) {
        release_free(master.current);
        return 1;
    }
    while (children || !master.stopping) {
        wait_for_events();
        kill_overdue(monotonic_now());
        if (master.accepted && !master.stopping) {
            look_after_workers(monotonic_now());
            if (master.reload_wanted && !master.candidate && master.announced) /* which may have come true just now */
                begin_reload();
        }
    }
    release_free(master.candidate);
    release_free(master.current);
    close(master.signal_fd);
    return master.status;
}
