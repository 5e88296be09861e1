/* pryv/pages.h - the pages that people see (interface "pages", version 1): where an app has them sign in, where a mail has them set a new
 * password. For plugins that need such an address while configuration names none.
 *
 * Threads   Every function may be called from any executor thread; is_own may block.
 * Memory    Addresses live in the arena passed in. Arguments are borrowed.
 */
#ifndef PRYV_PAGES_H
#define PRYV_PAGES_H

#include <pryv/arena.h>
#include <pryv/error.h>

#define PRYV_PAGES_VERSION 1

struct pryv_pages_ops {
    size_t size;

    /* Absolute addresses without query. The first takes those of an access request (lang, key, ...), the other resetToken. */
    struct pryv_str (*sign_in)(void *self, struct pryv_arena *mem);
    struct pryv_str (*password_reset)(void *self, struct pryv_arena *mem);
    /* Do the pages themselves call as this app from this origin, here or on another core of the platform? They may ask for passwords
     * although auth.trustedApps does not name them. */
    bool (*is_own)(void *self, struct pryv_arena *mem, struct pryv_str app_id, struct pryv_str origin);
    /* 1.0 ends here. */
};

#endif
