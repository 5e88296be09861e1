/* pryv/access.h - who is asking, and what they may do.
 *
 * An access is loaded once per token, its permissions compiled, and kept in the worker's cache until
 * something of the user's changes (pryv_changed). The objects are immutable and shared between threads;
 * a call holds a reference for as long as it lives.
 */
#ifndef PRYV_ACCESS_H
#define PRYV_ACCESS_H

#include <pryv/arena.h>
#include <pryv/error.h>
#include <pryv/storage.h>

struct pryv_call;
struct pryv_stream_tree;

enum pryv_access_type { PRYV_PERSONAL, PRYV_APP, PRYV_SHARED };

/* In the order of their ranks; CREATE_ONLY and CONTRIBUTE share rank 1 in the API's documents. */
enum pryv_level { PRYV_LEVEL_NONE = -1, PRYV_LEVEL_READ, PRYV_LEVEL_CREATE_ONLY, PRYV_LEVEL_CONTRIBUTE, PRYV_LEVEL_MANAGE };

struct pryv_access {
    struct pryv_access_row row; /* as stored */
    enum pryv_access_type type;
    const json_t *permissions; /* as stored and with what the server adds (access-info shows these); NULL for personal */
    const struct pryv_permissions *compiled;
};

/* The level that holds on a stream: its own entry, else that of the nearest ancestor that has one, else `*`,
 * else NONE. Personal accesses: MANAGE. A stream that is not in the tree falls to `*`. ":local:diary" is "diary". Any thread. */
PRYV_EXPORT enum pryv_level pryv_access_level(const struct pryv_access *access, const struct pryv_stream_tree *tree,
                                              struct pryv_str stream_id);
PRYV_EXPORT enum pryv_level pryv_access_star_level(const struct pryv_access *access);
PRYV_EXPORT bool pryv_level_parse(struct pryv_str text, enum pryv_level *out);
PRYV_EXPORT int pryv_level_rank(enum pryv_level level); /* -1, 0, 1, 1, 2 */

static inline bool pryv_level_reads(enum pryv_level level)
{
    return level == PRYV_LEVEL_READ || level >= PRYV_LEVEL_CONTRIBUTE;
}
static inline bool pryv_level_creates(enum pryv_level level)
{
    return level >= PRYV_LEVEL_CREATE_ONLY;
}
static inline bool pryv_level_changes(enum pryv_level level)
{
    return level >= PRYV_LEVEL_CONTRIBUTE;
}
static inline bool pryv_level_lists(enum pryv_level level)
{
    return level >= PRYV_LEVEL_READ;
}
static inline bool pryv_level_manages(enum pryv_level level)
{
    return level == PRYV_LEVEL_MANAGE;
}

/* Entries with a stream id, in their order: for lists that follow the permissions. */
struct pryv_permission {
    struct pryv_str stream_id; /* "*" too; never ":local:..." */
    enum pryv_level level;
};
PRYV_EXPORT size_t pryv_access_permissions(const struct pryv_access *access, const struct pryv_permission **out);
/* The entry that counts for this very stream, `*` too, the last of several; NULL: there is none. */
PRYV_EXPORT const struct pryv_permission *pryv_access_entry(const struct pryv_access *access, struct pryv_str stream_id);

/* "selfRevoke", "selfAudit", ...: what the entry {feature, setting} says, or absent. */
PRYV_EXPORT struct pryv_str pryv_access_feature(const struct pryv_access *access, const char *feature);

/* Another access than the caller's, from its row: for rules about what one access may give another. It lives as long as `arena`; the row is
 * copied. PRYV_FAILED: what is stored is broken. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_access_of_row(struct pryv_arena *arena, const struct pryv_access_row *row,
                                                       const struct pryv_access **out, struct pryv_err *err);

/* ---- The stream tree ----------------------------------------------------------------------- */

/* All live streams of a user, trashed ones too, as one immutable snapshot. Siblings are ordered by name, code point by code point. */
struct pryv_stream_node {
    struct pryv_stream row;                  /* as stored */
    const struct pryv_stream_node *parent;   /* NULL at the root */
    const struct pryv_stream_node *children; /* the first of a chain */
    const struct pryv_stream_node *next;     /* the next sibling */
    uint32_t index;                          /* 0..count-1 */
    bool given;                              /* of every user, kept nowhere: cannot be changed or deleted */
};
/* The snapshot that holds for this call: loaded when the cached one is older than the last change. The
 * reference is given back with the call's arena. Executor. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_call_streams(struct pryv_call *call, const struct pryv_stream_tree **out,
                                                      struct pryv_err *err);
PRYV_EXPORT const struct pryv_stream_node *pryv_stream_find(const struct pryv_stream_tree *tree, struct pryv_str id);
PRYV_EXPORT const struct pryv_stream_node *pryv_stream_roots(const struct pryv_stream_tree *tree);
PRYV_EXPORT size_t pryv_stream_count(const struct pryv_stream_tree *tree);
/* Streams that every user has although no storage keeps them: part of every snapshot from now on, parents among themselves. A user's own
 * stream of the same id wins. From init, once; the rows are borrowed until the worker ends. */
PRYV_EXPORT void pryv_streams_given(const struct pryv_stream *rows, size_t count);

/* ---- The account --------------------------------------------------------------------------- */

/* The latest value of each field, by field, as the storage's account_all gives them: loaded when the cached ones are older than the last change.
 * Before the call opens a session. Borrowed until the call's arena goes. Executor. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_call_account_fields(struct pryv_call *call, const struct pryv_account_field **rows,
                                                             size_t *count, struct pryv_err *err);

/* ---- Telling the other workers ------------------------------------------------------------- */

enum {
    PRYV_CHANGED_ACCESSES = 1, /* accesses, sessions */
    PRYV_CHANGED_STREAMS = 2,
    PRYV_CHANGED_USER = 4,    /* name, existence */
    PRYV_CHANGED_ACCOUNT = 8, /* fields of the account */
};
/* Caches of this user are out of date in every worker when this returns. Call it after the write is stored
 * and before the answer. For PRYV_CHANGED_USER the text is the user name: that is what accounts are found by. Any thread. */
PRYV_EXPORT void pryv_changed(struct pryv_str user_id, unsigned what);

/* ---- Addresses ----------------------------------------------------------------------------- */

/* "https://TOKEN@host/username/" as service.api says; without token when it is absent. */
PRYV_EXPORT struct pryv_str pryv_api_endpoint(struct pryv_arena *arena, struct pryv_str username, struct pryv_str token);
/* Where this core is reached, with a final slash: core.url, else by core.id and dns.domain, else dnsLess.publicUrl. */
PRYV_EXPORT struct pryv_str pryv_core_url(void);
/* The service information with its derived members (api, register, access, features), borrowed. */
PRYV_EXPORT const json_t *pryv_service_info(void);
PRYV_EXPORT const char *pryv_api_version(void);

#endif
