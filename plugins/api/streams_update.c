/* streams_update.c - streams.update: a name, a place in the tree, clientData, the trash. Events and children move along, for they name the
 * stream by its id. The tree is walked in the session that writes, so that no two moves at once can close a circle. */
#include "client_data.h"
#include "store_changes.h"
#include "streams.h"

struct update {
    struct pryv_call *call;
    struct pryv_session *session;
    struct pryv_str id;
    json_t *changes;
    bool moves; /* a parent is given, null too */
    struct pryv_str parent_id;
    struct pryv_stream row;
};

static const char *const protected_fields[] = { "id",        "children", "childrenHidden", "created",
                                                "createdBy", "modified", "modifiedBy" };

static enum pryv_rc check_protected(const json_t *changes, struct pryv_err *err)
{
    for (size_t i = 0; i < PRYV_COUNT(protected_fields); i++)
        if (json_object_get(changes, protected_fields[i]) && !api_self()->config->ignore_protected_fields)
            return pryv_refuse(err, 403, "forbidden", NULL, "The field \"%s\" cannot be changed.", protected_fields[i]);
    return PRYV_OK;
}

static enum pryv_rc under_itself(const struct update *u, struct pryv_err *err)
{
    return pryv_refuse(err, 400, "invalid-operation", json_pack("{s:s%}", "parentId", u->parent_id.data, u->parent_id.len),
                       "A stream cannot be put below itself.");
}

/* Manage on the stream, and on where it goes. */
static enum pryv_rc check_rights(const struct update *u, struct pryv_err *err)
{
    enum pryv_rc rc = stream_check_manages(u->session, u->call->arena, u->call->access, &u->row, err);

    if (rc != PRYV_OK || !u->moves)
        return rc;
    return stream_check_manages_parent(u->session, u->call->arena, u->call->access, u->parent_id, err);
}

/* The new parent is not below the stream. */
static enum pryv_rc check_circle(const struct update *u, const struct pryv_stream *parent, struct pryv_err *err)
{
    struct stream_way way = { .session = u->session, .mem = u->call->arena, .at = *parent };
    enum pryv_rc rc;

    while ((rc = stream_above(&way, err)) == PRYV_OK)
        if (pryv_str_is(way.at.id, u->id))
            return under_itself(u, err);
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

/* What was wanted is told with the refusal. */
static enum pryv_rc other_store(const struct update *u, struct pryv_err *err)
{
    json_t *wanted = json_copy(u->changes);

    json_object_set_new(wanted, "id", pryv_json_string(u->id));
    json_object_set_new(wanted, "modified", json_real(u->call->now));
    json_object_set_new(wanted, "modifiedBy", pryv_json_string(u->call->author));
    return pryv_refuse(err, 400, "invalid-request-structure", wanted, "A stream and its parent must be of one store.");
}

static enum pryv_rc check_move(const struct update *u, struct pryv_err *err)
{
    struct pryv_stream parent;
    struct pryv_str inside;
    enum pryv_rc rc;

    if (!u->parent_id.data || pryv_str_is(u->parent_id, u->row.parent_id))
        return PRYV_OK;
    if (stream_store_of(api_self()->account, u->parent_id, &inside) != STREAM_LOCAL)
        return other_store(u, err);
    rc = stream_check_parent(u->session, u->call->arena, u->parent_id, &parent, err);
    return rc == PRYV_OK ? check_circle(u, &parent, err) : rc;
}

static enum pryv_rc apply(struct update *u, struct pryv_err *err)
{
    struct pryv_str name = pryv_json_member_text(u->changes, "name");

    if (name.data)
        u->row.name = name;
    if (u->moves)
        u->row.parent_id = u->parent_id;
    if (json_object_get(u->changes, "trashed"))
        u->row.trashed = pryv_json_member_true(u->changes, "trashed");
    u->row.modified = u->call->now;
    u->row.modified_by = u->call->author;
    return client_data_merge(u->call->arena, u->row.client_data_json, json_object_get(u->changes, "clientData"),
                             &u->row.client_data_json, err);
}

static enum pryv_rc store(struct update *u, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = api_self()->storage;
    enum pryv_rc rc = stream_get_live(u->session, u->call->arena, u->id, &u->row, err);

    if (rc != PRYV_OK || (rc = check_rights(u, err)) != PRYV_OK || (rc = check_move(u, err)) != PRYV_OK ||
        (rc = apply(u, err)) != PRYV_OK || (rc = stream_check_size(&u->row, err)) != PRYV_OK ||
        (rc = stream_check_name(&u->row, err)) != PRYV_OK)
        return rc;
    rc = stream_conflict(storage->stream_update(u->session, &u->row, err), &u->row, err);
    return rc == PRYV_OK ? api_commit(u->call, u->session, PRYV_CHANGED_STREAMS, err) : rc;
}

static struct update begin(struct pryv_call *call)
{
    struct update u = { .call = call, .changes = json_object_get(call->params, "update") };
    const json_t *parent = json_object_get(u.changes, "parentId");

    u.moves = parent != NULL;
    u.parent_id = pryv_json_text_of(parent);
    if (u.parent_id.data)
        stream_store_of(api_self()->account, u.parent_id, &u.parent_id);
    stream_store_of(api_self()->account, pryv_json_member_text(call->params, "id"), &u.id);
    return u;
}

enum pryv_rc streams_update(struct pryv_call *call, struct pryv_err *err)
{
    struct update u = begin(call);
    struct pryv_str inside;
    const struct store *foreign = store_of(api_self()->stores, u.id, &inside);
    enum pryv_rc rc = check_protected(u.changes, err);

    if (rc == PRYV_OK && u.parent_id.data && pryv_str_is(u.parent_id, u.id))
        rc = under_itself(&u, err);
    if (rc == PRYV_OK && foreign)
        return store_stream_update(call, foreign, inside, u.changes, err);
    if (rc != PRYV_OK || (rc = stream_check_own(u.id, err)) != PRYV_OK ||
        (rc = api_open(call, PRYV_WRITE, &u.session, err)) != PRYV_OK)
        return rc;
    rc = store(&u, err);
    api_close(u.session);
    if (rc != PRYV_OK)
        return rc;
    streams_notify(call);
    stream_write(call->out, &u.row);
    return PRYV_OK;
}
