/* access_lookup.c - system.getAccess: whose access it is that an id names, a deleted one too.
 *
 * No index is kept of the ids: who asks is an operator with a log line in hand, once in a while, and an index would be one more write for every
 * access and one more trace of its owner. So the users of this core are asked one after the other. */
#include "admin.h"

struct lookup {
    const struct admin *admin;
    struct pryv_str id;
    struct pryv_json *js;
    bool found;
};

static void write_access(struct pryv_json *js, const struct pryv_access_row *row, struct pryv_str username)
{
    pryv_json_key(js, "accessIndex");
    pryv_json_object(js);
    pryv_json_put_str(js, "accessId", row->id);
    pryv_json_put_str(js, "username", username);
    pryv_json_put_str(js, "type", row->type);
    pryv_json_put_number(js, "expires", row->expires); /* null: never */
    pryv_json_put_number(js, "created", row->created);
    pryv_json_put_number(js, "lastModified", row->modified);
    pryv_json_put_number_if(js, "deleted", row->deleted);
    pryv_json_object_end(js);
}

/* The row of a live access, else of a deleted one. */
static enum pryv_rc find_access(const struct lookup *lookup, struct pryv_arena *mem, struct pryv_session *session,
                                struct pryv_access_row *out, struct pryv_err *err)
{
    struct pryv_access_row *rows;
    size_t count;
    enum pryv_rc rc = lookup->admin->storage->access_get(session, mem, lookup->id, out, err);

    if (rc != PRYV_NOT_FOUND)
        return rc;
    rc = lookup->admin->storage->access_deletions(session, mem, &rows, &count, err);
    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        if (pryv_str_is(rows[i].id, lookup->id)) {
            *out = rows[i];
            return PRYV_OK;
        }
    return rc == PRYV_OK ? PRYV_NOT_FOUND : rc;
}

/* PRYV_GONE ends the walk: it was found. */
static enum pryv_rc look_at_user(void *context, struct pryv_arena *mem, struct pryv_str id, struct pryv_str username,
                                 struct pryv_err *err)
{
    struct lookup *lookup = context;
    const struct pryv_storage_ops *storage = lookup->admin->storage;
    struct pryv_err own = PRYV_ERR(mem);
    struct pryv_access_row row;
    struct pryv_session *session;
    enum pryv_rc rc = storage->open(lookup->admin->storage_self, id, PRYV_READ, &session, &own);

    if (rc == PRYV_OK) {
        rc = find_access(lookup, mem, session, &row, &own);
        lookup->found = rc == PRYV_OK;
        if (lookup->found)
            write_access(lookup->js, &row, username);
        storage->close(session);
    }
    if (lookup->found)
        return PRYV_GONE;
    return rc == PRYV_NOT_FOUND ? PRYV_OK
                                : pryv_fail(err, rc, "the accesses of a user cannot be read: %s", own.message ? own.message : "");
}

/* What follows the colon: digits, and not nothing or 0. */
static bool is_serial(struct pryv_str text)
{
    bool is_zero = true;

    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        is_zero &= text.data[i] == '0';
    }
    return !is_zero;
}

/* "ID:7" is the access at its seventh change. */
enum pryv_rc system_get_access(struct pryv_call *call, struct pryv_err *err)
{
    struct pryv_str id = pryv_json_member_text(call->params, "id");
    const char *colon = memchr(id.data, ':', id.len);
    struct lookup lookup = { .admin = admin_self(), .id = id, .js = call->out };
    enum pryv_rc rc;

    if (colon) {
        lookup.id.len = (size_t) (colon - id.data);
        if (!is_serial(pryv_str_n(colon + 1, id.len - lookup.id.len - 1)))
            return unknown_resource(err, "What follows the id of an access is no serial.");
    }
    rc = each_user(lookup.admin, look_at_user, &lookup, err);
    if (lookup.found)
        return PRYV_OK;
    return rc == PRYV_OK ? unknown_resource(err, "No user of this core has an access of that id.") : rc;
}
