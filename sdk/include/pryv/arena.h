/* pryv/arena.h - memory that lives as long as a request, and goes with it.
 *
 * Memory   Nothing taken from an arena is freed by hand. pryv_arena_free runs the deferred
 *          functions, the last registered first, then gives back everything.
 * Errors   Allocation never fails: a process without memory is ended and restarted by the master.
 *          What a client can size must be limited before it gets here.
 * Threads  An arena belongs to one thread at a time.
 * Under AddressSanitizer every allocation is a malloc of its own, so that an arena hides no bug.
 */
#ifndef PRYV_ARENA_H
#define PRYV_ARENA_H

#include <pryv/base.h>

struct pryv_arena;

PRYV_EXPORT struct pryv_arena *pryv_arena_new(void);
PRYV_EXPORT void pryv_arena_free(struct pryv_arena *arena); /* NULL is fine */

/* Aligned for any type; pryv_alloc0 is zeroed. A size of 0 gives a valid pointer. */
PRYV_EXPORT void *pryv_alloc(struct pryv_arena *arena, size_t size) __attribute__((malloc, alloc_size(2), returns_nonnull));
PRYV_EXPORT void *pryv_alloc0(struct pryv_arena *arena, size_t size) __attribute__((malloc, alloc_size(2), returns_nonnull));
#define pryv_new(arena, type)          ((type *) pryv_alloc0(arena, sizeof(type)))
#define pryv_new_array(arena, type, n) ((type *) pryv_alloc0_array(arena, n, sizeof(type)))
PRYV_EXPORT void *pryv_alloc0_array(struct pryv_arena *arena, size_t n, size_t size);

/* Copies; the result is also NUL-ended. An absent text stays absent. */
PRYV_EXPORT struct pryv_str pryv_str_copy(struct pryv_arena *arena, struct pryv_str text);
PRYV_EXPORT char *pryv_cstr(struct pryv_arena *arena, struct pryv_str text);
/* The same from the heap, NUL-ended also when absent: for what outlives every arena. free() it. Aborts without memory. */
PRYV_EXPORT char *pryv_str_dup(struct pryv_str text) __attribute__((malloc, returns_nonnull));
PRYV_EXPORT struct pryv_str pryv_format(struct pryv_arena *arena, const char *format, ...) PRYV_PRINTF(2, 3);
PRYV_EXPORT struct pryv_str pryv_vformat(struct pryv_arena *arena, const char *format, va_list args);

/* Run `fn(object)` when the arena is freed. */
PRYV_EXPORT void pryv_defer(struct pryv_arena *arena, void (*fn)(void *object), void *object);

/* Bytes taken so far, for limits and tests. */
PRYV_EXPORT size_t pryv_arena_size(const struct pryv_arena *arena);

#endif
