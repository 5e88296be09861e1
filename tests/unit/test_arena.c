/* The arena: alignment, growth, deferred functions, texts. */
#include <criterion/criterion.h>
#include <pryv/arena.h>
#include <pthread.h>
#include <signal.h>

struct trail {
    char text[8];
    size_t len;
};

struct mark {
    struct trail *trail;
    char letter;
};

static void leave_mark(void *object)
{
    struct mark *mark = object;

    mark->trail->text[mark->trail->len++] = mark->letter;
}

Test(arena, nothing_is_freed_twice_or_left)
{
    struct pryv_arena *arena = pryv_arena_new();

    for (size_t size = 0; size < 200000; size = size * 2 + 1)
        memset(pryv_alloc(arena, size), 0x5a, size);
    cr_assert_geq(pryv_arena_size(arena), 200000u);
    pryv_arena_free(arena);
    pryv_arena_free(NULL);
}

Test(arena, memory_fits_any_type)
{
    struct pryv_arena *arena = pryv_arena_new();

    for (size_t i = 0; i < 100; i++)
        cr_assert_eq((uintptr_t) pryv_alloc(arena, i % 7) % _Alignof(max_align_t), 0, "allocation %zu", i);
    pryv_arena_free(arena);
}

Test(arena, zeroed_memory_is_zero)
{
    struct pryv_arena *arena = pryv_arena_new();
    unsigned char *bytes;

    memset(pryv_alloc(arena, 512), 0xff, 512);
    bytes = pryv_alloc0(arena, 512);
    for (size_t i = 0; i < 512; i++)
        cr_assert_eq(bytes[i], 0);
    pryv_arena_free(arena);
}

Test(arena, deferred_functions_run_last_first)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct trail trail = { .len = 0 };
    struct mark marks[] = { { &trail, 'a' }, { &trail, 'b' }, { &trail, 'c' } };

    for (size_t i = 0; i < PRYV_COUNT(marks); i++)
        pryv_defer(arena, leave_mark, &marks[i]);
    pryv_arena_free(arena);
    cr_assert_str_eq(trail.text, "cba");
}

Test(arena, copies_end_with_nul_and_absent_stays_absent)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_str copy = pryv_str_copy(arena, pryv_str_n("abcdef", 3));

    cr_assert_str_eq(copy.data, "abc");
    cr_assert_null(pryv_str_copy(arena, PRYV_STR_NONE).data);
    cr_assert_not_null(pryv_str_copy(arena, PRYV_STR("")).data);
    cr_assert(pryv_str_equal(pryv_format(arena, "%d-%s", 7, "x"), "7-x"));
    pryv_arena_free(arena);
}

static struct pryv_arena *being_freed;

static void defer_another(void *object)
{
    struct mark *mark = object;

    leave_mark(mark);
    pryv_defer(being_freed, leave_mark, mark + 1);
}

Test(arena, a_deferred_function_may_defer_and_allocate)
{
    struct trail trail = { .len = 0 };
    struct mark marks[] = { { &trail, 'a' }, { &trail, 'b' } };

    being_freed = pryv_arena_new();
    pryv_defer(being_freed, defer_another, &marks[0]);
    pryv_arena_free(being_freed);
    cr_assert_str_eq(trail.text, "ab");
}

Test(arena, arrays_are_zeroed_and_texts_of_any_length_are_whole)
{
    struct pryv_arena *arena = pryv_arena_new();
    double *numbers = pryv_new_array(arena, double, 1000);
    struct pryv_str padded = pryv_format(arena, "%300000d", 7);

    for (size_t i = 0; i < 1000; i++)
        cr_assert_eq(numbers[i], 0);
    cr_assert_not_null(pryv_new_array(arena, double, 0));
    cr_assert_eq(padded.len, 300000u);
    cr_assert_eq(padded.data[padded.len - 1], '7');
    cr_assert_eq(padded.data[padded.len], '\0');
    cr_assert_str_eq(pryv_cstr(arena, PRYV_STR_NONE), "");
    pryv_arena_free(arena);
}

Test(arena, texts_are_whole_wherever_a_block_ends)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_str texts[2000];

    for (size_t i = 0; i < PRYV_COUNT(texts); i++)
        texts[i] = pryv_format(arena, "%0*zu", (int) (i % 100 + 1), i % 10);
    for (size_t i = 0; i < PRYV_COUNT(texts); i++) {
        cr_assert_eq(texts[i].len, i % 100 + 1);
        cr_assert_eq(strspn(texts[i].data, "0"), texts[i].len - (i % 10 > 0), "text %zu: %s", i, texts[i].data);
        cr_assert_eq(texts[i].data[texts[i].len], '\0');
    }
    pryv_arena_free(arena);
}

/* ---- Threads ------------------------------------------------------------------------------- */

struct handed {
    struct pryv_arena *arena;
    unsigned char *bytes;
    size_t size;
};

static struct handed fill(size_t number)
{
    struct handed handed = { .arena = pryv_arena_new(), .size = number * 97 % 40000 };

    handed.bytes = pryv_alloc(handed.arena, handed.size);
    memset(handed.bytes, (int) (number % 256), handed.size);
    return handed;
}

static bool is_whole(const struct handed *handed, size_t number)
{
    for (size_t i = 0; i < handed->size; i++)
        if (handed->bytes[i] != number % 256)
            return false;
    return true;
}

enum { HANDED = 400 };

/* Frees what another thread has filled, and fills anew what another thread will free. */
static void *refill(void *context)
{
    struct handed *all = context;

    for (size_t i = 0; i < HANDED; i++) {
        if (!is_whole(&all[i], i))
            return all;
        pryv_arena_free(all[i].arena);
        all[i] = fill(i);
    }
    return NULL;
}

Test(arena, memory_goes_from_thread_to_thread)
{
    static struct handed all[4][HANDED];
    pthread_t threads[4];

    for (size_t t = 0; t < PRYV_COUNT(threads); t++)
        for (size_t i = 0; i < HANDED; i++)
            all[t][i] = fill(i);
    for (size_t t = 0; t < PRYV_COUNT(threads); t++)
        cr_assert_eq(pthread_create(&threads[t], NULL, refill, all[t]), 0);
    for (size_t t = 0; t < PRYV_COUNT(threads); t++) {
        void *broken;

        pthread_join(threads[t], &broken);
        cr_assert_null(broken, "thread %zu found something else than was written", t);
        for (size_t i = 0; i < HANDED; i++) {
            cr_assert(is_whole(&all[t][i], i), "arena %zu of thread %zu", i, t);
            pryv_arena_free(all[t][i].arena);
        }
    }
}

Test(arena, a_size_that_overflows_ends_the_process, .signal = SIGABRT)
{
    struct pryv_arena *arena = pryv_arena_new();
    volatile size_t many = SIZE_MAX / 4;

    pryv_alloc0_array(arena, many, 8);
}
