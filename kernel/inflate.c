/* inflate.c - see inflate.h. The limit is on what comes out, so that a small bomb stays small. */
#include "inflate.h"
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <zlib.h>

enum { FIRST_OUTPUT = 16 * 1024 };

struct output {
    char *data;
    size_t len, room;
};

static void release(void *object)
{
    struct output *output = object;

    free(output->data);
}

static void grow(struct output *output, size_t limit)
{
    size_t room = output->room ? output->room * 2 : FIRST_OUTPUT;

    if (room > limit)
        room = limit;
    output->data = realloc(output->data, room);
    if (!output->data) {
        fputs("pryvd: out of memory\n", stderr);
        abort();
    }
    output->room = room;
}

/* "deflate" is zlib's format (RFC 9110, 8.4.1.2), but some senders leave its header away: the first two bytes tell. */
static int window_bits(bool gzip, struct pryv_str raw)
{
    if (gzip)
        return 16 + MAX_WBITS;

    bool has_header = raw.len >= 2 && (raw.data[0] & 0x0f) == Z_DEFLATED &&
                      ((unsigned char) raw.data[0] * 256 + (unsigned char) raw.data[1]) % 31 == 0;

    return has_header ? MAX_WBITS : -MAX_WBITS;
}

/* True when the data is whole, and nothing follows it. `limit` is one byte more than is allowed. */
static bool inflate_all(z_stream *stream, struct output *output, size_t limit)
{
    int rc = Z_OK;

    while (rc == Z_OK && output->len < limit) {
        if (output->len == output->room)
            grow(output, limit);

        size_t room = output->room - output->len;

        stream->next_out = (Bytef *) output->data + output->len;
        stream->avail_out = room > UINT32_MAX ? UINT32_MAX : (uInt) room;

        uInt offered = stream->avail_out;

        rc = inflate(stream, Z_NO_FLUSH);
        output->len += offered - stream->avail_out;
        if (rc == Z_BUF_ERROR && stream->avail_in > 0)
            rc = Z_OK; /* it only wants more room */
    }
    return rc == Z_STREAM_END && stream->avail_in == 0;
}

static enum pryv_rc refuse(struct pryv_err *err, const char *why)
{
    return pryv_refuse(err, 400, "invalid-request-structure", NULL, "%s", why);
}

static bool is(struct pryv_str text, const char *name)
{
    return text.len == strlen(name) && strncasecmp(text.data, name, text.len) == 0;
}

enum pryv_rc inflate_body(struct pryv_arena *mem, struct pryv_str coding, struct pryv_str raw, size_t limit, struct pryv_str *out,
                          struct pryv_err *err)
{
    if (coding.len == 0 || is(coding, "identity")) {
        *out = raw;
        return PRYV_OK;
    }

    bool gzip = is(coding, "gzip") || is(coding, "x-gzip");

    if (!gzip && !is(coding, "deflate"))
        return refuse(err, "The body's coding is none of gzip, deflate and identity.");
    if (raw.len > UINT32_MAX)
        return refuse(err, "The body is too large.");

    struct output *output = pryv_new(mem, struct output);
    z_stream stream = { .next_in = (Bytef *) (uintptr_t) raw.data, .avail_in = (uInt) raw.len };

    pryv_defer(mem, release, output);
    if (inflateInit2(&stream, window_bits(gzip, raw)) != Z_OK)
        return pryv_fail(err, PRYV_FAILED, "zlib cannot begin: %s", stream.msg ? stream.msg : "no reason");

    bool whole = inflate_all(&stream, output, limit + 1);

    inflateEnd(&stream);
    if (output->len > limit)
        return refuse(err, "The body is too large.");
    if (!whole)
        return refuse(err, "The body cannot be inflated.");
    *out = pryv_str_n(output->data ? output->data : "", output->len);
    return PRYV_OK;
}
