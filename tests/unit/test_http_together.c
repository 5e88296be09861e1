/* Requests of one kind on a real HTTP server: each gets its own answer, whatever the others need. */
#include "http_server_fixture.h"

static void begin_with_room(void)
{
    usual_settings();
    settings.queue = 1000;
    begin(NULL);
}

TestSuite(http_together, .init = begin_with_room, .fini = finish, .timeout = 60);

enum { CONNECTIONS = 40, TURNS = 20 };

static void ask_for(int fd, const char *path, int number)
{
    char text[200];

    snprintf(text, sizeof(text), "GET /together%s?%d HTTP/1.1\r\nHost: a\r\n\r\n", path, number);
    say(fd, text);
}

static void expect_own(int fd, int number)
{
    char expected[40];

    snprintf(expected, sizeof(expected), "fetched %d", number);
    cr_expect_str_eq(body_of(hear(fd, 1)), expected);
}

Test(http_together, each_gets_its_own_answer)
{
    int fds[CONNECTIONS];

    for (int i = 0; i < CONNECTIONS; i++)
        fds[i] = dial(0);
    for (int turn = 0; turn < TURNS; turn++) {
        for (int i = 0; i < CONNECTIONS; i++)
            ask_for(fds[i], i % 7 == 3 ? "/refused" : "", turn * CONNECTIONS + i);
        for (int i = 0; i < CONNECTIONS; i++)
            if (i % 7 == 3)
                cr_expect_str_eq(body_of(hear(fds[i], 1)), "refused");
            else
                expect_own(fds[i], turn * CONNECTIONS + i);
    }
    cr_expect_lt(it.fetches, it.fetched, "none went together");
    for (int i = 0; i < CONNECTIONS; i++)
        close(fds[i]);
}

static bool some_wait(void)
{
    return it.holding == THREADS / 2;
}

Test(http_together, one_that_takes_longer_keeps_no_others)
{
    int held[THREADS / 2], other = dial(0);

    for (size_t i = 0; i < PRYV_COUNT(held); i++) {
        held[i] = dial(0);
        ask_for(held[i], "/held", (int) i);
    }
    cr_expect(comes_true(some_wait));
    for (int i = 100; i < 110; i++) {
        ask_for(other, "", i);
        expect_own(other, i);
    }
    for (size_t i = 0; i < PRYV_COUNT(held); i++)
        sem_post(&it.held);
    for (size_t i = 0; i < PRYV_COUNT(held); i++) {
        expect_own(held[i], (int) i);
        close(held[i]);
    }
    close(other);
}

Test(http_together, clients_that_leave_do_no_harm)
{
    int stays = dial(0);

    for (int turn = 0; turn < 50; turn++) {
        int leaves = dial(0);

        ask_for(leaves, turn % 2 ? "" : "/refused", turn);
        close(leaves);
        ask_for(stays, "", turn);
        expect_own(stays, turn);
    }
    close(stays);
}

Test(http_together, its_end_closes_those_that_wait)
{
    int fds[CONNECTIONS];

    for (int i = 0; i < CONNECTIONS; i++) {
        fds[i] = dial(0);
        ask_for(fds[i], i < THREADS ? "/held" : "", i);
    }
    for (int i = 0; i < THREADS; i++)
        sem_post(&it.held);
    for (int i = 0; i < CONNECTIONS; i++)
        close(fds[i]);
}
