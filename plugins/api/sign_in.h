/* sign_in.h - what registration, login and plugins with a part in it make alike. */
#ifndef API_SIGN_IN_H
#define API_SIGN_IN_H

#include "api.h"
#include <pryv/sign_in.h>

/* The access of a signed-in app: made by the system, named after the app, with everything allowed. Its integrity is the caller's to set. */
struct pryv_access_row personal_access(struct pryv_arena *mem, struct pryv_str app_id, struct pryv_str token, double now);

/* The token of the live session of this user and app, or of a new one. Logins at the same time wait for each other here. */
PRYV_CHECK enum pryv_rc sign_in_open_session(struct pryv_call *call, struct pryv_str app_id, struct pryv_str *token,
                                             struct pryv_err *err);

/* Is it the user's password? With the limits of sign_in_limits.h. `password`: the row it was compared with; `language_json`: the account's, left
 * alone when it has none. Errors: 401 invalid-credentials, 429 too-many-attempts. Slow. */
PRYV_CHECK enum pryv_rc sign_in_check_password(struct pryv_call *call, struct pryv_str given, struct pryv_password_row *password,
                                               struct pryv_str *language_json, struct pryv_err *err);

/* Both for other plugins; its self is the struct api. */
extern const struct pryv_sign_in_ops sign_in_ops;

#endif
