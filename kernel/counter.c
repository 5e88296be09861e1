/* counter.c - pryv/counter.h. The value is {"n": how many, "until": when they are forgotten}, replaced only while it is what was read. */
#include <pryv/counter.h>
#include <pryv/crypto.h>
#include <pryv/http.h>
#include <pryv/json.h>
#include <pryv/log.h>

#define LOG_NAME "counter"
enum { TRIES = 50 };

struct count {
    double n, until;
};

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
static enum pryv_rc try_to_change(const struct pryv_counter *counter, struct pryv_call *call, double by, struct pryv_err *err)
{
    const struct pryv_platform_ops *platform = counter->platform;
    struct pryv_str text;
    double now = pryv_now();
    enum pryv_rc rc = platform->value_get(counter->platform_self, call->arena, counter->key, true, &text, err);

    if (rc != PRYV_OK && rc != PRYV_NOT_FOUND)
        return rc;

    bool there = rc == PRYV_OK;
    struct count count = there ? parse(call->arena, text) : (struct count){ 0, 0 };

    if (count.until <= now)
        count = (struct count){ 0, now + counter->seconds };
    if (by > 0 && count.n >= (double) counter->most)
        return too_many(call, count.until, err);
    count.n = fmax(count.n + by, 0);

    struct pryv_str next = dump(call->arena, count);

    return there ? platform->value_replace(counter->platform_self, counter->key, text, next, count.until, err)
                 : platform->value_put_new(counter->platform_self, counter->key, next, count.until, err);
}

static enum pryv_rc change(const struct pryv_counter *counter, struct pryv_call *call, double by, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_CONFLICT;

    for (int i = 0; i < TRIES && (rc == PRYV_CONFLICT || rc == PRYV_NOT_FOUND); i++)
        rc = try_to_change(counter, call, by, err);
    return rc == PRYV_CONFLICT || rc == PRYV_NOT_FOUND ? pryv_fail(err, PRYV_BUSY, "too many calls at once change one counter")
                                                       : rc;
}

static void log_still_counted(const struct pryv_counter *counter, const struct pryv_err *err)
{
    pryv_log_warn(LOG_NAME, "%.*s stays counted: %s", PRYV_STR_ARG(counter->key), err->message ? err->message : "");
}

enum pryv_rc pryv_counter_take(const struct pryv_counter *counter, struct pryv_call *call, struct pryv_err *err)
{
    return change(counter, call, 1, err);
}

void pryv_counter_give_back(const struct pryv_counter *counter, struct pryv_call *call)
{
    struct pryv_err err = PRYV_ERR(call->arena);

    if (change(counter, call, -1, &err) != PRYV_OK)
        log_still_counted(counter, &err);
}

void pryv_counter_clear(const struct pryv_counter *counter, struct pryv_call *call)
{
    struct pryv_err err = PRYV_ERR(call->arena);

    if (counter->platform->value_delete(counter->platform_self, counter->key, &err) != PRYV_OK)
        log_still_counted(counter, &err);
}
