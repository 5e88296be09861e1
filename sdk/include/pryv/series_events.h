/* pryv/series_events.h - the events that own series (interface "series-events", version 1): what the keeper of events tells the keeper of points.
 *
 * Threads   Any executor thread.
 */
#ifndef PRYV_SERIES_EVENTS_H
#define PRYV_SERIES_EVENTS_H

#include <pryv/error.h>
#include <pryv/storage.h>

#define PRYV_SERIES_EVENTS_VERSION 1

enum pryv_series_field_kind {
    PRYV_FIELD_NUMBER,
    PRYV_FIELD_TEXT,
    PRYV_FIELD_BOOL,
    PRYV_FIELD_NULL,  /* takes anything, and keeps nothing */
    PRYV_FIELD_OTHER, /* integers, lists, objects: no point holds them */
};

struct pryv_series_field {
    struct pryv_str name;
    enum pryv_series_field_kind kind;
    bool required;
};

struct pryv_series_events_ops {
    size_t size;
    /* The fields of a series type ("series:position/wgs84") in the order of its catalogue, without deltaTime; in `mem`. PRYV_NOT_FOUND: the
     * event is no series, or its type is not in the catalogue. */
    enum pryv_rc (*fields)(void *self, struct pryv_arena *mem, struct pryv_str type, struct pryv_series_field **out,
                           size_t *count, struct pryv_err *err);
    /* Within a WRITE session: the event lasts at least `seconds` from its time on. Only when it grows it is changed, by `author`, and a version of
     * it is kept where versions are. One that is no series any more, or deleted, is left alone. */
    enum pryv_rc (*extend)(void *self, struct pryv_session *session, struct pryv_arena *mem, struct pryv_str event_id,
                           double seconds, struct pryv_str author, double now, struct pryv_err *err);
    /* 1.0 ends here. */
};

#endif
