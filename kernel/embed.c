/* embed.c - a plugin without the server around it; see pryv/embed.h. */
#include "generation.h"
#include "options.h"
#include "plugins.h"
#include "process.h"
#include "registry.h"
#include "settings.h"
#include <pryv/embed.h>
#include <stdlib.h>

static struct {
    struct options options;
    struct config *config;
} embedded;

/* The same as on the command line, so that it is read by the same rules. */
static bool read_options(const struct pryv_embed *embed, struct pryv_arena *mem)
{
    size_t max = 5 + 2 * embed->setting_count;
    char **arguments = pryv_new_array(mem, char *, max + 1);
    int count = 0;

    arguments[count++] = pryv_cstr(mem, PRYV_STR("embed"));
    arguments[count++] = pryv_cstr(mem, PRYV_STR("--data-dir"));
    arguments[count++] = pryv_cstr(mem, pryv_str(embed->data_dir));
    for (size_t i = 0; i < embed->setting_count; i++) {
        arguments[count++] = pryv_cstr(mem, PRYV_STR("--set"));
        arguments[count++] = pryv_cstr(mem, pryv_str(embed->settings[i]));
    }
    if (!options_parse(&embedded.options, count, arguments))
        return false;
    free(embedded.options.conf_dir); /* the server's, which this is not */
    embedded.options.conf_dir = NULL;
    return options_make_data_dir(&embedded.options);
}

static enum pryv_rc load(const struct pryv_embed *embed, struct pryv_err *err)
{
    enum pryv_rc rc = config_load(&embedded.options, &embedded.config, err);

    if (rc != PRYV_OK)
        return rc;
    config_know(embedded.config, "kernel", settings_keys);
    if ((rc = settings_load(embedded.config, 0, err)) != PRYV_OK)
        return rc;
    if ((rc = plugins_open_file(embed->plugin_file, embedded.config, err)) != PRYV_OK)
        return rc;
    if ((rc = plugins_configure(embedded.config, err)) != PRYV_OK)
        return rc;
    if ((rc = plugins_init(err)) != PRYV_OK)
        return rc;
    return plugins_start(err);
}

enum pryv_rc pryv_embed_start(const struct pryv_embed *embed, struct pryv_err *err)
{
    static bool has_generations;
    enum pryv_rc rc;

    if (!has_generations)
        generation_init();
    has_generations = true;
    if (!read_options(embed, err->arena)) {
        options_release(&embedded.options);
        return pryv_fail(err, PRYV_FAILED, "the options cannot be used, as told above");
    }
    process_is(embed->worker_index, embed->worker_count, embedded.options.data_dir);
    rc = load(embed, err);
    if (rc != PRYV_OK)
        pryv_embed_stop();
    return rc;
}

void pryv_embed_stop(void)
{
    plugins_stop();
    registry_clear();
    plugins_close();
    config_free(embedded.config);
    embedded.config = NULL;
    options_release(&embedded.options);
}
