/* user_sessions.c - sessions on a user's data. */
#include "engine.h"
#include <stdlib.h>

static enum pryv_rc begin(struct engine *engine, struct pryv_str user_id, bool fresh, enum pryv_session_mode mode,
                          struct pryv_session *session, struct pryv_err *err)
{
    struct chain chain;
    enum pryv_rc rc = user_chain(engine, user_id, fresh, &chain, err);

    return rc == PRYV_OK ? session_begin(session, engine, &chain, mode, true, err) : rc;
}

static enum pryv_rc user_open(void *self, struct pryv_str user_id, enum pryv_session_mode mode, struct pryv_session **out,
                              struct pryv_err *err)
{
    struct pryv_session *session = calloc(1, sizeof(*session));
    enum pryv_rc rc;

    if (!session)
        abort();
    rc = begin(self, user_id, false, mode, session, err);
    if (rc == PRYV_NOT_FOUND) /* erased, and perhaps made again */
        rc = begin(self, user_id, true, mode, session, err);
    if (rc != PRYV_OK) {
        free(session);
        return rc;
    }
    *out = session;
    return PRYV_OK;
}

static enum pryv_rc commit(struct pryv_session *s, struct pryv_err *err)
{
    bool lost = false;

    return session_commit(s, &lost, err);
}

static void user_close(struct pryv_session *s)
{
    if (!s)
        return;
    session_end(s);
    free(s);
}

void user_sessions_offer(struct pryv_storage_ops *ops)
{
    ops->open = user_open;
    ops->commit = commit;
    ops->close = user_close;
}
