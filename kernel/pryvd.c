/* pryvd.c - what `pryvd` does, as its command line says. The program itself is main.c; this is the library's side. */
#include "pryvd.h"
#include "generation.h"
#include "master.h"
#include "options.h"
#include "plugins.h"
#include "process.h"
#include "settings.h"
#include "worker.h"
#include <pryv/log.h>
#include <stdio.h>

enum { USAGE_ERROR = 2 };

/* Loads settings and plugins as far as their tables go. Plugins are never initialised for it. */
static enum pryv_rc load_tables(const struct options *options, struct config *config, struct pryv_err *err)
{
    process_is(0, 1, options->data_dir);
    return plugins_open(options->plugin_dir, config, false, err);
}

static int print_config(const struct options *options, struct config *config)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    enum pryv_rc rc = load_tables(options, config, &err);

    if (rc == PRYV_OK) {
        config_print(config, stdout);
        rc = config_review(config, &err);
    }
    if (rc != PRYV_OK)
        pryv_log_error("pryvd", "%s", err.message);
    plugins_close();
    pryv_arena_free(mem);
    return rc == PRYV_OK ? 0 : 1;
}

static int document_config(const struct options *options, struct config *config)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    enum pryv_rc rc = load_tables(options, config, &err);

    if (rc == PRYV_OK)
        config_document(config, stdout);
    else
        pryv_log_error("pryvd", "%s", err.message);
    plugins_close();
    pryv_arena_free(mem);
    return rc == PRYV_OK ? 0 : 1;
}

static int check(const struct options *options, struct config *config)
{
    generation_init();

    int status = worker_check(options, config, true);

    if (status == 0)
        puts("pryvd can start with this configuration");
    return status;
}

/* One of the ways to use the program that only look at the configuration; else serve. `config` is taken over. */
static int act(const struct options *options, struct config *config)
{
    int status;

    if (!options->check && !options->print_config && !options->document_config)
        return master_run(options, config);
    config_know(config, "kernel", settings_keys);
    if (options->document_config)
        status = document_config(options, config);
    else if (options->print_config)
        status = print_config(options, config);
    else
        status = check(options, config);
    config_free(config);
    return status;
}

static int run(struct options *options)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct config *config;
    int status = 1;

    if (!options->document_config && !options_make_data_dir(options))
        status = 1;
    else if (config_load(options, &config, &err) == PRYV_OK)
        status = act(options, config);
    else
        pryv_log_error("pryvd", "not started: %s", err.message);
    pryv_arena_free(mem);
    return status;
}

int pryvd_main(int argc, char **argv)
{
    struct options options;
    int status = 0;

    if (!options_parse(&options, argc, argv))
        status = USAGE_ERROR;
    else if (options.end < argc && !options_refuse(argv[options.end], "not an option"))
        status = USAGE_ERROR;
    else if (options.help)
        options_help(stdout);
    else if (options.version)
        puts("pryvd " PRYVD_VERSION);
    else
        status = run(&options);
    options_release(&options);
    return status;
}
