/* events_get_one.c - events.getOne: an event, or what is left of it, and how it was before. */
#include "account_events.h"
#include "events_read.h"
#include "store_events.h"

struct one {
    struct pryv_call *call;
    struct pryv_session *session;
    struct pryv_event row;
    bool with_history;
};

/* Not more than its deletion is left of the event, which anyone is told. Under keep-everything it has all that it had, and is read as before. */
static bool is_rest(const struct pryv_event *row)
{
    return pryv_present(row->deleted) && !row->stream_ids_json.data;
}

static enum pryv_rc check_read(const struct one *one, const struct pryv_stream_tree *tree, struct pryv_err *err)
{
    struct event_streams streams;
    enum pryv_rc rc = event_streams(one->call->arena, &one->row, &streams, err);

    if (rc != PRYV_OK)
        return rc;
    return event_may_read(one->call->access, tree, &streams) ? PRYV_OK : event_forbidden(err);
}

/* ---- Versions ------------------------------------------------------------------------------------------- */

static enum pryv_rc write_versions(const struct one *one, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = api_self()->storage;
    struct pryv_cursor *cursor;
    struct pryv_event version;
    enum pryv_rc rc = storage->event_versions(one->session, one->row.id, &cursor, err);
    int more = 0;

    if (rc != PRYV_OK)
        return rc;
    while (rc == PRYV_OK && (more = storage->cursor_next(cursor, &version, err)) > 0) {
        event_write(one->call->out, one->call->arena, NULL, &version);
        rc = pryv_json_failed(one->call->out);
    }
    storage->cursor_close(cursor);
    return more < 0 ? (enum pryv_rc) more : rc;
}

/* When the last version of a deleted event was modified, if one is kept. */
static enum pryv_rc last_modified(const struct one *one, double *modified, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = api_self()->storage;
    struct pryv_cursor *cursor;
    struct pryv_event version;
    enum pryv_rc rc = storage->event_versions(one->session, one->row.id, &cursor, err);
    int more;

    *modified = PRYV_ABSENT;
    if (rc != PRYV_OK)
        return rc;
    while ((more = storage->cursor_next(cursor, &version, err)) > 0)
        *modified = version.modified;
    storage->cursor_close(cursor);
    return (enum pryv_rc) more;
}

/* ---- The answer ----------------------------------------------------------------------------------------- */

static enum pryv_rc write_rest(const struct one *one, struct pryv_err *err)
{
    struct pryv_json *js = one->call->out;
    double modified = PRYV_ABSENT;
    enum pryv_rc rc = one->with_history ? last_modified(one, &modified, err) : PRYV_OK;

    if (rc != PRYV_OK)
        return rc;
    pryv_json_key(js, "event");
    pryv_json_object(js);
    pryv_json_put_str(js, "id", one->row.id);
    if (pryv_present(modified))
        pryv_json_put_number(js, "modified", modified);
    else
        pryv_json_put_number(js, "deleted", one->row.deleted);
    pryv_json_object_end(js);
    if (one->with_history) {
        pryv_json_key(js, "history");
        pryv_json_array(js);
        pryv_json_array_end(js);
    }
    return PRYV_OK;
}

static enum pryv_rc write_whole(const struct one *one, struct pryv_err *err)
{
    struct pryv_json *js = one->call->out;
    enum pryv_rc rc = PRYV_OK;

    pryv_json_key(js, "event");
    event_write(js, one->call->arena, one->call->access, &one->row);
    if (one->with_history) {
        pryv_json_key(js, "history");
        pryv_json_array(js);
        rc = write_versions(one, err);
        pryv_json_array_end(js);
    }
    return rc;
}

/* Versions that are at hand, of events which no storage of this server has. */
static void write_with_versions(struct one *one, const struct pryv_event *versions, size_t count)
{
    struct pryv_json *js = one->call->out;

    pryv_json_key(js, "event");
    event_write(js, one->call->arena, one->call->access, &one->row);
    if (!one->with_history)
        return;
    pryv_json_key(js, "history");
    pryv_json_array(js);
    for (size_t i = 0; i < count; i++)
        event_write(js, one->call->arena, NULL, &versions[i]);
    pryv_json_array_end(js);
}

static enum pryv_rc answer_account(struct one *one, struct pryv_str id, struct pryv_err *err)
{
    struct pryv_event *versions = NULL;
    size_t count = 0;
    enum pryv_rc rc = account_event_get(one->call, one->session, id, &one->row, err);

    if (rc == PRYV_OK && one->with_history)
        rc = account_event_history(one->call, one->session, id, &versions, &count, err);
    if (rc != PRYV_OK)
        return rc;
    write_with_versions(one, versions, count);
    return PRYV_OK;
}

static enum pryv_rc answer(struct one *one, const struct pryv_stream_tree *tree, struct pryv_err *err)
{
    struct pryv_str id = pryv_json_member_text(one->call->params, "id");
    struct pryv_str field = account_event_id(id);
    enum pryv_rc rc;

    if (field.data)
        return answer_account(one, field, err);
    rc = api_self()->storage->event_get(one->session, one->call->arena, id, &one->row, err);

    if (rc == PRYV_NOT_FOUND)
        return event_unknown(id, err);
    if (rc == PRYV_OK && !is_rest(&one->row))
        rc = check_read(one, tree, err);
    if (rc != PRYV_OK)
        return rc;
    return is_rest(&one->row) ? write_rest(one, err) : write_whole(one, err);
}

/* ---- In another store --------------------------------------------------------------------------------- */

static enum pryv_rc answer_from_store(struct one *one, const struct store *store, struct pryv_str id, struct pryv_err *err)
{
    struct pryv_event *versions = NULL;
    size_t count = 0;
    enum pryv_rc rc = store_event_get(one->call, store, id, &one->row, err);

    if (rc != PRYV_OK || (rc = store_event_check_one(one->call, store, &one->row, pryv_level_reads, err)) != PRYV_OK ||
        (one->with_history && (rc = store_event_history(one->call, store, id, &versions, &count, err)) != PRYV_OK))
        return rc;
    write_with_versions(one, versions, count);
    return PRYV_OK;
}

enum pryv_rc events_get_one(struct pryv_call *call, struct pryv_err *err)
{
    struct one one = { .call = call, .with_history = pryv_json_member_true(call->params, "includeHistory") };
    struct pryv_str id = pryv_json_member_text(call->params, "id"), inside;
    const struct store *store = store_of(api_self()->stores, id, &inside);
    const struct pryv_stream_tree *tree;
    enum pryv_rc rc;

    if (store)
        return answer_from_store(&one, store, id, err);
    if ((rc = pryv_call_streams(call, &tree, err)) != PRYV_OK || (rc = api_open(call, PRYV_READ, &one.session, err)) != PRYV_OK)
        return rc;
    rc = answer(&one, tree, err);
    api_close(one.session);
    return rc;
}
