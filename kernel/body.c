/* body.c - see body.h. */
#include "body.h"
#include "inflate.h"
#include "query.h"
#include <pryv/json.h>
#include <strings.h>

/* ---- Content types -------------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct pryv_str trimmed(struct pryv_str text)
{
    while (text.len && is_blank(text.data[0]))
        text = pryv_str_n(text.data + 1, text.len - 1);
    while (text.len && is_blank(text.data[text.len - 1]))
        text.len--;
    return text;
}

static bool is(struct pryv_str text, const char *name)
{
    return text.len == strlen(name) && strncasecmp(text.data, name, text.len) == 0;
}

/* What stands before the next separator; `*text` is what follows it. */
static struct pryv_str cut(struct pryv_str *text, char separator)
{
    const char *at = text->len ? memchr(text->data, separator, text->len) : NULL;
    struct pryv_str head = pryv_str_n(text->data, at ? (size_t) (at - text->data) : text->len);
    size_t taken = head.len + (at ? 1 : 0);

    *text = pryv_str_n(text->data + taken, text->len - taken);
    return trimmed(head);
}

enum body_kind body_kind(struct pryv_str content_type)
{
    struct pryv_str type = cut(&content_type, ';');

    if (is(type, "application/json"))
        return BODY_JSON;
    if (is(type, "application/x-www-form-urlencoded"))
        return BODY_FORM;
    return is(type, "multipart/form-data") ? BODY_MULTIPART : BODY_OTHER;
}

static struct pryv_str unquoted(struct pryv_str text)
{
    bool quoted = text.len >= 2 && text.data[0] == '"' && text.data[text.len - 1] == '"';

    return quoted ? pryv_str_n(text.data + 1, text.len - 2) : text;
}

static bool is_utf8_type(struct pryv_str content_type)
{
    cut(&content_type, ';');
    while (content_type.len) {
        struct pryv_str value = cut(&content_type, ';');
        struct pryv_str name = cut(&value, '=');

        if (is(name, "charset") && !is(unquoted(trimmed(value)), "utf-8"))
            return false;
    }
    return true;
}

/* ---- Reading -------------------------------------------------------------------------------- */

static enum pryv_rc refuse(struct pryv_err *err, const char *why)
{
    return pryv_refuse(err, 400, "invalid-request-structure", NULL, "%s", why);
}

/* A field of a form; the first if it was given several times. */
static struct pryv_str field(const json_t *form, const char *name)
{
    const json_t *value = json_object_get(form, name);

    return pryv_json_text_of(json_is_array(value) ? json_array_get(value, 0) : value);
}

static struct pryv_str upper_case(struct pryv_arena *mem, struct pryv_str text)
{
    char *copy = pryv_cstr(mem, text);

    for (size_t i = 0; i < text.len; i++)
        if (copy[i] >= 'a' && copy[i] <= 'z')
            copy[i] -= 'a' - 'A';
    return pryv_str_n(copy, text.len);
}

static enum pryv_rc read_form(struct pryv_arena *mem, struct pryv_str text, size_t max_fields, struct body *out,
                              struct pryv_err *err)
{
    json_t *form;
    enum pryv_rc rc = query_parse(mem, text, QUERY_OF_FORM, max_fields, &form, err);

    if (rc != PRYV_OK)
        return rc;
    *out = (struct body){ .value = form, .texts = true };
    if (json_object_get(form, "_method")) {
        out->verb = upper_case(mem, field(form, "_method"));
        json_object_del(form, "_method");
    }

    struct pryv_str token = field(form, "_auth");

    if (token.len) {
        out->token = pryv_str_copy(mem, token);
        json_object_del(form, "_auth");
    }
    if (!json_object_get(form, "_json"))
        return PRYV_OK;
    out->texts = false;
    return pryv_json_parse(mem, field(form, "_json"), false, &out->value, err);
}

enum pryv_rc body_text(struct pryv_arena *mem, struct pryv_str content_type, struct pryv_str coding, struct pryv_str raw,
                       size_t limit, struct pryv_str *out, struct pryv_err *err)
{
    if (!is_utf8_type(content_type))
        return refuse(err, "The body's character set is not UTF-8.");
    if (raw.len > limit)
        return refuse(err, "The body is too large.");
    return inflate_body(mem, trimmed(coding), raw, limit, out, err);
}

enum pryv_rc body_read(struct pryv_arena *mem, struct pryv_str content_type, struct pryv_str coding, struct pryv_str raw,
                       const struct body_limits *limits, struct body *out, struct pryv_err *err)
{
    enum body_kind kind = body_kind(content_type);
    size_t limit = kind == BODY_JSON ? limits->max_json : limits->max_form;
    struct pryv_str text;
    enum pryv_rc rc;

    *out = (struct body){ 0 };
    if (kind == BODY_MULTIPART || kind == BODY_OTHER || raw.len == 0)
        return PRYV_OK;
    if ((rc = body_text(mem, content_type, coding, raw, limit, &text, err)) != PRYV_OK || text.len == 0)
        return rc;
    return kind == BODY_JSON ? pryv_json_parse(mem, text, false, &out->value, err)
                             : read_form(mem, text, limits->max_fields, out, err);
}
