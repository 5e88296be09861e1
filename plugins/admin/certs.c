/* certs.c - certificates that the platform keeps for its cores (rows "tls-cert/HOST"). This server serves them from files and renews none. */
#include "admin.h"
#include <math.h>

#define ROWS "tls-cert/"

enum { DAY_MS = 86400000 };

static void write_cert(struct pryv_json *js, struct pryv_str host, const json_t *row, double now_ms)
{
    double expires = pryv_json_member_number(row, "expiresAt");

    pryv_json_object(js);
    pryv_json_put_str(js, "hostname", host);
    pryv_json_put_number_if(js, "issuedAt", pryv_json_member_number(row, "issuedAt"));
    pryv_json_put_number_if(js, "expiresAt", expires);
    if (pryv_present(expires))
        pryv_json_put_number(js, "daysUntilExpiry", floor((expires - now_ms) / DAY_MS));
    pryv_json_object_end(js);
}

enum pryv_rc certs_list(struct pryv_call *call, struct pryv_err *err)
{
    const struct admin *admin = admin_self();
    struct pryv_json *js = pryv_json_new(call->arena);
    struct pryv_str *keys, *texts;
    size_t count;
    enum pryv_rc rc = admin->platform->values_list(admin->platform_self, call->arena, PRYV_STR(ROWS), PRYV_STR_NONE, SIZE_MAX,
                                                   &keys, &texts, &count, err);

    if (rc != PRYV_OK)
        return rc;
    pryv_json_object(js);
    pryv_json_key(js, "certs");
    pryv_json_array(js);
    for (size_t i = 0; i < count; i++) {
        struct pryv_err unseen = PRYV_ERR(call->arena);
        json_t *row;

        if (pryv_json_parse(call->arena, texts[i], false, &row, &unseen) == PRYV_OK)
            write_cert(js, pryv_str_n(keys[i].data + strlen(ROWS), keys[i].len - strlen(ROWS)), row, call->now * 1000);
    }
    pryv_json_array_end(js);
    pryv_json_object_end(js);
    return send_json(call, 200, js);
}

enum pryv_rc certs_renew(struct pryv_call *call, struct pryv_err *err PRYV_UNUSED)
{
    const json_t *hostname = json_object_get(call->params, "hostname");
    struct pryv_json *js = pryv_json_new(call->arena);

    pryv_json_object(js);
    if (hostname && !json_is_string(hostname)) {
        pryv_json_put_text(js, "error", "hostname must be a text.");
    } else {
        pryv_json_put_bool(js, "ok", false);
        pryv_json_put_text(js, "error",
                           "This server renews no certificates; it reads them again from http.ssl when it is reloaded.");
    }
    pryv_json_object_end(js);
    return send_json(call, 400, js);
}
