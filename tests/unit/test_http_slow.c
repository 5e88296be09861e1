/* Whole answers of a real HTTP server to clients that do not read: what the socket takes leaves at once, and the rest, in order, when there is room. */
#include "http_server_fixture.h"

#define HOST  "Host: a\r\n"
#define CLOSE "Connection: close\r\n"

enum { LARGE = 100000, LARGE_ANSWERS = 8, SOCKET_TAKES = 16 * 1024 };

/* Sockets take little of an answer, also of one that is not slowly read. */
static void begin_narrow(void)
{
    int size = SOCKET_TAKES;

    begin(NULL);
    cr_assert_eq(setsockopt(it.listener, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
}

static void begin_usual_narrow(void)
{
    usual_settings();
    begin_narrow();
}

TestSuite(http_slow, .init = begin_usual_narrow, .fini = finish, .timeout = 60);

static void ask_for_large_ones(int fd)
{
    for (int i = 0; i < LARGE_ANSWERS; i++)
        say(fd, "GET /large HTTP/1.1\r\n" HOST "\r\n");
}

static void let_it_fill(void)
{
    nanosleep(&(struct timespec){ .tv_nsec = 300000000 }, NULL);
}

/* What follows the large answers, all of which are whole. */
static const char *after_large_ones(const char *answers)
{
    for (int i = 0; i < LARGE_ANSWERS; i++) {
        const char *body;

        cr_assert(pryv_str_starts(pryv_str(answers), "HTTP/1.1 200 OK\r\n"), "answer %d: %.100s", i, answers);
        body = body_of(answers);
        cr_assert_eq(strspn(body, "x"), LARGE, "answer %d", i);
        answers = body + LARGE;
    }
    return answers;
}

Test(http_slow, answers_follow_each_other_and_the_connection_stays)
{
    int fd = dial(4096);
    const char *last;

    ask_for_large_ones(fd);
    say(fd, "POST /inline HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nlast");
    let_it_fill();
    last = after_large_ones(hear(fd, LARGE_ANSWERS + 1));
    cr_expect_str_eq(body_of(last), "last");
    for (int i = 0; i < 2; i++) {
        say(fd, "GET /inline HTTP/1.1\r\n" HOST "\r\n");
        cr_expect_str_eq(body_of(hear(fd, 1)), "hello");
        say(fd, "GET /large HTTP/1.1\r\n" HOST "\r\n");
        cr_expect_eq(strlen(body_of(hear(fd, 1))), LARGE);
    }
    close(fd);
}

Test(http_slow, the_last_answer_is_whole_before_the_connection_closes)
{
    static const char *const last[] = { "GET /large HTTP/1.1\r\n" HOST CLOSE "\r\n",
                                        "GET /sendfile HTTP/1.1\r\n" HOST CLOSE "\r\n", "no request\r\n\r\n" };
    static const char *const status[] = { " 200 ", " 200 ", " 400 " };
    static const size_t lengths[] = { LARGE, 62 * PIECE, sizeof("The request line is not VERB TARGET HTTP/1.1") - 1 };

    for (size_t i = 0; i < PRYV_COUNT(last); i++) {
        int fd = dial(4096);
        const char *answer;

        ask_for_large_ones(fd);
        say(fd, last[i]);
        let_it_fill();
        answer = after_large_ones(hear(fd, UNTIL_CLOSED));
        SAYS(answer, status[i]);
        SAYS(answer, "Connection: close\r\n");
        cr_expect_eq(strlen(body_of(answer)), lengths[i]);
        close(fd);
    }
}

Test(http_slow, who_has_closed_its_half_gets_all_answers)
{
    int fd = dial(4096);

    ask_for_large_ones(fd);
    shutdown(fd, SHUT_WR);
    let_it_fill();
    cr_expect_str_eq(after_large_ones(hear(fd, UNTIL_CLOSED)), "");
    close(fd);
}

Test(http_slow, who_waits_to_send_a_body_is_told_to_go_on_in_its_turn)
{
    int fd = dial(4096);
    const char *answer;

    ask_for_large_ones(fd);
    say(fd, "POST /a HTTP/1.1\r\n" HOST CLOSE "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    let_it_fill();
    say(fd, "abc");
    answer = after_large_ones(hear(fd, UNTIL_CLOSED));
    cr_expect(pryv_str_starts(pryv_str(answer), "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"), "%.60s", answer);
    close(fd);
}

Test(http_slow, who_leaves_before_the_rest_is_forgotten)
{
    for (int hard = 0; hard < 2; hard++) {
        struct linger reset = { .l_onoff = hard };
        int fd = dial(4096);

        ask_for_large_ones(fd);
        let_it_fill();
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        close(fd);
        SAYS(ask("GET /large HTTP/1.1\r\n" HOST "\r\n", 1), " 200 OK");
    }
}

static void begin_short_patience(void)
{
    usual_settings();
    settings.send_timeout_ms = 500;
    begin_narrow();
}

TestSuite(http_slow_patience, .init = begin_short_patience, .fini = finish, .timeout = 60);

Test(http_slow_patience, ends_for_who_takes_nothing)
{
    int fd = dial(4096);
    const char *answers;

    ask_for_large_ones(fd);
    nanosleep(&(struct timespec){ .tv_sec = 2 }, NULL);
    answers = hear(fd, UNTIL_CLOSED);
    cr_expect(pryv_str_starts(pryv_str(answers), "HTTP/1.1 200 OK\r\n"));
    cr_expect_lt(strlen(answers), LARGE, "it was cut off, but %zu bytes came", strlen(answers));
    close(fd);
}
