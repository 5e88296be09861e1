/* call.c - see call.h and pryv/method.h. */
#include "call.h"
#include "error_json.h"
#include "settings.h"
#include <pryv/log.h>

/* ---- Steps ---------------------------------------------------------------------------------- */

static enum pryv_rc run_access_hooks(const struct bound_method *bound, struct pryv_call *call, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; i < bound->hook_count && rc == PRYV_OK; i++) {
        if (!bound->hooks[i].hook->access)
            continue;

        void *before = pryv_self_enter(bound->hooks[i].self);

        rc = bound->hooks[i].hook->access(bound->hooks[i].self, call, err);
        pryv_self_enter(before);
    }
    return rc;
}

static enum pryv_rc run_before_hooks(const struct bound_method *bound, struct pryv_call *call, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; i < bound->hook_count && rc == PRYV_OK; i++) {
        if (!bound->hooks[i].hook->before)
            continue;

        void *before = pryv_self_enter(bound->hooks[i].self);

        rc = bound->hooks[i].hook->before(bound->hooks[i].self, call, err);
        pryv_self_enter(before);
    }
    return rc;
}

static unsigned bit_of(enum pryv_access_type type)
{
    switch (type) {
    case PRYV_PERSONAL: return PRYV_BY_PERSONAL;
    case PRYV_APP: return PRYV_BY_APP;
    case PRYV_SHARED: return PRYV_BY_SHARED;
    }
    return 0;
}

static enum pryv_rc check_who(const struct pryv_method *method, const struct pryv_access *access, struct pryv_err *err)
{
    if (!(method->who & PRYV_BY_ANY_ACCESS))
        return PRYV_OK;
    if (!access)
        return pryv_refuse(err, 401, "invalid-access-token", NULL, "This call needs an access token.");
    if (!(method->who & bit_of(access->type)))
        return pryv_refuse(err, 403, "forbidden", NULL, "Accesses of type %.*s cannot call %s.", PRYV_STR_ARG(access->row.type),
                           method->name);
    return PRYV_OK;
}

/* A hook or handler may hand on a code and leave `err` as it was, or as an earlier failure filled it. */
static enum pryv_rc settled(enum pryv_rc rc, struct pryv_err *err)
{
    if (rc != PRYV_OK && err->rc != rc)
        *err = (struct pryv_err){ .arena = err->arena, .rc = rc };
    return rc;
}

enum pryv_rc call_admit(const struct bound_method *bound, struct pryv_call *call, struct pryv_err *err)
{
    enum pryv_rc rc = call->access ? run_access_hooks(bound, call, err) : PRYV_OK;

    return rc == PRYV_OK ? check_who(bound->method, call->access, err) : settled(rc, err);
}

enum pryv_rc call_begin(const struct bound_method *bound, const struct bound_route *serve, struct pryv_call *call,
                        struct pryv_err *err)
{
    bool handler_checks = serve || call->upload;
    enum pryv_rc rc = handler_checks ? PRYV_OK : pryv_params_check(bound->method->params, bound->method->open, call->params, err);

    if (rc == PRYV_OK)
        rc = run_before_hooks(bound, call, err);
    return settled(rc, err);
}

bool call_can_fetch(const struct bound_method *bound)
{
    void *before = pryv_self_enter(bound->self);
    bool can = bound->goes_together && bound->method->can_fetch();

    pryv_self_enter(before);
    return can;
}

void call_fetch(const struct bound_method *bound, struct pryv_call *const *calls, size_t count)
{
    void *before = pryv_self_enter(bound->self);

    bound->method->fetch(calls, count);
    pryv_self_enter(before);
}

enum pryv_rc call_handle(const struct bound_method *bound, const struct bound_route *serve, struct pryv_call *call,
                         struct pryv_err *err)
{
    void *before = pryv_self_enter(bound->self);
    enum pryv_rc rc;

    rc = serve ? serve->route->serve(call, err) : bound->method->handler(call, err);
    pryv_self_enter(before);
    return settled(rc, err);
}

void call_over(const struct bound_method *bound, struct pryv_call *call, const struct pryv_err *err)
{
    for (size_t i = 0; i < bound->hook_count; i++) {
        if (!bound->hooks[i].hook->after)
            continue;

        void *before = pryv_self_enter(bound->hooks[i].self);

        bound->hooks[i].hook->after(bound->hooks[i].self, call, err);
        pryv_self_enter(before);
    }
}

/* ---- Small things --------------------------------------------------------------------------- */

struct pryv_str call_author(struct pryv_arena *mem, const struct pryv_access *access, struct pryv_str caller_id)
{
    if (!access)
        return PRYV_STR("system");
    if (!caller_id.len)
        return access->row.id;
    return pryv_format(mem, "%.*s %.*s", PRYV_STR_ARG(access->row.id), PRYV_STR_ARG(caller_id));
}

void call_log_fault(const char *what, const struct pryv_err *err)
{
    if (pryv_err_status(err) < 500)
        return;
    pryv_log(err->rc == PRYV_FAILED ? PRYV_LOG_ERROR : PRYV_LOG_WARN, "dispatch", "%s: %s", what,
             err->message ? err->message : pryv_err_message(err));
}

/* ---- Calls within a call -------------------------------------------------------------------- */

static int depth_of(const struct pryv_call *call)
{
    int depth = 0;

    for (; call; call = call->parent)
        depth++;
    return depth;
}

/* What the caller gave, as an object; a bare list is the member that it stands for. */
static json_t *params_of(const struct bound_method *bound, struct pryv_arena *mem, json_t *given)
{
    if (given && !(json_is_array(given) && bound->list_member))
        return given;

    json_t *params = pryv_json_keep(mem, json_object());

    if (given)
        json_object_set(params, bound->list_member, given);
    return params;
}

static enum pryv_rc run_nested(const struct bound_method *bound, struct pryv_call *call, struct pryv_err *err)
{
    enum pryv_rc rc = check_who(bound->method, call->access, err);

    if (rc == PRYV_OK && depth_of(call->parent) > settings.max_batch_depth)
        rc = pryv_refuse(err, 400, "invalid-operation", NULL, "Calls are nested deeper than %lld.",
                         (long long) settings.max_batch_depth);
    if (rc == PRYV_OK)
        rc = call_begin(bound, NULL, call, err);
    if (rc == PRYV_OK)
        rc = call_handle(bound, NULL, call, err);
    call_over(bound, call, rc == PRYV_OK ? NULL : err);
    return rc;
}

static struct pryv_call nested_call(struct pryv_call *parent, const struct bound_method *bound, json_t *params,
                                    struct pryv_json *out)
{
    return (struct pryv_call){
        .arena = parent->arena,
        .method = bound->method,
        .user = parent->user,
        .access = parent->access,
        .caller_id = parent->caller_id,
        .params = params_of(bound, parent->arena, params),
        .out = out,
        .status = 200,
        .now = parent->now,
        .request = parent->request,
        .parent = parent,
        .author = parent->author,
    };
}

/* What is for operators is found by its route alone, where the key was looked at. */
static const struct bound_method *find_nested(const char *name)
{
    const struct bound_method *bound = registry_method(pryv_str(name));

    return bound && bound->method->who != PRYV_BY_ADMIN ? bound : NULL;
}

enum pryv_rc pryv_call_method(struct pryv_call *parent, const char *name, json_t *params, struct pryv_json *out,
                              struct pryv_err *err)
{
    const struct bound_method *bound = find_nested(name);
    struct pryv_json_mark begin = pryv_json_mark(out);
    struct pryv_err own = PRYV_ERR(parent->arena);
    enum pryv_rc rc;

    pryv_json_object(out);
    if (bound) {
        struct pryv_call call = nested_call(parent, bound, params, out);

        rc = run_nested(bound, &call, &own);
    } else {
        rc = pryv_refuse(&own, 404, "invalid-method", NULL, "There is no method of that name.");
    }
    if (rc != PRYV_OK) {
        if (rc == PRYV_GONE || pryv_json_failed(out) != PRYV_OK)
            return pryv_fail(err, PRYV_GONE, "the client left");
        call_log_fault(name, &own);
        if (!pryv_json_rewind(out, begin))
            return pryv_fail(err, PRYV_FAILED, "%s failed when a part of its result had left", name);
        pryv_json_object(out);
        error_write(out, &own);
    }
    pryv_json_object_end(out);
    return pryv_json_failed(out) == PRYV_OK ? PRYV_OK : pryv_fail(err, PRYV_GONE, "the client left");
}
