/* number.h - numbers as JSON writes them (RFC 8259, 6), read as the doubles nearest to them. */
#ifndef HFS_NUMBER_H
#define HFS_NUMBER_H

#include <pryv/base.h>

/* Reads the number that begins at `*at`, which moves to where reading stopped: when that is `end`, more digits could have followed. NULL; or what is wrong.
 * Beyond the range of doubles it is infinite. Any thread. */
const char *number_read(const char **at, const char *end, double *out);
/* The same for a text that is a number and nothing else, within the range of doubles. */
bool number_is(struct pryv_str text, double *out);
/* `digits` / 10^`fraction`, the nearest double; digits <= 2^53, fraction <= 22. */
double number_of_digits(bool negative, uint64_t digits, size_t fraction);

#endif
