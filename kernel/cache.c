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
    struct entry *newest, *oldest;
};

void shared_init(struct shared *object, void (*free_object)(struct shared *object))
{
    atomic_init(&object->references, 1);
    object->free = free_object;
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

struct cache *cache_new(size_t capacity)
{
    struct cache *cache = calloc(1, sizeof(*cache));

    if (!cache)
        abort();
    cache->capacity = capacity ? capacity : 1;
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

/* Takes an entry out; its object is the caller's to release, outside the lock. */
static struct shared *take_out(struct cache *cache, struct entry **place)
{
    struct entry *entry = *place;
    struct shared *object = entry->object;

    *place = entry->chain;
    unlink_use(cache, entry);
    free(entry);
    cache->count--;
    return object;
}

void cache_free(struct cache *cache)
{
    if (!cache)
        return;
    while (cache->oldest)
        shared_release(
            take_out(cache, place_of(cache, pryv_str_n(cache->oldest->key, cache->oldest->key_len), cache->oldest->hash)));
    pthread_mutex_destroy(&cache->lock);
    free(cache->slots);
    free(cache);
}

struct shared *cache_get(struct cache *cache, struct pryv_str key, uint64_t generation)
{
    uint64_t hash = hash_text(key);
    struct shared *object = NULL, *stale = NULL;

    pthread_mutex_lock(&cache->lock);

    struct entry **place = place_of(cache, key, hash);

    if (*place && (*place)->generation == generation) {
        object = shared_take((*place)->object);
        unlink_use(cache, *place);
        link_newest(cache, *place);
    } else if (*place) {
        stale = take_out(cache, place);
    }
    pthread_mutex_unlock(&cache->lock);
    shared_release(stale);
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

void cache_put(struct cache *cache, struct pryv_str key, uint64_t generation, struct shared *object)
{
    uint64_t hash = hash_text(key);
    struct entry *entry = entry_new(key, hash);
    struct shared *replaced = NULL, *dropped = NULL;

    entry->generation = generation;
    entry->object = shared_take(object);
    pthread_mutex_lock(&cache->lock);

    struct entry **place = place_of(cache, key, hash);

    if (*place)
        replaced = take_out(cache, place);
    if (cache->count == cache->capacity)
        dropped = take_out(cache, place_of(cache, pryv_str_n(cache->oldest->key, cache->oldest->key_len), cache->oldest->hash));
    place = &cache->slots[hash & (cache->slot_count - 1)];
    entry->chain = *place;
    *place = entry;
    link_newest(cache, entry);
    cache->count++;
    pthread_mutex_unlock(&cache->lock);
    shared_release(replaced);
    shared_release(dropped);
}

void cache_remove(struct cache *cache, struct pryv_str key)
{
    struct shared *object = NULL;

    pthread_mutex_lock(&cache->lock);

    struct entry **place = place_of(cache, key, hash_text(key));

    if (*place)
        object = take_out(cache, place);
    pthread_mutex_unlock(&cache->lock);
    shared_release(object);
}
