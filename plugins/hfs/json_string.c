/* json_string.c - see json_string.h. */
#include "json_string.h"

/* ---- UTF-8 ------------------------------------------------------------------------------------------ */

size_t json_string_utf8_length(unsigned char first)
{
    return first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
}

size_t json_string_utf8(const unsigned char *at, size_t left)
{
    unsigned char first = at[0], least = 0x80, most = 0xbf;
    size_t len = json_string_utf8_length(first);

    if (len == 0 || left < len)
        return 0;
    if (first == 0xe0)
        least = 0xa0;
    else if (first == 0xed)
        most = 0x9f;
    else if (first == 0xf0)
        least = 0x90;
    else if (first == 0xf4)
        most = 0x8f;
    if (at[1] < least || at[1] > most)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return len;
}

/* ---- Escapes ---------------------------------------------------------------------------------------- */

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool read_unit(const char **at, const char *end, unsigned *unit)
{
    *unit = 0;
    if (end - *at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        int digit = hex((*at)[i]);

        if (digit < 0)
            return false;
        *unit = *unit << 4 | (unsigned) digit;
    }
    *at += 4;
    return true;
}

static char *put_code_point(char *out, unsigned code)
{
    if (code < 0x80) {
        *out++ = (char) code;
    } else if (code < 0x800) {
        *out++ = (char) (0xc0 | code >> 6);
        *out++ = (char) (0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        *out++ = (char) (0xe0 | code >> 12);
        *out++ = (char) (0x80 | (code >> 6 & 0x3f));
        *out++ = (char) (0x80 | (code & 0x3f));
    } else {
        *out++ = (char) (0xf0 | code >> 18);
        *out++ = (char) (0x80 | (code >> 12 & 0x3f));
        *out++ = (char) (0x80 | (code >> 6 & 0x3f));
        *out++ = (char) (0x80 | (code & 0x3f));
    }
    return out;
}

/* `*at` is behind the backslash. */
static char *put_escaped(const char **at, const char *end, char *out)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *name;
    unsigned unit, low;

    if (*at == end)
        return NULL;
    if (**at != 'u') {
        name = **at ? strchr(names, **at) : NULL;
        (*at)++;
        if (name)
            *out++ = values[name - names];
        return name ? out : NULL;
    }
    (*at)++;
    if (!read_unit(at, end, &unit) || (unit >= 0xdc00 && unit < 0xe000))
        return NULL;
    if (unit < 0xd800 || unit >= 0xe000)
        return put_code_point(out, unit);
    if (end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u')
        return NULL;
    *at += 2;
    if (!read_unit(at, end, &low) || low < 0xdc00 || low >= 0xe000)
        return NULL;
    return put_code_point(out, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
}

char *json_string_unescape(const char *from, const char *to, char *out)
{
    while (from < to) {
        if (*from != '\\') {
            *out++ = *from++;
            continue;
        }
        from++;
        out = put_escaped(&from, to, out);
        if (!out)
            return NULL;
    }
    return out;
}
