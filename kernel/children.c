/* children.c - see children.h. */
#include "children.h"
#include "monotonic.h"
#include "worker.h"
#include <errno.h>
#include <pryv/log.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct child *children;

static const double KILL_AFTER_SECONDS = 2; /* past the grace: time to stop threads and close databases */

static struct child *child_new(unsigned number)
{
    struct child *child = calloc(1, sizeof(*child));

    if (!child)
        abort();
    *child = (struct child){ .next = children, .number = number, .started = monotonic_now() };
    bus_peer_init(&child->peer, -1);
    children = child;
    return child;
}

void child_forget(struct child *child)
{
    for (struct child **at = &children; *at; at = &(*at)->next)
        if (*at == child) {
            *at = child->next;
            break;
        }
    if (child->peer.fd != -1)
        close(child->peer.fd);
    bus_peer_release(&child->peer);
    free(child);
}

struct child *child_of(pid_t pid)
{
    struct child *child = children;

    while (child && child->pid != pid)
        child = child->next;
    return child;
}

/* In the child: the master's things are not its own, and it ends with the master. */
static void become_child(pid_t master, int signal_fd)
{
    sigset_t none;

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != master)
        _exit(1);
    signal(SIGINT, SIG_IGN); /* from a terminal it reaches all; the master tells what to do */
    signal(SIGHUP, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    close(signal_fd);
    while (children)
        child_forget(children);
}

struct child *child_fork_check(const struct options *options, const struct release *release, int signal_fd)
{
    pid_t master = getpid();
    pid_t pid = fork();

    if (pid == -1) {
        pryv_log_error("master", "fork: %s", strerror(errno));
        return NULL;
    }
    if (pid == 0) {
        become_child(master, signal_fd);
        exit(worker_check(options, release->config, false));
    }

    struct child *child = child_new(release->number);

    child->pid = pid;
    child->is_check = true;
    return child;
}

/* What it does not listen at would keep the port taken for as long as it lives. */
static void close_others(const struct release *release, const struct worker_group *mine)
{
    for (size_t i = 0; i < release->groups.count; i++) {
        struct sockets copy = release->groups.list[i].sockets;

        if (&release->groups.list[i] != mine)
            sockets_close(&copy);
    }
}

static _Noreturn void run_worker(const struct options *options, const struct release *release, int index, int fd)
{
    static struct worker_setup setup;
    const struct worker_group *group = worker_groups_of(&release->groups, index);

    close_others(release, group);
    setup = (struct worker_setup){
        .options = options,
        .config = release->config,
        .index = index,
        .count = release->groups.workers,
        .plugin = group->plugin,
        .public_port = sockets_port(release->groups.list[0].sockets.fds[0]),
        .listen_fds = group->sockets.fds,
        .listen_count = group->sockets.count,
        .master_fd = fd,
        .tls_key = release->tls.key,
        .tls_cert = release->tls.cert,
        .tls_ca = release->tls.ca,
    };
    worker_main(&setup);
}

struct child *child_fork_worker(const struct options *options, const struct release *release, int index, int signal_fd)
{
    int pair[2];
    pid_t master = getpid();

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == -1) {
        pryv_log_error("master", "socketpair: %s", strerror(errno));
        return NULL;
    }

    pid_t pid = fork();

    if (pid == 0) {
        close(pair[0]);
        become_child(master, signal_fd);
        run_worker(options, release, index, pair[1]);
    }
    close(pair[1]);
    if (pid == -1) {
        pryv_log_error("master", "fork: %s", strerror(errno));
        close(pair[0]);
        return NULL;
    }

    struct child *child = child_new(release->number);

    child->pid = pid;
    child->index = index;
    bus_peer_init(&child->peer, pair[0]);
    return child;
}

void child_drain(struct child *child, double grace_seconds)
{
    if (child->draining)
        return;
    child->draining = true;
    child->deadline = monotonic_now() + grace_seconds + KILL_AFTER_SECONDS;
    kill(child->pid, SIGTERM);
}
