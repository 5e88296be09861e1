/* series_bits.h - bytes and bits of a chunk. Numbers of variable length are LEB128; bits fill bytes from the highest down. */
#ifndef KERNEL_SERIES_BITS_H
#define KERNEL_SERIES_BITS_H

#include <endian.h>
#include <pryv/arena.h>

enum { BITS_AT_ONCE = 56 /* and up to 7 from before fit into a word */, BITS_ROOM = 16 };

struct bit_writer {
    struct pryv_arena *mem;
    unsigned char *data;
    size_t len, size;
    uint64_t bits; /* the lowest `pending` are not yet in `data` */
    unsigned pending;
};

void bytes_reserve(struct bit_writer *w, size_t more);
void bits_align(struct bit_writer *w);                               /* the rest of the byte is 0 */
void bytes_put(struct bit_writer *w, const void *bytes, size_t len); /* aligned, as all below */
void byte_put(struct bit_writer *w, unsigned char byte);
void varint_put(struct bit_writer *w, uint64_t value);

/* The lowest `count` (0..56) bits. */
static inline void bits_put_few(struct bit_writer *w, uint64_t value, unsigned count)
{
    uint64_t word;

    if (w->size - w->len < BITS_ROOM)
        bytes_reserve(w, BITS_ROOM);
    w->bits = w->bits << count | (value & ((UINT64_C(1) << count) - 1));
    w->pending += count;
    if (w->pending == 0)
        return;
    word = htobe64(w->bits << (64 - w->pending));
    memcpy(w->data + w->len, &word, sizeof(word));
    w->len += w->pending / 8;
    w->pending %= 8;
}

/* The lowest `count` (0..64) bits. */
static inline void bits_put(struct bit_writer *w, uint64_t value, unsigned count)
{
    if (count > BITS_AT_ONCE) {
        bits_put_few(w, value >> 32, count - 32);
        count = 32;
    }
    bits_put_few(w, value, count);
}

/* What reads beyond the end gets zeros, and `broken` is set: it is looked at once, afterwards. */
struct bit_reader {
    const unsigned char *at, *end;
    unsigned used; /* bits of *at */
    bool broken;
};

uint64_t bits_get_slowly(struct bit_reader *r, unsigned count); /* near the end, or more than BITS_AT_ONCE */
void bits_skip_to_byte(struct bit_reader *r);
const unsigned char *bytes_get(struct bit_reader *r, uint64_t len); /* NULL: not so many */
unsigned char byte_get(struct bit_reader *r);
uint64_t varint_get(struct bit_reader *r);

/* `count` (0..64) bits. */
static inline uint64_t bits_get(struct bit_reader *r, unsigned count)
{
    uint64_t word;

    if (count == 0)
        return 0;
    if (count > BITS_AT_ONCE || r->end - r->at < (ptrdiff_t) sizeof(word))
        return bits_get_slowly(r, count);
    memcpy(&word, r->at, sizeof(word));
    word = be64toh(word) << r->used >> (64 - count);
    r->used += count;
    r->at += r->used / 8;
    r->used %= 8;
    return word;
}

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
