/* call.c - see call.h. */
#include "call.h"
#include <endian.h>
#include <stdlib.h>

enum { OID_BOOL = 16, OID_BYTEA = 17, OID_INT8 = 20, OID_FLOAT8 = 701 };

static int next(struct call *call)
{
    if (call->count == CALL_PARAMETERS)
        abort();
    return call->count++;
}

void call_null(struct call *call)
{
    int at = next(call);

    call->values[at] = NULL;
    call->lengths[at] = 0;
}

void call_text(struct call *call, struct pryv_str text)
{
    int at = next(call);

    call->values[at] = text.data;
    call->lengths[at] = (int) text.len;
}

static void put_number(struct call *call, uint64_t bits)
{
    int at = next(call);

    bits = htobe64(bits);
    memcpy(call->numbers[at], &bits, sizeof(bits));
    call->values[at] = call->numbers[at];
    call->lengths[at] = sizeof(bits);
}

void call_number(struct call *call, double number)
{
    uint64_t bits;

    if (!pryv_present(number)) {
        call_null(call);
        return;
    }
    memcpy(&bits, &number, sizeof(bits));
    put_number(call, bits);
}

void call_integer(struct call *call, int64_t number)
{
    put_number(call, (uint64_t) number);
}

void call_count(struct call *call, uint64_t count)
{
    put_number(call, count > INT64_MAX ? INT64_MAX : count);
}

void call_bool(struct call *call, bool value)
{
    int at = next(call);

    call->numbers[at][0] = value;
    call->values[at] = call->numbers[at];
    call->lengths[at] = 1;
}

/* ---- Arrays ---------------------------------------------------------------------------------- */

static char *put_int4(char *out, uint32_t number)
{
    number = htobe32(number);
    memcpy(out, &number, sizeof(number));
    return out + sizeof(number);
}

enum { ARRAY_HEAD = 20 };

/* One dimension, the first element is number 1. */
static char *put_array_head(char *out, uint32_t type, size_t count, bool has_null)
{
    out = put_int4(out, count ? 1 : 0);
    out = put_int4(out, has_null);
    out = put_int4(out, type);
    if (!count)
        return out;
    out = put_int4(out, (uint32_t) count);
    return put_int4(out, 1);
}

static char *put_element(char *out, const void *bytes, size_t len)
{
    out = put_int4(out, (uint32_t) len);
    if (len)
        memcpy(out, bytes, len);
    return out + len;
}

static char *put_null(char *out)
{
    return put_int4(out, UINT32_MAX);
}

void call_texts(struct call *call, struct pryv_arena *mem, const struct pryv_str *texts, size_t count)
{
    size_t size = ARRAY_HEAD;

    for (size_t i = 0; i < count; i++)
        size += 4 + texts[i].len;

    char *bytes = pryv_alloc(mem, size), *out = put_array_head(bytes, OID_BYTEA, count, false);

    for (size_t i = 0; i < count; i++)
        out = put_element(out, texts[i].data, texts[i].len);
    call_text(call, pryv_str_n(bytes, (size_t) (out - bytes)));
}

void call_integers(struct call *call, struct pryv_arena *mem, const uint64_t *numbers, size_t count)
{
    char *bytes = pryv_alloc(mem, ARRAY_HEAD + count * 12), *out = put_array_head(bytes, OID_INT8, count, false);

    for (size_t i = 0; i < count; i++) {
        uint64_t number = htobe64(numbers[i]);

        out = put_element(out, &number, sizeof(number));
    }
    call_text(call, pryv_str_n(bytes, (size_t) (out - bytes)));
}

static const void *member(const void *row, size_t offset)
{
    return (const char *) row + offset;
}

void call_text_column(struct call *call, struct pryv_arena *mem, const void *const *rows, size_t count, size_t offset)
{
    size_t size = ARRAY_HEAD;
    bool has_null = false;

    for (size_t i = 0; i < count; i++) {
        const struct pryv_str *text = member(rows[i], offset);

        size += 4 + text->len;
        has_null = has_null || !text->data;
    }

    char *bytes = pryv_alloc(mem, size), *out = put_array_head(bytes, OID_BYTEA, count, has_null);

    for (size_t i = 0; i < count; i++) {
        const struct pryv_str *text = member(rows[i], offset);

        out = text->data ? put_element(out, text->data, text->len) : put_null(out);
    }
    call_text(call, pryv_str_n(bytes, (size_t) (out - bytes)));
}

void call_number_column(struct call *call, struct pryv_arena *mem, const void *const *rows, size_t count, size_t offset)
{
    bool has_null = false;

    for (size_t i = 0; i < count; i++)
        has_null = has_null || !pryv_present(*(const double *) member(rows[i], offset));

    char *bytes = pryv_alloc(mem, ARRAY_HEAD + count * 12), *out = put_array_head(bytes, OID_FLOAT8, count, has_null);

    for (size_t i = 0; i < count; i++) {
        double number = *(const double *) member(rows[i], offset);
        uint64_t bits;

        memcpy(&bits, &number, sizeof(bits));
        bits = htobe64(bits);
        out = pryv_present(number) ? put_element(out, &bits, sizeof(bits)) : put_null(out);
    }
    call_text(call, pryv_str_n(bytes, (size_t) (out - bytes)));
}

void call_bool_column(struct call *call, struct pryv_arena *mem, const void *const *rows, size_t count, size_t offset)
{
    char *bytes = pryv_alloc(mem, ARRAY_HEAD + count * 5), *out = put_array_head(bytes, OID_BOOL, count, false);

    for (size_t i = 0; i < count; i++)
        out = put_element(out, member(rows[i], offset), 1);
    call_text(call, pryv_str_n(bytes, (size_t) (out - bytes)));
}

/* ---- Answers --------------------------------------------------------------------------------- */

/* libpq looks at the row and the column in each of its functions, and says of NULL that it is empty. */
struct pryv_str answer_text(const PGresult *answer, int row, int column)
{
    int len = PQgetlength(answer, row, column);

    if (len == 0 && PQgetisnull(answer, row, column))
        return PRYV_STR_NONE;
    return pryv_str_n(PQgetvalue(answer, row, column), (size_t) len);
}

struct pryv_str answer_copy(struct pryv_arena *mem, const PGresult *answer, int row, int column)
{
    return pryv_str_copy(mem, answer_text(answer, row, column));
}

/* False where it is NULL. */
static bool read_number(const PGresult *answer, int row, int column, uint64_t *bits)
{
    if (PQgetlength(answer, row, column) != sizeof(*bits))
        return false;
    memcpy(bits, PQgetvalue(answer, row, column), sizeof(*bits));
    *bits = be64toh(*bits);
    return true;
}

int64_t answer_integer(const PGresult *answer, int row, int column)
{
    uint64_t bits;

    return read_number(answer, row, column, &bits) ? (int64_t) bits : 0;
}

double answer_number(const PGresult *answer, int row, int column)
{
    uint64_t bits;
    double number;

    if (!read_number(answer, row, column, &bits))
        return PRYV_ABSENT;
    memcpy(&number, &bits, sizeof(number));
    return number;
}

bool answer_bool(const PGresult *answer, int row, int column)
{
    return PQgetvalue(answer, row, column)[0] != 0;
}

uint64_t answer_changed(PGresult *answer)
{
    return strtoull(PQcmdTuples(answer), NULL, 10);
}
