/* events_versions.c - what is kept of an event: as it was before a change, and after it is deleted for good. */
#include "events.h"

enum pryv_rc event_get_live(struct pryv_session *session, struct pryv_arena *mem, struct pryv_str id, struct pryv_event *out,
                            struct pryv_err *err)
{
    struct pryv_event row;
    enum pryv_rc rc = api_self()->storage->event_get(session, mem, id, &row, err);

    if (rc == PRYV_NOT_FOUND || (rc == PRYV_OK && pryv_present(row.deleted)))
        return event_unknown(id, err);
    if (rc == PRYV_OK)
        *out = row;
    return rc;
}

enum pryv_rc event_keep_version(struct pryv_session *session, struct pryv_arena *mem, const struct pryv_event *row,
                                struct pryv_err *err)
{
    struct pryv_event version = *row;

    if (!api_self()->config->keep_history)
        return PRYV_OK;
    version.head_id = row->id;
    version.id = pryv_id_new(mem);
    return api_self()->storage->event_insert(session, &version, err); /* its hash, over the event's own id, stays right */
}

/* ---- The end ---------------------------------------------------------------------------------------------- */

static bool mode_is(const char *mode)
{
    return pryv_str_equal(api_self()->config->deletion_mode, mode);
}

static struct pryv_event what_stays(const struct pryv_event *row)
{
    struct pryv_event rest = event_none();

    if (mode_is("keep-everything"))
        return *row;
    rest.id = row->id;
    if (mode_is("keep-authors")) {
        rest.modified = row->modified;
        rest.modified_by = row->modified_by;
    }
    return rest;
}

static enum pryv_rc end_versions(struct pryv_session *session, struct pryv_str id, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = api_self()->storage;

    if (mode_is("keep-everything"))
        return PRYV_OK;
    return mode_is("keep-authors") ? storage->event_versions_reduce(session, id, err)
                                   : storage->event_versions_delete(session, id, err);
}

/* The points of a series go with it. */
static enum pryv_rc end_series(struct pryv_session *session, const struct pryv_event *row, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = api_self()->storage;

    if (!event_type_is_series(row->type) || mode_is("keep-everything") || !storage->series_drop)
        return PRYV_OK;
    return storage->series_drop(session, row->id, NULL, 0, err);
}

enum pryv_rc event_delete(struct pryv_session *session, struct pryv_arena *mem, const struct pryv_event *row, double now,
                          struct pryv_err *err)
{
    struct pryv_event rest = what_stays(row);
    enum pryv_rc rc = mode_is("keep-nothing") ? PRYV_OK : event_keep_version(session, mem, row, err);

    rest.deleted = now;
    rest.integrity = event_integrity(mem, &rest);
    if (rc == PRYV_OK)
        rc = end_versions(session, row->id, err);
    if (rc == PRYV_OK)
        rc = end_series(session, row, err);
    return rc == PRYV_OK ? api_self()->storage->event_update(session, &rest, err) : rc;
}

void event_files_forget(const struct pryv_user *user, struct pryv_arena *mem, const struct pryv_event *row)
{
    const struct api *api = api_self();
    struct pryv_err err = PRYV_ERR(mem);

    if (!row->attachments_json.data || mode_is("keep-everything"))
        return;
    if (api->files->remove(api->files_self, user->id, row->id, PRYV_STR_NONE, &err) != PRYV_OK)
        pryv_log_warn(API_LOG, "files of a deleted event stay until the next sweep: %s", pryv_err_reason(&err));
}

void events_notify(const struct pryv_call *call)
{
    pryv_publish("eventsChanged", call->user->id, PRYV_STR_NONE);
}
