/* cores.h - the cores of the platform: rows "core-info/ID" {id, url?, ip?, ipv6?, cname?, hosting?, available} that each writes when it starts.
 * Executor; inside a handler of this plugin, but for what takes a struct reg. */
#ifndef REG_CORES_H
#define REG_CORES_H

#include "reg.h"

struct core {
    struct pryv_str id;
    struct pryv_str url;     /* with a final slash */
    struct pryv_str hosting; /* "default" where it has none */
    bool available;          /* takes registrations */
    uint64_t user_count;     /* of cores_list with counts */
};

/* Users are in the paths of one core: there is no other. */
static inline bool is_single_core(const struct reg *reg)
{
    return reg->config->dnsless;
}

/* Own core's row. */
PRYV_CHECK enum pryv_rc cores_announce(const struct reg *reg, struct pryv_err *err);
/* All of them, by id; this one among them even when its row is missing. */
PRYV_CHECK enum pryv_rc cores_list(const struct reg *reg, struct pryv_arena *mem, bool counts, struct core **out, size_t *count,
                                   struct pryv_err *err);
/* Of any id: its row tells it, else the domain, else this core's own. */
PRYV_CHECK enum pryv_rc core_url_of(const struct reg *reg, struct pryv_arena *mem, struct pryv_str core_id, struct pryv_str *url,
                                    struct pryv_err *err);
/* The core of a user name, a former one or an alias too. PRYV_NOT_FOUND: nobody is called so. */
PRYV_CHECK enum pryv_rc core_of_user(const struct reg *reg, struct pryv_arena *mem, struct pryv_str username,
                                     struct pryv_str *core_id, struct pryv_err *err);

#endif
