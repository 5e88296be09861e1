/* service.c - the service information and the addresses made of it; see pryv/access.h. */
#include "service.h"
#include "settings.h"
#include <pryv/access.h>
#include <stdio.h>
#include <stdlib.h>

static json_t *info;
static char *core_url;

const char *pryv_api_version(void)
{
    return PRYVD_VERSION;
}

const json_t *pryv_service_info(void)
{
    return info;
}

static void put_if_absent(const char *key, json_t *value)
{
    if (json_object_get(info, key))
        json_decref(value);
    else
        json_object_set_new(info, key, value);
}

/* publicUrl has no final slash; see settings_load. */
static void put_addresses(void)
{
    if (settings.dnsless || !settings.dns_domain.len) {
        const char *base = settings.dnsless ? settings.public_url.data : settings.core_url.data;

        put_if_absent("api", json_sprintf("%s/{username}/", base));
        put_if_absent("register", json_sprintf("%s/reg/", base));
        put_if_absent("access", json_sprintf("%s/reg/access/", base));
        return;
    }

    const char *domain = settings.dns_domain.data;

    put_if_absent("api", json_sprintf("https://{username}.%s/", domain));
    put_if_absent("register", json_sprintf("https://reg.%s/", domain));
    put_if_absent("access", json_sprintf("https://access.%s/access/", domain));
}

void service_start(bool has_series)
{
    if (asprintf(&core_url, "%s/", (settings.dnsless ? settings.public_url : settings.core_url).data) == -1)
        abort();
    info = settings.service ? json_copy(settings.service) : json_object();
    put_addresses();
    put_if_absent("assets", json_pack("{s:o}", "definitions", json_sprintf("%s/www/assets/index.json", settings.core_url.data)));
    put_if_absent("features", json_object());

    json_t *features = json_copy(json_object_get(info, "features"));

    if (!has_series && !json_object_get(features, "noHF"))
        json_object_set_new(features, "noHF", json_true());
    json_object_set_new(info, "features", features);
    json_object_set_new(info, "version", json_string(pryv_api_version()));
}

void service_stop(void)
{
    json_decref(info);
    info = NULL;
    free(core_url);
    core_url = NULL;
}

struct pryv_str pryv_core_url(void)
{
    return pryv_str(core_url);
}

struct pryv_str pryv_api_endpoint(struct pryv_arena *arena, struct pryv_str username, struct pryv_str token)
{
    static const char mark[] = "{username}";
    const char *api = json_string_value(json_object_get(info, "api"));
    const char *host = api ? strstr(api, "://") : NULL;
    const char *name = host ? strstr(host, mark) : NULL;

    if (!name)
        return pryv_str_copy(arena, pryv_str(api));
    host += 3;
    return pryv_format(arena, "%.*s%.*s%s%.*s%.*s%s", (int) (host - api), api, PRYV_STR_ARG(token), token.data ? "@" : "",
                       (int) (name - host), host, PRYV_STR_ARG(username), name + sizeof(mark) - 1);
}
