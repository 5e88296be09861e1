/* service_info.c - service.info: what an application must know of this service before it knows anything else. */
#include "api.h"

enum pryv_rc service_info(struct pryv_call *call, struct pryv_err *err PRYV_UNUSED)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *) (uintptr_t) pryv_service_info(), key, value)
        pryv_json_put_value(call->out, key, value);
    return PRYV_OK;
}
