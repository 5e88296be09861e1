/* plain_criterion.c - runs criterion tests without criterion's sandbox, one forked process each.
 * ThreadSanitizer keeps the addresses for itself that the sandbox wants; the tests and criterion's headers stay as they are. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TEST_SKIPPED = 77 };

/* The linker's bounds of the section in which Test() leaves its entries. */
extern struct criterion_test *__start_cr_tst[];
extern struct criterion_test *__stop_cr_tst[];

/* Of TestSuite(): there may be none. */
extern struct criterion_suite *__start_cr_sts[] __attribute__((weak));
extern struct criterion_suite *__stop_cr_sts[] __attribute__((weak));

struct criterion_options criterion_options;

static int failures; /* of the test that this process runs */

int cr_vasprintf(char **text, const char *format, va_list args)
{
    return vasprintf(text, format, args);
}

int cr_asprintf(char **text, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int len = vasprintf(text, format, args);
    va_end(args);
    return len;
}

void cr_asprintf_free(char *text)
{
    free(text);
}

char *cr_translate_assert_msg(int index, ...)
{
    char *text = NULL;

    return cr_asprintf(&text, "assertion of kind %d", index) < 0 ? NULL : text;
}

void cri_asserts_passed_incr(void) {}

void criterion_send_assert(struct criterion_assert_stats *stats)
{
    if (!stats->passed)
        fprintf(stderr, "%s:%u: failed: %s\n", stats->file, stats->line, stats->message ? stats->message : "");
}

void criterion_abort_test(void)
{
    exit(EXIT_FAILURE);
}

void criterion_continue_test(void)
{
    failures++;
}

void criterion_skip_test(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    exit(TEST_SKIPPED);
}

void criterion_internal_test_setup(void) {}

void criterion_internal_test_main(void (*fn)(void))
{
    fn();
}

void criterion_internal_test_teardown(void) {}

static const struct criterion_test_extra_data *suite_of(const struct criterion_test *test)
{
    for (struct criterion_suite **entry = __start_cr_sts; entry && entry < __stop_cr_sts; entry++)
        if (*entry && (*entry)->data && strcmp((*entry)->name, test->category) == 0)
            return (*entry)->data;
    return NULL;
}

static int run_here(const struct criterion_test *test)
{
    const struct criterion_test_extra_data *suite = suite_of(test);

    if (suite && suite->init)
        suite->init();
    if (test->data->init)
        test->data->init();
    test->test();
    if (test->data->fini)
        test->data->fini();
    if (suite && suite->fini)
        suite->fini();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* What waitpid tells about the test. */
static int run_apart(const struct criterion_test *test)
{
    int status = -1;

    fflush(NULL);
    pid_t child = fork();

    if (child == 0) {
        alarm(test->data->timeout > 0 ? (unsigned) test->data->timeout + 1 : 100);
        exit(run_here(test));
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        return -1;
    return status;
}

static bool as_expected(const struct criterion_test *test, int status)
{
    if (test->data->signal)
        return WIFSIGNALED(status) && WTERMSIG(status) == test->data->signal;
    return WIFEXITED(status) && (WEXITSTATUS(status) == test->data->exit_code || WEXITSTATUS(status) == TEST_SKIPPED);
}

int main(void)
{
    size_t tested = 0, passing = 0, crashing = 0;

    for (struct criterion_test **entry = __start_cr_tst; entry < __stop_cr_tst; entry++) {
        const struct criterion_test *test = *entry;

        if (!test || test->data->disabled)
            continue;

        int status = run_apart(test);

        tested++;
        if (as_expected(test, status)) {
            passing++;
            continue;
        }
        crashing += WIFSIGNALED(status) ? 1 : 0;
        fprintf(stderr, "[FAIL] %s::%s%s%s\n", test->category, test->name, WIFSIGNALED(status) ? ": " : "",
                WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "");
    }
    fprintf(stderr, "[====] Synthesis: Tested: %zu | Passing: %zu | Failing: %zu | Crashing: %zu\n", tested, passing,
            tested - passing, crashing);
    return tested == passing ? EXIT_SUCCESS : EXIT_FAILURE;
}
