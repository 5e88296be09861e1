/* methods.h - mfa.*, and the operators' way out. */
#ifndef MFA_METHODS_H
#define MFA_METHODS_H

#include <pryv/method.h>

enum pryv_rc mfa_activate(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc mfa_confirm(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc mfa_challenge(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc mfa_verify(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc mfa_deactivate(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc mfa_recover(struct pryv_call *call, struct pryv_err *err);
/* DELETE /system/users/{name}/mfa */
enum pryv_rc system_deactivate(struct pryv_call *call, struct pryv_err *err);

/* Of the interface "second-factor"; self is the struct mfa. */
enum pryv_rc login_begin(void *self, struct pryv_call *call, struct pryv_str app_id, struct pryv_str *token,
                         struct pryv_err *err);

#endif
