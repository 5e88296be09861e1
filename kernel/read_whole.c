/* read_whole.c - see read_whole.h. */
#include "read_whole.h"
#include "monotonic.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

/* 1: some bytes; 0: the end; -1: errno. */
static int read_some(int fd, struct read_text *text)
{
    if (text->room - text->len < 4 * 1024) {
        text->room = text->room * 2 + 16 * 1024;
        text->data = realloc(text->data, text->room);
        if (!text->data)
            abort();
    }

    ssize_t n = read(fd, text->data + text->len, text->room - text->len);

    if (n > 0)
        text->len += (size_t) n;
    return n > 0 ? 1 : (int) n;
}

enum pryv_rc read_whole(int fd, double deadline, size_t max_bytes, struct read_text *text, struct pryv_str name,
                        struct pryv_err *err)
{
    for (;;) {
        double left = deadline - monotonic_now();
        struct pollfd wait = { .fd = fd, .events = POLLIN };
        int ready = left > 0 ? poll(&wait, 1, (int) (left * 1000) + 1) : 0;

        if (ready == -1 && errno == EINTR)
            continue;
        if (ready == 0)
            return pryv_fail(err, PRYV_BUSY, "%.*s did not come in time", PRYV_STR_ARG(name));

        int got = ready == -1 ? -1 : read_some(fd, text);

        if (got == 0)
            return PRYV_OK;
        if (got == -1 && errno != EINTR)
            return pryv_fail(err, PRYV_FAILED, "cannot read %.*s: %s", PRYV_STR_ARG(name), strerror(errno));
        if (text->len > max_bytes)
            return pryv_fail(err, PRYV_FAILED, "%.*s is larger than %zu bytes", PRYV_STR_ARG(name), max_bytes);
    }
}
