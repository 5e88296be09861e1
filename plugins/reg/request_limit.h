/* request_limit.h - anybody may open requests for access, and each is kept for its life: so many from one address, and so many in all. */
#ifndef REG_REQUEST_LIMIT_H
#define REG_REQUEST_LIMIT_H

#include "reg.h"

/* Counts the request that is about to be opened. PRYV_REFUSED 429 too-many-attempts, with Retry-After. */
PRYV_CHECK enum pryv_rc request_limit_take(struct pryv_call *call, struct pryv_err *err);

#endif
