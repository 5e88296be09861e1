/* pryv/second_factor.h - what a sign-in wants beside the password (interface "second-factor", version 1).
 *
 * auth.login asks the provider when it has found the password right; without a provider the password is enough. The provider then goes on by
 * methods of its own, and signs the user in by the interface "sign-in" (pryv/sign_in.h).
 * Threads   Every function may block and may be called from any executor thread.
 * Memory    Arguments are borrowed; results live in the call's arena.
 */
#ifndef PRYV_SECOND_FACTOR_H
#define PRYV_SECOND_FACTOR_H

#include <jansson.h>
#include <pryv/method.h>

#define PRYV_SECOND_FACTOR_VERSION 1

struct pryv_second_factor_ops {
    size_t size;

    /* call->user has given the right password for this app. `*token` absent: that is enough. Else it is the answer, as `mfaToken`, and nobody is
     * signed in yet. Errors: PRYV_REFUSED, which is the answer (the factor cannot be asked for now). */
    enum pryv_rc (*begin)(void *self, struct pryv_call *call, struct pryv_str app_id, struct pryv_str *token,
                          struct pryv_err *err);

    /* The member of accounts' private profiles that the provider keeps its data in ("mfa"). Clients are shown what profile_show makes of it: a
     * new reference. They may change it by the profile's methods only where profile_is_open. */
    const char *profile_member;
    json_t *(*profile_show)(void *self, const json_t *value);
    bool (*profile_is_open)(void *self);
    /* 1.0 ends here. */
};

#endif
