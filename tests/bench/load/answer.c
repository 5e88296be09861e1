/* answer.c - see answer.h. */
#include "answer.h"
#include <stdlib.h>
#include <string.h>

void answer_begin(struct answer *answer)
{
    answer->state = IN_HEAD;
    answer->head_len = 0;
}

/* The head is complete: what body follows? */
static void read_head(struct answer *answer)
{
    const char *length, *chunked;

    answer->head[answer->head_len] = '\0';
    answer->status = (int) strtol(answer->head + 9, NULL, 10);
    length = strcasestr(answer->head, "\r\ncontent-length:");
    chunked = strcasestr(answer->head, "\r\ntransfer-encoding: chunked");
    if (chunked) {
        answer->state = IN_CHUNK_SIZE;
        answer->left = 0;
    } else {
        answer->left = length ? strtoull(length + 17, NULL, 10) : 0;
        answer->state = IN_BODY;
    }
}

/* One byte of a chunk's size line. A size of 0 leads to the trailer. */
static void chunk_size_byte(struct answer *answer, char byte)
{
    if (byte == '\n')
        answer->state = answer->left ? IN_CHUNK : IN_TRAILER;
    else if (byte != '\r')
        answer->left = answer->left * 16 + (uint64_t) (byte <= '9' ? byte - '0' : (byte | 32) - 'a' + 10);
    if (answer->state == IN_TRAILER)
        answer->head_len = 0;
}

static size_t skip(struct answer *answer, size_t have)
{
    size_t taken = have < answer->left ? have : (size_t) answer->left;

    answer->left -= taken;
    return taken;
}

bool answer_take(struct answer *answer, const char *data, size_t len)
{
    size_t at = 0;

    while (at < len) {
        switch (answer->state) {
        case IN_HEAD:
            if (answer->head_len == HEAD_MAX - 1)
                return false;
            answer->head[answer->head_len++] = data[at++];
            if (answer->head_len >= 4 && memcmp(answer->head + answer->head_len - 4, "\r\n\r\n", 4) == 0)
                read_head(answer);
            break;
        case IN_BODY: at += skip(answer, len - at); break;
        case IN_CHUNK_SIZE: chunk_size_byte(answer, data[at++]); break;
        case IN_CHUNK:
            at += skip(answer, len - at);
            if (answer->left == 0) {
                answer->state = IN_CHUNK_END;
                answer->left = 2;
            }
            break;
        case IN_CHUNK_END:
            at += skip(answer, len - at);
            if (answer->left == 0)
                answer->state = IN_CHUNK_SIZE;
            break;
        case IN_TRAILER:
            if (data[at++] == '\n')
                return false;
            break;
        }
        if (answer->state == IN_BODY && answer->left == 0)
            return false;
    }
    return true;
}
