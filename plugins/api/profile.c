/* profile.c - profile.*: sets of an account that clients keep for themselves. Each key of an update replaces that key whole. */
#include "account_calls.h"
#include <pryv/second_factor.h>
#include <strings.h>

const struct pryv_param profile_get_params[] = {
    { .name = "id", .type = PRYV_P_TEXT, .help = "In a batch: `public` or `private`." },
    { .name = NULL },
};

const struct pryv_param profile_update_params[] = {
    { .name = "id", .type = PRYV_P_TEXT, .help = "In a batch: `public` or `private`." },
    { .name = "update",
      .type = PRYV_P_OBJECT,
      .flags = PRYV_P_REQUIRED | PRYV_P_OPEN,
      .help = "Keys to replace; null takes one away." },
    { .name = NULL },
};

const struct pryv_param profile_update_app_params[] = {
    { .name = "update",
      .type = PRYV_P_OBJECT,
      .flags = PRYV_P_REQUIRED | PRYV_P_OPEN,
      .help = "Keys to replace; null takes one away." },
    { .name = NULL },
};

/* Where a set is kept. Apps have a scope of their own, so that none can be named like a set of the account. */
struct place {
    struct pryv_str scope, key;
};

/* Each set has a path of its own, so that a path of another name is none; the set is its last part. */
static struct pryv_str set_of_path(const struct pryv_call *call)
{
    struct pryv_str path = pryv_request_path(call->request);

    while (path.len && path.data[path.len - 1] == '/')
        path.len--;
    return path.len >= strlen("private") &&
                   strncasecmp(path.data + path.len - strlen("private"), "private", strlen("private")) == 0
               ? PRYV_STR("private")
               : PRYV_STR("public");
}

static enum pryv_rc find_set(struct pryv_call *call, struct place *place, struct pryv_err *err)
{
    bool by_path = call->request && !call->parent;
    struct pryv_str id = by_path ? set_of_path(call) : pryv_json_member_text(call->params, "id");

    if (!id.data)
        return pryv_refuse(err, 400, "invalid-parameters-format", NULL, "Which profile set? `id` is missing.");
    if (!pryv_str_equal(id, "public") && !pryv_str_equal(id, "private"))
        return pryv_refuse(err, 404, "unknown-resource", NULL, "There is no profile set \"%.*s\".", PRYV_STR_ARG(id));
    *place = (struct place){ PRYV_STR("profile"), id };
    return PRYV_OK;
}

static enum pryv_rc find_app_set(struct pryv_call *call, struct place *place, struct pryv_err *err)
{
    if (call->access->type != PRYV_APP)
        return pryv_refuse(err, 400, "invalid-operation", NULL, "Only app accesses have an app profile.");
    *place = (struct place){ PRYV_STR("profile-app"), call->access->row.name };
    return PRYV_OK;
}

static enum pryv_rc read_set(struct pryv_call *call, struct pryv_session *session, const struct place *place,
                             struct pryv_str *json, struct pryv_err *err)
{
    enum pryv_rc rc = api_self()->storage->value_get(session, call->arena, place->scope, place->key, json, err);

    if (rc == PRYV_NOT_FOUND)
        *json = PRYV_STR("{}");
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

/* ---- What a second factor keeps in the private set ------------------------------------------------------ */

/* NULL: nothing, in this set. */
static const struct pryv_interface *second_factor(const struct place *place)
{
    return pryv_str_equal(place->scope, "profile") && pryv_str_equal(place->key, "private")
               ? pryv_interface("second-factor", PRYV_SECOND_FACTOR_VERSION)
               : NULL;
}

/* A set as clients see it. Only one that holds the member is parsed. */
static enum pryv_rc write_set(struct pryv_call *call, const struct place *place, struct pryv_str json, struct pryv_err *err)
{
    const struct pryv_interface *found = second_factor(place);
    const struct pryv_second_factor_ops *ops = found ? found->ops : NULL;
    json_t *set, *value;

    if (ops && memmem(json.data, json.len, ops->profile_member, strlen(ops->profile_member))) {
        if (pryv_json_parse(call->arena, json, false, &set, err) != PRYV_OK)
            return pryv_fail(err, PRYV_FAILED, "a stored profile is broken");
        if ((value = json_object_get(set, ops->profile_member)))
            json_object_set_new(set, ops->profile_member, ops->profile_show(found->self, value));
        json = pryv_json_dump(call->arena, set);
    }
    pryv_json_put_raw(call->out, "profile", json);
    return PRYV_OK;
}

static enum pryv_rc check_members(const struct place *place, const json_t *update, struct pryv_err *err)
{
    const struct pryv_interface *found = second_factor(place);
    const struct pryv_second_factor_ops *ops = found ? found->ops : NULL;

    if (ops && json_object_get(update, ops->profile_member) && !ops->profile_is_open(found->self))
        return pryv_refuse(err, 400, "invalid-operation", NULL, "\"%s\" cannot be set by clients.", ops->profile_member);
    return PRYV_OK;
}

/* ---- Reading and changing --------------------------------------------------------------------------------- */

static enum pryv_rc answer(struct pryv_call *call, const struct place *place, struct pryv_err *err)
{
    struct pryv_session *session;
    struct pryv_str json;
    enum pryv_rc rc = api_open(call, PRYV_READ, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = read_set(call, session, place, &json, err);
    api_close(session);
    return rc == PRYV_OK ? write_set(call, place, json, err) : rc;
}

static enum pryv_rc merge(struct pryv_call *call, struct pryv_str *json, json_t *update, struct pryv_err *err)
{
    int64_t most = api_self()->config->account.profile_max_kb * 1024;
    json_t *set;
    const char *key;
    json_t *value;
    enum pryv_rc rc = pryv_json_parse(call->arena, *json, false, &set, err);

    if (rc != PRYV_OK)
        return pryv_fail(err, PRYV_FAILED, "a stored profile is broken");
    json_object_foreach(update, key, value) {
        if (json_is_null(value))
            json_object_del(set, key);
        else
            json_object_set(set, key, value);
    }
    *json = pryv_json_dump(call->arena, set);
    return (int64_t) json->len <= most
               ? PRYV_OK
               : pryv_refuse(err, 400, "invalid-operation", json_pack("{s:f}", "maxSizeKb", (double) most / 1024),
                             "A profile set may take %lld KB.", (long long) most / 1024);
}

static enum pryv_rc change(struct pryv_call *call, const struct place *place, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = api_self()->storage;
    struct pryv_session *session;
    struct pryv_str json;
    enum pryv_rc rc = check_members(place, json_object_get(call->params, "update"), err);

    if (rc != PRYV_OK || (rc = api_open(call, PRYV_WRITE, &session, err)) != PRYV_OK)
        return rc;
    rc = read_set(call, session, place, &json, err);
    if (rc == PRYV_OK)
        rc = merge(call, &json, json_object_get(call->params, "update"), err);
    if (rc == PRYV_OK)
        rc = storage->value_set(session, place->scope, place->key, json, err);
    if (rc == PRYV_OK)
        rc = storage->commit(session, err);
    api_close(session);
    return rc == PRYV_OK ? write_set(call, place, json, err) : rc;
}

enum pryv_rc profile_get_public(struct pryv_call *call, struct pryv_err *err)
{
    return answer(call, &(struct place){ PRYV_STR("profile"), PRYV_STR("public") }, err);
}

enum pryv_rc profile_get(struct pryv_call *call, struct pryv_err *err)
{
    struct place place = { .key = PRYV_STR_NONE };
    enum pryv_rc rc = find_set(call, &place, err);

    return rc == PRYV_OK ? answer(call, &place, err) : rc;
}

enum pryv_rc profile_get_app(struct pryv_call *call, struct pryv_err *err)
{
    struct place place = { .key = PRYV_STR_NONE };
    enum pryv_rc rc = find_app_set(call, &place, err);

    return rc == PRYV_OK ? answer(call, &place, err) : rc;
}

enum pryv_rc profile_update(struct pryv_call *call, struct pryv_err *err)
{
    struct place place = { .key = PRYV_STR_NONE };
    enum pryv_rc rc = find_set(call, &place, err);

    return rc == PRYV_OK ? change(call, &place, err) : rc;
}

enum pryv_rc profile_update_app(struct pryv_call *call, struct pryv_err *err)
{
    struct place place = { .key = PRYV_STR_NONE };
    enum pryv_rc rc = find_app_set(call, &place, err);

    return rc == PRYV_OK ? change(call, &place, err) : rc;
}
