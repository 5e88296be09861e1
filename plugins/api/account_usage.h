/* account_usage.h - how much a user takes, counted at most every few seconds. */
#ifndef API_ACCOUNT_USAGE_H
#define API_ACCOUNT_USAGE_H

#include "api.h"

struct account_usage {
    uint64_t db_documents;   /* bytes of the user's data; 0 before the first event */
    uint64_t attached_files; /* bytes */
};

/* `session`: the caller's, of any mode; NULL when the thread has none open. May be as old as account.storageUsedMaxAgeSeconds; where counting takes long up to an hour, and is then counted
 * anew by account_usage_count_wanted. Any thread. */
PRYV_CHECK enum pryv_rc account_usage_get(struct pryv_call *call, struct pryv_session *session, struct account_usage *out,
                                          struct pryv_err *err);
/* For pryv_every. `api`: the struct api. */
void account_usage_count_wanted(void *api);

#endif
