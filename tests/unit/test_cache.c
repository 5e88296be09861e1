/* The bounded cache: what is found, what is too old, what goes when it is full, and many threads at once. */
#include "cache.h"
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct number {
    struct shared shared;
    int value;
};

static atomic_int alive;

static void number_free(struct shared *shared)
{
    atomic_fetch_sub(&alive, 1);
    free(shared);
}

static struct number *number_new(int value)
{
    struct number *number = malloc(sizeof(*number));

    cr_assert_not_null(number);
    shared_init(&number->shared, number_free);
    number->value = value;
    atomic_fetch_add(&alive, 1);
    return number;
}

static struct pryv_str key_of(char text[16], int i)
{
    return pryv_str_n(text, (size_t) snprintf(text, 16, "key-%d", i));
}

static void put(struct cache *cache, int i, uint64_t generation)
{
    char text[16];
    struct number *number = number_new(i);

    cache_put(cache, key_of(text, i), generation, &number->shared);
    shared_release(&number->shared);
}

/* The value, or -1. */
static int get(struct cache *cache, int i, uint64_t generation)
{
    char text[16];
    struct number *number = (struct number *) (void *) cache_get(cache, key_of(text, i), generation);
    int value = number ? number->value : -1;

    if (number)
        shared_release(&number->shared);
    return value;
}

static void put_sized(struct cache *cache, int i, size_t size)
{
    char text[16];
    struct number *number = number_new(i);

    number->shared.size = size;
    cache_put(cache, key_of(text, i), 0, &number->shared);
    shared_release(&number->shared);
}

Test(cache, holds_so_many_bytes)
{
    struct cache *cache = cache_new(100, 1000);

    for (int i = 0; i < 10; i++)
        put_sized(cache, i, 100);
    cr_expect_eq(get(cache, 0, 0), 0, "all fit, and this one is the newest now");
    put_sized(cache, 10, 300);
    cr_expect_eq(atomic_load(&alive), 8, "three went for it");
    for (int i = 1; i <= 3; i++)
        cr_expect_eq(get(cache, i, 0), -1, "%d was among the oldest", i);
    cr_expect_eq(get(cache, 0, 0), 0);
    put_sized(cache, 10, 1000);
    cr_expect_eq(atomic_load(&alive), 1, "one may fill it");
    put_sized(cache, 11, 1001);
    cr_expect_eq(get(cache, 11, 0), -1, "what is larger than all is not kept");
    cr_expect_eq(get(cache, 10, 0), 10, "and takes no place");
    cache_free(cache);
    cr_expect_eq(atomic_load(&alive), 0);
}

Test(cache, finds_what_was_put)
{
    struct cache *cache = cache_new(100, 0);

    for (int i = 0; i < 100; i++)
        put(cache, i, 7);
    for (int i = 0; i < 100; i++)
        cr_expect_eq(get(cache, i, 7), i);
    cr_expect_eq(get(cache, 100, 7), -1);
    cache_free(cache);
    cr_expect_eq(alive, 0);
}

Test(cache, another_generation_is_not_there_and_goes)
{
    struct cache *cache = cache_new(10, 0);

    put(cache, 1, 7);
    cr_expect_eq(get(cache, 1, 8), -1);
    cr_expect_eq(alive, 0, "a stale object is not kept");
    cr_expect_eq(get(cache, 1, 7), -1);
    put(cache, 1, 8);
    cr_expect_eq(get(cache, 1, 8), 1);
    cache_free(cache);
}

Test(cache, the_least_recently_used_goes)
{
    struct cache *cache = cache_new(3, 0);

    for (int i = 0; i < 3; i++)
        put(cache, i, 0);
    cr_expect_eq(get(cache, 0, 0), 0, "used again");
    put(cache, 3, 0);
    cr_expect_eq(alive, 3);
    cr_expect_eq(get(cache, 1, 0), -1, "the oldest by use");
    cr_expect_eq(get(cache, 0, 0), 0);
    cr_expect_eq(get(cache, 2, 0), 2);
    cr_expect_eq(get(cache, 3, 0), 3);
    cache_free(cache);
    cr_expect_eq(alive, 0);
}

Test(cache, the_same_key_again_replaces)
{
    struct cache *cache = cache_new(2, 0);
    struct number *other = number_new(42);

    put(cache, 1, 0);
    put(cache, 2, 0);
    cache_put(cache, PRYV_STR("key-1"), 0, &other->shared);
    shared_release(&other->shared);
    cr_expect_eq(get(cache, 1, 0), 42);
    cr_expect_eq(get(cache, 2, 0), 2, "nothing else went");
    cr_expect_eq(alive, 2);
    cache_free(cache);
    cr_expect_eq(alive, 0);
}

Test(cache, keys_are_compared_whole)
{
    struct cache *cache = cache_new(10, 0);
    struct number *number = number_new(1);

    cache_put(cache, PRYV_STR("user token"), 0, &number->shared);
    shared_release(&number->shared);
    cr_expect_null(cache_get(cache, PRYV_STR("user toke"), 0));
    cr_expect_null(cache_get(cache, PRYV_STR("user token\0"), 0));
    cr_expect_null(cache_get(cache, PRYV_STR(""), 0));
    cache_free(cache);
}

Test(cache, what_is_held_outlives_the_cache)
{
    struct cache *cache = cache_new(1, 0);
    struct pryv_arena *arena = pryv_arena_new();

    put(cache, 1, 0);
    shared_keep(arena, cache_get(cache, PRYV_STR("key-1"), 0));
    put(cache, 2, 0);
    cr_expect_eq(alive, 2, "thrown out, still held");
    cache_free(cache);
    cr_expect_eq(alive, 1);
    pryv_arena_free(arena);
    cr_expect_eq(alive, 0);
    shared_release(NULL);
    cache_free(NULL);
}

/* ---- Threads ------------------------------------------------------------------------------------ */

enum { THREADS = 4, ROUNDS = 20000, KEYS = 24 };

static struct cache *common;
static atomic_int wrong;

static void *work(void *seed_)
{
    unsigned seed = (unsigned) (uintptr_t) seed_;

    for (int i = 0; i < ROUNDS; i++) {
        seed = seed * 1103515245u + 12345u;

        int key = (int) (seed >> 16) % KEYS, found = get(common, key, seed >> 30);

        if (found != -1 && found != key)
            atomic_fetch_add(&wrong, 1);
        if (found == -1)
            put(common, key, seed >> 30);
    }
    return NULL;
}

Test(cache, threads)
{
    pthread_t threads[THREADS];

    common = cache_new(KEYS / 2, 0);
    for (uintptr_t i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, work, (void *) (i + 1)), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    cr_expect_eq(wrong, 0);
    cr_expect_leq(alive, KEYS / 2);
    cache_free(common);
    cr_expect_eq(alive, 0);
}
