/* events_create.c - events.create: an event, with the files that came along. */
#include "account_events.h"
#include "batch.h"
#include "events_write.h"
#include "store_events.h"
#include "uploads.h"

struct creation {
    struct pryv_call *call;
    const json_t *params;
    const json_t *content;     /* as it is kept; NULL: none */
    const struct store *store; /* NULL: the user's own */
    const struct pryv_stream_tree *tree;
    struct event_streams streams;
    struct pryv_str client_data_json; /* absent: none */
    struct pryv_event row;
    struct upload *upload; /* NULL: no multipart body */
    bool settled_later;    /* the batch tells others of it */
};

/* ---- Checks, in their order --------------------------------------------------------------------------------- */

/* The event of a multipart body takes the place of the parameters. */
static enum pryv_rc read_params(struct creation *c, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    if (c->call->upload) {
        if ((rc = upload_read_form(c->call, true, &c->upload, err)) != PRYV_OK)
            return rc;
        c->call->params = c->upload->event;
        rc = pryv_params_check(events_create_params, false, c->call->params, err);
    }
    c->params = c->call->params;
    return rc;
}

static enum pryv_rc check_streams(struct creation *c, struct pryv_err *err)
{
    struct pryv_str id = pryv_json_member_text(c->params, "id"), inside;
    enum pryv_rc rc;

    event_streams_named(c->call->arena, json_object_get(c->params, "streamIds"), &c->streams);
    c->store = store_of(api_self()->stores, c->streams.ids[0], &inside);
    if (c->store)
        return store_event_streams_check(c->call, c->store, &c->streams, id, err);
    rc = pryv_call_streams(c->call, &c->tree, err);
    return rc == PRYV_OK ? event_streams_check(c->tree, &c->streams, id, err) : rc;
}

static enum pryv_rc check_content(struct creation *c, struct pryv_err *err)
{
    const struct event_types *types = api_self()->event_types;
    struct pryv_str type = pryv_json_member_text(c->params, "type");
    const json_t *given = json_object_get(c->params, "content");
    json_t *series;
    enum pryv_rc rc;

    c->content = json_is_null(given) ? NULL : given;
    if (!event_type_is_series(type))
        return event_types_check(types, type, given, err);
    if ((rc = event_types_series_content(types, type, &series, err)) != PRYV_OK)
        return rc;
    if (c->content)
        return event_series_content_given(err);
    c->content = series;
    return PRYV_OK;
}

static enum pryv_rc check_rights(const struct creation *c, struct pryv_err *err)
{
    bool may = true;
    enum pryv_level *levels;
    enum pryv_rc rc;

    if (!c->store)
        return event_may_create(c->call->access, c->tree, &c->streams) ? PRYV_OK : event_forbidden(err);
    if ((rc = store_event_levels(c->call, c->store, &c->streams, &levels, err)) != PRYV_OK)
        return rc;
    for (size_t i = 0; i < c->streams.count; i++)
        may = may && pryv_level_creates(levels[i]);
    return may ? PRYV_OK : event_forbidden(err);
}

static enum pryv_rc check_client_data(struct creation *c, struct pryv_err *err)
{
    const json_t *given = json_object_get(c->params, "clientData");

    if (json_is_object(given))
        c->client_data_json = pryv_json_dump(c->call->arena, given);
    return event_client_data_check(c->client_data_json, err);
}

static enum pryv_rc check(struct creation *c, struct pryv_err *err)
{
    enum pryv_rc rc;

    if ((rc = check_streams(c, err)) != PRYV_OK || (rc = check_content(c, err)) != PRYV_OK ||
        (rc = check_client_data(c, err)) != PRYV_OK || (rc = check_rights(c, err)) != PRYV_OK)
        return rc;
    return upload_check_count(c->call->arena, NULL, c->upload, err);
}

/* ---- The row -------------------------------------------------------------------------------------------------- */

static void fill(struct creation *c)
{
    const struct pryv_call *call = c->call;
    struct pryv_str id = c->row.id;
    double time = pryv_json_member_number(c->params, "time");
    const json_t *client_data = json_object_get(c->params, "clientData");

    c->row = event_none();
    c->row.id = id;
    c->row.stream_ids_json = event_streams_json(call->arena, &c->streams);
    c->row.time = pryv_present(time) ? time : call->now;
    c->row.type = pryv_json_member_text(c->params, "type");
    if (!event_type_is_series(c->row.type))
        event_set_duration(&c->row, json_object_get(c->params, "duration"));
    if (c->content)
        c->row.content_json = pryv_json_dump(call->arena, c->content);
    c->row.description = pryv_json_member_text(c->params, "description");
    c->row.client_data_json = c->client_data_json;
    c->row.trashed = pryv_json_member_true(c->params, "trashed");
    c->row.created = c->row.modified = call->now;
    c->row.created_by = c->row.modified_by = call->author;
    if (c->upload)
        c->row.attachments_json = upload_attachments(call->arena, PRYV_STR_NONE, c->upload);
    if (api_self()->config->event_integrity)
        c->row.integrity = pryv_event_integrity(call->arena, &c->row, c->content, client_data);
}

/* ---- Storing -------------------------------------------------------------------------------------------------- */

static enum pryv_rc id_is_taken(const struct creation *c, struct pryv_err *err)
{
    return pryv_refuse(err, 409, "item-already-exists", json_pack("{s:s%}", "id", c->row.id.data, c->row.id.len),
                       "There is, or was, an event of this id.");
}

static enum pryv_rc insert(const struct creation *c, struct pryv_session *session, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = api_self()->storage;
    enum pryv_rc rc = event_streams_check_again(session, c->call->arena, &c->streams, err);

    if (rc == PRYV_OK)
        rc = storage->event_insert(session, &c->row, err);
    return rc == PRYV_CONFLICT ? id_is_taken(c, err) : rc;
}

/* Streams that the server gives are in no storage, and never deleted. */
static size_t kept_streams(const struct creation *c, struct pryv_str *ids)
{
    size_t count = 0;

    for (size_t i = 0; i < c->streams.count; i++)
        if (!event_store_of(c->streams.ids[i]).len)
            ids[count++] = c->streams.ids[i];
    return count;
}

/* By one call of the storage. PRYV_UNSUPPORTED: it has none, or a session will tell what is not there. */
static enum pryv_rc create_at_once(struct creation *c, struct pryv_err *err)
{
    struct pryv_str *ids = pryv_new_array(c->call->arena, struct pryv_str, c->streams.count);
    enum pryv_rc rc = batch_create(c->call, &c->row, ids, kept_streams(c, ids), &c->settled_later, err);

    return rc == PRYV_NOT_FOUND ? PRYV_UNSUPPORTED : rc == PRYV_CONFLICT ? id_is_taken(c, err) : rc;
}

/* Files first, then the event that names them. */
static enum pryv_rc store(struct creation *c, struct pryv_err *err)
{
    struct pryv_session *session;
    enum pryv_rc rc = create_at_once(c, err);

    if (rc == PRYV_REFUSED)
        upload_take_back(c->call, c->row.id, c->upload);
    if (rc != PRYV_UNSUPPORTED)
        return rc;
    rc = api_open(c->call, PRYV_WRITE, &session, err);
    if (rc == PRYV_OK) {
        rc = insert(c, session, err);
        if (rc == PRYV_OK) {
            rc = batch_commit(c->call, session, &c->settled_later, err);
            api_close(session);
            return rc; /* a commit that failed may still have been kept: files stay, and the sweep looks at them */
        }
        api_close(session);
    }
    upload_take_back(c->call, c->row.id, c->upload);
    return rc;
}

/* ---- A field of the account ------------------------------------------------------------------------------------- */

static enum pryv_rc create_field(struct creation *c, const struct account_field *field, struct pryv_err *err)
{
    if (c->upload && c->upload->count)
        return pryv_refuse(err, 400, "invalid-operation", NULL, "Fields of the account have no files.");
    return account_event_create(c->call, field, c->params, &c->row, err);
}

/* ---- The method --------------------------------------------------------------------------------------------------- */

static enum pryv_rc create_in_store(struct creation *c, struct pryv_err *err)
{
    if (c->upload && c->upload->count)
        return store_cannot(c->store, err);
    if (!json_object_get(c->params, "id"))
        c->row.id = store_full_id(c->call->arena, c->store, c->row.id);
    fill(c);
    return store_event_create(c->call, c->store, &c->row, err);
}

static enum pryv_rc create_here(struct creation *c, struct pryv_err *err)
{
    enum pryv_rc rc = upload_store(c->call, c->row.id, c->upload, err);

    if (rc != PRYV_OK)
        return rc;
    fill(c);
    return store(c, err);
}

static enum pryv_rc create_event(struct creation *c, struct pryv_err *err)
{
    struct pryv_str id = pryv_json_member_text(c->params, "id");
    enum pryv_rc rc = check(c, err);

    if (rc != PRYV_OK)
        return rc;
    c->row.id = id.data ? id : pryv_id_new(c->call->arena);
    rc = c->store ? create_in_store(c, err) : create_here(c, err);
    if (rc == PRYV_OK && !c->settled_later)
        events_notify(c->call);
    return rc;
}

enum pryv_rc events_create(struct pryv_call *call, struct pryv_err *err)
{
    struct creation c = { .call = call };
    const struct account_field *field;
    enum pryv_rc rc = read_params(&c, err);

    if (rc != PRYV_OK ||
        (rc = account_field_of_streams(api_self(), json_object_get(c.params, "streamIds"), &field, err)) != PRYV_OK)
        return rc;
    if ((rc = field ? create_field(&c, field, err) : create_event(&c, err)) != PRYV_OK)
        return rc;
    call->status = 201;
    pryv_json_key(call->out, "event");
    event_write_changed(call->out, call->arena, c.store ? NULL : call->access, &c.row,
                        (json_object_get(c.params, "id") ? 0 : EVENT_NEW_ID) | EVENT_NEW_FILES);
    return PRYV_OK;
}

/* Until 1.x an event could be started and stopped by methods of their own; a running period is one whose duration is null. */
enum pryv_rc events_removed_method(struct pryv_call *call PRYV_UNUSED, struct pryv_err *err)
{
    return pryv_refuse(err, 410, "removed-method", NULL,
                       "This method was removed; use events.create and events.update with duration null.");
}
