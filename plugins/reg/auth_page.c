/* auth_page.c - see auth_page.h. What is not surely harmless is refused: browsers read addresses more kindly than this. */
#include "auth_page.h"
#include <pryv/http.h>
#include <pryv/json.h>
#include <ctype.h>
#include <strings.h>

/* ---- Parts ---------------------------------------------------------------------------------- */

struct parts {
    bool tls;
    struct pryv_str host; /* with its port, if it is another than the scheme's */
    struct pryv_str path; /* from its slash; absent: none */
};

static bool is_plain(struct pryv_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char) text.data[i] <= ' ' || text.data[i] == 0x7f || strchr("\\\"<>^`{|}", text.data[i]))
            return false;
    return true;
}

static size_t length_until(struct pryv_str text, const char *stops)
{
    size_t n = 0;

    while (n < text.len && !strchr(stops, text.data[n]))
        n++;
    return n;
}

static bool starts_without_case(struct pryv_str text, const char *prefix)
{
    return text.len >= strlen(prefix) && strncasecmp(text.data, prefix, strlen(prefix)) == 0;
}

static bool is_host(struct pryv_str host)
{
    for (size_t i = 0; i < host.len; i++)
        if (!isalnum((unsigned char) host.data[i]) && !strchr(".-:[]_", host.data[i]))
            return false;
    return host.len > 0 && host.data[0] != ':';
}

static bool split(struct pryv_str url, struct parts *out)
{
    bool tls = starts_without_case(url, "https://");
    size_t scheme = tls ? 8 : 7;
    const char *usual = tls ? ":443" : ":80";

    if (!is_plain(url) || (!tls && !starts_without_case(url, "http://")))
        return false;

    struct pryv_str rest = pryv_str_n(url.data + scheme, url.len - scheme);
    struct pryv_str host = pryv_str_n(rest.data, length_until(rest, "/?#"));
    struct pryv_str after = pryv_str_n(rest.data + host.len, rest.len - host.len);

    if (!is_host(host))
        return false;
    if (host.len > strlen(usual) && memcmp(host.data + host.len - strlen(usual), usual, strlen(usual)) == 0)
        host.len -= strlen(usual);
    *out = (struct parts){ tls, host, pryv_str_n(after.data, length_until(after, "?#")) };
    return true;
}

bool is_web_address(struct pryv_str url)
{
    struct parts parts;

    return split(url, &parts);
}

/* ---- Return addresses -------------------------------------------------------------------------- */

bool is_return_address(struct pryv_str url)
{
    static const char *const refused[] = { "javascript", "data",  "vbscript",    "file", "blob",
                                           "filesystem", "about", "view-source", "jar" };
    size_t colon = length_until(url, ":/?#");

    for (size_t i = 0; i < url.len; i++)
        if ((unsigned char) url.data[i] < ' ' || url.data[i] == 0x7f)
            return false;
    if (url.len && url.data[0] == ' ') /* browsers drop what comes before the scheme */
        return false;
    if (colon == url.len || url.data[colon] != ':')
        return true;
    for (size_t i = 0; i < colon; i++)
        if (!isalnum((unsigned char) url.data[i]) && !strchr("+-.", url.data[i]))
            return false;
    for (size_t i = 0; i < PRYV_COUNT(refused); i++)
        if (colon == strlen(refused[i]) && strncasecmp(url.data, refused[i], colon) == 0)
            return false;
    return true;
}

/* ---- Trusted pages ------------------------------------------------------------------------------- */

/* A browser would go up from here, and so leave what is trusted. */
static bool climbs(struct pryv_str path)
{
    static const char *const dots[] = { ".", "..", "%2e", "%2e%2e", ".%2e", "%2e." };

    for (size_t at = 0; at < path.len;) {
        struct pryv_str rest = pryv_str_n(path.data + at + 1, path.len - at - 1);
        size_t len = length_until(rest, "/");

        for (size_t i = 0; i < PRYV_COUNT(dots); i++)
            if (len == strlen(dots[i]) && strncasecmp(rest.data, dots[i], len) == 0)
                return true;
        at += len + 1;
    }
    return false;
}

/* The same path, or one that goes on where a segment of it ends. */
static bool is_below(struct pryv_str path, struct pryv_str trusted)
{
    if (!path.len)
        path = PRYV_STR("/");
    if (!trusted.len)
        trusted = PRYV_STR("/");
    if (path.len < trusted.len || memcmp(path.data, trusted.data, trusted.len) != 0)
        return false;
    return path.len == trusted.len || trusted.data[trusted.len - 1] == '/' || path.data[trusted.len] == '/';
}

bool is_trusted_page(const json_t *trusted, struct pryv_str url)
{
    struct parts page, entry;
    size_t i;
    json_t *item;

    if (!split(url, &page) || climbs(page.path))
        return false;
    json_array_foreach(trusted, i, item)
        if (json_is_string(item) && split(pryv_json_text_of(item), &entry) && entry.tls == page.tls &&
            entry.host.len == page.host.len && strncasecmp(entry.host.data, page.host.data, page.host.len) == 0 &&
            is_below(page.path, entry.path))
            return true;
    return false;
}

/* ---- Queries ---------------------------------------------------------------------------------------- */

struct pryv_str add_to_query(struct pryv_arena *mem, struct pryv_str page, const char *name, struct pryv_str value)
{
    struct pryv_str text;

    if (!value.data)
        return page;
    text = pryv_percent_encode(mem, value, PRYV_URI_COMPONENT);
    return pryv_format(mem, "%.*s%c%s=%.*s", PRYV_STR_ARG(page), memchr(page.data, '?', page.len) ? '&' : '?', name,
                       PRYV_STR_ARG(text));
}
