/* pryv/storage.h - what a storage plugin implements (interface "storage", version 1); copy
 * plugins/storage-sqlite or sdk/examples/storage-memory to start one, and run build/pryvd-storage-check on it.
 *
 * Sessions  All data belongs to a user and is reached through a session. A READ session sees one consistent
 *           snapshot from its first read to its close. A WRITE session is one transaction: it sees its own
 *           writes, others see them all or none, and `commit` returns only when they survive a crash of the
 *           process and of the machine. Closing without commit takes everything back. Two WRITE sessions of one
 *           user run one after the other; engines may make several durable by one flush. A caller opens at most one session
 *           at a time per thread, keeps a WRITE session short, and never waits for a client in it.
 * Threads   Every function may block and may be called from any executor thread; one session belongs to one
 *           thread at a time.
 * Memory    Rows live in the arena passed in; a cursor's row lives until the next step or close. A plugin keeps no
 *           pointer to its arguments and frees nothing it returned.
 * Errors    PRYV_OK or pryv_fail/pryv_conflict; out parameters are untouched on failure. Uniqueness is the
 *           database's: PRYV_CONFLICT with err->key as told at the function. NOT_FOUND is no failure to log.
 *           PRYV_BUSY: the engine cannot be reached or its disk is full now (503).
 *           After a failed write a session can only be closed; commit fails.
 * Texts     UTF-8, NUL included. Ids, names and all other keys are the same only when all their bytes are.
 * JSON      Members named *_json hold compact JSON text as pryv_json writes it, kept byte for byte, never parsed
 *           unless a query asks.
 * ABI       Fields are only appended. The kernel reads a field only if it lies within .size; an absent or NULL
 *           function means PRYV_UNSUPPORTED.
 */
#ifndef PRYV_STORAGE_H
#define PRYV_STORAGE_H

#include <pryv/arena.h>
#include <pryv/error.h>

#define PRYV_STORAGE_VERSION 1

/* ---- Rows. PRYV_STR_NONE and PRYV_ABSENT mean "not there". ----------------------------------- */

struct pryv_event {
    struct pryv_str id;
    struct pryv_str head_id;         /* on versions: the live event; they have ids of their own */
    struct pryv_str stream_ids_json; /* ["a","b"]; absent on a deletion that keeps nothing */
    double time;
    double duration; /* seconds as the client gave it; PRYV_ABSENT: a moment */
    bool running;    /* duration is null: an open period; `duration` is then PRYV_ABSENT */
    struct pryv_str type;
    struct pryv_str content_json; /* absent: none (null is not told apart) */
    struct pryv_str description;
    struct pryv_str client_data_json;
    struct pryv_str attachments_json; /* list of {id, fileName, type, size, integrity}; absent when empty */
    bool trashed;
    double deleted;
    struct pryv_str integrity;
    double created;
    struct pryv_str created_by;
    double modified;
    struct pryv_str modified_by;
};

struct pryv_stream {
    struct pryv_str id;
    struct pryv_str name;
    struct pryv_str parent_id; /* absent: root */
    struct pryv_str client_data_json;
    bool trashed;
    double created;
    struct pryv_str created_by;
    double modified;
    struct pryv_str modified_by;
};

struct pryv_deletion {
    struct pryv_str id;
    double deleted;
};

struct pryv_access_row {
    struct pryv_str id;
    struct pryv_str head_id; /* versions */
    uint32_t serial;         /* 0: never updated */
    struct pryv_str token;
    struct pryv_str type; /* "personal", "app", "shared" */
    struct pryv_str name;
    struct pryv_str device_name; /* an empty one is not the same as none */
    struct pryv_str permissions_json;
    struct pryv_str client_data_json;
    double expires;
    double last_used;
    struct pryv_str calls_json; /* {"events:get": 3} */
    struct pryv_str integrity;
    double created;
    struct pryv_str created_by;
    uint32_t created_by_serial;
    double modified;
    struct pryv_str modified_by;
    uint32_t modified_by_serial;
    double deleted;
};

struct pryv_session_row { /* of a personal access: signed in */
    struct pryv_str id;   /* the token */
    struct pryv_str username;
    struct pryv_str app_id;
    double expires;
};

struct pryv_password_row {
    double time; /* unique per user */
    struct pryv_str hash;
    struct pryv_str created_by;
};

struct pryv_account_field {
    struct pryv_str field; /* "email", "language": without prefix */
    struct pryv_str value_json;
    double time;
    struct pryv_str created_by;
};

struct pryv_webhook_row {
    struct pryv_str id;
    struct pryv_str access_id;
    struct pryv_str url;
    struct pryv_str state_json; /* all the rest, as one object */
    double created;
    double modified;
};

/* Points of a series, packed by the SDK; an engine does not look inside. */
struct pryv_series_chunk {
    uint64_t id;     /* given by the engine, ascending in the order of appending */
    double from, to; /* first and last time of the points within, inclusive */
    uint32_t points;
    struct pryv_str bytes;
};

/* ---- Event queries: already expanded to sub-streams and reduced by permission ----------------- */

enum pryv_event_state { PRYV_STATE_DEFAULT, PRYV_STATE_TRASHED, PRYV_STATE_ALL };

struct pryv_stream_condition { /* in one of these streams, or (`not`) in none of them */
    bool not_in;
    const struct pryv_str *ids;
    size_t count;
};
struct pryv_stream_block { /* all conditions hold */
    const struct pryv_stream_condition *conditions;
    size_t count;
};
struct pryv_type_filter {
    struct pryv_str text; /* "mass/kg", or with `whole_class` "mass/" */
    bool whole_class;
};

struct pryv_event_query {
    enum pryv_event_state state;
    double from;                            /* end >= from; a moment's end is its time; PRYV_ABSENT: no bound */
    double to;                              /* time <= to */
    bool with_running;                      /* with `from`: running events match it */
    bool running;                           /* only running events; `from` is not looked at */
    double modified_since;                  /* strictly greater */
    const struct pryv_type_filter *types;   /* any of them */
    size_t type_count;                      /* 0: all */
    bool any_stream;                        /* no condition on streams; `blocks` is not looked at */
    const struct pryv_stream_block *blocks; /* one of them holds; none: nothing matches */
    size_t block_count;
    bool ascending; /* by time, then id (its bytes), both in this direction; 0 and -0 are the same time */
    uint64_t skip;
    uint64_t limit; /* UINT64_MAX: all */
    /* 1.11, in pages alone (pages_of_deletions): what event_deletions tells since `modified_since`. Looked at besides: ascending, skip and limit. */
    bool deletions;
};
/* Versions (head_id) and deletions never match any other query. */

/* ---- The contract ------------------------------------------------------------------------------ */

struct pryv_session;        /* the engine's */
struct pryv_pending_commit; /* the engine's */
struct pryv_cursor; /* the engine's; belongs to a session, closed before it and before the session writes; there may be several */

enum pryv_session_mode { PRYV_READ, PRYV_WRITE };

/* What a query matches within its skip and limit, in its order. All rows are of one snapshot, which holds what was committed before the call. */
struct pryv_events_page {
    struct pryv_str user_id;
    const struct pryv_event_query *query;
    struct pryv_arena *mem; /* has the rows and what they point to */
    struct pryv_event *rows;
    size_t count;
    /* NOT_FOUND: no such user. PRYV_UNSUPPORTED: not this query, or not so many rows: a session answers it; up to 20 behind up to 20 of all events,
     * without a condition but trashed or not, are always answered. */
    enum pryv_rc rc;
    struct pryv_err *err;
};

struct pryv_storage_ops {
    size_t size;        /* sizeof(struct pryv_storage_ops), as compiled */
    const char *engine; /* "sqlite" */

    /* -- Users of this core. user_create makes an empty user: CONFLICT key "id" or "username". user_erase takes away every
     * byte of a user, is safe to repeat and finishes after a crash; open sessions of the user fail from then on. */
    enum pryv_rc (*user_create)(void *self, struct pryv_str id, struct pryv_str username, struct pryv_err *err);
    enum pryv_rc (*user_by_name)(void *self, struct pryv_arena *mem, struct pryv_str username, struct pryv_str *id,
                                 struct pryv_err *err);
    enum pryv_rc (*user_by_id)(void *self, struct pryv_arena *mem, struct pryv_str id, struct pryv_str *username,
                               struct pryv_err *err);
    enum pryv_rc (*user_erase)(void *self, struct pryv_str id, struct pryv_err *err);
    /* Users in order of name, after `after` (absent: from the first), at most `limit`. */
    enum pryv_rc (*users_list)(void *self, struct pryv_arena *mem, struct pryv_str after, size_t limit, struct pryv_str **ids,
                               struct pryv_str **usernames, size_t *count, struct pryv_err *err);

    /* -- Sessions. NOT_FOUND: no such user. An engine that remembers users may open one of a user whom another process has erased since: it fails
     * with its first statement then. */
    enum pryv_rc (*open)(void *self, struct pryv_str user_id, enum pryv_session_mode mode, struct pryv_session **out,
                         struct pryv_err *err);
    enum pryv_rc (*commit)(struct pryv_session *s, struct pryv_err *err); /* durable when OK; then only close */
    void (*close)(struct pryv_session *s);                                /* NULL is fine */

    /* -- Streams. insert: CONFLICT "id" (a live stream has it) or "name" (a live sibling has it, trashed or not;
     * roots are siblings of each other); takes away a deletion record of that id. update replaces the whole row
     * (NOT_FOUND, CONFLICT "name"). delete leaves a deletion record, of this stream alone (NOT_FOUND). */
    enum pryv_rc (*stream_insert)(struct pryv_session *s, const struct pryv_stream *row, struct pryv_err *err);
    enum pryv_rc (*stream_update)(struct pryv_session *s, const struct pryv_stream *row, struct pryv_err *err);
    enum pryv_rc (*stream_delete)(struct pryv_session *s, struct pryv_str id, double deleted, struct pryv_err *err);
    enum pryv_rc (*stream_get)(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_stream *out,
                               struct pryv_err *err);
    /* All live streams, in any order. */
    enum pryv_rc (*streams_all)(struct pryv_session *s, struct pryv_arena *mem, struct pryv_stream **out, size_t *count,
                                struct pryv_err *err);
    /* deleted > since, by time of deletion. */
    enum pryv_rc (*stream_deletions)(struct pryv_session *s, struct pryv_arena *mem, double since, struct pryv_deletion **out,
                                     size_t *count, struct pryv_err *err);

    /* -- Events. insert: CONFLICT "id" (live, deleted or version). update replaces the whole row (head, version or deletion
     * record: with `deleted` set the row is a deletion record, which no query matches, links to streams included) and is NOT_FOUND
     * for an unknown id. get answers live events and deletion records, never versions. Versions are rows with head_id. */
    enum pryv_rc (*event_insert)(struct pryv_session *s, const struct pryv_event *row, struct pryv_err *err);
    enum pryv_rc (*event_update)(struct pryv_session *s, const struct pryv_event *row, struct pryv_err *err);
    enum pryv_rc (*event_get)(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_event *out,
                              struct pryv_err *err);
    enum pryv_rc (*events_query)(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
                                 struct pryv_err *err);
    /* Versions by `modified`, oldest first, ties in the order of insertion. */
    enum pryv_rc (*event_versions)(struct pryv_session *s, struct pryv_str head_id, struct pryv_cursor **out,
                                   struct pryv_err *err);
    enum pryv_rc (*event_versions_delete)(struct pryv_session *s, struct pryv_str head_id, struct pryv_err *err);
    /* Leaves id, head_id, modified, modified_by of each. */
    enum pryv_rc (*event_versions_reduce)(struct pryv_session *s, struct pryv_str head_id, struct pryv_err *err);
    /* Deletion records with deleted > since, by time of deletion, then id. */
    enum pryv_rc (*event_deletions)(struct pryv_session *s, double since, bool ascending, uint64_t skip, uint64_t limit,
                                    struct pryv_cursor **out, struct pryv_err *err);
    /* Live events, trashed ones too, that are in at least one of these streams. */
    enum pryv_rc (*events_in_streams)(struct pryv_session *s, const struct pryv_str *ids, size_t count, struct pryv_cursor **out,
                                      struct pryv_err *err);
    /* Forget deletion records (events, their versions, streams) with deleted < before. `*purged`: rows, versions counted too. */
    enum pryv_rc (*deletions_purge)(struct pryv_session *s, double before, uint64_t *purged, struct pryv_err *err);
    /* 1: `row` is filled and valid until the following call; 0: the end; negative: a pryv_rc. */
    int (*cursor_next)(struct pryv_cursor *c, struct pryv_event *row, struct pryv_err *err);
    void (*cursor_close)(struct pryv_cursor *c); /* NULL is fine */

    /* -- Accesses. Unique among live heads: "token"; "name" (name, type, device_name together, no device being a value of its own). insert, update (whole row
     * but last_used and calls_json, which only access_used changes): CONFLICT with that key or "id". Versions (head_id set) are only inserted.
     * get: a live head. delete keeps the row, and with it the id, as a deletion with `deleted` and its new integrity; versions stop being
     * reachable. Names and tokens are compared byte for byte. NOT_FOUND: update and delete of what is no live head. */
    enum pryv_rc (*access_insert)(struct pryv_session *s, const struct pryv_access_row *row, struct pryv_err *err);
    enum pryv_rc (*access_update)(struct pryv_session *s, const struct pryv_access_row *row, struct pryv_err *err);
    enum pryv_rc (*access_delete)(struct pryv_session *s, struct pryv_str id, double deleted, struct pryv_str integrity,
                                  struct pryv_err *err);
    enum pryv_rc (*access_get)(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_access_row *out,
                               struct pryv_err *err);
    enum pryv_rc (*access_by_token)(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str token,
                                    struct pryv_access_row *out, struct pryv_err *err);
    /* Live heads by name; deletions by time of deletion; versions oldest first (by serial). */
    enum pryv_rc (*accesses_all)(struct pryv_session *s, struct pryv_arena *mem, struct pryv_access_row **out, size_t *count,
                                 struct pryv_err *err);
    enum pryv_rc (*access_deletions)(struct pryv_session *s, struct pryv_arena *mem, struct pryv_access_row **out, size_t *count,
                                     struct pryv_err *err);
    enum pryv_rc (*access_versions)(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id,
                                    struct pryv_access_row **out, size_t *count, struct pryv_err *err);
    /* Adds `count` to calls[name] and raises last_used. An unknown access is no error. */
    enum pryv_rc (*access_used)(struct pryv_session *s, struct pryv_str id, struct pryv_str name, uint64_t count,
                                double last_used, struct pryv_err *err);

    /* -- Signed-in sessions. put inserts or replaces by id. get and find: NOT_FOUND when expired at `now`. find: the live one of (username, app_id). */
    enum pryv_rc (*session_put)(struct pryv_session *s, const struct pryv_session_row *row, struct pryv_err *err);
    enum pryv_rc (*session_get)(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, double now,
                                struct pryv_session_row *out, struct pryv_err *err);
    enum pryv_rc (*session_find)(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str username, struct pryv_str app_id,
                                 double now, struct pryv_session_row *out, struct pryv_err *err);
    enum pryv_rc (*session_delete)(struct pryv_session *s, struct pryv_str id, struct pryv_err *err); /* unknown: no error */

    /* -- Passwords, newest first. add: CONFLICT "time". */
    enum pryv_rc (*password_add)(struct pryv_session *s, const struct pryv_password_row *row, struct pryv_err *err);
    enum pryv_rc (*passwords)(struct pryv_session *s, struct pryv_arena *mem, size_t limit, struct pryv_password_row **out,
                              size_t *count, struct pryv_err *err);
    enum pryv_rc (*password_replace)(struct pryv_session *s, double time, struct pryv_str hash,
                                     struct pryv_err *err); /* same password, newer hash; NOT_FOUND */

    /* -- Account fields: every set is a new row, the newest counts. A set at a time that exists replaces. */
    enum pryv_rc (*account_set)(struct pryv_session *s, const struct pryv_account_field *row, struct pryv_err *err);
    enum pryv_rc (*account_all)(struct pryv_session *s, struct pryv_arena *mem, struct pryv_account_field **out, size_t *count,
                                struct pryv_err *err); /* latest of each, by field */
    enum pryv_rc (*account_history)(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str field,
                                    struct pryv_account_field **out, size_t *count, struct pryv_err *err); /* newest first */
    enum pryv_rc (*account_delete)(struct pryv_session *s, struct pryv_str field, struct pryv_err *err);   /* unknown: no error */

    /* -- Values by (scope, key): profiles ("profile", "public"), key-values of data stores ("store:ID", key). Absent value: deletes.
     * get: NOT_FOUND. all: by key. */
    enum pryv_rc (*value_set)(struct pryv_session *s, struct pryv_str scope, struct pryv_str key, struct pryv_str value_json,
                              struct pryv_err *err);
    enum pryv_rc (*value_get)(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str scope, struct pryv_str key,
                              struct pryv_str *value_json, struct pryv_err *err);
    enum pryv_rc (*value_all)(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str scope, struct pryv_str **keys,
                              struct pryv_str **values_json, size_t *count, struct pryv_err *err);

    /* -- Webhooks. Unique: "url" (access_id, url). delete: unknown is NOT_FOUND. */
    enum pryv_rc (*webhook_insert)(struct pryv_session *s, const struct pryv_webhook_row *row, struct pryv_err *err);
    enum pryv_rc (*webhook_update)(struct pryv_session *s, const struct pryv_webhook_row *row, struct pryv_err *err);
    enum pryv_rc (*webhook_delete)(struct pryv_session *s, struct pryv_str id, struct pryv_err *err);
    enum pryv_rc (*webhooks_all)(struct pryv_session *s, struct pryv_arena *mem, struct pryv_webhook_row **out, size_t *count,
                                 struct pryv_err *err);

    /* -- Series chunks of an event, and audit records (events in a place of their own, apart from the data, never
     * seen by the functions above; the blocks of an audit query name audit streams). */
    enum pryv_rc (*series_append)(struct pryv_session *s, struct pryv_str event_id, const struct pryv_series_chunk *chunk,
                                  struct pryv_err *err);
    /* Chunks that touch [from, to] in the order of their ids: at most `limit` after id `after`. */
    enum pryv_rc (*series_scan)(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str event_id, double from, double to,
                                uint64_t after, size_t limit, struct pryv_series_chunk **out, size_t *count,
                                struct pryv_err *err);
    enum pryv_rc (*series_drop)(struct pryv_session *s, struct pryv_str event_id, const uint64_t *ids, size_t count,
                                struct pryv_err *err); /* ids NULL: all */
    enum pryv_rc (*audit_insert)(struct pryv_session *s, const struct pryv_event *row, struct pryv_err *err);
    enum pryv_rc (*audit_get)(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_event *out,
                              struct pryv_err *err);
    enum pryv_rc (*audit_query)(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
                                struct pryv_err *err);

    /* -- What a user takes: rows of events and streams (live, versions, deletions) and bytes on disk. */
    enum pryv_rc (*usage)(struct pryv_session *s, uint64_t *events, uint64_t *streams, uint64_t *bytes, struct pryv_err *err);
    /* 1.0 ends here. Append below, one comment line per release. */

    /* -- 1.1. Another name for a user; all else stays. CONFLICT "username"; NOT_FOUND. Its present name again: no error. */
    enum pryv_rc (*user_rename)(void *self, struct pryv_str id, struct pryv_str username, struct pryv_err *err);

    /* -- 1.2, may be absent. Many transactions by one flush. commit_later is commit, but what was written is durable, and seen by READ sessions, once `settle`
     * of `*pending` has answered PRYV_OK; WRITE sessions see it at once. NULL in `*pending`: it is durable already. Other writers may wait until
     * it is settled, so the thread settles it soon, waits for nothing in between, and has no session open then; it may commit others meanwhile.
     * settle ends `pending` (NULL: PRYV_OK) whatever it answers; when that is a failure, what it stands for is not kept. */
    enum pryv_rc (*commit_later)(struct pryv_session *s, struct pryv_pending_commit **pending, struct pryv_err *err);
    enum pryv_rc (*settle)(struct pryv_pending_commit *pending, struct pryv_err *err);
    /* How many live streams there are; may be absent: then no limit holds on them. */
    enum pryv_rc (*streams_count)(struct pryv_session *s, uint64_t *count, struct pryv_err *err);

    /* -- 1.3. For who carries all of a user elsewhere: what is found above by its name alone. Each name once, in the order of its bytes, at most `limit`
     * after `after` (absent: from the first). All that is read can be inserted again as it is: event_insert takes versions and deletion records,
     * access_insert versions and deletions, with last_used and calls_json. */
    /* Events that have versions, live and deleted ones. */
    enum pryv_rc (*versioned_events)(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str after, size_t limit,
                                     struct pryv_str **ids, size_t *count, struct pryv_err *err);
    /* Events that have series chunks. */
    enum pryv_rc (*series_events)(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str after, size_t limit,
                                  struct pryv_str **ids, size_t *count, struct pryv_err *err);
    /* Scopes that have values. */
    enum pryv_rc (*value_scopes)(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str after, size_t limit,
                                 struct pryv_str **scopes, size_t *count, struct pryv_err *err);
    /* All signed-in sessions by id, expired ones too. */
    enum pryv_rc (*sessions_all)(struct pryv_session *s, struct pryv_arena *mem, struct pryv_session_row **out, size_t *count,
                                 struct pryv_err *err);

    /* -- 1.4, may be absent: one live event in a transaction of its own, for an engine that does better when it is told all at once. It makes sure that each of
     * `streams` is a live stream that is not trashed, inserts as event_insert does, and commits: durable when OK. Of one user's several may run at
     * the same time; no WRITE session of the user does meanwhile. NOT_FOUND: the user or one of the streams is not there, or the stream is trashed;
     * nothing was written, and a session tells which. The thread has no session open.
     * With `pending` several of one user may share a transaction: `*pending`, NULL for the first, stands for all that are in it, and belongs to
     * the thread until `settle`, which it calls soon and waits for nothing before; they are durable, and seen by READ sessions, once that has
     * answered OK, and when it fails none is kept. A CONFLICT or NOT_FOUND keeps what was created before. Still NULL: it is durable already. A WRITE
     * session of the user that the same thread opens commits them first. */
    enum pryv_rc (*event_create)(void *self, struct pryv_str user_id, const struct pryv_event *row,
                                 const struct pryv_str *streams, size_t count, struct pryv_pending_commit **pending,
                                 struct pryv_err *err);

    /* -- 1.5, may be absent: how many accesses_all would tell. */
    enum pryv_rc (*accesses_count)(struct pryv_session *s, uint64_t *count, struct pryv_err *err);

    /* -- 1.6, may be absent: for an engine that does better when it is told many at once. */
    /* event_get of each of `ids`, which may be there twice: `out` has room for as many. One that is not there has an absent id. */
    enum pryv_rc (*events_get)(struct pryv_session *s, struct pryv_arena *mem, const struct pryv_str *ids, size_t count,
                               struct pryv_event *out, struct pryv_err *err);
    /* series_append of chunk after chunk, each to the event at its place. */
    enum pryv_rc (*series_append_all)(struct pryv_session *s, const struct pryv_str *event_ids,
                                      const struct pryv_series_chunk *chunks, size_t count, struct pryv_err *err);

    /* -- 1.7, may be absent: for an engine that finds chunks by their times. series_scan in the order of `from`, chunks of one `from` in the order of their
     * ids; at most `limit` behind the place of `after`, of which `from` and `id` count; NULL: from the first. */
    enum pryv_rc (*series_scan_by_time)(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str event_id, double from,
                                        double to, const struct pryv_series_chunk *after, size_t limit,
                                        struct pryv_series_chunk **out, size_t *count, struct pryv_err *err);

    /* -- 1.8, may be absent: for who loads much of a user, as a copy or a restore does. event_insert of row after row: heads, deletion records
     * and versions as they come. An engine may keep all of them until it returns, and once more until the commit, so that the caller bounds count and bytes: some
     * thousand rows and a few megabytes are enough for all there is to win, a single row may be as large as ever. CONFLICT "id": an id is taken, maybe by
     * another of `rows`. As after any failed write, nothing of the session is kept then. */
    enum pryv_rc (*event_insert_all)(struct pryv_session *s, const struct pryv_event *rows, size_t count, struct pryv_err *err);
    /* The same for audit_insert. */
    enum pryv_rc (*audit_insert_all)(struct pryv_session *s, const struct pryv_event *rows, size_t count, struct pryv_err *err);

    /* -- 1.9, may be absent: pages of events, for an engine that does better when that is all that is asked, or when it is asked for several at once. Each
     * page has its own outcome, see struct pryv_events_page. The thread has no session open. */
    void (*events_pages)(void *self, struct pryv_events_page *pages, size_t count);

    /* -- 1.10, may be absent: chunks in a transaction of its own, each to the event at its place, of which several may be the same, provided that each of these
     * events is live and has the time, type, trashed and stream_ids_json that are told; other members are not looked at. All or nothing, and durable when OK.
     * CONFLICT "event": one is not as told, or there is no such user. As of event_create, several may run at the same time, no WRITE session of the user does
     * meanwhile, and the thread has no session open. */
    enum pryv_rc (*series_write)(void *self, struct pryv_str user_id, const struct pryv_event *const *events,
                                 const struct pryv_series_chunk *chunks, size_t count, struct pryv_err *err);

    /* -- 1.11: events_pages knows queries of deletions. The snapshot of a page is not older than those of the pages before it in the call. */
    bool pages_of_deletions;
};

#endif
