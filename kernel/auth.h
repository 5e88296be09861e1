/* auth.h - from the text of a token to a live access, and the caches behind it (auth.c, auth_account.c, access.c, cache.c). */
#ifndef KERNEL_AUTH_H
#define KERNEL_AUTH_H

#include <pryv/access.h>
#include <pryv/method.h>

/* The account of a path, by its user name, a former one, or an alias (value "alias/NAME" of the platform: the user name). NOT_FOUND: none; PRYV_REFUSED 404 unknown-resource is the caller's to say. From the cache, or the storage.
 * The user lives in `mem`. Executor. */
PRYV_CHECK enum pryv_rc auth_user(struct pryv_arena *mem, struct pryv_str username, const struct pryv_user **out,
                                  struct pryv_err *err);

/* Token and caller id of a request: Authorization (raw, Basic, Bearer, DPoP), else the `auth` query parameter, as spec/access.md 3.1
 * says. `override` (the _auth field) replaces the header when present. Absent token: there was none. `*proof`: it came by DPoP (RFC 9449), which
 * accesses without a key are not to be used by. */
void auth_token(struct pryv_arena *mem, const struct pryv_request *rq, struct pryv_str override, struct pryv_str *token,
                struct pryv_str *caller_id, bool *proof);

/* Steps 1 to 4 of spec/access.md 3.2. On PRYV_REFUSED *out may still be set: the access was found but is refused (it is then told in
 * Pryv-Access-Id). The reference goes with `mem`. Executor. */
PRYV_CHECK enum pryv_rc auth_access(struct pryv_arena *mem, const struct pryv_user *user, struct pryv_str token, double now,
                                    const struct pryv_access **out, struct pryv_err *err);

/* Generations: one atomic counter per slot of users, in memory shared by master and workers. Made by the master before it forks. */
enum { GENERATION_ACCESSES, GENERATION_STREAMS, GENERATION_USER, GENERATION_ACCOUNT, GENERATION_KINDS };
void generation_init(void);                                /* master, once */
uint64_t generation_of(struct pryv_str user_id, int kind); /* read it BEFORE loading what it stamps */
void generation_bump(struct pryv_str user_id, int kind);
void generation_bump_all(void); /* master, when somebody may have stored something and not told: a worker that died */

/* Worker start and end. */
void auth_start(void);
void auth_stop(void);
/* Theirs of auth_account.c, which they call. */
void auth_account_start(void);
void auth_account_stop(void);

#endif
