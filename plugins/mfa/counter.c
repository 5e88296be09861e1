/* counter.c - see counter.h. */
#include "counter.h"
#include <pryv/counter.h>
#include <pryv/http.h>

static const char *const whats[] = { [COUNT_FAILURES] = "failures", [COUNT_CHALLENGES] = "challenges" };

static struct pryv_str key_of(struct pryv_arena *mem, enum counted what, struct pryv_str whose)
{
    return pryv_format(mem, "mfa-%s/%.*s", whats[what], PRYV_STR_ARG(whose));
}

static struct pryv_counter counter_of(struct mfa *mfa, const struct pryv_call *call, enum counted what, struct pryv_str whose,
                                      int64_t most)
{
    return (struct pryv_counter){
        .platform = mfa->platform,
        .platform_self = mfa->platform_self,
        .key = key_of(call->arena, what, whose),
        .seconds = mfa->config->limit_seconds,
        .most = most,
    };
}

enum pryv_rc counter_take(struct mfa *mfa, struct pryv_call *call, enum counted what, int64_t most, struct pryv_err *err)
{
    struct pryv_counter counter = counter_of(mfa, call, what, call->user->id, most);

    return pryv_counter_take(&counter, call, err);
}

enum pryv_rc counter_take_of_address(struct mfa *mfa, struct pryv_call *call, enum counted what, int64_t most,
                                     struct pryv_err *err)
{
    struct pryv_str network = call->request ? pryv_request_network(call->request, call->arena) : PRYV_STR_NONE;

    if (!network.data)
        return PRYV_OK;

    struct pryv_counter counter =
        counter_of(mfa, call, what, pryv_format(call->arena, "address/%.*s", PRYV_STR_ARG(network)), most);

    return pryv_counter_take(&counter, call, err);
}

void counter_give_back(struct mfa *mfa, struct pryv_call *call, enum counted what)
{
    struct pryv_counter counter = counter_of(mfa, call, what, call->user->id, 0);

    pryv_counter_give_back(&counter, call);
}

void counter_clear(struct mfa *mfa, struct pryv_call *call, enum counted what)
{
    struct pryv_counter counter = counter_of(mfa, call, what, call->user->id, 0);

    pryv_counter_clear(&counter, call);
}

enum pryv_rc counters_forget(struct mfa *mfa, struct pryv_arena *mem, struct pryv_str user_id, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < PRYV_COUNT(whats); i++)
        rc = mfa->platform->value_delete(mfa->platform_self, key_of(mem, (enum counted) i, user_id), err);
    return rc;
}
