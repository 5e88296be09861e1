/* series_texts.c - texts one after the other, or each kind once and then its number; and booleans. */
#include "series_columns.h"

enum { DICTIONARY_MAX = 4096, SLOTS = 2 * DICTIONARY_MAX };

struct dictionary {
    struct pryv_str texts[DICTIONARY_MAX];
    uint16_t slots[SLOTS]; /* index + 1 */
    size_t count;
};

static size_t hash_of(struct pryv_str text)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */

    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char) text.data[i]) * 1099511628211u;
    return (size_t) (hash ^ hash >> 32);
}

/* The number of a text; DICTIONARY_MAX: it is one too many. */
static size_t look_up(struct dictionary *d, struct pryv_str text)
{
    size_t slot = hash_of(text) % SLOTS;

    for (; d->slots[slot]; slot = (slot + 1) % SLOTS)
        if (pryv_str_is(d->texts[d->slots[slot] - 1], text))
            return d->slots[slot] - 1u;
    if (d->count == DICTIONARY_MAX)
        return DICTIONARY_MAX;
    d->texts[d->count++] = text;
    d->slots[slot] = (uint16_t) d->count;
    return d->count - 1;
}

static void put_text(struct bit_writer *w, struct pryv_str text)
{
    varint_put(w, text.len);
    bytes_put(w, text.data, text.len);
}

static struct pryv_str get_text(struct bit_reader *r)
{
    uint64_t len = varint_get(r);
    const unsigned char *bytes = bytes_get(r, len);

    return bytes ? pryv_str_n((const char *) bytes, (size_t) len) : PRYV_STR("");
}

/* Whether a dictionary pays: at most every second text is a new one. */
static bool make_dictionary(struct dictionary *d, const struct pryv_str *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (look_up(d, texts[i]) == DICTIONARY_MAX)
            return false;
    return d->count <= count / 2;
}

enum series_coding texts_write(struct bit_writer *w, const struct pryv_str *texts, size_t count)
{
    struct dictionary *d = pryv_new(w->mem, struct dictionary);
    unsigned width;

    if (!make_dictionary(d, texts, count)) {
        for (size_t i = 0; i < count; i++)
            put_text(w, texts[i]);
        return SERIES_PLAIN;
    }
    varint_put(w, d->count);
    for (size_t i = 0; i < d->count; i++)
        put_text(w, d->texts[i]);
    width = d->count ? bit_width(d->count - 1) : 0;
    for (size_t i = 0; i < count; i++)
        bits_put(w, look_up(d, texts[i]), width);
    bits_align(w);
    return SERIES_DICTIONARY;
}

static void read_dictionary(struct bit_reader *r, struct pryv_arena *mem, struct pryv_str *texts, size_t count)
{
    uint64_t known = varint_get(r);
    struct pryv_str *dictionary;
    unsigned width;

    if (known > DICTIONARY_MAX || (known == 0 && count))
        r->broken = true;
    if (r->broken)
        return;
    dictionary = pryv_new_array(mem, struct pryv_str, (size_t) known);
    for (size_t i = 0; i < known; i++)
        dictionary[i] = get_text(r);
    width = known ? bit_width(known - 1) : 0;
    for (size_t i = 0; i < count && !r->broken; i++) {
        uint64_t number = bits_get(r, width);

        if (number >= known)
            r->broken = true;
        else
            texts[i] = dictionary[number];
    }
    bits_skip_to_byte(r);
}

void texts_read(struct bit_reader *r, enum series_coding coding, struct pryv_arena *mem, struct pryv_str *texts, size_t count)
{
    if (coding == SERIES_DICTIONARY)
        read_dictionary(r, mem, texts, count);
    else if (coding != SERIES_PLAIN)
        r->broken = true;
    else
        for (size_t i = 0; i < count && !r->broken; i++)
            texts[i] = get_text(r);
}

void bools_write(struct bit_writer *w, const bool *bools, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bits_put(w, bools[i], 1);
    bits_align(w);
}

void bools_read(struct bit_reader *r, bool *bools, size_t count)
{
    for (size_t i = 0; i < count && !r->broken; i++)
        bools[i] = bits_get(r, 1);
    bits_skip_to_byte(r);
}
