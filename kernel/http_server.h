/* http_server.h - the HTTP/1.1 server of a worker: connections on the loop, requests to executors.
 *
 * It knows nothing of routes or of the API: it asks `handler` what to do with a head, reads the body as planned, and
 * runs it. Its settings are in settings.h (http.*).
 */
#ifndef KERNEL_HTTP_SERVER_H
#define KERNEL_HTTP_SERVER_H

#include "request.h"

struct event_base;
struct executor;

struct http_plan {
    /* memory: spills to a file over http.memoryBodyBytes; in pieces: handler->piece gets all but the last one, which `run` finds as the body */
    enum { HTTP_TO_MEMORY, HTTP_TO_FILE, HTTP_IN_PIECES, HTTP_DROP } body;
    uint64_t max_body; /* bytes; more: HTTP_BODY_TOO_LARGE */
    bool run_inline;   /* run on the loop: never blocks */
    bool long_lane;    /* second lane: at most half of the executors */
    bool check_head;   /* run handler->check on an executor before the body is read */
    const void *kind;  /* of those that are cheaper together; NULL: alone */
};

struct http_handler {
    /* Loop. The head is complete. */
    void (*plan)(struct pryv_request *rq, struct http_plan *plan);
    /* Executor. May answer (then the body is not read and the connection closes after the answer) or not. */
    void (*check)(struct pryv_request *rq);
    /* Executor. rq->body is the next piece of the body, until this returns; meanwhile nothing is read. Cannot answer. */
    void (*piece)(struct pryv_request *rq);
    /* Executor or loop, as planned. Answers with the functions of pryv/http.h. When it returns without having answered, the
     * server cuts the connection. */
    void (*run)(struct pryv_request *rq);
    /* Executor. `run` in steps, for requests of one kind. begin: false when it has answered, and there is no more to do. fetch: for those that are left. end:
     * the rest, on the same thread where ends_soon says that it has nothing to wait for, else on one that nobody else waits for. */
    bool (*begin)(struct pryv_request *rq);
    void (*fetch)(struct pryv_request *const *requests, size_t count);
    bool (*ends_soon)(const struct pryv_request *rq);
    void (*end)(struct pryv_request *rq);
    /* Loop. HTTP itself was broken, or the server is full: 400, 408, 413, 414, 431, 501, 503, 505. `rq` has as much of a head as
     * could be read. Answers; the connection closes afterwards. */
    void (*refuse)(struct pryv_request *rq, int status, const char *message);
};

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

/* True once the first byte of the answer was handed over: status and headers can no longer change. */
bool http_reply_started(const struct pryv_request *rq);
bool http_reply_done(const struct pryv_request *rq);
int http_reply_status(const struct pryv_request *rq); /* as sent, or as it would be */
/* A header of an answer that has not begun and has none of that name. Both are without control characters, and stay as long as the request:
 * they are neither looked at nor copied. */
void http_reply_add_header(struct pryv_request *rq, struct pryv_str name, struct pryv_str value);
/* Give up an answer that has begun: the connection is cut without its end. */
void http_reply_abort(struct pryv_request *rq);

#endif
