/* call_batch.c - callBatch: many calls in one request, run in order, each with an answer of its own. */
#include "events_read.h"

/* Each call has memory of its own, and its result is whole before it is sent: an error late in a long list still takes its place. */
static enum pryv_rc run_one(struct pryv_call *batch, const json_t *item, struct pryv_err *err)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_json *result = pryv_json_new(arena);
    struct pryv_err own = PRYV_ERR(arena);
    struct pryv_call call = *batch;
    enum pryv_rc rc;

    call.arena = arena;
    rc = pryv_call_method(&call, json_string_value(json_object_get(item, "method")), json_object_get(item, "params"), result,
                          &own);
    if (rc == PRYV_OK)
        pryv_json_raw(batch->out, pryv_json_text(result));
    else
        rc = pryv_fail(err, rc, "%s", pryv_err_message(&own));
    pryv_arena_free(arena);
    if (rc == PRYV_OK && pryv_json_failed(batch->out) != PRYV_OK)
        rc = pryv_fail(err, PRYV_GONE, "the client left");
    return rc;
}

enum pryv_rc call_batch(struct pryv_call *call, struct pryv_err *err)
{
    const json_t *calls = json_object_get(call->params, "calls"), *item;
    int64_t most = api_self()->config->max_batch_calls;
    enum pryv_rc rc = PRYV_OK;
    size_t i;

    if (json_array_size(calls) > (size_t) most)
        return pryv_refuse(err, 400, "invalid-parameters-format", NULL, "A batch holds at most %lld calls.", (long long) most);
    pryv_json_key(call->out, "results");
    pryv_json_array(call->out);
    for (i = 0; i < json_array_size(calls) && rc == PRYV_OK; i++) {
        item = json_array_get(calls, i);
        rc = run_one(call, item, err);
    }
    pryv_json_array_end(call->out);
    return rc;
}
