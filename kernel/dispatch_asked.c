/* dispatch_asked.c - what plugins ask of a request: verb and path as routed, parameters of both, who asks, its body. */
#include "dispatch_request.h"
#include "query.h"
#include "settings.h"
#include <pryv/crypto.h>

enum { MIB = 1024 * 1024 };

struct pryv_str pryv_request_verb(const struct pryv_request *rq)
{
    return rq->dispatch ? rq->dispatch->verb : rq->head.verb;
}

struct pryv_str pryv_request_path(const struct pryv_request *rq)
{
    return rq->dispatch ? rq->dispatch->path : rq->head.path;
}

struct pryv_str pryv_request_query(const struct pryv_request *rq, const char *name)
{
    return rq->head.query.len ? query_first(rq->arena, rq->head.query, name) : PRYV_STR_NONE;
}

size_t pryv_request_query_count(const struct pryv_request *rq, const char *name)
{
    return query_count(rq->arena, rq->head.query, name);
}

struct pryv_str pryv_request_path_param(const struct pryv_request *rq, const char *name)
{
    const struct dispatch *d = rq->dispatch;

    for (size_t i = 0; d && d->route && i < d->match.count; i++)
        if (pryv_str_equal(d->match.names[i], name))
            return d->match.values[i];
    return PRYV_STR_NONE;
}

bool pryv_request_is_admin(const struct pryv_request *rq)
{
    bool overridden = rq->dispatch && rq->dispatch->body.token.data;
    struct pryv_str given = overridden ? rq->dispatch->body.token : pryv_request_header(rq, "authorization");

    return settings.admin_key.len && given.data && pryv_secret_equal(given, settings.admin_key);
}

struct pryv_str pryv_request_content_type(const struct pryv_request *rq)
{
    return rq->dispatch ? rq->dispatch->content_type : pryv_request_header(rq, "content-type");
}

enum pryv_rc pryv_request_want_json(const struct pryv_request *rq, struct pryv_err *err)
{
    struct pryv_str type = pryv_request_content_type(rq);

    if (!type.len)
        return pryv_refuse(err, 400, "missing-header", NULL, "Content-Type is missing.");
    return pryv_str_starts(type, "application/json")
               ? PRYV_OK
               : pryv_refuse(err, 415, "unsupported-content-type", NULL, "Send application/json.");
}

uint64_t dispatch_largest_json(void)
{
    return (uint64_t) (settings.uploads_max_size_mb * MIB);
}

enum pryv_rc pryv_request_body_text(struct pryv_request *rq, struct pryv_str *out, struct pryv_err *err)
{
    struct pryv_str raw = pryv_request_body(rq);

    if (rq->body_fd != -1 && raw.len == 0)
        return pryv_fail(err, PRYV_FAILED, "the file of a request's body cannot be mapped");
    return body_text(rq->arena, pryv_request_content_type(rq), pryv_request_header(rq, "content-encoding"), raw,
                     (size_t) dispatch_largest_json(), out, err);
}

/* ---- Bodies that are taken as they come ------------------------------------------------------ */

void dispatch_take_piece(struct pryv_request *rq)
{
    struct dispatch *d = rq->dispatch;
    const struct pryv_body_sink *sink = d->route->route->sink;
    void *before = pryv_self_enter(d->route->self);

    if (!d->pieces)
        d->pieces = body_pieces_new(rq->arena, sink, sink->open(rq, rq->arena), d->content_type,
                                    pryv_request_header(rq, "content-encoding"), (size_t) dispatch_largest_json());
    body_pieces_take(d->pieces, rq->body);
    pryv_self_enter(before);
}

enum pryv_rc pryv_request_body_taken(struct pryv_request *rq, void **state, struct pryv_err *err)
{
    dispatch_take_piece(rq); /* the last one, or nothing */
    return body_pieces_end(rq->dispatch->pieces, state, err);
}
