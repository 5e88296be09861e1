/* dispatch_together.c - requests of one method that ask the storage together. */
#include "dispatch_request.h"
#include "executor.h"
#include "request.h"

void dispatch_fetch(struct pryv_request *const *requests, size_t count)
{
    struct pryv_call *calls[EXECUTOR_BATCH];

    for (size_t i = 0; i < count; i++)
        calls[i] = &requests[i]->dispatch->call;
    if (count > 0)
        call_fetch(requests[0]->dispatch->route->method, calls, count);
}

bool dispatch_ends_soon(const struct pryv_request *rq)
{
    return rq->dispatch->call.fetched && !rq->dispatch->call.fetched_much;
}
