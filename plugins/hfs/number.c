/* number.c - see number.h. */
#include "number.h"
#include <math.h>
#include <pryv/arena.h>
#include <stdlib.h>

/* A whole number of so many digits, and one digit more, fits 64 bits. */
enum { SURE_DIGITS = 18, EXACT_POWER = 22, NUMBER_BUFFER = 128 };

static const uint64_t exact_max = (uint64_t) 1 << 53; /* whole numbers up to here are doubles */

static const double powers[EXACT_POWER + 1] = { 1,    1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                                1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static double read_slowly(const char *from, size_t len)
{
    char small[NUMBER_BUFFER];
    char *copy = len < sizeof(small) ? small : pryv_str_dup(pryv_str_n(from, len));
    double number;

    if (copy == small) {
        memcpy(small, from, len);
        small[len] = '\0';
    }
    number = strtod(copy, NULL);
    if (copy != small)
        free(copy);
    return number;
}

static const char *stop(const char **at, const char *here, const char *why)
{
    *at = here;
    return why;
}

/* W. Clinger, "How to Read Floating Point Numbers Accurately", 1990: a whole number below 2^53 and a small power of ten are exact doubles, and so their
 * quotient is rounded once. */
double number_of_digits(bool negative, uint64_t digits, size_t fraction)
{
    return (negative ? -(double) digits : (double) digits) / powers[fraction];
}

const char *number_read(const char **start, const char *end, double *out)
{
    const char *from = *start, *at = from;
    bool negative = at < end && *at == '-', exponent = false;
    uint64_t digits = 0;
    size_t count, fraction = 0;

    at += negative;
    if (at == end || !is_digit(*at))
        return stop(start, at, "a value is none");
    if (*at == '0' && at + 1 < end && is_digit(at[1]))
        return stop(start, at, "a number begins with 0");

    const char *whole = at;

    for (; at < end && is_digit(*at); at++)
        digits = digits * 10 + (uint64_t) (*at - '0');
    count = (size_t) (at - whole);
    if (at < end && *at == '.') {
        const char *point = at++;

        for (; at < end && is_digit(*at); at++)
            digits = digits * 10 + (uint64_t) (*at - '0');
        fraction = (size_t) (at - point) - 1;
        count += fraction;
        if (fraction == 0)
            return stop(start, at, "a number has no digit after its point");
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        exponent = true;
        at++;
        at += at < end && (*at == '+' || *at == '-');
        if (at == end || !is_digit(*at))
            return stop(start, at, "a number has no digit in its exponent");
        while (at < end && is_digit(*at))
            at++;
    }
    if (exponent || count > SURE_DIGITS || digits > exact_max)
        *out = read_slowly(from, (size_t) (at - from));
    else
        *out = number_of_digits(negative, digits, fraction);
    return stop(start, at, NULL);
}

bool number_is(struct pryv_str text, double *out)
{
    const char *at = text.data, *end = at + text.len;

    return text.len && !number_read(&at, end, out) && at == end && !isinf(*out);
}
