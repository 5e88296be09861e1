/* forward.h - registration on another core: where there are several, the hosting that was asked for, and how many users each has, decide. */
#ifndef REG_FORWARD_H
#define REG_FORWARD_H

#include "reg.h"

/* Another core has made the account (or refused to): `*forwarded`, and its answer is written or returned. False: it is to be made here. */
PRYV_CHECK enum pryv_rc register_elsewhere(struct pryv_call *call, bool *forwarded, struct pryv_err *err);

#endif
