/* tool.c - the server's data without the server; see pryvd.h. */
#include "auth.h"
#include "config.h"
#include "data_folder.h"
#include "dispatch.h"
#include "options.h"
#include "plugins.h"
#include "process.h"
#include "pryvd.h"
#include "settings.h"
#include <errno.h>
#include <signal.h>

static struct options options;
static struct config *config;

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

/* Secrets that are made once are kept with the data, so that settings need the folder too. */
static enum pryv_rc begin(struct pryv_err *err)
{
    enum pryv_rc rc;

    if (!options_find_data_dir(&options))
        return pryv_refuse(err, 400, NULL, NULL, "there is no folder %s; name it with --data-dir", options.data_dir);
    process_is(0, 1, options.data_dir);
    if ((rc = config_load(&options, &config, err)) == PRYV_OK)
        config_know(config, "kernel", settings_keys);
    return rc;
}

enum pryv_rc pryvd_tool_open(const char *const *interfaces, struct pryv_err *err)
{
    enum pryv_rc rc;

    if ((rc = begin(err)) != PRYV_OK)
        return rc;
    generation_init();
    if ((rc = settings_load(config, 0, err)) != PRYV_OK || (rc = plugins_open(options.plugin_dir, config, true, err)) != PRYV_OK)
        return rc;
    plugins_keep(interfaces);
    if ((rc = plugins_configure(config, err)) == PRYV_OK)
        rc = plugins_init(err);
    return rc;
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
    dispatch_clear();
    plugins_close();
    if (config)
        config_free(config);
    config = NULL;
    options_release(&options);
}
