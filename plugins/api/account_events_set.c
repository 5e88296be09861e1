/* account_events_set.c - events.create, events.update and events.delete on account fields; see account_events.h. */
#include "account_change.h"
#include "account_events.h"
#include "account_events_row.h"
#include "account_value.h"
#include "events.h"

/* ---- Which field ------------------------------------------------------------------------------ */

static json_t *ids_that(const struct account_fields *fields, const json_t *ids,
                        bool (*are)(const struct account_fields *, struct pryv_str))
{
    json_t *found = json_array();
    size_t i;
    json_t *id;

    json_array_foreach(ids, i, id) {
        if (are(fields, pryv_json_text_of(id)))
            json_array_append(found, id);
    }
    return found;
}

static bool is_unknown(const struct account_fields *fields, struct pryv_str id)
{
    return account_owns(fields, id) && !account_field_by_id(fields, id);
}

/* Two fields: told in one order whatever the client's. */
static enum pryv_rc too_many(const struct account_fields *fields, const json_t *ids, struct pryv_err *err)
{
    json_t *named = json_array();

    for (size_t i = 0; i < fields->count; i++) {
        size_t k;
        json_t *id;

        json_array_foreach(ids, k, id) {
            if (pryv_str_is(pryv_json_text_of(id), fields->all[i].id)) {
                json_array_append(named, id);
                break;
            }
        }
    }
    if (json_array_size(named) < 2) {
        json_decref(named);
        return PRYV_OK;
    }
    return pryv_refuse(err, 400, "invalid-operation", json_pack("{s:o}", "streamIds", named),
                       "An event belongs to one account stream.");
}

enum pryv_rc account_field_of_streams(const struct api *api, const json_t *stream_ids, const struct account_field **field,
                                      struct pryv_err *err)
{
    const struct account_fields *fields = api->account;
    json_t *own = ids_that(fields, stream_ids, account_owns);
    json_t *unknown = ids_that(fields, stream_ids, is_unknown);
    size_t own_count = json_array_size(own);

    *field = own_count ? account_field_by_id(fields, pryv_json_text_of(json_array_get(own, 0))) : NULL;
    json_decref(own);
    if (json_array_size(unknown))
        return pryv_refuse(err, 400, "unknown-referenced-resource", json_pack("{s:o}", "streamIds", unknown),
                           "There is no such account stream.");
    json_decref(unknown);
    if (own_count == 0)
        return PRYV_OK;
    if (own_count < json_array_size(stream_ids))
        return pryv_refuse(err, 400, "invalid-request-structure", NULL, "An event cannot be in account streams and in others.");
    if (*field == &fields->all[0])
        return pryv_refuse(err, 400, "invalid-request-structure", NULL, "The account itself takes no events; its fields do.");
    return too_many(fields, stream_ids, err);
}

/* ---- Setting ------------------------------------------------------------------------------------ */

static enum pryv_rc forbidden(struct pryv_err *err)
{
    return pryv_refuse(err, 403, "forbidden", NULL, "The access does not allow this on the account stream.");
}

static enum pryv_rc check_editable(const struct account_field *field, struct pryv_err *err)
{
    if (field->shown && field->editable && field->type.data)
        return PRYV_OK;
    return pryv_refuse(err, 400, "invalid-operation", json_pack("{s:s%}", "streamId", field->id.data, field->id.len),
                       "The account field \"%.*s\" cannot be changed.", PRYV_STR_ARG(field->key));
}

static enum pryv_rc check_not_trashed(const json_t *event, struct pryv_err *err)
{
    return !pryv_json_member_true(event, "trashed")
               ? PRYV_OK
               : pryv_refuse(err, 400, "invalid-operation", NULL, "Account fields cannot be trashed.");
}

/* Content fits its type here as anywhere; NULL: none. The type that is kept is the field's. */
static enum pryv_rc check_content(struct pryv_str type, const json_t *content, struct pryv_err *err)
{
    const struct event_types *types = api_self()->event_types;
    json_t *series;
    enum pryv_rc rc;

    if (!event_type_is_series(type))
        return event_types_check(types, type, content, err);
    rc = event_types_series_content(types, type, &series, err);
    return rc == PRYV_OK ? pryv_refuse(err, 400, "invalid-operation", NULL, "An account field is no series.") : rc;
}

static enum pryv_rc set(struct pryv_call *call, const struct account_field *field, const json_t *content, struct pryv_event *out,
                        struct pryv_err *err)
{
    struct account_change change = { .field = field };
    struct pryv_account_field row;
    enum pryv_rc rc = account_value_json(call->arena, field, content, &change.value_json, err);

    if (rc == PRYV_OK)
        rc = account_change(call, &change, 1, &row, err);
    if (rc == PRYV_OK)
        *out = account_event_of_row(call->arena, field, &row);
    return rc;
}

enum pryv_rc account_event_create(struct pryv_call *call, const struct account_field *field, const json_t *event,
                                  struct pryv_event *out, struct pryv_err *err)
{
    enum pryv_rc rc = check_content(pryv_json_member_text(event, "type"), json_object_get(event, "content"), err);

    if (rc != PRYV_OK)
        return rc;
    if (!pryv_level_creates(account_level(call->access, field)))
        return forbidden(err);
    if ((rc = check_editable(field, err)) != PRYV_OK || (rc = check_not_trashed(event, err)) != PRYV_OK)
        return rc;
    return set(call, field, json_object_get(event, "content"), out, err);
}

/* The event as it is, whatever the access may read. */
static enum pryv_rc present(struct pryv_call *call, const struct account_field *field, struct pryv_event *out,
                            struct pryv_err *err)
{
    struct pryv_session *session;
    enum pryv_rc rc = api_open(call, PRYV_READ, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = account_event_of_field(call, session, field, out, err);
    api_close(session);
    return rc;
}

/* Streams of the user's that are named and not there. */
static enum pryv_rc check_others(struct pryv_call *call, const json_t *ids, struct pryv_err *err)
{
    const struct pryv_stream_tree *tree;
    enum pryv_rc rc = pryv_call_streams(call, &tree, err);
    json_t *unknown, *id;
    size_t i;

    if (rc != PRYV_OK)
        return rc;
    unknown = json_array();
    json_array_foreach(ids, i, id)
        if (!pryv_str_starts(pryv_json_text_of(id), ":") && !pryv_stream_find(tree, pryv_json_text_of(id)))
            json_array_append(unknown, id);
    if (json_array_size(unknown))
        return pryv_refuse(err, 400, "unknown-referenced-resource", json_pack("{s:o}", "streamIds", unknown),
                           "There is no such stream.");
    json_decref(unknown);
    return PRYV_OK;
}

static bool all_of_account(const json_t *ids)
{
    size_t i;
    json_t *id;

    json_array_foreach(ids, i, id)
        if (!account_owns(api_self()->account, pryv_json_text_of(id)))
            return false;
    return true;
}

/* The event as it was wanted is told with the refusal. */
static enum pryv_rc other_store(struct pryv_call *call, const struct pryv_event *row, const json_t *ids, struct pryv_err *err)
{
    struct pryv_event wanted = *row;
    struct pryv_json *js = pryv_json_new(call->arena);
    json_t *event;

    wanted.stream_ids_json = pryv_json_dump(call->arena, ids);
    wanted.modified = call->now;
    wanted.modified_by = call->author;
    wanted.integrity = event_integrity(call->arena, &wanted);
    event_write(js, call->arena, call->access, &wanted);
    if (pryv_json_parse(call->arena, pryv_json_text(js), true, &event, err) != PRYV_OK)
        return pryv_fail(err, PRYV_FAILED, "an account field makes no event");
    return pryv_refuse(err, 400, "invalid-request-structure", json_incref(event),
                       "An account field cannot be moved to another store.");
}

/* The streams of an update: the field's own, or it is refused. */
static enum pryv_rc check_streams(struct pryv_call *call, const struct account_field *field, const struct pryv_event *row,
                                  const json_t *update, struct pryv_err *err)
{
    const json_t *ids = json_object_get(update, "streamIds");
    const struct account_field *given;
    enum pryv_rc rc;

    if (!ids)
        return PRYV_OK;
    if ((rc = check_others(call, ids, err)) != PRYV_OK)
        return rc;
    if (!all_of_account(ids))
        return other_store(call, row, ids, err);
    if ((rc = account_field_of_streams(api_self(), ids, &given, err)) != PRYV_OK || given == field)
        return rc;
    return pryv_refuse(err, 400, "invalid-operation", NULL, "An account field cannot be moved to another account stream.");
}

/* As the event will be: of what is not given, as it is. */
static enum pryv_rc check_merged(struct pryv_call *call, const struct pryv_event *row, const json_t *update, struct pryv_err *err)
{
    struct pryv_str type = pryv_json_member_text(update, "type");
    json_t *content = json_object_get(update, "content");

    if (!content && row->content_json.data && pryv_json_parse(call->arena, row->content_json, true, &content, err) != PRYV_OK)
        return pryv_fail(err, PRYV_FAILED, "the stored value of an account field is broken");
    return check_content(type.data ? type : row->type, content, err);
}

enum pryv_rc account_event_update(struct pryv_call *call, struct pryv_str id, const json_t *update, struct pryv_event *out,
                                  struct pryv_err *err)
{
    const struct account_field *field = account_field_by_id(api_self()->account, id);
    const json_t *content = json_object_get(update, "content");
    enum pryv_rc rc;

    if (!field || !field->type.data)
        return account_event_unknown(id, err);
    if (!pryv_level_changes(account_level(call->access, field)))
        return forbidden(err);
    if ((rc = check_editable(field, err)) != PRYV_OK || (rc = present(call, field, out, err)) != PRYV_OK ||
        (rc = check_merged(call, out, update, err)) != PRYV_OK ||
        (rc = check_streams(call, field, out, update, err)) != PRYV_OK || (rc = check_not_trashed(update, err)) != PRYV_OK)
        return rc;
    return content ? set(call, field, content, out, err) : PRYV_OK;
}

enum pryv_rc account_event_delete(struct pryv_call *call, struct pryv_str id, struct pryv_err *err)
{
    const struct account_field *field = account_field_by_id(api_self()->account, id);

    if (!field || !field->type.data)
        return account_event_unknown(id, err);
    if (!pryv_level_changes(account_level(call->access, field)))
        return forbidden(err);
    return pryv_refuse(err, 400, "invalid-operation", NULL, "Account fields cannot be deleted.");
}
