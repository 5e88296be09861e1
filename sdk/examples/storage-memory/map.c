/* map.c - a treap: a search tree by key that is a heap by a random priority, which keeps it shallow whatever the keys. */
#include "map.h"
#include <pryv/crypto.h>
#include <stdlib.h>

struct map {
    atomic_size_t owners;
    struct map *child[2]; /* smaller keys, larger keys */
    struct row *row;
    uint32_t priority;
    size_t key_len;
    unsigned char key[];
};

/* ---- Keys ------------------------------------------------------------------------------------- */

enum { NUMBER_BYTES = 8 };

static char *put_bytes(char *to, uint64_t number)
{
    for (int shift = 56; shift >= 0; shift -= 8)
        *to++ = (char) (number >> shift);
    return to;
}

/* IEEE doubles are in order as integers when the sign is turned around, and for negative ones all the rest too. */
static char *put_double(char *to, double number)
{
    uint64_t bits, sign = UINT64_C(1) << 63;

    number += 0.0; /* -0 becomes 0 */
    memcpy(&bits, &number, sizeof(bits));
    return put_bytes(to, bits & sign ? ~bits : bits | sign);
}

/* A 0 in a text is followed by 0xff, and a text ends with two zeros: so "a" comes before "a\0b" and before "ab". */
static char *put_text(char *to, struct pryv_str text, bool whole)
{
    *to++ = text.data ? 1 : 0;
    for (size_t i = 0; text.data && i < text.len; i++) {
        *to++ = text.data[i];
        if (text.data[i] == '\0')
            *to++ = (char) 0xff;
    }
    if (whole)
        to = (char *) memset(to, 0, 2) + 2;
    return to;
}

struct pryv_str map_key(struct pryv_arena *mem, const char *format, ...)
{
    size_t size = 1;
    va_list values;

    va_start(values, format);
    for (const char *column = format + 1; *column; column++)
        switch (*column) {
        case 't':
        case 'p': size += 3 + 2 * va_arg(values, struct pryv_str).len; break;
        case 'n':
            (void) va_arg(values, double);
            size += NUMBER_BYTES;
            break;
        case 'u':
            (void) va_arg(values, uint64_t);
            size += NUMBER_BYTES;
            break;
        case '>': size++; break;
        }
    va_end(values);

    char *key = pryv_alloc(mem, size);
    char *to = key;

    *to++ = *format;
    va_start(values, format);
    for (const char *column = format + 1; *column; column++)
        switch (*column) {
        case 't':
        case 'p': to = put_text(to, va_arg(values, struct pryv_str), *column == 't'); break;
        case 'n': to = put_double(to, va_arg(values, double)); break;
        case 'u': to = put_bytes(to, va_arg(values, uint64_t)); break;
        case '>': *to++ = (char) 0xff; break;
        }
    va_end(values);
    return pryv_str_n(key, (size_t) (to - key));
}

static int compare(struct pryv_str key, const struct map *node)
{
    size_t common = key.len < node->key_len ? key.len : node->key_len;
    int order = memcmp(key.data, node->key, common);

    return order ? order : (key.len > node->key_len) - (key.len < node->key_len);
}

/* ---- Nodes ------------------------------------------------------------------------------------ */

static struct map *node_new(struct pryv_str key, struct row *row, uint32_t priority)
{
    struct map *node = malloc(sizeof(*node) + key.len);

    if (!node)
        abort();
    *node = (struct map){ .owners = 1, .row = row, .priority = priority, .key_len = key.len };
    memcpy(node->key, key.data, key.len);
    return node;
}

struct map *map_keep(struct map *map)
{
    if (map)
        atomic_fetch_add(&map->owners, 1);
    return map;
}

void map_release(struct map *map)
{
    if (!map || atomic_fetch_sub(&map->owners, 1) > 1)
        return;
    map_release(map->child[0]);
    map_release(map->child[1]);
    row_release(map->row);
    free(map);
}

/* The node itself when nobody else sees it, else a copy that may be changed. */
static struct map *own(struct map *node)
{
    if (atomic_load(&node->owners) == 1)
        return node;

    struct map *copy = node_new(pryv_str_n((const char *) node->key, node->key_len), row_keep(node->row), node->priority);

    copy->child[0] = map_keep(node->child[0]);
    copy->child[1] = map_keep(node->child[1]);
    map_release(node);
    return copy;
}

/* ---- Changes ---------------------------------------------------------------------------------- */

/* The child takes its parent's place. Both are owned. */
static struct map *rotate(struct map *parent, int side)
{
    struct map *child = parent->child[side];

    parent->child[side] = child->child[!side];
    child->child[!side] = parent;
    return child;
}

struct map *map_put(struct map *map, struct pryv_str key, struct row *row)
{
    if (!map) {
        uint32_t priority;

        pryv_random(&priority, sizeof(priority));
        return node_new(key, row, priority);
    }

    int order = compare(key, map);
    int side = order > 0;

    map = own(map);
    if (order == 0) {
        row_release(map->row);
        map->row = row;
        return map;
    }
    map->child[side] = map_put(map->child[side], key, row);
    return map->child[side]->priority > map->priority ? rotate(map, side) : map;
}

/* All keys of `left` are smaller than those of `right`. */
static struct map *join(struct map *left, struct map *right)
{
    if (!left || !right)
        return left ? left : right;
    if (left->priority > right->priority) {
        left = own(left);
        left->child[1] = join(left->child[1], right);
        return left;
    }
    right = own(right);
    right->child[0] = join(left, right->child[0]);
    return right;
}

struct map *map_remove(struct map *map, struct pryv_str key)
{
    if (!map)
        return NULL;

    int order = compare(key, map);

    map = own(map);
    if (order != 0) {
        map->child[order > 0] = map_remove(map->child[order > 0], key);
        return map;
    }

    struct map *rest = join(map->child[0], map->child[1]);

    map->child[0] = map->child[1] = NULL;
    map_release(map);
    return rest;
}

/* ---- Reading ---------------------------------------------------------------------------------- */

struct row *map_get(const struct map *map, struct pryv_str key)
{
    while (map) {
        int order = compare(key, map);

        if (order == 0)
            return map->row;
        map = map->child[order > 0];
    }
    return NULL;
}

/* The first key after `key`, or the last one before it. */
static const struct map *beside(const struct map *map, struct pryv_str key, bool before)
{
    const struct map *found = NULL;

    while (map) {
        int order = compare(key, map);

        if (before ? order > 0 : order < 0) {
            found = map;
            map = map->child[before];
        } else {
            map = map->child[!before];
        }
    }
    return found;
}

/* The last key that begins with `prefix`. */
static const struct map *last_of(const struct map *map, struct pryv_str prefix)
{
    const struct map *found = NULL;

    while (map) {
        size_t common = prefix.len < map->key_len ? prefix.len : map->key_len;
        bool within = memcmp(map->key, prefix.data, common) <= 0;

        if (within)
            found = map;
        map = map->child[within];
    }
    return found;
}

struct row *map_step(struct map_walk *walk)
{
    struct pryv_str prefix = walk->prefix;

    if (walk->at)
        walk->at = beside(walk->map, pryv_str_n((const char *) walk->at->key, walk->at->key_len), walk->descending);
    else if (walk->after.data)
        walk->at = beside(walk->map, walk->after, walk->descending);
    else
        walk->at = walk->descending ? last_of(walk->map, prefix) : beside(walk->map, prefix, false);
    if (!walk->at || walk->at->key_len < prefix.len || memcmp(walk->at->key, prefix.data, prefix.len) != 0)
        return NULL;
    return walk->at->row;
}

struct pryv_str map_walk_text(const struct map_walk *walk, struct pryv_arena *mem)
{
    const unsigned char *from = walk->at->key + 2; /* behind the table and the mark of a text that is there */
    char *text = pryv_alloc(mem, walk->at->key_len), *to = text;

    for (; from[0] || from[1]; from += from[0] ? 1 : 2)
        *to++ = (char) *from;
    return pryv_str_n(text, (size_t) (to - text));
}
