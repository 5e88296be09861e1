/* http_reply.c - answers: whole ones leave in one write, long ones in pieces that wait for a slow client.
 *
 * What an executor writes goes into `out`, a buffer of its own; the loop moves it to the connection (http_output.c). `unsent` counts what was handed over and
 * not yet taken by the client: over http.sendBuffer the writer waits on `taken`. */
#include "http_reply.h"
#include "http_internal.h"
#include <pryv/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define LOG_NAME "http"
enum { HAND_OVER_BYTES = 64 * 1024 };
enum { NS_PER_SECOND = 1000000000, PATIENCE_NS = 20000000 };

/* ---- Life -------------------------------------------------------------------------------------- */

void http_reply_new(struct pryv_request *rq)
{
    struct http_reply *reply = pryv_new(rq->arena, struct http_reply);

    reply->status = 200;
    reply->no_body = pryv_str_equal(rq->head.verb, "HEAD");
    reply->out = evbuffer_new();
    if (!reply->out)
        abort();
    if (!rq->connection->server->tls)
        evbuffer_set_flags(reply->out, EVBUFFER_FLAG_DRAINS_TO_FD); /* files are sent, not mapped */
    pthread_mutex_init(&reply->lock, NULL);
    pthread_cond_init(&reply->taken, NULL);
    rq->reply = reply;
}

void http_reply_free(struct pryv_request *rq)
{
    struct http_reply *reply = rq->reply;

    if (!reply)
        return;
    gzip_free(reply->gzip);
    evbuffer_free(reply->out);
    pthread_mutex_destroy(&reply->lock);
    pthread_cond_destroy(&reply->taken);
    rq->reply = NULL;
}

bool http_reply_started(const struct pryv_request *rq)
{
    return rq->reply->started;
}

bool http_reply_done(const struct pryv_request *rq)
{
    return rq->reply->done || rq->reply->aborted;
}

int http_reply_status(const struct pryv_request *rq)
{
    return rq->reply->status;
}

void http_reply_abort(struct pryv_request *rq)
{
    rq->reply->aborted = true;
}

/* ---- Whole answers --------------------------------------------------------------------------------- */

static void set_length(struct pryv_request *rq, uint64_t length)
{
    char text[24];
    char *at = text + sizeof(text);

    do
        *--at = (char) ('0' + length % 10);
    while ((length /= 10));
    pryv_reply_header(rq, "Content-Length", pryv_str_copy(rq->arena, pryv_str_n(at, (size_t) (text + sizeof(text) - at))));
}

static bool has_no_body(const struct http_reply *reply)
{
    return reply->no_body || reply->status == 204 || reply->status == 304;
}

enum pryv_rc pryv_reply_send(struct pryv_request *rq, int status, const char *content_type, struct pryv_str body)
{
    struct http_reply *reply = rq->reply;

    if (reply->started)
        return PRYV_FAILED;
    reply->status = status;
    if (content_type)
        pryv_reply_header(rq, "Content-Type", pryv_str(content_type));
    http_reply_choose_gzip(rq, true, body.len);
    if (reply->gzip) {
        struct evbuffer *packed = evbuffer_new();

        if (!packed)
            abort();
        gzip_write(reply->gzip, body, true, packed);
        set_length(rq, evbuffer_get_length(packed));
        http_reply_write_head(rq, PRYV_STR_NONE);
        if (!has_no_body(reply))
            evbuffer_add_buffer(reply->out, packed);
        evbuffer_free(packed);
    } else {
        if (status != 204 && status != 304)
            set_length(rq, body.len);
        http_reply_write_head(rq, has_no_body(reply) ? PRYV_STR_NONE : body);
    }
    reply->done = true;
    return PRYV_OK;
}

/* ---- Piece by piece -------------------------------------------------------------------------------- */

static void send_now(void *rq_)
{
    struct pryv_request *rq = rq_;

    connection_send(rq->connection);
}

static enum pryv_rc client_left(struct http_reply *reply)
{
    reply->left = reply->aborted = true;
    return PRYV_GONE;
}

static bool has_to_wait(const struct http_reply *reply)
{
    return !reply->gone && (reply->unsent > (size_t) settings.send_buffer_bytes || evbuffer_get_length(reply->out) > 0);
}

/* Until the client has taken enough, or left. False: it left. */
static bool wait_for_client(struct http_reply *reply)
{
    /* What the loop takes at once is not worth another thread's start. */
    struct timespec soon;
    bool stands_aside = false, gone;

    clock_gettime(CLOCK_MONOTONIC, &soon);
    soon.tv_nsec += PATIENCE_NS;
    if (soon.tv_nsec >= NS_PER_SECOND) {
        soon.tv_nsec -= NS_PER_SECOND;
        soon.tv_sec++;
    }
    pthread_mutex_lock(&reply->lock);
    while (has_to_wait(reply) && pthread_cond_clockwait(&reply->taken, &reply->lock, CLOCK_MONOTONIC, &soon) == 0)
        continue;
    if (has_to_wait(reply)) {
        pthread_mutex_unlock(&reply->lock);
        stands_aside = executor_wait_begin();
        pthread_mutex_lock(&reply->lock);
    }
    while (has_to_wait(reply))
        pthread_cond_wait(&reply->taken, &reply->lock);
    gone = reply->gone;
    pthread_mutex_unlock(&reply->lock);
    if (stands_aside)
        executor_wait_end();
    return !gone;
}

/* Gives `out` to the loop and waits until the client has taken enough of it. */
static enum pryv_rc hand_over(struct pryv_request *rq)
{
    struct http_reply *reply = rq->reply;
    size_t len = evbuffer_get_length(reply->out);

    if (reply->inline_run) {
        connection_send(rq->connection);
        return PRYV_OK;
    }
    pthread_mutex_lock(&reply->lock);
    reply->unsent += len;

    bool gone = reply->gone;

    pthread_mutex_unlock(&reply->lock);
    if (gone)
        return client_left(reply);
    /* The loop moves `out` under the lock; this thread touches it again only when it holds it too. */
    executor_to_loop(rq->connection->server->executor, send_now, rq);
    return wait_for_client(reply) ? PRYV_OK : client_left(reply);
}

static void begin_stream(struct pryv_request *rq)
{
    struct http_reply *reply = rq->reply;
    const struct http_header *length;

    http_reply_choose_gzip(rq, false, 0);
    length = http_reply_header(reply, "Content-Length");
    if (length) {
        reply->has_length = true;
        reply->length_left = strtoull(pryv_cstr(rq->arena, length->value), NULL, 10);
    } else if (rq->head.minor == 1) {
        reply->chunked = reply->status != 204 && reply->status != 304;
    } else {
        reply->until_close = true;
    }
    http_reply_write_head(rq, PRYV_STR_NONE);
}

static void add_piece(struct http_reply *reply, struct pryv_str bytes)
{
    char line[24];

    if (bytes.len == 0)
        return;
    if (reply->chunked)
        evbuffer_add(reply->out, line, (size_t) snprintf(line, sizeof(line), "%zx\r\n", bytes.len));
    evbuffer_add(reply->out, bytes.data, bytes.len);
    if (reply->chunked)
        evbuffer_add(reply->out, "\r\n", 2);
}

static void add_packed(struct http_reply *reply, struct pryv_str bytes, bool last)
{
    struct evbuffer *packed = evbuffer_new();

    if (!packed)
        abort();
    gzip_write(reply->gzip, bytes, last, packed);

    size_t len = evbuffer_get_length(packed);

    if (len)
        add_piece(reply, pryv_str_n((const char *) evbuffer_pullup(packed, -1), len));
    evbuffer_free(packed);
}

enum pryv_rc pryv_reply_write(struct pryv_request *rq, struct pryv_str bytes)
{
    struct http_reply *reply = rq->reply;

    if (reply->aborted || reply->done)
        return reply->left ? PRYV_GONE : PRYV_FAILED;
    if (!reply->started)
        begin_stream(rq);
    if (has_no_body(reply))
        return PRYV_OK;
    if (reply->has_length) {
        if (bytes.len > reply->length_left) {
            pryv_log_error(LOG_NAME, "an answer is longer than its Content-Length");
            reply->aborted = true;
            return PRYV_FAILED;
        }
        reply->length_left -= bytes.len;
    }
    if (reply->gzip)
        add_packed(reply, bytes, false);
    else
        add_piece(reply, bytes);
    return evbuffer_get_length(reply->out) < HAND_OVER_BYTES ? PRYV_OK : hand_over(rq);
}

enum pryv_rc pryv_reply_file(struct pryv_request *rq, int fd, uint64_t offset, uint64_t len)
{
    struct http_reply *reply = rq->reply;

    if (reply->started) {
        close(fd);
        return PRYV_FAILED;
    }
    set_length(rq, len);
    http_reply_write_head(rq, PRYV_STR_NONE);
    reply->done = true;
    if (has_no_body(reply) || len == 0) {
        close(fd);
        return PRYV_OK;
    }
    if (evbuffer_add_file(reply->out, fd, (ev_off_t) offset, (ev_off_t) len) == 0)
        return PRYV_OK;
    reply->aborted = true; /* the length is promised already */
    return PRYV_FAILED;
}

void http_reply_finish(struct pryv_request *rq)
{
    struct http_reply *reply = rq->reply;

    if (reply->aborted || reply->done)
        return;
    if (!reply->started || (reply->has_length && reply->length_left && !has_no_body(reply))) {
        reply->aborted = true; /* the handler promised more than it gave */
        return;
    }
    if (!has_no_body(reply)) {
        if (reply->gzip)
            add_packed(reply, PRYV_STR(""), true);
        if (reply->chunked)
            evbuffer_add(reply->out, "0\r\n\r\n", 5);
    }
    reply->done = true;
}
