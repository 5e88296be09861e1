/* service_info.c - service.info: what an application must know of this service before it knows anything else. */
#include "api.h"

/* What is configured, and what this plugin can do. */
static void write_features(struct pryv_json *js, const json_t *features)
{
    const char *key;
    json_t *value;

    pryv_json_key(js, "features");
    pryv_json_object(js);
    json_object_foreach((json_t *) (uintptr_t) features, key, value)
        if (strcmp(key, "contentQueries") != 0)
            pryv_json_put_value(js, key, value);
    pryv_json_put_bool(js, "contentQueries", true);
    pryv_json_object_end(js);
}

enum pryv_rc service_info(struct pryv_call *call, struct pryv_err *err PRYV_UNUSED)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *) (uintptr_t) pryv_service_info(), key, value) {
        if (strcmp(key, "features") == 0)
            write_features(call->out, value);
        else
            pryv_json_put_value(call->out, key, value);
    }
    return PRYV_OK;
}
