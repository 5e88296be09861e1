/* pryv/affinity.h - which core serves a user (interface "affinity", version 1; optional). Without a provider every user is this core's.
 *
 * Threads   Any executor thread.
 */
#ifndef PRYV_AFFINITY_H
#define PRYV_AFFINITY_H

#include <pryv/error.h>
#include <pryv/http.h>

#define PRYV_AFFINITY_VERSION 1

struct pryv_affinity_ops {
    size_t size;
    /* The kernel asks for every request below a user name, before it looks for the account or a token, known path or not. When the user lives
     * on another core the answer that says so is sent, `*answered` is true, and nothing else is done. Cheap for users of this core.
     * PRYV_BUSY: it cannot be known now. */
    enum pryv_rc (*check)(void *self, struct pryv_request *rq, struct pryv_str username, bool *answered, struct pryv_err *err);
    /* 1.0 ends here. */
};

#endif
