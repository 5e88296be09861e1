/* fetch.c - documents by their address; see pryv/fetch.h. */
#include <pryv/fetch.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { REASON_MAX = 256 };

/* Grows in the heap while it is read, so that the arena holds one copy only. */
struct text {
    char *data;
    size_t len, room;
};

static double monotonic(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

/* 1: some bytes; 0: the end; -1: errno. */
static int read_some(int fd, struct text *text)
{
    if (text->room - text->len < 16 * 1024) {
        text->room = text->room * 2 + 64 * 1024;
        text->data = realloc(text->data, text->room);
        if (!text->data)
            abort();
    }

    ssize_t n = read(fd, text->data + text->len, text->room - text->len);

    if (n > 0)
        text->len += (size_t) n;
    return n > 0 ? 1 : (int) n;
}

/* Reads `fd` to its end, within time and size. */
static enum pryv_rc read_all(int fd, double deadline, size_t max_bytes, struct text *text, struct pryv_str address,
                             struct pryv_err *err)
{
    for (;;) {
        double left = deadline - monotonic();
        struct pollfd wait = { .fd = fd, .events = POLLIN };
        int ready = left > 0 ? poll(&wait, 1, (int) (left * 1000) + 1) : 0;

        if (ready == -1 && errno == EINTR)
            continue;
        if (ready == 0)
            return pryv_fail(err, PRYV_FAILED, "%.*s did not come in time", PRYV_STR_ARG(address));

        int got = ready == -1 ? -1 : read_some(fd, text);

        if (got == 0)
            return PRYV_OK;
        if (got == -1 && errno != EINTR)
            return pryv_fail(err, PRYV_FAILED, "cannot read %.*s: %s", PRYV_STR_ARG(address), strerror(errno));
        if (text->len > max_bytes)
            return pryv_fail(err, PRYV_FAILED, "%.*s is larger than %zu bytes", PRYV_STR_ARG(address), max_bytes);
    }
}

static enum pryv_rc fetch_file(struct pryv_str address, double deadline, size_t max_bytes, struct text *text,
                               struct pryv_err *err)
{
    size_t scheme = strlen("file://");
    char *path = pryv_cstr(err->arena, pryv_str_n(address.data + scheme, address.len - scheme));
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd == -1)
        return pryv_fail(err, PRYV_FAILED, "cannot open %.*s: %s", PRYV_STR_ARG(address), strerror(errno));

    enum pryv_rc rc = read_all(fd, deadline, max_bytes, text, address, err);

    close(fd);
    return rc;
}

/* pryvd-fetch lies beside pryvd. */
static const char *fetch_program(struct pryv_arena *mem)
{
    char path[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

    if (len <= 0)
        return "pryvd-fetch";
    path[len] = '\0';
    *strrchr(path, '/') = '\0';
    return pryv_format(mem, "%s/pryvd-fetch", path).data;
}

static int spawn(struct pryv_arena *mem, struct pryv_str address, double timeout_seconds, size_t max_bytes, int out,
                 int complaints, pid_t *pid)
{
    const char *program = fetch_program(mem);
    char *argv[] = { pryv_cstr(mem, pryv_str("pryvd-fetch")), pryv_cstr(mem, address),
                     pryv_cstr(mem, pryv_format(mem, "%g", timeout_seconds)), pryv_cstr(mem, pryv_format(mem, "%zu", max_bytes)),
                     NULL };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;

    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_adddup2(&actions, complaints, 2);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);

    int failed = posix_spawn(pid, program, &actions, &attributes, argv, environ);

    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

static enum pryv_rc read_program(pid_t pid, int out, int complaints, double deadline, size_t max_bytes, struct text *text,
                                 struct pryv_str address, struct pryv_err *err)
{
    char reason[REASON_MAX] = "";
    int status = 0;
    enum pryv_rc rc = read_all(out, deadline, max_bytes, text, address, err);

    if (rc != PRYV_OK)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
        ;
    if (rc != PRYV_OK || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
        return rc;

    ssize_t n = read(complaints, reason, sizeof(reason) - 1);

    reason[n > 0 ? n : 0] = '\0';
    reason[strcspn(reason, "\r\n")] = '\0';
    return pryv_fail(err, PRYV_FAILED, "cannot fetch %.*s: %s", PRYV_STR_ARG(address), reason[0] ? reason : "pryvd-fetch failed");
}

static enum pryv_rc fetch_http(struct pryv_str address, double timeout_seconds, double deadline, size_t max_bytes,
                               struct text *text, struct pryv_err *err)
{
    int out[2], complaints[2];
    pid_t pid;
    enum pryv_rc rc;

    if (pipe2(out, O_CLOEXEC) == -1)
        return pryv_fail(err, PRYV_FAILED, "cannot make a pipe: %s", strerror(errno));
    if (pipe2(complaints, O_CLOEXEC) == -1) {
        rc = pryv_fail(err, PRYV_FAILED, "cannot make a pipe: %s", strerror(errno));
        close(out[0]);
        close(out[1]);
        return rc;
    }

    int failed = spawn(err->arena, address, timeout_seconds, max_bytes, out[1], complaints[1], &pid);

    close(out[1]);
    close(complaints[1]);
    rc = failed ? pryv_fail(err, PRYV_FAILED, "cannot start pryvd-fetch: %s", strerror(failed))
                : read_program(pid, out[0], complaints[0], deadline, max_bytes, text, address, err);
    close(out[0]);
    close(complaints[0]);
    return rc;
}

enum pryv_rc pryv_fetch(struct pryv_arena *arena, struct pryv_str address, double timeout_seconds, size_t max_bytes,
                        struct pryv_str *out, struct pryv_err *err)
{
    struct text text = { 0 };
    double deadline = monotonic() + timeout_seconds;
    enum pryv_rc rc;

    if (pryv_str_starts(address, "file://"))
        rc = fetch_file(address, deadline, max_bytes, &text, err);
    else if (pryv_str_starts(address, "http://") || pryv_str_starts(address, "https://"))
        rc = fetch_http(address, timeout_seconds, deadline, max_bytes, &text, err);
    else
        rc = pryv_fail(err, PRYV_FAILED, "%.*s is neither file:// nor http(s)://", PRYV_STR_ARG(address));
    if (rc == PRYV_OK)
        *out = pryv_str_copy(arena, pryv_str_n(text.data ? text.data : "", text.len));
    free(text.data);
    return rc;
}
