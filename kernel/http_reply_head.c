/* http_reply_head.c - what goes before the body of an answer: its status, its header fields, and whether the body is packed. */
#include "http_internal.h"
#include "http_reply.h"
#include <pryv/log.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#define LOG_NAME "http"
enum { USUAL_HEADERS = 16 };

/* ---- Fields ------------------------------------------------------------------------------------ */

void pryv_reply_status(struct pryv_request *rq, int status)
{
    if (!rq->reply->started)
        rq->reply->status = status;
}

static bool is_clean(struct pryv_str value)
{
    for (size_t i = 0; i < value.len; i++)
        if (((unsigned char) value.data[i] < 0x20 && value.data[i] != '\t') || value.data[i] == 0x7f)
            return false;
    return true;
}

void http_reply_add_header(struct pryv_request *rq, struct pryv_str name, struct pryv_str value)
{
    struct http_reply *reply = rq->reply;

    if (reply->header_count == reply->header_room) {
        struct http_header *grown;

        reply->header_room = reply->header_room * 2 + USUAL_HEADERS;
        grown = pryv_alloc(rq->arena, reply->header_room * sizeof(*grown));
        if (reply->header_count)
            memcpy(grown, reply->headers, reply->header_count * sizeof(*grown));
        reply->headers = grown;
    }
    reply->headers[reply->header_count++] = (struct http_header){ name, value };
}

void pryv_reply_header_add(struct pryv_request *rq, const char *name, struct pryv_str value)
{
    bool started = rq->reply->started;

    if (started || !is_clean(pryv_str(name)) || !is_clean(value)) {
        pryv_log_warn(LOG_NAME, "header %s was not sent: %s", name,
                      started ? "the answer has begun" : "it has control characters");
        return;
    }
    http_reply_add_header(rq, pryv_str(name), pryv_str_copy(rq->arena, value));
}

struct http_header *http_reply_header(struct http_reply *reply, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < reply->header_count; i++)
        if (reply->headers[i].name.len == len && strncasecmp(reply->headers[i].name.data, name, len) == 0)
            return &reply->headers[i];
    return NULL;
}

void pryv_reply_header(struct pryv_request *rq, const char *name, struct pryv_str value)
{
    struct http_header *header = http_reply_header(rq->reply, name);

    if (!value.data && header)
        *header = rq->reply->headers[--rq->reply->header_count];
    else if (!value.data)
        return;
    else if (!header || rq->reply->started)
        pryv_reply_header_add(rq, name, value);
    else if (is_clean(value))
        header->value = pryv_str_copy(rq->arena, value);
}

/* ---- Packed or not ----------------------------------------------------------------------------- */

/* One item of Accept-Encoding: gzip, and not with a weight of 0, which is a refusal (RFC 9110, 12.5.3). */
static bool is_gzip(const char *item, const char *end)
{
    while (item < end && (*item == ' ' || *item == '\t'))
        item++;
    if (end - item < 4 || strncasecmp(item, "gzip", 4) != 0)
        return false;
    for (item += 4; item < end && (*item == ' ' || *item == '\t'); item++)
        continue;
    if (item == end)
        return true;
    if (*item != ';')
        return false;

    const char *weight = memchr(item, '=', (size_t) (end - item));

    for (; weight && weight < end; weight++)
        if (*weight >= '1' && *weight <= '9')
            return true;
    return false;
}

static bool accepts_gzip(const struct pryv_request *rq)
{
    struct pryv_str accepted = pryv_request_header(rq, "accept-encoding");
    const char *at = accepted.data, *end = at + accepted.len;

    while (at < end) {
        const char *comma = memchr(at, ',', (size_t) (end - at));
        const char *stop = comma ? comma : end;

        if (is_gzip(at, stop))
            return true;
        at = stop + 1;
    }
    return false;
}

static bool is_text(struct http_reply *reply)
{
    const struct http_header *type = http_reply_header(reply, "Content-Type");

    return type && (pryv_str_starts(type->value, "application/json") || pryv_str_starts(type->value, "text/"));
}

void http_reply_choose_gzip(struct pryv_request *rq, bool whole, size_t len)
{
    struct http_reply *reply = rq->reply;

    if (!settings.gzip || (whole && len < (size_t) settings.gzip_min_bytes) || !is_text(reply) ||
        http_reply_header(reply, "Content-Encoding") || http_reply_header(reply, "Content-Length"))
        return;
    pryv_reply_header_add(rq, "Vary", PRYV_STR("Accept-Encoding"));
    if (!accepts_gzip(rq))
        return;
    pryv_reply_header_add(rq, "Content-Encoding", PRYV_STR("gzip"));
    reply->gzip = gzip_new();
}

/* ---- As bytes ---------------------------------------------------------------------------------- */

static const struct {
    int status;
    const char *reason;
} reasons[] = {
    { 200, "OK" },
    { 201, "Created" },
    { 204, "No Content" },
    { 206, "Partial Content" },
    { 301, "Moved Permanently" },
    { 302, "Found" },
    { 304, "Not Modified" },
    { 307, "Temporary Redirect" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 402, "Payment Required" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 408, "Request Timeout" },
    { 409, "Conflict" },
    { 410, "Gone" },
    { 413, "Content Too Large" },
    { 414, "URI Too Long" },
    { 415, "Unsupported Media Type" },
    { 416, "Range Not Satisfiable" },
    { 421, "Misdirected Request" },
    { 422, "Unprocessable Content" },
    { 429, "Too Many Requests" },
    { 431, "Request Header Fields Too Large" },
    { 451, "Unavailable For Legal Reasons" },
    { 500, "Internal Server Error" },
    { 501, "Not Implemented" },
    { 502, "Bad Gateway" },
    { 503, "Service Unavailable" },
    { 504, "Gateway Timeout" },
    { 505, "HTTP Version Not Supported" },
};

static const char *reason_of(int status)
{
    for (size_t i = 0; i < PRYV_COUNT(reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Other";
}

/* The Date field changes once a second; each thread keeps its text. */
static struct pryv_str date_text(void)
{
    static _Thread_local time_t second;
    static _Thread_local char text[40];
    static _Thread_local size_t len;
    time_t now = time(NULL);
    struct tm parts;

    if (now != second) {
        gmtime_r(&now, &parts);
        len = strftime(text, sizeof(text), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
        second = now;
    }
    return pryv_str_n(text, len);
}

static char *put(char *at, struct pryv_str text)
{
    memcpy(at, text.data, text.len);
    return at + text.len;
}

static char *put_status(char *at, int status)
{
    const char digits[] = { (char) ('0' + status / 100), (char) ('0' + status / 10 % 10), (char) ('0' + status % 10) };

    at = put(at, PRYV_STR("HTTP/1.1 "));
    at = put(at, pryv_str_n(digits, sizeof(digits)));
    at = put(at, PRYV_STR(" "));
    at = put(at, pryv_str(reason_of(status)));
    return put(at, PRYV_STR("\r\n"));
}

void http_reply_write_head(struct pryv_request *rq, struct pryv_str body)
{
    struct http_reply *reply = rq->reply;
    struct connection *c = rq->connection;
    struct evbuffer_iovec space;
    size_t size = 256 + body.len;

    for (size_t i = 0; i < reply->header_count; i++)
        size += reply->headers[i].name.len + reply->headers[i].value.len + 4;
    if (evbuffer_reserve_space(reply->out, (ev_ssize_t) size, &space, 1) < 1)
        abort();

    char *at = put_status(space.iov_base, reply->status);

    at = put(at, date_text());
    for (size_t i = 0; i < reply->header_count; i++) {
        at = put(at, reply->headers[i].name);
        at = put(at, PRYV_STR(": "));
        at = put(at, reply->headers[i].value);
        at = put(at, PRYV_STR("\r\n"));
    }
    if (reply->chunked)
        at = put(at, PRYV_STR("Transfer-Encoding: chunked\r\n"));
    if (c->close_after || reply->until_close)
        at = put(at, PRYV_STR("Connection: close\r\n"));
    else if (rq->head.minor == 0)
        at = put(at, PRYV_STR("Connection: keep-alive\r\n"));
    at = put(at, PRYV_STR("\r\n"));
    if (body.len)
        at = put(at, body);
    space.iov_len = (size_t) (at - (char *) space.iov_base);
    evbuffer_commit_space(reply->out, &space, 1);
    reply->started = true;
}
