/* worker_groups.h - which workers there should be: those of http.port, which serve everything, and those of each plugin that asks for a port of its own
 * (PRYV_PLUGIN_WORKERS of pryv/plugin.h). Workers are numbered through all groups.
 *
 * Threads   The master's.
 */
#ifndef KERNEL_WORKER_GROUPS_H
#define KERNEL_WORKER_GROUPS_H

#include "config.h"
#include "sockets.h"

enum { WORKERS_MAX = 512, WORKER_GROUPS_MAX = 16 };

struct worker_group {
    const char *plugin; /* whose routes alone it serves; NULL: all */
    int first, count;   /* numbers of its workers */
    struct pryv_str ip; /* as configured */
    int port;
    bool port_is_default; /* nobody configured it: without it, the group is left out */
    struct sockets sockets;
    bool owns_sockets; /* else they are those of the release before */
};

struct worker_groups {
    struct worker_group list[WORKER_GROUPS_MAX]; /* the first is that of http.port */
    size_t count;
    int workers; /* of all */
};

/* What `config` and the files of `plugin_dir` ask for; `settings` must be those of `config`. Texts live as long as `config`. No sockets yet. Errors: PRYV_REFUSED, a
 * setting that does not fit (told on the log), or too many workers. */
PRYV_CHECK enum pryv_rc worker_groups_find(const char *plugin_dir, struct config *config, struct worker_groups *out,
                                           struct pryv_err *err);
const struct worker_group *worker_groups_of(const struct worker_groups *groups, int worker);

/* Listens; where `before` (or NULL) listens at the same address and port for the same group, with its sockets. A group whose port is the default and
 * taken is left out, and a warning tells. Errors: PRYV_REFUSED. */
PRYV_CHECK enum pryv_rc worker_groups_listen(struct worker_groups *groups, const struct worker_groups *before,
                                             struct pryv_err *err);
/* The sockets that are those of `before` belong to `groups` from now on. */
void worker_groups_adopt(struct worker_groups *groups, struct worker_groups *before);
/* Closes the sockets that are its own. */
void worker_groups_close(struct worker_groups *groups);

#endif
