/* counter.c - see counter.h. */
#include "counter.h"
#include <pryv/counter.h>
#include <pryv/http.h>

static struct pryv_counter counter_of(struct mfa *mfa, const struct pryv_call *call, const char *what, struct pryv_str whose,
                                      int64_t most)
{
    return (struct pryv_counter){
        .platform = mfa->platform,
        .platform_self = mfa->platform_self,
        .key = pryv_format(call->arena, "mfa-%s/%.*s", what, PRYV_STR_ARG(whose)),
        .seconds = mfa->config->limit_seconds,
        .most = most,
    };
}

enum pryv_rc counter_take(struct mfa *mfa, struct pryv_call *call, const char *what, int64_t most, struct pryv_err *err)
{
    struct pryv_counter counter = counter_of(mfa, call, what, call->user->id, most);

    return pryv_counter_take(&counter, call, err);
}

enum pryv_rc counter_take_of_address(struct mfa *mfa, struct pryv_call *call, const char *what, int64_t most,
                                     struct pryv_err *err)
{
    struct pryv_str network = call->request ? pryv_request_network(call->request, call->arena) : PRYV_STR_NONE;

    if (!network.data)
        return PRYV_OK;

    struct pryv_counter counter =
        counter_of(mfa, call, what, pryv_format(call->arena, "address/%.*s", PRYV_STR_ARG(network)), most);

    return pryv_counter_take(&counter, call, err);
}

void counter_give_back(struct mfa *mfa, struct pryv_call *call, const char *what)
{
    struct pryv_counter counter = counter_of(mfa, call, what, call->user->id, 0);

    pryv_counter_give_back(&counter, call);
}

void counter_clear(struct mfa *mfa, struct pryv_call *call, const char *what)
{
    struct pryv_counter counter = counter_of(mfa, call, what, call->user->id, 0);

    pryv_counter_clear(&counter, call);
}
