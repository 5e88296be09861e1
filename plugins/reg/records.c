/* records.c - DNS records that an operator adds while the server runs: rows "dns-record/SUBDOMAIN", for whoever answers DNS. */
#include "reg.h"

enum { SUBDOMAIN_MAX = 253 };

static enum pryv_rc forbidden(struct pryv_call *call)
{
    return send_error(call, 403, "forbidden", "This needs the administrator's key.");
}

static struct pryv_str key_of(struct pryv_call *call, struct pryv_str subdomain)
{
    return pryv_format(call->arena, "dns-record/%.*s", PRYV_STR_ARG(subdomain));
}

/* A list of texts, or one. */
static bool is_texts(const json_t *value)
{
    size_t i;
    json_t *item;

    if (json_is_string(value))
        return true;
    json_array_foreach(value, i, item)
        if (!json_is_string(item))
            return false;
    return json_is_array(value);
}

static const char *what_is_wrong(struct pryv_str subdomain, const json_t *records)
{
    static const char *const kinds[] = { "a", "aaaa", "cname", "txt" };

    if (!subdomain.len || subdomain.len > SUBDOMAIN_MAX)
        return "subdomain is required: a text of at most 253 bytes";
    if (!json_is_object(records))
        return "records is required: an object";
    for (size_t i = 0; i < PRYV_COUNT(kinds); i++)
        if (json_object_get(records, kinds[i]) && !is_texts(json_object_get(records, kinds[i])))
            return "records: a, aaaa, cname and txt are texts, or lists of texts";
    return NULL;
}

/* Other programs of the platform read what is stored; this one tells its workers. */
static void tell(void)
{
    pryv_publish("dnsRecordsChanged", PRYV_STR_NONE, PRYV_STR_NONE);
}

enum pryv_rc records_put(struct pryv_call *call, struct pryv_err *err)
{
    const struct reg *reg = reg_self();
    struct pryv_str subdomain = pryv_json_member_text(call->params, "subdomain");
    const json_t *records = json_object_get(call->params, "records");
    struct pryv_json *js = pryv_json_new(call->arena);
    const char *wrong;
    enum pryv_rc rc;

    if (!pryv_request_is_admin(call->request))
        return forbidden(call);
    if ((wrong = what_is_wrong(subdomain, records)))
        return send_error(call, 400, "invalid-parameters", wrong);
    rc = reg->platform->value_put(reg->platform_self, key_of(call, subdomain), pryv_json_dump(call->arena, records), PRYV_ABSENT,
                                  err);
    if (rc != PRYV_OK)
        return rc;
    tell();
    pryv_json_object(js);
    pryv_json_put_str(js, "subdomain", subdomain);
    pryv_json_put_value(js, "records", records);
    pryv_json_put_text(js, "status", "ok");
    pryv_json_object_end(js);
    return send_json(call, 200, js);
}

enum pryv_rc records_delete(struct pryv_call *call, struct pryv_err *err)
{
    const struct reg *reg = reg_self();
    struct pryv_str subdomain = pryv_json_member_text(call->params, "subdomain"), value;
    struct pryv_json *js = pryv_json_new(call->arena);
    enum pryv_rc rc;

    if (!pryv_request_is_admin(call->request))
        return forbidden(call);
    rc = reg->platform->value_take(reg->platform_self, call->arena, key_of(call, subdomain), &value, err);
    if (rc == PRYV_NOT_FOUND)
        return send_error(call, 404, "unknown-resource", "There are no records of this name.");
    if (rc != PRYV_OK)
        return rc;
    tell();
    pryv_json_object(js);
    pryv_json_put_str(js, "subdomain", subdomain);
    pryv_json_put_text(js, "status", "deleted");
    pryv_json_object_end(js);
    return send_json(call, 200, js);
}
