/* worker.c - one worker: what was configured, the plugins, threads, the HTTP server, and the loop they meet on.
 *
 * Nothing here is made before the fork: databases, threads and the loop belong to the process that made them.
 */
#include "worker.h"
#include "auth.h"
#include "bus.h"
#include "bus_wire.h"
#include "dispatch.h"
#include "every.h"
#include "executor.h"
#include "http_server.h"
#include "openapi.h"
#include "options.h"
#include "plugins.h"
#include "process.h"
#include "registry.h"
#include "service.h"
#include "settings.h"
#include "tls.h"
#include "tls_files.h"
#include <event2/event.h>
#include <malloc.h>
#include <openssl/ssl.h>
#include <pryv/log.h>
#include <pryv/series.h>
#include <pryv/storage.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MALLOC_ARENAS = 4 }; /* more would keep freed memory apart, thread by thread */

static struct worker {
    const struct worker_setup *setup;
    struct event_base *base;
    struct executor *executor;
    struct http_server *server;
    struct event *term_event;
    bool draining;
} worker;

/* Settings and plugins, up to where requests could be answered. `check`: all that a start would only find out later is told too. */
static enum pryv_rc load(const struct options *options, struct config *config, int bound_port, bool check, struct pryv_err *err)
{
    enum pryv_rc rc = settings_load(config, bound_port, err), more = PRYV_OK;

    if (rc == PRYV_OK || check)
        more = plugins_open(options->plugin_dir, config, !check, err);
    if (more == PRYV_OK && (rc == PRYV_OK || check))
        more = plugins_configure(config, err);
    if (rc == PRYV_OK)
        rc = more;
    if (rc == PRYV_OK && check)
        rc = config_review(config, err);
    if (rc == PRYV_OK)
        rc = plugins_init(err);
    if (rc == PRYV_OK && !pryv_interface("storage", PRYV_STORAGE_VERSION))
        rc = pryv_refuse(err, 400, NULL, NULL, "no plugin of %s provides a storage (interface storage %d)", options->plugin_dir,
                         PRYV_STORAGE_VERSION);
    if (rc == PRYV_OK)
        rc = openapi_add(err);
    if (rc == PRYV_OK)
        rc = registry_ready(err);
    if (rc == PRYV_OK)
        openapi_make();
    return rc;
}

static void unload(void)
{
    plugins_stop();
    openapi_clear();
    registry_clear();
    plugins_close();
}

static void on_drained(void *arg PRYV_UNUSED)
{
    event_base_loopbreak(worker.base);
}

static void on_term(evutil_socket_t signal_number PRYV_UNUSED, short what PRYV_UNUSED, void *arg PRYV_UNUSED)
{
    if (worker.draining)
        return;
    worker.draining = true;
    pryv_log_debug("worker", "%d finishes its requests", worker.setup->index);
    every_stop();
    http_server_drain(worker.server, settings.grace_seconds, on_drained, NULL);
    /* The server listens no more; with the last copy of the descriptor the port is free. */
    for (size_t i = 0; i < worker.setup->listen_count; i++)
        close(worker.setup->listen_fds[i]);
}

static enum pryv_rc start_tls(struct pryv_err *err)
{
    const struct worker_setup *setup = worker.setup;

    if (!setup->tls_key)
        return PRYV_OK;

    struct ssl_ctx_st *context = tls_context_new(setup->tls_key, setup->tls_cert, setup->tls_ca);

    if (!context)
        return pryv_fail(err, PRYV_FAILED, "TLS cannot start");
    http_server_use_tls(worker.server, context);
    return PRYV_OK;
}

static bool serves_series(void)
{
    const struct pryv_interface *series = pryv_interface("series", PRYV_SERIES_VERSION);
    const struct pryv_series_ops *ops = series ? series->ops : NULL;

    return ops && ops->are_served(series->self);
}

static enum pryv_rc start(struct pryv_err *err)
{
    const struct worker_setup *setup = worker.setup;
    enum pryv_rc rc;

    process_is(setup->index, setup->count, setup->options->data_dir);
    process_serves(setup->plugin);
    if ((rc = load(setup->options, setup->config, setup->public_port, false, err)) != PRYV_OK)
        return rc;
    worker.base = event_base_new();
    if (!worker.base)
        return pryv_fail(err, PRYV_FAILED, "no event loop");
    worker.executor = executor_new(worker.base, (int) settings.threads, (int) settings.spare_threads, (size_t) settings.queue);
    if (!worker.executor)
        return pryv_fail(err, PRYV_FAILED, "its threads cannot be started");
    every_start(worker.base, worker.executor);
    bus_attach(worker.base, setup->master_fd);
    auth_start();
    service_start(serves_series());
    if ((rc = plugins_start(err)) != PRYV_OK)
        return rc;
    worker.server = http_server_new(worker.base, worker.executor, setup->listen_fds, setup->listen_count, &dispatch_handler);
    if (!worker.server)
        return pryv_fail(err, PRYV_FAILED, "the HTTP server cannot start");
    if ((rc = start_tls(err)) != PRYV_OK)
        return rc;
    worker.term_event = evsignal_new(worker.base, SIGTERM, on_term, NULL);
    event_add(worker.term_event, NULL);
    return PRYV_OK;
}

/* Also after a start that failed half way. Threads end first, so that nothing is used while it goes; the server is
 * still there for what they finish. */
static void stop(void)
{
    if (worker.executor)
        executor_free(worker.executor);
    every_free();
    bus_detach();
    if (worker.server)
        http_server_free(worker.server);
    plugins_stop();
    if (worker.base) {
        service_stop();
        auth_stop();
    }
    unload();
    if (worker.term_event)
        event_free(worker.term_event);
    if (worker.base)
        event_base_free(worker.base);
    config_free(worker.setup->config);
}

static void tell_ready(void)
{
    const char ready = BUS_READY;

    if (send(worker.setup->master_fd, &ready, 1, MSG_NOSIGNAL) == -1)
        pryv_log_error("worker", "the master cannot be told that worker %d is ready", worker.setup->index);
}

_Noreturn void worker_main(const struct worker_setup *setup)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);

    mallopt(M_ARENA_MAX, MALLOC_ARENAS);
    worker.setup = setup;

    enum pryv_rc rc = start(&err);

    if (rc == PRYV_OK) {
        tell_ready();
        event_base_dispatch(worker.base);
    } else {
        pryv_log_error("worker", "worker %d cannot start: %s", setup->index, err.message ? err.message : "no reason given");
    }
    stop();
    pryv_arena_free(mem);
    exit(rc == PRYV_OK ? 0 : 1);
}

static enum pryv_rc check_tls(struct pryv_err *err)
{
    struct tls_files files;
    enum pryv_rc rc = tls_files_read(&files, err);

    if (rc == PRYV_OK && files.key) {
        struct ssl_ctx_st *context = tls_context_new(files.key, files.cert, files.ca);

        if (!context)
            rc = pryv_refuse(err, 400, NULL, NULL, "http.ssl: key and certificates cannot be used, as told above");
        SSL_CTX_free(context);
    }
    tls_files_release(&files);
    return rc;
}

int worker_check(const struct options *options, struct config *config, bool print)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);

    process_is(0, 1, options->data_dir);

    enum pryv_rc rc = load(options, config, 0, true, &err);

    if (rc == PRYV_OK)
        rc = check_tls(&err);
    if (rc != PRYV_OK)
        pryv_log_error("pryvd", "%s", err.message ? err.message : "it cannot start, and no reason was given");
    if (print)
        plugins_list(stdout);
    unload();
    pryv_arena_free(mem);
    return rc == PRYV_OK ? 0 : 1;
}
