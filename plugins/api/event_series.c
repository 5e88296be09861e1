/* event_series.c - what keepers of points need of the events that own them; see pryv/series_events.h. */
#include "event_series.h"
#include "events.h"
#include "events_write.h"

static enum pryv_rc offer_fields(void *self, struct pryv_arena *mem, struct pryv_str type, struct pryv_series_field **out,
                                 size_t *count, struct pryv_err *err)
{
    const struct api *api = self;

    if (!event_type_is_series(type) || !event_types_series_fields(api->event_types, mem, type, out, count))
        return pryv_fail(err, PRYV_NOT_FOUND, "%.*s is no series of the catalogue", PRYV_STR_ARG(type));
    return PRYV_OK;
}

static enum pryv_rc extend(struct pryv_session *session, struct pryv_arena *mem, struct pryv_str event_id, double seconds,
                           struct pryv_str author, double now, struct pryv_err *err)
{
    const struct pryv_call call = { .arena = mem, .now = now, .author = author };
    struct pryv_event row, next;
    enum pryv_rc rc = api_self()->storage->event_get(session, mem, event_id, &row, err);

    if (rc == PRYV_NOT_FOUND)
        return PRYV_OK;
    if (rc != PRYV_OK || pryv_present(row.deleted) || !event_type_is_series(row.type) || row.running || row.duration >= seconds ||
        seconds <= 0)
        return rc;
    next = row;
    next.duration = seconds;
    event_modified(&call, &next, NULL);
    rc = event_keep_version(session, mem, &row, err);
    return rc == PRYV_OK ? api_self()->storage->event_update(session, &next, err) : rc;
}

static enum pryv_rc offer_extend(void *self, struct pryv_session *session, struct pryv_arena *mem, struct pryv_str event_id,
                                 double seconds, struct pryv_str author, double now, struct pryv_err *err)
{
    void *before = pryv_self_enter(self);
    enum pryv_rc rc = extend(session, mem, event_id, seconds, author, now, err);

    pryv_self_enter(before);
    return rc;
}

const struct pryv_series_events_ops series_events_ops = {
    .size = sizeof(series_events_ops),
    .fields = offer_fields,
    .extend = offer_extend,
};
