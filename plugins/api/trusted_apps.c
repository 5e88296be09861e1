/* trusted_apps.c - see trusted_apps.h. */
#include "trusted_apps.h"

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct pryv_str trimmed(struct pryv_str text)
{
    while (text.len && is_blank(*text.data))
        text = pryv_str_n(text.data + 1, text.len - 1);
    while (text.len && is_blank(text.data[text.len - 1]))
        text.len--;
    return text;
}

/* The last `*` seen takes one more character whenever what follows it does not fit: linear but for that. */
static bool matches(struct pryv_str pattern, struct pryv_str text)
{
    size_t p = 0, t = 0, star = SIZE_MAX, taken = 0;

    while (t < text.len) {
        if (p < pattern.len && pattern.data[p] == '*') {
            star = p++;
            taken = t;
        } else if (p < pattern.len && pattern.data[p] == text.data[t]) {
            p++;
            t++;
        } else if (star != SIZE_MAX && !is_blank(text.data[taken])) {
            p = star + 1;
            t = ++taken;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.data[p] == '*')
        p++;
    return p == pattern.len;
}

static bool entry_holds(struct pryv_str entry, struct pryv_str app_id, struct pryv_str origin)
{
    const char *at = entry.len ? memchr(entry.data, '@', entry.len) : NULL;

    if (!at)
        return false;

    struct pryv_str app = trimmed(pryv_str_n(entry.data, (size_t) (at - entry.data)));
    struct pryv_str from = trimmed(pryv_str_n(at + 1, entry.len - (size_t) (at - entry.data) - 1));

    return (pryv_str_equal(app, "*") || pryv_str_is(app, app_id)) && matches(from, origin);
}

bool trusted_apps_hold(struct pryv_str list, struct pryv_str app_id, struct pryv_str origin)
{
    if (!app_id.len)
        return false;
    while (list.len) {
        const char *comma = memchr(list.data, ',', list.len);
        size_t len = comma ? (size_t) (comma - list.data) : list.len;

        if (entry_holds(trimmed(pryv_str_n(list.data, len)), app_id, origin))
            return true;
        list = comma ? pryv_str_n(comma + 1, list.len - len - 1) : PRYV_STR_NONE;
    }
    return false;
}
