/* settings.c - GET /www/settings.json: how this service registers people, and whether it can mail them. */
#include "web.h"

/* Fields that a registration must give, wherever they are in the tree. */
static void write_fields(struct pryv_json *js, const json_t *list)
{
    size_t i;
    json_t *field;

    json_array_foreach(list, i, field) {
        write_fields(js, json_object_get(field, "children"));
        if (!pryv_json_member_true(field, "isRequiredInValidation"))
            continue;
        pryv_json_object(js);
        pryv_json_put_str(js, "id", pryv_json_member_text(field, "id"));
        pryv_json_put_str_if(js, "name", pryv_json_member_text(field, "name"));
        pryv_json_put_str_if(js, "type", pryv_json_member_text(field, "type"));
        pryv_json_object_end(js);
    }
}

/* Who may register: everybody ("open"), who has an invitation ("invited"), nobody ("closed"). Tokens on the platform count before those
 * that are configured, which are only its first ones. */
static enum pryv_rc read_admission(const struct web *web, struct pryv_arena *mem, const char **out, struct pryv_err *err)
{
    const json_t *list = web->config->invitations;
    struct pryv_str *keys, *values;
    size_t count = 0;
    enum pryv_rc rc = PRYV_OK;

    if (web->platform)
        rc = web->platform->values_list(web->platform_self, mem, PRYV_STR("invitation/"), PRYV_STR_NONE, 1, &keys, &values,
                                        &count, err);
    *out = count || json_array_size(list) ? "invited" : json_is_array(list) ? "closed" : "open";
    return rc;
}

enum pryv_rc serve_settings(struct pryv_call *call, struct pryv_err *err)
{
    const struct web *web = web_self();
    const struct web_config *config = web->config;
    struct pryv_json *js = pryv_json_new(call->arena);
    const char *admission;
    enum pryv_rc rc = read_admission(web, call->arena, &admission, err);

    if (rc != PRYV_OK)
        return rc;
    pryv_json_object(js);
    pryv_json_put_text(js, "appId", WEB_APP_ID);
    pryv_json_put_text(js, "registration", admission);
    pryv_json_key(js, "fields");
    pryv_json_array(js);
    write_fields(js, config->account_fields);
    pryv_json_array_end(js);
    pryv_json_key(js, "password");
    pryv_json_object(js);
    pryv_json_put_number(js, "minLength", (double) config->password_min_length);
    pryv_json_put_number(js, "minCategories", (double) config->password_min_categories);
    pryv_json_object_end(js);
    pryv_json_put_bool(js, "passwordReset", json_is_true(config->mail) || pryv_json_member_true(config->mail, "resetPassword"));
    pryv_json_object_end(js);
    pryv_reply_header(call->request, "Cache-Control", PRYV_STR("no-store"));
    return pryv_reply_send(call->request, 200, "application/json; charset=utf-8", pryv_json_text(js));
}
