/* streams_create.c - streams.create. What can be raced for (rights, a parent that goes, an id, a name) is looked at in the session that writes. */
#include "slug.h"
#include "store_changes.h"
#include "streams.h"

static struct pryv_str parent_of(const struct pryv_call *call)
{
    struct pryv_str id = pryv_json_member_text(call->params, "parentId");

    if (id.data)
        stream_store_of(api_self()->account, id, &id);
    return id;
}

/* No permission lets streams be made in the account. */
static enum pryv_rc check_account(const struct pryv_call *call, struct pryv_str parent_id, struct pryv_err *err)
{
    if (call->access->type != PRYV_PERSONAL)
        return stream_forbidden(err);
    return account_field_by_id(api_self()->account, parent_id) ? stream_of_account(parent_id, err)
                                                               : stream_reference_unknown("parentId", parent_id, err);
}

static enum pryv_rc check_store(const struct pryv_call *call, struct pryv_str parent_id, struct pryv_err *err)
{
    struct pryv_str inside;

    switch (stream_store_of(api_self()->account, parent_id, &inside)) {
    case STREAM_LOCAL: return PRYV_OK;
    case STREAM_ACCOUNT: return check_account(call, parent_id, err);
    case STREAM_FOREIGN: break;
    }
    return stream_store_unknown(parent_id, err);
}

/* The id that was asked for, made into one that can stand in an address. */
static enum pryv_rc choose_id(struct pryv_call *call, struct pryv_str *id, struct pryv_err *err)
{
    struct pryv_str wanted = pryv_json_member_text(call->params, "id"), inside;

    if (!wanted.data) {
        *id = pryv_id_new(call->arena);
        return PRYV_OK;
    }
    if (stream_store_of(api_self()->account, wanted, &inside) != STREAM_LOCAL)
        return stream_other_store(err);
    *id = slug_of(call->arena, inside);
    if (!id->len || slug_is_reserved(inside) || slug_is_reserved(*id))
        return stream_id_refused(wanted, err);
    return PRYV_OK;
}

static void fill(const struct pryv_call *call, struct pryv_str parent_id, struct pryv_stream *row)
{
    const json_t *data = json_object_get(call->params, "clientData");

    *row = (struct pryv_stream){
        .name = pryv_json_member_text(call->params, "name"),
        .parent_id = parent_id,
        .client_data_json = json_is_object(data) ? pryv_json_dump(call->arena, data) : PRYV_STR_NONE,
        .trashed = pryv_json_member_true(call->params, "trashed"),
        .created = call->now,
        .created_by = call->author,
        .modified = call->now,
        .modified_by = call->author,
    };
}

/* The id first: that is what is told when both are taken. */
static enum pryv_rc check_id_is_free(struct pryv_call *call, struct pryv_session *session, const struct pryv_stream *row,
                                     struct pryv_err *err)
{
    struct pryv_stream other;
    enum pryv_rc rc = api_self()->storage->stream_get(session, call->arena, row->id, &other, err);

    if (rc == PRYV_OK)
        return stream_conflict(pryv_conflict(err, "id", "the stream is there"), row, err);
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

enum pryv_rc stream_check_count(struct pryv_session *session, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = api_self()->storage;
    long long max = api_self()->config->streams_max;
    uint64_t count = 0;
    enum pryv_rc rc = PRYV_OK;

    if (storage->size > offsetof(struct pryv_storage_ops, streams_count) && storage->streams_count)
        rc = storage->streams_count(session, &count, err);
    if (rc == PRYV_OK && count >= (uint64_t) max)
        rc = pryv_refuse(err, 400, "invalid-operation", NULL, "An account holds at most %lld streams.", max);
    return rc;
}

static enum pryv_rc store(struct pryv_call *call, struct pryv_session *session, struct pryv_stream *row, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = api_self()->storage;
    struct pryv_stream parent;
    enum pryv_rc rc = stream_check_manages_parent(session, call->arena, call->access, row->parent_id, err);

    if (rc == PRYV_OK && row->parent_id.data)
        rc = stream_check_parent(session, call->arena, row->parent_id, &parent, err);
    if (rc == PRYV_OK)
        rc = choose_id(call, &row->id, err);
    if (rc == PRYV_OK)
        rc = check_id_is_free(call, session, row, err);
    if (rc == PRYV_OK)
        rc = stream_check_name(row, err);
    if (rc == PRYV_OK)
        rc = stream_check_count(session, err);
    if (rc == PRYV_OK)
        rc = stream_conflict(storage->stream_insert(session, row, err), row, err);
    return rc == PRYV_OK ? api_commit(call, session, PRYV_CHANGED_STREAMS, err) : rc;
}

enum pryv_rc streams_create(struct pryv_call *call, struct pryv_err *err)
{
    struct pryv_str parent_id = parent_of(call), inside;
    const struct store *foreign = store_of(api_self()->stores, parent_id, &inside);
    struct pryv_session *session;
    struct pryv_stream row;
    enum pryv_rc rc;

    if (foreign)
        return store_stream_create(call, foreign, inside, err);
    fill(call, parent_id, &row);
    if ((rc = check_store(call, parent_id, err)) != PRYV_OK || (rc = stream_check_size(&row, err)) != PRYV_OK ||
        (rc = api_open(call, PRYV_WRITE, &session, err)) != PRYV_OK)
        return rc;
    rc = store(call, session, &row, err);
    api_close(session);
    if (rc != PRYV_OK)
        return rc;
    streams_notify(call);
    call->status = 201;
    stream_write(call->out, &row);
    return PRYV_OK;
}
