/* text_list.c - the texts of a JSON list; see pryv/event_filter.h. */
#include <pryv/event_filter.h>
#include <stdlib.h>

static unsigned hex4(const char *digits)
{
    unsigned value = 0;

    for (int i = 0; i < 4; i++) {
        char c = digits[i];

        value = value * 16 + (unsigned) (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

static char *put_utf8(char *out, unsigned code)
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

/* The text is JSON that was written by us: only what lies beyond its end is guarded against. */
static struct pryv_str decode(struct pryv_text_list *list, const char *at, const char *end)
{
    static const char letters[] = "b\bf\fn\nr\rt\t";
    char *out = realloc(list->decoded, (size_t) (end - at) + 1);

    if (!out)
        abort();
    list->decoded = out;
    while (at < end) {
        if (*at != '\\' || at + 1 == end) {
            *out++ = *at++;
        } else if (at[1] == 'u' && end - at >= 6) {
            unsigned code = hex4(at + 2);

            at += 6;
            if (code >= 0xd800 && code < 0xdc00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
                code = 0x10000 + ((code - 0xd800) << 10) + (hex4(at + 2) - 0xdc00);
                at += 6;
            }
            out = put_utf8(out, code);
        } else {
            const char *known = strchr(letters, at[1]);

            *out++ = known && *known && (known - letters) % 2 == 0 ? known[1] : at[1];
            at += 2;
        }
    }
    return pryv_str_n(list->decoded, (size_t) (out - list->decoded));
}

bool pryv_text_list_next(struct pryv_text_list *list, struct pryv_str *out)
{
    const char *start = list->at < list->end ? memchr(list->at, '"', (size_t) (list->end - list->at)) : NULL;
    bool escapes = false;

    if (!start)
        return false;

    const char *at = ++start;

    while (at < list->end && *at != '"') {
        if (*at == '\\') {
            escapes = true;
            at++;
        }
        at++;
    }
    if (at >= list->end)
        return false;
    list->at = at + 1;
    *out = escapes ? decode(list, start, at) : pryv_str_n(start, (size_t) (at - start));
    return true;
}
