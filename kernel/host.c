/* host.c - see host.h. Parts of paths are compared as whole segments: the host of bob does not swallow /bobby/events. */
#include "host.h"
#include "settings.h"
#include <strings.h>

enum { SHORTEST_NAME = 5, LONGEST_NAME = 60 };

static const char *const platform_labels[] = { "reg", "access", "mfa" };
static const char *const platform_paths[] = { "system", "reg", "www", "socket.io", "favicon.ico" };

static bool is_one_of(struct pryv_str text, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text.len == strlen(names[i]) && strncasecmp(text.data, names[i], text.len) == 0)
            return true;
    return false;
}

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool looks_like_username(struct pryv_str label)
{
    if (label.len < SHORTEST_NAME || label.len > LONGEST_NAME)
        return false;
    for (size_t i = 0; i < label.len; i++)
        if (!is_letter_or_digit(label.data[i]) && (label.data[i] != '-' || i == 0 || i == label.len - 1))
            return false;
    return true;
}

static struct pryv_str first_label(struct pryv_arena *mem, struct pryv_str host)
{
    size_t len = 0;

    while (len < host.len && host.data[len] != '.' && host.data[len] != ':')
        len++;

    char *label = pryv_cstr(mem, pryv_str_n(host.data, len));

    for (size_t i = 0; i < len; i++)
        if (label[i] >= 'A' && label[i] <= 'Z')
            label[i] += 'a' - 'A';
    return pryv_str_n(label, len);
}

static struct pryv_str first_segment(struct pryv_str path)
{
    if (path.len == 0 || path.data[0] != '/')
        return PRYV_STR("");

    const char *begin = path.data + 1;
    const char *slash = memchr(begin, '/', path.len - 1);

    return pryv_str_n(begin, slash ? (size_t) (slash - begin) : path.len - 1);
}

static bool is_taken(struct pryv_str label)
{
    return pryv_str_is(label, settings.core_id) || json_object_getn(settings.dns_static_entries, label.data, label.len);
}

enum host_kind host_to_path(struct pryv_arena *mem, struct pryv_str host, struct pryv_str path, struct pryv_str *out)
{
    struct pryv_str label = first_label(mem, host);
    struct pryv_str segment = first_segment(path);

    *out = path;
    if (is_one_of(label, platform_labels, PRYV_COUNT(platform_labels))) {
        if (pryv_str_equal(segment, "reg"))
            return HOST_IS_NONE;
        *out = pryv_format(mem, "/reg%.*s", PRYV_STR_ARG(path));
        return HOST_IS_PLATFORM;
    }
    if (!looks_like_username(label) || is_taken(label) || pryv_str_is(segment, label) ||
        is_one_of(segment, platform_paths, PRYV_COUNT(platform_paths)))
        return HOST_IS_NONE;
    *out = pryv_format(mem, "/%.*s%.*s", PRYV_STR_ARG(label), PRYV_STR_ARG(path));
    return HOST_IS_USER;
}
