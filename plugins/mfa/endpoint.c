/* endpoint.c - see endpoint.h. */
#include "endpoint.h"
#include "mfa.h"
#include <strings.h>

/* ---- Configuration ---------------------------------------------------------------------------------- */

static enum pryv_rc wrong(struct pryv_err *err, const char *name, const char *what)
{
    return pryv_refuse(err, 400, NULL, NULL, "%s: %s", name, what);
}

static struct pryv_str field_value(const struct endpoint *endpoint, const char *name)
{
    for (size_t i = 0; i < endpoint->field_count; i++)
        if (endpoint->fields[i].name.len == strlen(name) &&
            strncasecmp(endpoint->fields[i].name.data, name, endpoint->fields[i].name.len) == 0)
            return endpoint->fields[i].value;
    return PRYV_STR_NONE;
}

static enum pryv_rc read_fields(struct endpoint *out, struct pryv_arena *mem, const json_t *headers, const char *name,
                                struct pryv_err *err)
{
    const char *key;
    json_t *value;

    if (headers && !json_is_null(headers) && !json_is_object(headers))
        return wrong(err, name, "headers: expected a map");
    out->fields = pryv_new_array(mem, struct pryv_http_field, json_object_size(headers) + 1);
    json_object_foreach((json_t *) headers, key, value) {
        struct pryv_str text = json_is_string(value) ? pryv_json_text_of(value) : pryv_json_dump(mem, value);

        out->fields[out->field_count++] = (struct pryv_http_field){ pryv_str(key), pryv_str_copy(mem, text) };
    }
    return PRYV_OK;
}

enum pryv_rc endpoint_read(struct endpoint *out, struct pryv_arena *mem, const json_t *config, const char *name,
                           struct pryv_err *err)
{
    const json_t *body = json_object_get(config, "body");
    struct pryv_str method = pryv_json_member_text(config, "method");
    enum pryv_rc rc;

    *out = (struct endpoint){ .url = pryv_json_member_text(config, "url"), .post = true };
    if (!pryv_str_starts(out->url, "http://") && !pryv_str_starts(out->url, "https://"))
        return wrong(err, name, "url: expected an address, http:// or https://, of the SMS gateway");
    if (method.data && !pryv_str_equal(method, "POST") && !pryv_str_equal(method, "GET"))
        return wrong(err, name, "method: expected GET or POST");
    out->post = !pryv_str_equal(method, "GET");
    if ((rc = read_fields(out, mem, json_object_get(config, "headers"), name, err)) != PRYV_OK || !out->post)
        return rc;
    out->fixed_body = json_is_object(body) || json_is_array(body);
    out->body = out->fixed_body ? pryv_json_dump(mem, body) : pryv_json_text_of(body);
    if (!out->body.data)
        out->body = PRYV_STR("");
    out->body_place = template_place_of(field_value(out, "content-type"), out->body);
    if (!field_value(out, "content-type").data)
        out->fields[out->field_count++] =
            (struct pryv_http_field){ PRYV_STR("Content-Type"), PRYV_STR("text/plain;charset=UTF-8") };
    return PRYV_OK;
}

/* ---- A call -------------------------------------------------------------------------------------------- */

static enum pryv_rc provider_error(struct pryv_err *err, const char *what)
{
    return pryv_refuse(err, 400, "invalid-operation", json_pack("{s:s}", "id", "mfa-sms-provider-error"), "%s", what);
}

enum pryv_rc endpoint_call(const struct endpoint *endpoint, const json_t *values, double timeout_seconds, bool *answered,
                           struct pryv_err *err)
{
    struct pryv_arena *mem = err->arena;
    struct pryv_http_field *fields = pryv_new_array(mem, struct pryv_http_field, endpoint->field_count + 1);
    struct pryv_http_request request = {
        .verb = endpoint->post ? "POST" : "GET",
        .address = template_fill(mem, endpoint->url, TEMPLATE_PERCENT, values),
        .fields = fields,
        .field_count = endpoint->field_count,
        .body = endpoint->fixed_body || !endpoint->body.data ? endpoint->body
                                                             : template_fill(mem, endpoint->body, endpoint->body_place, values),
        .timeout_seconds = timeout_seconds,
    };
    struct pryv_http_answer answer = { 0 };

    for (size_t i = 0; i < endpoint->field_count; i++)
        fields[i] = (struct pryv_http_field){ endpoint->fields[i].name,
                                              template_fill(mem, endpoint->fields[i].value, TEMPLATE_TEXT, values) };

    enum pryv_rc rc = pryv_http_call(mem, &request, &answer, err);

    *answered = rc == PRYV_OK;
    if (rc != PRYV_OK) {
        pryv_log_warn(MFA_LOG, "the SMS gateway cannot be asked: %s", err->message ? err->message : "");
        return provider_error(err, "The SMS gateway cannot be reached now.");
    }
    if (answer.status >= 200 && answer.status < 300)
        return PRYV_OK;
    pryv_log_info(MFA_LOG, "the SMS gateway answers %d", answer.status);
    return provider_error(err, "The SMS gateway refuses.");
}
