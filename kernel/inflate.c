/* inflate.c - see inflate.h. The limit is on what comes out, so that a small bomb stays small. */
#include "inflate.h"
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <zlib.h>

enum { OUTPUT_BYTES = 64 * 1024, FIRST_ROOM = 16 * 1024, HEADER_BYTES = 2 };

struct inflater {
    z_stream stream;
    bool gzip, begun, over;
    unsigned char header[HEADER_BYTES]; /* until it is there, and with it begun */
    size_t header_len;
    uint64_t limit, written;
    inflate_sink sink;
    void *context;
    char *output;
};

static enum pryv_rc refuse(struct pryv_err *err, const char *why)
{
    return pryv_refuse(err, 400, "invalid-request-structure", NULL, "%s", why);
}

static bool is(struct pryv_str text, const char *name)
{
    return text.len == strlen(name) && strncasecmp(text.data, name, text.len) == 0;
}

static void release_inflater(void *object)
{
    struct inflater *in = object;

    if (in->begun)
        inflateEnd(&in->stream);
    free(in->output);
}

enum pryv_rc inflater_new(struct pryv_arena *mem, struct pryv_str coding, size_t limit, inflate_sink sink, void *context,
                          struct inflater **out, struct pryv_err *err)
{
    struct inflater *in;
    bool gzip = is(coding, "gzip") || is(coding, "x-gzip");

    *out = NULL;
    if (coding.len == 0 || is(coding, "identity"))
        return PRYV_OK;
    if (!gzip && !is(coding, "deflate"))
        return refuse(err, "The body's coding is none of gzip, deflate and identity.");
    in = pryv_new(mem, struct inflater);
    *in = (struct inflater){ .gzip = gzip, .limit = limit, .sink = sink, .context = context, .output = malloc(OUTPUT_BYTES) };
    if (!in->output) {
        fputs("pryvd: out of memory\n", stderr);
        abort();
    }
    pryv_defer(mem, release_inflater, in);
    *out = in;
    return PRYV_OK;
}

/* ---- Pieces --------------------------------------------------------------------------------- */

/* "deflate" is zlib's format (RFC 9110, 8.4.1.2), but some senders leave its header away: the first two bytes tell. */
static int window_bits(const struct inflater *in)
{
    const unsigned char *header = in->header;

    if (in->gzip)
        return 16 + MAX_WBITS;

    bool has_header =
        in->header_len == HEADER_BYTES && (header[0] & 0x0f) == Z_DEFLATED && (header[0] * 256 + header[1]) % 31 == 0;

    return has_header ? MAX_WBITS : -MAX_WBITS;
}

static enum pryv_rc inflate_piece(struct inflater *in, const unsigned char *bytes, size_t len, struct pryv_err *err)
{
    int rc = Z_OK;

    in->stream.next_in = (Bytef *) (uintptr_t) bytes;
    in->stream.avail_in = (uInt) len;
    while (rc == Z_OK && !in->over && (in->stream.avail_in > 0 || in->stream.avail_out == 0)) {
        in->stream.next_out = (Bytef *) in->output;
        in->stream.avail_out = OUTPUT_BYTES;
        rc = inflate(&in->stream, Z_NO_FLUSH);

        size_t made = OUTPUT_BYTES - in->stream.avail_out;

        in->over = rc == Z_STREAM_END;
        in->written += made;
        if (in->written > in->limit)
            return refuse(err, "The body is too large.");
        if (made)
            in->sink(in->context, pryv_str_n(in->output, made));
    }
    if ((rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR) || (in->over && in->stream.avail_in > 0))
        return refuse(err, "The body cannot be inflated.");
    return PRYV_OK;
}

static enum pryv_rc begin(struct inflater *in, struct pryv_err *err)
{
    if (inflateInit2(&in->stream, window_bits(in)) != Z_OK)
        return pryv_fail(err, PRYV_FAILED, "zlib cannot begin: %s", in->stream.msg ? in->stream.msg : "no reason");
    in->begun = true;
    return inflate_piece(in, in->header, in->header_len, err);
}

enum pryv_rc inflater_take(struct inflater *in, struct pryv_str piece, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    while (!in->begun && piece.len && in->header_len < HEADER_BYTES) {
        in->header[in->header_len++] = (unsigned char) piece.data[0];
        piece = pryv_str_n(piece.data + 1, piece.len - 1);
    }
    if (!in->begun && in->header_len == HEADER_BYTES)
        rc = begin(in, err);
    for (size_t len; rc == PRYV_OK && piece.len; piece = pryv_str_n(piece.data + len, piece.len - len)) {
        len = piece.len < UINT32_MAX ? piece.len : UINT32_MAX;
        rc = inflate_piece(in, (const unsigned char *) piece.data, len, err);
    }
    return rc;
}

enum pryv_rc inflater_end(struct inflater *in, struct pryv_err *err)
{
    enum pryv_rc rc = in->begun ? PRYV_OK : begin(in, err);

    return rc != PRYV_OK || in->over ? rc : refuse(err, "The body cannot be inflated.");
}

/* ---- A whole body --------------------------------------------------------------------------- */

struct output {
    char *data;
    size_t len, room;
};

static void release_output(void *object)
{
    struct output *output = object;

    free(output->data);
}

static void add(void *object, struct pryv_str piece)
{
    struct output *output = object;

    if (output->room - output->len < piece.len) {
        output->room = 2 * (output->len + piece.len) > FIRST_ROOM ? 2 * (output->len + piece.len) : FIRST_ROOM;
        output->data = realloc(output->data, output->room);
        if (!output->data) {
            fputs("pryvd: out of memory\n", stderr);
            abort();
        }
    }
    memcpy(output->data + output->len, piece.data, piece.len);
    output->len += piece.len;
}

enum pryv_rc inflate_body(struct pryv_arena *mem, struct pryv_str coding, struct pryv_str raw, size_t limit, struct pryv_str *out,
                          struct pryv_err *err)
{
    struct output *output = pryv_new(mem, struct output);
    struct inflater *in;
    enum pryv_rc rc;

    pryv_defer(mem, release_output, output);
    rc = inflater_new(mem, coding, limit, add, output, &in, err);
    if (rc == PRYV_OK && !in)
        *out = raw;
    if (rc != PRYV_OK || !in)
        return rc;
    if ((rc = inflater_take(in, raw, err)) != PRYV_OK || (rc = inflater_end(in, err)) != PRYV_OK)
        return rc;
    *out = pryv_str_n(output->data ? output->data : "", output->len);
    return PRYV_OK;
}
