/* events.c - events with their versions and deletion records, and audit records. */
#include "query.h"
#include "storage.h"
#include <pryv/event_plan.h>

/* ---- Rows and their indexes ------------------------------------------------------------------- */

/* Each event is in one list, by what it is. */
static struct pryv_str list_key(struct pryv_arena *mem, const struct row *row)
{
    const struct pryv_event *event = &row->event;

    if (event->head_id.data)
        return map_key(mem, EVENT_VERSION, event->head_id, event->modified, row->sequence);
    if (pryv_present(event->deleted))
        return map_key(mem, EVENT_DELETION_BY_TIME, event->deleted, event->id);
    return map_key(mem, EVENT_BY_TIME, event->time, event->id);
}

static void replace(struct pryv_session *s, struct pryv_arena *mem, const struct row *old, const struct pryv_event *event)
{
    struct row *row = row_new(EVENT, event);

    if (old) {
        row->sequence = old->sequence;
        session_remove(s, list_key(mem, old));
    }
    session_put(s, list_key(mem, row), row);
    session_put(s, map_key(mem, EVENT_BY_ID, event->id), row);
    row_release(row);
}

static void forget(struct pryv_session *s, struct pryv_arena *mem, const struct row *row)
{
    struct pryv_str by_id = map_key(mem, EVENT_BY_ID, row->event.id);

    session_remove(s, list_key(mem, row));
    session_remove(s, by_id);
}

static enum pryv_rc event_insert(struct pryv_session *s, const struct pryv_event *event, struct pryv_err *err)
{
    MUST(session_writes(s, err));
    if (session_find(s, map_key(err->arena, EVENT_BY_ID, event->id)))
        return pryv_conflict(err, "id", "there is or was an event %.*s", PRYV_STR_ARG(event->id));
    replace(s, err->arena, NULL, event);
    return session_written(s);
}

static enum pryv_rc unknown(struct pryv_str id, struct pryv_err *err)
{
    return pryv_fail(err, PRYV_NOT_FOUND, "no event %.*s", PRYV_STR_ARG(id));
}

static enum pryv_rc event_update(struct pryv_session *s, const struct pryv_event *event, struct pryv_err *err)
{
    MUST(session_writes(s, err));
    const struct row *old = session_find(s, map_key(err->arena, EVENT_BY_ID, event->id));

    if (!old)
        return unknown(event->id, err);
    replace(s, err->arena, old, event);
    return session_written(s);
}

static enum pryv_rc event_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_event *out,
                              struct pryv_err *err)
{
    MUST(session_reads(s, err));
    const struct row *row = session_find(s, map_key(err->arena, EVENT_BY_ID, id));

    if (!row || row->event.head_id.data)
        return unknown(id, err);
    row_read(row, mem, out);
    return PRYV_OK;
}

/* ---- Lists ------------------------------------------------------------------------------------ */

static const struct pryv_event_query everything = { .state = PRYV_STATE_ALL,
                                                    .from = PRYV_ABSENT,
                                                    .to = PRYV_ABSENT,
                                                    .modified_since = PRYV_ABSENT,
                                                    .any_stream = true,
                                                    .ascending = true,
                                                    .limit = UINT64_MAX };

static enum pryv_rc events_query(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
                                 struct pryv_err *err)
{
    return cursor_open(s, all_of(EVENT_BY_TIME), query, out, err);
}

static enum pryv_rc events_in_streams(struct pryv_session *s, const struct pryv_str *ids, size_t count, struct pryv_cursor **out,
                                      struct pryv_err *err)
{
    return cursor_open(s, all_of(EVENT_BY_TIME), pryv_event_query_in_streams(err->arena, ids, count), out, err);
}

static enum pryv_rc event_deletions(struct pryv_session *s, double since, bool ascending, uint64_t skip, uint64_t limit,
                                    struct pryv_cursor **out, struct pryv_err *err)
{
    struct pryv_event_query query = everything;
    enum pryv_rc rc;

    query.ascending = ascending;
    query.skip = skip;
    query.limit = limit;
    rc = cursor_open(s, all_of(EVENT_DELETION_BY_TIME), &query, out, err);
    if (rc == PRYV_OK)
        (*out)->deleted_since = since;
    return rc;
}

static enum pryv_rc event_versions(struct pryv_session *s, struct pryv_str head_id, struct pryv_cursor **out,
                                   struct pryv_err *err)
{
    return cursor_open(s, map_key(err->arena, EVENT_VERSIONS_OF, head_id), &everything, out, err);
}

/* ---- What is left of the past ----------------------------------------------------------------- */

static uint64_t forget_versions(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str head_id)
{
    struct map *as_it_was = map_keep(s->map); /* rows stay while they are walked over */
    struct map_walk walk = { .map = as_it_was, .prefix = map_key(mem, EVENT_VERSIONS_OF, head_id) };
    const struct row *row;
    uint64_t count = 0;

    for (; (row = map_step(&walk)); count++)
        forget(s, mem, row);
    map_release(as_it_was);
    return count;
}

static enum pryv_rc event_versions_delete(struct pryv_session *s, struct pryv_str head_id, struct pryv_err *err)
{
    MUST(session_writes(s, err));
    forget_versions(s, err->arena, head_id);
    return session_written(s);
}

static enum pryv_rc event_versions_reduce(struct pryv_session *s, struct pryv_str head_id, struct pryv_err *err)
{
    MUST(session_writes(s, err));
    struct map *as_it_was = map_keep(s->map);
    struct map_walk walk = { .map = as_it_was, .prefix = map_key(err->arena, EVENT_VERSIONS_OF, head_id) };
    const struct row *row;

    while ((row = map_step(&walk))) {
        struct pryv_event left = { .id = row->event.id,
                                   .head_id = row->event.head_id,
                                   .time = PRYV_ABSENT,
                                   .duration = PRYV_ABSENT,
                                   .deleted = PRYV_ABSENT,
                                   .created = PRYV_ABSENT,
                                   .modified = row->event.modified,
                                   .modified_by = row->event.modified_by };

        replace(s, err->arena, row, &left);
    }
    map_release(as_it_was);
    return session_written(s);
}

static enum pryv_rc deletions_purge(struct pryv_session *s, double before, uint64_t *purged, struct pryv_err *err)
{
    MUST(session_writes(s, err));
    struct map *as_it_was = map_keep(s->map);
    struct map_walk walk = { .map = as_it_was, .prefix = all_of(EVENT_DELETION_BY_TIME) };
    uint64_t count = streams_purge(s, err->arena, before);
    const struct row *row;

    for (; (row = map_step(&walk)) && row->event.deleted < before; count++) {
        count += forget_versions(s, err->arena, row->event.id);
        forget(s, err->arena, row);
    }
    map_release(as_it_was);
    *purged = count;
    return session_written(s);
}

/* ---- Audit records ---------------------------------------------------------------------------- */

static enum pryv_rc audit_insert(struct pryv_session *s, const struct pryv_event *event, struct pryv_err *err)
{
    struct pryv_str by_id = map_key(err->arena, AUDIT_BY_ID, event->id);
    MUST(session_writes(s, err));
    if (session_find(s, by_id))
        return pryv_conflict(err, "id", "there is an audit record %.*s", PRYV_STR_ARG(event->id));

    struct row *row = row_new(EVENT, event);

    session_put(s, by_id, row);
    session_put(s, map_key(err->arena, AUDIT_BY_TIME, event->time, event->id), row);
    row_release(row);
    return session_written(s);
}

static enum pryv_rc audit_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_event *out,
                              struct pryv_err *err)
{
    MUST(session_reads(s, err));
    const struct row *row = session_find(s, map_key(err->arena, AUDIT_BY_ID, id));

    if (!row)
        return unknown(id, err);
    row_read(row, mem, out);
    return PRYV_OK;
}

static enum pryv_rc audit_query(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
                                struct pryv_err *err)
{
    return cursor_open(s, all_of(AUDIT_BY_TIME), query, out, err);
}

void events_offer(struct pryv_storage_ops *ops)
{
    ops->event_insert = event_insert;
    ops->event_update = event_update;
    ops->event_get = event_get;
    ops->events_query = events_query;
    ops->events_in_streams = events_in_streams;
    ops->event_deletions = event_deletions;
    ops->event_versions = event_versions;
    ops->event_versions_delete = event_versions_delete;
    ops->event_versions_reduce = event_versions_reduce;
    ops->deletions_purge = deletions_purge;
    ops->cursor_next = cursor_next;
    ops->cursor_close = cursor_close;
    ops->audit_insert = audit_insert;
    ops->audit_get = audit_get;
    ops->audit_query = audit_query;
}
