/* sign_in_limits.c - see sign_in_limits.h. The counts are those of pryv/counter.h; `until` is when the wait ends. */
#include "sign_in_limits.h"
#include <math.h>
#include <pryv/counter.h>

#define KNOWN_SECONDS       (30 * 86400.0)
#define KNOWN_AGAIN_SECONDS 86400.0

struct counter {
    struct pryv_str key; /* absent: not counted */
    int64_t free;
    double max_wait;
};

struct counters {
    struct counter pair, address, account;
    struct pryv_str known_key;
};

static struct counters counters_of(struct pryv_call *call)
{
    const struct account_settings *settings = &api_self()->config->account;
    struct pryv_arena *mem = call->arena;
    struct pryv_str network = call->request ? pryv_request_network(call->request, mem) : PRYV_STR_NONE;
    struct pryv_str id = call->user->id;
    struct pryv_str place = network.data ? network : PRYV_STR("local");

    return (struct counters){
        .pair = { pryv_format(mem, "sign-in-failures/user/%.*s/%.*s", PRYV_STR_ARG(id), PRYV_STR_ARG(place)),
                  settings->failures_free, settings->limit_max_wait },
        .address = { network.data ? pryv_format(mem, "sign-in-failures/address/%.*s", PRYV_STR_ARG(network)) : PRYV_STR_NONE,
                     settings->address_failures_free, settings->limit_max_wait },
        .account = { pryv_format(mem, "sign-in-failures/user/%.*s", PRYV_STR_ARG(id)), settings->account_failures_free,
                     settings->account_max_wait },
        .known_key = pryv_format(mem, "sign-in-known/%.*s/%.*s", PRYV_STR_ARG(id), PRYV_STR_ARG(place)),
    };
}

/* ---- Counters --------------------------------------------------------------------------------------- */

/* Seconds left to wait; 0: none, or it cannot be told. */
static double wait_left(struct pryv_call *call, const struct counter *counter)
{
    struct api *api = api_self();
    struct pryv_err err = PRYV_ERR(call->arena);
    struct pryv_count count;

    if (!counter->key.data || pryv_count_read(api->platform, api->platform_self, counter->key, false, &count, &err) != PRYV_OK)
        return 0;
    return fmax(count.until - pryv_now(), 0);
}

static enum pryv_rc one_more(void *counter_, struct pryv_count *count, double *end, struct pryv_err *err PRYV_UNUSED)
{
    const struct counter *counter = counter_;
    double beyond = count->n + 1 - (double) counter->free, now = pryv_now();
    double wait = beyond > 0 ? exp2(fmin(beyond - 1, 30)) : 0;

    *count = (struct pryv_count){ count->n + 1, now + fmin(wait, counter->max_wait) };
    *end = now + api_self()->config->account.failures_kept + counter->max_wait;
    return PRYV_OK;
}

static void count_failure(struct pryv_call *call, struct counter *counter)
{
    struct api *api = api_self();
    struct pryv_err err = PRYV_ERR(call->arena);

    if (counter->key.data &&
        pryv_count_change(api->platform, api->platform_self, counter->key, one_more, counter, &err) != PRYV_OK)
        pryv_log_warn(API_LOG, "a failed sign-in is not counted: %s", err.message ? err.message : "");
}

/* ---- Asking and telling -------------------------------------------------------------------------------- */

static bool is_known(struct pryv_call *call, struct pryv_str key)
{
    struct api *api = api_self();
    struct pryv_err err = PRYV_ERR(call->arena);
    struct pryv_str text;

    return api->platform->value_get(api->platform_self, call->arena, key, false, &text, &err) == PRYV_OK;
}

enum pryv_rc sign_in_allowed(struct pryv_call *call, struct pryv_err *err)
{
    struct counters counters;
    double wait, of_account;

    if (!api_self()->config->account.limits_active)
        return PRYV_OK;
    counters = counters_of(call);
    wait = fmax(wait_left(call, &counters.pair), wait_left(call, &counters.address));
    of_account = wait_left(call, &counters.account);
    if (of_account > wait && !is_known(call, counters.known_key))
        wait = of_account;
    if (wait <= 0)
        return PRYV_OK;
    if (call->request)
        pryv_reply_header(call->request, "Retry-After", pryv_format(call->arena, "%.0f", ceil(wait)));
    return pryv_refuse(err, 429, "too-many-attempts", json_pack("{s:f}", "retryAfter", ceil(wait)),
                       "Too many failed attempts to sign in; try again in %.0f s.", ceil(wait));
}

void sign_in_failed(struct pryv_call *call)
{
    struct counters counters;

    if (!api_self()->config->account.limits_active)
        return;
    counters = counters_of(call);
    count_failure(call, &counters.pair);
    count_failure(call, &counters.address);
    if (!is_known(call, counters.known_key))
        count_failure(call, &counters.account);
}

static enum pryv_rc seen_now(void *now_, struct pryv_count *count, double *end, struct pryv_err *err PRYV_UNUSED)
{
    const double *now = now_;

    *count = (struct pryv_count){ 1, *now + KNOWN_AGAIN_SECONDS };
    *end = *now + KNOWN_SECONDS;
    return PRYV_OK;
}

/* The mark is renewed once a day, so that most sign-ins write nothing. */
static void mark_known(struct pryv_call *call, struct pryv_str key)
{
    struct api *api = api_self();
    struct pryv_err err = PRYV_ERR(call->arena);
    struct pryv_count mark;
    double now = pryv_now();

    if (pryv_count_read(api->platform, api->platform_self, key, false, &mark, &err) == PRYV_OK && mark.until > now)
        return;
    if (pryv_count_change(api->platform, api->platform_self, key, seen_now, &now, &err) != PRYV_OK)
        pryv_log_warn(API_LOG, "an address that signed in is not remembered: %s", err.message ? err.message : "");
}

void sign_in_succeeded(struct pryv_call *call)
{
    struct api *api = api_self();
    struct pryv_err err = PRYV_ERR(call->arena);
    struct counters counters;
    struct pryv_str text;

    if (!api->config->account.limits_active)
        return;
    counters = counters_of(call);
    if (api->platform->value_get(api->platform_self, call->arena, counters.pair.key, false, &text, &err) == PRYV_OK &&
        api->platform->value_delete(api->platform_self, counters.pair.key, &err) != PRYV_OK)
        pryv_log_warn(API_LOG, "failed sign-ins are not forgotten: %s", err.message ? err.message : "");
    mark_known(call, counters.known_key);
}
