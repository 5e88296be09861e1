/* Requests to a real HTTP server: connections, bodies, refusals, limits, time-outs, proxies. */
#include "http_server_fixture.h"

TestSuite(http_server, .init = begin_usual, .fini = finish, .timeout = 60);

#define HOST  "Host: a\r\n"
#define CLOSE "Connection: close\r\n"

Test(http_server, answers_on_the_loop_and_on_a_thread)
{
    static const char *const paths[] = { "/inline", "/thread" };

    for (size_t i = 0; i < PRYV_COUNT(paths); i++) {
        char text[100];

        snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\n" HOST CLOSE "\r\n", paths[i]);

        const char *answer = ask(text, UNTIL_CLOSED);

        cr_expect(pryv_str_starts(pryv_str(answer), "HTTP/1.1 200 OK\r\nDate: "), "%s", answer);
        SAYS(answer, "\r\nContent-Type: text/plain\r\n");
        SAYS(answer, "\r\nContent-Length: 5\r\n");
        SAYS(answer, "\r\nConnection: close\r\n");
        cr_expect_str_eq(body_of(answer), "hello");
    }
}

Test(http_server, requests_of_a_connection_are_answered_in_order)
{
    static const char text[] = "POST /inline HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\n1"
                               "POST /a HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1\r\n2\r\n0\r\n\r\n"
                               "\r\nHEAD /b HTTP/1.1\r\n" HOST "\r\n"
                               "POST /inline HTTP/1.1\r\n" HOST CLOSE "Content-Length: 1\r\n\r\n3"
                               "POST /never HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\n4";

    for (size_t step = 1; step < sizeof(text); step = step * 3 - 1) {
        int fd = dial(0);

        for (size_t at = 0; at < sizeof(text) - 1; at += step) {
            say_bytes(fd, text + at, sizeof(text) - 1 - at < step ? sizeof(text) - 1 - at : step);
            if (step < 3)
                nanosleep(&(struct timespec){ .tv_nsec = 100000 }, NULL);
        }

        const char *answer = hear(fd, UNTIL_CLOSED);
        const char *first = strstr(answer, "\r\n\r\n1HTTP/1.1 200"), *second = strstr(answer, "\r\n\r\n2HTTP/1.1 200");
        const char *head = strstr(answer, "Content-Length: 5\r\n\r\nHTTP/1.1 200"), *third = strstr(answer, "\r\n\r\n3");

        cr_expect(first && second && head && third && first < second && second < head && head < third && third[5] == '\0', "%s",
                  answer);
        close(fd);
    }
}

Test(http_server, old_clients_are_served)
{
    const char *answer = ask("GET / HTTP/1.0\r\n\r\n", UNTIL_CLOSED);

    SAYS(answer, "Connection: close\r\n");
    cr_expect_str_eq(body_of(answer), "hello");
    answer = ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n", UNTIL_CLOSED);
    SAYS(answer, "Connection: keep-alive\r\n");
    SAYS(answer, "\r\n\r\nhelloHTTP/1.1 200");
    answer = ask("GET /stream?3 HTTP/1.0\r\n\r\n", UNTIL_CLOSED);
    SAYS_NOT(answer, "chunked");
    SAYS(answer, "Connection: close\r\n");
}

Test(http_server, answers_without_body_have_none)
{
    const char *answer = ask("GET /empty HTTP/1.1\r\n" HOST "\r\nGET / HTTP/1.1\r\n" HOST CLOSE "\r\n", UNTIL_CLOSED);

    cr_expect(pryv_str_starts(pryv_str(answer), "HTTP/1.1 204 No Content\r\n"), "%s", answer);
    SAYS(answer, "\r\n\r\nHTTP/1.1 200 OK");
    answer = ask("HEAD /stream?3 HTTP/1.1\r\n" HOST "\r\nHEAD /sendfile HTTP/1.1\r\n" HOST CLOSE "\r\n", UNTIL_CLOSED);
    SAYS(answer, "chunked\r\n\r\nHTTP/1.1 200 OK");
    SAYS(answer, "Content-Length: 1015808\r\n");
    cr_expect_str_eq(body_of(body_of(answer)), "");
}

/* A body of `len` bytes to `path`, announced or in chunks. */
static void post(int fd, const char *path, size_t len, bool chunked)
{
    char *body = malloc(len + 1), head[200];

    for (size_t i = 0; i < len; i++)
        body[i] = (char) ('a' + i % 23);
    if (chunked)
        snprintf(head, sizeof(head), "POST %s HTTP/1.1\r\n" HOST CLOSE "Transfer-Encoding: chunked\r\n\r\n%zx;a\r\n", path, len);
    else
        snprintf(head, sizeof(head), "POST %s HTTP/1.1\r\n" HOST CLOSE "Content-Length: %zu\r\n\r\n", path, len);
    say(fd, head);
    say_bytes(fd, body, len);
    if (chunked)
        say(fd, "\r\n0\r\nX-Trailer: a\r\n\r\n");
    free(body);
}

Test(http_server, bodies_are_kept_in_memory_or_in_files)
{
    static const size_t sizes[] = { 1, 9999, 10000, 10001, 70000, 1500000 };

    for (size_t i = 0; i < PRYV_COUNT(sizes); i++)
        for (int kind = 0; kind < 4; kind++) {
            int fd = dial(0);

            post(fd, kind & 1 ? "/file" : "/memory", sizes[i], kind & 2);

            const char *body = body_of(hear(fd, UNTIL_CLOSED));
            bool same = strlen(body) == sizes[i];

            for (size_t k = 0; same && k < sizes[i]; k++)
                same = body[k] == (char) ('a' + k % 23);
            cr_expect(same, "%zu bytes, kind %d: %zu bytes", sizes[i], kind, strlen(body));
            close(fd);
        }
}

Test(http_server, bodies_can_be_dropped_or_too_large)
{
    for (int chunked = 0; chunked < 2; chunked++) {
        int fd = dial(0);

        post(fd, "/drop", 300000, chunked);
        SAYS(hear(fd, UNTIL_CLOSED), "\r\n\r\ndropped");
        close(fd);
        fd = dial(0);
        post(fd, "/small", 10, chunked);
        SAYS(hear(fd, UNTIL_CLOSED), " 200 OK");
        close(fd);
        fd = dial(0);
        post(fd, "/small", 3000000, chunked);
        SAYS(hear(fd, UNTIL_CLOSED), " 413 ");
        close(fd);
    }
}

Test(http_server, a_client_that_waits_is_told_to_go_on)
{
    int fd = dial(0);

    say(fd, "POST /a HTTP/1.1\r\n" HOST CLOSE "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");

    char line[26] = "";
    ssize_t len = recv(fd, line, 25, MSG_WAITALL);

    cr_expect(len == 25 && strcmp(line, "HTTP/1.1 100 Continue\r\n\r\n") == 0, "%s", line);
    say(fd, "ok");
    SAYS(hear(fd, UNTIL_CLOSED), "\r\n\r\nok");
    close(fd);
    cr_expect(pryv_str_starts(
        pryv_str(ask("POST /small HTTP/1.1\r\n" HOST "Content-Length: 20\r\nExpect: 100-continue\r\n\r\n", UNTIL_CLOSED)),
        "HTTP/1.1 413 "));
}

Test(http_server, a_head_can_be_refused_before_its_body)
{
    const char *answer =
        ask("POST /check HTTP/1.1\r\n" HOST "Content-Length: 5000000\r\nExpect: 100-continue\r\n\r\n", UNTIL_CLOSED);

    cr_expect(pryv_str_starts(pryv_str(answer), "HTTP/1.1 401 "), "%s", answer);
    SAYS(answer, "Connection: close\r\n");
    answer = ask("POST /check HTTP/1.1\r\n" HOST "X-Token: a\r\nContent-Length: 2\r\n\r\nokPOST /check HTTP/1.1\r\n" HOST CLOSE
                 "X-Token: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\n\r\n",
                 UNTIL_CLOSED);
    SAYS(answer, "\r\n\r\nokHTTP/1.1 200 OK");
    SAYS(answer, "\r\n\r\nOK");
}

Test(http_server, what_is_not_http_is_refused_and_cut)
{
    static const struct {
        const char *text, *status;
    } cases[] = {
        { "GET / HTTP/1.1\r\n\r\n", " 400 " },
        { "hello\r\n\r\n", " 400 " },
        { "\x16\x03\x01\x02\n", " 400 " },
        { "GET / HTTP/1.1\nHost: a\n\n", " 400 " },
        { "GET / HTTP/3.0\r\n\r\n", " 505 " },
        { "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\naGET / HTTP/1.1\r\n" HOST "\r\n", " 400 " },
        { "POST / HTTP/1.1\r\n" HOST "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n" HOST
          "\r\n",
          " 400 " },
        { "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n\r\n", " 501 " },
        { "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nzz\r\n", " 400 " },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        const char *answer = ask(cases[i].text, UNTIL_CLOSED);

        SAYS(answer, cases[i].status);
        SAYS(answer, "Connection: close\r\n");
        cr_expect_null(strstr(answer, "\nHTTP/1.1 "), "two answers: %s", answer);
    }
}

Test(http_server, an_answer_reaches_a_client_that_still_sends)
{
    char *text = malloc(3000000);
    int fd = dial(0);

    memset(text, 'x', 3000000);
    memcpy(text, "GET /", 5);
    say_bytes(fd, text, 3000000);
    SAYS(hear(fd, UNTIL_CLOSED), "HTTP/1.1 414 ");
    close(fd);
    fd = dial(0);
    memcpy(text, "GET / HTTP/1.1\r\nX: ", 19);
    say_bytes(fd, text, 3000000);
    SAYS(hear(fd, UNTIL_CLOSED), "HTTP/1.1 431 ");
    close(fd);
    free(text);
}

Test(http_server, a_client_may_close_its_half)
{
    int fd = dial(0);

    say(fd, "GET /a HTTP/1.1\r\n" HOST "\r\nGET /inline HTTP/1.1\r\n" HOST "\r\n");
    shutdown(fd, SHUT_WR);
    SAYS(hear(fd, UNTIL_CLOSED), "\r\n\r\nhelloHTTP/1.1 200 OK");
    close(fd);
    fd = dial(0);
    say(fd, "POST /a HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\nabc");
    shutdown(fd, SHUT_WR);
    cr_expect_str_eq(hear(fd, UNTIL_CLOSED), "", "half a body is no request");
    close(fd);
}

Test(http_server, handlers_cannot_break_the_protocol)
{
    const char *answer = ask("GET /headers HTTP/1.1\r\n" HOST CLOSE "\r\n", UNTIL_CLOSED);

    SAYS(answer, "\r\nX-Kept: second\r\n");
    SAYS(answer, "\r\nX-Many: 1\r\nX-Many: 2\r\n");
    SAYS_NOT(answer, "X-Forged");
    SAYS_NOT(answer, "first");
    cr_expect_str_eq(ask("GET /nothing HTTP/1.1\r\n" HOST "\r\n", UNTIL_CLOSED), "");
}

static int expected;

static bool as_many_held(void)
{
    return it.holding + (int) executor_queued(it.executor) == expected;
}

Test(http_server, a_full_queue_is_told_at_once)
{
    int fds[THREADS + 3], *one_more = &fds[THREADS + 2];
    const char *answer;

    for (size_t i = 0; i < PRYV_COUNT(fds); i++) {
        fds[i] = dial(0);
        say(fds[i], "GET /inline HTTP/1.1\r\n" HOST "\r\n");
        SAYS(hear(fds[i], 1), " 200 OK"); /* so it is accepted */
    }
    for (expected = 1; expected <= THREADS + 2; expected++) {
        say(fds[expected - 1], "GET /hold HTTP/1.1\r\n" HOST "\r\n");
        cr_assert(comes_true(as_many_held));
    }
    say(*one_more, "GET /inline HTTP/1.1\r\n" HOST "\r\n");
    SAYS(hear(*one_more, 1), " 200 OK"); /* this needs no thread */
    say(*one_more, "GET /a HTTP/1.1\r\n" HOST "\r\n");
    answer = hear(*one_more, UNTIL_CLOSED);
    SAYS(answer, "HTTP/1.1 503 ");
    SAYS(answer, "Retry-After: ");
    close(*one_more);
    nanosleep(&(struct timespec){ .tv_nsec = 300000000 }, NULL); /* the listener rests meanwhile */
    *one_more = dial(0);
    say(*one_more, "GET /a HTTP/1.1\r\n" HOST "\r\n");
    for (int i = 0; i < THREADS + 2; i++)
        sem_post(&it.held);
    for (int i = 0; i < THREADS + 2; i++) {
        SAYS(hear(fds[i], 1), "\r\n\r\nheld");
        close(fds[i]);
    }
    SAYS(hear(*one_more, 1), " 200 OK");
    close(*one_more);
}

Test(http_server, a_client_that_leaves_is_forgotten)
{
    static const char *const parts[] = {
        "",
        "GET",
        "GET / HTTP/1.1\r\n" HOST,
        "POST / HTTP/1.1\r\n" HOST "Content-Length: 50000\r\n\r\n",
        "POST /file HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\nabc",
        "POST / HTTP/1.1\r\n" HOST "Content-Length: 50000\r\n\r\nabc",
        "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nab",
        "GET /stream?1000 HTTP/1.1\r\n" HOST "\r\n",
        "GET /hold HTTP/1.1\r\n" HOST "\r\n",
        "GET /sendfile HTTP/1.1\r\n" HOST "\r\n",
        "POST /check HTTP/1.1\r\n" HOST "X-Token: a\r\nContent-Length: 4\r\n\r\na",
    };

    for (size_t i = 0; i < PRYV_COUNT(parts); i++)
        for (int hard = 0; hard < 2; hard++) {
            struct linger reset = { .l_onoff = hard };
            int fd = dial(0);

            say(fd, parts[i]);
            nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
            close(fd);
        }
    sem_post(&it.held);
    sem_post(&it.held);
    SAYS(ask("GET /a HTTP/1.1\r\n" HOST "\r\n", 1), " 200 OK");
}

/* ---- Limits and time-outs ---------------------------------------------------------------------------- */

static void begin_impatient(void)
{
    usual_settings();
    settings.header_timeout_ms = settings.body_timeout_ms = 300;
    settings.idle_timeout_ms = 600;
    settings.max_connections = 3;
    settings.max_requests_per_connection = 2;
    settings.trusted_proxies = json_pack("[s,s]", "127.0.0.0/8", "2001:db8::/33");
    begin(NULL);
}

static void finish_impatient(void)
{
    finish();
    json_decref(settings.trusted_proxies);
}

TestSuite(http_limits, .init = begin_impatient, .fini = finish_impatient, .timeout = 60);

Test(http_limits, slow_clients_are_cut_with_a_word)
{
    double started = seconds_now();

    SAYS(ask("GET / HTTP/1.1\r\nHos", UNTIL_CLOSED), "HTTP/1.1 408 ");
    SAYS(ask("POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nab", UNTIL_CLOSED), "HTTP/1.1 408 ");
    SAYS(ask("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nab", UNTIL_CLOSED), "HTTP/1.1 408 ");
    cr_expect_str_eq(ask("", UNTIL_CLOSED), "");

    const char *answer = ask("GET / HTTP/1.1\r\n" HOST "\r\n", UNTIL_CLOSED);

    SAYS(answer, " 200 OK");
    SAYS_NOT(answer, "408");
    cr_expect_lt(seconds_now() - started, 15.);
}

Test(http_limits, a_slow_drip_of_a_header_does_not_keep_a_connection)
{
    int fd = dial(0);
    double started = seconds_now();

    say(fd, "GET / HTTP/1.1\r\n");
    while (seconds_now() - started < 5 && send(fd, "X", 1, MSG_NOSIGNAL) == 1 &&
           recv(fd, (char[1]){ 0 }, 1, MSG_DONTWAIT | MSG_PEEK) == -1)
        nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
    cr_expect_lt(seconds_now() - started, 3.);
    SAYS(hear(fd, UNTIL_CLOSED), "HTTP/1.1 408 ");
    close(fd);
}

Test(http_limits, a_slow_but_steady_body_is_read)
{
    int fd = dial(0);

    say(fd, "POST / HTTP/1.1\r\n" HOST CLOSE "Content-Length: 10\r\n\r\n");
    for (int i = 0; i < 10; i++) {
        nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
        say(fd, "x");
    }
    SAYS(hear(fd, UNTIL_CLOSED), "\r\n\r\nxxxxxxxxxx");
    close(fd);
}

Test(http_limits, connections_and_their_requests_are_counted)
{
    int fds[3];
    const char *answer;

    for (size_t i = 0; i < PRYV_COUNT(fds); i++) {
        fds[i] = dial(0);
        say(fds[i], "GET /inline HTTP/1.1\r\n" HOST "\r\n");
        SAYS_NOT(hear(fds[i], 1), "close");
    }
    answer = ask("GET /inline HTTP/1.1\r\n" HOST "\r\n", UNTIL_CLOSED);
    SAYS(answer, "HTTP/1.1 503 ");
    SAYS(answer, "Retry-After: ");
    for (size_t i = 0; i < PRYV_COUNT(fds); i++) {
        say(fds[i], "GET /inline HTTP/1.1\r\n" HOST "\r\n");
        SAYS(hear(fds[i], UNTIL_CLOSED), "Connection: close\r\n");
        close(fds[i]);
    }
    SAYS(ask("GET /inline HTTP/1.1\r\n" HOST "\r\n", 1), " 200 OK");
}

Test(http_limits, proxies_are_believed_as_far_as_they_are_trusted)
{
    static const struct {
        const char *fields, *client;
    } cases[] = {
        { "", "127.0.0.1 plain" },
        { "X-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1 plain" },
        { "X-Forwarded-For: 198.51.100.7, 192.0.2.1\r\n", "192.0.2.1 plain" },
        { "X-Forwarded-For: 198.51.100.7\r\nX-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1 plain" },
        { "X-Forwarded-For: 192.0.2.1,127.0.0.9 , 127.1.2.3\r\n", "192.0.2.1 plain" },
        { "X-Forwarded-For: 127.0.0.9\r\n", "127.0.0.9 plain" },
        { "X-Forwarded-For: 192.0.2.1, 2001:db8:1::5\r\n", "192.0.2.1 plain" },
        { "X-Forwarded-For: 192.0.2.1, 2001:db8:8000::5\r\n", "2001:db8:8000::5 plain" },
        { "X-Forwarded-For: nonsense\r\n", "127.0.0.1 plain" },
        { "X-Forwarded-For: 192.0.2.1, nonsense\r\n", "127.0.0.1 plain" },
        { "X-Forwarded-For: 192.0.2.1, nonsense, 127.0.0.2\r\n", "127.0.0.2 plain" },
        { "X-Forwarded-Proto: https\r\n", "127.0.0.1 tls" },
        { "X-Forwarded-For: 2001:db9::1\r\nX-Forwarded-Proto: http\r\n", "2001:db9::1 plain" },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        char text[300];

        snprintf(text, sizeof(text), "GET /who HTTP/1.1\r\n" HOST CLOSE "%s\r\n", cases[i].fields);

        const char *answer = ask(text, UNTIL_CLOSED);

        cr_expect_str_eq(body_of(answer), cases[i].client, "%s%s", cases[i].fields, answer);
    }
}

Test(http_server, nobody_is_trusted_unasked)
{
    const char *answer =
        ask("GET /who HTTP/1.1\r\n" HOST CLOSE "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n\r\n", UNTIL_CLOSED);

    cr_expect_str_eq(body_of(answer), "127.0.0.1 plain");
}
