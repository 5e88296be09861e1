/* store_events.c - asking a store about events, and changing them there; see store_events.h. */
#include "store_events.h"
#include "events_write.h"

/* ---- Asking --------------------------------------------------------------------------------------------------- */

/* An event that a store answered, as a row; takes the reference. */
static enum pryv_rc row_of(struct pryv_call *call, const struct store *store, json_t *event, struct pryv_event *out,
                           struct pryv_err *err)
{
    pryv_json_keep(call->arena, event);
    return store_event_row(call->arena, store, event, out, err);
}

enum pryv_rc store_event_get(struct pryv_call *call, const struct store *store, struct pryv_str id, struct pryv_event *out,
                             struct pryv_err *err)
{
    struct pryv_str inside;
    json_t *event = NULL;
    enum pryv_rc rc;

    if (!store->ops.event_get)
        return store_cannot(store, err);
    (void) store_of(api_self()->stores, id, &inside);
    rc = store->ops.event_get(store->handle, call->user->id, inside, &event, err);
    if (rc == PRYV_NOT_FOUND)
        return event_unknown(id, err);
    return rc == PRYV_OK ? row_of(call, store, event, out, err) : store_result(store, rc, err);
}

enum pryv_rc store_event_history(struct pryv_call *call, const struct store *store, struct pryv_str id, struct pryv_event **out,
                                 size_t *count, struct pryv_err *err)
{
    struct pryv_str inside;
    json_t *list = NULL;
    enum pryv_rc rc;

    *count = 0;
    if (!store->ops.event_history)
        return PRYV_OK;
    (void) store_of(api_self()->stores, id, &inside);
    rc = store->ops.event_history(store->handle, call->user->id, inside, &list, err);
    if (rc != PRYV_OK)
        return store_result(store, rc, err);
    pryv_json_keep(call->arena, list);
    *out = pryv_new_array(call->arena, struct pryv_event, json_array_size(list));
    for (size_t i = 0; rc == PRYV_OK && i < json_array_size(list); i++) {
        rc = store_event_row(call->arena, store, json_array_get(list, i), &(*out)[i], err);
        (*out)[i].id = id;
        *count = i + 1;
    }
    return rc;
}

static enum pryv_rc stream_is_trashed(struct pryv_call *call, const struct store *store, struct pryv_str inside, bool *trashed,
                                      struct pryv_err *err)
{
    struct store_streams found;
    enum pryv_rc rc;

    *trashed = false;
    if (pryv_str_equal(inside, "*"))
        return PRYV_OK; /* the root is always there */
    rc = store_streams_load(call, store, inside, false, true, &found, err);
    if (rc == PRYV_OK)
        *trashed = pryv_json_member_true(json_array_get(found.list, 0), "trashed");
    return rc;
}

enum pryv_rc store_event_streams_check(struct pryv_call *call, const struct store *store, const struct event_streams *streams,
                                       struct pryv_str event_id, struct pryv_err *err)
{
    json_t *unknown = NULL;
    struct pryv_str trashed = PRYV_STR_NONE, inside;
    enum pryv_rc rc = PRYV_OK;

    if (event_id.data && store_of(api_self()->stores, event_id, &inside) != store)
        return event_other_store(err);
    for (size_t i = 0; i < streams->count; i++)
        if (store_of(api_self()->stores, streams->ids[i], &inside) != store)
            return event_other_store(err);
    for (size_t i = 0; i < streams->count && (rc == PRYV_OK || rc == PRYV_NOT_FOUND); i++) {
        bool in_trash;

        (void) store_of(api_self()->stores, streams->ids[i], &inside);
        rc = stream_is_trashed(call, store, inside, &in_trash, err);
        if (rc == PRYV_NOT_FOUND) {
            unknown = unknown ? unknown : json_array();
            json_array_append_new(unknown, pryv_json_string(inside));
        }
        if (in_trash)
            trashed = streams->ids[i];
    }
    if (rc == PRYV_OK || rc == PRYV_NOT_FOUND)
        rc = unknown        ? event_streams_unknown(json_incref(unknown), err)
             : trashed.data ? event_stream_trashed(trashed, err)
                            : PRYV_OK;
    json_decref(unknown);
    return rc;
}

enum pryv_rc store_event_levels(struct pryv_call *call, const struct store *store, const struct event_streams *streams,
                                enum pryv_level **out, struct pryv_err *err)
{
    enum pryv_level *levels = pryv_new_array(call->arena, enum pryv_level, streams->count);
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < streams->count; i++) {
        struct pryv_str inside;

        (void) store_of(api_self()->stores, streams->ids[i], &inside);
        rc = store_level(call, store, inside, &levels[i], err);
    }
    *out = levels;
    return rc;
}

enum pryv_rc store_event_check_one(struct pryv_call *call, const struct store *store, const struct pryv_event *row,
                                   bool (*allows)(enum pryv_level level), struct pryv_err *err)
{
    struct event_streams streams;
    enum pryv_level *levels;
    enum pryv_rc rc = event_streams(call->arena, row, &streams, err);

    if (rc != PRYV_OK || (rc = store_event_levels(call, store, &streams, &levels, err)) != PRYV_OK)
        return rc;
    for (size_t i = 0; i < streams.count; i++)
        if (allows(levels[i]))
            return PRYV_OK;
    return event_forbidden(err);
}

/* ---- Changing --------------------------------------------------------------------------------------------------- */

enum pryv_rc store_event_create(struct pryv_call *call, const struct store *store, struct pryv_event *row, struct pryv_err *err)
{
    json_t *event, *kept = NULL;
    enum pryv_rc rc;

    if (!store->ops.event_create)
        return store_cannot(store, err);
    if ((rc = store_event_json(call->arena, row, &event, err)) != PRYV_OK)
        return rc;
    rc = store->ops.event_create(store->handle, call->user->id, event, &kept, err);
    json_decref(event);
    return rc == PRYV_OK ? row_of(call, store, kept, row, err) : store_result(store, rc, err);
}

enum pryv_rc store_event_update(struct pryv_call *call, const struct store *store, const struct pryv_event *row,
                                struct pryv_err *err)
{
    bool changed = false;
    json_t *event;
    enum pryv_rc rc;

    if (!store->ops.event_update)
        return store_cannot(store, err);
    if ((rc = store_event_json(call->arena, row, &event, err)) != PRYV_OK)
        return rc;
    rc = store->ops.event_update(store->handle, call->user->id, event, &changed, err);
    if (rc == PRYV_OK && !changed)
        rc = pryv_refuse(err, 400, "invalid-item-id", json_incref(event), "The store has no event of this id.");
    else
        rc = store_result(store, rc, err);
    json_decref(event);
    return rc;
}

enum pryv_rc store_event_delete(struct pryv_call *call, const struct store *store, const struct pryv_event *row,
                                struct pryv_err *err)
{
    json_t *event;
    enum pryv_rc rc;

    if (!store->ops.event_delete)
        return store_cannot(store, err);
    if ((rc = store_event_json(call->arena, row, &event, err)) != PRYV_OK)
        return rc;
    rc = store->ops.event_delete(store->handle, call->user->id, event, err);
    json_decref(event);
    return store_result(store, rc, err);
}
