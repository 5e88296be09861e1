/* cache.c - a hash table with a list through it in the order of use; see cache.h. */
#include "cache.h"
#include "hash.h"
#include <pthread.h>
#include <stdlib.h>

struct entry {
    struct entry *chain;         /* of one slot of the table */
    struct entry *newer, *older; /* in the order of use */
    struct shared *object;
    uint64_t generation;
    uint64_t hash;
    size_t key_len;
    char key[];
};

struct cache {
    pthread_mutex_t lock;
    struct entry **slots;
    size_t slot_count; /* a power of two */
    size_t count, capacity;
    size_t bytes, max_bytes;
    struct entry *newest, *oldest;
};

void shared_init(struct shared *object, void (*free_object)(struct shared *object))
{
    atomic_init(&object->references, 1);
    object->free = free_object;
    object->size = 0;
}

struct shared *shared_take(struct shared *object)
{
    atomic_fetch_add_explicit(&object->references, 1, memory_order_relaxed);
    return object;
}

void shared_release(struct shared *object)
{
    if (object && atomic_fetch_sub_explicit(&object->references, 1, memory_order_acq_rel) == 1)
        object->free(object);
}

static void release(void *object)
{
    shared_release(object);
}

void shared_keep(struct pryv_arena *mem, struct shared *object)
{
    pryv_defer(mem, release, object);
}

struct cache *cache_new(size_t capacity, size_t max_bytes)
{
    struct cache *cache = calloc(1, sizeof(*cache));

    if (!cache)
        abort();
    cache->capacity = capacity ? capacity : 1;
    cache->max_bytes = max_bytes ? max_bytes : SIZE_MAX;
    for (cache->slot_count = 16; cache->slot_count < cache->capacity; cache->slot_count *= 2)
        ;
    cache->slots = calloc(cache->slot_count, sizeof(struct entry *));
    if (!cache->slots)
        abort();
    pthread_mutex_init(&cache->lock, NULL);
    return cache;
}

static struct entry **place_of(struct cache *cache, struct pryv_str key, uint64_t hash)
{
    struct entry **place = &cache->slots[hash & (cache->slot_count - 1)];

    while (*place && ((*place)->hash != hash || !pryv_str_is(pryv_str_n((*place)->key, (*place)->key_len), key)))
        place = &(*place)->chain;
    return place;
}

static void unlink_use(struct cache *cache, struct entry *entry)
{
    *(entry->newer ? &entry->newer->older : &cache->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &cache->oldest) = entry->newer;
}

static void link_newest(struct cache *cache, struct entry *entry)
{
    entry->newer = NULL;
    entry->older = cache->newest;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
}

/* What is at `place`, if anything, out of the table and the list, and put before `gone`: those that are to be dropped outside the lock. */
static struct entry *take_out(struct cache *cache, struct entry **place, struct entry *gone)
{
    struct entry *entry = *place;

    if (!entry)
        return gone;
    *place = entry->chain;
    unlink_use(cache, entry);
    cache->count--;
    cache->bytes -= entry->object->size;
    entry->older = gone;
    return entry;
}

static struct entry *take_out_oldest(struct cache *cache, struct entry *gone)
{
    const struct entry *oldest = cache->oldest;

    return take_out(cache, place_of(cache, pryv_str_n(oldest->key, oldest->key_len), oldest->hash), gone);
}

/* A list of entries that were taken out, linked by `older`. */
static void drop(struct entry *entry)
{
    while (entry) {
        struct entry *next = entry->older;

        shared_release(entry->object);
        free(entry);
        entry = next;
    }
}

void cache_free(struct cache *cache)
{
    if (!cache)
        return;
    while (cache->oldest)
        drop(take_out_oldest(cache, NULL));
    pthread_mutex_destroy(&cache->lock);
    free(cache->slots);
    free(cache);
}

struct shared *cache_get(struct cache *cache, struct pryv_str key, uint64_t generation)
{
    uint64_t hash = hash_text(key);
    struct shared *object = NULL;
    struct entry *stale = NULL;

    pthread_mutex_lock(&cache->lock);

    struct entry **place = place_of(cache, key, hash);

    if (*place && (*place)->generation == generation) {
        object = shared_take((*place)->object);
        unlink_use(cache, *place);
        link_newest(cache, *place);
    } else if (*place) {
        stale = take_out(cache, place, NULL);
    }
    pthread_mutex_unlock(&cache->lock);
    drop(stale);
    return object;
}

static struct entry *entry_new(struct pryv_str key, uint64_t hash)
{
    struct entry *entry = malloc(sizeof(*entry) + key.len);

    if (!entry)
        abort();
    *entry = (struct entry){ .hash = hash, .key_len = key.len };
    memcpy(entry->key, key.data, key.len);
    return entry;
}

static bool is_full(const struct cache *cache, size_t more)
{
    return cache->count == cache->capacity || cache->bytes + more > cache->max_bytes;
}

void cache_put(struct cache *cache, struct pryv_str key, uint64_t generation, struct shared *object)
{
    uint64_t hash = hash_text(key);
    struct entry *entry = entry_new(key, hash), *gone, **place;

    entry->generation = generation;
    entry->object = shared_take(object);
    if (object->size > cache->max_bytes) {
        drop(entry);
        return;
    }
    pthread_mutex_lock(&cache->lock);
    gone = take_out(cache, place_of(cache, key, hash), NULL);
    while (cache->count && is_full(cache, object->size))
        gone = take_out_oldest(cache, gone);
    place = &cache->slots[hash & (cache->slot_count - 1)];
    entry->chain = *place;
    *place = entry;
    link_newest(cache, entry);
    cache->count++;
    cache->bytes += object->size;
    pthread_mutex_unlock(&cache->lock);
    drop(gone);
}
