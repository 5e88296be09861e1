/* older_prefix.h - system streams as clients of before 1.8 name them: `.email` for `:system:email`, `.language` for `:_system:language`.
 *
 * With `backwardCompatibility.systemStreams.prefix.isActive`, and unless a request has the header disable-backward-compatibility-prefix,
 * both names are understood and the older one is told. Threads: what a call speaks is known on the executor thread that runs it, and only there.
 */
#ifndef API_OLDER_PREFIX_H
#define API_OLDER_PREFIX_H

#include "api.h"

/* Hooks around every method: parameters are translated before it. */
enum pryv_rc older_prefix_before(void *self, struct pryv_call *call, struct pryv_err *err);
void older_prefix_after(void);

/* What the call in hand tells: what is given, unless it speaks the older names. */
/* A stream id as the call tells it. */
void older_prefix_write_id(struct pryv_json *js, struct pryv_str id);
/* A member that is a JSON list of stream ids; left out when absent. True: something was translated, so that a hash over it no longer fits. */
bool older_prefix_put_ids(struct pryv_json *js, const char *key, struct pryv_str ids_json);
/* Permissions, as JSON text and as a value. */
struct pryv_str older_prefix_permissions_json(struct pryv_arena *mem, struct pryv_str json);
void older_prefix_put_permissions(struct pryv_json *js, const char *key, const json_t *permissions);

#endif
