/* http_connection.c - one client: heads and bodies in, answers out, one request at a time; see http_internal.h. */
#include "http_internal.h"
#include "http_reply.h"
#include <event2/bufferevent_ssl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pryv/crypto.h>
#include <pryv/log.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define LOG_NAME "http"
enum { LINGER_SECONDS = 2 };

static void process(struct connection *c);

double connection_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

static double after_ms(int64_t ms)
{
    return connection_now() + (double) ms / 1000;
}

/* ---- Requests -------------------------------------------------------------------------------------- */

/* splitmix64: ids are for the log, they keep no secret. */
static void make_id(struct http_server *server, char id[17])
{
    static const char hex[] = "0123456789abcdef";
    uint64_t z = server->random_state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    for (int i = 0; i < 16; i++, z >>= 4)
        id[i] = hex[z & 15];
    id[16] = '\0';
}

static struct pryv_request *request_new(struct connection *c)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_request *rq = pryv_new(mem, struct pryv_request);

    rq->arena = mem;
    rq->connection = c;
    rq->body_fd = -1;
    rq->started = pryv_now();
    make_id(c->server, rq->id);
    c->request = rq;
    c->requests++;
    return rq;
}

static void request_free(struct connection *c)
{
    struct pryv_request *rq = c->request;

    if (!rq)
        return;
    c->request = NULL;
    http_body_release(&c->body);
    http_reply_free(rq);
    pryv_arena_free(rq->arena);
}

/* ---- The end of a connection ------------------------------------------------------------------------- */

static void forget_client(struct connection *c)
{
    if (!c->bev)
        return;
    connection_output_end(c);
    bufferevent_free(c->bev);
    c->bev = NULL;
    if (c->request)
        connection_client_left(c);
}

void connection_close(struct connection *c)
{
    forget_client(c);
    if (c->busy) /* the executor's `done` comes here again */
        return;
    request_free(c);
    *c->place = c->next;
    if (c->next)
        c->next->place = c->place;
    c->server->connection_count--;
    free(c);
}

/* close_notify, so that the client knows the answer to be whole. */
static void say_goodbye(SSL *ssl)
{
    if (SSL_is_init_finished(ssl))
        SSL_shutdown(ssl);
    ERR_clear_error();
}

/* Everything has left. Closing a socket with unread input makes a reset that can overtake the answer, so such a one reads on for a while. */
static void close_now(struct connection *c)
{
    if (c->server->tls)
        say_goodbye(bufferevent_openssl_get_ssl(c->bev));
    if (!c->linger || c->half_closed) {
        connection_close(c);
        return;
    }
    c->state = CONNECTION_LINGERING;
    c->deadline = connection_now() + LINGER_SECONDS;
    shutdown(bufferevent_getfd(c->bev), SHUT_WR);
    bufferevent_setwatermark(c->bev, EV_READ, 0, 0);
    bufferevent_enable(c->bev, EV_READ);
}

static void close_when_sent(struct connection *c)
{
    c->state = CONNECTION_CLOSING;
    c->deadline = 0;
    bufferevent_disable(c->bev, EV_READ);
    if (evbuffer_get_length(bufferevent_get_output(c->bev)) == 0)
        close_now(c);
}

/* ---- Answers ------------------------------------------------------------------------------------------ */

/* The handler has returned; false: the connection is gone. */
static bool finish_request(struct connection *c)
{
    struct http_reply *reply = c->request->reply;

    if (!c->bev || reply->aborted || !reply->done) {
        connection_close(c);
        return false;
    }
    connection_send(c);

    bool closes = c->close_after || reply->until_close;

    c->linger = c->linger || evbuffer_get_length(bufferevent_get_input(c->bev)) > 0;

    request_free(c);
    if (closes) {
        close_when_sent(c);
        return false;
    }
    c->state = CONNECTION_HEAD;
    c->scanned = 0;
    c->linger = false;
    c->deadline = after_ms(settings.idle_timeout_ms);
    return true;
}

static void run_on_executor(void *c_)
{
    struct connection *c = c_;
    struct pryv_request *rq = c->request;

    pryv_log_request(rq->id);
    if (c->state == CONNECTION_PIECE) {
        c->server->handler->piece(rq);
        rq->body = PRYV_STR("");
    } else if (c->state == CONNECTION_CHECK) {
        c->server->handler->check(rq);
        if (rq->reply->started)
            http_reply_finish(rq);
    } else {
        c->server->handler->run(rq);
        http_reply_finish(rq);
    }
    pryv_log_request(NULL);
}

static void end_request(const struct connection *c)
{
    c->server->handler->end(c->request);
    http_reply_finish(c->request);
}

static void end_alone(void *c_)
{
    end_request(c_);
}

static void run_together(struct executor_batch *batch)
{
    const struct http_handler *handler = ((const struct connection *) batch->args[0])->server->handler;
    struct pryv_request *requests[EXECUTOR_BATCH] = { NULL };
    size_t places[EXECUTOR_BATCH], count = 0;

    for (size_t i = 0; i < batch->count; i++) {
        struct pryv_request *rq = ((struct connection *) batch->args[i])->request;

        if (handler->begin(rq)) {
            places[count] = i;
            requests[count++] = rq;
            continue;
        }
        http_reply_finish(rq);
        executor_batch_over(batch, i);
    }
    handler->fetch(requests, count);
    for (size_t i = 0; i < count; i++)
        if (handler->ends_soon(requests[i])) {
            end_request(requests[i]->connection);
            executor_batch_over(batch, places[i]);
        } else {
            executor_batch_alone(batch, places[i], requests[i]->connection->plan.long_lane, end_alone);
        }
}

static void begin_body(struct connection *c);
static void await_body(struct connection *c);

static void on_executed(void *c_)
{
    struct connection *c = c_;

    c->busy = false;
    if (c->bev && c->state == CONNECTION_PIECE && c->request->body.len == 0) { /* it was taken; at the end, queued ones are not */
        await_body(c);
        http_body_emptied(c);
        process(c);
        return;
    }
    if (c->bev && c->state == CONNECTION_CHECK && !http_reply_done(c->request)) {
        c->close_after = !c->keep_after_check || c->server->draining;
        begin_body(c);
        process(c);
        return;
    }
    if (finish_request(c))
        process(c);
}

/* What follows in the input is left to the caller. */
bool connection_refuse(struct connection *c, int status, const char *message)
{
    struct pryv_request *rq = c->request ? c->request : request_new(c);

    if (!rq->reply)
        http_reply_new(rq);
    if (!rq->address.data)
        request_find_client(c, rq);
    rq->reply->inline_run = true;
    c->close_after = true;
    c->linger = true;
    c->server->handler->refuse(rq, status, message);
    http_reply_finish(rq);
    return finish_request(c);
}

static bool submit(struct connection *c)
{
    struct executor *executor = c->server->executor;
    enum pryv_rc rc;

    c->busy = true;
    c->deadline = 0;
    if (c->plan.kind && c->state == CONNECTION_RUNNING)
        rc = executor_submit_together(executor, c->plan.kind, run_together, on_executed, c);
    else
        rc = executor_submit(executor, c->plan.long_lane, run_on_executor, on_executed, c);
    if (rc == PRYV_OK)
        return true;
    c->busy = false;
    pryv_reply_header(c->request, "Retry-After", PRYV_STR("1"));
    return connection_refuse(c, 503, "The server is busy; try again");
}

/* True: go on reading (the request was answered here). */
static bool run(struct connection *c)
{
    c->state = CONNECTION_RUNNING;
    if (!c->plan.run_inline)
        return submit(c) && false;
    c->request->reply->inline_run = true;
    c->server->handler->run(c->request);
    http_reply_finish(c->request);
    return finish_request(c);
}

/* ---- Reading ------------------------------------------------------------------------------------------ */

static void await_body(struct connection *c)
{
    c->state = CONNECTION_BODY;
    c->deadline = after_ms(settings.body_timeout_ms);
}

static void begin_body(struct connection *c)
{
    c->linger = false;
    c->body = (struct body_reader){ .fd = -1 };
    await_body(c);
    if (c->request->head.expects_continue && c->request->head.content_length <= c->plan.max_body) {
        evbuffer_add(bufferevent_get_output(c->bev), "HTTP/1.1 100 Continue\r\n\r\n", 25);
        connection_write(c);
    }
}

static bool read_body(struct connection *c)
{
    uint64_t before = c->body.received;

    switch (http_body_read(c, bufferevent_get_input(c->bev))) {
    case 0:
        if (c->half_closed)
            connection_close(c);
        else if (c->body.received > before)
            c->deadline = after_ms(settings.body_timeout_ms);
        return false;
    case 1: return run(c);
    case 2: c->state = CONNECTION_PIECE; return submit(c) && false;
    case -1:
        c->request->body_state = HTTP_BODY_TOO_LARGE;
        c->request->body = PRYV_STR("");
        c->close_after = true;
        c->linger = true;
        return run(c);
    case -2: return connection_refuse(c, 400, "The chunked body is broken");
    default: return connection_refuse(c, 503, "The body cannot be kept now");
    }
}

static bool begin_request(struct connection *c, struct evbuffer *input, struct pryv_str head)
{
    struct pryv_request *rq = request_new(c);
    const char *why = NULL;

    head = pryv_str_copy(rq->arena, head);
    evbuffer_drain(input, head.len);

    int status = http1_parse_head(rq->arena, head, &c->server->limits, &rq->head, &why);

    http_reply_new(rq);
    request_find_client(c, rq);
    if (status)
        return connection_refuse(c, status, why);
    c->close_after = !rq->head.keep_alive || c->server->draining ||
                     (settings.max_requests_per_connection && c->requests >= (uint64_t) settings.max_requests_per_connection);
    c->plan = (struct http_plan){ .body = HTTP_TO_MEMORY };
    c->server->handler->plan(rq, &c->plan);
    rq->body = PRYV_STR("");
    if (!rq->head.chunked && rq->head.content_length == 0)
        return run(c);
    if (c->plan.check_head) {
        c->state = CONNECTION_CHECK;
        c->keep_after_check = !c->close_after;
        c->close_after = c->linger = true; /* unless it passes, the body stays unread */
        return submit(c) && false;
    }
    begin_body(c);
    return true;
}

static bool read_head(struct connection *c)
{
    struct evbuffer *input = bufferevent_get_input(c->bev);
    size_t have = evbuffer_get_length(input), len = 0;
    const char *why = NULL;

    if (have == 0) {
        if (c->half_closed)
            close_when_sent(c);
        return false;
    }
    if (have > c->server->read_ahead)
        have = c->server->read_ahead;

    const char *data = (const char *) evbuffer_pullup(input, (ev_ssize_t) have);
    bool first = c->scanned == 0;
    int found = http1_find_head(data, have, &c->server->limits, &c->scanned, &len, &why);

    if (found == 0) {
        if (c->half_closed) {
            close_when_sent(c);
            return false;
        }
        if (first)
            c->deadline = after_ms(settings.header_timeout_ms);
        if (c->scanned == 0)
            c->scanned = 1; /* something has come: the time of a header runs, not that of idleness */
        return false;
    }
    c->scanned = 0;
    return found == 1 ? begin_request(c, input, pryv_str_n(data, len)) : connection_refuse(c, found, why);
}

/* As far as the input reaches. A client that does not take its answers gets no new ones. */
static void process(struct connection *c)
{
    bool go_on = true;

    while (go_on) {
        if (c->state == CONNECTION_HEAD)
            go_on = evbuffer_get_length(bufferevent_get_output(c->bev)) <= (size_t) settings.send_buffer_bytes && read_head(c);
        else if (c->state == CONNECTION_BODY)
            go_on = read_body(c);
        else
            go_on = false;
    }
}

/* ---- Events ------------------------------------------------------------------------------------------- */

static void on_read(struct bufferevent *bev, void *c_)
{
    struct connection *c = c_;

    if (c->state == CONNECTION_LINGERING)
        evbuffer_drain(bufferevent_get_input(bev), SIZE_MAX);
    else
        process(c);
}

/* With TLS this comes late, when the next answer may wait already. */
static void on_written(struct bufferevent *bev, void *c_)
{
    struct connection *c = c_;

    connection_written(c);
    if (c->state == CONNECTION_CLOSING && evbuffer_get_length(bufferevent_get_output(bev)) == 0)
        close_now(c);
    else if (c->state == CONNECTION_HEAD)
        process(c);
}

static void on_event(struct bufferevent *bev, short what, void *c_)
{
    struct connection *c = c_;

    if (what & BEV_EVENT_CONNECTED) /* the TLS handshake is over */
        return;
    if ((what & BEV_EVENT_EOF) && !(what & BEV_EVENT_ERROR) && c->state != CONNECTION_LINGERING) {
        c->half_closed = true; /* it may still want its answers */
        bufferevent_disable(bev, EV_READ);
        process(c);
        return;
    }
    connection_close(c);
}

void connection_new(struct http_server *server, int fd, const struct sockaddr_storage *peer)
{
    struct connection *c = calloc(1, sizeof(*c));
    int on = 1;

    if (!c)
        abort();
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    c->server = server;
    address_text(peer, c->address);
    c->body.fd = -1;
    c->deadline = after_ms(settings.idle_timeout_ms);
    c->bev = server->tls ? bufferevent_openssl_socket_new(server->base, fd, SSL_new(server->tls), BUFFEREVENT_SSL_ACCEPTING,
                                                          BEV_OPT_CLOSE_ON_FREE)
                         : bufferevent_socket_new(server->base, fd, BEV_OPT_CLOSE_ON_FREE);
    if (!c->bev)
        abort();
    c->next = server->connections;
    c->place = &server->connections;
    if (c->next)
        c->next->place = &c->next;
    server->connections = c;
    server->connection_count++;
    connection_output_begin(c);
    bufferevent_setwatermark(c->bev, EV_READ, 0, server->read_ahead);
    bufferevent_setcb(c->bev, on_read, on_written, on_event, c);
    bufferevent_enable(c->bev, EV_READ);
}
