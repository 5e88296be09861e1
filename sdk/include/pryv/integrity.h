/* pryv/integrity.h - the hashes that events and accesses carry, made of their rows: clients, and who checks a storage, make them anew and
 * compare.
 *
 * "EVENT:0:sha256-..." or "ACCESS:0:sha256-...", base64 of the SHA-256 of the stable text (pryv_json_stable) of an object with the members
 * that are there; `running`, `last_used`, `calls_json` and the hash itself are none of them.
 * Source: https://github.com/pryv/stable-object-representation, spec of the Pryv API ("Data integrity").
 * Threads  Any. Memory  Answers live in `mem`; what it takes besides goes with it too.
 */
#ifndef PRYV_INTEGRITY_H
#define PRYV_INTEGRITY_H

#include <pryv/json.h>
#include <pryv/storage.h>

/* A version goes by the id of its event. `content` and `client_data`: the same as in the row, when they are at hand as values; NULL: the row's
 * are read, as far as they need sorting. */
PRYV_EXPORT struct pryv_str pryv_event_integrity(struct pryv_arena *mem, const struct pryv_event *row, const json_t *content,
                                                 const json_t *client_data);
/* A version goes by its own id, so that no two hashes are the same. `alias`: the name that stands for the user's in addresses, or absent. */
PRYV_EXPORT struct pryv_str pryv_access_integrity(struct pryv_arena *mem, const struct pryv_access_row *row,
                                                  struct pryv_str alias);

#endif
