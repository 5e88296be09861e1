/* hook-plugin.so - a complete third-party plugin: counts calls, refuses events of types that are not wanted here, and
 * tells what it saw at GET /hook-plugin/counts.
 * Shows configuration, a method with its route, hooks before and after, and state shared by executor threads. */
#include <pryv/plugin.h>
#include <stdatomic.h>
#include <stdlib.h>

struct hook_config {
    struct pryv_str refused_type;
};

struct hook_plugin {
    const struct hook_config *config;
    atomic_ullong calls, failures, refused;
};

static const struct pryv_config_key config_keys[] = {
    PRYV_CONFIG_TEXT(struct hook_config, refused_type, "hookPlugin.refusedType", NULL, 0,
                     "Events of this type (for example note/html) are refused; unset: none."),
    PRYV_CONFIG_END,
};

/* GET /hook-plugin/counts. Needs no token: it tells numbers only. */
static enum pryv_rc counts_get(struct pryv_call *call, struct pryv_err *err PRYV_UNUSED)
{
    struct hook_plugin *self = pryv_self();

    pryv_json_put_number(call->out, "calls", (double) atomic_load(&self->calls));
    pryv_json_put_number(call->out, "failures", (double) atomic_load(&self->failures));
    pryv_json_put_number(call->out, "refused", (double) atomic_load(&self->refused));
    return PRYV_OK;
}

/* Runs before the handler of events.create, parameters checked; the handler does not run after a refusal. */
static enum pryv_rc check_type(void *self_, struct pryv_call *call, struct pryv_err *err)
{
    struct hook_plugin *self = self_;
    struct pryv_str type = pryv_json_member_text(call->params, "type");

    if (!self->config->refused_type.data || !pryv_str_is(type, self->config->refused_type))
        return PRYV_OK;
    atomic_fetch_add(&self->refused, 1);
    return pryv_refuse(err, 400, "invalid-operation", NULL, "Events of type %.*s are not kept here", PRYV_STR_ARG(type));
}

/* Runs after every method, whatever came of it; cannot fail the call. */
static void count_call(void *self_, struct pryv_call *call PRYV_UNUSED, const struct pryv_err *err)
{
    struct hook_plugin *self = self_;

    atomic_fetch_add(&self->calls, 1);
    if (err)
        atomic_fetch_add(&self->failures, 1);
}

static const struct pryv_method methods[] = {
    { .name = "hookPlugin.counts",
      .summary = "What the hook plugin has seen in this worker",
      .who = PRYV_BY_ANYONE,
      .handler = counts_get },
    { .name = NULL },
};

static const struct pryv_route routes[] = {
    { .verb = "GET", .path = "/hook-plugin/counts", .method = "hookPlugin.counts" },
    { .verb = NULL },
};

static const struct pryv_hook hooks[] = {
    { .pattern = "events.create", .before = check_type },
    { .pattern = "*", .after = count_call },
    { .pattern = NULL },
};

static enum pryv_rc hook_init(const void *config, void **self, struct pryv_err *err)
{
    struct hook_plugin *plugin = calloc(1, sizeof(*plugin));

    if (!plugin)
        return pryv_fail(err, PRYV_FAILED, "out of memory");
    plugin->config = config;
    *self = plugin;
    pryv_log_info("hook-plugin", "ready in worker %d of %d", pryv_worker_index(), pryv_worker_count());
    return PRYV_OK;
}

static void hook_stop(void *self)
{
    free(self);
}

PRYV_PLUGIN = {
    PRYV_PLUGIN_HEAD, /* size and ABI, as compiled */
    .name = "hook-plugin",
    .version = "1.0.0",
    .summary = "Example: counts calls and refuses a type of events", /* for --check */
    .config = config_keys,
    .config_size = sizeof(struct hook_config),
    .methods = methods,
    .routes = routes,
    .hooks = hooks,
    .init = hook_init,
    .stop = hook_stop,
};
