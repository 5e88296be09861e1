/* code.c - see code.h. What is kept is "CODE SERIAL": the serial tells a code from a later one that happens to have the same digits. */
#include "code.h"

/* A byte below this says nothing about which digit it becomes. */
enum { EVEN_BYTES = 250 };

struct pryv_str code_random(struct pryv_arena *mem, size_t digits)
{
    char *code = pryv_alloc(mem, digits + 1);

    for (size_t n = 0; n < digits;) {
        unsigned char byte;

        pryv_random(&byte, 1);
        if (byte < EVEN_BYTES)
            code[n++] = (char) ('0' + byte % 10);
    }
    code[digits] = '\0';
    return pryv_str_n(code, digits);
}

static struct pryv_str key_of(struct pryv_arena *mem, struct pryv_str user_id)
{
    return pryv_format(mem, "mfa-code/%.*s", PRYV_STR_ARG(user_id));
}

enum pryv_rc code_new(struct mfa *mfa, struct pryv_call *call, struct pryv_str *code, struct pryv_err *err)
{
    *code = code_random(call->arena, (size_t) mfa->config->code_digits);

    struct pryv_str kept = pryv_format(call->arena, "%.*s %.*s", PRYV_STR_ARG(*code), PRYV_STR_ARG(pryv_id_new(call->arena)));

    return mfa->platform->value_put(mfa->platform_self, key_of(call->arena, call->user->id), kept,
                                    pryv_now() + mfa->config->session_seconds, err);
}

static enum pryv_rc wrong_code(struct pryv_err *err)
{
    return pryv_refuse(err, 400, "invalid-parameters-format", json_pack("{s:s}", "id", "invalid-mfa-code"), "The code is wrong.");
}

enum pryv_rc code_use(struct mfa *mfa, struct pryv_call *call, struct pryv_str given, struct pryv_err *err)
{
    struct pryv_str key = key_of(call->arena, call->user->id), kept;
    enum pryv_rc rc = mfa->platform->value_get(mfa->platform_self, call->arena, key, true, &kept, err);

    if (rc == PRYV_NOT_FOUND)
        return wrong_code(err);
    if (rc != PRYV_OK)
        return rc;

    const char *blank = memchr(kept.data, ' ', kept.len);
    size_t len = blank ? (size_t) (blank - kept.data) : 0;

    if (!len || !given.data || !pryv_secret_equal(given, pryv_str_n(kept.data, len)))
        return wrong_code(err);
    /* Only while it is this one: a later code is not for this call. */
    rc = mfa->platform->value_replace(mfa->platform_self, key, kept, PRYV_STR("used"), pryv_now() + mfa->config->session_seconds,
                                      err);
    return rc == PRYV_CONFLICT || rc == PRYV_NOT_FOUND ? wrong_code(err) : rc;
}

enum pryv_rc code_forget(struct mfa *mfa, struct pryv_arena *mem, struct pryv_str user_id, struct pryv_err *err)
{
    return mfa->platform->value_delete(mfa->platform_self, key_of(mem, user_id), err);
}
