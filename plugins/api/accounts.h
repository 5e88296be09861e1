/* accounts.h - how accounts come to be and end; what pryv/accounts.h offers to other plugins.
 *
 * Everything here runs with this plugin as pryv_self. A trace on the platform tells what is going on, so that what a crash cuts off is finished. */
#ifndef API_ACCOUNTS_H
#define API_ACCOUNTS_H

#include "api.h"
#include <pryv/accounts.h>

extern const struct pryv_accounts_ops accounts_ops;

/* Made at init from the fields of the account. */
size_t accounts_fields(struct api *api, const struct pryv_account_definition **out);
void accounts_read(struct pryv_arena *mem, const json_t *params, json_t *complaints, struct pryv_new_account *out);
PRYV_CHECK enum pryv_rc accounts_create(struct pryv_arena *mem, const struct pryv_new_account *account,
                                        struct pryv_made_account *out, struct pryv_err *err);
PRYV_CHECK enum pryv_rc accounts_end(struct pryv_arena *mem, struct pryv_str user_id, struct pryv_err *err);

/* Finishes what traces of this core tell, when they are old enough that nobody works on them (a pryv_every task of one worker).
 * `self`: the struct api. */
void accounts_settle(void *self);

/* What accounts_end does once its trace is there; safe to repeat. `username`: of the time when it began. */
PRYV_CHECK enum pryv_rc accounts_finish_ending(struct pryv_arena *mem, struct pryv_str user_id, struct pryv_str username,
                                               struct pryv_err *err);

#endif
