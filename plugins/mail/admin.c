/* admin.c - see admin.h. */
#include "admin.h"
#include "pug.h"
#include "templates.h"

static enum pryv_rc unknown(struct pryv_err *err)
{
    return pryv_refuse(err, 404, "unknown-resource", NULL, "Unknown resource");
}

static enum pryv_rc wrong(struct pryv_err *err, const char *what)
{
    return pryv_refuse(err, 400, "invalid-request-structure", NULL, "%s", what);
}

/* ---- Templates ----------------------------------------------------------------------------------- */

static struct pryv_str key_of(struct pryv_call *call)
{
    return template_key(call->arena, pryv_request_path_param(call->request, "type"),
                        pryv_request_path_param(call->request, "lang"), pryv_request_path_param(call->request, "part"));
}

/* In units of UTF-16, as the panel of operators counts. */
static size_t length_of(struct pryv_str text)
{
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++)
        n += (((unsigned char) text.data[i] & 0xc0) != 0x80) + ((unsigned char) text.data[i] >= 0xf0);
    return n;
}

/* "mail-template/<type>/<lang>/<part>" */
static void write_template(struct pryv_json *js, struct pryv_str key, struct pryv_str source)
{
    const char *names[] = { "type", "lang", "part" };
    struct pryv_str rest = pryv_str_n(key.data + strlen(TEMPLATE_KEYS), key.len - strlen(TEMPLATE_KEYS));

    pryv_json_object(js);
    for (size_t i = 0; i < PRYV_COUNT(names); i++) {
        const char *slash = memchr(rest.data, '/', rest.len);
        size_t len = slash ? (size_t) (slash - rest.data) : rest.len;

        pryv_json_put_str(js, names[i], pryv_str_n(rest.data, len));
        rest = slash ? pryv_str_n(slash + 1, rest.len - len - 1) : pryv_str_n(rest.data + len, 0);
    }
    pryv_json_put_number(js, "length", (double) length_of(source));
    pryv_json_object_end(js);
}

enum pryv_rc admin_list_templates(struct pryv_call *call, struct pryv_err *err)
{
    const struct mail *mail = pryv_self();
    struct pryv_json *js = pryv_json_new(call->arena);
    struct pryv_str *keys, *sources;
    size_t count;
    enum pryv_rc rc = mail->platform->values_list(mail->platform_self, call->arena, PRYV_STR(TEMPLATE_KEYS), PRYV_STR_NONE,
                                                  SIZE_MAX, &keys, &sources, &count, err);

    if (rc != PRYV_OK)
        return rc;
    pryv_json_object(js);
    pryv_json_key(js, "templates");
    pryv_json_array(js);
    for (size_t i = 0; i < count; i++)
        write_template(js, keys[i], sources[i]);
    pryv_json_array_end(js);
    pryv_json_object_end(js);
    return pryv_reply_send(call->request, 200, "application/json; charset=utf-8", pryv_json_text(js));
}

enum pryv_rc admin_get_template(struct pryv_call *call, struct pryv_err *err)
{
    const struct mail *mail = pryv_self();
    struct pryv_str key = key_of(call), source;
    enum pryv_rc rc =
        key.data ? mail->platform->value_get(mail->platform_self, call->arena, key, true, &source, err) : PRYV_NOT_FOUND;

    if (rc != PRYV_OK)
        return rc == PRYV_NOT_FOUND ? unknown(err) : rc;
    return pryv_reply_send(call->request, 200, "text/plain; charset=utf-8", source);
}

enum pryv_rc admin_put_template(struct pryv_call *call, struct pryv_err *err)
{
    const struct mail *mail = pryv_self();
    struct pryv_str key = key_of(call), source = pryv_json_member_text(call->params, "pug");
    const struct pug *template;
    enum pryv_rc rc = pryv_request_want_json(call->request, err);

    if (rc != PRYV_OK)
        return rc;
    if (!source.data)
        return wrong(err, "Send {\"pug\": \"the template\"}.");
    if (!key.data)
        return wrong(err, "Type and language are letters, digits, hyphens and underscores; parts are subject, html and text.");
    rc = pug_parse(call->arena, source, &template, err);
    if (rc == PRYV_OK)
        rc = mail->platform->value_put(mail->platform_self, key, source, PRYV_ABSENT, err);
    return rc == PRYV_OK ? pryv_reply_send(call->request, 204, NULL, PRYV_STR("")) : rc;
}

enum pryv_rc admin_delete_template(struct pryv_call *call, struct pryv_err *err)
{
    const struct mail *mail = pryv_self();
    struct pryv_str key = key_of(call);
    enum pryv_rc rc = key.data ? mail->platform->value_delete(mail->platform_self, key, err) : PRYV_OK;

    return rc == PRYV_OK ? pryv_reply_send(call->request, 204, NULL, PRYV_STR("")) : rc;
}

/* ---- A mail to try them ------------------------------------------------------------------------------ */

/* "a@b", or {name, email}; an address alone is its own name. */
static enum pryv_rc read_test(const struct pryv_call *call, struct pryv_mail *out, struct pryv_err *err)
{
    const json_t *recipient = json_object_get(call->params, "recipient");

    out->template_ = pryv_json_member_text(call->params, "type");
    out->language = pryv_json_member_text(call->params, "lang");
    out->address = json_is_string(recipient) ? pryv_json_text_of(recipient) : pryv_json_member_text(recipient, "email");
    out->name = json_is_string(recipient) ? out->address : pryv_json_member_text(recipient, "name");
    if (!out->name.len)
        out->name = out->address;
    return out->template_.len && out->language.len && out->address.len ? PRYV_OK
                                                                       : wrong(err, "type, lang and recipient are required.");
}

enum pryv_rc admin_send_test(struct pryv_call *call, struct pryv_err *err)
{
    struct mail *mail = pryv_self();
    struct pryv_mail what;
    enum pryv_rc rc = pryv_request_want_json(call->request, err);

    if (rc != PRYV_OK || (rc = read_test(call, &what, err)) != PRYV_OK)
        return rc;
    what.substitutions =
        json_pack("{s:o, s:o}", "USERNAME", pryv_json_string(what.name), "EMAIL", pryv_json_string(what.address));
    rc = mail_send(mail, &what, err);
    json_decref(what.substitutions);
    if (rc == PRYV_NOT_FOUND)
        return unknown(err);
    return rc == PRYV_OK ? pryv_reply_send(call->request, 200, "application/json; charset=utf-8", PRYV_STR("{\"sent\":true}"))
                         : rc;
}
