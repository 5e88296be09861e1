/* attachments_http.c - the texts around a file: read tokens, ranges, names and types that a stranger chose. */
#include "attachments.h"
#include <pryv/crypto.h>
#include <ctype.h>
#include <strings.h>

/* ---- Read tokens ---------------------------------------------------------------------------- */

static struct pryv_str base64_for_urls(struct pryv_arena *mem, struct pryv_str bytes)
{
    struct pryv_str text = pryv_base64(mem, bytes);
    char *out = pryv_cstr(mem, text);
    size_t len = text.len;

    while (len && out[len - 1] == '=')
        len--;
    for (size_t i = 0; i < len; i++)
        out[i] = out[i] == '/' ? '_' : out[i] == '+' ? '-' : out[i];
    return pryv_str_n(out, len);
}

struct pryv_str read_token_make(struct pryv_arena *mem, struct pryv_str secret, struct pryv_str file_id,
                                struct pryv_str access_id, struct pryv_str access_token)
{
    unsigned char hmac[PRYV_HASH_MAX];
    struct pryv_str signed_text = pryv_format(mem, "%.*s-%.*s", PRYV_STR_ARG(file_id), PRYV_STR_ARG(access_token));
    size_t len = pryv_hmac(PRYV_SHA1, secret, signed_text, hmac);
    struct pryv_str text = base64_for_urls(mem, pryv_str_n((const char *) hmac, len));

    return pryv_format(mem, "%.*s-%.*s", PRYV_STR_ARG(access_id), PRYV_STR_ARG(text));
}

struct pryv_str read_token_access(struct pryv_str read_token)
{
    const char *dash = read_token.len ? memchr(read_token.data, '-', read_token.len) : NULL;

    return dash ? pryv_str_n(read_token.data, (size_t) (dash - read_token.data)) : PRYV_STR_NONE;
}

bool read_token_is_right(struct pryv_arena *mem, struct pryv_str read_token, struct pryv_str secret, struct pryv_str file_id,
                         struct pryv_str access_id, struct pryv_str access_token)
{
    return pryv_secret_equal(read_token, read_token_make(mem, secret, file_id, access_id, access_token));
}

/* ---- Ranges (RFC 9110, 14.1.2) ----------------------------------------------------------------- */

/* Digits at the front of `text`, taken away. False when there are none or too many. */
static bool take_number(struct pryv_str *text, uint64_t *number)
{
    size_t digits = 0;

    *number = 0;
    while (digits < text->len && isdigit((unsigned char) text->data[digits])) {
        if (digits == 18)
            return false;
        *number = *number * 10 + (uint64_t) (text->data[digits++] - '0');
    }
    text->data += digits;
    text->len -= digits;
    return digits > 0;
}

enum range_kind range_parse(struct pryv_str header, uint64_t size, uint64_t *offset, uint64_t *len)
{
    uint64_t first = 0, last = 0;

    if (header.len < 7 || strncasecmp(header.data, "bytes=", 6) != 0)
        return RANGE_NONE;
    header = pryv_str_n(header.data + 6, header.len - 6);

    bool has_first = take_number(&header, &first);

    if (header.len == 0 || *header.data != '-')
        return RANGE_NONE;
    header = pryv_str_n(header.data + 1, header.len - 1);

    bool has_last = take_number(&header, &last);

    if (header.len || (!has_first && !has_last) || (has_first && has_last && last < first))
        return RANGE_NONE;
    if (!has_first) { /* the last so many bytes */
        if (last == 0 || size == 0)
            return RANGE_UNSATISFIABLE;
        *len = last < size ? last : size;
        *offset = size - *len;
        return RANGE_ONE;
    }
    if (first >= size)
        return RANGE_UNSATISFIABLE;
    if (!has_last || last >= size)
        last = size - 1;
    *offset = first;
    *len = last - first + 1;
    return RANGE_ONE;
}

/* ---- Conditions (RFC 9110, 8.8.3 and 13.1) ------------------------------------------------------ */

static struct pryv_str without_blanks(struct pryv_str text)
{
    while (text.len && (*text.data == ' ' || *text.data == '\t'))
        text = pryv_str_n(text.data + 1, text.len - 1);
    while (text.len && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t'))
        text.len--;
    return text;
}

bool etag_matches(struct pryv_str header, struct pryv_str etag, bool weak)
{
    header = without_blanks(header);
    if (weak && pryv_str_equal(header, "*"))
        return true;
    while (header.len) { /* our tags have no comma in them, so that a tag that has one is none of ours */
        const char *comma = memchr(header.data, ',', header.len);
        size_t len = comma ? (size_t) (comma - header.data) : header.len;
        struct pryv_str tag = without_blanks(pryv_str_n(header.data, len));

        if (weak && tag.len > 2 && tag.data[0] == 'W' && tag.data[1] == '/')
            tag = pryv_str_n(tag.data + 2, tag.len - 2);
        if (pryv_str_is(tag, etag))
            return true;
        header = pryv_str_n(header.data + len + (comma ? 1 : 0), header.len - len - (comma ? 1 : 0));
    }
    return false;
}

/* ---- Names and types -------------------------------------------------------------------------- */

struct pryv_str content_disposition(struct pryv_arena *mem, struct pryv_str file_name)
{
    struct pryv_str name = pryv_percent_encode(mem, file_name, PRYV_URI_COMPONENT);

    return pryv_format(mem, "attachment; filename*=UTF-8''%.*s", PRYV_STR_ARG(name));
}

static bool is_token_character(unsigned char c)
{
    return c > 0x20 && c < 0x7f && !strchr("()<>@,;:\\\"/[]?={}", c);
}

/* type "/" subtype, then anything printable as parameters. */
static bool is_media_type(struct pryv_str type)
{
    size_t slashes = 0, i;

    for (i = 0; i < type.len && type.data[i] != ';' && type.data[i] != ' '; i++) {
        unsigned char c = (unsigned char) type.data[i];

        if (c == '/')
            slashes++;
        else if (!is_token_character(c))
            return false;
    }
    if (slashes != 1 || type.data[0] == '/' || type.data[i - 1] == '/')
        return false;
    for (; i < type.len; i++)
        if ((unsigned char) type.data[i] < 0x20 || (unsigned char) type.data[i] > 0x7e)
            return false;
    return true;
}

struct pryv_str media_type_of(struct pryv_arena *mem, struct pryv_str content_type)
{
    char *type = pryv_cstr(mem, content_type);
    size_t len = 0;

    if (!content_type.len || !is_media_type(content_type))
        return PRYV_STR("application/octet-stream");
    for (; len < content_type.len && type[len] != ';' && type[len] != ' '; len++)
        type[len] = (char) tolower((unsigned char) type[len]);
    return pryv_str_n(type, len);
}

struct pryv_str content_type_to_send(struct pryv_arena *mem, struct pryv_str type)
{
    if (!type.len || !is_media_type(type))
        return PRYV_STR("application/octet-stream");
    if (type.len > 5 && strncasecmp(type.data, "text/", 5) == 0 && !memmem(type.data, type.len, "charset", 7))
        return pryv_format(mem, "%.*s; charset=utf-8", PRYV_STR_ARG(type));
    return type;
}
