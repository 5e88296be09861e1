/* request.h - one HTTP request, from its first byte to the last byte of its answer.
 *
 * Owner    The HTTP layer (http_*.c) makes it and frees it with its arena when the answer has left or
 *          the client is gone and no executor works on it any more.
 * Threads  The loop fills `head` and body, then hands it over whole: from http_server's `run` until that returns one
 *          executor owns it (or the loop itself, for inline plans). Only http_*.c look at `connection`.
 */
#ifndef KERNEL_REQUEST_H
#define KERNEL_REQUEST_H

#include <pryv/http.h>

struct http_header {
    struct pryv_str name; /* lower case */
    struct pryv_str value;
};

struct http_head { /* what http1.c parses */
    struct pryv_str verb;
    struct pryv_str target; /* as sent; origin form, or absolute form reduced to it */
    struct pryv_str path;   /* raw, before '?' */
    struct pryv_str query;  /* raw, after '?'; absent when there is none */
    struct http_header *headers;
    size_t header_count;
    int minor; /* HTTP/1.minor */
    bool keep_alive;
    bool chunked;
    bool expects_continue;
    bool has_length;
    uint64_t content_length;
};

enum http_body_state {
    HTTP_BODY_READ,      /* whole: `body` (empty when there was none) */
    HTTP_BODY_TOO_LARGE, /* over the plan's limit; the connection closes after the answer */
    HTTP_BODY_DROPPED,   /* read and thrown away, as planned */
};

struct pryv_request {
    struct pryv_arena *arena;
    char id[17];
    struct http_head head;
    struct pryv_str address; /* of the client, proxies taken into account */
    bool tls;                /* likewise */
    enum http_body_state body_state;
    struct pryv_str body; /* in memory, or the mapped temporary file */
    int body_fd;          /* that file, or -1 */
    double started;       /* pryv_now() when the head was complete */

    struct dispatch *dispatch;     /* dispatch_http.c's own: route, parameters, overrides */
    struct http_reply *reply;      /* http_reply.c's own */
    struct connection *connection; /* http_connection.c's own */
};

#endif
