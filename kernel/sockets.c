/* sockets.c - see sockets.h. One queue of connections is shared by all workers: with a queue for each (SO_REUSEPORT) the
 * connections of one that ends would be lost. */
#include "sockets.h"
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4096, FIRST_INHERITED = 3 };

static void set_option(int fd, int level, int option, int value)
{
    if (setsockopt(fd, level, option, &value, sizeof(value)) == -1)
        perror("pryvd: setsockopt");
}

static void set_port(struct sockaddr *address, int port)
{
    if (address->sa_family == AF_INET6)
        ((struct sockaddr_in6 *) (void *) address)->sin6_port = htons((uint16_t) port);
    else
        ((struct sockaddr_in *) (void *) address)->sin_port = htons((uint16_t) port);
}

static int listen_on(const struct addrinfo *address, bool only_one)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd == -1)
        return -1;
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (address->ai_family == AF_INET6)
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, !only_one);
    if (bind(fd, address->ai_addr, address->ai_addrlen) == -1 || listen(fd, BACKLOG) == -1) {
        int saved = errno;

        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

int sockets_port(int fd)
{
    struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
    socklen_t len = sizeof(address);

    if (getsockname(fd, (struct sockaddr *) &address, &len) == -1)
        return 0;
    if (address.ss_family == AF_INET)
        return ntohs(((struct sockaddr_in *) &address)->sin_port);
    return address.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *) &address)->sin6_port) : 0;
}

enum pryv_rc sockets_listen(struct sockets *sockets, const char *ip, int port, struct pryv_err *err)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
    struct addrinfo *addresses;
    int status = getaddrinfo(ip, NULL, &hints, &addresses);

    *sockets = (struct sockets){ .count = 0 };
    if (status != 0)
        return pryv_refuse(err, 400, NULL, NULL, "http.ip %s: %s", ip, gai_strerror(status));
    for (const struct addrinfo *address = addresses; address && sockets->count < SOCKETS_MAX; address = address->ai_next) {
        set_port(address->ai_addr, port);

        int fd = listen_on(address, !addresses->ai_next);

        if (fd == -1 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL) && addresses->ai_next)
            continue; /* a name with an address of a family that is not there */
        if (fd == -1) {
            enum pryv_rc rc = pryv_refuse(err, 400, NULL, NULL, "cannot listen on %s port %d: %s", ip, port, strerror(errno));

            freeaddrinfo(addresses);
            sockets_close(sockets);
            return rc;
        }
        sockets->fds[sockets->count++] = fd;
        if (port == 0)
            port = sockets_port(fd);
    }
    freeaddrinfo(addresses);
    if (sockets->count == 0)
        return pryv_refuse(err, 400, NULL, NULL, "cannot listen on %s: it has no address here", ip);
    return PRYV_OK;
}

void sockets_inherit(struct sockets *sockets)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");

    *sockets = (struct sockets){ .count = 0 };
    if (!pid || !count || strtol(pid, NULL, 10) != (long) getpid())
        return;

    long n = strtol(count, NULL, 10);

    for (long i = 0; i < n && i < SOCKETS_MAX; i++) {
        int fd = FIRST_INHERITED + (int) i;
        int flags = fcntl(fd, F_GETFL);

        if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1 || fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
            continue;
        sockets->fds[sockets->count++] = fd;
        sockets->inherited = true;
    }
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
}

void sockets_close(struct sockets *sockets)
{
    for (size_t i = 0; i < sockets->count; i++)
        close(sockets->fds[i]);
    sockets->count = 0;
}
