/* http_handler.h - what the HTTP server asks of those whom it serves: what to do with a head, then to answer. */
#ifndef KERNEL_HTTP_HANDLER_H
#define KERNEL_HTTP_HANDLER_H

#include "request.h"

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

#endif
