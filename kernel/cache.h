/* cache.h - a bounded cache of immutable objects, shared between threads by reference counts.
 *
 * An entry is good as long as the generation it was put with is the present one; else it counts as not there. The least recently used go
 * when the cache is full, by number or by bytes. Any thread.
 */
#ifndef KERNEL_CACHE_H
#define KERNEL_CACHE_H

#include <pryv/arena.h>
#include <stdatomic.h>

/* The first member of what is cached. Made with one reference, its maker's. */
struct shared {
    atomic_int references;
    void (*free)(struct shared *object);
    size_t size; /* bytes, about; set before it is put, 0 when it does not matter */
};

void shared_init(struct shared *object, void (*free_object)(struct shared *object));
struct shared *shared_take(struct shared *object);
void shared_release(struct shared *object); /* NULL is fine */
/* The reference goes with the arena. */
void shared_keep(struct pryv_arena *mem, struct shared *object);

struct cache;

/* At most `capacity` entries that take `max_bytes` together; 0: bytes are not counted. */
struct cache *cache_new(size_t capacity, size_t max_bytes);
void cache_free(struct cache *cache); /* NULL is fine */
/* A new reference, or NULL. */
struct shared *cache_get(struct cache *cache, struct pryv_str key, uint64_t generation);
/* Takes a reference of its own. What is larger than the whole cache is not kept. */
void cache_put(struct cache *cache, struct pryv_str key, uint64_t generation, struct shared *object);

#endif
