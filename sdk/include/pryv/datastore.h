/* pryv/datastore.h - streams and events that live elsewhere and appear as a branch of every user's tree (interface
 * "datastore:NAME", version 1). `custom.dataStores` lists {id, name, path, settings}: `path` is NAME, or `id` when it is not given.
 *
 * Ids       Inside a store ids have no prefix; outside they are ":ID:inside". The store's root stream is "*" inside.
 * Values    Streams and events are JSON objects with the members of the API, but events have `endTime` (null: running; equal to `time`, or not
 *           there: a moment) beside or instead of `duration`, and neither integrity nor authors need be there. What a store hands out is checked;
 *           garbage is an error of that store, never a crash.
 * Memory    What a store returns in `json_t **` is a reference that the caller releases. Arguments are borrowed.
 * Threads   Every function may block and may be called from any executor thread, several at once. It holds that thread until it returns:
 *           nothing ends it from outside, so a store that asks another machine gives up by itself (pryv_fetch has a limit of time).
 *           How many streams a store may hand out at once is bounded by `dataStores.maxRows`.
 * Errors    PRYV_NOT_FOUND (404 unknown-resource), PRYV_CONFLICT (409 item-already-exists), PRYV_UNSUPPORTED (501 api-unavailable; also for
 *           a function that is NULL), pryv_refuse with 400 invalid-item-id or invalid-request-structure; anything else is a 500 without detail.
 */
#ifndef PRYV_DATASTORE_H
#define PRYV_DATASTORE_H

#include <jansson.h>
#include <pryv/arena.h>
#include <pryv/error.h>

#define PRYV_DATASTORE_VERSION 1

/* Small values that the server keeps for the store, per user; they are part of the user's backup and go with the user. */
struct pryv_datastore_values {
    enum pryv_rc (*get)(void *context, struct pryv_str user_id, struct pryv_str key, json_t **out,
                        struct pryv_err *err);                                                       /* null when not set */
    enum pryv_rc (*all)(void *context, struct pryv_str user_id, json_t **out, struct pryv_err *err); /* object */
    enum pryv_rc (*set)(void *context, struct pryv_str user_id, struct pryv_str key, const json_t *value,
                        struct pryv_err *err); /* null: forgets */
    void *context;
};

struct pryv_datastore_setup {
    struct pryv_str id, name;
    const json_t *settings; /* as configured, may be JSON null */
    const struct pryv_datastore_values *values;
};

/* Events are handed to `emit` one after another; when it does not answer PRYV_OK, stop and return that. */
typedef enum pryv_rc (*pryv_datastore_emit)(void *context, const json_t *event);

struct pryv_datastore_ops {
    size_t size;

    /* Once per worker and configured store. NULL: the plugin's self is the store. A plugin that provides "datastore:_audit" needs no entry
     * in the configuration: it is listed last, as ":_audit:", unless this answers PRYV_UNSUPPORTED (it is switched off). */
    enum pryv_rc (*open)(void *self, const struct pryv_datastore_setup *setup, void **store, struct pryv_err *err);
    void (*close)(void *store);
    /* The account goes: forget what is kept for it. */
    enum pryv_rc (*delete_user)(void *store, struct pryv_str user_id, struct pryv_err *err);
    /* {totalSizeKb?, streams: {count?, sizeKb?}, events: {...}, files: {...}}, all optional. */
    enum pryv_rc (*usage)(void *store, struct pryv_str user_id, json_t **out, struct pryv_err *err);

    /* query: {childrenDepth (0 none, -1 all; a cut branch has children [] and childrenHidden true), excludedIds, includeTrashed}. */
    enum pryv_rc (*streams_get)(void *store, struct pryv_str user_id, const json_t *query, json_t **list, struct pryv_err *err);
    enum pryv_rc (*stream_get)(void *store, struct pryv_str user_id, struct pryv_str id, const json_t *query, json_t **stream,
                               struct pryv_err *err);
    enum pryv_rc (*stream_deletions)(void *store, struct pryv_str user_id, double since, json_t **list, struct pryv_err *err);
    enum pryv_rc (*stream_create)(void *store, struct pryv_str user_id, const json_t *stream, json_t **kept,
                                  struct pryv_err *err);
    enum pryv_rc (*stream_update)(void *store, struct pryv_str user_id, const json_t *changes, json_t **kept,
                                  struct pryv_err *err);
    enum pryv_rc (*stream_delete)(void *store, struct pryv_str user_id, struct pryv_str id, struct pryv_err *err);

    /* query: {state, fromTime, toTime, streams: [[{any: [ids]}, {not: [ids]}], ...], types, running, modifiedSince}, and what `supports`
     * adds; what is absent is no condition; options: {sortAscending, skip, limit}, null: none. */
    enum pryv_rc (*events_get)(void *store, struct pryv_str user_id, const json_t *query, const json_t *options,
                               pryv_datastore_emit emit, void *context, struct pryv_err *err);
    enum pryv_rc (*event_get)(void *store, struct pryv_str user_id, struct pryv_str id, json_t **event, struct pryv_err *err);
    enum pryv_rc (*event_history)(void *store, struct pryv_str user_id, struct pryv_str id, json_t **list, struct pryv_err *err);
    enum pryv_rc (*event_deletions)(void *store, struct pryv_str user_id, double since, const json_t *options, json_t **list,
                                    struct pryv_err *err);
    enum pryv_rc (*event_create)(void *store, struct pryv_str user_id, const json_t *event, json_t **kept, struct pryv_err *err);
    /* The whole event. `*changed` false: there is none (400 invalid-item-id). */
    enum pryv_rc (*event_update)(void *store, struct pryv_str user_id, const json_t *event, bool *changed, struct pryv_err *err);
    enum pryv_rc (*event_delete)(void *store, struct pryv_str user_id, const json_t *event, struct pryv_err *err);
    /* The bytes of a file, handed over in the arena. */
    enum pryv_rc (*attachment_get)(void *store, struct pryv_str user_id, struct pryv_str event_id, struct pryv_str file_id,
                                   struct pryv_arena *mem, struct pryv_str *bytes, struct pryv_err *err);
    /* 1.0 ends here. */
    /* What the store can do that not every store can; clients find it on its root stream, as `pryv-datastore:supports` of clientData. An object
     * {contentQueries?: {fields: ["content", "clientData"], operators: ["eq", "neq", "in", "exists", "gt", "gte", "lt", "lte", "prefix"]}},
     * borrowed until `close`; asked once, after `open`. NULL: nothing. The query of events_get then has the members `content` and `clientData`
     * (lists of {path, OPERATOR: value}, all of which hold) with these fields and operators and no others: they are the store's to keep. */
    const json_t *(*supports)(void *store);
};

#endif
