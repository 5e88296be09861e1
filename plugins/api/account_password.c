/* account_password.c - account.changePassword: the owner gives the old password and a new one. Sessions go on. */
#include "account_calls.h"
#include "passwords.h"
#include "sign_in_limits.h"

const struct pryv_param change_password_params[] = {
    { .name = "oldPassword", .type = PRYV_P_TEXT, .flags = PRYV_P_REQUIRED, .help = "The present one." },
    { .name = "newPassword",
      .type = PRYV_P_TEXT,
      .flags = PRYV_P_REQUIRED,
      .min = PASSWORD_MIN,
      .max = PASSWORD_MAX,
      .help = "What it will be." },
    { .name = NULL },
};

static enum pryv_rc check_old(struct pryv_call *call, const struct passwords *passwords, struct pryv_err *err)
{
    struct pryv_str old = pryv_json_member_text(call->params, "oldPassword");
    bool right = false, outdated;
    enum pryv_rc rc =
        pryv_password_verify(old, passwords->count ? passwords->rows[0].hash : PRYV_STR_NONE, &right, &outdated, err);

    /* Once more: of many at once, most waited for their turn until others had failed too often. */
    if (rc != PRYV_OK || (rc = sign_in_allowed(call, err)) != PRYV_OK || right)
        return rc;
    sign_in_failed(call);
    return pryv_refuse(err, 400, "invalid-operation", NULL, "The present password is not the one given.");
}

enum pryv_rc account_change_password(struct pryv_call *call, struct pryv_err *err)
{
    struct pryv_str new = pryv_json_member_text(call->params, "newPassword");
    struct passwords passwords;
    enum pryv_rc rc = sign_in_allowed(call, err);

    if (rc == PRYV_OK)
        rc = passwords_read(call, &passwords, err);
    if (rc == PRYV_OK)
        rc = check_old(call, &passwords, err);
    if (rc == PRYV_OK)
        rc = password_check_change(call, &passwords, new, err);
    if (rc == PRYV_OK)
        rc = password_set(call, &passwords, new, call->author, err);
    if (rc == PRYV_OK)
        pryv_publish("accountChanged", call->user->id, PRYV_STR_NONE);
    return rc;
}
