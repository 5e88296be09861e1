/* pryv/plugin.h - what a plugin is: one .so that exports one constant, `pryv_plugin`.
 *
 * Life     A worker loads every plugin found in the plugin folder after it was forked, checks size and ABI
 *          before anything else, orders them so that whoever provides an interface comes before whoever
 *          requires it, fills each one's configuration and calls
 *            init   in that order. Open files, connect, provide interfaces. `*self` is yours.
 *            start  in that order, when all have initialised: interfaces of others may be used, timers
 *                   started, topics subscribed to.
 *            stop   in reverse order, after the last request; `self` may be half built (init failed).
 *          A failing init stops the start with one line. Nothing is unloaded while the server runs.
 * Threads  init, start and stop run alone. Handlers and hooks run on executor threads, several at once;
 *          routes flagged PRYV_ROUTE_INLINE run on the loop.
 * ABI      Structs of the SDK only grow at the end. PRYV_ABI changes when anything else does; a plugin
 *          built for another one is refused.
 */
#ifndef PRYV_PLUGIN_H
#define PRYV_PLUGIN_H

#include <pryv/base.h>
#include <pryv/bus.h>
#include <pryv/config.h>
#include <pryv/crypto.h>
#include <pryv/error.h>
#include <pryv/json.h>
#include <pryv/log.h>
#include <pryv/method.h>

#define PRYV_ABI 1

/* An interface is a table of functions that one plugin provides and others use by name and version. */
struct pryv_interface_ref {
    const char *name; /* "storage", "platform", "files", "series", "mail", ... */
    int version;
};

struct pryv_plugin {
    size_t size; /* sizeof(struct pryv_plugin), as compiled */
    uint32_t abi;
    const char *name;                           /* "storage-sqlite": also the file's name without .so */
    const char *version;                        /* the plugin's own */
    const char *summary;                        /* one line for --check and the documentation */
    const struct pryv_interface_ref *provides;  /* ended by { NULL } ; may be NULL */
    const struct pryv_interface_ref *requires_; /* a missing one stops the start */
    const struct pryv_config_key *config;       /* ended by PRYV_CONFIG_END; may be NULL */
    size_t config_size;                         /* of the struct that the keys fill */
    const struct pryv_method *methods;          /* ended by { .name = NULL } */
    const struct pryv_route *routes;            /* ended by { .verb = NULL } */
    const struct pryv_hook *hooks;              /* ended by { .pattern = NULL } */
    enum pryv_rc (*init)(const void *config, void **self, struct pryv_err *err); /* may be NULL */
    enum pryv_rc (*start)(void *self, struct pryv_err *err);                     /* may be NULL */
    void (*stop)(void *self);                                                    /* may be NULL */
    /* 2.0 ends here. */
};

/* PRYV_PLUGIN = { PRYV_PLUGIN_HEAD, .name = "audit", ... }; */
#define PRYV_PLUGIN                                          \
    extern PRYV_EXPORT const struct pryv_plugin pryv_plugin; \
    const struct pryv_plugin pryv_plugin
#define PRYV_PLUGIN_HEAD .size = sizeof(struct pryv_plugin), .abi = PRYV_ABI

/* Of several plugins that provide the same, an operator chooses one by a setting. PRYV_PLUGIN_CHOSEN_BY("storages.base.engine", "sqlite", "postgresql")
 * beside PRYV_PLUGIN: the plugin takes part only where that setting, "sqlite" when it is not set, is "postgresql"; else it is as if it were
 * not installed. The setting is a TEXT among its `config` too; all that are chosen by it give it the same default. A plugin without it always
 * takes part. */
#define PRYV_PLUGIN_CHOSEN_BY(setting, default_, value)    \
    extern PRYV_EXPORT const char pryv_plugin_chosen_by[]; \
    const char pryv_plugin_chosen_by[] = PRYV_PLUGIN_CHOICE_MARK setting "\0" default_ "\0" value
#define PRYV_PLUGIN_CHOICE_MARK "pryv-plugin-chosen-by:"

/* A plugin whose routes are busy enough for a port of their own has the master fork workers for it: PRYV_PLUGIN_WORKERS("cluster.hfsWorkers", "1",
 * "http.hfsPort", "4000") beside PRYV_PLUGIN. So many workers as the first setting says serve, on http.ip at the port that the second one says, the routes of
 * this plugin and no others; with 0 in either there are none. All else is as in the workers of http.port: every plugin is loaded, TLS is the same, and
 * they are replaced when they die or the configuration is read again, and stopped like these. There the plugin's routes are served as well, but for those
 * flagged PRYV_ROUTE_OWN_PORT. Both settings are INT among its `config` too, with the same defaults. */
#define PRYV_PLUGIN_WORKERS(count_setting, count_default, port_setting, port_default) \
    extern PRYV_EXPORT const char pryv_plugin_workers[];                              \
    const char pryv_plugin_workers[] =                                                \
        PRYV_PLUGIN_WORKERS_MARK count_setting "\0" count_default "\0" port_setting "\0" port_default
#define PRYV_PLUGIN_WORKERS_MARK "pryv-plugin-workers:"

/* A library that a plugin is linked to may read the environment while it is loaded, before any code of the plugin runs. PRYV_PLUGIN_ENVIRONMENT("NAME", "value")
 * beside PRYV_PLUGIN: the process has that variable when the plugin is loaded, with this value unless it had one. One for each plugin. */
#define PRYV_PLUGIN_ENVIRONMENT(name, value)                 \
    extern PRYV_EXPORT const char pryv_plugin_environment[]; \
    const char pryv_plugin_environment[] = PRYV_PLUGIN_ENVIRONMENT_MARK name "\0" value
#define PRYV_PLUGIN_ENVIRONMENT_MARK "pryv-plugin-environment:"

/* Called in init: offer the table `ops` (static) for an interface named in `provides`.
 * A second provider of the same name is refused with PRYV_CONFLICT. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_provide(const char *name, int version, const void *ops, void *self,
                                                 struct pryv_err *err);
/* From init of a plugin that requires it, and at any time later. Any thread. NULL when nobody provides it. */
struct pryv_interface {
    const void *ops;
    void *self;
};
PRYV_EXPORT const struct pryv_interface *pryv_interface(const char *name, int version);
/* The same of all whose names begin with `prefix` ("datastore:"), in the order in which they were provided: that at `index`. NULL: there are no more. */
PRYV_EXPORT const struct pryv_interface *pryv_interface_at(const char *prefix, int version, size_t index);

/* This worker's number from 0, and how many there are: for work that only one of them should do. Those of PRYV_PLUGIN_WORKERS count, and come last. */
PRYV_EXPORT int pryv_worker_index(void);
PRYV_EXPORT int pryv_worker_count(void);

/* Run `fn(self)` on an executor thread every `seconds` (>= 0.1) until the worker stops, never twice at
 * once. From start only. */
PRYV_EXPORT void pryv_every(double seconds, void (*fn)(void *self), void *self);

/* Run `fn(self)` once on an executor thread, soon: for what a subscriber (pryv/bus.h) may not do on the loop. From start on, any thread. PRYV_BUSY when
 * too much waits already; it is not run then. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_run(void (*fn)(void *self), void *self);

#endif
