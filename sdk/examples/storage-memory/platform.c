/* platform.c - the table of the platform, and the removal of what is over. */
#include "platform.h"

static enum pryv_rc sweep(void *self, double now, uint64_t *removed, struct pryv_err *err)
{
    struct pryv_session s;

    MUST(session_begin(&s, platform_of(self), true, err));

    uint64_t count = platform_sweep_names(&s, err->arena, now) + platform_sweep_values(&s, err->arena, now);

    MUST(platform_end(&s, PRYV_OK, err));
    *removed = count;
    return PRYV_OK;
}

void platform_offer(struct pryv_platform_ops *ops)
{
    *ops = (struct pryv_platform_ops){ .size = sizeof(*ops), .engine = "memory", .sweep = sweep };
    platform_names_offer(ops);
    platform_values_offer(ops);
}
