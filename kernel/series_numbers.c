/* series_numbers.c - numbers as decimals where all of them are short ones, else bit by bit.
 *
 * Decimals: the numbers are integers over a common power of ten; the first, and the steps from one to the next in as many bits as the widest needs.
 * XOR: what differs from the number before, without the zeros around it (the Gorilla paper, 4.1.2; see series_times.c). */
#include "series_columns.h"

enum {
    MAX_SCALE = 9,
    NARROW = 24, /* steps of at most so many bits: XOR would not be shorter */
    MAX_LEADING = 31,
};

static const double powers[MAX_SCALE + 1] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9 };
static const double exact_max = 9007199254740992.0; /* 2^53: up to here every integer is a double */

static uint64_t bits_of(double number)
{
    uint64_t bits;

    memcpy(&bits, &number, sizeof(bits));
    return bits;
}

static double number_of(uint64_t bits)
{
    double number;

    memcpy(&number, &bits, sizeof(number));
    return number;
}

/* ---- Decimals --------------------------------------------------------------------------------- */

static bool scaled(double number, unsigned scale, int64_t *out)
{
    double whole = rint(number * powers[scale]);

    if (!(fabs(whole) < exact_max) || bits_of(whole / powers[scale]) != bits_of(number))
        return false;
    *out = (int64_t) whole;
    return bits_of((double) *out) == bits_of(whole); /* not -0 */
}

static bool scale_of(const double *numbers, size_t count, unsigned *scale)
{
    int64_t whole;

    *scale = 0;
    for (size_t i = 0; i < count; i++)
        while (!scaled(numbers[i], *scale, &whole))
            if (++*scale > MAX_SCALE)
                return false;
    for (size_t i = 0; i < count; i++)
        if (!scaled(numbers[i], *scale, &whole))
            return false;
    return true;
}

/* The number of bits of the widest step. */
static unsigned step_width(const double *numbers, size_t count, unsigned scale)
{
    int64_t before = 0, whole = 0;
    uint64_t all = 0;

    for (size_t i = 0; i < count; i++) {
        if (!scaled(numbers[i], scale, &whole))
            return 64;
        if (i > 0)
            all |= zigzag(whole - before);
        before = whole;
    }
    return bit_width(all);
}

static void write_decimals(struct bit_writer *w, const double *numbers, size_t count, unsigned scale, unsigned width)
{
    int64_t before = 0, whole = 0;

    byte_put(w, (unsigned char) scale);
    byte_put(w, (unsigned char) width);
    for (size_t i = 0; i < count; i++) {
        if (!scaled(numbers[i], scale, &whole))
            return;
        if (i == 0)
            varint_put(w, zigzag(whole));
        else
            bits_put(w, zigzag(whole - before), width);
        before = whole;
    }
    bits_align(w);
}

static void read_decimals(struct bit_reader *r, double *numbers, size_t count)
{
    unsigned scale = byte_get(r), width = byte_get(r);
    uint64_t whole = count ? (uint64_t) unzigzag(varint_get(r)) : 0;

    if (scale > MAX_SCALE || width > 64)
        r->broken = true;
    for (size_t i = 0; i < count && !r->broken; i++) {
        if (i > 0)
            whole += (uint64_t) unzigzag(bits_get(r, width)); /* unsigned: damaged ones may run over */
        numbers[i] = (double) (int64_t) whole / powers[scale];
    }
    bits_skip_to_byte(r);
}

/* ---- XOR ---------------------------------------------------------------------------------------- */

static void write_xor(struct bit_writer *w, const double *numbers, size_t count)
{
    uint64_t before = 0;
    unsigned leading = 65, trailing = 0; /* 65: no window yet */

    for (size_t i = 0; i < count; i++) {
        uint64_t now = bits_of(numbers[i]), change = now ^ before;

        before = now;
        if (i == 0) {
            bits_put(w, now, 64);
            continue;
        }
        if (change == 0) {
            bits_put(w, 0, 1);
            continue;
        }

        unsigned zeros = (unsigned) __builtin_clzll(change), ends = (unsigned) __builtin_ctzll(change);

        if (zeros > MAX_LEADING)
            zeros = MAX_LEADING;
        if (leading <= 64 && zeros >= leading && ends >= trailing) {
            bits_put(w, 2, 2);
        } else {
            leading = zeros;
            trailing = ends;
            bits_put(w, 3, 2);
            bits_put(w, leading, 5);
            bits_put(w, 64 - leading - trailing - 1, 6);
        }
        bits_put(w, change >> trailing, 64 - leading - trailing);
    }
    bits_align(w);
}

static void read_xor(struct bit_reader *r, double *numbers, size_t count)
{
    uint64_t before = 0;
    unsigned leading = 0, len = 0; /* no window yet */

    for (size_t i = 0; i < count && !r->broken; i++) {
        if (i == 0) {
            before = bits_get(r, 64);
        } else if (bits_get(r, 1)) {
            if (bits_get(r, 1)) {
                leading = (unsigned) bits_get(r, 5);
                len = (unsigned) bits_get(r, 6) + 1;
            }
            if (len == 0 || leading + len > 64) {
                r->broken = true;
                return;
            }
            before ^= bits_get(r, len) << (64 - leading - len);
        }
        numbers[i] = number_of(before);
    }
    bits_skip_to_byte(r);
}

/* ---- Either ------------------------------------------------------------------------------------- */

enum series_coding numbers_write(struct bit_writer *w, const double *numbers, size_t count)
{
    unsigned scale, width = 0;
    bool decimals = scale_of(numbers, count, &scale) && (width = step_width(numbers, count, scale)) < 64;
    struct bit_writer other = { .mem = w->mem };

    if (decimals && width <= NARROW) {
        write_decimals(w, numbers, count, scale, width);
        return SERIES_DECIMAL;
    }
    write_xor(&other, numbers, count);
    if (decimals && width * (uint64_t) count / 8 < other.len) {
        write_decimals(w, numbers, count, scale, width);
        return SERIES_DECIMAL;
    }
    bytes_put(w, other.data, other.len);
    return SERIES_XOR;
}

void numbers_read(struct bit_reader *r, enum series_coding coding, double *numbers, size_t count)
{
    if (coding == SERIES_DECIMAL)
        read_decimals(r, numbers, count);
    else if (coding == SERIES_XOR)
        read_xor(r, numbers, count);
    else
        r->broken = true;
}
