/* series_bits.h - bytes and bits of a chunk. Numbers of variable length are LEB128; bits fill bytes from the highest down. */
#ifndef KERNEL_SERIES_BITS_H
#define KERNEL_SERIES_BITS_H

#include <pryv/arena.h>

struct bit_writer {
    struct pryv_arena *mem;
    unsigned char *data;
    size_t len, size;
    unsigned free_bits; /* of the last byte */
};

void bits_put(struct bit_writer *w, uint64_t value, unsigned count); /* the lowest `count` (0..64) bits */
void bits_align(struct bit_writer *w);                               /* the rest of the byte is 0 */
void bytes_put(struct bit_writer *w, const void *bytes, size_t len); /* aligned, as all below */
void byte_put(struct bit_writer *w, unsigned char byte);
void varint_put(struct bit_writer *w, uint64_t value);

/* What reads beyond the end gets zeros, and `broken` is set: it is looked at once, afterwards. */
struct bit_reader {
    const unsigned char *at, *end;
    unsigned used; /* bits of *at */
    bool broken;
};

uint64_t bits_get(struct bit_reader *r, unsigned count);
void bits_skip_to_byte(struct bit_reader *r);
const unsigned char *bytes_get(struct bit_reader *r, uint64_t len); /* NULL: not so many */
unsigned char byte_get(struct bit_reader *r);
uint64_t varint_get(struct bit_reader *r);

static inline uint64_t zigzag(int64_t value)
{
    return ((uint64_t) value << 1) ^ (value < 0 ? UINT64_MAX : 0);
}

static inline int64_t unzigzag(uint64_t value)
{
    return (int64_t) ((value >> 1) ^ (0 - (value & 1)));
}

static inline unsigned bit_width(uint64_t value)
{
    return value ? 64u - (unsigned) __builtin_clzll(value) : 0;
}

#endif
