/* registry.h - the methods, routes and hooks of all plugins, as dispatch needs them; made at start, then only read. */
#ifndef KERNEL_REGISTRY_H
#define KERNEL_REGISTRY_H

#include "route.h"
#include <pryv/plugin.h>

struct bound_hook {
    const struct pryv_hook *hook;
    void *self; /* of its plugin */
};

struct bound_method {
    const struct pryv_method *method;
    void *self;
    const char *list_member;  /* its parameter that a bare list stands for, or NULL */
    struct bound_hook *hooks; /* those that match its name, in order of loading */
    size_t hook_count;
    bool goes_together; /* it has a `fetch`, and no other plugin's hook before it, which may take its time */
};

struct bound_route {
    const struct pryv_route *route;
    void *self;
    struct bound_method *method;   /* of a route with `serve`: `own` */
    bool has_account;              /* its path names {username} */
    struct pryv_method own_method; /* of a route with `serve`: its name and who may use it */
    struct bound_method own;
};

#define REGISTRY_ACCOUNT "username"

/* Every method, route and hook of a plugin; `self` is what its init made. PRYV_CONFLICT for a method name or a route that is there already. */
PRYV_CHECK enum pryv_rc registry_add(const struct pryv_plugin *plugin, void *self, struct pryv_err *err);
/* All are added. PRYV_FAILED for a route to an unknown method, or one that contradicts itself. */
PRYV_CHECK enum pryv_rc registry_ready(struct pryv_err *err);
void registry_clear(void);

const struct bound_method *registry_method(struct pryv_str name); /* NULL: unknown */
const struct bound_route *registry_route(struct pryv_str verb, struct pryv_str path, struct route_match *match); /* likewise */
/* In the order in which they were added; `method` is NULL where the route serves itself. */
void registry_each_route(void (*fn)(void *arg, const struct pryv_route *route, const struct pryv_method *method), void *arg);

#endif
