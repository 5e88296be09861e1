/* sign_in_offer.c - the interface "sign-in" (pryv/sign_in.h): called by other plugins, so each function first becomes this one. */
#include "sign_in.h"

static enum pryv_rc check_password(void *self, struct pryv_call *call, struct pryv_str password, struct pryv_err *err)
{
    void *before = pryv_self_enter(self);
    struct pryv_password_row row = { .hash = PRYV_STR_NONE };
    struct pryv_str language;
    enum pryv_rc rc = sign_in_check_password(call, password, &row, &language, err);

    pryv_self_enter(before);
    return rc;
}

static enum pryv_rc open_session(void *self, struct pryv_call *call, struct pryv_str app_id, struct pryv_str *token,
                                 struct pryv_err *err)
{
    void *before = pryv_self_enter(self);
    enum pryv_rc rc = sign_in_open_session(call, app_id, token, err);

    pryv_self_enter(before);
    return rc;
}

const struct pryv_sign_in_ops sign_in_ops = {
    .size = sizeof(sign_in_ops),
    .check_password = check_password,
    .open_session = open_session,
};
