/* body.c - see body.h. */
#include "body.h"
#include "inflate.h"
#include "query.h"
#include <pryv/json.h>
#include <strings.h>

/* ---- Content types -------------------------------------------------------------------------- */

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
    return pryv_str_trim(head);
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

        if (is(name, "charset") && !is(unquoted(pryv_str_trim(value)), "utf-8"))
            return false;
    }
    return true;
}

/* ---- Reading -------------------------------------------------------------------------------- */

static const char not_utf8[] = "The body's character set is not UTF-8.";

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
        return refuse(err, not_utf8);
    if (raw.len > limit)
        return refuse(err, "The body is too large.");
    return inflate_body(mem, pryv_str_trim(coding), raw, limit, out, err);
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

/* ---- Piece by piece ------------------------------------------------------------------------- */

struct body_pieces {
    const struct pryv_body_sink *sink;
    void *state; /* NULL: the body is passed over */
    struct inflater *inflater;
    struct pryv_err err, sink_err; /* the first comes before the second, as for a body that is inflated whole before it is read */
    enum pryv_rc rc, sink_rc;
};

static void give_to_sink(void *pieces_, struct pryv_str piece)
{
    struct body_pieces *pieces = pieces_;

    if (pieces->sink_rc == PRYV_OK && piece.len)
        pieces->sink_rc = pieces->sink->take(pieces->state, piece, &pieces->sink_err);
}

struct body_pieces *body_pieces_new(struct pryv_arena *mem, const struct pryv_body_sink *sink, void *state,
                                    struct pryv_str content_type, struct pryv_str coding, size_t limit)
{
    struct body_pieces *pieces = pryv_new(mem, struct body_pieces);

    *pieces = (struct body_pieces){ .sink = sink, .state = state, .err = PRYV_ERR(mem), .sink_err = PRYV_ERR(mem) };
    if (!state)
        return pieces;
    pieces->rc = is_utf8_type(content_type)
                     ? inflater_new(mem, pryv_str_trim(coding), limit, give_to_sink, pieces, &pieces->inflater, &pieces->err)
                     : refuse(&pieces->err, not_utf8);
    return pieces;
}

void body_pieces_take(struct body_pieces *pieces, struct pryv_str raw)
{
    if (!pieces->state || pieces->rc != PRYV_OK)
        return;
    if (pieces->inflater)
        pieces->rc = inflater_take(pieces->inflater, raw, &pieces->err);
    else
        give_to_sink(pieces, raw);
}

enum pryv_rc body_pieces_end(struct body_pieces *pieces, void **state, struct pryv_err *err)
{
    if (pieces->rc == PRYV_OK && pieces->inflater)
        pieces->rc = inflater_end(pieces->inflater, &pieces->err);
    *state = pieces->state;
    if (pieces->rc != PRYV_OK || pieces->sink_rc != PRYV_OK)
        *err = pieces->rc != PRYV_OK ? pieces->err : pieces->sink_err;
    return pieces->rc != PRYV_OK ? pieces->rc : pieces->sink_rc;
}
