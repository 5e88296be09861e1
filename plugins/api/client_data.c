/* client_data.c - see client_data.h. */
#include "client_data.h"
#include <pryv/json.h>

static void apply(json_t *object, json_t *changes)
{
    const char *key;
    json_t *value;

    json_object_foreach(changes, key, value) {
        if (json_is_null(value))
            json_object_del(object, key);
        else
            json_object_set(object, key, value);
    }
}

enum pryv_rc client_data_merge(struct pryv_arena *mem, struct pryv_str stored, json_t *changes, struct pryv_str *out,
                               struct pryv_err *err)
{
    json_t *before = NULL, *merged;

    *out = json_is_null(changes) ? PRYV_STR_NONE : stored;
    if (json_object_size(changes) == 0)
        return PRYV_OK;
    if (stored.data && pryv_json_parse(mem, stored, false, &before, err) != PRYV_OK)
        return pryv_fail(err, PRYV_FAILED, "stored clientData is broken");
    merged = before ? json_copy(before) : json_object();
    apply(merged, changes);
    *out = pryv_json_dump(mem, merged);
    json_decref(merged);
    return PRYV_OK;
}
