/* dispatch.h - from a request to a method and back: routes, overrides, parameters, hooks, answers. */
#ifndef KERNEL_DISPATCH_H
#define KERNEL_DISPATCH_H

#include "http_server.h"
#include <pryv/plugin.h>

/* Tables made once per worker when the plugins are loaded, then only read. */

/* Every method, route and hook of a plugin; `self` is what its init made. PRYV_CONFLICT for a method name or a
 * route that is there already, PRYV_FAILED for a route to an unknown method (checked by dispatch_ready). */
PRYV_CHECK enum pryv_rc dispatch_add(const struct pryv_plugin *plugin, void *self, struct pryv_err *err);
PRYV_CHECK enum pryv_rc dispatch_ready(struct pryv_err *err);
void dispatch_clear(void);

/* Plugs into the HTTP server. */
extern const struct http_handler dispatch_handler;

/* The registry, for the API description (openapi.c). */
void dispatch_each_route(void (*fn)(void *arg, const struct pryv_route *route, const struct pryv_method *method), void *arg);
/* OpenAPI 3.1 description of all routes that are not hidden. */
struct pryv_str openapi_describe(struct pryv_arena *arena);

#endif
