/* session.h - what lies between the two steps of an activation or of a login, on the platform, so that every worker and core sees it. */
#ifndef MFA_SESSION_H
#define MFA_SESSION_H

#include "mfa.h"

enum session_purpose { SESSION_ACTIVATE, SESSION_LOGIN };

struct session {
    struct pryv_str key, stored;
    struct pryv_str user_id;
    enum session_purpose purpose;
    struct pryv_str app_id; /* of a login */
    json_t *content;        /* of an activation: where challenges go to */
    double expires, tries;
};

/* Opens one for call->user; `*token` is what names it. Only a hash of it is kept. */
PRYV_CHECK enum pryv_rc session_open(struct mfa *mfa, struct pryv_call *call, const struct session *what, struct pryv_str *token,
                                     struct pryv_err *err);
/* Does the request name one at all? Errors: 400 invalid-parameters-format. */
PRYV_CHECK enum pryv_rc session_check_named(const struct pryv_call *call, struct pryv_err *err);
/* The one that the request's Authorization names, bare or after Bearer. Errors: 400 invalid-parameters-format when there is none; 401
 * invalid-access-token when it is unknown, over, without tries left, or of another user. */
PRYV_CHECK enum pryv_rc session_read(struct mfa *mfa, struct pryv_call *call, struct session *out, struct pryv_err *err);
/* Counts a try before it is made. Errors: 401 when all are used up; PRYV_BUSY. */
PRYV_CHECK enum pryv_rc session_take_try(struct mfa *mfa, struct pryv_call *call, struct session *session, struct pryv_err *err);
void session_give_back_try(struct mfa *mfa, struct pryv_call *call, struct session *session);
/* Ends it. Of several at the same time exactly one gets PRYV_OK. Errors: 401. */
PRYV_CHECK enum pryv_rc session_end(struct mfa *mfa, struct pryv_call *call, const struct session *session, struct pryv_err *err);
/* All of an account that goes. */
PRYV_CHECK enum pryv_rc sessions_forget(struct mfa *mfa, struct pryv_arena *mem, struct pryv_str user_id, struct pryv_err *err);
/* 401 invalid-access-token. */
enum pryv_rc session_unknown(struct pryv_err *err);

/* A random UUID (version 4), in lower case. */
struct pryv_str uuid_new(struct pryv_arena *mem);
/* SHA-256 in hexadecimal digits. Enough for what is random: there is nothing to guess. */
struct pryv_str hash_hex(struct pryv_arena *mem, struct pryv_str text);

#endif
