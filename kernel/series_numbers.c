/* series_numbers.c - numbers as decimals where all of them are short ones, else bit by bit.
 *
 * Steps: the numbers are integers over a common power of ten; the first, and the changes from one to the next, or the changes of these, in blocks that
 * each have as many bits as their widest needs. Decimal: the same without blocks, as version 1 wrote it.
 * XOR: what differs from the number before, without the zeros around it (the Gorilla paper, 4.1.2; see series_times.c). */
#include "series_columns.h"

enum {
    MAX_SCALE = 9,
    NARROW = 24, /* changes of at most so many bits: XOR would not be shorter */
    MAX_LEADING = 31,
    BLOCK = 64,
    MAX_ORDER = 2,
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

/* number = *out / 10^scale, to the bit. */
static inline bool scaled(double number, unsigned scale, int64_t *out)
{
    double product = number * powers[scale];

    if (!(fabs(product) < exact_max))
        return false;
    *out = (int64_t) (product + (product < 0 ? -0.5 : 0.5));
    return bits_of((double) *out / powers[scale]) == bits_of(number);
}

static bool all_scaled(const double *numbers, size_t count, unsigned *scale, int64_t *out)
{
    for (*scale = 0; *scale <= MAX_SCALE; ++*scale) {
        size_t i = 0;

        while (i < count && scaled(numbers[i], *scale, &out[i]))
            i++;
        if (i == count)
            return true;
    }
    return false;
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

/* ---- Steps -------------------------------------------------------------------------------------- */

static size_t block_end(size_t first, size_t count)
{
    return count - first < BLOCK ? count : first + BLOCK;
}

/* What each number changes by; the first stays. */
static void make_changes(int64_t *numbers, size_t count)
{
    for (size_t i = count; i-- > 1;)
        numbers[i] -= numbers[i - 1];
}

static unsigned block_width(const int64_t *changes, size_t first, size_t end)
{
    uint64_t all = 0;

    for (size_t i = first; i < end; i++)
        all |= zigzag(changes[i]);
    return bit_width(all);
}

static uint64_t bits_needed(const int64_t *changes, size_t count)
{
    uint64_t bits = 0;

    for (size_t i = 1; i < count; i = block_end(i, count))
        bits += 8 + (block_end(i, count) - i) * (uint64_t) block_width(changes, i, block_end(i, count));
    return bits;
}

/* What the decimals become: their changes, or the changes of these if that is shorter. */
static int64_t *choose_changes(struct pryv_arena *mem, int64_t *whole, size_t count, unsigned *order, uint64_t *bits)
{
    int64_t *twice = pryv_alloc(mem, count * sizeof(*twice));
    uint64_t bits_twice;

    make_changes(whole, count);
    if (count)
        memcpy(twice, whole, count * sizeof(*twice));
    if (count > 1)
        make_changes(twice + 1, count - 1);
    *bits = bits_needed(whole, count);
    bits_twice = bits_needed(twice, count);
    *order = bits_twice < *bits ? 2 : 1;
    *bits = bits_twice < *bits ? bits_twice : *bits;
    return *order == 2 ? twice : whole;
}

static void write_steps(struct bit_writer *w, const int64_t *changes, size_t count, unsigned scale, unsigned order)
{
    byte_put(w, (unsigned char) scale);
    byte_put(w, (unsigned char) order);
    if (count)
        varint_put(w, zigzag(changes[0]));
    for (size_t i = 1; i < count;) {
        size_t end = block_end(i, count);
        unsigned width = block_width(changes, i, end);

        byte_put(w, (unsigned char) width);
        for (; i < end; i++)
            bits_put(w, zigzag(changes[i]), width);
        bits_align(w);
    }
}

static void read_steps(struct bit_reader *r, double *numbers, size_t count)
{
    unsigned scale = byte_get(r), order = byte_get(r), width;
    uint64_t whole = count ? (uint64_t) unzigzag(varint_get(r)) : 0, step = 0; /* unsigned: damaged ones may run over */

    r->broken |= scale > MAX_SCALE || order == 0 || order > MAX_ORDER;
    if (count && !r->broken)
        numbers[0] = (double) (int64_t) whole / powers[scale];
    for (size_t i = 1, end; i < count && !r->broken; i = end) {
        end = block_end(i, count);
        width = byte_get(r);
        r->broken |= width > 64;
        for (size_t k = i; k < end && !r->broken; k++) {
            uint64_t change = (uint64_t) unzigzag(bits_get(r, width));

            step = order == 1 ? change : step + change;
            whole += step;
            numbers[k] = (double) (int64_t) whole / powers[scale];
        }
        bits_skip_to_byte(r);
    }
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
    int64_t *changes = pryv_alloc(w->mem, count * sizeof(*changes));
    struct bit_writer other = { .mem = w->mem };
    unsigned scale, order = 1;
    uint64_t bits = UINT64_MAX;

    if (all_scaled(numbers, count, &scale, changes))
        changes = choose_changes(w->mem, changes, count, &order, &bits);
    if (bits > NARROW * (uint64_t) count)
        write_xor(&other, numbers, count);
    if (bits <= NARROW * (uint64_t) count || bits / 8 < other.len) {
        write_steps(w, changes, count, scale, order);
        return SERIES_STEPS;
    }
    bytes_put(w, other.data, other.len);
    return SERIES_XOR;
}

void numbers_read(struct bit_reader *r, enum series_coding coding, double *numbers, size_t count)
{
    if (coding == SERIES_STEPS)
        read_steps(r, numbers, count);
    else if (coding == SERIES_DECIMAL)
        read_decimals(r, numbers, count);
    else if (coding == SERIES_XOR)
        read_xor(r, numbers, count);
    else
        r->broken = true;
}
