/* Numbers of series are the doubles nearest to what was written, as strtod reads it: more than a million random ones of every kind that is known to be
 * hard, and of CSV also the text that they came from. */
// link: plugins/hfs
#include <criterion/criterion.h>
#include "../../plugins/hfs/number.h"
#include "hfs_bodies.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

enum { LONGEST = 2400, EXACT_DIGITS = 1100 };

static uint64_t state, seed;

/* splitmix64; another seed in every run, and a failure tells it. */
static uint64_t any(void)
{
    uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static size_t below(size_t bound)
{
    return (size_t) (any() % bound);
}

static void begin(void)
{
    const char *given = getenv("NUMBER_SEED");
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    seed = state = given ? strtoull(given, NULL, 10) : (uint64_t) now.tv_nsec * 1000003 + (uint64_t) now.tv_sec;
}

TestSuite(hfs_number, .init = begin, .timeout = 100);

static void is_read_as_everywhere(const char *text, size_t len)
{
    const char *at = text, *fault = NULL;
    double expected = strtod(text, NULL), number = 0;

    fault = number_read(&at, text + len, &number);
    if (fault || at != text + len || memcmp(&number, &expected, sizeof(number)) != 0)
        cr_assert_fail("NUMBER_SEED=%llu: %s is %a, not %a (%s)", (unsigned long long) seed, text, expected, number,
                       fault ? fault : "no fault");
}

static double of_bits(uint64_t bits)
{
    double number;

    memcpy(&number, &bits, sizeof(number));
    return number;
}

static double any_number(void)
{
    for (;;) {
        double number = of_bits(any());

        if (isfinite(number))
            return number;
    }
}

/* Digits with a point somewhere, as a JSON number. */
static size_t write_digits(char *text, size_t digits)
{
    size_t len = 0, point = 1 + below(digits);
    uint64_t pool = 0;

    if (below(2))
        text[len++] = '-';
    if (below(8) == 0 && digits > 1)
        point = 1;
    for (size_t i = 0; i < digits; i++) {
        if (i == point)
            text[len++] = '.';
        if (i % 16 == 0)
            pool = any();
        text[len] = (char) ('0' + (pool & 15) % 10);
        if (i == 0 && point > 1 && text[len] == '0')
            text[len] = '1';
        len++;
        pool >>= 4;
    }
    text[len] = '\0';
    return len;
}

Test(hfs_number, of_few_and_of_many_digits)
{
    char text[LONGEST];

    for (int i = 0; i < 700000; i++)
        is_read_as_everywhere(text, write_digits(text, 1 + below(20)));
    for (int i = 0; i < 3000; i++)
        is_read_as_everywhere(text, write_digits(text, 20 + below(1000)));
}

/* Whole numbers around 2^53, and these as the digits of fractions: up to there the quick way is exact. */
Test(hfs_number, around_the_last_exact_ones)
{
    char text[LONGEST];

    for (int i = 0; i < 100000; i++) {
        uint64_t digits = (UINT64_C(1) << 53) - 500 + below(1000);
        size_t len = (size_t) snprintf(text, sizeof(text), "%llu", (unsigned long long) digits), point = 1 + below(len);

        if (point < len) {
            memmove(text + point + 1, text + point, len - point + 1);
            text[point] = '.';
            len++;
        }
        is_read_as_everywhere(text, len);
    }
}

Test(hfs_number, of_any_bits_are_themselves_again)
{
    char text[LONGEST];

    for (int i = 0; i < 250000; i++) {
        double number = i % 5 ? any_number() : of_bits(any() & UINT64_C(0x800fffffffffffff)), back;
        size_t len = (size_t) snprintf(text, sizeof(text), "%.*g", i % 2 ? 17 : 17 + (int) below(13), number);
        const char *at = text;

        is_read_as_everywhere(text, len);
        cr_assert_null(number_read(&at, text + len, &back));
        cr_assert_eq(memcmp(&back, &number, sizeof(number)), 0, "NUMBER_SEED=%llu: %s", (unsigned long long) seed, text);
    }
}

/* Every exponent, the least and the greatest of each. */
Test(hfs_number, of_every_exponent)
{
    char text[LONGEST];

    for (uint64_t exponent = 0; exponent < 2047; exponent++)
        for (int step = -2; step <= 2; step++) {
            double number = of_bits((exponent << 52) + (uint64_t) (int64_t) step);

            if (!isfinite(number))
                continue;
            is_read_as_everywhere(text, (size_t) snprintf(text, sizeof(text), "%.17g", number));
            is_read_as_everywhere(text, (size_t) snprintf(text, sizeof(text), "%.0f", number));
            is_read_as_everywhere(text, (size_t) snprintf(text, sizeof(text), "%.400f", number));
        }
}

/* Exactly between two doubles, and the least bit more or less. A long double has the bits that this takes. */
Test(hfs_number, between_two)
{
    char text[LONGEST];

    cr_assert_geq(LDBL_MANT_DIG, DBL_MANT_DIG + 1);
    for (int i = 0; i < 20000; i++) {
        double low = i % 4 ? (double) below((size_t) 1 << 50) / (double) ((size_t) 1 << below(50)) : fabs(any_number());
        double high = nextafter(low, INFINITY);

        if (!isfinite(high))
            continue;

        long double half = ((long double) low + (long double) high) / 2;
        size_t len = (size_t) snprintf(text, sizeof(text), "%.*Lf", half < 1e-30L ? EXACT_DIGITS : 150, half);

        is_read_as_everywhere(text, len);
        text[len++] = '1';
        text[len] = '\0';
        is_read_as_everywhere(text, len);
        len -= 2;
        text[len] = '\0';
        is_read_as_everywhere(text, len);
    }
}

Test(hfs_number, that_are_none_are_told)
{
    static const char *const texts[] = { "",   "-",   "+1",   "01", "-01", "1.",       ".5",
                                         "1e", "1e+", "1.e1", "e1", "--1", "Infinity", "0x1" };

    for (size_t i = 0; i < PRYV_COUNT(texts); i++) {
        double number;

        cr_expect_not(number_is(pryv_str(texts[i]), &number), "%s", texts[i]);
    }
}

/* ---- CSV ------------------------------------------------------------------------------------------------ */

static const struct pryv_series_field fields[] = {
    { { "n", 1 }, PRYV_FIELD_NUMBER, true },
    { { "t", 1 }, PRYV_FIELD_TEXT, true },
};

static void are_both(struct pryv_arena *mem, struct pryv_str csv, const char *texts, size_t count)
{
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_series_points points;

    cr_assert_eq(csv_table_points(read_csv(mem, csv, csv.len / 3), mem, fields, PRYV_COUNT(fields), 0, &points, &err), PRYV_OK,
                 "%s", err.message);
    cr_assert_eq(points.count, count);
    for (size_t i = 0; i < count; i++, texts += strlen(texts) + 1) {
        double expected = strtod(texts, NULL);

        cr_assert_eq(memcmp(&points.columns[0].numbers[i], &expected, sizeof(expected)), 0, "NUMBER_SEED=%llu: %s",
                     (unsigned long long) seed, texts);
        cr_assert(pryv_str_equal(points.columns[1].texts[i], texts), "NUMBER_SEED=%llu: %s", (unsigned long long) seed, texts);
    }
}

Test(hfs_number, of_csv_come_back_as_they_were_written)
{
    enum { ROUNDS = 100, ROWS = 1000 };

    for (int round = 0; round < ROUNDS; round++) {
        struct pryv_arena *mem = pryv_arena_new();
        char *texts = pryv_alloc(mem, ROWS * 30), *csv = pryv_alloc(mem, ROWS * 100), *at = texts, *end = csv;

        end += sprintf(end, "deltaTime,n,t\n");
        for (size_t i = 0; i < ROWS; i++) {
            size_t len = write_digits(at, 1 + below(18));

            end += sprintf(end, "%zu,%s,%s\n", i, at, at);
            at += len + 1;
        }
        are_both(mem, pryv_str_n(csv, (size_t) (end - csv)), texts, ROWS);
        pryv_arena_free(mem);
    }
}
