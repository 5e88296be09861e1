/* arena.c - blocks of growing size, handed out from the front; see pryv/arena.h.
 * Under AddressSanitizer each allocation is its own malloc, so overruns and late uses are seen. */
#include <pryv/arena.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
enum { FIRST_BLOCK = 1, LARGEST_BLOCK = 1 };
#else
enum { FIRST_BLOCK = 4 * 1024 - 64, LARGEST_BLOCK = 128 * 1024 };
#endif
enum { ALIGNMENT = _Alignof(max_align_t), SPARE_SIZES = 3, SPARE_MOST = 32 };

struct block {
    struct block *next;
    size_t size;
    size_t used;
    _Alignas(max_align_t) char data[];
};

struct deferred {
    struct deferred *next;
    void (*fn)(void *object);
    void *object;
};

struct pryv_arena {
    struct block *blocks; /* the newest first */
    struct deferred *deferred;
    size_t total;
    size_t block_size;
};

static void *must(void *memory)
{
    if (!memory) {
        fputs("pryvd: out of memory\n", stderr);
        abort();
    }
    return memory;
}

/* ---- Spare blocks --------------------------------------------------------------------------------- */

/* What a request took on one thread is given back on another: the C library's heaps would lock each other out over it. One list for
 * each of the smallest sizes. */
static struct {
    pthread_mutex_t lock;
    struct block *first;
    size_t count;
} spare[SPARE_SIZES] = {
    { .lock = PTHREAD_MUTEX_INITIALIZER },
    { .lock = PTHREAD_MUTEX_INITIALIZER },
    { .lock = PTHREAD_MUTEX_INITIALIZER },
};

/* SPARE_SIZES: of another size. */
static size_t list_of(size_t size)
{
    size_t i = 0;

    while (i < SPARE_SIZES && size != (size_t) FIRST_BLOCK << i)
        i++;
    return i;
}

static struct block *block_new(size_t size)
{
    size_t i = list_of(size);
    struct block *block = NULL;

    if (i < SPARE_SIZES) {
        pthread_mutex_lock(&spare[i].lock);
        if ((block = spare[i].first)) {
            spare[i].first = block->next;
            spare[i].count--;
        }
        pthread_mutex_unlock(&spare[i].lock);
    }
    if (!block)
        block = must(malloc(sizeof(*block) + size));
    *block = (struct block){ .size = size };
    return block;
}

static void block_free(struct block *block)
{
    size_t i = list_of(block->size);

    if (i < SPARE_SIZES) {
        pthread_mutex_lock(&spare[i].lock);
        if (spare[i].count < SPARE_MOST) {
            block->next = spare[i].first;
            spare[i].first = block;
            spare[i].count++;
            block = NULL;
        }
        pthread_mutex_unlock(&spare[i].lock);
    }
    free(block);
}

/* ---- Arenas --------------------------------------------------------------------------------------- */

struct pryv_arena *pryv_arena_new(void)
{
    struct pryv_arena *arena = must(calloc(1, sizeof(*arena)));

    arena->block_size = FIRST_BLOCK;
    return arena;
}

void pryv_arena_free(struct pryv_arena *arena)
{
    if (!arena)
        return;
    while (arena->deferred) {
        struct deferred *first = arena->deferred;

        arena->deferred = first->next;
        first->fn(first->object);
    }
    while (arena->blocks) {
        struct block *first = arena->blocks;

        arena->blocks = first->next;
        block_free(first);
    }
    free(arena);
}

static struct block *add_block(struct pryv_arena *arena, size_t size)
{
    size_t room = arena->block_size;
    struct block *block;

    while (room < size && list_of(room * 2) < SPARE_SIZES)
        room *= 2;
    block = block_new(size > room ? size : room);
    block->next = arena->blocks;
    arena->blocks = block;
    if (arena->block_size * 2 <= LARGEST_BLOCK)
        arena->block_size *= 2;
    return block;
}

void *pryv_alloc(struct pryv_arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2)
        must(NULL);
    size = (size + ALIGNMENT - 1) & ~(size_t) (ALIGNMENT - 1);

    struct block *block = arena->blocks;

    if (!block || block->size - block->used < size)
        block = add_block(arena, size);

    void *memory = block->data + block->used;

    block->used += size;
    arena->total += size;
    return memory;
}

void *pryv_alloc0(struct pryv_arena *arena, size_t size)
{
    return memset(pryv_alloc(arena, size), 0, size);
}

void *pryv_alloc0_array(struct pryv_arena *arena, size_t n, size_t size)
{
    if (size != 0 && n > SIZE_MAX / size)
        must(NULL);
    return pryv_alloc0(arena, n * size);
}

char *pryv_cstr(struct pryv_arena *arena, struct pryv_str text)
{
    char *copy = pryv_alloc(arena, text.len + 1);

    if (text.len)
        memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    return copy;
}

char *pryv_str_dup(struct pryv_str text)
{
    char *copy = malloc(text.len + 1);

    if (!copy)
        abort();
    if (text.len)
        memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    return copy;
}

struct pryv_str pryv_str_copy(struct pryv_arena *arena, struct pryv_str text)
{
    return text.data ? pryv_str_n(pryv_cstr(arena, text), text.len) : PRYV_STR_NONE;
}

/* Written where the arena has room; written again, when that was too little. */
struct pryv_str pryv_vformat(struct pryv_arena *arena, const char *format, va_list args)
{
    struct block *block = arena->blocks;
    size_t room = block ? block->size - block->used : 0;
    va_list again;
    int len;

    va_copy(again, args);
    len = vsnprintf(room ? block->data + block->used : NULL, room, format, again);
    va_end(again);
    if (len < 0)
        return PRYV_STR("");

    char *text = pryv_alloc(arena, (size_t) len + 1);

    if ((size_t) len >= room)
        vsnprintf(text, (size_t) len + 1, format, args);
    return pryv_str_n(text, (size_t) len);
}

struct pryv_str pryv_format(struct pryv_arena *arena, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    struct pryv_str text = pryv_vformat(arena, format, args);
    va_end(args);
    return text;
}

void pryv_defer(struct pryv_arena *arena, void (*fn)(void *object), void *object)
{
    struct deferred *deferred = pryv_new(arena, struct deferred);

    *deferred = (struct deferred){ .next = arena->deferred, .fn = fn, .object = object };
    arena->deferred = deferred;
}

size_t pryv_arena_size(const struct pryv_arena *arena)
{
    return arena->total;
}
