/* A real HTTP server and clients that never pause for long, but move next to nothing. The time-outs for pauses are far away. */
#include "http_server_fixture.h"

enum { WINDOW_MS = 2000, BYTES_PER_SECOND = 10000, DRIP_NS = 20000000 };

static void begin_with_least_pace(void)
{
    usual_settings();
    settings.send_timeout_ms = settings.body_timeout_ms = settings.idle_timeout_ms = 1000L * 60;
    settings.min_bytes_per_second = BYTES_PER_SECOND;
    settings.min_rate_window_ms = WINDOW_MS;
    begin(NULL);
}

TestSuite(http_timeouts, .init = begin_with_least_pace, .fini = finish, .timeout = 60);

Test(http_timeouts, who_takes_an_answer_by_the_byte_is_cut_off)
{
    int fd = dial(4096);
    double end = seconds_now() + PATIENCE_SECONDS;
    char byte;

    say(fd, "GET /stream?100000 HTTP/1.1\r\nHost: a\r\n\r\n");
    cr_assert(comes_true(writer_waits));
    while (!stream_is_over() && seconds_now() < end && recv(fd, &byte, 1, 0) == 1)
        nanosleep(&(struct timespec){ .tv_nsec = DRIP_NS }, NULL);
    cr_assert(comes_true(stream_is_over), "the writer is free for others");
    cr_expect_eq(it.last_rc, PRYV_GONE);
    close(fd);
}

Test(http_timeouts, who_takes_enough_of_an_answer_is_left_alone)
{
    int fd = dial(0);
    double end = seconds_now() + 3 * WINDOW_MS / 1000.;
    char piece[PIECE];

    say(fd, "GET /stream?1000000 HTTP/1.1\r\nHost: a\r\n\r\n");
    while (seconds_now() < end) {
        cr_assert_gt(recv(fd, piece, sizeof(piece), 0), 0, "the answer goes on");
        nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
    }
    cr_expect_eq(it.streams_over, 0);
    close(fd);
    cr_assert(comes_true(stream_is_over));
}

static void expect_dripping_body_is_refused(const char *head, const char *drop)
{
    int fd = dial(0);
    double end = seconds_now() + PATIENCE_SECONDS;
    char byte;

    say(fd, head);
    while (seconds_now() < end && recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == -1) {
        say(fd, drop);
        nanosleep(&(struct timespec){ .tv_nsec = DRIP_NS }, NULL);
    }
    SAYS(hear(fd, UNTIL_CLOSED), "HTTP/1.1 408 ");
    close(fd);
}

Test(http_timeouts, who_sends_a_body_by_the_byte_is_refused)
{
    expect_dripping_body_is_refused("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n", "x");
    expect_dripping_body_is_refused("POST /file HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n");
}

Test(http_timeouts, who_sends_enough_of_a_body_is_heard)
{
    char piece[5000];
    int fd = dial(0);

    memset(piece, 'x', sizeof(piece));
    say(fd, "POST /drop HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 400000\r\n\r\n");
    for (int i = 0; i < 80; i++) {
        say_bytes(fd, piece, sizeof(piece));
        nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
    }
    SAYS(hear(fd, UNTIL_CLOSED), "HTTP/1.1 200 ");
    close(fd);
}
