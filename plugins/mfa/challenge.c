/* challenge.c - see challenge.h. */
#include "challenge.h"
#include "code.h"
#include "counter.h"

static json_t *copy_of(struct pryv_call *call, json_t *object)
{
    return pryv_json_keep(call->arena, json_copy(object));
}

/* With the code, which may have a place within the values too: "Your code: {{ code }}". */
static json_t *with_code(struct pryv_call *call, json_t *content, struct pryv_str code)
{
    json_t *values = copy_of(call, content);
    json_t *only_code = pryv_json_keep(call->arena, json_pack("{s:o}", "code", pryv_json_string(code)));
    const char *name;
    json_t *value;

    json_object_foreach(content, name, value) {
        if (json_is_string(value))
            json_object_set_new(values, name,
                                pryv_json_string(template_fill(call->arena, pryv_json_text_of(value), TEMPLATE_TEXT, only_code)));
    }
    json_object_set(values, "code", json_object_get(only_code, "code"));
    return values;
}

/* Messages cost money, and may go to somebody who never asked: accounts are made easily. */
static enum pryv_rc count(struct mfa *mfa, struct pryv_call *call, struct pryv_err *err)
{
    enum pryv_rc rc = counter_take(mfa, call, COUNT_CHALLENGES, mfa->config->challenges, err);

    if (rc != PRYV_OK)
        return rc;
    rc = counter_take_of_address(mfa, call, COUNT_CHALLENGES, mfa->config->challenges_per_address, err);
    if (rc != PRYV_OK)
        counter_give_back(mfa, call, COUNT_CHALLENGES);
    return rc;
}

enum pryv_rc challenge_send(struct mfa *mfa, struct pryv_call *call, json_t *content, struct pryv_err *err)
{
    json_t *values = content;
    struct pryv_str code;
    bool answered;
    enum pryv_rc rc = count(mfa, call, err);

    if (rc == PRYV_OK && mfa->own_codes) {
        rc = code_new(mfa, call, &code, err);
        if (rc == PRYV_OK)
            values = with_code(call, content, code);
    }
    return rc == PRYV_OK ? endpoint_call(&mfa->to_challenge, values, mfa->config->sms_timeout, &answered, err) : rc;
}

/* `*counts`: whoever tried has learnt something. */
static enum pryv_rc ask(struct mfa *mfa, struct pryv_call *call, json_t *content, bool *counts, struct pryv_err *err)
{
    json_t *values;

    *counts = true;
    if (mfa->own_codes)
        return code_use(mfa, call, pryv_json_member_text(call->params, "code"), err);
    values = copy_of(call, call->params);
    json_object_update(values, content);
    return endpoint_call(&mfa->to_verify, values, mfa->config->sms_timeout, counts, err);
}

enum pryv_rc challenge_check(struct mfa *mfa, struct pryv_call *call, struct session *session, json_t *content,
                             struct pryv_err *err)
{
    bool counts;
    enum pryv_rc rc = session_take_try(mfa, call, session, err);

    if (rc == PRYV_OK)
        rc = counter_take(mfa, call, COUNT_FAILURES, mfa->config->failures, err);
    if (rc != PRYV_OK)
        return rc;
    rc = ask(mfa, call, content, &counts, err);
    if (rc == PRYV_OK) {
        counter_clear(mfa, call, COUNT_FAILURES);
    } else if (!counts) {
        session_give_back_try(mfa, call, session);
        counter_give_back(mfa, call, COUNT_FAILURES);
    }
    return rc;
}
