/* own_pages.h - what this plugin asks of the pages that the server itself has, where a plugin brings some (pryv/pages.h). */
#ifndef API_OWN_PAGES_H
#define API_OWN_PAGES_H

#include "api.h"

/* May this app ask for passwords from this origin? It is in auth.trustedApps, or one of the server's own pages. */
bool app_is_trusted(struct pryv_call *call, struct pryv_str app_id, struct pryv_str origin);

/* Where a reset mail leads while auth.passwordResetPageURL is unset; absent: nowhere. */
struct pryv_str own_password_reset_page(struct pryv_arena *mem);

#endif
