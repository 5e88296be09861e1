/* incoming.c - see incoming.h. */
#include "incoming.h"
#include "accept.h"
#include "hfs.h"
#include <pryv/http.h>

static struct incoming *incoming_new(struct pryv_arena *mem)
{
    struct incoming *in = pryv_new(mem, struct incoming);

    in->flat.is_object = true;
    in->batch.is_object = true;
    return in;
}

static bool is_json(struct pryv_request *rq)
{
    return is_media_type(pryv_request_content_type(rq), "application/json");
}

static size_t max_depth(void)
{
    return (size_t) hfs_self()->config->max_json_depth;
}

static void *open_single(struct pryv_request *rq, struct pryv_arena *mem)
{
    bool csv = is_media_type(pryv_request_content_type(rq), "text/csv");
    struct incoming *in;

    if (!hfs_serves(hfs_self()) || (!csv && !is_json(rq)))
        return NULL;
    in = incoming_new(mem);
    if (csv)
        in->csv = csv_table_new(mem);
    else
        in->json = body_reader_flat(mem, max_depth(), &in->flat);
    return in;
}

static void *open_batch(struct pryv_request *rq, struct pryv_arena *mem)
{
    struct incoming *in;

    if (!hfs_serves(hfs_self()) || !is_json(rq))
        return NULL;
    in = incoming_new(mem);
    in->json = body_reader_batch(mem, max_depth(), &in->batch);
    return in;
}

static enum pryv_rc take(void *in_, struct pryv_str piece, struct pryv_err *err)
{
    struct incoming *in = in_;

    if (in->json)
        return body_reader_take(in->json, piece, err);
    csv_table_take(in->csv, piece);
    return PRYV_OK;
}

const struct pryv_body_sink series_sink = { .open = open_single, .take = take };
const struct pryv_body_sink series_batch_sink = { .open = open_batch, .take = take };

enum pryv_rc incoming_end(struct pryv_call *call, struct incoming **out, struct pryv_err *err)
{
    void *state;
    enum pryv_rc rc = pryv_request_body_taken(call->request, &state, err);

    if (rc != PRYV_OK)
        return rc;
    *out = state ? state : incoming_new(call->arena);
    if ((*out)->csv)
        csv_table_end((*out)->csv);
    return (*out)->json ? body_reader_end((*out)->json, err) : PRYV_OK;
}
