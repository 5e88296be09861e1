/* auth.h - from the text of a token to a live access, and the caches behind it (auth.c, auth_account.c, access.c, cache.c). */
#ifndef KERNEL_AUTH_H
#define KERNEL_AUTH_H

#include <pryv/access.h>
#include <pryv/method.h>

/* The account of a path, by its user name, a former one, or an alias (value "alias/NAME" of the platform: the user name). NOT_FOUND: none; PRYV_REFUSED 404 unknown-resource is the caller's to say. From the cache, or the storage.
 * The user lives in `mem`. Executor. */
PRYV_CHECK enum pryv_rc auth_user(struct pryv_arena *mem, struct pryv_str username, const struct pryv_user **out,
                                  struct pryv_err *err);

/* Token and caller id of a request: Authorization (raw, Basic, Bearer, DPoP), else the `auth` query parameter; the
 * caller id is what follows the first space. A header that is there decides alone, be it empty. `override` (the _auth field) replaces the header when present. Absent token: there was none. `*proof`: it came by DPoP (RFC 9449), which
 * accesses without a key are not to be used by. */
void auth_token(struct pryv_arena *mem, const struct pryv_request *rq, struct pryv_str override, struct pryv_str *token,
                struct pryv_str *caller_id, bool *proof);

/* The live access of this account that has the token, not expired, with its session where it is personal, which is extended. On PRYV_REFUSED *out may still be set: the access was found but is refused (it is then told in
 * Pryv-Access-Id). The reference goes with `mem`. Executor. */
PRYV_CHECK enum pryv_rc auth_access(struct pryv_arena *mem, const struct pryv_user *user, struct pryv_str token, double now,
                                    const struct pryv_access **out, struct pryv_err *err);

/* Worker start and end. */
void auth_start(void);
void auth_stop(void);
/* Theirs of auth_account.c, which they call. */
void auth_account_start(void);
void auth_account_stop(void);

#endif
