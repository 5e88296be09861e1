/* call_batch.c - callBatch: many calls in one request, run in order, each with an answer of its own.
 *
 * Events that are created one after another become durable together: their results wait here until the storage has settled them, so that nothing
 * is called stored before it is, and everything else that a call could read is settled before it runs. */
#include "batch.h"
#include "events_read.h"

enum { MOST_WAITING = 256 };

/* A result that is handed out when its commit is settled. */
struct waiting {
    struct pryv_arena *arena;
    struct pryv_str result;
    struct pryv_pending_commit *pending; /* NULL: it is in the batch's transaction */
};

struct batch {
    struct pryv_call *call;
    struct batch *outer;
    const struct pryv_call *running;     /* the parent of the call that runs now */
    bool may_wait;                       /* that call's commit may be settled later */
    struct pryv_pending_commit *pending; /* that call's */
    struct pryv_pending_commit *shared;  /* the transaction of several, when one is open */
    bool joined;                         /* that call is in it */
    struct waiting waiting[MOST_WAITING];
    size_t count;
};

static _Thread_local struct batch *current; /* the innermost that runs on this thread */

/* ---- Commits that wait ------------------------------------------------------------------------------------ */

static bool can_wait(const struct pryv_storage_ops *storage)
{
    return storage->size > offsetof(struct pryv_storage_ops, settle) && storage->commit_later && storage->settle;
}

/* The batch that a call belongs to, or NULL. */
static struct batch *batch_of(const struct pryv_call *call)
{
    return current && call->parent == current->running ? current : NULL;
}

enum pryv_rc batch_commit(const struct pryv_call *call, struct pryv_session *session, bool *later, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = api_self()->storage;
    struct batch *batch = batch_of(call);
    enum pryv_rc rc;

    *later = false;
    if (!batch || !batch->may_wait || !can_wait(storage))
        return storage->commit(session, err);
    rc = storage->commit_later(session, &batch->pending, err);
    *later = rc == PRYV_OK && batch->pending;
    return rc;
}

enum pryv_rc batch_create(const struct pryv_call *call, const struct pryv_event *row, const struct pryv_str *streams,
                          size_t count, bool *later, struct pryv_err *err)
{
    const struct api *api = api_self();
    const struct pryv_storage_ops *storage = api->storage;
    struct batch *batch = batch_of(call);
    struct pryv_pending_commit **shared = NULL;
    enum pryv_rc rc;

    *later = false;
    if (storage->size <= offsetof(struct pryv_storage_ops, event_create) || !storage->event_create)
        return PRYV_UNSUPPORTED;
    if (batch && storage->settle && (batch->may_wait || batch->shared))
        shared = &batch->shared;
    rc = storage->event_create(api->storage_self, call->user->id, row, streams, count, shared, err);
    *later = rc == PRYV_OK && shared && *shared;
    if (*later)
        batch->joined = true;
    return rc;
}

static struct pryv_str failure_text(struct pryv_arena *arena, const struct pryv_err *err)
{
    struct pryv_json *js = pryv_json_new(arena);

    pryv_json_object(js);
    pryv_json_key(js, "error");
    pryv_json_object(js);
    pryv_json_put_text(js, "id", pryv_err_id(err));
    pryv_json_put_text(js, "message", pryv_err_message(err));
    pryv_json_object_end(js);
    pryv_json_object_end(js);
    return pryv_json_text(js);
}

static enum pryv_rc settle_pending(struct pryv_pending_commit *pending, struct pryv_err *err)
{
    enum pryv_rc rc = pending ? api_self()->storage->settle(pending, err) : PRYV_OK;

    if (rc != PRYV_OK)
        pryv_log_error(API_LOG, "a batch could not be stored: %s", pryv_err_reason(err));
    return rc;
}

/* `shared`: what became of the transaction of several. */
static bool settle_one(struct waiting *waiting, const struct pryv_err *shared)
{
    struct pryv_err err = PRYV_ERR(waiting->arena);

    if (!waiting->pending && shared)
        waiting->result = failure_text(waiting->arena, shared);
    else if (settle_pending(waiting->pending, &err) != PRYV_OK)
        waiting->result = failure_text(waiting->arena, &err);
    else
        return true;
    return false;
}

/* Hands out what waits, in its order, and tells others once. All is settled before the first is written: the client may be slow. */
static void settle(struct batch *batch)
{
    struct pryv_err err = PRYV_ERR(batch->call->arena);
    bool shared_failed = settle_pending(batch->shared, &err) != PRYV_OK, stored = false;

    batch->shared = NULL;
    for (size_t i = 0; i < batch->count; i++)
        stored = settle_one(&batch->waiting[i], shared_failed ? &err : NULL) || stored;
    if (stored)
        events_notify(batch->call);
    for (size_t i = 0; i < batch->count; i++) {
        pryv_json_raw(batch->call->out, batch->waiting[i].result);
        pryv_arena_free(batch->waiting[i].arena);
    }
    batch->count = 0;
}

/* ---- The calls -------------------------------------------------------------------------------------------- */

static bool creates_event(const json_t *item)
{
    const char *method = json_string_value(json_object_get(item, "method"));

    return method && strcmp(method, "events.create") == 0;
}

static void hand_out(struct batch *batch, struct pryv_arena *arena, struct pryv_str result)
{
    if (batch->pending || batch->joined) {
        batch->waiting[batch->count++] = (struct waiting){ arena, result, batch->pending };
        batch->pending = NULL;
        batch->joined = false;
        if (!batch->may_wait)
            settle(batch);
        return;
    }
    settle(batch);
    pryv_json_raw(batch->call->out, result);
    pryv_arena_free(arena);
}

/* Each call has memory of its own, and its result is whole before it is sent: an error late in a long list still takes its place. */
static enum pryv_rc run_one(struct batch *batch, const json_t *item, struct pryv_err *err)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_json *result = pryv_json_new(arena);
    struct pryv_err own = PRYV_ERR(arena);
    struct pryv_call call = *batch->call;
    enum pryv_rc rc;

    call.arena = arena;
    batch->running = &call;
    rc = pryv_call_method(&call, json_string_value(json_object_get(item, "method")), json_object_get(item, "params"), result,
                          &own);
    batch->running = NULL;
    if (rc != PRYV_OK)
        rc = pryv_fail(err, rc, "%s", pryv_err_message(&own));
    hand_out(batch, arena, rc == PRYV_OK ? pryv_json_text(result) : PRYV_STR("null")); /* null: the whole answer is given up */
    if (rc == PRYV_OK && pryv_json_failed(batch->call->out) != PRYV_OK)
        rc = pryv_fail(err, PRYV_GONE, "the client left");
    return rc;
}

static enum pryv_rc run_all(struct batch *batch, const json_t *calls, struct pryv_err *err)
{
    size_t count = json_array_size(calls);
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; i < count && rc == PRYV_OK; i++) {
        const json_t *item = json_array_get(calls, i);
        bool creates = creates_event(item);

        if (!creates)
            settle(batch);
        batch->may_wait =
            creates && i + 1 < count && creates_event(json_array_get(calls, i + 1)) && batch->count < MOST_WAITING - 1;
        rc = run_one(batch, item, err);
        if (rc == PRYV_OK)
            rc = events_check_written(batch->call, err);
    }
    settle(batch);
    return rc;
}

enum pryv_rc call_batch(struct pryv_call *call, struct pryv_err *err)
{
    const json_t *calls = json_object_get(call->params, "calls");
    int64_t most = api_self()->config->max_batch_calls;
    struct batch *batch;
    enum pryv_rc rc;

    if (json_array_size(calls) > (size_t) most)
        return pryv_refuse(err, 400, "invalid-parameters-format", NULL, "A batch holds at most %lld calls.", (long long) most);
    batch = pryv_new(call->arena, struct batch);
    batch->call = call;
    batch->outer = current;
    current = batch;
    pryv_json_key(call->out, "results");
    pryv_json_array(call->out);
    rc = run_all(batch, calls, err);
    pryv_json_array_end(call->out);
    current = batch->outer;
    return rc;
}
