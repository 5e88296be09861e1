/* worker.h - what one worker process does: plugins, executor, HTTP server, one loop; see worker.c. */
#ifndef KERNEL_WORKER_H
#define KERNEL_WORKER_H

#include "config.h"

struct options;

struct worker_setup {
    const struct options *options;
    struct config *config;
    int index, count;
    const char *plugin; /* whose routes alone it serves; NULL: all */
    int public_port;    /* of http.port, as bound */
    const int *listen_fds;
    size_t listen_count;
    int master_fd;                           /* SOCK_SEQPACKET to the master: bus messages, "ready", orders */
    const char *tls_key, *tls_cert, *tls_ca; /* PEM texts read by the master, or NULL */
};

/* Never returns: exits 0 after a drain, non-zero when it could not start. */
_Noreturn void worker_main(const struct worker_setup *setup);
/* In a child of its own: load everything as a worker would, without sockets. 0 when a worker would start. */
int worker_check(const struct options *options, struct config *config, bool print);

#endif
