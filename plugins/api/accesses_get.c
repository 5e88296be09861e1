/* accesses_get.c - accesses.get and accesses.getOne. */
#include "accesses.h"

static bool is_visible(const struct pryv_call *call, const struct pryv_access_row *row)
{
    return call->access->type == PRYV_PERSONAL || access_made(call->access->row.id, row);
}

static void write_list(struct pryv_call *call, const char *key, const struct pryv_access_row *rows, size_t count,
                       const struct access_aliases *aliases, bool with_expired)
{
    pryv_json_key(call->out, key);
    pryv_json_array(call->out);
    for (size_t i = 0; i < count; i++)
        if (is_visible(call, &rows[i]) && (with_expired || !access_is_over(&rows[i], call->now)))
            access_write(call->out, call->arena, call->user, &rows[i], access_alias_of(aliases, rows[i].id));
    pryv_json_array_end(call->out);
}

enum pryv_rc accesses_get(struct pryv_call *call, struct pryv_err *err)
{
    struct api *api = api_self();
    bool with_deletions = pryv_json_member_true(call->params, "includeDeletions");
    struct pryv_session *session;
    struct pryv_access_row *rows, *deletions = NULL;
    struct access_aliases aliases = { .count = 0 };
    size_t count, deletion_count = 0;
    enum pryv_rc rc = api_open(call, PRYV_READ, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = api->storage->accesses_all(session, call->arena, &rows, &count, err);
    if (rc == PRYV_OK && with_deletions)
        rc = api->storage->access_deletions(session, call->arena, &deletions, &deletion_count, err);
    if (rc == PRYV_OK)
        rc = access_aliases_read(session, call->arena, &aliases, err);
    api_close(session);
    if (rc != PRYV_OK)
        return rc;
    write_list(call, "accesses", rows, count, &aliases, pryv_json_member_true(call->params, "includeExpired"));
    if (with_deletions)
        write_list(call, "accessDeletions", deletions, deletion_count, &aliases, true);
    return PRYV_OK;
}

/* ---- One ------------------------------------------------------------------------------------------------ */

struct found {
    struct pryv_access_row head;
    struct pryv_access_row *versions; /* oldest first, the head not among them */
    size_t count;
    struct pryv_str alias;
};

static enum pryv_rc load(struct pryv_call *call, struct pryv_str base, struct found *found, struct pryv_err *err)
{
    struct api *api = api_self();
    struct pryv_session *session;
    enum pryv_rc rc = api_open(call, PRYV_READ, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = api->storage->access_get(session, call->arena, base, &found->head, err);
    if (rc == PRYV_OK)
        rc = api->storage->access_versions(session, call->arena, base, &found->versions, &found->count, err);
    if (rc == PRYV_OK)
        rc = access_alias_read(session, call->arena, base, &found->alias, err);
    api_close(session);
    return rc;
}

static void write_history(struct pryv_call *call, const struct found *found)
{
    pryv_json_key(call->out, "history");
    pryv_json_array(call->out);
    for (size_t i = 0; i < found->count; i++)
        access_write(call->out, call->arena, call->user, &found->versions[i], found->alias);
    pryv_json_array_end(call->out);
}

enum pryv_rc accesses_get_one(struct pryv_call *call, struct pryv_err *err)
{
    struct pryv_str id = pryv_json_member_text(call->params, "id"), base;
    const struct pryv_access_row *asked = NULL;
    struct found found = { .versions = NULL };
    uint32_t serial;
    enum pryv_rc rc;

    if (!access_reference_parse(id, &base, &serial))
        return access_unknown(id, err);
    if ((rc = load(call, base, &found, err)) != PRYV_OK)
        return rc == PRYV_NOT_FOUND ? access_unknown(id, err) : rc;
    if (!is_visible(call, &found.head) && !pryv_str_is(found.head.id, call->access->row.id))
        return access_unknown(id, err);
    if (!serial || serial == found.head.serial)
        asked = &found.head;
    for (size_t i = 0; !asked && i < found.count; i++)
        if (found.versions[i].serial == serial)
            asked = &found.versions[i];
    if (!asked)
        return access_unknown(id, err);
    pryv_json_key(call->out, "access");
    access_write(call->out, call->arena, call->user, asked, found.alias);
    if (asked != &found.head)
        pryv_json_put_str(call->out, "current", access_reference(call->arena, found.head.id, found.head.serial));
    if (pryv_json_member_true(call->params, "includeHistory"))
        write_history(call, &found);
    return PRYV_OK;
}
