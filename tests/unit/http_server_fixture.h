/* http_server_fixture.h - a real HTTP server on a loop of its own thread, handlers that do what a path says, and a client that speaks bytes. */
#ifndef TESTS_HTTP_SERVER_FIXTURE_H
#define TESTS_HTTP_SERVER_FIXTURE_H

#include "executor.h"
#include "http_reply.h"
#include "http_server.h"
#include "process.h"
#include "settings.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <event2/event.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 16 * 1024, THREADS = 4, SPARE_THREADS = 8, PATIENCE_SECONDS = 20 };

static struct {
    pthread_t thread;
    int listener, port;
    struct event_base *base;
    struct executor *executor;
    struct http_server *server;
    sem_t held;         /* /hold waits for it */
    atomic_int holding; /* requests that do */
    atomic_int written; /* pieces of the stream under way */
    atomic_int last_rc; /* of the last stream's end */
    atomic_int streams_begun, streams_over;
    atomic_bool drained;
    atomic_int pieces; /* of bodies that come in pieces, the last ones left out */
    atomic_size_t piece_bytes;
    uint64_t piece_sum; /* of one request at a time */
    atomic_int fetches, fetched;
} it;

/* ---- Handlers -------------------------------------------------------------------------------------- */

static bool goes_to(const struct pryv_request *rq, const char *path)
{
    return pryv_str_equal(rq->head.path, path);
}

static uint64_t number_of(struct pryv_str text)
{
    uint64_t number = 0;

    for (size_t i = 0; i < text.len && text.data[i] >= '0' && text.data[i] <= '9'; i++)
        number = number * 10 + (uint64_t) (text.data[i] - '0');
    return number;
}

static bool comes_in_pieces(const struct pryv_request *rq)
{
    return goes_to(rq, "/pieces") || goes_to(rq, "/held-pieces") || goes_to(rq, "/few-pieces");
}

static void plan(struct pryv_request *rq, struct http_plan *plan)
{
    static const int kind;

    plan->kind = pryv_str_starts(rq->head.path, "/together") ? &kind : NULL;
    plan->max_body = goes_to(rq, "/small") ? 10 : goes_to(rq, "/few-pieces") ? 1000000 : 64 << 20;
    plan->run_inline = goes_to(rq, "/inline") || goes_to(rq, "/inline-stream");
    plan->long_lane = goes_to(rq, "/stream");
    plan->check_head = goes_to(rq, "/check");
    plan->body = goes_to(rq, "/file") ? HTTP_TO_FILE : goes_to(rq, "/drop") ? HTTP_DROP : HTTP_TO_MEMORY;
    if (comes_in_pieces(rq))
        plan->body = HTTP_IN_PIECES;
}

static void send_text(struct pryv_request *rq, int status, struct pryv_str text)
{
    cr_assert_eq(pryv_reply_send(rq, status, "text/plain", text), PRYV_OK);
}

static void check(struct pryv_request *rq)
{
    if (!pryv_request_header(rq, "X-Token").data)
        send_text(rq, 401, PRYV_STR("no token"));
}

static void stream(struct pryv_request *rq)
{
    static const char piece[PIECE] = "piece";
    uint64_t count = number_of(rq->head.query);
    enum pryv_rc rc = PRYV_OK;

    it.streams_begun++;
    pryv_reply_header(rq, "Content-Type", PRYV_STR("text/plain"));
    for (uint64_t i = 0; i < count && rc == PRYV_OK; i++) {
        rc = pryv_reply_write(rq, pryv_str_n(piece, PIECE));
        it.written = (int) i + 1;
    }
    if (rc == PRYV_GONE) /* a handler that does not listen does no harm */
        cr_assert_eq(pryv_reply_write(rq, PRYV_STR("more")), PRYV_GONE);
    it.last_rc = rc;
    it.streams_over++;
}

static void send_file(struct pryv_request *rq)
{
    int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    char piece[PIECE];

    cr_assert_neq(fd, -1);
    for (int i = 0; i < 64; i++) {
        memset(piece, 'a' + i % 26, sizeof(piece));
        cr_assert_eq(write(fd, piece, sizeof(piece)), (ssize_t) sizeof(piece));
    }
    cr_assert_eq(pryv_reply_file(rq, fd, PIECE, 62 * PIECE), PRYV_OK);
}

static void tell_client(struct pryv_request *rq)
{
    struct pryv_str address = pryv_request_address(rq);

    send_text(rq, 200, pryv_format(rq->arena, "%.*s %s", PRYV_STR_ARG(address), pryv_request_is_tls(rq) ? "tls" : "plain"));
}

static void wait_to_go_on(void)
{
    it.holding++;
    while (sem_wait(&it.held) == -1)
        continue;
    it.holding--;
}

static void hold(struct pryv_request *rq)
{
    wait_to_go_on();
    send_text(rq, 200, PRYV_STR("held"));
}

static void add_piece(const struct pryv_request *rq)
{
    for (size_t i = 0; i < rq->body.len; i++)
        it.piece_sum = it.piece_sum * 31 + (unsigned char) rq->body.data[i];
    it.piece_bytes += rq->body.len;
}

static void piece(struct pryv_request *rq)
{
    add_piece(rq);
    it.pieces++;
    if (goes_to(rq, "/held-pieces"))
        wait_to_go_on();
}

static void tell_pieces(struct pryv_request *rq)
{
    add_piece(rq);
    send_text(rq, 200, pryv_format(rq->arena, "%zu bytes, %llx", it.piece_bytes, (unsigned long long) it.piece_sum));
}

static void run(struct pryv_request *rq)
{
    if (rq->body_state == HTTP_BODY_TOO_LARGE)
        send_text(rq, 413, PRYV_STR("too large"));
    else if (rq->body_state == HTTP_BODY_DROPPED)
        send_text(rq, 200, PRYV_STR("dropped"));
    else if (goes_to(rq, "/stream") || goes_to(rq, "/inline-stream"))
        stream(rq);
    else if (goes_to(rq, "/sendfile"))
        send_file(rq);
    else if (goes_to(rq, "/who"))
        tell_client(rq);
    else if (comes_in_pieces(rq))
        tell_pieces(rq);
    else if (goes_to(rq, "/hold"))
        hold(rq);
    else if (goes_to(rq, "/nothing"))
        return;
    else if (goes_to(rq, "/empty"))
        cr_assert_eq(pryv_reply_send(rq, 204, NULL, PRYV_STR("")), PRYV_OK);
    else if (goes_to(rq, "/broken-off")) {
        cr_assert_eq(pryv_reply_write(rq, PRYV_STR("beginning")), PRYV_OK);
        http_reply_abort(rq);
    } else if (goes_to(rq, "/short")) {
        pryv_reply_header(rq, "Content-Length", PRYV_STR("10"));
        cr_assert_eq(pryv_reply_write(rq, PRYV_STR("short")), PRYV_OK);
    } else if (goes_to(rq, "/headers")) {
        pryv_reply_header(rq, "X-Kept", PRYV_STR("first"));
        pryv_reply_header(rq, "X-Kept", PRYV_STR("second"));
        pryv_reply_header_add(rq, "X-Many", PRYV_STR("1"));
        pryv_reply_header_add(rq, "X-Many", PRYV_STR("2"));
        pryv_reply_header(rq, "X-Split", PRYV_STR("a\r\nX-Forged: b"));
        send_text(rq, 200, PRYV_STR(""));
    } else if (goes_to(rq, "/large")) {
        send_text(rq, 200, pryv_str_n(memset(pryv_alloc(rq->arena, 100000), 'x', 100000), 100000));
    } else {
        struct pryv_str body = pryv_request_body(rq);

        send_text(rq, 200, body.len ? body : PRYV_STR("hello"));
    }
}

static bool begin_together(struct pryv_request *rq)
{
    bool refused = goes_to(rq, "/together/refused");

    if (refused)
        send_text(rq, 403, PRYV_STR("refused"));
    return !refused;
}

static void fetch(struct pryv_request *const *requests, size_t count)
{
    it.fetches++;
    it.fetched += (int) count;
    for (size_t i = 0; i < count; i++)
        requests[i]->body = pryv_format(requests[i]->arena, "fetched %.*s", PRYV_STR_ARG(requests[i]->head.query));
}

static bool ends_soon(const struct pryv_request *rq)
{
    return !goes_to(rq, "/together/held");
}

static void end_together(struct pryv_request *rq)
{
    if (goes_to(rq, "/together/held"))
        wait_to_go_on();
    send_text(rq, 200, rq->body);
}

static void refuse(struct pryv_request *rq, int status, const char *message)
{
    send_text(rq, status, pryv_str(message));
}

static const struct http_handler handler = {
    .plan = plan,
    .check = check,
    .piece = piece,
    .run = run,
    .begin = begin_together,
    .fetch = fetch,
    .ends_soon = ends_soon,
    .end = end_together,
    .refuse = refuse,
};

/* ---- The server ------------------------------------------------------------------------------------ */

static void *run_loop(void *arg)
{
    event_base_loop(it.base, EVLOOP_NO_EXIT_ON_EMPTY);
    executor_free(it.executor);
    http_server_free(it.server);
    event_base_free(it.base);
    return arg;
}

static void usual_settings(void)
{
    settings = (struct settings){
        .max_url_bytes = 2000,
        .max_header_bytes = 4000,
        .max_headers = 20,
        .max_connections = 100,
        .idle_timeout_ms = 10000,
        .header_timeout_ms = 10000,
        .body_timeout_ms = 10000,
        .send_timeout_ms = 10000,
        .min_rate_window_ms = 10000,
        .memory_body_bytes = 10000,
        .send_buffer_bytes = 64 * 1024,
        .gzip = true,
        .gzip_min_bytes = 1000,
        .queue = 2,
    };
}

static void begin(struct ssl_ctx_st *tls)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(address);

    signal(SIGPIPE, SIG_IGN);
    process_is(0, 1, "/nowhere");
    sem_init(&it.held, 0, 0);
    it.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(it.listener, (struct sockaddr *) &address, sizeof(address)), 0);
    cr_assert_eq(listen(it.listener, 100), 0);
    cr_assert_eq(getsockname(it.listener, (struct sockaddr *) &address, &len), 0);
    it.port = ntohs(address.sin_port);
    it.base = event_base_new();
    it.executor = executor_new(it.base, THREADS, SPARE_THREADS, (size_t) settings.queue);
    it.server = http_server_new(it.base, it.executor, &it.listener, 1, &handler);
    cr_assert(it.executor && it.server);
    if (tls)
        http_server_use_tls(it.server, tls);
    cr_assert_eq(pthread_create(&it.thread, NULL, run_loop, NULL), 0);
}

static void break_loop(void *arg)
{
    (void) arg;
    event_base_loopbreak(it.base);
}

static void finish(void)
{
    executor_to_loop(it.executor, break_loop, NULL);
    pthread_join(it.thread, NULL);
    close(it.listener);
    sem_destroy(&it.held);
}

PRYV_UNUSED static void begin_usual(void)
{
    usual_settings();
    begin(NULL);
}

/* ---- The client ------------------------------------------------------------------------------------ */

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

PRYV_UNUSED static bool comes_true(bool (*holds)(void))
{
    double end = seconds_now() + PATIENCE_SECONDS;

    while (!holds() && seconds_now() < end)
        nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
    return holds();
}

PRYV_UNUSED static bool stream_is_over(void)
{
    return it.streams_over > 0;
}

/* The writer of a stream got no further in a while. */
PRYV_UNUSED static bool writer_waits(void)
{
    static int before = -1;
    int now = it.written;
    bool same = now > 0 && now == before;

    before = now;
    nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
    return same;
}

/* `receive_buffer`: of the socket, so that it fills soon; 0: as usual. */
static int dial(int receive_buffer)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t) it.port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (receive_buffer)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    cr_assert_eq(connect(fd, (struct sockaddr *) &address, sizeof(address)), 0);
    return fd;
}

static void say_bytes(int fd, const char *data, size_t len)
{
    while (len) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

        if (n <= 0)
            return; /* the server has closed: what it said is looked at */
        data += n;
        len -= (size_t) n;
    }
}

PRYV_UNUSED static void say(int fd, const char *text)
{
    say_bytes(fd, text, strlen(text));
}

struct heard {
    size_t len;
    char text[2 * 1024 * 1024];
};

/* Until the server closes, or `count` answers with their Content-Length are here. One buffer: valid until the next call. */
PRYV_UNUSED static const char *hear(int fd, size_t count)
{
    static struct heard heard;
    size_t begins = 0;

    heard.len = 0;
    heard.text[0] = '\0';
    while (count) {
        const char *end = strstr(heard.text + begins, "\r\n\r\n");
        const char *length = end ? strcasestr(heard.text + begins, "\r\nContent-Length: ") : NULL;

        if (length && length < end) {
            size_t whole = (size_t) (end - heard.text) + 4 + strtoul(length + 18, NULL, 10);

            if (heard.len >= whole) {
                begins = whole;
                count--;
                continue;
            }
        }
        cr_assert_lt(heard.len + 1, sizeof(heard.text));

        ssize_t n = recv(fd, heard.text + heard.len, sizeof(heard.text) - 1 - heard.len, 0);

        if (n <= 0) {
            cr_expect(n == 0, "the server neither answers nor closes; so far: %s", heard.text);
            break;
        }
        heard.len += (size_t) n;
        heard.text[heard.len] = '\0';
    }
    return heard.text;
}

enum { UNTIL_CLOSED = 1000000 };

/* One connection, one answer, or all until it closes. */
PRYV_UNUSED static const char *ask(const char *text, size_t count)
{
    int fd = dial(0);
    const char *answer;

    say(fd, text);
    answer = hear(fd, count);
    close(fd);
    return answer;
}

PRYV_UNUSED static const char *body_of(const char *answer)
{
    const char *end = strstr(answer, "\r\n\r\n");

    return end ? end + 4 : "(no body)";
}

/* Takes the chunks' frames away, in place. NULL: the last chunk is missing. */
PRYV_UNUSED static char *join_chunks(const char *body, size_t *len)
{
    char *joined = malloc(strlen(body) + sizeof(struct heard));

    *len = 0;
    for (;;) {
        char *line_end;
        unsigned long size = strtoul(body, &line_end, 16);

        if (line_end == body || strncmp(line_end, "\r\n", 2) != 0) {
            free(joined);
            return NULL;
        }
        if (size == 0)
            return joined;
        memcpy(joined + *len, line_end + 2, size);
        *len += size;
        body = line_end + 2 + size + 2;
    }
}

#define SAYS(answer, part)     cr_expect(strstr(answer, part), "\"%s\" is not in: %.600s", part, answer)
#define SAYS_NOT(answer, part) cr_expect_not(strstr(answer, part), "\"%s\" is in: %.600s", part, answer)

#endif
