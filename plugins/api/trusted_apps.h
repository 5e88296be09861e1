/* trusted_apps.h - which applications may sign users in, from which origins: `auth.trustedApps`. */
#ifndef API_TRUSTED_APPS_H
#define API_TRUSTED_APPS_H

#include <pryv/base.h>

/* `list`: "appId@origin, ..."; `*` as an app is any, in an origin it stands for any run of non-blank characters. The app id may not be empty; a
 * missing origin is the empty text. An empty list trusts nothing. */
bool trusted_apps_hold(struct pryv_str list, struct pryv_str app_id, struct pryv_str origin);

#endif
