/* counter.c - see counter.h. */
#include "counter.h"
#include <pryv/counter.h>

static struct pryv_counter counter_of(struct mfa *mfa, const struct pryv_call *call, const char *what, int64_t most)
{
    return (struct pryv_counter){
        .platform = mfa->platform,
        .platform_self = mfa->platform_self,
        .key = pryv_format(call->arena, "mfa-%s/%.*s", what, PRYV_STR_ARG(call->user->id)),
        .seconds = mfa->config->limit_seconds,
        .most = most,
    };
}

enum pryv_rc counter_take(struct mfa *mfa, struct pryv_call *call, const char *what, int64_t most, struct pryv_err *err)
{
    struct pryv_counter counter = counter_of(mfa, call, what, most);

    return pryv_counter_take(&counter, call, err);
}

void counter_give_back(struct mfa *mfa, struct pryv_call *call, const char *what)
{
    struct pryv_counter counter = counter_of(mfa, call, what, 0);

    pryv_counter_give_back(&counter, call);
}

void counter_clear(struct mfa *mfa, struct pryv_call *call, const char *what)
{
    struct pryv_counter counter = counter_of(mfa, call, what, 0);

    pryv_counter_clear(&counter, call);
}
