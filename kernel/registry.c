/* registry.c - the tables: what plugins bring is bound together at start, so that a request finds its method, and the
 * method its hooks, without looking for them. */
#include "registry.h"
#include "process.h"
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>

/* Methods and routes are pointed to while more are added, so each is an allocation of its own. */
struct list {
    void **items;
    size_t count, room;
};

static struct list methods; /* struct bound_method, by name */
static struct list routes;  /* struct bound_route */
static struct list hooks;   /* struct bound_hook */
static struct route_trie *trie;

static void *must(void *memory)
{
    if (!memory) {
        fputs("pryvd: out of memory\n", stderr);
        abort();
    }
    return memory;
}

static void insert(struct list *list, size_t at, void *item)
{
    if (list->count == list->room) {
        list->room = list->room ? list->room * 2 : 64;
        list->items = must(realloc(list->items, list->room * sizeof(*list->items)));
    }
    memmove(list->items + at + 1, list->items + at, (list->count - at) * sizeof(*list->items));
    list->items[at] = item;
    list->count++;
}

static void clear(struct list *list, void (*release)(void *item))
{
    for (size_t i = 0; i < list->count; i++)
        release(list->items[i]);
    free(list->items);
    *list = (struct list){ 0 };
}

/* ---- Methods -------------------------------------------------------------------------------- */

static int compare(struct pryv_str a, struct pryv_str b)
{
    int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* Where the method is, or would be. */
static size_t place_of(struct pryv_str name, bool *there)
{
    size_t low = 0, high = methods.count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct bound_method *method = methods.items[middle];
        int order = compare(name, pryv_str(method->method->name));

        if (order == 0) {
            *there = true;
            return middle;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    *there = false;
    return low;
}

static struct bound_method *find_method(struct pryv_str name)
{
    bool there;
    size_t place = name.data ? place_of(name, &there) : (there = false, 0);

    return there ? methods.items[place] : NULL;
}

const struct bound_method *registry_method(struct pryv_str name)
{
    return find_method(name);
}

const struct pryv_method *pryv_method_at(size_t index)
{
    return index < methods.count ? ((const struct bound_method *) methods.items[index])->method : NULL;
}

static enum pryv_rc add_method(const struct pryv_method *method, void *self, struct pryv_err *err)
{
    bool there;
    size_t place = place_of(pryv_str(method->name), &there);

    if (there)
        return pryv_conflict(err, "method", "the method %s is there already", method->name);

    struct bound_method *bound = must(calloc(1, sizeof(*bound)));

    bound->method = method;
    bound->self = self;
    insert(&methods, place, bound);
    return PRYV_OK;
}

static void method_free(void *item)
{
    struct bound_method *method = item;

    free(method->hooks);
    free(method);
}

/* ---- Routes --------------------------------------------------------------------------------- */

static enum pryv_rc add_route(const struct pryv_route *route, void *self, struct pryv_err *err)
{
    struct bound_route *bound = must(calloc(1, sizeof(*bound)));
    enum pryv_rc rc;

    bound->route = route;
    bound->self = self;
    bound->has_account = strstr(route->path, "{" REGISTRY_ACCOUNT "}") != NULL;
    if (!trie)
        trie = route_trie_new();
    if ((rc = route_add(trie, route->verb, route->path, bound, err)) != PRYV_OK) {
        free(bound);
        return rc;
    }
    insert(&routes, routes.count, bound);
    return PRYV_OK;
}

static void route_free(void *item)
{
    struct bound_route *route = item;

    free(route->own.hooks);
    free(route);
}

const struct bound_route *registry_route(struct pryv_str verb, struct pryv_str path, struct route_match *match)
{
    return trie ? route_find(trie, verb, path, match) : NULL;
}

void registry_each_route(void (*fn)(void *arg, const struct pryv_route *route, const struct pryv_method *method), void *arg)
{
    for (size_t i = 0; i < routes.count; i++) {
        const struct bound_route *route = routes.items[i];

        fn(arg, route->route, route->route->serve ? NULL : route->method->method);
    }
}

/* ---- Adding a plugin ------------------------------------------------------------------------ */

static void add_hook(const struct pryv_hook *hook, void *self)
{
    struct bound_hook *bound = must(calloc(1, sizeof(*bound)));

    *bound = (struct bound_hook){ .hook = hook, .self = self };
    insert(&hooks, hooks.count, bound);
}

/* A worker of a plugin's own port serves that plugin's routes alone; the others do not serve those that are meant for it. */
static bool is_served_here(const struct pryv_plugin *plugin, const struct pryv_route *route)
{
    const char *alone = process_served();

    return alone ? strcmp(alone, plugin->name) == 0 : !(route->flags & PRYV_ROUTE_OWN_PORT);
}

enum pryv_rc registry_add(const struct pryv_plugin *plugin, void *self, struct pryv_err *err)
{
    enum pryv_rc rc;

    for (const struct pryv_method *method = plugin->methods; method && method->name; method++)
        if ((rc = add_method(method, self, err)) != PRYV_OK)
            return rc;
    for (const struct pryv_route *route = plugin->routes; route && route->verb; route++)
        if (is_served_here(plugin, route) && (rc = add_route(route, self, err)) != PRYV_OK)
            return rc;
    for (const struct pryv_hook *hook = plugin->hooks; hook && hook->pattern; hook++)
        add_hook(hook, self);
    return PRYV_OK;
}

/* ---- Binding -------------------------------------------------------------------------------- */

static bool may_take_long(const struct bound_hook *bound)
{
    return bound->hook->access || bound->hook->before;
}

static void bind_hooks(struct bound_method *method)
{
    method->goes_together = method->method->fetch;
    for (size_t i = 0; i < hooks.count; i++) {
        const struct bound_hook *bound = hooks.items[i];

        if (fnmatch(bound->hook->pattern, method->method->name, 0) != 0)
            continue;
        method->hooks = must(realloc(method->hooks, (method->hook_count + 1) * sizeof(*method->hooks)));
        method->hooks[method->hook_count++] = *bound;
        if (may_take_long(bound) && bound->self != method->self)
            method->goes_together = false;
    }
}

/* A route whose body is one member makes a list as bare parameters mean that member: a batch within a batch. */
static void bind_list_member(struct bound_method *method, const char *member)
{
    for (const struct pryv_param *param = method->method->params; member && param && param->name; param++)
        if (param->type == PRYV_P_ARRAY && strcmp(param->name, member) == 0)
            method->list_member = member;
}

/* A route that writes its own answer goes by the name of a method all the same, for hooks; no batch finds it. */
static void bind_own_method(struct bound_route *bound)
{
    const struct pryv_route *route = bound->route;

    bound->own_method = (struct pryv_method){
        .name = route->method ? route->method : route->path,
        .summary = route->summary,
        .who = route->who,
    };
    bound->own = (struct bound_method){ .method = &bound->own_method, .self = bound->self };
    bound->method = &bound->own;
    bind_hooks(&bound->own);
}

static enum pryv_rc bind_route(struct bound_route *bound, struct pryv_err *err)
{
    const struct pryv_route *route = bound->route;

    if (route->serve)
        bind_own_method(bound);
    else
        bound->method = find_method(pryv_str(route->method));
    if (!bound->method)
        return pryv_fail(err, PRYV_FAILED, "the route %s %s leads to the unknown method %s", route->verb, route->path,
                         route->method ? route->method : "(none)");
    if ((bound->method->method->who & PRYV_BY_ANY_ACCESS) && !bound->has_account)
        return pryv_fail(err, PRYV_FAILED, "the route %s %s needs an access, but names no {" REGISTRY_ACCOUNT "}", route->verb,
                         route->path);
    if (route->flags & PRYV_ROUTE_INLINE && bound->has_account)
        return pryv_fail(err, PRYV_FAILED, "the route %s %s cannot be inline: looking up {" REGISTRY_ACCOUNT "} may block",
                         route->verb, route->path);
    if (route->sink && !(route->serve && route->flags & PRYV_ROUTE_RAW))
        return pryv_fail(err, PRYV_FAILED, "the route %s %s has a sink, but is no PRYV_ROUTE_RAW", route->verb, route->path);
    if (!route->serve)
        bind_list_member(bound->method, route->body_member);
    return PRYV_OK;
}

enum pryv_rc registry_ready(struct pryv_err *err)
{
    enum pryv_rc rc;

    for (size_t i = 0; i < methods.count; i++)
        bind_hooks(methods.items[i]);
    for (size_t i = 0; i < routes.count; i++)
        if ((rc = bind_route(routes.items[i], err)) != PRYV_OK)
            return rc;
    return PRYV_OK;
}

void registry_clear(void)
{
    route_trie_free(trie);
    trie = NULL;
    clear(&routes, route_free);
    clear(&methods, method_free);
    clear(&hooks, free);
}
