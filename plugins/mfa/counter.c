/* counter.c - see counter.h. A counter is a value of the platform, {"n": how many, "until": when they are forgotten}, replaced only while it is
 * what was read. */
#include "counter.h"

enum { TRIES = 50 };

struct count {
    double n, until;
};

static struct pryv_str key_of(struct pryv_call *call, const char *what)
{
    return pryv_format(call->arena, "mfa-%s/%.*s", what, PRYV_STR_ARG(call->user->id));
}

static struct count parse(struct pryv_arena *mem, struct pryv_str text)
{
    struct pryv_err err = PRYV_ERR(mem);
    json_t *value = NULL;
    struct count count = { 0, 0 };

    if (pryv_json_parse(mem, text, false, &value, &err) == PRYV_OK)
        count = (struct count){ pryv_json_member_number(value, "n"), pryv_json_member_number(value, "until") };
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

static enum pryv_rc too_many(struct pryv_call *call, double until, struct pryv_err *err)
{
    double wait = fmax(ceil(until - pryv_now()), 1);

    if (call->request)
        pryv_reply_header(call->request, "Retry-After", pryv_format(call->arena, "%.0f", wait));
    return pryv_refuse(err, 429, "too-many-attempts", json_pack("{s:f}", "retryAfter", wait),
                       "Too many attempts; try again in %.0f s.", wait);
}

/* PRYV_CONFLICT, PRYV_NOT_FOUND: another was faster. */
static enum pryv_rc change(struct mfa *mfa, struct pryv_call *call, struct pryv_str key, double by, int64_t most,
                           struct pryv_err *err)
{
    struct pryv_str text;
    double now = pryv_now();
    enum pryv_rc rc = mfa->platform->value_get(mfa->platform_self, call->arena, key, true, &text, err);

    if (rc != PRYV_OK && rc != PRYV_NOT_FOUND)
        return rc;

    bool there = rc == PRYV_OK;
    struct count count = there ? parse(call->arena, text) : (struct count){ 0, 0 };

    if (count.until <= now)
        count = (struct count){ 0, now + mfa->config->limit_seconds };
    if (by > 0 && count.n >= (double) most)
        return too_many(call, count.until, err);
    count.n = fmax(count.n + by, 0);

    struct pryv_str next = dump(call->arena, count);

    return there ? mfa->platform->value_replace(mfa->platform_self, key, text, next, count.until, err)
                 : mfa->platform->value_put_new(mfa->platform_self, key, next, count.until, err);
}

static enum pryv_rc change_surely(struct mfa *mfa, struct pryv_call *call, const char *what, double by, int64_t most,
                                  struct pryv_err *err)
{
    struct pryv_str key = key_of(call, what);
    enum pryv_rc rc = PRYV_CONFLICT;

    for (int i = 0; i < TRIES && (rc == PRYV_CONFLICT || rc == PRYV_NOT_FOUND); i++)
        rc = change(mfa, call, key, by, most, err);
    return rc == PRYV_CONFLICT || rc == PRYV_NOT_FOUND ? pryv_fail(err, PRYV_BUSY, "too many calls at once change one counter")
                                                       : rc;
}

enum pryv_rc counter_take(struct mfa *mfa, struct pryv_call *call, const char *what, int64_t most, struct pryv_err *err)
{
    return change_surely(mfa, call, what, 1, most, err);
}

void counter_give_back(struct mfa *mfa, struct pryv_call *call, const char *what)
{
    struct pryv_err err = PRYV_ERR(call->arena);

    if (change_surely(mfa, call, what, -1, 0, &err) != PRYV_OK)
        pryv_log_warn(MFA_LOG, "%s stay counted: %s", what, err.message ? err.message : "");
}

void counter_clear(struct mfa *mfa, struct pryv_call *call, const char *what)
{
    struct pryv_err err = PRYV_ERR(call->arena);

    if (mfa->platform->value_delete(mfa->platform_self, key_of(call, what), &err) != PRYV_OK)
        pryv_log_warn(MFA_LOG, "%s stay counted: %s", what, err.message ? err.message : "");
}
