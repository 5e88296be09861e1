/* accesses.h - the access object: as clients see it, its hash, its references, and who may make which. */
#ifndef API_ACCESSES_H
#define API_ACCESSES_H

#include "api.h"

/* `<base>` for an access that was never updated, else `<base>:<serial>`. */
struct pryv_str access_reference(struct pryv_arena *mem, struct pryv_str id, uint32_t serial);
/* The base, and the serial or 0. False: an id that no access can have. */
bool access_reference_parse(struct pryv_str reference, struct pryv_str *base, uint32_t *serial);
/* The access id of an author ("id caller" -> "id"). */
struct pryv_str author_access(struct pryv_str author);

/* `{...}` as accesses.* answer it, ids with their serials. apiEndpoint is left out of deleted ones, and where `user` is NULL. The alias stands
 * for the user name; absent: it has none. */
void access_write(struct pryv_json *js, struct pryv_arena *mem, const struct pryv_user *user, const struct pryv_access_row *row,
                  struct pryv_str alias);

/* "ACCESS:0:sha256-..." over the stable text of the row. Absent when integrity.isActive.accesses is false. */
struct pryv_str access_integrity(struct pryv_arena *mem, const struct pryv_access_row *row, struct pryv_str alias);

/* The table of a permission entry, for pryv_params_check, and the check that a table cannot say. */
extern const struct pryv_param permission_item;

/* The stream of an entry: "diary" also for ":local:diary", `*` for the root of the user's own streams. Absent: the entry has none. */
struct pryv_str permission_stream(const json_t *entry);

/* Names, token and number of permissions, and what permissions and clientData take once stored, within accesses.max*. `path`
 * leads to `fields` in the parameters ("#"). Errors: PRYV_REFUSED 400 invalid-parameters-format. */
PRYV_CHECK enum pryv_rc access_check_limits(const json_t *fields, const char *path, struct pryv_err *err);
PRYV_CHECK enum pryv_rc access_check_size(const struct pryv_access_row *row, struct pryv_err *err);
/* Every entry's stream id without characters that are never allowed. Errors: PRYV_REFUSED 400 invalid-request-structure, data = the permissions. */
PRYV_CHECK enum pryv_rc permissions_check_ids(const json_t *permissions, struct pryv_err *err);
/* Account streams: which can be named, and with which level. */
PRYV_CHECK enum pryv_rc permissions_check_account(const struct api *api, const json_t *permissions, struct pryv_err *err);
/* May `parent` (an app access) hand these on? Never more than it has at any stream. */
PRYV_CHECK enum pryv_rc permissions_check_parent(const struct pryv_access *parent, const struct pryv_stream_tree *tree,
                                                 const json_t *permissions, struct pryv_err *err);
/* The name of an account stream that is there, else absent. */
struct pryv_str account_stream_name(const struct api *api, struct pryv_str id);
/* What is stored of the entries: without `name` and `defaultName`. */
struct pryv_str permissions_to_store(struct pryv_arena *mem, const json_t *permissions);

/* The streams that entries with a `defaultName` name are made, or come back from the trash; only for an owner. `*changed` tells that there was
 * one. Errors: 400 invalid-request-structure (an id that no stream can have; data = the entry), 409 item-already-exists (data {name}). */
PRYV_CHECK enum pryv_rc access_make_streams(const struct pryv_call *call, struct pryv_session *session, const json_t *permissions,
                                            bool *changed, struct pryv_err *err);

/* ---- Aliases: names that stand for the user's ------------------------------------------------- */

/* The form of an alias, which no user name may have. */
bool access_alias_like(struct pryv_str name);
/* A new one, the platform's from now on; given back when the access that it is for is not made, or goes. */
PRYV_CHECK enum pryv_rc access_alias_claim(const struct pryv_call *call, struct pryv_str *alias, struct pryv_err *err);
void access_alias_release(const struct pryv_call *call, struct pryv_str alias); /* absent: nothing to do */
/* Within a session: which access has which. Absent: none. Deleted accesses keep theirs as a fact. */
PRYV_CHECK enum pryv_rc access_alias_keep(struct pryv_session *session, struct pryv_str access_id, struct pryv_str alias,
                                          struct pryv_err *err);
PRYV_CHECK enum pryv_rc access_alias_read(struct pryv_session *session, struct pryv_arena *mem, struct pryv_str access_id,
                                          struct pryv_str *alias, struct pryv_err *err);
struct access_aliases {
    struct pryv_str *access_ids, *aliases_json;
    size_t count;
};
PRYV_CHECK enum pryv_rc access_aliases_read(struct pryv_session *session, struct pryv_arena *mem, struct access_aliases *out,
                                            struct pryv_err *err);
struct pryv_str access_alias_of(const struct access_aliases *aliases, struct pryv_str access_id);

extern const struct pryv_param accesses_get_params[], accesses_get_one_params[], accesses_create_params[],
    accesses_update_params[], accesses_check_app_params[];

/* 404 unknown-resource. */
PRYV_CHECK enum pryv_rc access_unknown(struct pryv_str reference, struct pryv_err *err);
/* The access of this row made that one, whatever caller id it named then. */
bool access_made(struct pryv_str maker_id, const struct pryv_access_row *row);
/* Its end has passed. */
bool access_is_over(const struct pryv_access_row *row, double now);

/* 400 invalid-operation when an access would end later than the one that makes it; one without end never does. */
PRYV_CHECK enum pryv_rc access_check_end(double parent, double requested, struct pryv_err *err);
/* PRYV_CONFLICT of access_insert or access_update as a refusal that names what is taken. */
PRYV_CHECK enum pryv_rc access_conflict(const struct pryv_access_row *row, struct pryv_err *err);
/* The live access that a reference names. Errors: 404 unknown-resource; 409 stale-resource unless the reference names the present serial (none:
 * never updated). */
PRYV_CHECK enum pryv_rc access_get_current(struct pryv_session *session, struct pryv_arena *mem, struct pryv_str reference,
                                           struct pryv_access_row *out, struct pryv_err *err);

#endif
