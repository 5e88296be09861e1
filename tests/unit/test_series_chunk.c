/* Chunks of points: what goes in comes back bit by bit, and what is damaged is told. */
#include "series_bits.h"
#include <criterion/criterion.h>
#include <pryv/series.h>
#include <stdlib.h>

enum { MOST = 300, ROUNDS = 400 };

static unsigned seed = 1;

static unsigned any(unsigned below)
{
    seed = seed * 1103515245u + 12345u;
    return (seed >> 8) % below;
}

static double of_bits(uint64_t bits)
{
    double number;

    memcpy(&number, &bits, sizeof(number));
    return number;
}

static double any_number(unsigned kind)
{
    static double walk = 46.5;
    static const double special[] = { 0, -0.0, INFINITY, -INFINITY, NAN, 1e308, -1e308, 5e-324, 1e21, 9007199254740993.0, 0.1 };

    switch (kind) {
    case 0: return (double) any(1000) - 500;
    case 1: return any(100000) / 100.0;
    case 2: return special[any(PRYV_COUNT(special))];
    case 3: return walk += ((double) any(2001) - 1000) / 1e7; /* no decimal: rounding adds up */
    case 4: return round((walk += ((double) any(2001) - 1000) / 1e7) * 1e7) / 1e7;
    case 5: return of_bits((uint64_t) any(1u << 24) << 40 | (uint64_t) any(1u << 24) << 20 | any(1u << 20));
    default: return 42.5;
    }
}

static void fill(struct pryv_arena *mem, struct pryv_series_points *points, struct pryv_series_column *columns, size_t count)
{
    int64_t *times = pryv_new_array(mem, int64_t, count), time = any(1000);
    int64_t step = any(2) ? 1000000000 : 1 + any(1000);
    unsigned kind = any(8), gaps = any(3);

    for (size_t i = 0; i < count; i++) {
        times[i] = time;
        time += step * (1 + any(any(4) ? 1 : 1u << any(20)));
    }
    for (size_t c = 0; c < 3; c++) {
        bool *present = pryv_new_array(mem, bool, count), *bools = pryv_new_array(mem, bool, count);
        double *numbers = pryv_new_array(mem, double, count);
        struct pryv_str *texts = pryv_new_array(mem, struct pryv_str, count);
        unsigned words = 1 + any(count > 1 ? (unsigned) count : 2);

        for (size_t i = 0; i < count; i++) {
            present[i] = gaps == 0 || any(gaps + 1);
            bools[i] = any(2);
            numbers[i] = any_number(kind == 7 ? any(7) : kind);
            texts[i] = pryv_format(mem, "word %u \xe2\x82\xac", any(words));
        }
        columns[c] = (struct pryv_series_column){ .name = pryv_format(mem, "column %zu", c),
                                                  .kind = (enum pryv_series_kind)(PRYV_SERIES_NUMBER + c),
                                                  .present = gaps ? present : NULL,
                                                  .numbers = c == 0 ? numbers : NULL,
                                                  .texts = c == 1 ? texts : NULL,
                                                  .bools = c == 2 ? bools : NULL };
    }
    *points = (struct pryv_series_points){ .count = count, .times = times, .column_count = any(4), .columns = columns };
}

static void assert_same(const struct pryv_series_points *a, const struct pryv_series_points *b)
{
    cr_assert_eq(a->count, b->count);
    cr_assert_eq(a->column_count, b->column_count);
    cr_assert_eq(memcmp(a->times, b->times, a->count * sizeof(*a->times)), 0);
    for (size_t c = 0; c < a->column_count; c++) {
        const struct pryv_series_column *x = &a->columns[c], *y = &b->columns[c];

        cr_assert(pryv_str_is(x->name, y->name));
        cr_assert_eq(x->kind, y->kind);
        for (size_t i = 0; i < a->count; i++) {
            bool there = !x->present || x->present[i];

            cr_assert_eq(there, !y->present || y->present[i]);
            if (there && x->kind == PRYV_SERIES_NUMBER)
                cr_assert_eq(memcmp(&x->numbers[i], &y->numbers[i], sizeof(double)), 0, "%a came back as %a", x->numbers[i],
                             y->numbers[i]);
            if (there && x->kind == PRYV_SERIES_TEXT)
                cr_assert(pryv_str_is(x->texts[i], y->texts[i]));
            if (there && x->kind == PRYV_SERIES_BOOL)
                cr_assert_eq(x->bools[i], y->bools[i]);
        }
    }
}

/* Those that some point has a value of. */
static void assert_names(struct pryv_arena *mem, const struct pryv_series_points *points, struct pryv_str bytes)
{
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_str *names;
    size_t count, at = 0;

    cr_assert_eq(pryv_series_names(mem, bytes, &names, &count, &err), PRYV_OK);
    for (size_t c = 0; c < points->column_count; c++) {
        const struct pryv_series_column *column = &points->columns[c];
        bool there = !column->present;

        for (size_t i = 0; !there && i < points->count; i++)
            there = column->present[i];
        if (there)
            cr_assert(at < count && pryv_str_is(names[at++], column->name));
    }
    cr_assert_eq(at, count);
}

Test(series_chunk, gives_back_what_it_got)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct pryv_arena *mem = pryv_arena_new();
        struct pryv_err err = PRYV_ERR(mem);
        struct pryv_series_points points, back;
        struct pryv_series_column columns[3];
        struct pryv_series_chunk chunk;

        uint64_t rank = any(2) ? any(1u << 20) : 0;

        fill(mem, &points, columns, 1 + any(MOST));
        cr_assert_eq(pryv_series_pack_ranked(mem, &points, rank, &chunk, &err), PRYV_OK);
        assert_names(mem, &points, chunk.bytes);
        cr_assert_eq(chunk.points, points.count);
        chunk.id = 7;
        cr_assert_eq(pryv_series_rank(&chunk), rank ? rank : 7);
        cr_assert_eq(chunk.from, pryv_series_seconds(points.times[0]));
        cr_assert_eq(chunk.to, pryv_series_seconds(points.times[points.count - 1]));
        cr_assert_eq(pryv_series_unpack(mem, chunk.bytes, &back, &err), PRYV_OK);
        assert_same(&points, &back);
        chunk.bytes = pryv_series_unranked(mem, chunk.bytes);
        cr_assert_eq(pryv_series_rank(&chunk), 7);
        cr_assert_eq(pryv_series_unpack(mem, chunk.bytes, &back, &err), PRYV_OK);
        assert_same(&points, &back);
        pryv_arena_free(mem);
    }
}

Test(series_chunk, takes_times_to_the_last_nanosecond)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    const int64_t times[] = { 0, 1, INT64_MAX - 1, INT64_MAX };
    struct pryv_series_points points = { .count = 4, .times = times }, back;
    struct pryv_series_chunk chunk;

    cr_assert_eq(pryv_series_pack(mem, &points, &chunk, &err), PRYV_OK);
    cr_assert_eq(pryv_series_unpack(mem, chunk.bytes, &back, &err), PRYV_OK);
    cr_assert_eq(memcmp(times, back.times, sizeof(times)), 0);
    pryv_arena_free(mem);
}

Test(series_chunk, refuses_what_is_no_series)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    const int64_t back[] = { 5, 4 }, twice[] = { 5, 5 }, negative[] = { -1 };
    struct pryv_series_chunk chunk;

    cr_assert_eq(pryv_series_pack(mem, &(struct pryv_series_points){ .count = 0 }, &chunk, &err), PRYV_FAILED);
    cr_assert_eq(pryv_series_pack(mem, &(struct pryv_series_points){ .count = 2, .times = back }, &chunk, &err), PRYV_FAILED);
    cr_assert_eq(pryv_series_pack(mem, &(struct pryv_series_points){ .count = 2, .times = twice }, &chunk, &err), PRYV_FAILED);
    cr_assert_eq(pryv_series_pack(mem, &(struct pryv_series_points){ .count = 1, .times = negative }, &chunk, &err), PRYV_FAILED);
    pryv_arena_free(mem);
}

/* Bytes that version 1 wrote: a column of each coding it had. */
Test(series_chunk, of_version_1_is_read)
{
    static const char bytes[] =
        "\x01\x05\x05\x80\xca\xb5\xee\x01\x05\x82\x20\x31\x80\x07\x64\x65\x63\x69\x6d\x61\x6c\x01\x02\x00\x12\x02\x1c\x98"
        "\x39\x00\x00\x00\x90\x00\x1d\x55\x00\x00\x0c\x8b\xeb\xc2\x00\x03\x78\x6f\x72\x01\x01\x01\xb0\x1a\x3f\xb9\x99\x99"
        "\x99\x99\x99\x9a\xc1\xf5\xfd\xcc\xcc\xcc\xcc\xcc\xcc\xdb\x00\x24\x87\xed\x51\x10\xb4\x60\x05\x77\x6f\x72\x64\x73"
        "\x02\x04\x00\x09\x02\x02\x6f\x6e\x03\x6f\x66\x66\x48\x05\x70\x6c\x61\x69\x6e\x02\x03\x00\x0b\x01\x61\x01\x62\x03"
        "\xe2\x82\xac\x00\x01\x65\x04\x62\x69\x74\x73\x03\x05\x00\x01\x98\xbb\x5c\xdc\x11";
    static const int64_t times[] = { 5, 1000000005, 2000000005, 2500000005, 9000000005 };
    static const double decimal[] = { 36.6, 36.55, -1, 0, 1e6 }, xor_[] = { 0.1, 1e300, -0.0, 3.141592653589793, 5e-324 };
    static const bool present[] = { true, false, true, true, false }, yes[] = { true, false, false, true, true };
    static const struct pryv_str on = { "on", 2 }, off = { "off", 3 };
    const struct pryv_str words[] = { on, off, on, on, off };
    const struct pryv_str plain[] = { PRYV_STR("a"), PRYV_STR("b"), PRYV_STR("\xe2\x82\xac"), PRYV_STR(""), PRYV_STR("e") };
    const struct pryv_series_column columns[] = {
        { .name = PRYV_STR("decimal"), .kind = PRYV_SERIES_NUMBER, .numbers = decimal },
        { .name = PRYV_STR("xor"), .kind = PRYV_SERIES_NUMBER, .present = present, .numbers = xor_ },
        { .name = PRYV_STR("words"), .kind = PRYV_SERIES_TEXT, .texts = words },
        { .name = PRYV_STR("plain"), .kind = PRYV_SERIES_TEXT, .texts = plain },
        { .name = PRYV_STR("bits"), .kind = PRYV_SERIES_BOOL, .bools = yes },
    };
    const struct pryv_series_points points = {
        .count = PRYV_COUNT(times), .times = times, .column_count = PRYV_COUNT(columns), .columns = columns
    };
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_series_points back;

    cr_assert_eq(pryv_series_unpack(mem, pryv_str_n(bytes, sizeof(bytes) - 1), &back, &err), PRYV_OK);
    assert_same(&points, &back);
    pryv_arena_free(mem);
}

/* What one number each second takes, in bytes a point. */
static double bytes_a_point(double (*number)(size_t i))
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    enum { COUNT = 4096 };
    int64_t *times = pryv_new_array(mem, int64_t, COUNT);
    double *numbers = pryv_new_array(mem, double, COUNT), size;
    struct pryv_series_column column = { .name = PRYV_STR("value"), .kind = PRYV_SERIES_NUMBER, .numbers = numbers };
    struct pryv_series_points points = { .count = COUNT, .times = times, .column_count = 1, .columns = &column }, back;
    struct pryv_series_chunk chunk;

    for (size_t i = 0; i < COUNT; i++) {
        times[i] = (int64_t) i * 1000000000;
        numbers[i] = number(i);
    }
    cr_assert_eq(pryv_series_pack(mem, &points, &chunk, &err), PRYV_OK);
    cr_assert_eq(pryv_series_unpack(mem, chunk.bytes, &back, &err), PRYV_OK);
    assert_same(&points, &back);
    size = (double) chunk.bytes.len / COUNT;
    pryv_arena_free(mem);
    return size;
}

static double any_tenths(size_t i PRYV_UNUSED)
{
    return 70 + any(20) / 10.0;
}

static double seldom_high(size_t i)
{
    return i % 1000 < 10 ? (double) any(1000) : any(4) / 1.0;
}

static double smooth(size_t i)
{
    return round(1e7 * sin((double) i / 500)) / 1e7;
}

Test(series_chunk, is_small)
{
    cr_assert_lt(bytes_a_point(any_tenths), 1.0);
    cr_assert_lt(bytes_a_point(seldom_high), 0.8, "a few high steps cost in their own blocks alone");
    cr_assert_lt(bytes_a_point(smooth), 1.5, "steps that hardly change");
}

/* ---- Damage ------------------------------------------------------------------------------------- */

static void assert_refused(struct pryv_str bytes)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_series_points points;
    struct pryv_str *names;
    size_t count;
    char *copy = malloc(bytes.len + 1); /* of exactly that size: a sanitizer sees who reads beyond */

    memcpy(copy, bytes.data, bytes.len);
    cr_assert_eq(pryv_series_unpack(mem, pryv_str_n(copy, bytes.len), &points, &err), PRYV_FAILED);
    cr_assert_eq(pryv_series_names(mem, pryv_str_n(copy, bytes.len), &names, &count, &err), PRYV_FAILED);
    cr_assert_eq(pryv_series_unranked(mem, pryv_str_n(copy, bytes.len)).data, copy);
    free(copy);
    pryv_arena_free(mem);
}

Test(series_chunk, that_is_cut_or_changed_is_refused)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_series_points points;
    struct pryv_series_column columns[3];
    struct pryv_series_chunk chunk;
    char *bytes;

    fill(mem, &points, columns, 50);
    cr_assert_eq(pryv_series_pack_ranked(mem, &points, 300, &chunk, &err), PRYV_OK);
    for (size_t len = 0; len < chunk.bytes.len; len++)
        assert_refused(pryv_str_n(chunk.bytes.data, len));
    bytes = pryv_cstr(mem, chunk.bytes);
    for (size_t i = 0; i < chunk.bytes.len; i++) {
        bytes[i] ^= (char) (1u << any(8));
        assert_refused(pryv_str_n(bytes, chunk.bytes.len));
        bytes[i] = chunk.bytes.data[i];
    }
    pryv_arena_free(mem);
}

/* ---- Seconds -------------------------------------------------------------------------------------- */

Test(series_seconds, of_nine_digits_come_back)
{
    static const double given[] = { 0, 1.005, 0.1, 0.3, 1e-9, 123456.123456789, 1385046854.282, 9000000000.5, 4503599.627370496 };
    int64_t time;

    for (size_t i = 0; i < PRYV_COUNT(given); i++) {
        cr_assert(pryv_series_nanoseconds(given[i], &time));
        cr_assert_eq(pryv_series_seconds(time), given[i], "%.17g", given[i]);
    }
    for (int i = 0; i < 100000; i++) {
        int64_t nanoseconds = (int64_t) any(1u << 24) << 24 | any(1u << 24);

        cr_assert(pryv_series_nanoseconds(pryv_series_seconds(nanoseconds), &time));
        cr_assert_eq(time, nanoseconds);
    }
}

Test(series_seconds, beyond_the_range_are_told)
{
    int64_t time;

    cr_assert_not(pryv_series_nanoseconds(NAN, &time));
    cr_assert_not(pryv_series_nanoseconds(INFINITY, &time));
    cr_assert_not(pryv_series_nanoseconds(1e12, &time));
    cr_assert_not(pryv_series_nanoseconds(9223372036.9, &time));
    cr_assert(pryv_series_nanoseconds(9223372036.8, &time));
}
