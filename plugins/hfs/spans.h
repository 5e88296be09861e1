/* spans.h - times of a series, as a few spans: those near each other are one, and when there are too many the nearest become one.
 *
 * Seconds since the event's time. A few, so that whoever writes at both ends of a long series has not all between looked at. */
#ifndef HFS_SPANS_H
#define HFS_SPANS_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

struct span { /* from > to: none */
    double from, to;
};

#define SPAN_NONE ((struct span){ INFINITY, -INFINITY })

static inline bool span_is_some(struct span span)
{
    return span.from <= span.to;
}

static inline struct span span_of_both(struct span a, struct span b)
{
    return (struct span){ fmin(a.from, b.from), fmax(a.to, b.to) };
}

enum { SPANS_MOST = 8 };

struct spans {
    struct span items[SPANS_MOST];
    size_t count;
};

void spans_add(struct spans *spans, struct span span);
/* The one that was added first goes; SPAN_NONE: there is none. */
struct span spans_take(struct spans *spans);

#endif
