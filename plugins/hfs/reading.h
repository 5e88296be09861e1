/* reading.h - one reading of a series: whose points, which, and the columns they have.
 *
 * Threads   Executor, inside a handler.
 */
#ifndef HFS_READING_H
#define HFS_READING_H

#include "hfs.h"

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

#endif
