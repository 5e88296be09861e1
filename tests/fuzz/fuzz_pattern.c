// link: plugins/api
/* fuzz_pattern.c - any bytes as a regular expression (first line) and a text to match it with: it ends, and soon. */
#include "../../plugins/api/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);
    const uint8_t *line_end = size ? memchr(data, '\n', size) : NULL;
    size_t len = line_end ? (size_t) (line_end - data) : size;
    struct pattern *pattern;

    if (pattern_new(pryv_str_n((const char *) data, len), &pattern, &err) == PRYV_OK) {
        pattern_matches(pattern, pryv_str_n((const char *) data + len, size - len));
        pattern_free(pattern);
    }
    pryv_arena_free(arena);
    return 0;
}
