/* http_body.c - a request's body on its way to memory, to a temporary file, piece by piece to a thread, or to nowhere. */
#include "http_internal.h"
#include <errno.h>
#include <fcntl.h>
#include <pryv/config.h>
#include <pryv/log.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_NAME "http"
enum { PIECE_BYTES = 64 * 1024, PIECES_AT_ONCE = 16 };
enum { FULL_BYTES = 256 * 1024 }; /* of what is handed over in pieces: enough for the way to a thread and back to cost little */

/* In the data folder, so that a large body does not land in a memory file system; it has no name, and so goes with the process. */
static int temporary_file(void)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_str folder = pryv_format(mem, "%s/tmp", pryv_data_dir().data);

    mkdir(folder.data, 0700);

    int fd = open(folder.data, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd == -1)
        fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd == -1)
        pryv_log_error(LOG_NAME, "cannot make a temporary file in %s: %s", folder.data, strerror(errno));
    pryv_arena_free(mem);
    return fd;
}

static bool write_all(int fd, const char *data, size_t len)
{
    while (len) {
        ssize_t n = write(fd, data, len);

        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1) {
            pryv_log_error(LOG_NAME, "cannot keep a request's body: %s", strerror(errno));
            return false;
        }
        data += n;
        len -= (size_t) n;
    }
    return true;
}

static bool to_file(struct body_reader *body)
{
    body->fd = temporary_file();
    if (body->fd == -1 || !write_all(body->fd, body->memory, body->len))
        return false;
    free(body->memory);
    body->memory = NULL;
    body->len = body->room = 0;
    return true;
}

static bool belongs_in_file(const struct connection *c, size_t len)
{
    uint64_t expected = c->request->head.has_length ? c->request->head.content_length : c->body.len + len;

    if (c->plan.body == HTTP_IN_PIECES)
        return false;
    return c->plan.body == HTTP_TO_FILE || expected > (uint64_t) settings.memory_body_bytes;
}

static bool keep(struct connection *c, const char *data, size_t len)
{
    struct body_reader *body = &c->body;

    if (c->plan.body == HTTP_DROP)
        return true;
    if (body->fd == -1 && belongs_in_file(c, len) && !to_file(body))
        return false;
    if (body->fd != -1)
        return write_all(body->fd, data, len);
    if (body->room - body->len < len) {
        size_t promised = (size_t) c->request->head.content_length; /* 0 when it comes in chunks */

        /* Memory follows what has come, not what was announced. */
        body->room = promised - body->len < PIECE_BYTES && promised >= body->len + len ? promised : (body->len + len) * 2;
        body->memory = realloc(body->memory, body->room);
        if (!body->memory)
            abort();
    }
    memcpy(body->memory + body->len, data, len);
    body->len += len;
    return true;
}

static void release_memory(void *memory)
{
    free(memory);
}

static void release_file(void *rq_)
{
    struct pryv_request *rq = rq_;

    if (rq->body.len)
        munmap((void *) (uintptr_t) rq->body.data, rq->body.len);
    close(rq->body_fd);
}

/* Hands the whole body to the request; a file is mapped when somebody asks for it as text (pryv_request_body). */
static int finish(struct connection *c)
{
    struct body_reader *body = &c->body;
    struct pryv_request *rq = c->request;

    rq->body_state = c->plan.body == HTTP_DROP ? HTTP_BODY_DROPPED : HTTP_BODY_READ;
    rq->body = PRYV_STR("");
    if (body->fd != -1) {
        rq->body = PRYV_STR_NONE;
        rq->body_fd = body->fd;
        pryv_defer(rq->arena, release_file, rq);
    } else if (body->memory) {
        rq->body = pryv_str_n(body->memory, body->len);
        pryv_defer(rq->arena, release_memory, body->memory);
    }
    body->memory = NULL;
    body->fd = -1;
    http_body_release(body);
    return 1;
}

static int take(struct connection *c, const char *data, size_t len)
{
    c->body.received += len;
    if (c->body.received > c->plan.max_body)
        return -1;
    return keep(c, data, len) ? 0 : -3;
}

/* There is enough for a thread to take, and more to come. */
static bool is_full(const struct connection *c)
{
    return c->plan.body == HTTP_IN_PIECES && c->body.len >= FULL_BYTES;
}

static int hand_over(struct connection *c)
{
    c->request->body = pryv_str_n(c->body.memory, c->body.len);
    return 2;
}

void http_body_emptied(struct connection *c)
{
    c->body.len = 0;
    c->body.pace = (struct http_pace){ .end = 0 }; /* nothing was read meanwhile */
}

static int read_chunked(struct connection *c, struct evbuffer *input)
{
    size_t have;

    while ((have = evbuffer_get_contiguous_space(input)) > 0) {
        struct pryv_str data = pryv_str_n((const char *) evbuffer_pullup(input, (ev_ssize_t) have), have);
        struct pryv_str piece;
        size_t used;
        int rc = 0;

        switch (http1_chunks_read(&c->body.chunks, data, &used, &piece)) {
        case HTTP1_CHUNK_BAD: return -2;
        case HTTP1_CHUNK_END: evbuffer_drain(input, used); return finish(c);
        case HTTP1_CHUNK_DATA: rc = take(c, piece.data, piece.len); break;
        case HTTP1_CHUNK_MORE: break;
        }
        evbuffer_drain(input, used);
        if (rc)
            return rc;
        if (is_full(c))
            return hand_over(c);
    }
    return 0;
}

/* A bufferevent reads 4 KiB a turn of the loop; what else has come for a body is taken from the socket straight away. */
static int receive(struct connection *c)
{
    uint64_t length = c->request->head.content_length;
    char piece[PIECE_BYTES];

    for (int i = 0; i < PIECES_AT_ONCE && c->body.received < length && !is_full(c); i++) {
        uint64_t left = length - c->body.received;
        ssize_t n = recv(bufferevent_getfd(c->bev), piece, left < sizeof(piece) ? (size_t) left : sizeof(piece), MSG_DONTWAIT);

        if (n <= 0) /* the end and errors are the bufferevent's to tell: it meets them as well */
            return 0;

        int rc = take(c, piece, (size_t) n);

        if (rc)
            return rc;
    }
    if (c->body.received == length)
        return finish(c);
    return is_full(c) ? hand_over(c) : 0;
}

static int read_length(struct connection *c, struct evbuffer *input)
{
    uint64_t length = c->request->head.content_length;

    if (length > c->plan.max_body)
        return -1;
    while (c->body.received < length) {
        size_t have = evbuffer_get_contiguous_space(input);
        uint64_t left = length - c->body.received;
        size_t len = have < left ? have : (size_t) left;

        if (len == 0)
            return c->server->tls || c->half_closed ? 0 : receive(c);

        int rc = take(c, (const char *) evbuffer_pullup(input, (ev_ssize_t) len), len);

        if (rc)
            return rc;
        evbuffer_drain(input, len);
        if (is_full(c) && c->body.received < length)
            return hand_over(c);
    }
    return finish(c);
}

int http_body_read(struct connection *c, struct evbuffer *input)
{
    return c->request->head.chunked ? read_chunked(c, input) : read_length(c, input);
}

void http_body_release(struct body_reader *body)
{
    free(body->memory);
    if (body->fd != -1)
        close(body->fd);
    *body = (struct body_reader){ .fd = -1 };
}

struct pryv_str pryv_request_body(struct pryv_request *rq)
{
    struct stat status;

    if (rq->body.data || rq->body_fd == -1)
        return rq->body.data ? rq->body : PRYV_STR("");
    if (fstat(rq->body_fd, &status) == -1 || status.st_size == 0)
        return PRYV_STR("");

    void *mapped = mmap(NULL, (size_t) status.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, rq->body_fd, 0);

    if (mapped == MAP_FAILED) {
        pryv_log_error(LOG_NAME, "cannot map a request's body: %s", strerror(errno));
        return PRYV_STR("");
    }
    rq->body = pryv_str_n(mapped, (size_t) status.st_size);
    return rq->body;
}

int pryv_request_body_fd(const struct pryv_request *rq)
{
    return rq->body_fd;
}
