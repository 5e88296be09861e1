/* session.h - a transaction on one chain (chain.h): reading at a sequence, and writing into an overlay that a commit makes one document of.
 *
 * Writing   Within a session a row is looked at before it is written, and that decides about keys that are unique. It is safe: a session whose
 *           reads are not the newest any more cannot commit.
 * Ends      A session is over when it was committed, or when a write of it failed: every function but close fails then. It fails too from the moment
 *           the user is erased; where another process does that, as soon as a read could have missed what was erased. And it fails when it is older than earlier
 *           versions are kept (snapshotSeconds). It is as young as the last moment at which what it sees was the newest, so that whoever reads what nobody writes
 *           may take any time. */
#ifndef STORAGE_MONGO_SESSION_H
#define STORAGE_MONGO_SESSION_H

#include "overlay.h"
#include "turns.h"
#include <pryv/event_plan.h>
#include <stdatomic.h>

struct engine;

/* Of the committed events that a session sees: what a query for a time must know, when it was asked. */
struct periods {
    bool known;
    struct pryv_event_periods found;
};

/* Of the committed chunks of one event: what a scan by time must know, when it was asked. */
struct chunk_reach {
    struct pryv_str event_id;
    double longest; /* from its first time to its last; INFINITY: not known of all */
};

struct pryv_session {
    struct engine *engine;
    struct chain chain;
    mongoc_client_t *client;
    enum pryv_session_mode mode;
    int64_t sequence; /* it reads at */
    double opened;    /* steady_seconds; later: when the sequence was known to be the newest */
    bool overtaken;   /* it is not any more */
    struct pryv_arena *mem;
    struct overlay own;
    uint32_t versions; /* numbers given so far to versions it makes */
    struct pryv_str writer;
    struct turn turn;
    bool has_turn, has_lock, over;
    atomic_bool erased;
    struct pryv_cursor *cursors; /* open ones */
    struct periods periods[2];   /* of events; of audit records */
    struct chunk_reach reach;    /* of the event that was scanned last */
    struct pryv_session *before, *after;
};

/* A row as the session sees it. */
struct version {
    struct document document;
    struct pryv_str committed; /* the _id of the version; absent: the session's own */
};

/* `patient`: writers of other processes are waited for too, and a commit is sure to be the next unless the lease ends (for a user's data); without, a
 * commit may be lost to another process (PRYV_BUSY and session_was_lost), and all is done again. */
enum pryv_rc session_begin(struct pryv_session *session, struct engine *engine, const struct chain *chain,
                           enum pryv_session_mode mode, bool patient, struct pryv_err *err);
enum pryv_rc session_commit(struct pryv_session *session, bool *lost, struct pryv_err *err);
void session_end(struct pryv_session *session);

/* One transaction that is done again for as long as other processes come first: `fn` decides and writes, and is asked anew each time. */
enum pryv_rc session_run(struct engine *engine, const struct chain *chain,
                         enum pryv_rc (*fn)(struct pryv_session *s, void *arguments, struct pryv_err *err), void *arguments,
                         struct pryv_err *err);

/* For functions that fail while they write: nothing of the session is kept. Returns rc. */
enum pryv_rc session_failed(struct pryv_session *session, enum pryv_rc rc);

/* ---- Reading --------------------------------------------------------------------------------- */

/* 1: found, copied into `mem`; 0: there is no such row; negative: a pryv_rc. */
int session_get(struct pryv_session *session, const struct kind *kind, struct pryv_arena *mem, struct pryv_str id,
                struct version *out, struct pryv_err *err);
/* Whether there is a row of any of these ids: 1, 0 or negative. */
int session_any(struct pryv_session *session, const struct kind *kind, const struct pryv_str *ids, size_t count,
                struct pryv_err *err);
/* Rows whose `keys` hold the key (absent: all of the kind), in any order: a list of struct version. */
enum pryv_rc session_list(struct pryv_session *session, const struct kind *kind, struct pryv_str key, struct pryv_rows *out,
                          struct pryv_err *err);
/* The first of them: 1, 0 or negative. For keys that at most one row has. */
int session_find(struct pryv_session *session, const struct kind *kind, struct pryv_arena *mem, struct pryv_str key,
                 struct version *out, struct pryv_err *err);
/* The same as a list of the kind's structs. */
enum pryv_rc session_rows(struct pryv_session *session, const struct kind *kind, struct pryv_str key, struct pryv_rows *out,
                          struct pryv_err *err);

/* Committed rows in an order of the server's, without those that the session changed. */
struct scan {
    struct pryv_session *session;
    const struct kind *kind;
    mongoc_collection_t *collection;
    mongoc_cursor_t *cursor;
};
/* Conditions and options (sort, limit, ...) are the caller's; both may be NULL. */
enum pryv_rc scan_begin(struct pryv_session *session, const struct kind *kind, const bson_t *conditions, const bson_t *options,
                        struct scan *out, struct pryv_err *err);
/* 1: a document, until the next call; 0: the end; negative: a pryv_rc. */
int scan_next(struct scan *scan, struct document *out, struct pryv_err *err);
void scan_end(struct scan *scan); /* also a zeroed one */

/* The session's own rows of a kind, one after the other, from NULL on; removed ones are left out. */
const struct own_row *session_own(const struct pryv_session *session, const struct kind *kind, const struct own_row *last);

/* Conditions that say "a version that this session sees". */
void session_append_visible(const struct pryv_session *session, bson_t *conditions);
bool session_is_usable(struct pryv_session *session, struct pryv_err *err);

/* ---- Writing --------------------------------------------------------------------------------- */

/* Begins the document of a row's new version; the caller appends keys and members. */
enum pryv_rc session_new_version(struct pryv_session *session, struct pryv_str id, const struct version *before, bson_t *out,
                                 struct pryv_err *err);
/* The row is `document` from now on, which is taken over. `before`: what session_get or session_list told; NULL: there was none. */
enum pryv_rc session_put(struct pryv_session *session, const struct kind *kind, struct pryv_str id, bson_t *document,
                         const struct version *before, struct pryv_err *err);
/* Both, for rows that are nothing but their fields and keys. */
enum pryv_rc session_put_row(struct pryv_session *session, const struct kind *kind, struct pryv_str id,
                             const struct pryv_str *keys, size_t key_count, const void *row, const struct version *before,
                             struct pryv_err *err);
enum pryv_rc session_remove(struct pryv_session *session, const struct kind *kind, const struct version *before,
                            struct pryv_err *err);
/* Each of a list of versions. */
enum pryv_rc session_remove_all(struct pryv_session *session, const struct kind *kind, const struct pryv_rows *versions,
                                struct pryv_err *err);

/* The id of a row, and a key, made of two texts. */
struct pryv_str two_texts(struct pryv_arena *mem, const char *prefix, struct pryv_str first, struct pryv_str second);
/* prefix and text */
struct pryv_str key_of(struct pryv_arena *mem, const char *prefix, struct pryv_str text);

#endif
