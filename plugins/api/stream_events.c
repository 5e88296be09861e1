/* stream_events.c - see stream_events.h. */
#include "stream_events.h"
#include <stdlib.h>

enum { BATCH_EVENTS = 1000, BATCH_BYTES = 8 * 1024 * 1024 };

const char *stream_event_action_text(enum stream_event_action action)
{
    switch (action) {
    case STREAM_EVENT_DELETED: return "deleted";
    case STREAM_EVENT_MERGED: return "mergedToParent";
    case STREAM_EVENT_UPDATED: return "updatedStreamIds";
    }
    return NULL;
}

/* ---- Loading --------------------------------------------------------------------------------------------- */

static struct pryv_event copy_row(struct pryv_arena *mem, const struct pryv_event *row)
{
    struct pryv_event copy = *row;
    struct pryv_str *texts[] = { &copy.id,           &copy.head_id,     &copy.stream_ids_json,  &copy.type,
                                 &copy.content_json, &copy.description, &copy.client_data_json, &copy.attachments_json,
                                 &copy.integrity,    &copy.created_by,  &copy.modified_by };

    for (size_t i = 0; i < PRYV_COUNT(texts); i++)
        *texts[i] = pryv_str_copy(mem, *texts[i]);
    return copy;
}

/* The cursor is read to where the batch is full, and closed before anything is written: a storage need not do both at once. */
static enum pryv_rc read_rows(struct pryv_cursor *cursor, struct pryv_arena *mem, struct stream_events *out, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = api_self()->storage;
    size_t before = pryv_arena_size(mem);
    struct pryv_event row;
    int step;

    while ((step = storage->cursor_next(cursor, &row, err)) > 0) {
        if (out->count == BATCH_EVENTS || pryv_arena_size(mem) - before > BATCH_BYTES) {
            out->more = true;
            return PRYV_OK;
        }
        out->rows[out->count++] = copy_row(mem, &row);
    }
    return (enum pryv_rc) step;
}

static int newest_first(const void *a, const void *b)
{
    double x = ((const struct pryv_event *) a)->time, y = ((const struct pryv_event *) b)->time;

    return (x < y) - (x > y);
}

enum pryv_rc stream_events_load(struct pryv_session *session, struct pryv_arena *mem, const struct stream_branch *branch,
                                struct stream_events *out, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = api_self()->storage;
    struct pryv_cursor *cursor;
    enum pryv_rc rc = storage->events_in_streams(session, branch->ids, branch->count, &cursor, err);

    if (rc != PRYV_OK)
        return rc;
    *out = (struct stream_events){
        .rows = pryv_new_array(mem, struct pryv_event, BATCH_EVENTS),
        .actions = pryv_new_array(mem, enum stream_event_action, BATCH_EVENTS),
    };
    rc = read_rows(cursor, mem, out, err);
    storage->cursor_close(cursor);
    qsort(out->rows, out->count, sizeof(out->rows[0]), newest_first);
    return rc;
}

/* ---- Releasing ------------------------------------------------------------------------------------------- */

static void keep_others(const struct stream_branch *branch, struct event_streams *streams)
{
    size_t kept = 0;

    for (size_t i = 0; i < streams->count; i++)
        if (!stream_branch_has(branch, streams->ids[i]))
            streams->ids[kept++] = streams->ids[i];
    streams->count = kept;
}

struct release {
    struct pryv_session *session;
    struct pryv_arena *mem;
    const struct stream_branch *branch;
    struct pryv_str parent_id, author;
    double now;
    size_t deleted;
};

/* Each deletion has a time of its own, so that a client that pages through deletions by their times misses none. */
static double next_deletion(struct release *release)
{
    return release->now + 1e-6 * (double) release->deleted++;
}

static enum pryv_rc update_event(const struct release *release, struct pryv_event row, const struct event_streams *streams,
                                 struct pryv_err *err)
{
    enum pryv_rc rc = event_keep_version(release->session, release->mem, &row, err);

    if (rc != PRYV_OK)
        return rc;
    row.stream_ids_json = event_streams_json(release->mem, streams);
    row.modified = release->now;
    row.modified_by = release->author;
    row.integrity = event_integrity(release->mem, &row);
    return api_self()->storage->event_update(release->session, &row, err);
}

static enum pryv_rc release_event(struct release *release, const struct pryv_event *row, enum stream_event_action *action,
                                  struct pryv_err *err)
{
    struct event_streams streams;
    enum pryv_rc rc = event_streams(release->mem, row, &streams, err);

    if (rc != PRYV_OK)
        return rc;
    keep_others(release->branch, &streams); /* at least one goes, so that there is room for the parent */
    if (release->parent_id.data && !event_streams_have(&streams, release->parent_id))
        streams.ids[streams.count++] = release->parent_id;
    *action = release->parent_id.data ? STREAM_EVENT_MERGED : streams.count ? STREAM_EVENT_UPDATED : STREAM_EVENT_DELETED;
    if (*action == STREAM_EVENT_DELETED)
        return event_delete(release->session, release->mem, row, next_deletion(release), err);
    return update_event(release, *row, &streams, err);
}

enum pryv_rc stream_events_release(struct pryv_session *session, struct pryv_arena *mem, const struct stream_branch *branch,
                                   struct pryv_str parent_id, double now, struct pryv_str author, struct stream_events *events,
                                   struct pryv_err *err)
{
    struct release release = {
        .session = session, .mem = mem, .branch = branch, .parent_id = parent_id, .author = author, .now = now
    };
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < events->count; i++)
        rc = release_event(&release, &events->rows[i], &events->actions[i], err);
    return rc;
}
