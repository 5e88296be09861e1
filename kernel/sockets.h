/* sockets.h - the sockets that the master listens on and its workers inherit. */
#ifndef KERNEL_SOCKETS_H
#define KERNEL_SOCKETS_H

#include <pryv/error.h>

enum { SOCKETS_MAX = 16 };

struct sockets {
    int fds[SOCKETS_MAX];
    size_t count;
    bool inherited; /* from systemd: http.ip and http.port were not asked */
};

/* Listen on every address that `ip` stands for ("::" takes IPv4 too). `port` 0: the system chooses one, the same for all. */
PRYV_CHECK enum pryv_rc sockets_listen(struct sockets *sockets, const char *ip, int port, struct pryv_err *err);
/* The sockets that systemd (LISTEN_PID, LISTEN_FDS) gave to this process; count 0: none. Once. */
void sockets_inherit(struct sockets *sockets);
void sockets_close(struct sockets *sockets);
int sockets_port(int fd); /* 0 when it has none */

#endif
