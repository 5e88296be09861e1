/* own_pages.c - see own_pages.h. */
#include "own_pages.h"
#include "trusted_apps.h"
#include <pryv/pages.h>

bool app_is_trusted(struct pryv_call *call, struct pryv_str app_id, struct pryv_str origin)
{
    const struct pryv_interface *pages = pryv_interface("pages", PRYV_PAGES_VERSION);
    const struct pryv_pages_ops *ops = pages ? pages->ops : NULL;

    return trusted_apps_hold(api_self()->config->trusted_apps, app_id, origin) ||
           (ops && ops->is_own(pages->self, call->arena, app_id, origin));
}

struct pryv_str own_password_reset_page(struct pryv_arena *mem)
{
    const struct pryv_interface *pages = pryv_interface("pages", PRYV_PAGES_VERSION);
    const struct pryv_pages_ops *ops = pages ? pages->ops : NULL;

    return ops ? ops->password_reset(pages->self, mem) : PRYV_STR_NONE;
}
