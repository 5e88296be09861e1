/* fetch.c - documents by their address; see pryv/fetch.h. */
#include "monotonic.h"
#include "read_whole.h"
#include <errno.h>
#include <fcntl.h>
#include <pryv/fetch.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_REDIRECTS = 5 };

static enum pryv_rc fetch_file(struct pryv_arena *arena, struct pryv_str address, double timeout_seconds, size_t max_bytes,
                               struct pryv_str *out, struct pryv_err *err)
{
    size_t scheme = strlen("file://");
    char *path = pryv_cstr(err->arena, pryv_str_n(address.data + scheme, address.len - scheme));
    struct read_text text = { 0 };
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd == -1)
        return pryv_fail(err, PRYV_FAILED, "cannot open %.*s: %s", PRYV_STR_ARG(address), strerror(errno));

    enum pryv_rc rc = read_whole(fd, monotonic_now() + timeout_seconds, max_bytes, &text, address, err);

    if (rc == PRYV_OK)
        *out = pryv_str_copy(arena, pryv_str_n(text.data, text.len));
    free(text.data);
    close(fd);
    return rc;
}

static enum pryv_rc fetch_http(struct pryv_arena *arena, struct pryv_str address, double timeout_seconds, size_t max_bytes,
                               struct pryv_str *out, struct pryv_err *err)
{
    struct pryv_http_request request = {
        .verb = "GET",
        .address = address,
        .timeout_seconds = timeout_seconds,
        .max_bytes = max_bytes,
        .max_redirects = MAX_REDIRECTS,
    };
    struct pryv_http_answer answer;
    enum pryv_rc rc = pryv_http_call(arena, &request, &answer, err);

    if (rc != PRYV_OK)
        return pryv_fail(err, rc, "cannot fetch %.*s: %s", PRYV_STR_ARG(address), err->message);
    if (answer.status < 200 || answer.status > 299)
        return pryv_fail(err, PRYV_FAILED, "cannot fetch %.*s: the server answers %d", PRYV_STR_ARG(address), answer.status);
    *out = answer.body;
    return PRYV_OK;
}

enum pryv_rc pryv_fetch(struct pryv_arena *arena, struct pryv_str address, double timeout_seconds, size_t max_bytes,
                        struct pryv_str *out, struct pryv_err *err)
{
    if (pryv_str_starts(address, "file://"))
        return fetch_file(arena, address, timeout_seconds, max_bytes, out, err);
    if (pryv_str_starts(address, "http://") || pryv_str_starts(address, "https://"))
        return fetch_http(arena, address, timeout_seconds, max_bytes, out, err);
    return pryv_fail(err, PRYV_FAILED, "%.*s is neither file:// nor http(s)://", PRYV_STR_ARG(address));
}
