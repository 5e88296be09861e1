/* files.c - GET /www/...: with a tag that is made of the content, so that browsers ask again and get nothing when it is still the same. */
#include "cores.h"
#include "pages.h"
#include "web.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- The operator's folder ------------------------------------------------------------------------ */

/* Names of letters, digits, `-`, `_` and dots that are not in front, with single slashes between: no way up, nothing hidden. */
static bool is_plain(struct pryv_str name)
{
    bool first = true;

    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';

        if (!letter && (first || (c != '.' && c != '/')))
            return false;
        first = c == '/';
    }
    return !first;
}

/* -1: there is no such file there. */
static int open_own(struct pryv_arena *mem, struct pryv_str folder, struct pryv_str name, struct stat *st)
{
    if (!folder.len || !is_plain(name))
        return -1;

    struct pryv_str path = pryv_format(mem, "%.*s/%.*s", PRYV_STR_ARG(folder), PRYV_STR_ARG(name));
    int fd = open(path.data, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd == -1) {
        if (errno != ENOENT && errno != ENOTDIR)
            pryv_log_warn(WEB_LOG, "%s cannot be read: %s", path.data, strerror(errno));
        return -1;
    }
    if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
        return fd;
    close(fd);
    return -1;
}

/* ---- What is sent ----------------------------------------------------------------------------------- */

static bool has_ending(struct pryv_str name, const char *ending)
{
    size_t len = strlen(ending);

    return name.len > len && memcmp(name.data + name.len - len, ending, len) == 0;
}

/* Nothing of another site runs in the pages, nobody frames them, and they talk to this platform alone. */
static void set_policy(struct pryv_call *call)
{
    static const char policy[] = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
                                 "connect-src 'self'%.*s; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
                                 "require-trusted-types-for 'script'";
    struct pryv_str cores = cores_sources(call->arena);

    pryv_reply_header(call->request, "Content-Security-Policy", pryv_format(call->arena, policy, PRYV_STR_ARG(cores)));
    pryv_reply_header(call->request, "X-Frame-Options", PRYV_STR("DENY"));
}

/* True: the client has it already. */
static bool set_headers(struct pryv_call *call, struct pryv_str name, struct pryv_str tag)
{
    struct pryv_str known = pryv_request_header(call->request, "if-none-match");

    pryv_reply_header(call->request, "ETag", tag);
    pryv_reply_header(call->request, "Cache-Control", PRYV_STR("no-cache"));
    if (has_ending(name, ".html"))
        set_policy(call);
    return known.len && memmem(known.data, known.len, tag.data, tag.len);
}

static enum pryv_rc send_nothing(struct pryv_call *call)
{
    return pryv_reply_send(call->request, 304, NULL, PRYV_STR(""));
}

static struct pryv_str tag_of_file(struct pryv_arena *mem, const struct stat *st)
{
    return pryv_format(mem, "\"%llx-%llx-%llx\"", (unsigned long long) st->st_ino, (unsigned long long) st->st_size,
                       (unsigned long long) st->st_mtim.tv_sec * 1000000000ULL + (unsigned long long) st->st_mtim.tv_nsec);
}

static enum pryv_rc send_own(struct pryv_call *call, struct pryv_str name, int fd, const struct stat *st)
{
    struct pryv_request *rq = call->request;

    if (set_headers(call, name, tag_of_file(call->arena, st))) {
        close(fd);
        return send_nothing(call);
    }
    pryv_reply_header(rq, "Content-Type", pryv_str(page_type(name)));
    return pryv_reply_file(rq, fd, 0, (uint64_t) st->st_size);
}

enum pryv_rc serve_file(struct pryv_call *call, struct pryv_err *err)
{
    struct pryv_str name = pryv_request_path_param(call->request, "rest");
    struct page page;
    struct stat st;
    int fd = open_own(call->arena, web_self()->config->folder, name, &st);

    if (fd != -1)
        return send_own(call, name, fd, &st);
    if (!page_find(name, &page))
        return pryv_refuse(err, 404, "unknown-resource", NULL, "There is no such page.");
    if (set_headers(call, name, page.tag))
        return send_nothing(call);
    return pryv_reply_send(call->request, 200, page_type(name), page.content);
}
