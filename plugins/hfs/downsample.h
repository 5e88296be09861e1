/* downsample.h - a reading told in parts of its range, instead of point by point. */
#ifndef HFS_DOWNSAMPLE_H
#define HFS_DOWNSAMPLE_H

#include "rows.h"

/* The answer: the number of points, and of each field minimum, maximum, mean and number of values, in `buckets` equal parts of the range.
 * `rows`: all of the range, from the beginning. */
PRYV_CHECK enum pryv_rc answer_buckets(const struct reading *r, struct rows *rows, struct pryv_err *err);

#endif
