/* stores.h - the stores beside the user's own: each is a branch of every user's tree, kept by a plugin (pryv/datastore.h).
 *
 * Those of `custom.dataStores` come first, in their order; then the audit log, when a plugin announces it as the interface "datastore:_audit"
 * and does not answer PRYV_UNSUPPORTED to `open` (it is switched off).
 * Opened once per worker, at start; then read by any thread.
 */
#ifndef API_STORES_H
#define API_STORES_H

#include <pryv/datastore.h>
#include <pryv/storage.h>

struct store {
    struct pryv_str id;            /* "shelf": its streams are ":shelf:..." */
    struct pryv_str name;          /* of its root stream */
    bool in_star;                  /* a permission on `*` covers it */
    struct pryv_datastore_ops ops; /* what the plugin does not know is NULL */
    void *handle;
    const json_t *supports; /* as the store announces it; NULL: nothing */
};

struct stores;

/* `configured`: the value of custom.dataStores, or NULL. Errors: PRYV_FAILED with one line that names the entry and what is wrong. */
PRYV_CHECK enum pryv_rc stores_open(const struct pryv_storage_ops *storage, void *storage_self, const json_t *configured,
                                    struct stores **out, struct pryv_err *err);
void stores_close(struct stores *stores); /* NULL is fine */

size_t stores_list(const struct stores *stores, const struct store **out);
/* The store of ":store:..." or NULL; `inside` is the id there, "*" for the root. */
const struct store *store_of(const struct stores *stores, struct pryv_str id, struct pryv_str *inside);
/* ":store:inside"; the root for "*". */
struct pryv_str store_full_id(struct pryv_arena *mem, const struct store *store, struct pryv_str inside);

/* What a store answered, as clients are told: 404, 409, 501, a 400 that stores may give; anything else is a fault, told in the log with the
 * store's id. PRYV_OK stays. */
PRYV_CHECK enum pryv_rc store_result(const struct store *store, enum pryv_rc rc, struct pryv_err *err);
/* The same for a function that is not there. */
PRYV_CHECK enum pryv_rc store_cannot(const struct store *store, struct pryv_err *err);
/* A fault of the store: what it handed out cannot be. */
PRYV_CHECK enum pryv_rc store_garbage(const struct store *store, const char *what, struct pryv_err *err);

#endif
