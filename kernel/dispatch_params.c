/* dispatch_params.c - a method's parameters, out of path, query and body; see pryv/method.h, Routes. */
#include "dispatch_request.h"
#include "params_query.h"
#include "query.h"
#include "settings.h"

static bool takes_query(const struct dispatch *d)
{
    return dispatch_has_flag(d, PRYV_ROUTE_IGNORE_BODY) || pryv_str_equal(d->verb, "GET") || pryv_str_equal(d->verb, "HEAD") ||
           pryv_str_equal(d->verb, "DELETE");
}

static enum pryv_rc params_of_query(struct pryv_request *rq, json_t **out, struct pryv_err *err)
{
    struct dispatch *d = rq->dispatch;
    enum pryv_rc rc = query_parse(rq->arena, rq->head.query, QUERY_OF_URL, (size_t) settings.max_parameters, out, err);

    if (rc != PRYV_OK)
        return rc;
    if (d->route->has_account)
        json_object_del(*out, "auth"); /* it was the token's place */
    params_convert_query(d->route->method->method->params, *out);
    return PRYV_OK;
}

static json_t *params_of_body(struct pryv_request *rq)
{
    struct dispatch *d = rq->dispatch;
    bool for_files_only = dispatch_has_flag(d, PRYV_ROUTE_UPLOAD) && d->route->route->body_member;
    json_t *value = d->body.value && !for_files_only ? d->body.value : pryv_json_keep(rq->arena, json_object());

    if (!d->route->route->body_member)
        return value;

    json_t *params = pryv_json_keep(rq->arena, json_object());

    json_object_set(params, d->route->route->body_member, value);
    return params;
}

static void add_path_params(struct pryv_request *rq, json_t *params)
{
    struct dispatch *d = rq->dispatch;
    json_t *of_path = NULL;

    for (size_t i = 0; i < d->match.count; i++) {
        struct pryv_str name = d->match.names[i];

        if (pryv_str_equal(name, REGISTRY_ACCOUNT))
            continue;
        if (!of_path)
            of_path = pryv_json_keep(rq->arena, json_object());
        json_object_setn_new(of_path, name.data, name.len, pryv_json_string(d->match.values[i]));
    }
    if (!of_path)
        return;
    params_convert_query(d->route->method->method->params, of_path);
    json_object_update(params, of_path);
}

enum pryv_rc dispatch_params(struct pryv_request *rq, struct pryv_err *err)
{
    struct dispatch *d = rq->dispatch;
    enum pryv_rc rc = PRYV_OK;

    if (takes_query(d))
        rc = params_of_query(rq, &d->call.params, err);
    else
        d->call.params = params_of_body(rq);
    if (rc == PRYV_OK && json_is_array(d->call.params) && !d->route->method->method->params)
        d->call.params =
            pryv_json_keep(rq->arena, json_object());    /* a method that declares nothing finds nothing by name in a list */
    if (rc == PRYV_OK && json_is_object(d->call.params)) /* another list is refused by the method's check */
        add_path_params(rq, d->call.params);
    return rc;
}
