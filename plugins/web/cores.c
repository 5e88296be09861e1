/* cores.c - see cores.h. Other cores are known by their rows on the platform; a platform that cannot be asked leaves this core alone. */
#include "cores.h"
#include "web.h"

enum { CORES_MAX = 1000 };

/* "https://host:port" of an address. */
static struct pryv_str origin_of(struct pryv_str url)
{
    const char *host = url.len ? memmem(url.data, url.len, "://", 3) : NULL;

    if (!host)
        return PRYV_STR_NONE;
    host += 3;

    size_t before = (size_t) (host - url.data);
    const char *slash = memchr(host, '/', url.len - before);

    return slash ? pryv_str_n(url.data, (size_t) (slash - url.data)) : url;
}

/* The origin of a name's host, where every user and core has a host of its own: "https://{username}.example.com/". */
static struct pryv_str origin_of_name(struct pryv_arena *mem, struct pryv_str name)
{
    static const char mark[] = "{username}";
    struct pryv_str origin = origin_of(pryv_json_member_text(pryv_service_info(), "api"));
    const char *at = origin.len ? memmem(origin.data, origin.len, mark, sizeof(mark) - 1) : NULL;

    if (!at)
        return PRYV_STR_NONE;

    size_t before = (size_t) (at - origin.data), after = before + sizeof(mark) - 1;

    return pryv_format(mem, "%.*s%.*s%.*s", (int) before, origin.data, PRYV_STR_ARG(name), (int) (origin.len - after),
                       origin.data + after);
}

static struct pryv_str origin_of_row(struct pryv_arena *mem, struct pryv_str row)
{
    struct pryv_err ignored = PRYV_ERR(mem);
    json_t *core;

    if (pryv_json_parse(mem, row, false, &core, &ignored) != PRYV_OK)
        return PRYV_STR_NONE;

    struct pryv_str url = pryv_json_member_text(core, "url");

    return url.len ? origin_of(url) : origin_of_name(mem, pryv_json_member_text(core, "id"));
}

static size_t other_cores(const struct web *web, struct pryv_arena *mem, struct pryv_str **rows)
{
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_str *keys;
    size_t count;

    if (!web->platform)
        return 0;
    if (web->platform->values_list(web->platform_self, mem, PRYV_STR("core-info/"), PRYV_STR_NONE, CORES_MAX, &keys, rows, &count,
                                   &err) == PRYV_OK)
        return count;
    pryv_log_warn(WEB_LOG, "the cores of the platform are not known: %s", err.message ? err.message : "");
    return 0;
}

struct pryv_str cores_sources(struct pryv_arena *mem)
{
    struct pryv_str own = origin_of(pryv_core_url()), out = origin_of_name(mem, PRYV_STR("*")), *rows;
    size_t count = other_cores(web_self(), mem, &rows);

    out = out.len ? pryv_format(mem, " %.*s", PRYV_STR_ARG(out)) : PRYV_STR("");
    for (size_t i = 0; i < count; i++) {
        struct pryv_str origin = origin_of_row(mem, rows[i]);

        if (origin.len && !pryv_str_is(origin, own))
            out = pryv_format(mem, "%.*s %.*s", PRYV_STR_ARG(out), PRYV_STR_ARG(origin));
    }
    return out;
}

bool cores_have_origin(void *self, struct pryv_arena *mem, struct pryv_str origin)
{
    struct pryv_str *rows;

    if (!origin.len || pryv_str_is(origin, origin_of(pryv_core_url())))
        return origin.len;

    size_t count = other_cores(self, mem, &rows);

    for (size_t i = 0; i < count; i++)
        if (pryv_str_is(origin, origin_of_row(mem, rows[i])))
            return true;
    return false;
}
