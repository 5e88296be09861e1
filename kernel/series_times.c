/* series_times.c - times as the change of the step from one to the next (delta of delta), in units of the greatest common divisor of all steps.
 * After T. Pelkonen et al., "Gorilla: A Fast, Scalable, In-Memory Time Series Database", VLDB 2015, 4.1.1; that paper counts in seconds, here
 * the unit takes the zeros off nanoseconds. */
#include "series_columns.h"

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

static uint64_t unit_of(const int64_t *times, size_t count)
{
    uint64_t unit = 0, before = 0;

    for (size_t i = 1; i < count && unit != 1; i++) {
        uint64_t step = (uint64_t) (times[i] - times[i - 1]);

        if (step != before)
            unit = common_divisor(step, unit);
        before = step;
    }
    return unit ? unit : 1;
}

static void put_change(struct bit_writer *w, uint64_t change)
{
    unsigned width = bit_width(change);

    if (width == 0)
        bits_put(w, 0, 1);
    else if (width <= 7)
        bits_put(w, 2u << 7 | change, 9);
    else if (width <= 14)
        bits_put(w, 6u << 14 | change, 17);
    else if (width <= 32)
        bits_put(w, (uint64_t) 14 << 32 | change, 36);
    else {
        bits_put(w, 15, 4);
        bits_put(w, change, 64);
    }
}

static uint64_t get_change(struct bit_reader *r)
{
    if (!bits_get(r, 1))
        return 0;
    if (!bits_get(r, 1))
        return bits_get(r, 7);
    if (!bits_get(r, 1))
        return bits_get(r, 14);
    return bits_get(r, 1) ? bits_get(r, 64) : bits_get(r, 32);
}

void times_write(struct bit_writer *w, const int64_t *times, size_t count)
{
    uint64_t unit = unit_of(times, count), way_before = 0;
    int64_t before = 0;

    varint_put(w, unit);
    varint_put(w, (uint64_t) times[0]);
    for (size_t i = 1; i < count; i++) {
        uint64_t way = (uint64_t) (times[i] - times[i - 1]);
        int64_t step = way == way_before ? before : (int64_t) (way / unit);

        way_before = way;
        put_change(w, zigzag(step - before)); /* both are positive: no overflow */
        before = step;
    }
    bits_align(w);
}

void times_read(struct bit_reader *r, int64_t *times, size_t count)
{
    uint64_t unit = varint_get(r);
    uint64_t first = varint_get(r);
    int64_t step = 0, way;

    if (unit == 0 || unit > INT64_MAX || first > INT64_MAX)
        r->broken = true;
    times[0] = r->broken ? 0 : (int64_t) first;
    for (size_t i = 1; i < count && !r->broken; i++) {
        if (__builtin_add_overflow(step, unzigzag(get_change(r)), &step) || step <= 0 ||
            __builtin_mul_overflow(step, (int64_t) unit, &way) || __builtin_add_overflow(times[i - 1], way, &times[i]))
            r->broken = true;
    }
    bits_skip_to_byte(r);
}
