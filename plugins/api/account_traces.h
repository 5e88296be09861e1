/* account_traces.h - the traces that the making and the ending of accounts leave on the platform, so that what a crash cuts off is finished. */
#ifndef API_ACCOUNT_TRACES_H
#define API_ACCOUNT_TRACES_H

#include <pryv/error.h>

enum account_work { ACCOUNT_BEING_MADE, ACCOUNT_BEING_ENDED };

PRYV_CHECK enum pryv_rc account_trace_put(struct pryv_arena *mem, enum account_work work, struct pryv_str user_id,
                                          struct pryv_str username, struct pryv_err *err);
PRYV_CHECK enum pryv_rc account_trace_take_away(struct pryv_arena *mem, enum account_work work, struct pryv_str user_id,
                                                struct pryv_err *err);
/* Where the trace is on the platform; with an empty id, the beginning of all of this core: it alone has their data, and settles them. */
struct pryv_str account_trace_key(struct pryv_arena *mem, enum account_work work, struct pryv_str user_id);

#endif
