/* echo_store.c - see echo_store.h. */
#include "echo_store.h"
#include <pryv/plugin.h>

static json_t *announced;

static enum pryv_rc delete_user(void *self PRYV_UNUSED, struct pryv_str user PRYV_UNUSED, struct pryv_err *err PRYV_UNUSED)
{
    return PRYV_OK;
}

static enum pryv_rc streams_get(void *self PRYV_UNUSED, struct pryv_str user PRYV_UNUSED, const json_t *query PRYV_UNUSED,
                                json_t **list, struct pryv_err *err PRYV_UNUSED)
{
    *list = json_pack("[{s:s, s:s}]", "id", "heard", "name", "Heard");
    return PRYV_OK;
}

static enum pryv_rc events_get(void *self PRYV_UNUSED, struct pryv_str user PRYV_UNUSED, const json_t *query,
                               const json_t *options PRYV_UNUSED, pryv_datastore_emit emit, void *context,
                               struct pryv_err *err PRYV_UNUSED)
{
    json_t *event = json_pack("{s:s, s:[s], s:s, s:f, s:o}", "id", "asked", "streamIds", "heard", "type", "test/query", "time",
                              1.0, "content", json_deep_copy(query));
    enum pryv_rc rc = emit(context, event);

    json_decref(event);
    return rc;
}

static const json_t *supports(void *self PRYV_UNUSED)
{
    return announced;
}

static const struct pryv_datastore_ops ops = {
    .size = sizeof(ops),
    .delete_user = delete_user,
    .streams_get = streams_get,
    .events_get = events_get,
    .supports = supports,
};

enum pryv_rc echo_provide(struct pryv_err *err)
{
    announced = json_pack("{s:{s:[s,s], s:[s,s]}}", "contentQueries", "fields", "content", "clientData", "operators", "eq", "gt");
    return pryv_provide("datastore:echo", PRYV_DATASTORE_VERSION, &ops, NULL, err);
}

void echo_end(void)
{
    json_decref(announced);
}
