/* accounts_settle.c - what becomes of the traces that a crash left: an account that the platform has confirmed stays, one that it has not is
 * erased; an ending is brought to its end. */
#include "account_traces.h"
#include "account_value.h"
#include "accounts.h"

enum { AT_ONCE = 1000, MARGIN_SECONDS = 5 };

/* The platform knows a core for the name only once it has confirmed it, and on this core nobody else can have the name. */
static enum pryv_rc was_confirmed(struct pryv_arena *mem, struct pryv_str user_id, bool *confirmed, struct pryv_err *err)
{
    const struct api *api = api_self();
    struct pryv_str username, core = PRYV_STR_NONE;
    enum pryv_rc rc = api->storage->user_by_id(api->storage_self, mem, user_id, &username, err);

    *confirmed = false;
    if (rc == PRYV_OK)
        rc = api->platform->user_core(api->platform_self, mem, username, true, &core, err);
    *confirmed = rc == PRYV_OK && pryv_str_is(core, api->config->core_id);
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

static enum pryv_rc settle_making(struct pryv_arena *mem, struct pryv_str user_id, struct pryv_err *err)
{
    const struct api *api = api_self();
    bool confirmed;
    enum pryv_rc rc = was_confirmed(mem, user_id, &confirmed, err);

    if (rc == PRYV_OK && !confirmed) {
        rc = api->storage->user_erase(api->storage_self, user_id, err);
        if (rc == PRYV_OK || rc == PRYV_NOT_FOUND)
            rc = api->platform->release(api->platform_self, user_id, err);
        if (rc == PRYV_OK)
            pryv_log_info(API_LOG, "took back an account whose making was cut off");
    }
    return rc == PRYV_OK ? account_trace_take_away(mem, ACCOUNT_BEING_MADE, user_id, err) : rc;
}

static enum pryv_rc settle_trace(struct pryv_arena *mem, enum account_work work, struct pryv_str user_id, const json_t *trace,
                                 struct pryv_err *err)
{
    double seconds = (double) api_self()->config->reservation_seconds + MARGIN_SECONDS;
    double time = pryv_json_member_number(trace, "time");

    if (pryv_present(time) && time + seconds > pryv_now())
        return PRYV_OK;
    return work == ACCOUNT_BEING_MADE ? settle_making(mem, user_id, err)
                                      : accounts_finish_ending(mem, user_id, pryv_json_member_text(trace, "username"), err);
}

static void settle_all(const struct api *api, enum account_work work)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_str prefix = account_trace_key(mem, work, PRYV_STR("")), *keys, *texts;
    size_t count;
    enum pryv_rc rc =
        api->platform->values_list(api->platform_self, mem, prefix, PRYV_STR_NONE, AT_ONCE, &keys, &texts, &count, &err);

    for (size_t i = 0; rc == PRYV_OK && i < count; i++) {
        struct pryv_str user_id = pryv_str_n(keys[i].data + prefix.len, keys[i].len - prefix.len);

        if (settle_trace(mem, work, user_id, account_value_of(mem, texts[i]), &err) != PRYV_OK)
            pryv_log_warn(API_LOG, "an account cannot be settled yet: %s", err.message ? err.message : "");
    }
    if (rc != PRYV_OK)
        pryv_log_warn(API_LOG, "cannot look for accounts to settle: %s", err.message ? err.message : "");
    pryv_arena_free(mem);
}

void accounts_settle(void *self)
{
    void *before = pryv_self_enter(self);

    settle_all(self, ACCOUNT_BEING_MADE);
    settle_all(self, ACCOUNT_BEING_ENDED);
    pryv_self_enter(before);
}
