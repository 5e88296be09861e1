/* http_server.c - listening, limits, time-outs and the drain; see http_server.h. */
#include "http_server.h"
#include "http_internal.h"
#include <errno.h>
#include <openssl/ssl.h>
#include <pryv/crypto.h>
#include <pryv/log.h>
#include <stdlib.h>
#include <unistd.h>

#define LOG_NAME "http"
enum { ACCEPTS_AT_ONCE = 16, SWEEP_MS = 200, IDLE_GRACE_SECONDS = 1, READ_AHEAD_MIN = 64 * 1024 };

static const char busy_answer[] =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

static void listen_or_not(struct http_server *server, bool listening)
{
    if (server->listening == listening)
        return;
    server->listening = listening;
    for (size_t i = 0; i < server->listener_count; i++)
        if (listening)
            event_add(server->listeners[i], NULL);
        else
            event_del(server->listeners[i]);
}

/* Another worker may take what this one leaves. */
static bool has_room(const struct http_server *server)
{
    return executor_queued(server->executor) < (size_t) settings.queue;
}

/* What has come is read first: closing a socket with unread input would take the answer back. */
static void turn_away(const struct http_server *server, int fd)
{
    char unread[4096];

    if (!server->tls && recv(fd, unread, sizeof(unread), MSG_DONTWAIT) != 0 &&
        send(fd, busy_answer, sizeof(busy_answer) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) == -1)
        pryv_log_debug(LOG_NAME, "a client that was turned away had left");
    close(fd);
}

static void on_accept(evutil_socket_t listener, short what PRYV_UNUSED, void *server_)
{
    struct http_server *server = server_;

    for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
        struct sockaddr_storage peer = { .ss_family = AF_UNSPEC };
        socklen_t len = sizeof(peer);
        int fd = accept4(listener, (struct sockaddr *) &peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd == -1) {
            if (errno == EMFILE || errno == ENFILE) {
                pryv_log_error(LOG_NAME, "no file descriptor for a new connection");
                listen_or_not(server, false); /* until the next sweep */
            }
            return;
        }
        if (server->connection_count >= (size_t) settings.max_connections) {
            turn_away(server, fd);
            continue;
        }
        connection_new(server, fd, &peer);
    }
}

/* Executors that wait for slow clients wake; connections whose requests still run go when these are over. */
static void close_all(struct http_server *server)
{
    for (struct connection *c = server->connections, *next; c; c = next) {
        next = c->next;
        connection_close(c);
    }
}

static void drain_if_over(struct http_server *server, double now)
{
    if (!server->draining || !server->drained || (server->connections && now < server->drain_end))
        return;
    close_all(server);

    void (*drained)(void *arg) = server->drained;

    server->drained = NULL;
    drained(server->drained_arg);
}

static void on_sweep(evutil_socket_t fd PRYV_UNUSED, short what PRYV_UNUSED, void *server_)
{
    struct http_server *server = server_;
    double now = connection_now();

    for (struct connection *c = server->connections, *next; c; c = next) {
        next = c->next;
        connection_sweep(c, now);
    }
    if (!server->draining)
        listen_or_not(server, has_room(server));
    drain_if_over(server, now);
}

static bool add_listeners(struct http_server *server, const int *fds, size_t fd_count)
{
    server->listeners = calloc(fd_count + 1, sizeof(struct event *));
    if (!server->listeners)
        abort();
    for (size_t i = 0; i < fd_count; i++) {
        server->listeners[i] = event_new(server->base, fds[i], EV_READ | EV_PERSIST, on_accept, server);
        if (!server->listeners[i])
            return false;
        server->listener_count++;
    }
    listen_or_not(server, true);
    return true;
}

struct http_server *http_server_new(struct event_base *base, struct executor *executor, const int *fds, size_t fd_count,
                                    const struct http_handler *handler)
{
    struct http_server *server = calloc(1, sizeof(*server));
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    const struct timeval interval = { .tv_usec = SWEEP_MS * 1000 };

    if (!server)
        abort();
    server->base = base;
    server->executor = executor;
    server->handler = handler;
    server->limits = (struct http1_limits){ .max_target = (size_t) settings.max_url_bytes,
                                            .max_head = (size_t) settings.max_header_bytes,
                                            .max_fields = (size_t) settings.max_headers };
    server->read_ahead = server->limits.max_head + READ_AHEAD_MIN;
    pryv_random(&server->random_state, sizeof(server->random_state));
    server->sweep = event_new(base, -1, EV_PERSIST, on_sweep, server);
    if (networks_parse(settings.trusted_proxies, &server->proxies, &server->proxy_count, &err) != PRYV_OK) {
        pryv_log_error(LOG_NAME, "%s", err.message);
        http_server_free(server);
        server = NULL;
    } else if (!server->sweep || event_add(server->sweep, &interval) == -1 || !add_listeners(server, fds, fd_count)) {
        pryv_log_error(LOG_NAME, "cannot watch the listening sockets");
        http_server_free(server);
        server = NULL;
    }
    pryv_arena_free(mem);
    return server;
}

void http_server_use_tls(struct http_server *server, struct ssl_ctx_st *tls)
{
    if (server->tls)
        SSL_CTX_free(server->tls); /* open connections hold references of their own */
    server->tls = tls;
}

void http_server_drain(struct http_server *server, double grace_seconds, void (*done)(void *arg), void *arg)
{
    double now = connection_now();

    listen_or_not(server, false);
    server->draining = true;
    server->drain_end = now + grace_seconds;
    server->drained = done;
    server->drained_arg = arg;
    for (struct connection *c = server->connections; c; c = c->next) {
        c->close_after = true;
        /* A request may be on its way to an idle connection: it is served, then the connection closes. */
        if (c->state == CONNECTION_HEAD && !c->scanned)
            c->deadline = now + (grace_seconds < IDLE_GRACE_SECONDS ? grace_seconds : IDLE_GRACE_SECONDS);
    }
    drain_if_over(server, now);
}

void http_server_free(struct http_server *server)
{
    if (!server)
        return;
    close_all(server);
    for (size_t i = 0; i < server->listener_count; i++)
        event_free(server->listeners[i]);
    if (server->sweep)
        event_free(server->sweep);
    if (server->tls)
        SSL_CTX_free(server->tls);
    free(server->listeners);
    free(server->proxies);
    free(server);
}
