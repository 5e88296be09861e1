/* sign_in.h - what registration and login make alike. */
#ifndef API_SIGN_IN_H
#define API_SIGN_IN_H

#include "api.h"

/* The access of a signed-in app: made by the system, named after the app, with everything allowed. Its integrity is the caller's to set. */
struct pryv_access_row personal_access(struct pryv_arena *mem, struct pryv_str app_id, struct pryv_str token, double now);

#endif
