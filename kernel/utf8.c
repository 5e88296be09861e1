/* utf8.c - see utf8.h. */
#include "utf8.h"

/* The length of the UTF-8 sequence at `at`, or 0 when there is none: overlong forms, surrogates and what lies beyond
 * U+10FFFF are none. */
static size_t sequence(const unsigned char *at, size_t left)
{
    unsigned char first = at[0];
    size_t len = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;

    if (len == 0 || len > left)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    if ((first == 0xe0 && at[1] < 0xa0) || (first == 0xed && at[1] > 0x9f) || (first == 0xf0 && at[1] < 0x90) ||
        (first == 0xf4 && at[1] > 0x8f))
        return 0;
    return len;
}

bool utf8_is_valid(struct pryv_str text)
{
    const unsigned char *bytes = (const unsigned char *) text.data;

    for (size_t i = 0, len; i < text.len; i += len)
        if ((len = sequence(bytes + i, text.len - i)) == 0)
            return false;
    return true;
}
