/* outgoing.c - calls to other servers by the program pryvd-fetch; see pryv/fetch.h, and tools/fetch.c for what the two say to each other. */
#include "executor.h"
#include "monotonic.h"
#include "read_whole.h"
#include "settings.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pryv/fetch.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { REASON_MAX = 256, STATUS_MAX = 16, REFUSED_FOR_GOOD = 2 };

/* The program ends by itself when its time is over, and tells why. It is killed when it doesn't. */
#define KILLED_AFTER_SECONDS 0.5

/* ---- How many at once ---------------------------------------------------------------------------- */

static sem_t free_programs;
static pthread_once_t free_programs_once = PTHREAD_ONCE_INIT;

static void count_programs(void)
{
    sem_init(&free_programs, 0, settings.outgoing_programs > 0 ? (unsigned) settings.outgoing_programs : 1);
}

static bool take_program(double seconds)
{
    struct timespec until;
    int taken;

    pthread_once(&free_programs_once, count_programs);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += (time_t) seconds;
    until.tv_nsec += (long) ((seconds - floor(seconds)) * 1e9);
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    while ((taken = sem_timedwait(&free_programs, &until)) == -1 && errno == EINTR)
        continue;
    return taken == 0;
}

static void give_program_back(void)
{
    sem_post(&free_programs);
}

/* ---- What is asked --------------------------------------------------------------------------------- */

/* "NAME LENGTH", a line end, as many bytes, a line end. */
struct question {
    struct read_text text;
};

static void put(struct question *question, const char *name, struct pryv_str value)
{
    struct read_text *text = &question->text;
    size_t need = strlen(name) + 32 + value.len;

    if (text->room - text->len < need) {
        text->room = text->room * 2 + need;
        text->data = realloc(text->data, text->room);
        if (!text->data)
            abort();
    }
    text->len += (size_t) snprintf(text->data + text->len, text->room - text->len, "%s %zu\n", name, value.len);
    if (value.len)
        memcpy(text->data + text->len, value.data, value.len);
    text->len += value.len;
    text->data[text->len++] = '\n';
}

static void put_number(struct question *question, const char *name, double number)
{
    char text[64];
    int len = snprintf(text, sizeof(text), "%.3f", number);

    put(question, name, pryv_str_n(text, (size_t) len));
}

/* It may hold credentials. */
static void question_release(struct question *question)
{
    if (question->text.data)
        explicit_bzero(question->text.data, question->text.len);
    free(question->text.data);
}

/* ---- The program ------------------------------------------------------------------------------------- */

struct program {
    pid_t pid;
    int talk;       /* its standard input and output */
    int complaints; /* its standard error */
};

/* pryvd-fetch lies beside pryvd. */
static const char *program_path(struct pryv_arena *mem)
{
    char path[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

    if (len <= 0)
        return "pryvd-fetch";
    path[len] = '\0';
    *strrchr(path, '/') = '\0';
    return pryv_format(mem, "%s/pryvd-fetch", path).data;
}

static int spawn(struct pryv_arena *mem, int talk, int complaints, pid_t *pid)
{
    char *argv[] = { pryv_cstr(mem, pryv_str("pryvd-fetch")), NULL };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;

    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, talk, 0);
    posix_spawn_file_actions_adddup2(&actions, talk, 1);
    posix_spawn_file_actions_adddup2(&actions, complaints, 2);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);

    int failed = posix_spawn(pid, program_path(mem), &actions, &attributes, argv, environ);

    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

static enum pryv_rc program_start(struct program *program, struct pryv_err *err)
{
    int talk[2], complaints[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, talk) == -1)
        return pryv_fail(err, PRYV_FAILED, "cannot make a socket: %s", strerror(errno));
    if (pipe2(complaints, O_CLOEXEC) == -1) {
        close(talk[0]);
        close(talk[1]);
        return pryv_fail(err, PRYV_FAILED, "cannot make a pipe");
    }

    int failed = spawn(err->arena, talk[1], complaints[1], &program->pid);

    close(talk[1]);
    close(complaints[1]);
    program->talk = talk[0];
    program->complaints = complaints[0];
    if (!failed)
        return PRYV_OK;
    close(talk[0]);
    close(complaints[0]);
    return pryv_fail(err, PRYV_FAILED, "cannot start pryvd-fetch: %s", strerror(failed));
}

/* The program reads all before it does anything, so this waits for nobody else. */
static enum pryv_rc ask(const struct program *program, const struct question *question, double deadline, struct pryv_err *err)
{
    const struct read_text *text = &question->text;
    size_t sent = 0;

    while (sent < text->len) {
        struct pollfd wait = { .fd = program->talk, .events = POLLOUT };
        double left = deadline - monotonic_now();

        if (left <= 0)
            return pryv_fail(err, PRYV_BUSY, "pryvd-fetch did not start in time");
        if (poll(&wait, 1, (int) (left * 1000) + 1) <= 0)
            continue;

        ssize_t n = send(program->talk, text->data + sent, text->len - sent, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n > 0)
            sent += (size_t) n;
        else if (n == -1 && errno != EAGAIN && errno != EINTR)
            return pryv_fail(err, PRYV_FAILED, "pryvd-fetch does not listen: %s", strerror(errno));
    }
    shutdown(program->talk, SHUT_WR);
    return PRYV_OK;
}

/* Waits for its end; what it says on the way out is the reason. */
static enum pryv_rc program_end(struct program *program, enum pryv_rc rc, struct pryv_err *err)
{
    char reason[REASON_MAX] = "";
    int status = 0;

    if (rc != PRYV_OK)
        kill(program->pid, SIGKILL);
    while (waitpid(program->pid, &status, 0) == -1 && errno == EINTR)
        continue;
    if (rc == PRYV_OK && !(WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
        ssize_t n = read(program->complaints, reason, sizeof(reason) - 1);

        reason[n > 0 ? n : 0] = '\0';
        reason[strcspn(reason, "\r\n")] = '\0';
        rc = pryv_fail(err, WIFEXITED(status) && WEXITSTATUS(status) == REFUSED_FOR_GOOD ? PRYV_FAILED : PRYV_BUSY, "%s",
                       reason[0] ? reason : "pryvd-fetch failed");
    }
    close(program->talk);
    close(program->complaints);
    return rc;
}

/* Asks, and reads all that comes of it. */
static enum pryv_rc run(struct question *question, double deadline, size_t max_bytes, struct read_text *answer,
                        struct pryv_err *err)
{
    struct program program;
    double left = deadline - monotonic_now();

    if (left <= 0)
        return pryv_fail(err, PRYV_BUSY, "no time is left");
    put_number(question, "seconds", left);

    enum pryv_rc rc = program_start(&program, err);

    if (rc != PRYV_OK)
        return rc;
    deadline += KILLED_AFTER_SECONDS;
    rc = ask(&program, question, deadline, err);
    if (rc == PRYV_OK)
        rc = read_whole(program.talk, deadline, max_bytes, answer, PRYV_STR("the answer"), err);
    return program_end(&program, rc, err);
}

static enum pryv_rc run_in_turn(struct question *question, double timeout_seconds, size_t max_bytes, struct read_text *answer,
                                struct pryv_err *err)
{
    double deadline = monotonic_now() + timeout_seconds;
    bool stands_aside = executor_wait_begin();
    bool taken = take_program(timeout_seconds);
    enum pryv_rc rc = taken ? run(question, deadline, max_bytes, answer, err)
                            : pryv_fail(err, PRYV_BUSY, "all of outgoing.programs are in use");

    if (taken)
        give_program_back();
    if (stands_aside)
        executor_wait_end();
    return rc;
}

/* ---- HTTP ---------------------------------------------------------------------------------------------- */

/* A field can neither end early nor begin another one. */
static bool is_field(const struct pryv_http_field *field)
{
    for (size_t i = 0; i < field->name.len; i++) {
        unsigned char c = (unsigned char) field->name.data[i];

        if (c <= ' ' || c >= 127 || strchr("()<>@,;:\\\"/[]?={}", c))
            return false;
    }
    for (size_t i = 0; i < field->value.len; i++) {
        unsigned char c = (unsigned char) field->value.data[i];

        if ((c < ' ' && c != '\t') || c == 127)
            return false;
    }
    return field->name.len > 0;
}

static enum pryv_rc put_request(struct question *question, const struct pryv_http_request *request, struct pryv_err *err)
{
    if (!pryv_str_starts(request->address, "http://") && !pryv_str_starts(request->address, "https://"))
        return pryv_fail(err, PRYV_FAILED, "its address is not http(s)://");
    put(question, "address", request->address);
    put(question, "verb", pryv_str(request->verb));
    put_number(question, "bytes", (double) request->max_bytes);
    put_number(question, "redirects", request->max_redirects);
    for (size_t i = 0; i < request->field_count; i++) {
        const struct pryv_http_field *field = &request->fields[i];

        if (!is_field(field))
            return pryv_fail(err, PRYV_FAILED, "a header field cannot be sent: %.*s", PRYV_STR_ARG(field->name));
        put(question, "field",
            pryv_format(err->arena, field->value.len ? "%.*s: %.*s" : "%.*s;%.*s", PRYV_STR_ARG(field->name),
                        PRYV_STR_ARG(field->value)));
    }
    if (request->body.data)
        put(question, "body", request->body);
    return PRYV_OK;
}

/* The status, a line end, the body. */
static enum pryv_rc read_answer(struct pryv_arena *arena, const struct read_text *text, struct pryv_http_answer *out,
                                struct pryv_err *err)
{
    const char *end = text->len ? memchr(text->data, '\n', text->len) : NULL;
    int status = 0;

    for (const char *at = text->data; end && at < end && status <= 999; at++)
        status = *at >= '0' && *at <= '9' ? status * 10 + (*at - '0') : 1000;
    if (status < 100 || status > 999)
        return pryv_fail(err, PRYV_FAILED, "pryvd-fetch answers nonsense");
    out->status = status;
    out->body = pryv_str_copy(arena, pryv_str_n(end + 1, text->len - (size_t) (end + 1 - text->data)));
    return PRYV_OK;
}

enum pryv_rc pryv_http_call(struct pryv_arena *arena, const struct pryv_http_request *request, struct pryv_http_answer *out,
                            struct pryv_err *err)
{
    struct question question = { 0 };
    struct read_text text = { 0 };
    enum pryv_rc rc = put_request(&question, request, err);

    if (rc == PRYV_OK)
        rc = run_in_turn(&question, request->timeout_seconds, request->max_bytes + STATUS_MAX, &text, err);
    if (rc == PRYV_OK)
        rc = read_answer(arena, &text, out, err);
    question_release(&question);
    free(text.data);
    return rc;
}

/* ---- Mail servers ----------------------------------------------------------------------------------------- */

/* Nothing in an address may end a command, or begin another part of it. */
static bool is_address(struct pryv_str address)
{
    for (size_t i = 0; i < address.len; i++)
        if ((unsigned char) address.data[i] <= ' ' || strchr("<>\x7f", address.data[i]))
            return false;
    return address.len > 2 && memchr(address.data, '@', address.len);
}

static enum pryv_rc put_mail(struct question *question, const struct pryv_smtp_mail *mail, struct pryv_err *err)
{
    bool known = mail->user.len > 0;

    if (!is_address(mail->sender))
        return pryv_fail(err, PRYV_FAILED, "the address of the sender cannot be written");
    put(question, "address",
        pryv_format(err->arena, "%s://%.*s:%d", mail->tls ? "smtps" : "smtp", PRYV_STR_ARG(mail->host), mail->port));
    put(question, "sender", pryv_format(err->arena, "<%.*s>", PRYV_STR_ARG(mail->sender)));
    for (size_t i = 0; i < mail->recipient_count; i++) {
        if (!is_address(mail->recipients[i]))
            return pryv_fail(err, PRYV_FAILED, "the address of the recipient cannot be written to");
        put(question, "recipient", pryv_format(err->arena, "<%.*s>", PRYV_STR_ARG(mail->recipients[i])));
    }
    if (known) {
        put(question, "user", mail->user);
        put(question, "password", mail->password);
    }
    put(question, "tls", pryv_str(known ? "required" : "offered"));
    put(question, "body", mail->text);
    return PRYV_OK;
}

enum pryv_rc pryv_smtp_send(const struct pryv_smtp_mail *mail, struct pryv_err *err)
{
    struct question question = { 0 };
    struct read_text text = { 0 };
    enum pryv_rc rc = put_mail(&question, mail, err);

    if (rc == PRYV_OK)
        rc = run_in_turn(&question, mail->timeout_seconds, STATUS_MAX, &text, err);
    question_release(&question);
    free(text.data);
    return rc;
}
