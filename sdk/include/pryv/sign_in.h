/* pryv/sign_in.h - signing in as auth.login does (interface "sign-in", version 1): for plugins that let people in by more steps.
 *
 * Threads   Every function may block and may be called from any executor thread, within a call that has an account.
 * Memory    Arguments are borrowed; results live in the call's arena.
 */
#ifndef PRYV_SIGN_IN_H
#define PRYV_SIGN_IN_H

#include <pryv/method.h>

#define PRYV_SIGN_IN_VERSION 1

struct pryv_sign_in_ops {
    size_t size;

    /* PRYV_OK: it is the password of call->user. Slow. A wrong one counts as a failed sign-in and slows down the next ones.
     * Errors: PRYV_REFUSED 401 invalid-credentials (wrong, or expired), 429 too-many-attempts; PRYV_BUSY. */
    enum pryv_rc (*check_password)(void *self, struct pryv_call *call, struct pryv_str password, struct pryv_err *err);
    /* Signs call->user in to an app: the token of the session that is alive, or of a new one. Whoever calls it has made sure of the user. */
    enum pryv_rc (*open_session)(void *self, struct pryv_call *call, struct pryv_str app_id, struct pryv_str *token,
                                 struct pryv_err *err);
    /* 1.0 ends here. */
};

#endif
