/* map.h - an ordered map from keys to rows that can be kept as it is now, for nothing.
 *
 * A map is a pointer to its root, NULL when empty. Whoever holds one owns it, and what it sees never changes: put and
 * remove take a map and give the changed one back, copying the few nodes on the way that others still own. So a snapshot
 * is one more owner of a root, and taking back a transaction is to release its map.
 *
 * Keys     Bytes in the order of memcmp, made by map_key: the name of a table, then its columns.
 * Threads  A map belongs to one thread; its nodes may be shared by maps of many. */
#ifndef MAP_H
#define MAP_H

#include "row.h"

struct map;

/* `format` is the table's letter, then for each argument t (struct pryv_str), n (double) or u (uint64_t). At its end may be p (what
 * a text begins with), or > (no argument): behind all keys that go on with a text. Absent texts come first; 0 and -0 are the same.
 * A key of fewer columns is a prefix of those that begin with the same ones. */
struct pryv_str map_key(struct pryv_arena *mem, const char *format, ...);

struct map *map_keep(struct map *map);
void map_release(struct map *map);

struct row *map_get(const struct map *map, struct pryv_str key);            /* borrowed, or NULL */
struct map *map_put(struct map *map, struct pryv_str key, struct row *row); /* becomes an owner of `row` instead of the caller */
struct map *map_remove(struct map *map, struct pryv_str key);

/* A walk over the keys that begin with `prefix`, in either direction. What it points to outlives it. */
struct map_walk {
    const struct map *map, *at;
    struct pryv_str prefix;
    struct pryv_str after; /* where to begin, exclusive; absent: at the first, or when descending the last one */
    bool descending;
};
struct row *map_step(struct map_walk *walk); /* borrowed; NULL: the end */
/* The first column of the key that it stands on, which is a text. */
struct pryv_str map_walk_text(const struct map_walk *walk, struct pryv_arena *mem);

#endif
