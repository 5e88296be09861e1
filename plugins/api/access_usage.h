/* access_usage.h - when and how often accesses were used: counted in memory, written in the background. */
#ifndef API_ACCESS_USAGE_H
#define API_ACCESS_USAGE_H

#include "api.h"

/* The hook that counts; after every method. Any executor thread. */
void access_usage_count(void *self, struct pryv_call *call, const struct pryv_err *err);
/* Writes what was counted. `self`: the struct api. Any executor thread. */
void access_usage_flush(void *self);
/* The same now and then, a pryv_every task: with many users it rests longer, so that writing takes a fifth of the time at most. */
void access_usage_flush_in_turn(void *self);
/* The access as stored, with what this worker has counted and not written yet. Errors: as access_get. */
PRYV_CHECK enum pryv_rc access_usage_read(struct pryv_call *call, struct pryv_str access_id, struct pryv_access_row *row,
                                          struct pryv_err *err);

/* access_usage_everywhere.c. In start: from then on this worker writes when another asks. */
void access_usage_answer_others(struct api *api);
/* What any worker has counted until now is stored when it returns; where a worker does not answer for two seconds, without what that one counted.
 * Executor threads only. */
void access_usage_flush_everywhere(struct pryv_arena *mem);

#endif
