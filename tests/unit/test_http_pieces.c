/* Bodies that go to a thread piece by piece: whole and in order, with as much of them in memory as one piece, whatever the client does meanwhile. */
#include "http_server_fixture.h"

#define HEAD "Host: a\r\nConnection: close\r\n"

enum { FULL = 256 * 1024 };

static void begin_pieces(void)
{
    it.pieces = 0;
    it.piece_bytes = 0;
    it.piece_sum = 0;
    begin_usual();
}

TestSuite(http_pieces, .init = begin_pieces, .fini = finish, .timeout = 60);

static char *make_body(size_t len, uint64_t *sum)
{
    char *body = malloc(len + 1);

    *sum = 0;
    for (size_t i = 0; i < len; i++) {
        body[i] = (char) (i * 2654435761U >> 13);
        *sum = *sum * 31 + (unsigned char) body[i];
    }
    return body;
}

static void say_head(int fd, const char *path, size_t len)
{
    char head[200];

    snprintf(head, sizeof(head), "POST %s HTTP/1.1\r\n" HEAD "Content-Length: %zu\r\n\r\n", path, len);
    say(fd, head);
}

static void say_chunks(int fd, const char *body, size_t len, size_t size)
{
    char line[40];

    for (size_t at = 0; at < len; at += size) {
        size_t here = len - at < size ? len - at : size;

        say_bytes(fd, line, (size_t) snprintf(line, sizeof(line), "%zx\r\n", here));
        say_bytes(fd, body + at, here);
        say(fd, "\r\n");
    }
    say(fd, "0\r\n\r\n");
}

Test(http_pieces, come_whole_and_in_order)
{
    static const size_t sizes[] = { 0, 1, 5000, FULL - 1, FULL, FULL + 1, 3 * FULL, 1500000 };

    for (size_t i = 0; i < PRYV_COUNT(sizes); i++)
        for (int chunked = 0; chunked < 2; chunked++) {
            int fd = dial(0);
            uint64_t sum;
            char *body = make_body(sizes[i], &sum), expected[60];

            it.pieces = 0;
            it.piece_bytes = 0;
            it.piece_sum = 0;
            if (chunked) {
                say(fd, "POST /pieces HTTP/1.1\r\n" HEAD "Transfer-Encoding: chunked\r\n\r\n");
                say_chunks(fd, body, sizes[i], 70001);
            } else {
                say_head(fd, "/pieces", sizes[i]);
                say_bytes(fd, body, sizes[i]);
            }
            snprintf(expected, sizeof(expected), "%zu bytes, %llx", sizes[i], (unsigned long long) sum);
            cr_expect_str_eq(body_of(hear(fd, UNTIL_CLOSED)), expected);
            cr_expect((size_t) it.pieces <= sizes[i] / FULL, "%d pieces of %zu bytes", it.pieces, sizes[i]);
            cr_expect(sizes[i] <= FULL + 70001 || it.pieces > 0, "%d pieces of %zu bytes", it.pieces, sizes[i]);
            free(body);
            close(fd);
        }
}

static bool holds_a_piece(void)
{
    return it.holding > 0;
}

/* No piece was taken in a while. */
static bool is_quiet(void)
{
    static int before = -1;
    bool same = it.pieces == before;

    before = it.pieces;
    nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
    return same;
}

static void let_go(int fd)
{
    close(fd);
    for (int i = 0; i < 100; i++)
        sem_post(&it.held);
    cr_expect(comes_true(is_quiet));
}

Test(http_pieces, are_not_read_ahead_of_who_takes_them)
{
    int fd = dial(0);
    size_t sent = 0, len = 60u << 20;
    char *body = calloc(1, len);

    say_head(fd, "/held-pieces", len);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    for (int quiet = 0; quiet < 100 && sent < len;) {
        ssize_t n = send(fd, body + sent, len - sent, MSG_NOSIGNAL);

        quiet = n > 0 ? 0 : quiet + 1;
        sent += n > 0 ? (size_t) n : 0;
        if (n <= 0)
            nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
    }
    cr_expect(comes_true(holds_a_piece));
    cr_expect_eq(it.pieces, 1);
    cr_expect(sent < len / 2, "%zu bytes were taken from the client, who is not listened to", sent);
    free(body);
    let_go(fd);
}

Test(http_pieces, of_a_client_that_leaves_are_forgotten)
{
    static char some[FULL + 1000];
    int fd = dial(0);

    say_head(fd, "/held-pieces", 4 * FULL);
    say_bytes(fd, some, sizeof(some));
    cr_expect(comes_true(holds_a_piece));
    let_go(fd); /* in the middle of a piece */
    fd = dial(0);
    say_head(fd, "/pieces", 4 * FULL);
    say_bytes(fd, some, sizeof(some));
    close(fd); /* between two pieces */
    SAYS(ask("GET /inline HTTP/1.1\r\n" HEAD "\r\n", UNTIL_CLOSED), "\r\n\r\nhello");
}

Test(http_pieces, end_with_a_word_where_http_is_broken)
{
    static char some[2 * FULL];
    int fd = dial(0);
    char line[40];

    say(fd, "POST /pieces HTTP/1.1\r\n" HEAD "Transfer-Encoding: chunked\r\n\r\n");
    say_bytes(fd, line, (size_t) snprintf(line, sizeof(line), "%zx\r\n", sizeof(some)));
    say_bytes(fd, some, sizeof(some));
    say(fd, "no line end");
    SAYS(hear(fd, UNTIL_CLOSED), " 400 ");
    close(fd);
}

Test(http_pieces, of_too_large_a_body_are_refused)
{
    static char some[3000000];

    for (int chunked = 0; chunked < 2; chunked++) {
        int fd = dial(0);

        if (chunked) {
            say(fd, "POST /few-pieces HTTP/1.1\r\n" HEAD "Transfer-Encoding: chunked\r\n\r\n");
            say_chunks(fd, some, sizeof(some), 100000);
        } else {
            say_head(fd, "/few-pieces", sizeof(some));
            say_bytes(fd, some, sizeof(some));
        }
        SAYS(hear(fd, UNTIL_CLOSED), " 413 ");
        cr_expect(chunked ? it.pieces > 0 : it.pieces == 0);
        close(fd);
    }
}

Test(http_pieces, come_from_a_client_that_waits_or_closes_its_half)
{
    uint64_t sum;
    char *body = make_body(2 * FULL + 7, &sum), expected[60];
    int fd = dial(0);

    say(fd, "POST /pieces HTTP/1.1\r\n" HEAD "Expect: 100-continue\r\nContent-Length: 524295\r\n\r\n");
    say_bytes(fd, body, 2 * FULL + 7);
    shutdown(fd, SHUT_WR);

    const char *answer = hear(fd, UNTIL_CLOSED);

    snprintf(expected, sizeof(expected), "%d bytes, %llx", 2 * FULL + 7, (unsigned long long) sum);
    SAYS(answer, "HTTP/1.1 100 Continue\r\n");
    SAYS(answer, expected);
    free(body);
    close(fd);
}

/* ---- Time ------------------------------------------------------------------------------------------ */

static void begin_impatient(void)
{
    it.pieces = 0;
    it.piece_bytes = 0;
    it.piece_sum = 0;
    usual_settings();
    settings.body_timeout_ms = 400;
    settings.min_rate_window_ms = 400;
    settings.min_bytes_per_second = 1000;
    begin(NULL);
}

TestSuite(http_pieces_in_time, .init = begin_impatient, .fini = finish, .timeout = 60);

static int awaited_pieces;

static bool has_come(void)
{
    return it.pieces == awaited_pieces;
}

Test(http_pieces_in_time, a_slow_thread_is_not_the_clients_fault)
{
    static char some[3 * FULL];
    int fd = dial(0);

    say_head(fd, "/held-pieces", sizeof(some));
    say_bytes(fd, some, sizeof(some));
    for (awaited_pieces = 1; awaited_pieces <= 2; awaited_pieces++) { /* the third part is the last, and no one holds that */
        cr_expect(comes_true(has_come));
        nanosleep(&(struct timespec){ .tv_nsec = 700000000 }, NULL);
        sem_post(&it.held);
    }
    SAYS(hear(fd, UNTIL_CLOSED), "786432 bytes");
    close(fd);
}

Test(http_pieces_in_time, a_slow_client_is_refused)
{
    static char some[FULL + 100];
    int fd = dial(0);

    say_head(fd, "/pieces", 2 * FULL);
    say_bytes(fd, some, sizeof(some));
    SAYS(hear(fd, UNTIL_CLOSED), " 408 ");
    close(fd);
}
