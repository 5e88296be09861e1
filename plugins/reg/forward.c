/* forward.c - see forward.h. A core that a registration was handed to makes the account itself: two that count differently would hand it back and forth
 * for ever. */
#include "forward.h"
#include "cores.h"
#include <pryv/fetch.h>

#define HANDED_OVER "Pryv-Handed-Over"

static bool takes(const struct core *core, struct pryv_str hosting)
{
    return core->available && (!hosting.len || pryv_str_is(core->hosting, hosting));
}

static size_t count_candidates(const struct core *cores, size_t count, struct pryv_str hosting, const struct core **last)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        if (takes(&cores[i], hosting)) {
            *last = &cores[i];
            n++;
        }
    return n;
}

/* NULL: this one. Users are counted only where there is a choice. */
static enum pryv_rc choose(struct pryv_call *call, const struct core **out, struct pryv_err *err)
{
    const struct reg *reg = reg_self();
    struct pryv_str hosting = pryv_json_member_text(call->params, "hosting");
    struct core *cores;
    size_t count, candidates;
    enum pryv_rc rc = cores_list(reg, call->arena, false, &cores, &count, err);

    *out = NULL;
    if (rc != PRYV_OK)
        return rc;
    candidates = count_candidates(cores, count, hosting, out);
    if (candidates > 1) {
        if ((rc = cores_list(reg, call->arena, true, &cores, &count, err)) != PRYV_OK)
            return rc;
        *out = NULL;
        for (size_t i = 0; i < count; i++)
            if (takes(&cores[i], hosting) && (!*out || cores[i].user_count < (*out)->user_count))
                *out = &cores[i];
    }
    if (*out && pryv_str_is((*out)->id, reg->config->core_id))
        *out = NULL;
    return PRYV_OK;
}

static enum pryv_rc failed(struct pryv_err *err, int status, const char *message)
{
    return pryv_refuse(err, status, "cross-core-registration-failed", NULL, "%s", message);
}

static enum pryv_rc take_answer(struct pryv_call *call, const struct pryv_http_answer *answer, struct pryv_err *err)
{
    struct pryv_err unseen = PRYV_ERR(call->arena);
    json_t *body = NULL, *value;
    const json_t *error;
    const char *key;

    if (pryv_json_parse(call->arena, answer->body, false, &body, &unseen) != PRYV_OK || !json_is_object(body))
        return failed(err, 502, "The core that was chosen answered what cannot be read.");
    if (answer->status >= 200 && answer->status < 300) {
        call->status = 201;
        json_object_foreach(body, key, value)
            if (strcmp(key, "meta") != 0)
                pryv_json_put_value(call->out, key, value);
        return PRYV_OK;
    }
    error = json_object_get(body, "error");
    if (answer->status < 400 || !pryv_json_member_text(error, "id").len)
        return failed(err, 502, "The core that was chosen answered what cannot be understood.");
    return pryv_refuse(err, answer->status, pryv_json_member_text(error, "id").data, json_incref(json_object_get(error, "data")),
                       "%s",
                       pryv_json_member_text(error, "message").len ? pryv_json_member_text(error, "message").data : "Refused.");
}

static enum pryv_rc hand_over(struct pryv_call *call, const struct core *core, struct pryv_err *err)
{
    const struct reg_config *config = reg_self()->config;
    const struct pryv_http_field fields[] = { { PRYV_STR("Content-Type"), PRYV_STR("application/json") },
                                              { PRYV_STR(HANDED_OVER), config->core_id } };
    struct pryv_http_request request = {
        .verb = "POST",
        .address = pryv_format(call->arena, "%.*susers", PRYV_STR_ARG(core->url)),
        .fields = fields,
        .field_count = PRYV_COUNT(fields),
        .body = pryv_json_dump(call->arena, call->params),
        .timeout_seconds = config->forward_seconds,
        .max_bytes = 1 << 20,
    };
    struct pryv_http_answer answer;
    struct pryv_err unseen = PRYV_ERR(call->arena);

    if (pryv_http_call(call->arena, &request, &answer, &unseen) != PRYV_OK) {
        pryv_log_warn(REG_LOG, "a registration could not be handed to the core %.*s: %s", PRYV_STR_ARG(core->id),
                      unseen.message ? unseen.message : "");
        return failed(err, 504, "The core that was chosen does not answer.");
    }
    return take_answer(call, &answer, err);
}

enum pryv_rc register_elsewhere(struct pryv_call *call, bool *forwarded, struct pryv_err *err)
{
    const struct core *core = NULL;
    enum pryv_rc rc;

    *forwarded = false;
    if (is_single_core(reg_self()) || (call->request && pryv_request_header(call->request, HANDED_OVER).data))
        return PRYV_OK;
    if ((rc = choose(call, &core, err)) != PRYV_OK || !core)
        return rc;
    *forwarded = true;
    return hand_over(call, core, err);
}
