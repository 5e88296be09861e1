/* read.h - one reading of a series: whose points, which, and the columns they have.
 *
 * Threads   Executor, inside a handler.
 */
#ifndef HFS_READ_H
#define HFS_READ_H

#include "hfs.h"

struct rows;

struct reading {
    struct pryv_call *call;
    struct pryv_session *session;
    struct pryv_event event;
    int64_t from, to;          /* nanoseconds, to excluded */
    bool from_given, to_given; /* else as far as there are points */
    size_t buckets;            /* maxPoints; 0: the points themselves */
    struct pryv_str *names;    /* of the type, without deltaTime */
    size_t name_count;
    bool *used;        /* some point has a value */
    bool any;          /* there are points */
    int64_t first;     /* the first moment */
    double chunks_end; /* seconds: the last moment of all chunks that reach into the range */
};

/* downsample.c: instead of the points their number, and of each field minimum, maximum, mean and number of values, in `buckets` equal parts of the range. `rows`: all of
 * the range, from the beginning. */
PRYV_CHECK enum pryv_rc answer_buckets(const struct reading *r, struct rows *rows, struct pryv_err *err);

#endif
