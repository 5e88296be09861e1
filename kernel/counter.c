/* counter.c - pryv/counter.h. The value is {"n": how many, "until": when they are forgotten}, replaced only while it is what was read. */
#include <pryv/counter.h>
#include <pryv/crypto.h>
#include <pryv/http.h>
#include <pryv/json.h>
#include <pryv/log.h>

#define LOG_NAME "counter"
enum { TRIES = 50 };

/* ---- Counts ------------------------------------------------------------------------------------- */

static struct pryv_count parse(struct pryv_arena *mem, struct pryv_str text)
{
    struct pryv_err err = PRYV_ERR(mem);
    json_t *value = NULL;
    struct pryv_count count = { 0, 0 };

    if (pryv_json_parse(mem, text, false, &value, &err) == PRYV_OK)
        count = (struct pryv_count){ pryv_json_member_number(value, "n"), pryv_json_member_number(value, "until") };
    return pryv_present(count.n) && pryv_present(count.until) ? count : (struct pryv_count){ 0, 0 };
}

static struct pryv_str dump(struct pryv_arena *mem, struct pryv_count count)
{
    struct pryv_json *js = pryv_json_new(mem);

    pryv_json_object(js);
    pryv_json_put_number(js, "n", count.n);
    pryv_json_put_number(js, "until", count.until);
    pryv_json_object_end(js);
    return pryv_json_text(js);
}

/* `*text` as it is kept; absent: it is not. */
static enum pryv_rc read_count(const struct pryv_platform_ops *platform, void *self, struct pryv_str key, bool strong,
                               struct pryv_str *text, struct pryv_count *out, struct pryv_err *err)
{
    enum pryv_rc rc = platform->value_get(self, err->arena, key, strong, text, err);

    if (rc != PRYV_OK)
        *text = PRYV_STR_NONE;
    *out = rc == PRYV_OK ? parse(err->arena, *text) : (struct pryv_count){ 0, 0 };
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

enum pryv_rc pryv_count_read(const struct pryv_platform_ops *platform, void *platform_self, struct pryv_str key, bool strong,
                             struct pryv_count *out, struct pryv_err *err)
{
    struct pryv_str text;

    return read_count(platform, platform_self, key, strong, &text, out, err);
}

enum pryv_rc pryv_count_change(const struct pryv_platform_ops *platform, void *platform_self, struct pryv_str key,
                               enum pryv_rc (*next)(void *arg, struct pryv_count *count, double *end, struct pryv_err *err),
                               void *arg, struct pryv_err *err)
{
    for (int i = 0; i < TRIES; i++) {
        struct pryv_str text, changed;
        struct pryv_count count;
        double end = PRYV_ABSENT;
        enum pryv_rc rc = read_count(platform, platform_self, key, true, &text, &count, err);

        if (rc != PRYV_OK || (rc = next(arg, &count, &end, err)) != PRYV_OK)
            return rc;
        changed = dump(err->arena, count);
        rc = text.data ? platform->value_replace(platform_self, key, text, changed, end, err)
                       : platform->value_put_new(platform_self, key, changed, end, err);
        if (rc != PRYV_CONFLICT && rc != PRYV_NOT_FOUND) /* these say that another was faster */
            return rc;
    }
    return pryv_fail(err, PRYV_BUSY, "too many calls at once change one counter");
}

/* ---- Counters ----------------------------------------------------------------------------------- */

struct change {
    const struct pryv_counter *counter;
    struct pryv_call *call;
    double by;
};

static enum pryv_rc too_many(struct pryv_call *call, double until, struct pryv_err *err)
{
    double wait = fmax(ceil(until - pryv_now()), 1);

    if (call->request)
        pryv_reply_header(call->request, "Retry-After", pryv_format(call->arena, "%.0f", wait));
    return pryv_refuse(err, 429, "too-many-attempts", json_pack("{s:f}", "retryAfter", wait),
                       "Too many attempts; try again in %.0f s.", wait);
}

static enum pryv_rc next_count(void *change_, struct pryv_count *count, double *end, struct pryv_err *err)
{
    const struct change *change = change_;
    double now = pryv_now();

    if (count->until <= now)
        *count = (struct pryv_count){ 0, now + change->counter->seconds };
    if (change->by > 0 && count->n >= (double) change->counter->most)
        return too_many(change->call, count->until, err);
    count->n = fmax(count->n + change->by, 0);
    *end = count->until;
    return PRYV_OK;
}

static enum pryv_rc change_by(const struct pryv_counter *counter, struct pryv_call *call, double by, struct pryv_err *err)
{
    struct change change = { counter, call, by };

    return pryv_count_change(counter->platform, counter->platform_self, counter->key, next_count, &change, err);
}

static void log_still_counted(const struct pryv_counter *counter, const struct pryv_err *err)
{
    pryv_log_warn(LOG_NAME, "%.*s stays counted: %s", PRYV_STR_ARG(counter->key), err->message ? err->message : "");
}

enum pryv_rc pryv_counter_take(const struct pryv_counter *counter, struct pryv_call *call, struct pryv_err *err)
{
    return change_by(counter, call, 1, err);
}

void pryv_counter_give_back(const struct pryv_counter *counter, struct pryv_call *call)
{
    struct pryv_err err = PRYV_ERR(call->arena);

    if (change_by(counter, call, -1, &err) != PRYV_OK)
        log_still_counted(counter, &err);
}

void pryv_counter_clear(const struct pryv_counter *counter, struct pryv_call *call)
{
    struct pryv_err err = PRYV_ERR(call->arena);

    if (counter->platform->value_delete(counter->platform_self, counter->key, &err) != PRYV_OK)
        log_still_counted(counter, &err);
}
