/* json_stable.c - the one text of a value that integrity hashes are made of; see pryv_json_stable. */
#include "json_writer.h"
#include <stdlib.h>

struct member {
    struct pryv_str key;
    const json_t *value;
};

/* ---- Order ---------------------------------------------------------------------------------- */

/* By UTF-16 code units. UTF-8 sorts like code points, which differs in one place: characters beyond U+FFFF are written
 * with surrogates (D800-DFFF) and so come before U+E000 to U+FFFF, whose UTF-8 begins with EE or EF. */
static int compare_keys(struct pryv_str a, struct pryv_str b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;

    for (size_t i = 0; i < shorter; i++) {
        unsigned char x = (unsigned char) a.data[i], y = (unsigned char) b.data[i];

        if (x == y)
            continue;
        if (x >= 0xee && y >= 0xee && (x >= 0xf0) != (y >= 0xf0))
            return x >= 0xf0 ? -1 : 1;
        return x < y ? -1 : 1;
    }
    return (a.len > b.len) - (a.len < b.len);
}

static int compare_members(const void *a, const void *b)
{
    const struct member *one = a, *other = b;

    return compare_keys(one->key, other->key);
}

static size_t members_of(struct pryv_arena *arena, json_t *object, struct member **out)
{
    struct member *members = pryv_new_array(arena, struct member, json_object_size(object));
    size_t count = 0;

    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
        const json_t *value = json_object_iter_value(at);

        if (!json_is_null(value))
            members[count++] = (struct member){
                .key = pryv_str_n(json_object_iter_key(at), json_object_iter_key_len(at)),
                .value = value,
            };
    }
    qsort(members, count, sizeof(*members), compare_members);
    *out = members;
    return count;
}

/* ---- Texts ---------------------------------------------------------------------------------- */

/* Not written as a single UTF-16 unit, so never escaped. */
#define NO_UNIT 0x10000u

static bool needs_escape(uint32_t unit)
{
    static const struct {
        uint16_t first, last;
    } ranges[] = {
        { 0x0000, 0x001f }, { 0x007f, 0x009f }, { 0x00ad, 0x00ad }, { 0x0600, 0x0604 }, { 0x070f, 0x070f }, { 0x17b4, 0x17b5 },
        { 0x200c, 0x200f }, { 0x2028, 0x202f }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff }, { 0xfff0, 0xffff },
    };

    if (unit == '"' || unit == '\\')
        return true;
    for (size_t i = 0; i < PRYV_COUNT(ranges); i++)
        if (unit >= ranges[i].first && unit <= ranges[i].last)
            return true;
    return false;
}

static uint32_t low_bits(char byte)
{
    return (unsigned char) byte & 0x3f;
}

/* The UTF-16 unit of the character at `at`, and how many bytes it takes. */
static uint32_t unit_at(struct pryv_str text, size_t at, size_t *len)
{
    const char *bytes = text.data + at;
    unsigned char first = (unsigned char) bytes[0];
    size_t left = text.len - at;

    if (first >= 0xe0 && first < 0xf0 && left >= 3) {
        *len = 3;
        return (first & 0x0fu) << 12 | low_bits(bytes[1]) << 6 | low_bits(bytes[2]);
    }
    if (first >= 0xc0 && first < 0xe0 && left >= 2) {
        *len = 2;
        return (first & 0x1fu) << 6 | low_bits(bytes[1]);
    }
    *len = 1;
    return first < 0x80 ? first : NO_UNIT;
}

static size_t escape_of(char out[8], uint32_t unit)
{
    static const char hex[] = "0123456789abcdef";
    static const char letters[][2] = {
        { '"', '"' }, { '\\', '\\' }, { '\b', 'b' }, { '\t', 't' }, { '\n', 'n' }, { '\f', 'f' }, { '\r', 'r' },
    };

    out[0] = '\\';
    for (size_t i = 0; i < PRYV_COUNT(letters); i++) {
        if (unit == (uint32_t) letters[i][0]) {
            out[1] = letters[i][1];
            return 2;
        }
    }
    out[1] = 'u';
    for (int i = 0; i < 4; i++)
        out[2 + i] = hex[unit >> (12 - 4 * i) & 15];
    return 6;
}

static void append_quoted(struct pryv_json *js, struct pryv_str text)
{
    size_t done = 0, len;

    json_append(js, "\"", 1);
    for (size_t at = 0; at < text.len; at += len) {
        uint32_t unit = unit_at(text, at, &len);
        char escape[8];

        if (!needs_escape(unit))
            continue;
        json_append(js, text.data + done, at - done);
        json_append(js, escape, escape_of(escape, unit));
        done = at + len;
    }
    json_append(js, text.data + done, text.len - done);
    json_append(js, "\"", 1);
}

static bool is_ascii(struct pryv_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char) text.data[i] >= 0x7f)
            return false;
    return true;
}

/* Where only ASCII is, both forms are the same. */
static void write_text(struct pryv_json *js, struct pryv_str text)
{
    if (is_ascii(text)) {
        pryv_json_str(js, text);
        return;
    }
    json_value_begins(js);
    append_quoted(js, text);
    json_value_ends(js);
}

static void write_key(struct pryv_json *js, struct pryv_str key)
{
    if (is_ascii(key)) {
        pryv_json_key_str(js, key);
        return;
    }
    json_value_begins(js);
    append_quoted(js, key);
    json_key_ends(js);
}

/* ---- Values --------------------------------------------------------------------------------- */

static void write_value(struct pryv_arena *arena, struct pryv_json *js, const json_t *value)
{
    if (json_is_object(value)) {
        struct member *members;
        size_t count = members_of(arena, (json_t *) value, &members);

        pryv_json_object(js);
        for (size_t i = 0; i < count; i++) {
            write_key(js, members[i].key);
            write_value(arena, js, members[i].value);
        }
        pryv_json_object_end(js);
    } else if (json_is_array(value)) {
        pryv_json_array(js);
        for (size_t i = 0; i < json_array_size(value); i++)
            write_value(arena, js, json_array_get(value, i));
        pryv_json_array_end(js);
    } else if (json_is_string(value)) {
        write_text(js, pryv_json_text_of(value));
    } else {
        pryv_json_value(js, value);
    }
}

struct pryv_str pryv_json_stable(struct pryv_arena *arena, const json_t *value)
{
    struct pryv_json *js = pryv_json_new(arena);

    write_value(arena, js, value);
    return pryv_json_text(js);
}
