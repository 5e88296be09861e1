/* upkeep.h - what is done for all users now and then, in the background and by one worker: files that no event names are removed, and
 * records of deletions are forgotten when their time is over.
 */
#ifndef API_UPKEEP_H
#define API_UPKEEP_H

#include "api.h"

struct upkeep; /* where a round is */

struct upkeep *upkeep_new(const struct api *api);
void upkeep_free(struct upkeep *upkeep); /* NULL is fine */
/* A few users at a time; a round begins at the start and then every upkeep.everySeconds. For pryv_every. */
void upkeep_run(void *upkeep);

#endif
