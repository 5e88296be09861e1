/* slug.c - see slug.h. The tables are turned into sorted ones the first time they are needed. */
#include "slug.h"
#include "slug_tables.h"
#include <pryv/crypto.h>
#include <pthread.h>
#include <stdlib.h>

enum { CHARACTERS_MAX = 800 };

struct replacement {
    uint32_t from; /* code point */
    const char *to;
};

static struct replacement table[CHARACTERS_MAX];
static size_t table_size;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* One code point of valid UTF-8; returns its bytes. */
static size_t decode(const char *text, size_t len, uint32_t *out)
{
    unsigned char c = (unsigned char) text[0];
    size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

    if (n > len) {
        *out = 0xfffd;
        return 1;
    }
    *out = n == 1 ? c : c & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++)
        *out = *out << 6 | ((unsigned char) text[i] & 0x3f);
    return n;
}

static int by_code_point(const void *a, const void *b)
{
    uint32_t x = ((const struct replacement *) a)->from, y = ((const struct replacement *) b)->from;

    return (x > y) - (x < y);
}

static void make_table(void)
{
    for (const struct slug_group *group = slug_characters; group->to; group++) {
        const char *at = group->from;

        while (*at && table_size < CHARACTERS_MAX) {
            at += decode(at, strlen(at), &table[table_size].from);
            table[table_size++].to = group->to;
        }
    }
    qsort(table, table_size, sizeof(*table), by_code_point);
}

/* JavaScript's \s. */
static bool is_space(uint32_t c)
{
    return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
           c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000 || c == 0xfeff;
}

/* Sequences of two and three UTF-16 units, the longest first. */
static const struct slug_group *find_sequence(const char *text, size_t len)
{
    const struct slug_group *best = NULL;

    for (const struct slug_group *group = slug_sequences; group->to; group++) {
        size_t n = strlen(group->from);

        if (n <= len && memcmp(text, group->from, n) == 0 && (!best || n > strlen(best->from)))
            best = group;
    }
    return best;
}

static const char *find_character(uint32_t c)
{
    struct replacement wanted = { .from = c };
    struct replacement *found = bsearch(&wanted, table, table_size, sizeof(*table), by_code_point);

    return found ? found->to : NULL;
}

struct output {
    char *text;
    size_t len;
    bool gap; /* blanks since the last character */
};

static void put(struct output *out, const char *text, size_t len)
{
    if (len == 0)
        return;
    if (out->gap && out->len)
        out->text[out->len++] = '-';
    out->gap = false;
    memcpy(out->text + out->len, text, len);
    out->len += len;
}

static struct pryv_str walk(struct pryv_arena *mem, struct pryv_str text)
{
    struct output out = { .text = pryv_alloc(mem, text.len * 8 + 1) };

    for (size_t i = 0; i < text.len;) {
        const struct slug_group *sequence =
            (unsigned char) text.data[i] >= 0x80 ? find_sequence(text.data + i, text.len - i) : NULL;
        uint32_t c;
        size_t n = decode(text.data + i, text.len - i, &c);
        const char *to;

        if (sequence) {
            put(&out, sequence->to, strlen(sequence->to));
            i += strlen(sequence->from);
            continue;
        }
        if ((to = find_character(c)))
            put(&out, to, strlen(to));
        else if (c == '-' || is_space(c))
            out.gap = true;
        else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '~')
            put(&out, text.data + i, 1);
        i += n;
    }
    return pryv_str_n(out.text, out.len);
}

struct pryv_str slug_of(struct pryv_arena *mem, struct pryv_str text)
{
    pthread_once(&once, make_table);

    struct pryv_str slug = walk(mem, text);

    return slug.len ? slug : walk(mem, pryv_base64(mem, text));
}

bool slug_is_reserved(struct pryv_str text)
{
    return pryv_str_equal(text, "null") || pryv_str_equal(text, "undefined") || pryv_str_equal(text, "*");
}
