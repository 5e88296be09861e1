/* dispatch_request.h - what dispatch keeps of a request between its steps. */
#ifndef KERNEL_DISPATCH_REQUEST_H
#define KERNEL_DISPATCH_REQUEST_H

#include "body.h"
#include "call.h"
#include "http_handler.h"

struct dispatch {
    const struct bound_route *route; /* NULL: unknown */
    struct route_match match;        /* its variables, decoded once the request runs */
    struct pryv_str verb;            /* as sent, or of an override */
    struct pryv_str path;            /* as routed */
    struct pryv_str content_type;
    enum body_kind kind;
    struct body body;
    struct body_pieces *pieces; /* of a route with a sink, once it is open */
    struct pryv_call call;
    bool has_body;
    bool greeted;   /* the common headers are set */
    bool elsewhere; /* the user lives on another core, which the client was told */
    bool admitted;  /* check has seen that the account may be used */
    bool prepared;  /* its handler can run */
};

static inline bool dispatch_has_flag(const struct dispatch *d, unsigned flag)
{
    return d->route && d->route->route->flags & flag;
}

static inline bool dispatch_is_upload(const struct dispatch *d)
{
    return d->kind == BODY_MULTIPART && dispatch_has_flag(d, PRYV_ROUTE_UPLOAD);
}

/* A route that writes its own answer may read a body of any type. */
static inline bool dispatch_takes_any_type(const struct dispatch *d)
{
    return d->route && d->route->route->serve;
}

/* The handler's `plan`; the route by verb, path and host, for who changes one of them (dispatch_plan.c). */
void dispatch_plan(struct pryv_request *rq, struct http_plan *plan);
void dispatch_find_route(const struct pryv_request *rq);
/* The largest body that is read into memory, in bytes: uploads.maxSizeMb (dispatch_asked.c). */
uint64_t dispatch_largest_json(void);
/* A piece of the body, rq->body, goes to the sink of the route. Executor (dispatch_asked.c). */
void dispatch_take_piece(struct pryv_request *rq);
/* Requests of one kind, all of them prepared (dispatch_together.c). */
void dispatch_fetch(struct pryv_request *const *requests, size_t count);
/* What was fetched is all that its answer needs, and that is short. */
bool dispatch_ends_soon(const struct pryv_request *rq);
/* Fills call.params: query or body, and the path's variables, which win. Errors: of query_parse. */
PRYV_CHECK enum pryv_rc dispatch_params(struct pryv_request *rq, struct pryv_err *err);

#endif
