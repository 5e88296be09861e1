/* events_update.c - events.update: an event as it will be, and files added to it. */
#include "account_events.h"
#include "client_data.h"
#include "events_write.h"
#include "store_events.h"
#include "uploads.h"

struct change {
    struct pryv_call *call;
    json_t *changes;
    struct pryv_str id;
    const struct store *store; /* NULL: the user's own */
    const struct pryv_stream_tree *tree;
    struct event_streams wanted; /* of `changes`; none: they stay */
    struct upload *upload;       /* NULL: no multipart body */
    struct pryv_session *session;
    struct pryv_event head, next;
    const json_t *content; /* of `next`, when it was looked at; NULL: none */
};

/* ---- Before the session ---------------------------------------------------------------------------------------- */

static enum pryv_rc check_protected(struct change *c, struct pryv_err *err)
{
    bool ignore = api_self()->config->ignore_protected_fields;

    for (const char *const *name = events_protected_fields; *name; name++) {
        if (!json_object_get(c->changes, *name))
            continue;
        if (!ignore)
            return pryv_refuse(err, 403, "forbidden", NULL, "\"%s\" cannot be changed.", *name);
        json_object_del(c->changes, *name);
    }
    return PRYV_OK;
}

static enum pryv_rc check_streams(struct change *c, struct pryv_err *err)
{
    const json_t *ids = json_object_get(c->changes, "streamIds");
    enum pryv_rc rc = c->store ? PRYV_OK : pryv_call_streams(c->call, &c->tree, err);

    if (rc != PRYV_OK || !ids)
        return rc;
    event_streams_named(c->call->arena, ids, &c->wanted);
    return c->store ? store_event_streams_check(c->call, c->store, &c->wanted, c->id, err)
                    : event_streams_check(c->tree, &c->wanted, c->id, err);
}

/* ---- Rights ------------------------------------------------------------------------------------------------------- */

static enum pryv_rc level_on(const struct change *c, struct pryv_str stream_id, enum pryv_level *level, struct pryv_err *err)
{
    struct pryv_str inside;

    if (c->store) {
        (void) store_of(api_self()->stores, stream_id, &inside);
        return store_level(c->call, c->store, inside, level, err);
    }
    *level = pryv_access_level(c->call->access, c->tree, stream_id);
    return PRYV_OK;
}

/* Each of `these` that is not among `others` needs a right of its own. */
static enum pryv_rc check_difference(const struct change *c, const struct event_streams *these,
                                     const struct event_streams *others, struct pryv_err *err)
{
    for (size_t i = 0; i < these->count; i++) {
        enum pryv_level level;
        enum pryv_rc rc = PRYV_OK;

        if (event_streams_have(others, these->ids[i]))
            continue;
        rc = level_on(c, these->ids[i], &level, err);
        if (rc != PRYV_OK || !pryv_level_changes(level))
            return rc != PRYV_OK ? rc : event_forbidden(err);
    }
    return PRYV_OK;
}

static enum pryv_rc check_one_of(const struct change *c, const struct event_streams *streams, struct pryv_err *err)
{
    for (size_t i = 0; i < streams->count; i++) {
        enum pryv_level level;
        enum pryv_rc rc = level_on(c, streams->ids[i], &level, err);

        if (rc != PRYV_OK || pryv_level_changes(level))
            return rc;
    }
    return event_forbidden(err);
}

static enum pryv_rc check_rights(const struct change *c, struct pryv_err *err)
{
    struct event_streams present;
    enum pryv_rc rc = event_streams(c->call->arena, &c->head, &present, err);

    if (rc == PRYV_OK)
        rc = check_one_of(c, &present, err);
    if (rc == PRYV_OK && c->wanted.count && (rc = check_difference(c, &c->wanted, &present, err)) == PRYV_OK)
        rc = check_difference(c, &present, &c->wanted, err);
    return rc;
}

/* ---- Type and content ----------------------------------------------------------------------------------------------- */

static enum pryv_rc set_series_content(struct change *c, struct pryv_err *err)
{
    const json_t *given = json_object_get(c->changes, "content");
    bool was_series = event_type_is_series(c->head.type);
    json_t *content;
    enum pryv_rc rc = event_types_series_content(api_self()->event_types, c->next.type, &content, err);

    if (rc != PRYV_OK)
        return rc;
    if (!was_series)
        return pryv_refuse(err, 400, "invalid-operation", NULL, "An event cannot become a series.");
    if (given && !json_is_null(given))
        return event_series_content_given(err);
    if (pryv_str_is(c->head.type, c->next.type))
        return PRYV_OK;
    c->content = content;
    c->next.content_json = pryv_json_dump(c->call->arena, content);
    return PRYV_OK;
}

static enum pryv_rc set_plain_content(struct change *c, struct pryv_err *err)
{
    const json_t *given = json_object_get(c->changes, "content");
    json_t *stored = NULL;

    if (event_type_is_series(c->head.type))
        return pryv_refuse(err, 400, "invalid-operation", NULL, "A series cannot become something else.");
    if (given) {
        c->content = json_is_null(given) ? NULL : given;
        c->next.content_json = c->content ? pryv_json_dump(c->call->arena, given) : PRYV_STR_NONE;
    } else if (c->head.content_json.data) {
        if (pryv_json_parse(c->call->arena, c->head.content_json, true, &stored, err) != PRYV_OK)
            return pryv_fail(err, PRYV_FAILED, "the stored content of an event is broken");
        c->content = stored;
    }
    return event_types_check(api_self()->event_types, c->next.type, c->content, err);
}

static enum pryv_rc set_content(struct change *c, struct pryv_err *err)
{
    struct pryv_str type = pryv_json_member_text(c->changes, "type");

    if (type.data)
        c->next.type = type;
    return event_type_is_series(c->next.type) ? set_series_content(c, err) : set_plain_content(c, err);
}

/* ---- The row to come --------------------------------------------------------------------------------------------------- */

static enum pryv_rc set_next(struct change *c, struct pryv_err *err)
{
    const struct pryv_call *call = c->call;
    double time = pryv_json_member_number(c->changes, "time");
    const json_t *description = json_object_get(c->changes, "description");
    const json_t *trashed = json_object_get(c->changes, "trashed");
    enum pryv_rc rc;

    c->next = c->head;
    if ((rc = set_content(c, err)) != PRYV_OK ||
        (rc = client_data_merge(call->arena, c->head.client_data_json, json_object_get(c->changes, "clientData"),
                                &c->next.client_data_json, err)) != PRYV_OK)
        return rc;
    if (json_object_get(c->changes, "clientData") && (rc = event_client_data_check(c->next.client_data_json, err)) != PRYV_OK)
        return rc;
    if (c->wanted.count)
        c->next.stream_ids_json = event_streams_json(call->arena, &c->wanted);
    if (pryv_present(time))
        c->next.time = time;
    event_set_duration(&c->next, json_object_get(c->changes, "duration"));
    if (description)
        c->next.description = pryv_json_text_of(description);
    if (trashed)
        c->next.trashed = json_is_true(trashed);
    c->next.attachments_json = upload_attachments(call->arena, c->head.attachments_json, c->upload);
    event_modified(call, &c->next, c->content);
    return PRYV_OK;
}

/* ---- Storing --------------------------------------------------------------------------------------------------------------- */

static enum pryv_rc get_head(struct change *c, struct pryv_err *err)
{
    enum pryv_rc rc = event_get_live(c->session, c->call->arena, c->id, &c->head, err);

    if (rc == PRYV_OK)
        rc = check_rights(c, err);
    return rc == PRYV_OK ? upload_check_count(c->call->arena, &c->head, c->upload, err) : rc;
}

static enum pryv_rc apply(struct change *c, struct pryv_err *err)
{
    enum pryv_rc rc;

    if ((rc = event_streams_check_again(c->session, c->call->arena, &c->wanted, err)) != PRYV_OK ||
        (rc = get_head(c, err)) != PRYV_OK || (rc = set_next(c, err)) != PRYV_OK ||
        (rc = event_keep_version(c->session, c->call->arena, &c->head, err)) != PRYV_OK)
        return rc;
    return api_self()->storage->event_update(c->session, &c->next, err);
}

/* Files of an event that is deleted for good meanwhile lose the folder they were written to: what the client is told is that there is no such event. */
static enum pryv_rc explain_loss(struct change *c, enum pryv_rc rc, struct pryv_err *err)
{
    struct pryv_err why = PRYV_ERR(c->call->arena);
    enum pryv_rc found;

    if (rc != PRYV_FAILED || api_open(c->call, PRYV_READ, &c->session, &why) != PRYV_OK)
        return rc;
    found = event_get_live(c->session, c->call->arena, c->id, &c->head, &why);
    api_close(c->session);
    if (found != PRYV_REFUSED)
        return rc;
    *err = why;
    return found;
}

/* Files are stored for an event that is there and may be changed. */
static enum pryv_rc store_files(struct change *c, struct pryv_err *err)
{
    enum pryv_rc rc;

    if (!c->call->upload)
        return PRYV_OK;
    if ((rc = upload_read_form(c->call, false, &c->upload, err)) != PRYV_OK ||
        (rc = api_open(c->call, PRYV_READ, &c->session, err)) != PRYV_OK)
        return rc;
    rc = get_head(c, err);
    api_close(c->session);
    if (rc != PRYV_OK)
        return rc;
    rc = upload_store(c->call, c->id, c->upload, err);
    return rc == PRYV_OK ? rc : explain_loss(c, rc, err);
}

static enum pryv_rc store(struct change *c, struct pryv_err *err)
{
    enum pryv_rc rc = api_open(c->call, PRYV_WRITE, &c->session, err);

    if (rc == PRYV_OK) {
        rc = apply(c, err);
        if (rc == PRYV_OK) {
            rc = api_self()->storage->commit(c->session, err);
            api_close(c->session);
            return rc; /* a commit that failed may still have been kept: files stay, and the sweep looks at them */
        }
        api_close(c->session);
    }
    upload_take_back(c->call, c->id, c->upload);
    return rc;
}

/* POST /events/{id} adds files and changes nothing else, whatever its body says. */
static bool only_adds_files(const struct pryv_call *call)
{
    return call->request && !call->parent && pryv_str_equal(pryv_request_verb(call->request), "POST");
}

static enum pryv_rc update_here(struct change *c, struct pryv_err *err)
{
    enum pryv_rc rc = store_files(c, err);

    return rc == PRYV_OK ? store(c, err) : rc;
}

static enum pryv_rc update_in_store(struct change *c, struct pryv_err *err)
{
    enum pryv_rc rc;

    if (c->call->upload)
        return store_cannot(c->store, err);
    if ((rc = store_event_get(c->call, c->store, c->id, &c->head, err)) != PRYV_OK || (rc = check_rights(c, err)) != PRYV_OK ||
        (rc = set_next(c, err)) != PRYV_OK)
        return rc;
    return store_event_update(c->call, c->store, &c->next, err);
}

static enum pryv_rc update_event(struct change *c, struct pryv_err *err)
{
    struct pryv_str inside;
    enum pryv_rc rc;

    c->store = store_of(api_self()->stores, c->id, &inside);
    rc = check_streams(c, err);
    if (rc == PRYV_OK)
        rc = c->store ? update_in_store(c, err) : update_here(c, err);
    if (rc == PRYV_OK)
        events_notify(c->call);
    return rc;
}

/* The account tells of its changes itself. */
static enum pryv_rc update_field(struct change *c, struct pryv_str field, struct pryv_err *err)
{
    if (c->call->upload)
        return pryv_refuse(err, 400, "invalid-operation", NULL, "Fields of the account have no files.");
    return account_event_update(c->call, field, c->changes, &c->next, err);
}

enum pryv_rc events_update(struct pryv_call *call, struct pryv_err *err)
{
    struct change c = { .call = call, .id = pryv_json_member_text(call->params, "id") };
    struct pryv_str field = account_event_id(c.id);
    enum pryv_rc rc;

    c.changes = json_object_get(call->params, "update");
    if (only_adds_files(call))
        json_object_clear(c.changes);
    if ((rc = check_protected(&c, err)) != PRYV_OK)
        return rc;
    if ((rc = field.data ? update_field(&c, field, err) : update_event(&c, err)) != PRYV_OK)
        return rc;
    pryv_json_key(call->out, "event");
    event_write_changed(call->out, call->arena, call->access, &c.next, c.head.attachments_json.data ? 0 : EVENT_NEW_FILES);
    return PRYV_OK;
}
