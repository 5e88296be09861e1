/* tool.c - the server's data without the server; see pryvd.h. */
#include "config.h"
#include "data_folder.h"
#include "generation.h"
#include "options.h"
#include "plugins.h"
#include "process.h"
#include "pryvd.h"
#include "registry.h"
#include "settings.h"
#include <errno.h>
#include <pryv/platform.h>
#include <pryv/storage.h>
#include <signal.h>

static struct options options;
static struct config *config;

enum { ENGINES_MAX = 2 };
static struct {
    struct options options;
    struct config *config;
} engines[ENGINES_MAX];
static size_t engine_count;

bool pryvd_tool_options(int argc, char **argv, struct pryvd_tool *tool)
{
    if (!options_parse(&options, argc, argv))
        return false;
    if (options.check || options.print_config || options.document_config)
        return options_refuse(argv[1], "--check, --print-config and --document-config are options of pryvd");
    *tool = (struct pryvd_tool){ .end = options.end, .help = options.help, .version = options.version };
    return true;
}

void pryvd_tool_list_options(FILE *out)
{
    options_list(out, false);
}

static enum pryv_rc find_data(struct pryv_err *err)
{
    if (!options_find_data_dir(&options))
        return pryv_refuse(err, 400, NULL, NULL, "there is no folder %s; name it with --data-dir", options.data_dir);
    process_is(0, 1, options.data_dir);
    return PRYV_OK;
}

/* Secrets that are made once are kept with the data, so that settings need the folder too. */
static enum pryv_rc begin(struct pryv_err *err)
{
    enum pryv_rc rc = find_data(err);

    if (rc == PRYV_OK && (rc = config_load(&options, &config, err)) == PRYV_OK)
        config_know(config, "kernel", settings_keys);
    return rc;
}

static enum pryv_rc open_plugins(struct config *with, const char *const *interfaces, struct pryv_err *err)
{
    enum pryv_rc rc;

    if ((rc = settings_load(with, 0, err)) != PRYV_OK || (rc = plugins_open(options.plugin_dir, with, true, err)) != PRYV_OK)
        return rc;
    plugins_keep(interfaces);
    if ((rc = plugins_configure(with, err)) == PRYV_OK)
        rc = plugins_init(err);
    return rc;
}

enum pryv_rc pryvd_tool_open(const char *const *interfaces, struct pryv_err *err)
{
    enum pryv_rc rc = begin(err);

    if (rc != PRYV_OK)
        return rc;
    generation_init();
    return open_plugins(config, interfaces, err);
}

static struct pryv_interface found(const char *name, int version)
{
    const struct pryv_interface none = { NULL, NULL }, *interface = pryv_interface(name, version);

    return interface ? *interface : none;
}

/* The configuration of one engine more. */
static enum pryv_rc load_engine(const char *name, const char *const *stronger, size_t count, struct config **out,
                                struct pryv_err *err)
{
    const char **all = pryv_new_array(err->arena, const char *, count + 1);
    struct options *with = &engines[engine_count].options;
    enum pryv_rc rc;

    for (size_t i = 0; i < count; i++)
        all[i] = stronger[i];
    all[count] = pryv_format(err->arena, "storages.base.engine=%s", name).data;
    if (!options_copy_with(with, &options, all, count + 1)) {
        options_release(with);
        return pryv_refuse(err, 400, NULL, NULL, "the settings cannot be used, as told above");
    }
    if ((rc = config_load(with, out, err)) == PRYV_OK)
        config_know(*out, "kernel", settings_keys);
    engines[engine_count++].config = *out;
    return rc;
}

enum pryv_rc pryvd_tool_open_engine(const char *name, const char *const *stronger, size_t count, struct pryvd_tool_engine *out,
                                    struct pryv_err *err)
{
    static const char *const interfaces[] = { "storage", "platform", NULL };
    struct config *with = NULL;
    enum pryv_rc rc;

    if (engine_count == ENGINES_MAX)
        return pryv_fail(err, PRYV_FAILED, "more than %d engines", (int) ENGINES_MAX);
    if ((rc = find_data(err)) != PRYV_OK)
        return rc;
    if (engine_count == 0)
        generation_init();
    if ((rc = load_engine(name, stronger, count, &with, err)) != PRYV_OK || (rc = open_plugins(with, interfaces, err)) != PRYV_OK)
        return rc;
    *out = (struct pryvd_tool_engine){ found("storage", PRYV_STORAGE_VERSION), found("platform", PRYV_PLATFORM_VERSION) };
    plugins_set_apart();
    return PRYV_OK;
}

enum pryv_rc pryvd_tool_claim(struct pryv_err *err)
{
    enum pryv_rc rc = find_data(err);

    signal(SIGUSR1, SIG_IGN); /* what other programs over this data tell whom they take for the server */
    return rc == PRYV_OK ? data_folder_claim(options.data_dir, err) : rc;
}

bool pryvd_tool_is_served(void)
{
    return data_folder_server(options.data_dir) != 0;
}

enum pryv_rc pryvd_tool_print_settings(FILE *out, bool json, struct pryv_err *err)
{
    enum pryv_rc rc;

    if ((rc = begin(err)) != PRYV_OK)
        return rc;
    if ((rc = plugins_open(options.plugin_dir, config, false, err)) != PRYV_OK)
        return rc;
    if (json)
        config_print_json(config, out);
    else
        config_print(config, out);
    return config_review(config, err);
}

struct pryv_str pryvd_tool_core_id(void)
{
    return settings.core_id;
}

bool pryvd_tool_changed_accounts(void)
{
    pid_t server = data_folder_server(options.data_dir);

    return server == 0 || kill(server, SIGUSR1) == 0 || errno == ESRCH;
}

void pryvd_tool_close(void)
{
    plugins_stop();
    registry_clear();
    plugins_close();
    if (config)
        config_free(config);
    config = NULL;
    for (size_t i = 0; i < engine_count; i++) {
        if (engines[i].config)
            config_free(engines[i].config);
        options_release(&engines[i].options);
    }
    options_release(&options);
}
