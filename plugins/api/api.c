/* api.c - sessions of the storage for handlers; see api.h. */
#include "api.h"

enum pryv_rc api_found(const struct pryv_call *call, enum pryv_rc rc, struct pryv_err *err)
{
    return rc == PRYV_NOT_FOUND
               ? pryv_refuse(err, 404, "unknown-resource", NULL, "Unknown user \"%.*s\"", PRYV_STR_ARG(call->user->username))
               : rc;
}

enum pryv_rc api_open(struct pryv_call *call, enum pryv_session_mode mode, struct pryv_session **out, struct pryv_err *err)
{
    struct api *api = api_self();

    return api_found(call, api->storage->open(api->storage_self, call->user->id, mode, out, err), err);
}

enum pryv_rc api_commit(const struct pryv_call *call, struct pryv_session *session, unsigned changed, struct pryv_err *err)
{
    enum pryv_rc rc = api_self()->storage->commit(session, err);

    pryv_changed(call->user->id, changed);
    return rc;
}

void api_close(struct pryv_session *session)
{
    api_self()->storage->close(session);
}
