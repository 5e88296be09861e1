/* series_bits.c - see series_bits.h. */
#include "series_bits.h"

enum { FIRST_SIZE = 512, VARINT_MAX_SHIFT = 63 };

void bytes_reserve(struct bit_writer *w, size_t more)
{
    size_t size = w->size ? w->size : FIRST_SIZE;
    unsigned char *data;

    if (w->size - w->len >= more)
        return;
    while (size - w->len < more)
        size *= 2;
    data = pryv_alloc(w->mem, size);
    if (w->len)
        memcpy(data, w->data, w->len);
    w->data = data;
    w->size = size;
}

/* What is pending stands in the byte behind the last one already. */
void bits_align(struct bit_writer *w)
{
    w->len += w->pending > 0;
    w->pending = 0;
}

void bytes_put(struct bit_writer *w, const void *bytes, size_t len)
{
    bytes_reserve(w, len);
    if (len)
        memcpy(w->data + w->len, bytes, len);
    w->len += len;
}

void byte_put(struct bit_writer *w, unsigned char byte)
{
    bytes_put(w, &byte, 1);
}

void varint_put(struct bit_writer *w, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        byte_put(w, (unsigned char) (value | 0x80));
    byte_put(w, (unsigned char) value);
}

/* ---- Reading -------------------------------------------------------------------------------- */

uint64_t bits_get_slowly(struct bit_reader *r, unsigned count)
{
    uint64_t value = 0;

    while (count) {
        if (r->at >= r->end) {
            r->broken = true;
            return 0;
        }

        unsigned left = 8 - r->used;
        unsigned take = count < left ? count : left;

        value = value << take | ((unsigned) *r->at >> (left - take) & ((1u << take) - 1));
        r->used += take;
        count -= take;
        if (r->used == 8) {
            r->used = 0;
            r->at++;
        }
    }
    return value;
}

void bits_skip_to_byte(struct bit_reader *r)
{
    if (r->used) {
        r->used = 0;
        r->at++;
    }
}

const unsigned char *bytes_get(struct bit_reader *r, uint64_t len)
{
    const unsigned char *at = r->at;

    if ((uint64_t) (r->end - r->at) < len) {
        r->broken = true;
        return NULL;
    }
    r->at += len;
    return at;
}

unsigned char byte_get(struct bit_reader *r)
{
    const unsigned char *byte = bytes_get(r, 1);

    return byte ? *byte : 0;
}

uint64_t varint_get(struct bit_reader *r)
{
    uint64_t value = 0;

    for (unsigned shift = 0;; shift += 7) {
        unsigned char byte = byte_get(r);

        if (shift > VARINT_MAX_SHIFT || (shift == VARINT_MAX_SHIFT && byte > 1)) {
            r->broken = true;
            return 0;
        }
        value |= (uint64_t) (byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
}
