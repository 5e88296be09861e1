/* interface.c - filled while plugins initialise, one at a time; afterwards only read, so that any thread may. */
#include "interface.h"

enum { MAX_INTERFACES = 64 };

static struct {
    const char *name;
    int version;
    struct pryv_interface table;
} provided[MAX_INTERFACES];
static size_t provided_count;
static const struct pryv_plugin *initialising;

void interface_begin(const struct pryv_plugin *plugin)
{
    initialising = plugin;
}

static bool names(const struct pryv_plugin *plugin, const char *name, int version)
{
    for (const struct pryv_interface_ref *ref = plugin->provides; ref && ref->name; ref++)
        if (strcmp(ref->name, name) == 0 && ref->version == version)
            return true;
    return false;
}

enum pryv_rc interface_end(struct pryv_err *err)
{
    const struct pryv_plugin *plugin = initialising;

    initialising = NULL;
    for (const struct pryv_interface_ref *ref = plugin->provides; ref && ref->name; ref++)
        if (!pryv_interface(ref->name, ref->version))
            return pryv_fail(err, PRYV_FAILED, "it names the interface %s %d and did not provide it", ref->name, ref->version);
    return PRYV_OK;
}

void interface_clear(void)
{
    provided_count = 0;
}

enum pryv_rc pryv_provide(const char *name, int version, const void *ops, void *self, struct pryv_err *err)
{
    if (!initialising || !names(initialising, name, version))
        return pryv_fail(err, PRYV_FAILED, "the interface %s %d is not among those the plugin names", name, version);
    for (size_t i = 0; i < provided_count; i++)
        if (strcmp(provided[i].name, name) == 0)
            return pryv_conflict(err, "name", "the interface %s is provided already", name);
    if (provided_count == MAX_INTERFACES)
        return pryv_fail(err, PRYV_FAILED, "more than %d interfaces", MAX_INTERFACES);
    provided[provided_count].name = name;
    provided[provided_count].version = version;
    provided[provided_count].table = (struct pryv_interface){ .ops = ops, .self = self };
    provided_count++;
    return PRYV_OK;
}

const struct pryv_interface *pryv_interface(const char *name, int version)
{
    for (size_t i = 0; i < provided_count; i++)
        if (strcmp(provided[i].name, name) == 0 && provided[i].version == version)
            return &provided[i].table;
    return NULL;
}

const struct pryv_interface *pryv_interface_at(const char *prefix, int version, size_t index)
{
    size_t len = strlen(prefix);

    for (size_t i = 0; i < provided_count; i++)
        if (strncmp(provided[i].name, prefix, len) == 0 && provided[i].version == version && index-- == 0)
            return &provided[i].table;
    return NULL;
}
