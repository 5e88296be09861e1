/* request_limit.c - see request_limit.h. */
#include "request_limit.h"
#include <pryv/counter.h>
#include <pryv/crypto.h>
#include <pryv/http.h>

/* The count of all is kept in parts, so that many at once do not wait for each other. */
enum { PARTS = 16, LEAST_OF_PART = 1000 };

static struct pryv_counter counter_of(struct pryv_call *call, struct pryv_str name, int64_t most)
{
    const struct reg *reg = reg_self();

    return (struct pryv_counter){
        .platform = reg->platform,
        .platform_self = reg->platform_self,
        .key = pryv_format(call->arena, "access-requests/%.*s", PRYV_STR_ARG(name)),
        .seconds = (double) reg->config->request_seconds,
        .most = most,
    };
}

static struct pryv_counter counter_of_all(struct pryv_call *call)
{
    int64_t most = reg_self()->config->requests_most, parts = most / LEAST_OF_PART;
    unsigned char part;

    pryv_random(&part, sizeof(part));
    parts = parts < 1 ? 1 : parts > PARTS ? PARTS : parts;
    return counter_of(call, pryv_format(call->arena, "all/%lld", (long long) (part % parts)), most / parts);
}

enum pryv_rc request_limit_take(struct pryv_call *call, struct pryv_err *err)
{
    struct pryv_str network = pryv_request_network(call->request, call->arena);
    struct pryv_counter own, all = counter_of_all(call);
    enum pryv_rc rc = PRYV_OK;

    if (network.data) {
        own = counter_of(call, pryv_format(call->arena, "address/%.*s", PRYV_STR_ARG(network)),
                         reg_self()->config->requests_most_per_address);
        rc = pryv_counter_take(&own, call, err);
    }
    if (rc != PRYV_OK)
        return rc;
    rc = pryv_counter_take(&all, call, err);
    if (rc != PRYV_OK && network.data)
        pryv_counter_give_back(&own, call);
    return rc;
}
