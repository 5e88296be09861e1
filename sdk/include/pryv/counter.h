/* pryv/counter.h - how often something may happen within a time, or did, whichever worker or core sees it: a value of the platform.
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

/* ---- For who counts by rules of its own --------------------------------------------------------- */

struct pryv_count {
    double n, until; /* until: Unix seconds, of whatever the rule says */
};

/* {0, 0} where nothing is counted. `strong` as in pryv/platform.h. Errors: those of the platform. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_count_read(const struct pryv_platform_ops *platform, void *platform_self,
                                                    struct pryv_str key, bool strong, struct pryv_count *out,
                                                    struct pryv_err *err);
/* Changes the count to what `next` makes of it, kept until `*end` (Unix seconds). `next` is called again with the newest count whenever
 * another was faster, and its refusal is the answer. Errors: PRYV_BUSY when too many change it at once; those of the platform. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc
pryv_count_change(const struct pryv_platform_ops *platform, void *platform_self, struct pryv_str key,
                  enum pryv_rc (*next)(void *arg, struct pryv_count *count, double *end, struct pryv_err *err), void *arg,
                  struct pryv_err *err);

#endif
