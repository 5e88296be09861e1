/* marks.c - see marks.h. */
#include "marks.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 24 };

/* What a mark "{n}" or "{n%100}" at the beginning of `text` becomes; `*end` is behind it. False: there is none. */
static bool read_mark(const char *text, uint64_t number, uint64_t *value, const char **end)
{
    char *after = NULL;
    uint64_t divisor;

    if (strncmp(text, "{n", 2) != 0)
        return false;
    if (text[2] == '}') {
        *value = number;
        *end = text + 3;
        return true;
    }
    divisor = text[2] == '%' ? strtoull(text + 3, &after, 10) : 0;
    if (divisor == 0 || *after != '}')
        return false;
    *value = number % divisor;
    *end = after + 1;
    return true;
}

size_t marks_replace(char *out, size_t room, const char *text, uint64_t number)
{
    char digits[DIGITS] = "";
    size_t len = 0, digit_count = 0;
    uint64_t value = 0, written = 0;

    while (*text && len + DIGITS < room) {
        size_t plain = strcspn(text + 1, "{") + 1;

        if (*text == '{' && read_mark(text, number, &value, &text)) {
            if (!digit_count || value != written)
                digit_count = (size_t) snprintf(digits, sizeof(digits), "%llu", (unsigned long long) value);
            written = value;
            memcpy(out + len, digits, digit_count);
            len += digit_count;
            continue;
        }
        if (plain > room - len - 1)
            plain = room - len - 1;
        memcpy(out + len, text, plain);
        text += plain;
        len += plain;
    }
    out[len] = '\0';
    return len;
}
