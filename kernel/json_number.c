/* json_number.c - numbers as ECMAScript writes them (ECMA-262, 6.1.6.1.20): the fewest digits that read back to the
 * same double, and among those the nearest to it, or of two as near the even one.
 *
 * Most numbers that people store have at most 15 significant digits. Two different decimals of at most 15 digits never
 * read as the same double, so the first that reads back is the answer; it is found with one division per try. Other
 * numbers of common size are worked out exactly in 128 bits. All the rest goes through printf and strtod. */
#include <pryv/json.h>
#include <float.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_DIGITS = 17, SURE_DIGITS = 15 };
#define SURE_LIMIT  1e15   /* SURE_DIGITS digits */
#define EXACT_LIMIT 0x1p53 /* every whole number below is a double */

struct decimal {
    char digits[MAX_DIGITS + 1]; /* no zeros at the end */
    int count;
    int point; /* the value is 0.digits * 10^point */
};

/* ---- Few digits ----------------------------------------------------------------------------- */

static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                            "25262728293031323334353637383940414243444546474849"
                            "50515253545556575859606162636465666768697071727374"
                            "75767778798081828384858687888990919293949596979899";

/* The digits of a whole number, ending before `end`. Returns where they begin. */
static char *whole_backwards(char *end, uint64_t number)
{
    while (number >= 100) {
        end -= 2;
        memcpy(end, pairs + number % 100 * 2, 2);
        number /= 100;
    }
    if (number >= 10) {
        end -= 2;
        memcpy(end, pairs + number * 2, 2);
    } else {
        *--end = (char) ('0' + number);
    }
    return end;
}

static size_t write_whole(char *out, uint64_t number)
{
    char text[24];
    char *first = whole_backwards(text + sizeof(text), number);
    size_t len = (size_t) (text + sizeof(text) - first);

    memcpy(out, first, len);
    return len;
}

/* units / 10^places, where units is not a multiple of 10. */
static size_t write_fraction(char *out, uint64_t units, int places, uint64_t scale)
{
    size_t len = write_whole(out, units / scale);
    uint64_t rest = units % scale;

    out[len++] = '.';
    for (int i = places - 1; i >= 0; i--, rest /= 10)
        out[len + (size_t) i] = (char) ('0' + rest % 10);
    return len + (size_t) places;
}

/* Numbers from 0.001 up with at most 15 digits. 0: not one of those. */
static size_t write_short_fraction(char *out, double number)
{
    /* Three decimals first: they are the times. */
    static const struct {
        int places;
        uint64_t scale;
    } tries[] = { { 3, 1000 }, { 6, 1000000 }, { 9, 1000000000 }, { 12, 1000000000000 }, { 15, 1000000000000000 } };

    for (size_t i = 0; i < PRYV_COUNT(tries); i++) {
        uint64_t scale = tries[i].scale;
        int places = tries[i].places;
        double scaled = number * (double) scale;

        if (scaled >= SURE_LIMIT)
            return 0;

        uint64_t units = (uint64_t) (scaled + 0.5);

        if ((double) units / (double) scale != number)
            continue;
        for (; units % 10 == 0; units /= 10, scale /= 10)
            places--;
        return write_fraction(out, units, places, scale);
    }
    return 0;
}

/* ---- Any digits, common size ---------------------------------------------------------------- */

enum { MANTISSA_BITS = 52, EXPONENT_OF_UNIT = 1075 };
#define LEAST_EXACT 1e-5 /* below, the products have more than 128 bits */

static void set_digits(struct decimal *decimal, uint64_t digits, int places)
{
    decimal->count = (int) write_whole(decimal->digits, digits);
    decimal->point = decimal->count - places;
}

/* The multiple of `scale` that is nearest to whole + part / 2^shift, divided by it; the even one when two are. */
static uint64_t nearest(uint64_t whole, unsigned __int128 part, int shift, uint64_t scale)
{
    uint64_t quotient = whole / scale, twice = whole % scale * 2;
    unsigned __int128 half = (unsigned __int128) 1 << (shift - 1);
    bool odd = quotient % 2 != 0;

    if (scale == 1)
        return quotient + (part > half || (part == half && odd));
    return quotient + (twice > scale || (twice == scale && (part > 0 || odd)));
}

/* A double is mantissa / 2^shift, and all decimals nearer to it than half a mantissa's unit read as it. Multiplied by a
 * power of ten that makes 17 digits before the point, these ends are odd multiples of 10^places / 2^(shift + 1); they are
 * never whole, for 10^places is too small to be divided so often by two. So it does not matter whether the ends themselves
 * would read back. Then digits are dropped as long as something is left between the ends.
 * False: not of common size, or a power of two, of which the lower end is nearer. */
static bool exact(struct decimal *decimal, double number)
{
    uint64_t bits, scale = 1;
    unsigned __int128 unit = 1;
    int places = 0;

    memcpy(&bits, &number, sizeof(bits));

    uint64_t mantissa = bits & ((UINT64_C(1) << MANTISSA_BITS) - 1);

    if (number < LEAST_EXACT || number >= EXACT_LIMIT || mantissa == 0)
        return false;
    mantissa |= UINT64_C(1) << MANTISSA_BITS;
    for (; number * (double) unit < 1.01e16; places++)
        unit *= 10;

    int shift = EXPONENT_OF_UNIT - (int) (bits >> MANTISSA_BITS) + 1;
    unsigned __int128 middle = unit * mantissa * 2;
    uint64_t low = (uint64_t) ((middle - unit) >> shift) + 1, high = (uint64_t) ((middle + unit) >> shift);

    for (; (low + 9) / 10 <= high / 10; scale *= 10, places--) {
        low = (low + 9) / 10;
        high /= 10;
    }

    uint64_t digits = nearest((uint64_t) (middle >> shift), middle & (((unsigned __int128) 1 << shift) - 1), shift, scale);

    set_digits(decimal, digits < low ? low : digits > high ? high : digits, places);
    return true;
}

/* ---- Any number ----------------------------------------------------------------------------- */

/* "d.ddde±xx" with `precision` digits, as digits and exponent. */
static void round_to(struct decimal *decimal, double number, int precision)
{
    char text[MAX_DIGITS + 12];

    snprintf(text, sizeof(text), "%.*e", precision - 1, number);
    decimal->digits[0] = text[0];
    if (precision > 1)
        memcpy(decimal->digits + 1, text + 2, (size_t) precision - 1);
    decimal->count = precision;
    decimal->point = (int) strtol(text + precision + (precision > 1 ? 2 : 1), NULL, 10) + 1;
}

static double value_of(const struct decimal *decimal)
{
    char text[MAX_DIGITS + 16];

    snprintf(text, sizeof(text), "%.*se%d", decimal->count, decimal->digits, decimal->point - decimal->count);
    return strtod(text, NULL);
}

/* The next larger decimal with as many digits. */
static void step_up(struct decimal *decimal)
{
    int i = decimal->count - 1;

    while (i >= 0 && decimal->digits[i] == '9')
        decimal->digits[i--] = '0';
    if (i >= 0) {
        decimal->digits[i]++;
    } else {
        decimal->digits[0] = '1';
        decimal->point++;
    }
}

/* Below a power of two doubles lie twice as dense as above it. So the decimal nearest to it may lie below and read as
 * its neighbour, while the next decimal above, though farther away, reads back. */
static bool reads_back(struct decimal *decimal, double number, int precision)
{
    int unused;

    round_to(decimal, number, precision);
    if (value_of(decimal) == number)
        return true;
    if (frexp(number, &unused) != 0.5)
        return false;
    step_up(decimal);
    return value_of(decimal) == number;
}

static void shortest(struct decimal *decimal, double number)
{
    if (exact(decimal, number))
        return;

    /* Subnormals have fewer bits than 15 digits need, so there the first that reads back must be searched from 1. */
    int precision = number < DBL_MIN ? 1 : SURE_DIGITS;

    while (precision < MAX_DIGITS && !reads_back(decimal, number, precision))
        precision++;
    if (precision == MAX_DIGITS)
        round_to(decimal, number, precision);
    while (decimal->count > 1 && decimal->digits[decimal->count - 1] == '0')
        decimal->count--;
}

/* ---- Writing -------------------------------------------------------------------------------- */

static size_t repeat(char *out, char what, int times)
{
    if (times <= 0)
        return 0;
    memset(out, what, (size_t) times);
    return (size_t) times;
}

static size_t copy(char *out, const char *digits, int count)
{
    memcpy(out, digits, (size_t) count);
    return (size_t) count;
}

static size_t write_exponential(char *out, const struct decimal *decimal)
{
    int exponent = decimal->point - 1;
    size_t len = 0;

    out[len++] = decimal->digits[0];
    if (decimal->count > 1) {
        out[len++] = '.';
        len += copy(out + len, decimal->digits + 1, decimal->count - 1);
    }
    out[len++] = 'e';
    out[len++] = exponent < 0 ? '-' : '+';
    return len + write_whole(out + len, (uint64_t) abs(exponent));
}

static size_t write_decimal(char *out, const struct decimal *decimal)
{
    int count = decimal->count, point = decimal->point;
    size_t len = 0;

    if (point > 21 || point <= -6)
        return write_exponential(out, decimal);
    if (point >= count) {
        len += copy(out, decimal->digits, count);
        return len + repeat(out + len, '0', point - count);
    }
    if (point > 0) {
        len += copy(out, decimal->digits, point);
        out[len++] = '.';
        return len + copy(out + len, decimal->digits + point, count - point);
    }
    len += copy(out, "0.", 2);
    len += repeat(out + len, '0', -point);
    return len + copy(out + len, decimal->digits, count);
}

static size_t write_positive(char *out, double number)
{
    struct decimal decimal;
    size_t len;

    if (number < EXACT_LIMIT && number == (double) (uint64_t) number)
        return write_whole(out, (uint64_t) number);
    if (number >= 0.001 && number < SURE_LIMIT && (len = write_short_fraction(out, number)) > 0)
        return len;
    shortest(&decimal, number);
    return write_decimal(out, &decimal);
}

size_t pryv_number_format(char out[PRYV_NUMBER_SIZE], double number)
{
    size_t len = 0;

    if (!isfinite(number)) {
        memcpy(out, "null", 5);
        return 4;
    }
    if (number < 0) {
        out[len++] = '-';
        number = -number;
    }
    len += write_positive(out + len, number);
    out[len] = '\0';
    return len;
}
