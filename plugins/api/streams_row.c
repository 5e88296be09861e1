/* streams_row.c - see streams.h. */
#include "older_prefix.h"
#include "streams.h"

/* ---- Writing --------------------------------------------------------------------------------------------- */

void stream_write_members(struct pryv_json *js, const struct pryv_stream *row, struct pryv_str parent_id)
{
    pryv_json_key(js, "id");
    older_prefix_write_id(js, row->id);
    pryv_json_put_str(js, "name", row->name);
    pryv_json_key(js, "parentId");
    if (parent_id.data)
        older_prefix_write_id(js, parent_id);
    else
        pryv_json_null(js);
    pryv_json_put_raw_if(js, "clientData", row->client_data_json);
    if (row->trashed)
        pryv_json_put_bool(js, "trashed", true);
    pryv_json_put_number(js, "created", row->created);
    pryv_json_put_str(js, "createdBy", row->created_by);
    pryv_json_put_number(js, "modified", row->modified);
    pryv_json_put_str(js, "modifiedBy", row->modified_by);
}

void stream_write(struct pryv_json *js, const struct pryv_stream *row)
{
    pryv_json_key(js, "stream");
    pryv_json_object(js);
    stream_write_members(js, row, row->parent_id);
    pryv_json_object_end(js);
}

/* ---- Ids ------------------------------------------------------------------------------------------------- */

enum stream_store stream_store_of(const struct account_fields *account, struct pryv_str id, struct pryv_str *inside)
{
    static const char local[] = ":local:";
    size_t prefix = sizeof(local) - 1;

    *inside = id;
    if (account_owns(account, id))
        return STREAM_ACCOUNT;
    if (stream_given(account, id))
        return STREAM_LOCAL;
    if (pryv_str_starts(id, local)) {
        *inside = pryv_str_n(id.data + prefix, id.len - prefix);
        return STREAM_LOCAL;
    }
    return id.len > 1 && *id.data == ':' && memchr(id.data + 1, ':', id.len - 1) ? STREAM_FOREIGN : STREAM_LOCAL;
}

const struct pryv_stream *stream_given(const struct account_fields *account, struct pryv_str id)
{
    for (size_t i = 0; i < account->other_count; i++)
        if (pryv_str_is(account->others[i].id, id))
            return &account->others[i];
    return NULL;
}

/* ---- Refusals -------------------------------------------------------------------------------------------- */

enum pryv_rc stream_forbidden(struct pryv_err *err)
{
    return pryv_refuse(err, 403, "forbidden", NULL, "The access in use does not allow this on that stream.");
}

enum pryv_rc stream_unknown(struct pryv_str id, struct pryv_err *err)
{
    return pryv_refuse(err, 404, "unknown-resource", NULL, "Unknown stream \"%.*s\"", PRYV_STR_ARG(id));
}

enum pryv_rc stream_store_unknown(struct pryv_str id, struct pryv_err *err)
{
    return pryv_refuse(err, 404, "unknown-resource", NULL, "\"%.*s\" is of a store that is not there.", PRYV_STR_ARG(id));
}

enum pryv_rc stream_of_account(struct pryv_str id, struct pryv_err *err)
{
    return pryv_refuse(err, 400, "invalid-operation", NULL, "\"%.*s\" is configured: it cannot be changed, nor hold streams.",
                       PRYV_STR_ARG(id));
}

enum pryv_rc stream_reference_unknown(const char *parameter, struct pryv_str id, struct pryv_err *err)
{
    return pryv_refuse(err, 400, "unknown-referenced-resource", json_pack("{s:s%}", parameter, id.data, id.len),
                       "There is no stream \"%.*s\".", PRYV_STR_ARG(id));
}

enum pryv_rc stream_other_store(struct pryv_err *err)
{
    return pryv_refuse(err, 400, "invalid-request-structure", NULL, "A stream and its parent must be of one store.");
}

enum pryv_rc stream_id_refused(struct pryv_str wanted, struct pryv_err *err)
{
    return pryv_refuse(err, 400, "invalid-item-id", NULL, "\"%.*s\" cannot be an id.", PRYV_STR_ARG(wanted));
}

static enum pryv_rc name_taken(struct pryv_str name, struct pryv_err *err)
{
    return pryv_refuse(err, 409, "item-already-exists", json_pack("{s:s%}", "name", name.data, name.len),
                       "A stream beside it has this name.");
}

/* ---- Checks ---------------------------------------------------------------------------------------------- */

enum pryv_rc stream_check_own(struct pryv_str id, struct pryv_err *err)
{
    const struct account_fields *account = api_self()->account;
    struct pryv_str inside;

    switch (stream_store_of(account, id, &inside)) {
    case STREAM_LOCAL: return stream_given(account, inside) ? stream_of_account(id, err) : PRYV_OK;
    case STREAM_ACCOUNT: return account_field_by_id(account, id) ? stream_of_account(id, err) : stream_unknown(id, err);
    case STREAM_FOREIGN: break;
    }
    return stream_store_unknown(id, err);
}

enum pryv_rc stream_get_live(struct pryv_session *session, struct pryv_arena *mem, struct pryv_str id, struct pryv_stream *out,
                             struct pryv_err *err)
{
    enum pryv_rc rc = api_self()->storage->stream_get(session, mem, id, out, err);

    return rc == PRYV_NOT_FOUND ? stream_unknown(id, err) : rc;
}

enum pryv_rc stream_check_parent(struct pryv_session *session, struct pryv_arena *mem, struct pryv_str parent_id,
                                 struct pryv_stream *out, struct pryv_err *err)
{
    const struct pryv_stream *given = stream_given(api_self()->account, parent_id);
    enum pryv_rc rc;

    if (given) {
        *out = *given;
        return PRYV_OK;
    }
    rc = api_self()->storage->stream_get(session, mem, parent_id, out, err);
    if (rc == PRYV_NOT_FOUND)
        return stream_reference_unknown("parentId", parent_id, err);
    if (rc == PRYV_OK && out->trashed)
        return pryv_refuse(err, 400, "invalid-operation", json_string("parentId"), "The stream \"%.*s\" is in the trash.",
                           PRYV_STR_ARG(parent_id));
    return rc;
}

enum pryv_rc stream_check_size(const struct pryv_stream *row, struct pryv_err *err)
{
    long long max = api_self()->config->stream_kb_max;
    json_t *complaints;

    if (row->name.len + row->client_data_json.len <= (size_t) max * 1024)
        return PRYV_OK;
    complaints = json_array();
    pryv_param_complain(complaints, "MAX_LENGTH", row->name.len > row->client_data_json.len ? "#/name" : "#/clientData", NULL,
                        "name and clientData take more than %lld KB together", max);
    return pryv_refuse(err, 400, "invalid-parameters-format", complaints, "The parameters' format is invalid.");
}

static bool is_given_root(const struct account_fields *account, struct pryv_str name)
{
    for (size_t i = 0; i < account->other_count; i++)
        if (!account->others[i].parent_id.data && pryv_str_is(name, account->others[i].name))
            return true;
    return false;
}

static bool is_store_root(struct pryv_str name)
{
    const struct store *list;
    size_t count = stores_list(api_self()->stores, &list);

    for (size_t i = 0; i < count; i++)
        if (pryv_str_is(name, list[i].name))
            return true;
    return false;
}

/* The name of the audit log's root is taken whether or not the log is there today: it may come later. */
static bool is_system_root(const struct account_fields *account, struct pryv_str name)
{
    return pryv_str_is(name, account->all[0].name) || pryv_str_equal(name, "Audit") || is_given_root(account, name) ||
           is_store_root(name);
}

enum pryv_rc stream_check_name(const struct pryv_stream *row, struct pryv_err *err)
{
    return !row->parent_id.data && is_system_root(api_self()->account, row->name) ? name_taken(row->name, err) : PRYV_OK;
}

enum pryv_rc stream_conflict(enum pryv_rc rc, const struct pryv_stream *row, struct pryv_err *err)
{
    if (rc != PRYV_CONFLICT)
        return rc;
    if (strcmp(err->key, "id") == 0)
        return pryv_refuse(err, 409, "item-already-exists", json_pack("{s:s%}", "id", row->id.data, row->id.len),
                           "A stream of this id already exists.");
    return name_taken(row->name, err);
}

/* ---- After the commit ------------------------------------------------------------------------------------ */

void streams_notify(const struct pryv_call *call)
{
    pryv_publish("streamsChanged", call->user->id, PRYV_STR_NONE);
}
