/* sign_in_limits.c - see sign_in_limits.h.
 *
 * A counter is a value of the platform, {"n": failures, "until": when the wait ends}, replaced only while it is what was read. */
#include "sign_in_limits.h"
#include <math.h>

enum { TRIES = 20 };

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

struct count {
    double n, until;
};

static struct count parse(struct pryv_arena *mem, struct pryv_str text)
{
    struct pryv_err err = PRYV_ERR(mem);
    struct count count = { 0, 0 };
    json_t *value = NULL;

    if (pryv_json_parse(mem, text, false, &value, &err) == PRYV_OK) {
        count.n = pryv_json_member_number(value, "n");
        count.until = pryv_json_member_number(value, "until");
    }
    return pryv_present(count.n) && pryv_present(count.until) ? count : (struct count){ 0, 0 };
}

static struct pryv_str dump(struct pryv_arena *mem, struct count count)
{
    struct pryv_json *js = pryv_json_new(mem);

    pryv_json_object(js);
    pryv_json_put_number(js, "n", count.n);
    pryv_json_put_number(js, "until", count.until);
    pryv_json_object_end(js);
    return pryv_json_text(js);
}

/* Seconds left to wait; 0: none, or it cannot be told. */
static double wait_left(struct pryv_call *call, const struct counter *counter)
{
    struct api *api = api_self();
    struct pryv_err err = PRYV_ERR(call->arena);
    struct pryv_str text;

    if (!counter->key.data ||
        api->platform->value_get(api->platform_self, call->arena, counter->key, false, &text, &err) != PRYV_OK)
        return 0;

    double left = parse(call->arena, text).until - pryv_now();

    return left > 0 ? left : 0;
}

static struct count one_more(const struct counter *counter, struct count count)
{
    double beyond = count.n + 1 - (double) counter->free;
    double wait = beyond > 0 ? exp2(fmin(beyond - 1, 30)) : 0;

    return (struct count){ count.n + 1, pryv_now() + fmin(wait, counter->max_wait) };
}

static enum pryv_rc try_to_count(struct pryv_call *call, const struct counter *counter, struct pryv_err *err)
{
    struct api *api = api_self();
    struct pryv_str text;
    double end = pryv_now() + api->config->account.failures_kept + counter->max_wait;
    enum pryv_rc rc = api->platform->value_get(api->platform_self, call->arena, counter->key, true, &text, err);
    struct count count = rc == PRYV_OK ? parse(call->arena, text) : (struct count){ 0, 0 };
    struct pryv_str next = dump(call->arena, one_more(counter, count));

    if (rc == PRYV_NOT_FOUND)
        return api->platform->value_put_new(api->platform_self, counter->key, next, end, err);
    return rc == PRYV_OK ? api->platform->value_replace(api->platform_self, counter->key, text, next, end, err) : rc;
}

static void count_failure(struct pryv_call *call, const struct counter *counter)
{
    struct pryv_err err = PRYV_ERR(call->arena);
    enum pryv_rc rc = PRYV_CONFLICT;

    if (!counter->key.data)
        return;
    for (int i = 0; i < TRIES && (rc == PRYV_CONFLICT || rc == PRYV_NOT_FOUND); i++)
        rc = try_to_count(call, counter, &err);
    if (rc != PRYV_OK)
        pryv_log_warn(API_LOG, "a failed sign-in is not counted: %s", err.message ? err.message : "others come too fast");
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

/* The mark is renewed once a day, so that most sign-ins write nothing. */
static void mark_known(struct pryv_call *call, struct pryv_str key)
{
    struct api *api = api_self();
    struct pryv_err err = PRYV_ERR(call->arena);
    struct pryv_str text;
    double now = pryv_now();

    if (api->platform->value_get(api->platform_self, call->arena, key, false, &text, &err) == PRYV_OK &&
        parse(call->arena, text).until > now)
        return;
    text = dump(call->arena, (struct count){ 1, now + KNOWN_AGAIN_SECONDS });
    if (api->platform->value_put(api->platform_self, key, text, now + KNOWN_SECONDS, &err) != PRYV_OK)
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
