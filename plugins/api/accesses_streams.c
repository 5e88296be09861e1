/* accesses_streams.c - streams that an owner makes, or takes back from the trash, by naming them in the permissions of an access. */
#include "accesses.h"
#include "slug.h"
#include "streams.h"

enum { STREAM_ID_MAX = 100 };

static bool is_stream_id(struct pryv_str id)
{
    for (size_t i = 0; i < id.len; i++)
        if (!((id.data[i] >= 'a' && id.data[i] <= 'z') || (id.data[i] >= '0' && id.data[i] <= '9') || id.data[i] == '-'))
            return false;
    return id.len >= 1 && id.len <= STREAM_ID_MAX && !slug_is_reserved(id);
}

static enum pryv_rc take_back(const struct pryv_call *call, struct pryv_session *session, struct pryv_stream *row,
                              struct pryv_err *err)
{
    row->trashed = false;
    row->modified = call->now;
    row->modified_by = call->author;
    return api_self()->storage->stream_update(session, row, err);
}

static enum pryv_rc make(const struct pryv_call *call, struct pryv_session *session, struct pryv_str id, const json_t *entry,
                         struct pryv_err *err)
{
    struct pryv_stream row = { .id = id,
                               .name = pryv_json_member_text(entry, "defaultName"),
                               .created = call->now,
                               .created_by = call->author,
                               .modified = call->now,
                               .modified_by = call->author };
    enum pryv_rc rc;

    if (!is_stream_id(id))
        return pryv_refuse(err, 400, "invalid-request-structure", json_deep_copy(entry), "A stream cannot be made with this id.");
    if ((rc = stream_check_name(&row, err)) != PRYV_OK || (rc = stream_check_count(session, err)) != PRYV_OK)
        return rc;
    return stream_conflict(api_self()->storage->stream_insert(session, &row, err), &row, err);
}

static enum pryv_rc make_or_take_back(const struct pryv_call *call, struct pryv_session *session, const json_t *entry,
                                      bool *changed, struct pryv_err *err)
{
    struct pryv_str id = permission_stream(entry);
    struct pryv_stream row;
    enum pryv_rc rc = api_self()->storage->stream_get(session, call->arena, id, &row, err);

    if (rc == PRYV_OK && !row.trashed)
        return PRYV_OK;
    *changed = true;
    if (rc == PRYV_OK)
        return take_back(call, session, &row, err);
    return rc == PRYV_NOT_FOUND ? make(call, session, id, entry, err) : rc;
}

/* Streams of other stores and of the account are not made from here. */
static bool asks_for_stream(const json_t *entry)
{
    struct pryv_str id = permission_stream(entry);

    return json_object_get(entry, "defaultName") && id.data && !pryv_str_equal(id, "*") && !pryv_str_starts(id, ":");
}

enum pryv_rc access_make_streams(const struct pryv_call *call, struct pryv_session *session, const json_t *permissions,
                                 bool *changed, struct pryv_err *err)
{
    size_t i;
    json_t *entry;
    enum pryv_rc rc;

    if (call->access->type != PRYV_PERSONAL)
        return PRYV_OK;
    json_array_foreach(permissions, i, entry)
        if (asks_for_stream(entry) && (rc = make_or_take_back(call, session, entry, changed, err)) != PRYV_OK)
            return rc;
    return PRYV_OK;
}
