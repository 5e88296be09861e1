/* call.h - one run of one method: who may call it, its parameters, its hooks, its handler. Executor, or the loop for inline
 * routes. */
#ifndef KERNEL_CALL_H
#define KERNEL_CALL_H

#include "registry.h"

/* The account may be used: hooks of the access, once per request, then who may call it. `call->access` is NULL where the
 * method takes none. */
PRYV_CHECK enum pryv_rc call_admit(const struct bound_method *bound, struct pryv_call *call, struct pryv_err *err);
/* Parameters checked, hooks before; `serve` checks its own. */
PRYV_CHECK enum pryv_rc call_begin(const struct bound_method *bound, const struct bound_route *serve, struct pryv_call *call,
                                   struct pryv_err *err);
/* Do calls of this method go together now? Loop. */
bool call_can_fetch(const struct bound_method *bound);
/* `fetch` of the method, for calls that have begun. */
void call_fetch(const struct bound_method *bound, struct pryv_call *const *calls, size_t count);
/* `call->method`'s handler, or `serve`. */
PRYV_CHECK enum pryv_rc call_handle(const struct bound_method *bound, const struct bound_route *serve, struct pryv_call *call,
                                    struct pryv_err *err);
/* Hooks after, whatever became of it. `err` is NULL when it went well. */
void call_over(const struct bound_method *bound, struct pryv_call *call, const struct pryv_err *err);

/* Who made what the call makes. */
struct pryv_str call_author(struct pryv_arena *mem, const struct pryv_access *access, struct pryv_str caller_id);

/* A line in the log for what the client is not told: faults of ours, with their inner text. */
void call_log_fault(const char *what, const struct pryv_err *err);
#endif
