/* dispatch_plan.c - what is known of a request from its head alone: its route, where its body goes, and on which thread it runs. */
#include "dispatch_request.h"
#include "host.h"
#include "request.h"
#include "settings.h"

enum { MIB = 1024 * 1024, KIB = 1024 };

void dispatch_find_route(const struct pryv_request *rq)
{
    struct dispatch *d = rq->dispatch;

    if (settings.dnsless) {
        d->path = rq->head.path;
        d->route = registry_route(d->verb, d->path, &d->match);
        return;
    }

    enum host_kind kind = host_to_path(rq->arena, pryv_request_header(rq, "host"), rq->head.path, &d->path);

    d->route = registry_route(d->verb, d->path, &d->match);
    if (!d->route && kind == HOST_IS_PLATFORM) {
        d->path = rq->head.path;
        d->route = registry_route(d->verb, d->path, &d->match);
    }
}

static uint64_t largest_upload(void)
{
    double mb = settings.uploads_max_size_mb;

    if (settings.uploads_max_file_size_mb > mb)
        mb = settings.uploads_max_file_size_mb;
    return (uint64_t) (mb * MIB) + (uint64_t) settings.uploads_max_form_kb * KIB;
}

static void plan_body(const struct dispatch *d, struct http_plan *plan)
{
    plan->body = HTTP_TO_MEMORY;
    plan->max_body = dispatch_largest_json();
    if (d->route && d->route->route->sink) {
        plan->body = HTTP_IN_PIECES;
    } else if (d->kind == BODY_FORM && !dispatch_has_flag(d, PRYV_ROUTE_RAW)) {
        plan->max_body = (uint64_t) settings.max_form_bytes;
    } else if (dispatch_is_upload(d)) {
        plan->body = HTTP_TO_FILE;
        plan->max_body = largest_upload();
        plan->check_head = true;
        plan->long_lane = true;
    } else if (d->kind != BODY_JSON && !dispatch_takes_any_type(d)) {
        plan->body = HTTP_DROP;
    }
}

void dispatch_plan(struct pryv_request *rq, struct http_plan *plan)
{
    struct dispatch *d = pryv_new(rq->arena, struct dispatch);

    rq->dispatch = d;
    d->verb = rq->head.verb;
    d->has_body = rq->head.chunked || rq->head.content_length > 0;
    d->content_type = pryv_request_header(rq, "content-type");
    d->kind = body_kind(d->content_type);
    dispatch_find_route(rq);
    *plan = (struct http_plan){ .long_lane = dispatch_has_flag(d, PRYV_ROUTE_LONG) };
    if (d->has_body)
        plan_body(d, plan);
    else
        plan->run_inline = dispatch_has_flag(d, PRYV_ROUTE_INLINE) || pryv_str_equal(d->verb, "OPTIONS");
    if (!d->has_body && d->route && call_can_fetch(d->route->method))
        plan->kind = d->route->method;
}
