/* streams.h - the stream: as clients see it, where it may stand, and the stores that ids can point into.
 *
 * Threads  Executor, inside a handler of this plugin. Memory: what is answered lives in the arena given.
 */
#ifndef API_STREAMS_H
#define API_STREAMS_H

#include "api.h"

/* Parameters of the methods. */
extern const struct pryv_param streams_get_params[];
extern const struct pryv_param streams_create_params[];
extern const struct pryv_param streams_update_params[];
extern const struct pryv_param streams_delete_params[];

enum pryv_rc streams_get(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc streams_create(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc streams_update(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc streams_delete(struct pryv_call *call, struct pryv_err *err);

/* ---- Writing --------------------------------------------------------------------------------------------- */

/* The members of a stream without its children, into an object that is open. `parent_id` is told instead of the row's own; absent: null. */
void stream_write_members(struct pryv_json *js, const struct pryv_stream *row, struct pryv_str parent_id);
/* `"stream": {...}`. */
void stream_write(struct pryv_json *js, const struct pryv_stream *row);

/* ---- Ids and stores ------------------------------------------------------------------------------------- */

enum stream_store {
    STREAM_LOCAL,   /* also the streams that every user is given by configuration */
    STREAM_ACCOUNT, /* :_system:..., :system:... */
    STREAM_FOREIGN, /* :store:..., see stores.h */
};
/* `inside`: the id without `:local:`; other ids are left as they are. */
enum stream_store stream_store_of(const struct account_fields *account, struct pryv_str id, struct pryv_str *inside);
/* The stream that every user is given by configuration (custom.systemStreams.other), or NULL. */
const struct pryv_stream *stream_given(const struct account_fields *account, struct pryv_str id);

/* A stream of the user's own making, from its id. 400 invalid-operation when it is configured; 404 unknown-resource when its store is not there. */
PRYV_CHECK enum pryv_rc stream_check_own(struct pryv_str id, struct pryv_err *err);

/* ---- Checks within a session ------------------------------------------------------------------------------ */

/* The stream, trashed or not. 404 unknown-resource. */
PRYV_CHECK enum pryv_rc stream_get_live(struct pryv_session *session, struct pryv_arena *mem, struct pryv_str id,
                                        struct pryv_stream *out, struct pryv_err *err);
/* Manage on the stream, by its own entry, that of the nearest stream above it, or `*`, as they are in this session. 403 forbidden. */
PRYV_CHECK enum pryv_rc stream_check_manages(struct pryv_session *session, struct pryv_arena *mem,
                                             const struct pryv_access *access, const struct pryv_stream *row,
                                             struct pryv_err *err);
/* Manage where a stream is to be put: on the parent, which need not be there; absent: on `*`. */
PRYV_CHECK enum pryv_rc stream_check_manages_parent(struct pryv_session *session, struct pryv_arena *mem,
                                                    const struct pryv_access *access, struct pryv_str parent_id,
                                                    struct pryv_err *err);
/* May a stream be put below this one? 400 unknown-referenced-resource, data {parentId}; 400 invalid-operation, data "parentId", when trashed. */
PRYV_CHECK enum pryv_rc stream_check_parent(struct pryv_session *session, struct pryv_arena *mem, struct pryv_str parent_id,
                                            struct pryv_stream *out, struct pryv_err *err);
/* Upwards from a stream (`at`; all else zero), a step a call: PRYV_NOT_FOUND at the end. One stream of the way is remembered, farther up each time
 * the way has doubled, so that it ends also where stored parents close a circle. */
struct stream_way {
    struct pryv_session *session;
    struct pryv_arena *mem;
    struct pryv_stream at;
    struct pryv_str remembered;
    size_t steps, next;
};
PRYV_CHECK enum pryv_rc stream_above(struct stream_way *way, struct pryv_err *err);
/* Not more than streams.maxSizeKb. 400 invalid-parameters-format. */
PRYV_CHECK enum pryv_rc stream_check_size(const struct pryv_stream *row, struct pryv_err *err);
/* At the root: not the name of a root of the system. 409 item-already-exists, data {name}. */
PRYV_CHECK enum pryv_rc stream_check_name(const struct pryv_stream *row, struct pryv_err *err);
/* Is there room for one more (streams.maxCount)? In a WRITE session. Errors: 400 invalid-operation. */
PRYV_CHECK enum pryv_rc stream_check_count(struct pryv_session *session, struct pryv_err *err);
/* PRYV_CONFLICT of stream_insert or stream_update as a refusal that names what is taken; other results as they are. */
PRYV_CHECK enum pryv_rc stream_conflict(enum pryv_rc rc, const struct pryv_stream *row, struct pryv_err *err);

PRYV_CHECK enum pryv_rc stream_forbidden(struct pryv_err *err);
PRYV_CHECK enum pryv_rc stream_unknown(struct pryv_str id, struct pryv_err *err);
/* A store that is not there: 404 unknown-resource. */
PRYV_CHECK enum pryv_rc stream_store_unknown(struct pryv_str id, struct pryv_err *err);
/* Streams of the account are configured: 400 invalid-operation. */
PRYV_CHECK enum pryv_rc stream_of_account(struct pryv_str id, struct pryv_err *err);
/* 400 invalid-request-structure: a stream and its parent are of one store. */
PRYV_CHECK enum pryv_rc stream_other_store(struct pryv_err *err);
/* 400 invalid-item-id. */
PRYV_CHECK enum pryv_rc stream_id_refused(struct pryv_str wanted, struct pryv_err *err);
/* 400 unknown-referenced-resource, data {<parameter>: id}. */
PRYV_CHECK enum pryv_rc stream_reference_unknown(const char *parameter, struct pryv_str id, struct pryv_err *err);

/* ---- After the commit --------------------------------------------------------------------------------------- */

/* Every worker's tree is out of date; listeners are told. */
void streams_notify(const struct pryv_call *call);

#endif
