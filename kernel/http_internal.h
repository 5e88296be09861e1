/* http_internal.h - what the files of the HTTP server (http_*.c) share; nobody else includes it.
 *
 * A connection is the loop's. While an executor runs its request, the executor touches only the request, its reply, and what `lock` guards;
 * the connection stays until the job is done, its bufferevent goes as soon as the client does.
 */
#ifndef KERNEL_HTTP_INTERNAL_H
#define KERNEL_HTTP_INTERNAL_H

#include "executor.h"
#include "http1.h"
#include "http_handler.h"
#include "settings.h"
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

struct ssl_ctx_st;
struct network;

struct http_server {
    struct event_base *base;
    struct executor *executor;
    const struct http_handler *handler;
    struct http1_limits limits;
    struct event **listeners;
    size_t listener_count;
    bool listening;
    struct ssl_ctx_st *tls;  /* NULL: plain */
    struct network *proxies; /* trusted ones */
    size_t proxy_count;
    struct connection *connections; /* a ring-less list; each knows its place */
    size_t connection_count;
    size_t read_ahead;     /* bytes of input that may wait: a head fits */
    uint64_t random_state; /* of request ids */
    struct event *sweep;   /* time-outs, five times a second */
    double now;            /* monotonic seconds, as of the last sweep or accept */
    bool draining;
    double drain_end;
    void (*drained)(void *arg);
    void *drained_arg;
};

enum connection_state {
    CONNECTION_HEAD,      /* waits for, or reads, the head of a request */
    CONNECTION_CHECK,     /* an executor looks at the head */
    CONNECTION_BODY,      /* reads the body */
    CONNECTION_PIECE,     /* an executor takes a piece of the body */
    CONNECTION_RUNNING,   /* the request is being answered */
    CONNECTION_CLOSING,   /* what is in the output leaves, then it closes */
    CONNECTION_LINGERING, /* the answer has left; what the client still sends is thrown away, so that no reset overtakes it */
};

/* What one side of a connection moves in a window of time, see http_timeouts.c. All zero: nothing is awaited of it. */
struct http_pace {
    double end; /* of the window */
    uint64_t bytes_before;
};

struct body_reader { /* http_body.c */
    struct http1_chunks chunks;
    struct http_pace pace;
    uint64_t received;
    char *memory; /* on the heap until the body, or its last piece, is whole */
    size_t len, room;
    int fd; /* the temporary file, or -1 */
};

struct connection {
    struct http_server *server;
    struct connection *next, **place;
    struct bufferevent *bev;        /* NULL: the client is gone */
    char address[INET6_ADDRSTRLEN]; /* of the peer */
    enum connection_state state;
    struct pryv_request *request; /* NULL between requests */
    struct http_plan plan;
    struct body_reader body;
    size_t scanned; /* of the head, see http1_find_head */
    uint64_t requests;
    double deadline; /* of what the state waits for; 0: none */
    uint64_t sent;   /* bytes given to the system to send */
    uint64_t taken;  /* of these, what the client had as of the last sweep with an answer waiting */
    double send_deadline;
    struct http_pace send_pace;
    bool busy;             /* an executor has the request */
    bool half_closed;      /* the client sends no more */
    bool linger;           /* the client may still be sending what nobody reads */
    bool keep_after_check; /* the connection may stay when the head passes its check */
    _Atomic bool close_after;
};

/* The answer of a request. The executor's while it runs, but for what `lock` guards. */
struct http_reply {
    int status;
    struct http_header *headers; /* set by the handler, names as given */
    size_t header_count, header_room;
    bool started, done, aborted;
    bool left;       /* the writer was told that the client is gone: it touches `out` no more */
    bool inline_run; /* on the loop: never waits */
    bool no_body;    /* HEAD, 204, 304 */
    bool chunked, until_close;
    bool has_length;
    uint64_t length_left; /* of the Content-Length that was promised */
    struct gzip *gzip;    /* NULL: as it is */
    struct evbuffer *out; /* filled by the executor, moved to the connection's output on the loop */

    pthread_mutex_t lock;
    pthread_cond_t taken; /* signalled when `unsent` falls or the client leaves */
    size_t unsent;
    bool gone;
};

/* http_reply_head.c */
struct http_header *http_reply_header(struct http_reply *reply, const char *name); /* NULL: there is none */
/* Texts that are long enough are packed for clients that ask; never what has a length of its own or is encoded already. `whole`: all of `len` bytes. */
void http_reply_choose_gzip(struct pryv_request *rq, bool whole, size_t len);
/* Status line, header fields and the body, as far as it is at hand, in one reservation of the buffer: the answer has begun. */
void http_reply_write_head(struct pryv_request *rq, struct pryv_str body);

/* http_reply.c */
void http_reply_new(struct pryv_request *rq);
void http_reply_free(struct pryv_request *rq);
/* The handler returned: the end of the answer is in `out`, or it is aborted. Executor or loop. */
void http_reply_finish(struct pryv_request *rq);

/* http_connection.c */
void connection_new(struct http_server *server, int fd, const struct sockaddr_storage *peer);
void connection_close(struct connection *c);
/* Answers the request, or the part of one that has come, by handler->refuse on the loop and closes when that is sent. False: the connection is gone. */
bool connection_refuse(struct connection *c, int status, const char *message);
double connection_now(void); /* monotonic seconds */

/* http_output.c. Loop; none of them ends the connection. */
void connection_output_begin(struct connection *c);
void connection_output_end(struct connection *c);
/* Writes what is in the output, as far as the client takes it; the rest follows when it takes more. */
void connection_write(struct connection *c);
/* All has left. */
void connection_written(struct connection *c);
/* Moves what the executor wrote so far to the output, and writes it. */
void connection_send(struct connection *c);
/* Whoever writes the answer of its request waits no longer. */
void connection_client_left(struct connection *c);

/* http_timeouts.c. Loop; the connection may be gone afterwards. */
void connection_sweep(struct connection *c, double now);

/* http_body.c: 0 more bytes are needed, 1 whole (rq->body is set), 2 a piece is full (rq->body is it, until http_body_emptied), -1 too large, -2 broken chunks, -3 cannot be kept. */
int http_body_read(struct connection *c, struct evbuffer *input);
void http_body_emptied(struct connection *c); /* the piece was taken */
void http_body_release(struct body_reader *body);

/* http_address.c */
PRYV_CHECK enum pryv_rc networks_parse(const json_t *list, struct network **out, size_t *count, struct pryv_err *err);
void address_text(const struct sockaddr_storage *peer, char text[INET6_ADDRSTRLEN]);
/* Fills rq->address and rq->tls. */
void request_find_client(struct connection *c, struct pryv_request *rq);

/* gzip.c */
struct gzip *gzip_new(void);
/* Compresses into `out`; `last` ends the stream. */
void gzip_write(struct gzip *gzip, struct pryv_str bytes, bool last, struct evbuffer *out);
void gzip_free(struct gzip *gzip); /* NULL is fine */

#endif
