/* Heads and chunked bodies, fed in pieces that the first byte of the input chooses: what is accepted must be the same as in one piece. */
#include "http1.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct http1_limits limits = { .max_target = 200, .max_head = 4000, .max_fields = 20 };

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* 0: more is needed, 1 and `*len`, or a status. */
static int find_head(struct pryv_str text, size_t step, size_t *len)
{
    size_t      scanned = 0;
    const char *why;
    int         found = 0;

    for (size_t have = 0; found == 0 && have < text.len;) {
        have = have + step < text.len ? have + step : text.len;

        char *copy = malloc(have);

        memcpy(copy, text.data, have);
        found = http1_find_head(copy, have, &limits, &scanned, len, &why);
        free(copy);
    }
    return found;
}

static void check_head(const struct http_head *head)
{
    must(head->verb.len && head->path.len && *head->path.data == '/' && (head->minor == 0 || head->minor == 1));
    must(!(head->chunked && head->has_length) && head->header_count <= limits.max_fields);
    for (size_t i = 0; i < head->header_count; i++) {
        must(head->headers[i].name.len > 0);
        for (size_t k = 0; k < head->headers[i].value.len; k++)
            must(!strchr("\r\n", head->headers[i].value.data[k]));
    }
}

/* Bytes of the body go to `out`; true when it ends within `text`. `*broken`: it is no body. */
static bool read_chunks(struct pryv_str text, size_t step, char *out, size_t *out_len, size_t *used, bool *broken)
{
    struct http1_chunks chunks = { 0 };

    *out_len = *used = 0;
    *broken = false;
    while (*used < text.len) {
        size_t                  took, have = text.len - *used < step ? text.len - *used : step;
        struct pryv_str         piece;
        enum http1_chunk_result result = http1_chunks_read(&chunks, pryv_str_n(text.data + *used, have), &took, &piece);

        must(took <= have && (took > 0 || result == HTTP1_CHUNK_BAD));
        *used += took;
        if (result == HTTP1_CHUNK_DATA) {
            memcpy(out + *out_len, piece.data, piece.len);
            *out_len += piece.len;
        } else if (result != HTTP1_CHUNK_MORE) {
            *broken = result == HTTP1_CHUNK_BAD;
            return !*broken;
        }
    }
    return false;
}

static void check_chunks(struct pryv_str text, size_t step)
{
    char  *whole = malloc(text.len + 1), *pieces = malloc(text.len + 1);
    size_t whole_len, pieces_len, whole_used, pieces_used;
    bool   whole_broken, pieces_broken;
    bool   whole_end = read_chunks(text, text.len + 1, whole, &whole_len, &whole_used, &whole_broken);
    bool   pieces_end = read_chunks(text, step, pieces, &pieces_len, &pieces_used, &pieces_broken);

    must(whole_end == pieces_end && whole_broken == pieces_broken && whole_used == pieces_used && whole_len == pieces_len);
    must(memcmp(whole, pieces, whole_len) == 0);
    free(whole);
    free(pieces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;

    size_t          step = 1 + data[0] % 64, len = 0, whole_len = 0;
    struct pryv_str text = pryv_str_n((const char *) data + 1, size - 1);
    int             found = find_head(text, step, &len), whole = find_head(text, text.len, &whole_len);

    must(whole > 1 || found == whole || found > 1); /* too long is told as soon as it is */
    must(found != 1 || whole != 1 || len == whole_len);
    if (found != 1) {
        check_chunks(text, step);
        return 0;
    }

    struct pryv_arena *mem = pryv_arena_new();
    struct http_head   head;
    const char        *why = NULL;
    int                status = http1_parse_head(mem, pryv_str_copy(mem, pryv_str_n(text.data, len)), &limits, &head, &why);

    must(status == 0 || (status >= 400 && why));
    if (status == 0)
        check_head(&head);
    if (text.len > len)
        check_chunks(pryv_str_n(text.data + len, text.len - len), step);
    pryv_arena_free(mem);
    return 0;
}
