/* pryv/counter.h - how often something may happen within a time, whichever worker or core sees it: a value of the platform.
 *
 * Threads   Every function may block and may be called from any executor thread.
 * Memory    Arguments are borrowed.
 */
#ifndef PRYV_COUNTER_H
#define PRYV_COUNTER_H

#include <pryv/method.h>
#include <pryv/platform.h>

struct pryv_counter {
    const struct pryv_platform_ops *platform;
    void *platform_self;
    struct pryv_str key; /* of the platform's value */
    double seconds;      /* over which is counted, from the first; then it begins again */
    int64_t most;
};

/* Counts one more, before it happens. PRYV_REFUSED 429 too-many-attempts, with Retry-After, when there were `most`; PRYV_BUSY when too many
 * count at once; errors of the platform. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_counter_take(const struct pryv_counter *counter, struct pryv_call *call,
                                                      struct pryv_err *err);
/* It did not happen after all. What fails here is logged, and stays counted. */
PRYV_EXPORT void pryv_counter_give_back(const struct pryv_counter *counter, struct pryv_call *call);
/* From the beginning again; a failure is logged. */
PRYV_EXPORT void pryv_counter_clear(const struct pryv_counter *counter, struct pryv_call *call);

#endif
