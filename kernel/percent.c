/* percent.c - see percent.h. */
#include "percent.h"
#include "utf8.h"
#include <pryv/http.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The octet that the escape at `at` stands for, or -1. */
static int escape(struct pryv_str raw, size_t at)
{
    if (raw.len - at < 3)
        return -1;

    int high = hex_digit(raw.data[at + 1]), low = hex_digit(raw.data[at + 2]);

    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static bool needs_decoding(struct pryv_str raw, unsigned flags)
{
    return raw.len && (memchr(raw.data, '%', raw.len) || (flags & PERCENT_PLUS_IS_SPACE && memchr(raw.data, '+', raw.len)));
}

bool percent_decode(struct pryv_arena *mem, struct pryv_str raw, unsigned flags, struct pryv_str *out)
{
    struct pryv_str text = raw;

    if (needs_decoding(raw, flags)) {
        char *to = pryv_alloc(mem, raw.len);

        text = pryv_str_n(to, 0);
        for (size_t i = 0; i < raw.len; i++) {
            char c = raw.data[i];
            int octet = c == '%' ? escape(raw, i) : -1;

            if (octet >= 0)
                i += 2;
            else if (c == '%' && flags & PERCENT_STRICT)
                return false;
            to[text.len++] = octet >= 0 ? (char) octet : c == '+' && flags & PERCENT_PLUS_IS_SPACE ? ' ' : c;
        }
    }
    if (!utf8_is_valid(text) || (flags & PERCENT_NO_NUL && text.len && memchr(text.data, '\0', text.len)))
        return false;
    *out = text;
    return true;
}

struct pryv_str pryv_percent_encode(struct pryv_arena *mem, struct pryv_str text, const char *kept)
{
    static const char digits[] = "0123456789ABCDEF";
    char *out = pryv_alloc(mem, text.len * 3 + 1);
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char) text.data[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr(kept, c))) {
            out[n++] = (char) c;
            continue;
        }
        out[n++] = '%';
        out[n++] = digits[c >> 4];
        out[n++] = digits[c & 15];
    }
    return pryv_str_n(out, n);
}
