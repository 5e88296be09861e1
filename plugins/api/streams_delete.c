/* streams_delete.c - streams.delete: to the trash first; a trashed stream is deleted for good, with all below it.
 *
 * What is below may hold any number of events. They are taken in batches of bounded size, each a transaction of its own, and what became of
 * them is told to the client when its batch is stored, while no session is open: memory is bounded, no writer waits for a slow client, and the
 * client hears something all the time. The last batch deletes the streams too, in the same transaction, and only when no event is left in
 * them: events that others put there meanwhile are taken along. So most deletions are one transaction, all or nothing; a crash in the middle
 * of a large one leaves whole events, and the stream in the trash with the rest of them: the same call, repeated, finishes. */
#include "store_changes.h"
#include "stream_branch.h"
#include "stream_events.h"
#include "streams.h"

struct deletion {
    struct pryv_call *call;
    struct pryv_str id;
    const json_t *merge; /* NULL: not said */
    struct pryv_session *session;
    struct pryv_stream row;
    bool begun;    /* a batch is stored */
    bool finished; /* the streams are gone, or the stream is in the trash */
    bool trashed;  /* it was the first call */
    bool changed_events;
};

/* ---- Checks ---------------------------------------------------------------------------------------------- */

/* A root has no parent that could take its events; nor has a stream whose parent is not there. */
static enum pryv_rc check_merge(const struct deletion *d, struct pryv_arena *mem, const struct stream_branch *branch,
                                struct pryv_err *err)
{
    struct pryv_stream parent;
    enum pryv_rc rc = PRYV_NOT_FOUND;

    if (!json_is_true(d->merge))
        return PRYV_OK;
    if (stream_given(api_self()->account, d->row.parent_id))
        return PRYV_OK;
    if (d->row.parent_id.data && !stream_branch_has(branch, d->row.parent_id))
        rc = api_self()->storage->stream_get(d->session, mem, d->row.parent_id, &parent, err);
    if (rc != PRYV_NOT_FOUND)
        return rc;
    return pryv_refuse(err, 400, "invalid-operation", json_pack("{s:s%}", "streamId", d->id.data, d->id.len),
                       "The events of a stream without parent cannot be merged with it.");
}

static enum pryv_rc must_say(struct pryv_err *err)
{
    json_t *complaints = json_array();

    pryv_param_complain(complaints, "OBJECT_MISSING_REQUIRED_PROPERTY", "#/", "mergeEventsWithParent",
                        "There are events: say whether they are merged into the parent, or deleted.");
    return pryv_refuse(err, 400, "invalid-parameters-format", complaints, "The parameters' format is invalid.");
}

/* ---- One transaction ------------------------------------------------------------------------------------- */

static enum pryv_rc to_trash(struct deletion *d, struct pryv_err *err)
{
    if (d->begun)
        return pryv_refuse(err, 409, "stale-resource", NULL,
                           "The stream was taken out of the trash before all of it was deleted.");
    d->row.trashed = true;
    d->row.modified = d->call->now;
    d->row.modified_by = d->call->author;
    d->trashed = d->finished = true;
    return api_self()->storage->stream_update(d->session, &d->row, err);
}

static enum pryv_rc delete_streams(struct deletion *d, const struct stream_branch *branch, double now, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = branch->count; rc == PRYV_OK && i-- > 0;)
        rc = api_self()->storage->stream_delete(d->session, branch->ids[i], now, err);
    d->finished = true;
    return rc;
}

static enum pryv_rc delete_batch(struct deletion *d, struct pryv_arena *mem, struct stream_events *events, struct pryv_err *err)
{
    struct stream_branch branch;
    double now = pryv_now();
    enum pryv_rc rc = stream_branch_load(d->session, mem, d->id, &branch, err);

    if (rc != PRYV_OK || (rc = check_merge(d, mem, &branch, err)) != PRYV_OK ||
        (rc = stream_events_load(d->session, mem, &branch, events, err)) != PRYV_OK)
        return rc;
    if (events->count > 0 && !d->merge)
        return must_say(err);
    rc = stream_events_release(d->session, mem, &branch, json_is_true(d->merge) ? d->row.parent_id : PRYV_STR_NONE, now,
                               d->call->author, events, err);
    return rc == PRYV_OK && !events->more ? delete_streams(d, &branch, now, err) : rc;
}

static enum pryv_rc write_batch(struct deletion *d, struct pryv_arena *mem, struct stream_events *events, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = api_self()->storage;
    enum pryv_rc rc = storage->stream_get(d->session, d->begun ? mem : d->call->arena, d->id, &d->row, err);

    if (rc == PRYV_NOT_FOUND && d->begun) { /* another call, at the same time, was the one to finish */
        d->finished = true;
        return PRYV_OK;
    }
    if (rc == PRYV_NOT_FOUND)
        return stream_unknown(d->id, err);
    if (rc == PRYV_OK && !d->begun)
        rc = stream_check_manages(d->session, mem, d->call->access, &d->row, err);
    if (rc == PRYV_OK)
        rc = d->row.trashed ? delete_batch(d, mem, events, err) : to_trash(d, err);
    return rc == PRYV_OK ? api_commit(d->call, d->session, PRYV_CHANGED_STREAMS, err) : rc;
}

/* ---- Telling --------------------------------------------------------------------------------------------- */

static void tell_events(struct deletion *d, struct pryv_arena *mem, const struct stream_events *events)
{
    struct pryv_json *js = d->call->out;

    if (!d->begun) {
        pryv_json_key(js, "updatedEvents");
        pryv_json_array(js);
    }
    for (size_t i = 0; i < events->count; i++) {
        if (events->actions[i] == STREAM_EVENT_DELETED)
            event_files_forget(d->call->user, mem, &events->rows[i]);
        pryv_json_object(js);
        pryv_json_put_text(js, "action", stream_event_action_text(events->actions[i]));
        pryv_json_put_str(js, "id", events->rows[i].id);
        pryv_json_object_end(js);
    }
}

static void tell_end(const struct deletion *d)
{
    struct pryv_json *js = d->call->out;

    pryv_json_array_end(js);
    pryv_json_key(js, "streamDeletion");
    pryv_json_object(js);
    pryv_json_put_str(js, "id", d->id);
    pryv_json_object_end(js);
}

/* ---- The call -------------------------------------------------------------------------------------------- */

static enum pryv_rc take_batch(struct deletion *d, struct pryv_arena *mem, struct pryv_err *err)
{
    struct stream_events events = { .count = 0 };
    enum pryv_rc rc = api_open(d->call, PRYV_WRITE, &d->session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = write_batch(d, mem, &events, err);
    api_close(d->session);
    if (rc != PRYV_OK || d->trashed)
        return rc;
    tell_events(d, mem, &events);
    d->begun = true;
    d->changed_events = d->changed_events || events.count > 0;
    return PRYV_OK;
}

enum pryv_rc streams_delete(struct pryv_call *call, struct pryv_err *err)
{
    struct deletion d = { .call = call, .merge = json_object_get(call->params, "mergeEventsWithParent") };
    struct pryv_str asked = pryv_json_member_text(call->params, "id");
    struct pryv_str inside;
    const struct store *foreign = store_of(api_self()->stores, asked, &inside);
    enum pryv_rc rc;

    if (foreign)
        return store_stream_trash(call, foreign, inside, err);
    stream_store_of(api_self()->account, asked, &d.id);
    if ((rc = stream_check_own(asked, err)) != PRYV_OK)
        return rc;
    while (rc == PRYV_OK && !d.finished) {
        struct pryv_arena *mem = pryv_arena_new();

        rc = take_batch(&d, mem, err);
        pryv_arena_free(mem);
        if (rc == PRYV_OK && !d.finished)
            pryv_json_flush(call->out); /* a client that left changes nothing: what was begun is finished */
    }
    if (d.changed_events)
        events_notify(call);
    if (rc != PRYV_OK)
        return rc;
    streams_notify(call);
    if (d.trashed)
        stream_write(call->out, &d.row);
    else
        tell_end(&d);
    return PRYV_OK;
}
