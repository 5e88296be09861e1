/* plugin_order.c - see plugin_order.h. */
#include "plugin_order.h"
#include <stdlib.h>

int plugin_provides(const struct pryv_plugin *plugin, const char *interface)
{
    for (const struct pryv_interface_ref *ref = plugin->provides; ref && ref->name; ref++)
        if (strcmp(ref->name, interface) == 0)
            return ref->version;
    return -1;
}

static const struct pryv_plugin *provider_of(const struct pryv_plugin **plugins, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (plugin_provides(plugins[i], name) != -1)
            return plugins[i];
    return NULL;
}

static size_t tell_doubles(const struct pryv_plugin **plugins, size_t at)
{
    const struct pryv_plugin *plugin = plugins[at];
    size_t problems = 0;

    for (size_t i = 0; i < at; i++)
        if (strcmp(plugins[i]->name, plugin->name) == 0) {
            pryv_log_error("plugins", "two plugins are named %s", plugin->name);
            problems++;
        }
    for (const struct pryv_interface_ref *ref = plugin->provides; ref && ref->name; ref++) {
        const struct pryv_plugin *other = provider_of(plugins, at, ref->name);

        if (other) {
            pryv_log_error("plugins", "%s and %s both provide the interface %s; keep one of them", other->name, plugin->name,
                           ref->name);
            problems++;
        }
    }
    return problems;
}

static size_t tell_missing(const struct pryv_plugin **plugins, size_t count, const struct pryv_plugin *plugin)
{
    size_t problems = 0;

    for (const struct pryv_interface_ref *ref = plugin->requires_; ref && ref->name; ref++) {
        const struct pryv_plugin *provider = provider_of(plugins, count, ref->name);

        if (provider && plugin_provides(provider, ref->name) == ref->version)
            continue;
        problems++;
        if (provider)
            pryv_log_error("plugins", "%s requires the interface %s %d, but %s provides version %d", plugin->name, ref->name,
                           ref->version, provider->name, plugin_provides(provider, ref->name));
        else
            pryv_log_error("plugins", "%s requires the interface %s %d, which no plugin provides", plugin->name, ref->name,
                           ref->version);
    }
    return problems;
}

/* Who must come before `plugin` and is not among the first `placed`, or NULL. */
static const struct pryv_plugin *waits_for(const struct pryv_plugin **plugins, size_t placed, size_t count,
                                           const struct pryv_plugin *plugin)
{
    for (const struct pryv_interface_ref *ref = plugin->requires_; ref && ref->name; ref++)
        if (!provider_of(plugins, placed, ref->name))
            return provider_of(plugins, count, ref->name);
    return NULL;
}

/* None of those not placed can be: following who waits for whom from any of them leads into the circle. */
static enum pryv_rc tell_circle(const struct pryv_plugin **plugins, size_t placed, size_t count, struct pryv_err *err)
{
    const struct pryv_plugin *plugin = plugins[placed];

    for (size_t i = placed; i < count; i++)
        plugin = waits_for(plugins, placed, count, plugin);

    const struct pryv_plugin *first = plugin;
    struct pryv_str path = pryv_str(first->name);

    do {
        plugin = waits_for(plugins, placed, count, plugin);
        path = pryv_format(err->arena, "%s needs %s", path.data, plugin->name);
    } while (plugin != first);
    pryv_log_error("plugins", "plugins need each other in a circle: %s", path.data);
    return pryv_refuse(err, 400, NULL, NULL, "plugins need each other in a circle");
}

enum pryv_rc plugins_order(const struct pryv_plugin **plugins, size_t count, struct pryv_err *err)
{
    size_t problems = 0;

    for (size_t i = 0; i < count; i++)
        problems += tell_doubles(plugins, i) + tell_missing(plugins, count, plugins[i]);
    if (problems)
        return pryv_refuse(err, 400, NULL, NULL, "the plugins do not fit together, as told above");

    for (size_t placed = 0; placed < count; placed++) {
        size_t next = placed;

        while (next < count && waits_for(plugins, placed, count, plugins[next]))
            next++;
        if (next == count)
            return tell_circle(plugins, placed, count, err);

        const struct pryv_plugin *plugin = plugins[next];

        memmove(&plugins[placed + 1], &plugins[placed], (next - placed) * sizeof(plugins[0]));
        plugins[placed] = plugin;
    }
    return PRYV_OK;
}
