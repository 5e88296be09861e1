/* multipart.c - one buffer slides over the body; a part's bytes leave it as soon as they cannot be part of a boundary. */
#include "multipart.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

enum { BUFFER_SIZE = 256 * 1024, BOUNDARY_MAX = 70 };

struct body {
    int fd;
    uint64_t size, offset; /* offset: of the next byte to read into the buffer */
    char *buffer;
    size_t start, end;                /* what of the buffer is unread */
    char delimiter[BOUNDARY_MAX + 5]; /* CR LF -- boundary */
    size_t delimiter_len;
    struct pryv_err *err;
};

static enum pryv_rc broken(struct body *body, const char *what)
{
    return pryv_refuse(body->err, 400, "invalid-request-structure", NULL, "multipart body: %s", what);
}

/* ---- Header fields --------------------------------------------------------------------------- */

/* The value of `name=` among the parameters of a header value: token or quoted string. Absent when it is not there. */
static struct pryv_str parameter(struct pryv_arena *mem, struct pryv_str value, const char *name)
{
    size_t name_len = strlen(name);
    const char *at = memchr(value.data, ';', value.len);
    const char *end = value.data + value.len;
    char *text = pryv_alloc(mem, value.len + 1); /* of one after another: many must not take the square of the header's length */

    while (at && at < end) {
        for (at++; at < end && (*at == ' ' || *at == '\t'); at++)
            ;

        bool wanted = (size_t) (end - at) > name_len && strncasecmp(at, name, name_len) == 0 && at[name_len] == '=';
        size_t n = 0;

        while (at < end && *at != '=' && *at != ';')
            at++;
        if (at < end && *at == '=')
            at++;
        if (at < end && *at == '"') {
            for (at++; at < end && *at != '"'; at++) {
                if (*at == '\\' && at + 1 < end && (at[1] == '"' || at[1] == '\\'))
                    at++;
                text[n++] = *at;
            }
            while (at < end && *at != ';')
                at++;
        } else {
            while (at < end && *at != ';')
                text[n++] = *at++;
            while (n && (text[n - 1] == ' ' || text[n - 1] == '\t'))
                n--;
        }
        if (wanted)
            return pryv_str_n(text, n);
    }
    return PRYV_STR_NONE;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char) tolower((unsigned char) c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct pryv_str percent_decoded(struct pryv_arena *mem, struct pryv_str text)
{
    char *out = pryv_alloc(mem, text.len + 1);
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '%' && i + 2 < text.len && hex_value(text.data[i + 1]) >= 0 && hex_value(text.data[i + 2]) >= 0) {
            out[n++] = (char) (hex_value(text.data[i + 1]) * 16 + hex_value(text.data[i + 2]));
            i += 2;
        } else {
            out[n++] = text.data[i];
        }
    }
    return pryv_str_n(out, n);
}

/* What follows the last / or \: a name never says where it wants to be. */
static struct pryv_str base_name(struct pryv_str name)
{
    for (size_t i = name.len; i > 0; i--)
        if (name.data[i - 1] == '/' || name.data[i - 1] == '\\')
            return pryv_str_n(name.data + i, name.len - i);
    return name;
}

/* filename*=UTF-8''... (RFC 5987) wins over filename="...". */
static struct pryv_str file_name_of(struct pryv_arena *mem, struct pryv_str disposition)
{
    struct pryv_str extended = parameter(mem, disposition, "filename*");
    struct pryv_str plain = parameter(mem, disposition, "filename");

    if (extended.len > 7 && strncasecmp(extended.data, "utf-8'", 6) == 0) {
        const char *language_end = memchr(extended.data + 6, '\'', extended.len - 6);

        if (language_end) {
            size_t skipped = (size_t) (language_end + 1 - extended.data);

            return base_name(percent_decoded(mem, pryv_str_n(language_end + 1, extended.len - skipped)));
        }
    }
    return plain.data ? base_name(plain) : PRYV_STR_NONE;
}

static void read_field(struct pryv_arena *mem, struct pryv_str line, struct multipart_part *part)
{
    const char *colon = memchr(line.data, ':', line.len);

    if (!colon)
        return;

    struct pryv_str name = pryv_str_n(line.data, (size_t) (colon - line.data));
    struct pryv_str value = pryv_str_trim(pryv_str_n(colon + 1, line.len - name.len - 1));

    if (name.len == 19 && strncasecmp(name.data, "content-disposition", 19) == 0) {
        part->name = parameter(mem, value, "name");
        part->file_name = file_name_of(mem, value);
    } else if (name.len == 12 && strncasecmp(name.data, "content-type", 12) == 0) {
        part->content_type = pryv_str_copy(mem, value);
    }
}

struct pryv_str multipart_boundary(struct pryv_arena *mem, struct pryv_str content_type)
{
    static const char form_data[] = "multipart/form-data";

    if (content_type.len < sizeof(form_data) - 1 || strncasecmp(content_type.data, form_data, sizeof(form_data) - 1) != 0)
        return PRYV_STR_NONE;

    struct pryv_str boundary = parameter(mem, content_type, "boundary");

    return boundary.len >= 1 && boundary.len <= BOUNDARY_MAX ? boundary : PRYV_STR_NONE;
}

/* ---- The body ------------------------------------------------------------------------------- */

/* Moves what is unread to the front and reads as much as fits. */
static enum pryv_rc fill(struct body *body)
{
    memmove(body->buffer, body->buffer + body->start, body->end - body->start);
    body->end -= body->start;
    body->start = 0;
    while (body->end < BUFFER_SIZE && body->offset < body->size) {
        uint64_t left = body->size - body->offset;
        size_t room = BUFFER_SIZE - body->end;
        ssize_t n = pread(body->fd, body->buffer + body->end, left < room ? (size_t) left : room, (off_t) body->offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return pryv_fail(body->err, PRYV_FAILED, "cannot read the spooled body: %s",
                             n ? strerror(errno) : "it is shorter than it was");
        body->end += (size_t) n;
        body->offset += (uint64_t) n;
    }
    return PRYV_OK;
}

static enum pryv_rc need(struct body *body, size_t bytes)
{
    if (body->end - body->start >= bytes)
        return PRYV_OK;

    enum pryv_rc rc = fill(body);

    return rc != PRYV_OK || body->end - body->start >= bytes ? rc : broken(body, "it ends too early");
}

static const char *find(const struct body *body, const char *what, size_t len)
{
    return memmem(body->buffer + body->start, body->end - body->start, what, len);
}

/* The header of a part, up to the empty line. */
static enum pryv_rc read_header(struct body *body, struct pryv_arena *mem, struct multipart_part *part)
{
    enum pryv_rc rc = PRYV_OK;

    *part = (struct multipart_part){ .name = PRYV_STR_NONE };
    if (body->end - body->start < MULTIPART_HEADER_MAX && (rc = fill(body)) != PRYV_OK)
        return rc;

    size_t begin = body->start;

    for (;;) {
        const char *line = body->buffer + body->start;
        const char *line_end = find(body, "\r\n", 2);

        if (!line_end || line_end - line > MULTIPART_HEADER_MAX)
            return broken(body, "the header of a part is too long or has no end");
        body->start += (size_t) (line_end - line) + 2;
        if (line_end == line)
            return PRYV_OK;
        read_field(mem, pryv_str_n(line, (size_t) (line_end - line)), part);
        if (body->start - begin > MULTIPART_HEADER_MAX)
            return broken(body, "the header of a part is too long");
    }
}

/* A part's bytes, up to the next delimiter, which is taken away too. */
static enum pryv_rc read_data(struct body *body, const struct multipart_sink *sink, void *context)
{
    enum pryv_rc rc = PRYV_OK;

    for (;;) {
        const char *here = body->buffer + body->start;
        const char *found = find(body, body->delimiter, body->delimiter_len);
        size_t have = body->end - body->start;
        size_t len = found ? (size_t) (found - here) : have >= body->delimiter_len ? have - (body->delimiter_len - 1) : 0;

        if (len && (rc = sink->data(context, pryv_str_n(here, len), body->err)) != PRYV_OK)
            return rc;
        body->start += len;
        if (found) {
            body->start += body->delimiter_len;
            return PRYV_OK;
        }
        if (body->offset == body->size)
            return broken(body, "a part has no end");
        if ((rc = fill(body)) != PRYV_OK)
            return rc;
    }
}

/* Behind a delimiter: `--` ends the body, blanks and CR LF begin a part. */
static enum pryv_rc read_delimiter_end(struct body *body, bool *last)
{
    enum pryv_rc rc = need(body, 2);

    if (rc != PRYV_OK)
        return rc;
    *last = memcmp(body->buffer + body->start, "--", 2) == 0;
    if (*last)
        return PRYV_OK;
    while (body->start < body->end && (body->buffer[body->start] == ' ' || body->buffer[body->start] == '\t'))
        body->start++;
    if ((rc = need(body, 2)) != PRYV_OK)
        return rc;
    if (memcmp(body->buffer + body->start, "\r\n", 2) != 0)
        return broken(body, "a boundary is not followed by a line end");
    body->start += 2;
    return PRYV_OK;
}

static enum pryv_rc read_part(struct body *body, const struct multipart_sink *sink, void *context)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct multipart_part part;
    enum pryv_rc rc = read_header(body, mem, &part);

    if (rc == PRYV_OK)
        rc = sink->begin(context, &part, body->err);
    if (rc == PRYV_OK) {
        /* An empty part's delimiter begins with the CR LF that ended its header. */
        body->start -= 2;
        if (body->end - body->start < body->delimiter_len)
            rc = fill(body);
        if (body->end - body->start < body->delimiter_len ||
            memcmp(body->buffer + body->start, body->delimiter, body->delimiter_len) != 0)
            body->start += 2;
        if (rc == PRYV_OK)
            rc = read_data(body, sink, context);
    }
    if (rc == PRYV_OK)
        rc = sink->end(context, body->err);
    pryv_arena_free(mem);
    return rc;
}

static enum pryv_rc read_parts(struct body *body, size_t max_parts, const struct multipart_sink *sink, void *context)
{
    enum pryv_rc rc = need(body, body->delimiter_len - 2);
    bool last = false;
    const char *first;

    if (rc == PRYV_OK)
        rc = fill(body);
    if (rc != PRYV_OK)
        return rc;
    /* The first boundary may stand at the very beginning; what precedes it says nothing (RFC 2046, 5.1.1). */
    if (memcmp(body->buffer, body->delimiter + 2, body->delimiter_len - 2) == 0)
        body->start = body->delimiter_len - 2;
    else if ((first = find(body, body->delimiter, body->delimiter_len)))
        body->start = (size_t) (first - body->buffer) + body->delimiter_len;
    else
        return broken(body, "the boundary is not in it");
    for (size_t parts = 0; (rc = read_delimiter_end(body, &last)) == PRYV_OK && !last; parts++) {
        if (parts == max_parts)
            return broken(body, "too many parts");
        if ((rc = read_part(body, sink, context)) != PRYV_OK)
            return rc;
    }
    return rc;
}

enum pryv_rc multipart_read(int fd, uint64_t size, struct pryv_str boundary, size_t max_parts, const struct multipart_sink *sink,
                            void *context, struct pryv_err *err)
{
    struct body body = { .fd = fd, .size = size, .err = err };

    if (boundary.len < 1 || boundary.len > BOUNDARY_MAX)
        return broken(&body, "no boundary");
    memcpy(body.delimiter, "\r\n--", 4);
    memcpy(body.delimiter + 4, boundary.data, boundary.len);
    body.delimiter_len = boundary.len + 4;
    if (!(body.buffer = malloc(BUFFER_SIZE)))
        abort();

    enum pryv_rc rc = read_parts(&body, max_parts, sink, context);

    free(body.buffer);
    return rc;
}
