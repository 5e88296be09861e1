/* invitations.h - who may register: rows "invitation/TOKEN" {createdAt (ms), createdBy, description, consumedAt?, consumedBy?}.
 *
 * Where the store holds any token, only one that is there and not consumed admits. Where it holds none, `invitationTokens` decides: null lets
 * everybody in, an empty list nobody. Executor, inside a handler of this plugin, but for the first. */
#ifndef REG_INVITATIONS_H
#define REG_INVITATIONS_H

#include "reg.h"

/* The configured ones, when the store has none: they are all there when this returns. Once, from start. */
PRYV_CHECK enum pryv_rc invitations_seed(const struct reg *reg, struct pryv_err *err);

/* What a registration has taken. */
struct invitation {
    struct pryv_str key;           /* absent: everybody is let in */
    struct pryv_str before, taken; /* the row as it was and is */
};

/* Consumes the token for this user, so that of two at the same time one is let in. It says so too that the account is not there yet: where a crash
 * comes before `invitation_keep`, the token is free again when the name is nobody's and registration.reservationSeconds have passed.
 * Errors: PRYV_REFUSED 400 invalid-operation. */
PRYV_CHECK enum pryv_rc invitation_take(struct pryv_call *call, struct pryv_str token, struct pryv_str username,
                                        struct invitation *out, struct pryv_err *err);
void invitation_keep(struct pryv_call *call, const struct invitation *invitation);
void invitation_give_back(struct pryv_call *call, const struct invitation *invitation);

#endif
