/* children.h - the processes that the master forked: checks and workers. */
#ifndef KERNEL_CHILDREN_H
#define KERNEL_CHILDREN_H

#include "bus_master.h"
#include "settings.h"
#include "tls_files.h"
#include "worker_groups.h"
#include <sys/types.h>

struct options;
struct config;

/* One accepted configuration and all that goes with it. */
struct release {
    unsigned number; /* counts reloads */
    struct config *config;
    struct settings settings; /* as worked out from config */
    struct worker_groups groups;
    struct tls_files tls;
};

struct child {
    struct child *next;
    pid_t pid;
    bool is_check;
    int index;       /* of a worker */
    unsigned number; /* of the release it runs */
    bool ready, draining, hung_up, killed;
    double started, deadline; /* deadline: of a draining one, when it is killed */
    struct bus_peer peer;
};

extern struct child *children;

/* NULL after a line on the log. `signal_fd` is closed in the child. */
struct child *child_fork_check(const struct options *options, const struct release *release, int signal_fd);
struct child *child_fork_worker(const struct options *options, const struct release *release, int index, int signal_fd);
struct child *child_of(pid_t pid);
void child_forget(struct child *child);
/* Tell a worker to finish what it has; after `grace_seconds` and a little more it is killed. */
void child_drain(struct child *child, double grace_seconds);

#endif
