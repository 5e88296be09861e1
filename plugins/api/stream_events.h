/* stream_events.h - what becomes of the events of streams that are deleted, a batch at a time. */
#ifndef API_STREAM_EVENTS_H
#define API_STREAM_EVENTS_H

#include "events.h"
#include "stream_branch.h"

enum stream_event_action { STREAM_EVENT_DELETED, STREAM_EVENT_MERGED, STREAM_EVENT_UPDATED };

struct stream_events {
    struct pryv_event *rows; /* as they were */
    enum stream_event_action *actions;
    size_t count;
    bool more; /* there are others */
};

/* Some events of the branch, trashed ones too, into `mem`: as many as a batch takes, in number and in bytes. */
PRYV_CHECK enum pryv_rc stream_events_load(struct pryv_session *session, struct pryv_arena *mem,
                                           const struct stream_branch *branch, struct stream_events *out, struct pryv_err *err);
/* Takes them out of the branch: into `parent_id`; or, when that is absent, those that are in no other stream are deleted for good. `author`
 * changed them at `now`. WRITE session. */
PRYV_CHECK enum pryv_rc stream_events_release(struct pryv_session *session, struct pryv_arena *mem,
                                              const struct stream_branch *branch, struct pryv_str parent_id, double now,
                                              struct pryv_str author, struct stream_events *events, struct pryv_err *err);
/* "deleted", "mergedToParent", "updatedStreamIds". */
const char *stream_event_action_text(enum stream_event_action action);

#endif
