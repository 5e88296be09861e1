/* spans.c - see spans.h. */
#include "spans.h"

static double length_of(struct span span)
{
    return span.to - span.from;
}

/* Negative: they overlap. */
static double gap_between(struct span a, struct span b)
{
    return fmax(a.from, b.from) - fmin(a.to, b.to);
}

static void take_out(struct spans *spans, size_t place)
{
    spans->count--;
    for (size_t i = place; i < spans->count; i++)
        spans->items[i] = spans->items[i + 1];
}

static size_t nearest_to(const struct spans *spans, struct span span)
{
    size_t nearest = 0;

    for (size_t i = 1; i < spans->count; i++)
        if (gap_between(spans->items[i], span) < gap_between(spans->items[nearest], span))
            nearest = i;
    return nearest;
}

void spans_add(struct spans *spans, struct span span)
{
    while (spans->count && span_is_some(span)) {
        size_t nearest = nearest_to(spans, span);
        struct span other = spans->items[nearest];
        bool is_near = gap_between(span, other) <= fmax(length_of(span), length_of(other));

        if (!is_near && spans->count < SPANS_MOST)
            break;
        take_out(spans, nearest); /* both together may be near to another one */
        span = span_of_both(span, other);
    }
    if (span_is_some(span))
        spans->items[spans->count++] = span;
}

struct span spans_take(struct spans *spans)
{
    struct span first = spans->count ? spans->items[0] : SPAN_NONE;

    if (spans->count)
        take_out(spans, 0);
    return first;
}
