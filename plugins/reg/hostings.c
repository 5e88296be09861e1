/* hostings.c - the tree of hostings as configured, each with the core that takes registrations for it. */
#include "cores.h"

static const struct core *core_at(const struct core *cores, size_t count, const char *hosting)
{
    for (size_t i = 0; i < count; i++)
        if (cores[i].available && pryv_str_equal(cores[i].hosting, hosting))
            return &cores[i];
    return NULL;
}

static void write_hosting(struct pryv_json *js, json_t *hosting, const struct core *core)
{
    const char *key;
    json_t *value;

    pryv_json_object(js);
    json_object_foreach(hosting, key, value)
        if (strcmp(key, "available") != 0 && strcmp(key, "availableCore") != 0)
            pryv_json_put_value(js, key, value);
    pryv_json_put_bool(js, "available", core != NULL);
    pryv_json_put_str(js, "availableCore", core ? core->url : PRYV_STR(""));
    pryv_json_object_end(js);
}

/* One level of the tree: `members` tells the name of the level below; below the last, hostings. */
static void write_level(struct pryv_json *js, json_t *level, const char *const *members, const struct core *cores, size_t count)
{
    const char *key, *name;
    json_t *item, *value;

    pryv_json_object(js);
    json_object_foreach(level, key, item) {
        pryv_json_key(js, key);
        if (!members[0]) {
            write_hosting(js, item, core_at(cores, count, key));
            continue;
        }
        pryv_json_object(js);
        json_object_foreach(item, name, value) {
            if (strcmp(name, members[0]) != 0) {
                pryv_json_put_value(js, name, value);
                continue;
            }
            pryv_json_key(js, name);
            write_level(js, value, members + 1, cores, count);
        }
        pryv_json_object_end(js);
    }
    pryv_json_object_end(js);
}

/* Without configuration: one of each, and it is here. */
static json_t *default_tree(void)
{
    return json_pack("{s:{s:s, s:{s:{s:s, s:{s:{s:s}}}}}}", "default", "name", "Default", "zones", "default", "name", "Default",
                     "hostings", "default", "name", "Default");
}

enum pryv_rc hostings_get(struct pryv_call *call, struct pryv_err *err)
{
    static const char *const members[] = { "zones", "hostings", NULL };
    json_t *configured = json_object_get(reg_self()->config->hostings, "regions");
    json_t *regions = configured ? json_incref(configured) : default_tree();
    const struct core own = { .url = pryv_core_url(), .hosting = PRYV_STR("default"), .available = true };
    struct core *cores = NULL;
    size_t count = 0;
    enum pryv_rc rc = configured ? cores_list(reg_self(), call->arena, false, &cores, &count, err) : PRYV_OK;

    if (rc == PRYV_OK) {
        pryv_json_key(call->out, "regions");
        write_level(call->out, regions, members, configured ? cores : &own, configured ? count : 1);
    }
    json_decref(regions);
    return rc;
}
