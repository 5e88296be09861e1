/* document.c - see document.h. */
#include "document.h"

/* ---- Writing --------------------------------------------------------------------------------- */

static bool nul_as_binary;

void document_write_nul_as_binary(void)
{
    nul_as_binary = true;
}

static void put_bytes(bson_t *out, const char *name, struct pryv_str bytes)
{
    bson_append_binary(out, name, -1, BSON_SUBTYPE_BINARY, (const uint8_t *) bytes.data, (uint32_t) bytes.len);
}

void document_put_text(bson_t *out, const char *name, struct pryv_str text)
{
    if (!text.data)
        return;
    if (nul_as_binary && memchr(text.data, '\0', text.len))
        put_bytes(out, name, text);
    else
        bson_append_utf8(out, name, -1, text.data, (int) text.len);
}

void document_put_number(bson_t *out, const char *name, double number)
{
    if (!pryv_present(number))
        return;
    if (number == 0 && signbit(number))
        bson_append_int32(out, name, -1, 0);
    else
        bson_append_double(out, name, -1, number);
}

void document_put_texts(bson_t *out, const char *name, const struct pryv_str *texts, size_t count)
{
    bson_t list;

    bson_append_array_begin(out, name, -1, &list);
    for (size_t i = 0; i < count; i++) {
        char buffer[16];
        const char *index;

        bson_uint32_to_string((uint32_t) i, &index, buffer, sizeof(buffer));
        document_put_text(&list, index, texts[i]);
    }
    bson_append_array_end(out, &list);
}

void document_put_row(bson_t *out, const struct field *fields, const void *row)
{
    for (const struct field *field = fields; field->name; field++) {
        const void *at = (const char *) row + field->offset;

        switch (field->type) {
        case FIELD_TEXT: document_put_text(out, field->name, *(const struct pryv_str *) at); break;
        case FIELD_BYTES:
            if (((const struct pryv_str *) at)->data)
                put_bytes(out, field->name, *(const struct pryv_str *) at);
            break;
        case FIELD_NUMBER: document_put_number(out, field->name, *(const double *) at); break;
        case FIELD_FLAG:
            if (*(const bool *) at)
                bson_append_bool(out, field->name, -1, true);
            break;
        case FIELD_COUNT:
            if (*(const uint32_t *) at)
                bson_append_int64(out, field->name, -1, *(const uint32_t *) at);
            break;
        case FIELD_ID: break;
        }
    }
}

/* ---- Reading --------------------------------------------------------------------------------- */

static struct pryv_str bytes_at(const bson_iter_t *at)
{
    const uint8_t *bytes = NULL;
    uint32_t len = 0;

    if (BSON_ITER_HOLDS_BINARY(at))
        bson_iter_binary(at, NULL, &len, &bytes);
    return pryv_str_n((const char *) bytes, len);
}

static struct pryv_str text_at(const bson_iter_t *at)
{
    uint32_t len = 0;

    if (!BSON_ITER_HOLDS_UTF8(at))
        return bytes_at(at);

    const char *text = bson_iter_utf8(at, &len);

    return pryv_str_n(text, len);
}

static double number_at(const bson_iter_t *at)
{
    if (BSON_ITER_HOLDS_DOUBLE(at))
        return bson_iter_double(at);
    return BSON_ITER_HOLDS_INT32(at) ? -0.0 : PRYV_ABSENT;
}

static void read_field(const bson_iter_t *at, const struct field *field, void *row)
{
    void *out = (char *) row + field->offset;

    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_ID: *(struct pryv_str *) out = text_at(at); break;
    case FIELD_BYTES: *(struct pryv_str *) out = bytes_at(at); break;
    case FIELD_NUMBER: *(double *) out = number_at(at); break;
    case FIELD_FLAG: *(bool *) out = BSON_ITER_HOLDS_BOOL(at) && bson_iter_bool(at); break;
    case FIELD_COUNT: *(uint32_t *) out = (uint32_t) bson_iter_as_int64(at); break;
    }
}

/* Members come in the order of the table, so that the field after the last one is mostly the one. */
static const struct field *find_field(const struct field *fields, const struct field *expected, const char *name)
{
    for (const struct field *field = expected; field->name; field++)
        if (strcmp(field->name, name) == 0)
            return field;
    for (const struct field *field = fields; field != expected; field++)
        if (strcmp(field->name, name) == 0)
            return field;
    return NULL;
}

void document_read_row(struct document document, const struct kind *kind, void *row)
{
    const struct field *expected = kind->fields;
    const double absent = PRYV_ABSENT;
    bson_iter_t at;

    memset(row, 0, kind->size);
    for (const struct field *field = kind->fields; field->name; field++)
        if (field->type == FIELD_NUMBER)
            memcpy((char *) row + field->offset, &absent, sizeof(absent));
    if (!bson_iter_init_from_data(&at, document.data, document.len))
        return;
    while (bson_iter_next(&at)) {
        const struct field *field = find_field(kind->fields, expected, bson_iter_key(&at));

        if (!field)
            continue;
        read_field(&at, field, row);
        expected = field + 1;
    }
}

static bool find_member(struct document document, const char *name, bson_iter_t *at)
{
    return document.data && bson_iter_init_from_data(at, document.data, document.len) && bson_iter_find(at, name);
}

struct pryv_str document_text(struct document document, const char *name)
{
    bson_iter_t at;

    return find_member(document, name, &at) ? text_at(&at) : PRYV_STR_NONE;
}

double document_number(struct document document, const char *name)
{
    bson_iter_t at;

    return find_member(document, name, &at) ? number_at(&at) : PRYV_ABSENT;
}

int64_t document_integer(struct document document, const char *name, int64_t otherwise)
{
    bson_iter_t at;

    return find_member(document, name, &at) && BSON_ITER_HOLDS_NUMBER(&at) ? bson_iter_as_int64(&at) : otherwise;
}

bool document_true(struct document document, const char *name)
{
    bson_iter_t at;

    return find_member(document, name, &at) && BSON_ITER_HOLDS_BOOL(&at) && bson_iter_bool(&at);
}

struct document document_member(struct document document, const char *name)
{
    struct document member = { NULL, 0 };
    bson_iter_t at;

    if (find_member(document, name, &at) && BSON_ITER_HOLDS_DOCUMENT(&at))
        bson_iter_document(&at, &member.len, &member.data);
    return member;
}

struct pryv_str document_bytes(struct document document, const char *name)
{
    bson_iter_t at;

    return find_member(document, name, &at) ? bytes_at(&at) : PRYV_STR_NONE;
}

bool document_lists(struct document document, const char *name, struct pryv_str text)
{
    bson_iter_t at, item;

    if (!find_member(document, name, &at) || !BSON_ITER_HOLDS_ARRAY(&at) || !bson_iter_recurse(&at, &item))
        return false;
    while (bson_iter_next(&item))
        if (pryv_str_is(text_at(&item), text))
            return true;
    return false;
}

struct document document_copy(struct pryv_arena *mem, struct document document)
{
    uint8_t *copy = pryv_alloc(mem, document.len);

    memcpy(copy, document.data, document.len);
    return (struct document){ copy, document.len };
}

/* The length is read from the document itself (https://bsonspec.org/spec.html): a bson_t on the stack that AddressSanitizer makes is not
 * aligned as its members want. */
struct document document_of(const bson_t *bson)
{
    const uint8_t *data = bson_get_data(bson);
    uint32_t length;

    memcpy(&length, data, sizeof(length));
    return (struct document){ data, BSON_UINT32_FROM_LE(length) };
}

struct document document_take(struct pryv_arena *mem, bson_t *bson)
{
    struct document document = document_copy(mem, document_of(bson));

    bson_destroy(bson);
    return document;
}
