/* accesses_delete.c - accesses.delete: an access and those it made. */
#include "accesses.h"

struct deletion {
    struct pryv_call *call;
    struct pryv_session *session;
    struct pryv_access_row head;
    struct pryv_access_row *all;
    size_t count;
    struct pryv_webhook_row *webhooks;
    size_t webhook_count;
    struct access_aliases aliases;
};

static enum pryv_rc check_right(const struct deletion *d, struct pryv_err *err)
{
    const struct pryv_access *access = d->call->access;
    bool itself = pryv_str_is(d->head.id, access->row.id);
    bool made = access_made(access->row.id, &d->head);

    if (access->type == PRYV_PERSONAL)
        return PRYV_OK;
    if (itself && pryv_str_equal(pryv_access_feature(access, "selfRevoke"), "forbidden"))
        return pryv_refuse(err, 403, "forbidden", NULL, "This access may not delete itself.");
    if (itself || (access->type == PRYV_APP && made && pryv_str_equal(d->head.type, "shared")))
        return PRYV_OK;
    return pryv_refuse(err, 403, "forbidden", NULL, "This access may not delete that one.");
}

static enum pryv_rc delete_webhooks(const struct deletion *d, struct pryv_str access_id, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = api_self()->storage;
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < d->webhook_count; i++)
        if (pryv_str_is(d->webhooks[i].access_id, access_id))
            rc = storage->webhook_delete(d->session, d->webhooks[i].id, err);
    return rc;
}

/* The access, what it is told of, and the session behind it, so that no later sign-in brings its token back. */
static enum pryv_rc delete_row(const struct deletion *d, struct pryv_access_row row, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = api_self()->storage;
    enum pryv_rc rc;

    row.deleted = d->call->now;
    rc = storage->access_delete(d->session, row.id, row.deleted,
                                access_integrity(d->call->arena, &row, access_alias_of(&d->aliases, row.id)), err);
    if (rc == PRYV_OK && pryv_str_equal(row.type, "personal"))
        rc = storage->session_delete(d->session, row.token, err);
    return rc == PRYV_OK ? delete_webhooks(d, row.id, err) : rc;
}

/* Live ones that it made go with it; those of a personal access stay. */
static bool goes_along(const struct deletion *d, const struct pryv_access_row *row)
{
    return !pryv_str_equal(d->head.type, "personal") && !pryv_str_is(row->id, d->head.id) && access_made(d->head.id, row) &&
           !access_is_over(row, d->call->now);
}

static enum pryv_rc delete_all(struct deletion *d, struct pryv_str reference, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = api_self()->storage;
    enum pryv_rc rc = access_get_current(d->session, d->call->arena, reference, &d->head, err);

    if (rc != PRYV_OK || (rc = check_right(d, err)) != PRYV_OK ||
        (rc = storage->accesses_all(d->session, d->call->arena, &d->all, &d->count, err)) != PRYV_OK ||
        (rc = storage->webhooks_all(d->session, d->call->arena, &d->webhooks, &d->webhook_count, err)) != PRYV_OK ||
        (rc = access_aliases_read(d->session, d->call->arena, &d->aliases, err)) != PRYV_OK)
        return rc;
    rc = delete_row(d, d->head, err);
    for (size_t i = 0; rc == PRYV_OK && i < d->count; i++)
        if (goes_along(d, &d->all[i]))
            rc = delete_row(d, d->all[i], err);
    return rc == PRYV_OK ? api_commit(d->call, d->session, PRYV_CHANGED_ACCESSES, err) : rc;
}

static void release_aliases(const struct deletion *d)
{
    access_alias_release(d->call, access_alias_of(&d->aliases, d->head.id));
    for (size_t i = 0; i < d->count; i++)
        if (goes_along(d, &d->all[i]))
            access_alias_release(d->call, access_alias_of(&d->aliases, d->all[i].id));
}

static void write_deletion(struct pryv_json *js, struct pryv_str id)
{
    pryv_json_object(js);
    pryv_json_put_str(js, "id", id);
    pryv_json_object_end(js);
}

static void write_result(const struct deletion *d)
{
    struct pryv_json *js = d->call->out;
    bool any = false;

    pryv_json_key(js, "accessDeletion");
    write_deletion(js, d->head.id);
    for (size_t i = 0; i < d->count; i++) {
        if (!goes_along(d, &d->all[i]))
            continue;
        if (!any) {
            pryv_json_key(js, "relatedDeletions");
            pryv_json_array(js);
            any = true;
        }
        write_deletion(js, d->all[i].id);
    }
    if (any)
        pryv_json_array_end(js);
}

enum pryv_rc accesses_delete(struct pryv_call *call, struct pryv_err *err)
{
    struct deletion d = { .call = call };
    enum pryv_rc rc = api_open(call, PRYV_WRITE, &d.session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = delete_all(&d, pryv_json_member_text(call->params, "id"), err);
    api_close(d.session);
    if (rc != PRYV_OK)
        return rc;
    release_aliases(&d);
    pryv_publish("accessesChanged", call->user->id, PRYV_STR_NONE);
    write_result(&d);
    return PRYV_OK;
}
