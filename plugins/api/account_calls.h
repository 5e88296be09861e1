/* account_calls.h - handlers and parameters of account.* and profile.*, for the plugin's tables. */
#ifndef API_ACCOUNT_CALLS_H
#define API_ACCOUNT_CALLS_H

#include "api.h"

extern const struct pryv_param account_update_params[], change_password_params[], request_password_reset_params[],
    reset_password_params[], change_username_params[];
extern const struct pryv_param profile_get_params[], profile_update_params[], profile_update_app_params[];

enum pryv_rc account_get(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc account_update(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc account_username_changes(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc account_change_username(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc account_change_password(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc account_request_password_reset(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc account_reset_password(struct pryv_call *call, struct pryv_err *err);

enum pryv_rc profile_get_public(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc profile_get(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc profile_get_app(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc profile_update(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc profile_update_app(struct pryv_call *call, struct pryv_err *err);

#endif
