/* openapi_route.c - GET /openapi.json: the description is written once, when all plugins have told what they answer. */
#include "openapi.h"
#include "registry.h"

static struct pryv_arena *arena;
static struct pryv_str description;

static enum pryv_rc serve(struct pryv_call *call, struct pryv_err *err PRYV_UNUSED)
{
    return pryv_reply_send(call->request, 200, "application/json; charset=utf-8", description);
}

static const struct pryv_route routes[] = {
    { .verb = "GET",
      .path = "/openapi.json",
      .serve = serve,
      .flags = PRYV_ROUTE_INLINE | PRYV_ROUTE_PLAIN,
      .summary = "This description" },
    { .verb = NULL },
};

static const struct pryv_plugin own = { .name = "pryvd", .routes = routes };

enum pryv_rc openapi_add(struct pryv_err *err)
{
    return registry_add(&own, NULL, err);
}

void openapi_make(void)
{
    arena = pryv_arena_new();
    description = openapi_describe(arena);
}

void openapi_clear(void)
{
    pryv_arena_free(arena);
    arena = NULL;
    description = PRYV_STR_NONE;
}
