/* series_columns.h - the insides of a chunk: its times, and the values of one column, those that are present without gaps.
 *
 * Writers append whole bytes to `w`. Readers take exactly `count` values from `r` and set r->broken when they cannot.
 */
#ifndef KERNEL_SERIES_COLUMNS_H
#define KERNEL_SERIES_COLUMNS_H

#include "series_bits.h"
#include <pryv/series.h>

/* How the values of a column are written; these numbers are in the chunks. */
enum series_coding {
    SERIES_XOR = 1,
    SERIES_DECIMAL = 2, /* of version 1; not written any more */
    SERIES_PLAIN = 3,
    SERIES_DICTIONARY = 4,
    SERIES_BITS = 5,
    SERIES_STEPS = 6, /* since version 2 */
};

void times_write(struct bit_writer *w, const int64_t *times, size_t count);
void times_read(struct bit_reader *r, int64_t *times, size_t count);

enum series_coding numbers_write(struct bit_writer *w, const double *numbers, size_t count);
void numbers_read(struct bit_reader *r, enum series_coding coding, double *numbers, size_t count);

enum series_coding texts_write(struct bit_writer *w, const struct pryv_str *texts, size_t count);
/* `mem`: for the dictionary. */
void texts_read(struct bit_reader *r, enum series_coding coding, struct pryv_arena *mem, struct pryv_str *texts, size_t count);

void bools_write(struct bit_writer *w, const bool *bools, size_t count);
void bools_read(struct bit_reader *r, bool *bools, size_t count);

#endif
