/* template.c - see template.h. */
#include "template.h"
#include <pryv/http.h>
#include <pryv/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define OPENS  "{{ "
#define CLOSES " }}"
enum { MARK = 3 };

/* ---- Text that grows ------------------------------------------------------------------------------- */

struct out {
    char *data;
    size_t len, room;
};

static void add(struct out *out, const char *data, size_t len)
{
    if (out->room - out->len < len) {
        out->room = out->room * 2 + len + 256;
        out->data = realloc(out->data, out->room);
        if (!out->data)
            abort();
    }
    if (len)
        memcpy(out->data + out->len, data, len);
    out->len += len;
}

static void add_text(struct out *out, struct pryv_str text)
{
    add(out, text.data, text.len);
}

/* ---- One value in its place -------------------------------------------------------------------------- */

static struct pryv_str text_of(struct pryv_arena *mem, const json_t *value)
{
    return json_is_string(value) ? pryv_json_text_of(value) : pryv_json_dump(mem, value);
}

static struct pryv_str quoted(struct pryv_arena *mem, struct pryv_str text)
{
    struct pryv_json *js = pryv_json_new(mem);

    pryv_json_str(js, text);
    return pryv_json_text(js);
}

/* Where in JSON a value is put: within the quotes of a text, as the name of a member, which is a text always, or as a value of its own. */
enum json_place { IN_TEXT, AS_NAME, AS_VALUE };

static enum json_place json_place_before(struct pryv_str rest, bool in_text)
{
    while (rest.len && strchr(" \t\r\n", rest.data[0]))
        rest = pryv_str_n(rest.data + 1, rest.len - 1);
    return in_text ? IN_TEXT : rest.len && rest.data[0] == ':' ? AS_NAME : AS_VALUE;
}

static bool is_json_scalar(struct pryv_arena *mem, struct pryv_str text)
{
    struct pryv_err err = PRYV_ERR(mem);
    json_t *value;

    return pryv_json_parse(mem, text, true, &value, &err) == PRYV_OK && !json_is_object(value) && !json_is_array(value) &&
           !json_is_string(value);
}

static void add_json(struct out *out, struct pryv_arena *mem, const json_t *value, enum json_place place)
{
    struct pryv_str text = text_of(mem, value), with_quotes = quoted(mem, text);

    if (place == IN_TEXT)
        add(out, with_quotes.data + 1, with_quotes.len - 2);
    else if (place == AS_NAME)
        add_text(out, with_quotes);
    else
        add_text(out, !json_is_string(value) || is_json_scalar(mem, text) ? text : with_quotes);
}

static void add_byte_percent(struct out *out, unsigned char byte)
{
    char code[4];

    snprintf(code, sizeof(code), "%%%02X", byte);
    add(out, code, strlen(code));
}

static void add_xml(struct out *out, struct pryv_str text)
{
    for (size_t i = 0; i < text.len; i++)
        switch (text.data[i]) {
        case '&': add_text(out, PRYV_STR("&amp;")); break;
        case '<': add_text(out, PRYV_STR("&lt;")); break;
        case '>': add_text(out, PRYV_STR("&gt;")); break;
        case '"': add_text(out, PRYV_STR("&quot;")); break;
        case '\'': add_text(out, PRYV_STR("&#39;")); break;
        default: add(out, &text.data[i], 1); break;
        }
}

static void add_value(struct out *out, struct pryv_arena *mem, enum template_place place, const json_t *value,
                      enum json_place in_json)
{
    switch (place) {
    case TEMPLATE_TEXT: add_text(out, text_of(mem, value)); break;
    case TEMPLATE_JSON: add_json(out, mem, value, in_json); break;
    case TEMPLATE_PERCENT: add_text(out, pryv_percent_encode(mem, text_of(mem, value), "-_.~")); break;
    case TEMPLATE_XML: add_xml(out, text_of(mem, value)); break;
    }
}

/* ---- The whole --------------------------------------------------------------------------------------- */

/* What the template itself says. In an address nothing may stay that no address can hold, like a place that nothing was given for: written as the
 * URL Standard has it (https://url.spec.whatwg.org/#query-percent-encode-set, and that of paths). */
static void add_own(struct out *out, enum template_place place, struct pryv_str text, bool in_query)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char) text.data[i];

        if (place == TEMPLATE_PERCENT && (c <= ' ' || c >= 127 || strchr("\"<>", c) || (!in_query && strchr("\\^`{|}", c))))
            add_byte_percent(out, c);
        else
            add(out, &text.data[i], 1);
    }
}

/* The value that a place at `at` names, and its length; NULL: it is no place, or nothing is called so. */
static const json_t *value_at(struct pryv_str text, size_t at, const json_t *values, size_t *len)
{
    if (text.len - at < 2 * MARK || memcmp(text.data + at, OPENS, MARK) != 0)
        return NULL;

    const char *name = text.data + at + MARK;
    const char *end = memmem(name, text.len - at - MARK, CLOSES, MARK);

    if (!end)
        return NULL;
    *len = (size_t) (end - name) + 2 * MARK;
    return json_object_getn(values, name, (size_t) (end - name));
}

struct pryv_str template_fill(struct pryv_arena *mem, struct pryv_str template_, enum template_place place, const json_t *values)
{
    struct out out = { 0 };
    bool in_text = false, in_query = false;

    for (size_t i = 0; i < template_.len;) {
        size_t len = 1;
        const json_t *value = value_at(template_, i, values, &len);

        if (value) {
            struct pryv_str rest = pryv_str_n(template_.data + i + len, template_.len - i - len);

            add_value(&out, mem, place, value, json_place_before(rest, in_text));
        } else {
            len = in_text && template_.data[i] == '\\' && i + 1 < template_.len ? 2 : 1;
            if (template_.data[i] == '"')
                in_text = !in_text;
            in_query |= template_.data[i] == '?';
            add_own(&out, place, pryv_str_n(template_.data + i, len), in_query);
        }
        i += len;
    }

    struct pryv_str filled = pryv_str_copy(mem, pryv_str_n(out.data ? out.data : "", out.len));

    free(out.data);
    return filled;
}

static bool mentions(struct pryv_str text, const char *word)
{
    for (size_t i = 0; i + strlen(word) <= text.len; i++)
        if (strncasecmp(text.data + i, word, strlen(word)) == 0)
            return true;
    return false;
}

enum template_place template_place_of(struct pryv_str content_type, struct pryv_str template_)
{
    if (mentions(content_type, "json"))
        return TEMPLATE_JSON;
    if (mentions(content_type, "x-www-form-urlencoded"))
        return TEMPLATE_PERCENT;
    if (mentions(content_type, "xml"))
        return TEMPLATE_XML;
    while (template_.len && strchr(" \t\r\n", template_.data[0]))
        template_ = pryv_str_n(template_.data + 1, template_.len - 1);
    if (content_type.len || !template_.len)
        return TEMPLATE_TEXT;
    return strchr("{[", template_.data[0]) ? TEMPLATE_JSON : template_.data[0] == '<' ? TEMPLATE_XML : TEMPLATE_TEXT;
}
