/* http_server.h - the HTTP/1.1 server of a worker: connections on the loop, requests to executors.
 *
 * It knows nothing of routes or of the API: it asks its handler (http_handler.h) what to do with a head, reads the body as planned, and
 * runs it. Its settings are in settings.h (http.*).
 */
#ifndef KERNEL_HTTP_SERVER_H
#define KERNEL_HTTP_SERVER_H

#include "http_handler.h"

struct event_base;
struct executor;

struct http_server;
/* `fds`: listening sockets, borrowed. NULL and a log line when it cannot start. Loop. */
struct http_server *http_server_new(struct event_base *base, struct executor *executor, const int *fds, size_t fd_count,
                                    const struct http_handler *handler);
struct ssl_ctx_st;
/* Connections accepted from now on speak TLS with `context`, whose reference the server takes; NULL: plain. Call it before the loop
 * runs. Loop. */
void http_server_use_tls(struct http_server *server, struct ssl_ctx_st *context);
/* Stop accepting; `Connection: close` on answers; idle connections close. Calls `done` when the last request is over or
 * `grace_seconds` are. Loop. */
void http_server_drain(struct http_server *server, double grace_seconds, void (*done)(void *arg), void *arg);
void http_server_free(struct http_server *server);

#endif
