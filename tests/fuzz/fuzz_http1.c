/* fuzz_http1.c - any bytes as what a client sends: where the head ends, what it says, and its chunked body.
 * The first byte is the size of the pieces in which the rest arrives: the outcome must not depend on it, values of a head must lie
 * within it, and no body may be larger than what came in. */
#include "http1.h"
#include <stdlib.h>

static const struct http1_limits limits = { .max_target = 1024, .max_head = 8192, .max_fields = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Looks for the head while `step` bytes more arrive each time. */
static int find_head(struct pryv_str text, size_t step, size_t *len)
{
    size_t scanned = 0;
    const char *why = NULL;
    int found = 0;

    for (size_t have = 0; found == 0 && have < text.len;) {
        have = have + step < text.len ? have + step : text.len;

        char *copy = malloc(have); /* of its own, so that a read beyond what has come is seen */

        memcpy(copy, text.data, have);
        found = http1_find_head(copy, have, &limits, &scanned, len, &why);
        free(copy);
        if (found > 1 && (found < 400 || !why))
            abort();
    }
    return found;
}

static void check_within(struct pryv_str part, struct pryv_str whole)
{
    if (part.data && part.len && (part.data < whole.data || part.data + part.len > whole.data + whole.len))
        abort();
}

static void check_head(struct pryv_arena *arena, struct pryv_str text)
{
    struct http_head head = { .minor = -1 };
    struct pryv_str copy = pryv_str_copy(arena, text);
    const char *why = NULL;
    int status = http1_parse_head(arena, copy, &limits, &head, &why);

    if (status != 0) {
        if (status < 400 || status > 599 || !why)
            abort();
        return;
    }
    if (head.header_count > limits.max_fields || head.target.len > limits.max_target || (head.chunked && head.has_length))
        abort();
    check_within(head.verb, copy);
    for (size_t i = 0; i < head.header_count; i++) {
        check_within(head.headers[i].value, copy);
        if (memchr(head.headers[i].value.data ? head.headers[i].value.data : "", '\n', head.headers[i].value.len))
            abort();
    }
}

struct body {
    enum http1_chunk_result end;
    size_t taken, bytes;
    uint32_t sum;
};

static struct body read_chunks(struct pryv_str text, size_t step)
{
    struct http1_chunks chunks = { .state = 0 };
    struct body body = { .end = HTTP1_CHUNK_MORE };

    while (body.taken < text.len && body.end == HTTP1_CHUNK_MORE) {
        struct pryv_str piece = pryv_str_n(text.data + body.taken, text.len - body.taken < step ? text.len - body.taken : step);

        while (piece.len) {
            struct pryv_str out = PRYV_STR_NONE;
            size_t used = 0;
            enum http1_chunk_result result = http1_chunks_read(&chunks, piece, &used, &out);

            if (used > piece.len)
                abort();
            body.taken += used;
            if (result == HTTP1_CHUNK_DATA) {
                check_within(out, piece);
                for (size_t i = 0; i < out.len; i++)
                    body.sum = body.sum * 31 + (unsigned char) out.data[i];
                body.bytes += out.len;
            } else if (result != HTTP1_CHUNK_MORE) {
                body.end = result;
                break;
            } else if (used != piece.len) {
                abort();
            }
            if (used == 0)
                abort(); /* it would never end */
            piece = pryv_str_n(piece.data + used, piece.len - used);
        }
    }
    if (body.bytes > text.len)
        abort();
    return body;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;

    size_t step = data[0] ? data[0] : 1;
    struct pryv_str text = pryv_str_n((const char *) data + 1, size - 1);
    struct pryv_arena *arena = pryv_arena_new();
    size_t len = 0, len_at_once = 0;
    int found = find_head(text, step, &len);
    int at_once = find_head(text, SIZE_MAX / 2, &len_at_once);

    if ((found == 1) != (at_once == 1) || (found == 1 && len != len_at_once))
        abort();
    if (found == 1)
        check_head(arena, pryv_str_n(text.data, len));

    struct body in_pieces = read_chunks(text, step), whole = read_chunks(text, SIZE_MAX / 2);

    if (in_pieces.end != whole.end ||
        (whole.end != HTTP1_CHUNK_BAD && (in_pieces.sum != whole.sum || in_pieces.taken != whole.taken)))
        abort();
    pryv_arena_free(arena);
    return 0;
}
