/* uploads.h - the files of a multipart body, on their way to where attachments are.
 *
 * The body was spooled to a file by the kernel and is read twice: first its form, so that a broken body, a bad event or a missing right is
 * refused before anything is kept; then its files.
 * Threads  Executor, inside a handler. Memory: all lives in the call's arena.
 */
#ifndef API_UPLOADS_H
#define API_UPLOADS_H

#include "api.h"

struct upload_file {
    struct pryv_str id;
    struct pryv_str name;
    struct pryv_str type; /* "text/plain" */
    uint64_t size;
    struct pryv_str integrity; /* absent when integrity.isActive.attachments is false */
};

struct upload {
    json_t *event;             /* what its one part that is no file says, {} when there is none; with `wants_event` only */
    struct upload_file *files; /* in the order of the body */
    size_t count;
    size_t kept; /* the first so many are stored */
};

/* Reads the whole form; keeps nothing. `wants_event`: one part that is no file may hold a JSON object; else such parts are not looked at.
 * Errors: PRYV_REFUSED 400 invalid-request-structure. */
PRYV_CHECK enum pryv_rc upload_read_form(struct pryv_call *call, bool wants_event, struct upload **out, struct pryv_err *err);
/* 400 invalid-operation when the event would have more files than uploads.maxFilesPerEvent; `before`: as it is, or NULL. */
PRYV_CHECK enum pryv_rc upload_check_count(struct pryv_arena *mem, const struct pryv_event *before, const struct upload *upload,
                                           struct pryv_err *err);
/* Stores the files, whole and durable; on a failure none of them stays. A NULL upload has none. */
PRYV_CHECK enum pryv_rc upload_store(struct pryv_call *call, struct pryv_str event_id, struct upload *upload,
                                     struct pryv_err *err);
/* Removes what was stored, for an event that came to nothing. NULL is fine. */
void upload_take_back(struct pryv_call *call, struct pryv_str event_id, struct upload *upload);
/* The list of attachments with these at its end; `before` may be absent, and the result is when there are none. */
struct pryv_str upload_attachments(struct pryv_arena *mem, struct pryv_str before, const struct upload *upload);

#endif
