/* user_info.c - system.getUserInfo: what an account takes, and how much it is used. */
#include "admin.h"

struct use {
    json_t *detail, *accesses; /* counts by method, and by access */
    double total, last;
};

static void add(json_t *counts, const char *name, double count)
{
    double so_far = pryv_json_member_number(counts, name);

    json_object_set_new(counts, name, json_real((pryv_present(so_far) ? so_far : 0) + count));
}

/* "events.get" is counted as "events:get". What no access can call is not counted. */
static void begin_with_all_methods(struct pryv_arena *mem, json_t *detail)
{
    const struct pryv_method *method;

    for (size_t i = 0; (method = pryv_method_at(i)); i++) {
        char *name = pryv_cstr(mem, pryv_str(method->name)), *dot = strchr(name, '.');

        if (dot)
            *dot = ':';
        if (method->who != PRYV_BY_ADMIN)
            add(detail, name, 0);
    }
}

/* What people call the accesses that they share is their own affair. */
static enum pryv_rc add_access(struct pryv_arena *mem, struct use *use, const struct pryv_access_row *row, struct pryv_err *err)
{
    const char *name = pryv_str_equal(row->type, "shared") ? "shared" : pryv_cstr(mem, row->name);
    const char *method;
    json_t *calls, *count;

    if (row->last_used > use->last)
        use->last = row->last_used;
    add(use->accesses, name, 0); /* those that were never used are told too */
    if (!row->calls_json.data)
        return PRYV_OK;
    if (pryv_json_parse(mem, row->calls_json, false, &calls, err) != PRYV_OK)
        return pryv_fail(err, PRYV_FAILED, "the stored calls of an access are broken");
    json_object_foreach(calls, method, count) {
        add(use->detail, method, json_number_value(count));
        add(use->accesses, name, json_number_value(count));
        use->total += json_number_value(count);
    }
    return PRYV_OK;
}

static enum pryv_rc read_use(struct pryv_call *call, struct pryv_session *session, struct use *use, struct pryv_err *err)
{
    struct pryv_access_row *rows;
    size_t count;
    enum pryv_rc rc = admin_self()->storage->accesses_all(session, call->arena, &rows, &count, err);

    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        rc = add_access(call->arena, use, &rows[i], err);
    return rc;
}

static void write_storage(struct pryv_json *js, uint64_t events, uint64_t bytes, uint64_t file_bytes)
{
    pryv_json_key(js, "storageUsed");
    pryv_json_object(js);
    pryv_json_put_number(js, "dbDocuments", events ? (double) bytes : 0); /* as account.get tells it */
    pryv_json_put_number(js, "attachedFiles", (double) file_bytes);
    pryv_json_object_end(js);
}

static void write_use(struct pryv_json *js, const struct use *use)
{
    pryv_json_put_number(js, "lastAccess", use->last);
    pryv_json_put_number(js, "callsTotal", use->total);
    pryv_json_put_value(js, "callsDetail", use->detail);
    pryv_json_put_value(js, "callsPerAccess", use->accesses);
}

static enum pryv_rc read_user(struct pryv_call *call, struct pryv_str id, struct use *use, uint64_t *events, uint64_t *bytes,
                              struct pryv_err *err)
{
    const struct admin *admin = admin_self();
    struct pryv_session *session;
    uint64_t streams;
    enum pryv_rc rc = admin->storage->open(admin->storage_self, id, PRYV_READ, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = admin->storage->usage(session, events, &streams, bytes, err);
    if (rc == PRYV_OK)
        rc = read_use(call, session, use, err);
    admin->storage->close(session);
    return rc;
}

enum pryv_rc system_user_info(struct pryv_call *call, struct pryv_err *err)
{
    const struct admin *admin = admin_self();
    struct pryv_str username = pryv_json_member_text(call->params, "name"), id;
    struct use use = { .detail = pryv_json_keep(call->arena, json_object()),
                       .accesses = pryv_json_keep(call->arena, json_object()) };
    uint64_t events = 0, bytes = 0, file_bytes = 0;
    enum pryv_rc rc = admin->storage->user_by_name(admin->storage_self, call->arena, username, &id, err);

    begin_with_all_methods(call->arena, use.detail);
    if (rc == PRYV_OK)
        admin->accounts->settle_use(admin->accounts_self, call->arena);
    if (rc == PRYV_OK)
        rc = read_user(call, id, &use, &events, &bytes, err);
    if (rc == PRYV_OK)
        rc = admin->files->usage(admin->files_self, id, &file_bytes, err);
    if (rc == PRYV_NOT_FOUND)
        return unknown_resource(err, "There is no account of that name on this core.");
    if (rc != PRYV_OK)
        return rc;
    pryv_json_key(call->out, "userInfo");
    pryv_json_object(call->out);
    pryv_json_put_str(call->out, "username", username);
    write_storage(call->out, events, bytes, file_bytes);
    write_use(call->out, &use);
    pryv_json_object_end(call->out);
    return PRYV_OK;
}
