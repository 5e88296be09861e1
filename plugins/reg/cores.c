/* cores.c - see cores.h. */
#include "cores.h"

#define ROWS "core-info/"

static struct pryv_str first(struct pryv_str a, struct pryv_str b)
{
    return a.len ? a : b;
}

/* Writes nothing where there is nothing new: a platform that is read-only for a while can be started on. */
static enum pryv_rc announce(const struct reg *reg, struct pryv_str key, struct pryv_str row, struct pryv_err *err)
{
    struct pryv_str known;
    enum pryv_rc rc = reg->platform->value_get(reg->platform_self, err->arena, key, true, &known, err);

    if (rc == PRYV_OK && pryv_str_is(known, row))
        return PRYV_OK;
    if (rc != PRYV_OK && rc != PRYV_NOT_FOUND)
        return rc;
    return reg->platform->value_put(reg->platform_self, key, row, PRYV_ABSENT, err);
}

enum pryv_rc cores_announce(const struct reg *reg, struct pryv_err *err)
{
    const struct reg_config *config = reg->config;
    struct pryv_json *js = pryv_json_new(err->arena);
    struct pryv_str ip = first(config->core_ip, config->public_ip);

    pryv_json_object(js);
    pryv_json_put_str(js, "id", config->core_id);
    if (config->core_url.len && !config->dnsless)
        pryv_json_put_str(js, "url", config->core_url);
    if (ip.len)
        pryv_json_put_str(js, "ip", ip);
    if (config->core_ipv6.len)
        pryv_json_put_str(js, "ipv6", config->core_ipv6);
    if (config->core_cname.len)
        pryv_json_put_str(js, "cname", config->core_cname);
    if (config->core_hosting.len)
        pryv_json_put_str(js, "hosting", config->core_hosting);
    pryv_json_put_bool(js, "available", config->core_available);
    pryv_json_object_end(js);
    return announce(reg, pryv_format(err->arena, ROWS "%.*s", PRYV_STR_ARG(config->core_id)), pryv_json_text(js), err);
}

/* ---- Addresses -------------------------------------------------------------------------------- */

static struct pryv_str with_slash(struct pryv_arena *mem, struct pryv_str url)
{
    while (url.len && url.data[url.len - 1] == '/')
        url.len--;
    return pryv_format(mem, "%.*s/", PRYV_STR_ARG(url));
}

static struct pryv_str url_of_row(const struct reg *reg, struct pryv_arena *mem, struct pryv_str id, const json_t *row)
{
    struct pryv_str url = pryv_json_member_text(row, "url");

    if (pryv_str_is(id, reg->config->core_id))
        return pryv_core_url();
    if (url.len)
        return with_slash(mem, url);
    return reg->config->domain.len && !reg->config->dnsless
               ? pryv_format(mem, "https://%.*s.%.*s/", PRYV_STR_ARG(id), PRYV_STR_ARG(reg->config->domain))
               : pryv_core_url();
}

/* What cannot be read is as if it were not there: another program wrote it. */
static const json_t *parse(struct pryv_arena *mem, struct pryv_str text)
{
    struct pryv_err err = PRYV_ERR(mem);
    json_t *row = NULL;

    return pryv_json_parse(mem, text, false, &row, &err) == PRYV_OK ? row : NULL;
}

enum pryv_rc core_url_of(const struct reg *reg, struct pryv_arena *mem, struct pryv_str core_id, struct pryv_str *url,
                         struct pryv_err *err)
{
    struct pryv_str text;
    enum pryv_rc rc;

    if (pryv_str_is(core_id, reg->config->core_id)) {
        *url = pryv_core_url();
        return PRYV_OK;
    }
    rc = reg->platform->value_get(reg->platform_self, mem, pryv_format(mem, ROWS "%.*s", PRYV_STR_ARG(core_id)), false, &text,
                                  err);
    if (rc != PRYV_OK && rc != PRYV_NOT_FOUND)
        return rc;
    *url = url_of_row(reg, mem, core_id, rc == PRYV_OK ? parse(mem, text) : NULL);
    return PRYV_OK;
}

/* ---- Lists ------------------------------------------------------------------------------------- */

static struct core core_of_row(const struct reg *reg, struct pryv_arena *mem, struct pryv_str id, const json_t *row)
{
    return (struct core){
        .id = id,
        .url = url_of_row(reg, mem, id, row),
        .hosting = first(pryv_json_member_text(row, "hosting"), PRYV_STR("default")),
        .available = !json_is_false(json_object_get(row, "available")),
    };
}

static enum pryv_rc add_counts(const struct reg *reg, struct pryv_arena *mem, struct core *cores, size_t count,
                               struct pryv_err *err)
{
    struct pryv_str *ids;
    uint64_t *counts;
    size_t n;
    enum pryv_rc rc;

    if (reg->platform->size <= offsetof(struct pryv_platform_ops, core_counts) || !reg->platform->core_counts)
        return pryv_fail(err, PRYV_UNSUPPORTED, "this platform store cannot count the users of its cores");
    rc = reg->platform->core_counts(reg->platform_self, mem, &ids, &counts, &n, err);
    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        for (size_t k = 0; k < n; k++)
            if (pryv_str_is(ids[k], cores[i].id))
                cores[i].user_count = counts[k];
    return rc;
}

enum pryv_rc cores_list(const struct reg *reg, struct pryv_arena *mem, bool counts, struct core **out, size_t *count,
                        struct pryv_err *err)
{
    struct pryv_str *keys, *texts;
    struct core *cores;
    size_t n, used = 0;
    bool own = false;
    enum pryv_rc rc =
        reg->platform->values_list(reg->platform_self, mem, PRYV_STR(ROWS), PRYV_STR_NONE, SIZE_MAX, &keys, &texts, &n, err);

    if (rc != PRYV_OK)
        return rc;
    cores = pryv_new_array(mem, struct core, n + 1);
    for (size_t i = 0; i < n; i++) {
        struct pryv_str id = pryv_str_n(keys[i].data + strlen(ROWS), keys[i].len - strlen(ROWS));
        bool is_own = pryv_str_is(id, reg->config->core_id);

        if (is_single_core(reg) && !is_own)
            continue; /* left from another time */
        cores[used++] = core_of_row(reg, mem, id, parse(mem, texts[i]));
        own |= is_own;
    }
    if (!own)
        cores[used++] = (struct core){ .id = reg->config->core_id,
                                       .url = pryv_core_url(),
                                       .hosting = first(reg->config->core_hosting, PRYV_STR("default")),
                                       .available = reg->config->core_available };
    *out = cores;
    *count = used;
    return counts ? add_counts(reg, mem, cores, used, err) : PRYV_OK;
}

enum pryv_rc core_of_user(const struct reg *reg, struct pryv_arena *mem, struct pryv_str username, struct pryv_str *core_id,
                          struct pryv_err *err)
{
    struct pryv_str behind;
    enum pryv_rc rc = reg->platform->user_core(reg->platform_self, mem, username, true, core_id, err);

    if (rc != PRYV_NOT_FOUND)
        return rc;
    rc = reg->platform->value_get(reg->platform_self, mem, pryv_format(mem, "alias/%.*s", PRYV_STR_ARG(username)), false, &behind,
                                  err);
    return rc == PRYV_OK ? reg->platform->user_core(reg->platform_self, mem, behind, true, core_id, err) : rc;
}
