/* answer.h - an HTTP answer as its bytes come: where it ends, and its status. The body is passed over. */
#ifndef LOAD_ANSWER_H
#define LOAD_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HEAD_MAX = 16 * 1024 };

enum answer_state { IN_HEAD, IN_BODY, IN_CHUNK_SIZE, IN_CHUNK, IN_CHUNK_END, IN_TRAILER };

struct answer {
    enum answer_state state;
    char head[HEAD_MAX]; /* NUL-ended once it is whole */
    size_t head_len;
    int status;
    uint64_t left; /* of the body or chunk */
};

void answer_begin(struct answer *answer);
/* Bytes of an answer. False when there is nothing more to expect of this one. */
bool answer_take(struct answer *answer, const char *data, size_t len);

#endif
