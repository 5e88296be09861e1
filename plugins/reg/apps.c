/* apps.c - applications of the platform, as configured. */
#include "reg.h"

static void write_app(struct pryv_json *js, const char *id, json_t *metadata)
{
    const char *key;
    json_t *value;

    pryv_json_object(js);
    pryv_json_put_text(js, "id", id);
    json_object_foreach(metadata, key, value)
        if (strcmp(key, "id") != 0)
            pryv_json_put_value(js, key, value);
    pryv_json_object_end(js);
}

enum pryv_rc apps_get(struct pryv_call *call, struct pryv_err *err PRYV_UNUSED)
{
    struct pryv_json *js = pryv_json_new(call->arena);
    const char *id;
    json_t *app;

    pryv_json_object(js);
    pryv_json_key(js, "apps");
    pryv_json_array(js);
    json_object_foreach(reg_self()->config->apps, id, app)
        write_app(js, id, app);
    pryv_json_array_end(js);
    pryv_json_object_end(js);
    return send_json(call, 200, js);
}

enum pryv_rc apps_get_one(struct pryv_call *call, struct pryv_err *err PRYV_UNUSED)
{
    struct pryv_json *js = pryv_json_new(call->arena);
    struct pryv_str id = pryv_json_member_text(call->params, "id");
    json_t *app = json_object_getn(reg_self()->config->apps, id.data, id.len);

    if (!app)
        return send_error(call, 404, "unknown-resource", "There is no such app.");
    pryv_json_object(js);
    pryv_json_key(js, "app");
    write_app(js, pryv_cstr(call->arena, id), app);
    pryv_json_object_end(js);
    return send_json(call, 200, js);
}
