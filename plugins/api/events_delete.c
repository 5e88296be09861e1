/* events_delete.c - events.delete, first to the trash and then for good, and events.deleteAttachment. */
#include "account_events.h"
#include "attachments.h"
#include "events_write.h"
#include "store_events.h"

struct deletion {
    struct pryv_call *call;
    struct pryv_session *session;
    struct pryv_event head, next;
};

/* The event, and the right to change it. */
static enum pryv_rc get_head(struct deletion *d, const struct pryv_stream_tree *tree, struct pryv_err *err)
{
    struct event_streams streams;
    enum pryv_rc rc = event_get_live(d->session, d->call->arena, pryv_json_member_text(d->call->params, "id"), &d->head, err);

    if (rc != PRYV_OK || (rc = event_streams(d->call->arena, &d->head, &streams, err)) != PRYV_OK)
        return rc;
    d->next = d->head;
    return event_may_change(d->call->access, tree, &streams) ? PRYV_OK : event_forbidden(err);
}

static enum pryv_rc change(struct deletion *d, struct pryv_err *err)
{
    enum pryv_rc rc = event_keep_version(d->session, d->call->arena, &d->head, err);

    event_modified(d->call, &d->next, NULL);
    return rc == PRYV_OK ? api_self()->storage->event_update(d->session, &d->next, err) : rc;
}

/* Runs `step` on the event in a WRITE session of its own. */
static enum pryv_rc write(struct deletion *d, enum pryv_rc (*step)(struct deletion *d, struct pryv_err *err),
                          struct pryv_err *err)
{
    const struct pryv_stream_tree *tree;
    enum pryv_rc rc;

    /* The tree before the session: a thread has one at a time. */
    if ((rc = pryv_call_streams(d->call, &tree, err)) != PRYV_OK ||
        (rc = api_open(d->call, PRYV_WRITE, &d->session, err)) != PRYV_OK)
        return rc;
    if ((rc = get_head(d, tree, err)) == PRYV_OK && (rc = step(d, err)) == PRYV_OK)
        rc = api_self()->storage->commit(d->session, err);
    api_close(d->session);
    if (rc == PRYV_OK)
        events_notify(d->call);
    return rc;
}

static void write_event(const struct deletion *d)
{
    pryv_json_key(d->call->out, "event");
    event_write(d->call->out, d->call->arena, d->call->access, &d->next);
}

/* ---- The event ------------------------------------------------------------------------------------------------- */

/* Deletions are listed by their times, which have milliseconds: two that follow each other never have the same. */
static enum pryv_rc time_of_deletion(const struct deletion *d, double *time, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = api_self()->storage;
    struct pryv_event last;
    struct pryv_cursor *cursor;
    enum pryv_rc rc = storage->event_deletions(d->session, d->call->now - 0.0005, false, 0, 1, &cursor, err);
    int found;

    if (rc != PRYV_OK)
        return rc;
    found = storage->cursor_next(cursor, &last, err);
    *time = found > 0 ? round(last.deleted * 1000 + 1) / 1000 : d->call->now;
    storage->cursor_close(cursor);
    return found < 0 ? (enum pryv_rc) found : PRYV_OK;
}

static enum pryv_rc trash_or_delete(struct deletion *d, struct pryv_err *err)
{
    if (d->head.trashed) {
        double time;
        enum pryv_rc rc = time_of_deletion(d, &time, err);

        return rc == PRYV_OK ? event_delete(d->session, d->call->arena, &d->head, time, err) : rc;
    }
    d->next.trashed = true;
    return change(d, err);
}

/* An event of another store, and the right to change it. */
static enum pryv_rc get_head_from(struct deletion *d, const struct store *store, struct pryv_err *err)
{
    enum pryv_rc rc = store_event_get(d->call, store, pryv_json_member_text(d->call->params, "id"), &d->head, err);

    return rc == PRYV_OK ? store_event_check_one(d->call, store, &d->head, pryv_level_changes, err) : rc;
}

static enum pryv_rc delete_in_store(struct deletion *d, const struct store *store, struct pryv_err *err)
{
    enum pryv_rc rc = get_head_from(d, store, err);

    if (rc != PRYV_OK)
        return rc;
    d->next = d->head;
    d->next.trashed = true;
    event_modified(d->call, &d->next, NULL);
    rc = d->head.trashed ? store_event_delete(d->call, store, &d->head, err) : store_event_update(d->call, store, &d->next, err);
    if (rc == PRYV_OK)
        events_notify(d->call);
    return rc;
}

static enum pryv_rc delete_here(struct deletion *d, struct pryv_err *err)
{
    enum pryv_rc rc = write(d, trash_or_delete, err);

    if (rc == PRYV_OK && d->head.trashed)
        event_files_forget(d->call->user, d->call->arena, &d->head);
    return rc;
}

enum pryv_rc events_delete(struct pryv_call *call, struct pryv_err *err)
{
    struct deletion d = { .call = call };
    struct pryv_str id = pryv_json_member_text(call->params, "id"), field = account_event_id(id), inside;
    const struct store *store = store_of(api_self()->stores, id, &inside);
    enum pryv_rc rc;

    if (field.data)
        return account_event_delete(call, field, err);
    if ((rc = store ? delete_in_store(&d, store, err) : delete_here(&d, err)) != PRYV_OK)
        return rc;
    if (!d.head.trashed) {
        write_event(&d);
        return PRYV_OK;
    }
    pryv_json_key(call->out, "eventDeletion");
    pryv_json_object(call->out);
    pryv_json_put_str(call->out, "id", d.head.id);
    pryv_json_object_end(call->out);
    return PRYV_OK;
}

/* ---- One of its files ---------------------------------------------------------------------------------------------- */

static enum pryv_rc take_attachment(struct deletion *d, struct pryv_err *err)
{
    struct pryv_str file_id = pryv_json_member_text(d->call->params, "fileId");
    const json_t *list;
    enum pryv_rc rc = attachments_read(d->call->arena, &d->head, &list, err);

    if (rc != PRYV_OK)
        return rc;
    if (!attachments_find(list, file_id))
        return pryv_refuse(err, 404, "unknown-resource", NULL, "The event has no file \"%.*s\"", PRYV_STR_ARG(file_id));
    d->next.attachments_json = attachments_without(d->call->arena, list, file_id);
    return change(d, err);
}

enum pryv_rc events_delete_attachment(struct pryv_call *call, struct pryv_err *err)
{
    struct deletion d = { .call = call };
    const struct api *api = api_self();
    struct pryv_str file_id = pryv_json_member_text(call->params, "fileId"), inside;
    const struct store *store = store_of(api->stores, pryv_json_member_text(call->params, "id"), &inside);
    struct pryv_err of_file = PRYV_ERR(call->arena);
    enum pryv_rc rc;

    if (store)
        return (rc = get_head_from(&d, store, err)) == PRYV_OK ? store_cannot(store, err) : rc;
    rc = write(&d, take_attachment, err);
    if (rc != PRYV_OK)
        return rc;
    if (api->files->remove(api->files_self, call->user->id, d.head.id, file_id, &of_file) != PRYV_OK)
        pryv_log_warn(API_LOG, "a deleted file stays until the next sweep: %s", pryv_err_reason(&of_file));
    write_event(&d);
    return PRYV_OK;
}
