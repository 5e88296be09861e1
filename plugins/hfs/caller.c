/* caller.c - see caller.h. */
#include "caller.h"

/* An empty one is there, and wrong. */
static bool gives_token(const struct pryv_request *rq)
{
    return pryv_request_header(rq, "authorization").data || pryv_request_query(rq, "auth").data;
}

enum pryv_rc caller_load(struct pryv_call *call, int no_token, bool *elsewhere, struct pryv_err *err)
{
    enum pryv_rc rc;

    *elsewhere = false;
    if (!gives_token(call->request))
        return pryv_refuse(err, no_token, "missing-header", NULL, "The Authorization header is missing.");
    rc = pryv_call_account(call, pryv_request_path_param(call->request, "name"), elsewhere, err);
    if (rc != PRYV_OK || *elsewhere)
        return rc;
    rc = pryv_call_authenticate(call, err);
    pryv_reply_header(call->request, "Pryv-Access-Id", PRYV_STR_NONE); /* these routes do not tell it */
    return rc;
}

enum pryv_rc caller_open(const struct pryv_call *call, enum pryv_session_mode mode, struct pryv_session **out,
                         struct pryv_err *err)
{
    const struct hfs *hfs = hfs_self();
    enum pryv_rc rc = hfs->storage->open(hfs->storage_self, call->user->id, mode, out, err);

    return rc == PRYV_NOT_FOUND ? pryv_refuse(err, 404, "unknown-resource", NULL, "There is no account of that name.") : rc;
}

/* An engine that is told all at once does better. */
enum pryv_rc caller_events(const struct pryv_call *call, struct pryv_session *session, const struct pryv_str *ids, size_t count,
                           struct pryv_event *out, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = hfs_self()->storage;
    enum pryv_rc rc = PRYV_OK;

    if (storage->size > offsetof(struct pryv_storage_ops, events_get) && storage->events_get)
        return storage->events_get(session, call->arena, ids, count, out, err);
    for (size_t i = 0; rc == PRYV_OK && i < count; i++) {
        rc = storage->event_get(session, call->arena, ids[i], &out[i], err);
        if (rc == PRYV_NOT_FOUND) {
            out[i] = (struct pryv_event){ .id = PRYV_STR_NONE };
            rc = PRYV_OK;
        }
    }
    return rc;
}

enum pryv_rc caller_live(const struct pryv_event *found, struct pryv_str id, struct pryv_err *err)
{
    if (!found->id.data || pryv_present(found->deleted))
        return pryv_refuse(err, 404, "unknown-resource", NULL, "There is no event \"%.*s\".", PRYV_STR_ARG(id));
    return PRYV_OK;
}

enum pryv_rc caller_event(const struct pryv_call *call, struct pryv_session *session, struct pryv_str id, struct pryv_event *out,
                          struct pryv_err *err)
{
    enum pryv_rc rc = caller_events(call, session, &id, 1, out, err);

    return rc == PRYV_OK ? caller_live(out, id, err) : rc;
}

static enum pryv_rc check_level(struct pryv_call *call, const struct pryv_event *event, bool (*allows)(enum pryv_level),
                                struct pryv_err *err)
{
    const struct pryv_stream_tree *tree;
    json_t *ids, *id;
    size_t i;
    enum pryv_rc rc = pryv_call_streams(call, &tree, err);

    if (rc != PRYV_OK)
        return rc;
    if (pryv_json_parse(call->arena, event->stream_ids_json, false, &ids, err) != PRYV_OK)
        return pryv_fail(err, PRYV_FAILED, "the stored streams of an event are broken");
    json_array_foreach(ids, i, id)
        if (allows(pryv_access_level(call->access, tree, pryv_json_text_of(id))))
            return PRYV_OK;
    return pryv_refuse(err, 403, "forbidden", NULL, "The access does not allow this on the event.");
}

enum pryv_rc caller_may_write(struct pryv_call *call, const struct pryv_event *event, struct pryv_err *err)
{
    return check_level(call, event, pryv_level_creates, err);
}

enum pryv_rc caller_may_read(struct pryv_call *call, const struct pryv_event *event, struct pryv_err *err)
{
    return check_level(call, event, pryv_level_reads, err);
}
