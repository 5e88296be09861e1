/* platform_upkeep.c - see platform_upkeep.h. An expired value is not there for anybody; this gives back its room. */
#include "platform_upkeep.h"
#include "api.h"

void platform_upkeep(void *self)
{
    const struct api *api = self;
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    uint64_t removed = 0;

    if (api->platform->sweep(api->platform_self, pryv_now(), &removed, &err) != PRYV_OK)
        pryv_log_warn(API_LOG, "what has expired on the platform stays for now: %s", err.message ? err.message : "");
    else if (removed)
        pryv_log_debug(API_LOG, "took %llu expired values from the platform", (unsigned long long) removed);
    pryv_arena_free(mem);
}
