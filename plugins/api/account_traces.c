/* account_traces.c - see account_traces.h. */
#include "account_traces.h"
#include "api.h"

static const char *const prefixes[] = { [ACCOUNT_BEING_MADE] = "account-making/", [ACCOUNT_BEING_ENDED] = "account-ending/" };

/* Each core settles its own: it alone has the data. */
struct pryv_str account_trace_key(struct pryv_arena *mem, enum account_work work, struct pryv_str user_id)
{
    return pryv_format(mem, "%s%.*s/%.*s", prefixes[work], PRYV_STR_ARG(api_self()->config->core_id), PRYV_STR_ARG(user_id));
}

enum pryv_rc account_trace_put(struct pryv_arena *mem, enum account_work work, struct pryv_str user_id, struct pryv_str username,
                               struct pryv_err *err)
{
    const struct api *api = api_self();
    struct pryv_json *js = pryv_json_new(mem);

    pryv_json_object(js);
    pryv_json_put_str(js, "username", username);
    pryv_json_put_number(js, "time", pryv_now());
    pryv_json_object_end(js);
    return api->platform->value_put(api->platform_self, account_trace_key(mem, work, user_id), pryv_json_text(js), PRYV_ABSENT,
                                    err);
}

enum pryv_rc account_trace_take_away(struct pryv_arena *mem, enum account_work work, struct pryv_str user_id,
                                     struct pryv_err *err)
{
    const struct api *api = api_self();

    return api->platform->value_delete(api->platform_self, account_trace_key(mem, work, user_id), err);
}
