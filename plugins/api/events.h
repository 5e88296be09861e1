/* events.h - the event: as clients see it, its hash, its streams and who may do what with it, its versions and its end.
 *
 * Threads  Executor, inside a handler of this plugin. Memory: what is answered lives in `mem`.
 */
#ifndef API_EVENTS_H
#define API_EVENTS_H

#include "api.h"
#include <pryv/integrity.h>

/* ---- The row ------------------------------------------------------------------------------------------- */

/* A row in which nothing is there; its numbers are PRYV_ABSENT, not 0. */
struct pryv_event event_none(void);

/* Writes `{...}` with the members that are there. `reader`: attachments carry the read token of that access; NULL: none (versions). `mem`
 * serves attachments alone, so that a long list takes none for events without. A version goes by the id of its event. */
void event_write(struct pryv_json *js, struct pryv_arena *mem, const struct pryv_access *reader, const struct pryv_event *row);

/* The same after a change, where the reference server tells last what it has just made itself; clients that print an answer know it so. */
enum {
    EVENT_NEW_ID = 1,    /* the id was not the client's */
    EVENT_NEW_FILES = 2, /* it had no attachments before */
};
void event_write_changed(struct pryv_json *js, struct pryv_arena *mem, const struct pryv_access *reader,
                         const struct pryv_event *row, unsigned made);

/* "EVENT:0:sha256-..." over the stable text of the row; absent when integrity.isActive.events is false. Call it when all else in the row is
 * set. Texts in the row that need no sorting are not parsed. */
struct pryv_str event_integrity(struct pryv_arena *mem, const struct pryv_event *row);

/* The ids in stream_ids_json, in their order. */
struct event_streams {
    struct pryv_str *ids;
    size_t count;
};
PRYV_CHECK enum pryv_rc event_streams(struct pryv_arena *mem, const struct pryv_event *row, struct event_streams *out,
                                      struct pryv_err *err);
/* And back. */
struct pryv_str event_streams_json(struct pryv_arena *mem, const struct event_streams *streams);
bool event_streams_have(const struct event_streams *streams, struct pryv_str id);

/* ---- Rights --------------------------------------------------------------------------------------------- */

/* At least one stream that the access reads. */
bool event_may_read(const struct pryv_access *access, const struct pryv_stream_tree *tree, const struct event_streams *streams);
/* At least one stream in which it changes events. */
bool event_may_change(const struct pryv_access *access, const struct pryv_stream_tree *tree, const struct event_streams *streams);
/* Every stream: it makes events there. */
bool event_may_create(const struct pryv_access *access, const struct pryv_stream_tree *tree, const struct event_streams *streams);

/* 403 forbidden, 404 unknown-resource. */
PRYV_CHECK enum pryv_rc event_forbidden(struct pryv_err *err);
PRYV_CHECK enum pryv_rc event_unknown(struct pryv_str id, struct pryv_err *err);

/* ---- Changes: within a WRITE session ---------------------------------------------------------------------- */

/* The live event, trashed or not, as it is in this session. A deletion record is an unknown one: 404 unknown-resource. */
PRYV_CHECK enum pryv_rc event_get_live(struct pryv_session *session, struct pryv_arena *mem, struct pryv_str id,
                                       struct pryv_event *out, struct pryv_err *err);
/* Keeps the event as it is now as a version, before it changes; does nothing unless versioning.forceKeepHistory. */
PRYV_CHECK enum pryv_rc event_keep_version(struct pryv_session *session, struct pryv_arena *mem, const struct pryv_event *row,
                                           struct pryv_err *err);
/* Deletes it for good, with the points of a series: of it and its versions stays what versioning.deletionMode says. Its files: event_files_forget, after the commit. */
PRYV_CHECK enum pryv_rc event_delete(struct pryv_session *session, struct pryv_arena *mem, const struct pryv_event *row,
                                     double now, struct pryv_err *err);

/* ---- After the commit ------------------------------------------------------------------------------------- */

/* Removes all files of an event that was deleted for good, unless the deletion mode keeps them. What fails is logged, and left to the sweep. */
void event_files_forget(const struct pryv_user *user, struct pryv_arena *mem, const struct pryv_event *row);
/* Tells everybody who listens that events of the caller's account changed. */
void events_notify(const struct pryv_call *call);

#endif
