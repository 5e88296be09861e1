/* accesses.c - accesses with their versions and deletions. */
#include "storage.h"
#include <pryv/json.h>

static struct pryv_str name_key(struct pryv_arena *mem, const struct pryv_access_row *access)
{
    return map_key(mem, ACCESS_BY_NAME, access->name, access->type, access->device_name);
}

/* Who else has the token, or the name? */
static enum pryv_rc check_unique(const struct pryv_session *s, const struct row *self, const struct pryv_access_row *access,
                                 struct pryv_err *err)
{
    const struct row *same_token = session_find(s, map_key(err->arena, ACCESS_BY_TOKEN, access->token));
    const struct row *same_name = session_find(s, name_key(err->arena, access));

    if (same_token && same_token != self)
        return pryv_conflict(err, "token", "another access has this token");
    if (same_name && same_name != self)
        return pryv_conflict(err, "name", "another access is called %.*s", PRYV_STR_ARG(access->name));
    return PRYV_OK;
}

static void put(struct pryv_session *s, struct pryv_arena *mem, const struct pryv_access_row *content)
{
    struct row *row = row_new(ACCESS, content);
    const struct pryv_access_row *access = &row->access; /* `content` may point into the row that goes now */

    session_put(s, map_key(mem, ACCESS_BY_ID, access->id), row);
    if (access->head_id.data) {
        session_put(s, map_key(mem, ACCESS_VERSION, access->head_id, (uint64_t) access->serial, access->id), row);
    } else if (pryv_present(access->deleted)) {
        session_put(s, map_key(mem, ACCESS_DELETION_BY_TIME, access->deleted, access->id), row);
    } else {
        session_put(s, map_key(mem, ACCESS_BY_TOKEN, access->token), row);
        session_put(s, name_key(mem, access), row);
    }
    row_release(row);
}

/* A live one, with what `changed` says in its place. */
static void replace(struct pryv_session *s, struct pryv_arena *mem, const struct row *old, const struct pryv_access_row *changed)
{
    session_remove(s, map_key(mem, ACCESS_BY_TOKEN, old->access.token));
    session_remove(s, name_key(mem, &old->access));
    put(s, mem, changed);
}

static const struct row *find_live(const struct pryv_session *s, struct pryv_str id, struct pryv_err *err)
{
    const struct row *row = session_find(s, map_key(err->arena, ACCESS_BY_ID, id));

    return row && !row->access.head_id.data && !pryv_present(row->access.deleted) ? row : NULL;
}

static enum pryv_rc unknown(struct pryv_err *err)
{
    return pryv_fail(err, PRYV_NOT_FOUND, "no such access");
}

static enum pryv_rc access_insert(struct pryv_session *s, const struct pryv_access_row *access, struct pryv_err *err)
{
    MUST(session_writes(s, err));
    if (session_find(s, map_key(err->arena, ACCESS_BY_ID, access->id)))
        return pryv_conflict(err, "id", "there is or was an access %.*s", PRYV_STR_ARG(access->id));
    if (!access->head_id.data && !pryv_present(access->deleted))
        MUST(check_unique(s, NULL, access, err));
    put(s, err->arena, access);
    return session_written(s);
}

static enum pryv_rc access_update(struct pryv_session *s, const struct pryv_access_row *access, struct pryv_err *err)
{
    MUST(session_writes(s, err));
    const struct row *old = find_live(s, access->id, err);
    struct pryv_access_row changed = *access;

    if (!old)
        return unknown(err);
    MUST(check_unique(s, old, access, err));
    changed.last_used = old->access.last_used;
    changed.calls_json = old->access.calls_json;
    replace(s, err->arena, old, &changed);
    return session_written(s);
}

static enum pryv_rc access_delete(struct pryv_session *s, struct pryv_str id, double deleted, struct pryv_str integrity,
                                  struct pryv_err *err)
{
    MUST(session_writes(s, err));
    const struct row *old = find_live(s, id, err);

    if (!old)
        return unknown(err);

    struct pryv_access_row changed = old->access;

    changed.deleted = deleted;
    changed.integrity = integrity;
    replace(s, err->arena, old, &changed);
    return session_written(s);
}

/* ---- Use -------------------------------------------------------------------------------------- */

static struct pryv_str add_calls(struct pryv_arena *mem, struct pryv_str calls_json, struct pryv_str name, uint64_t count)
{
    json_t *calls = calls_json.data ? json_loadb(calls_json.data, calls_json.len, 0, NULL) : NULL;
    const char *key = pryv_cstr(mem, name);

    if (!calls)
        calls = json_object();
    json_object_set_new(calls, key, json_real(json_number_value(json_object_get(calls, key)) + (double) count));

    struct pryv_str text = pryv_json_dump(mem, calls);

    json_decref(calls);
    return text;
}

static enum pryv_rc access_used(struct pryv_session *s, struct pryv_str id, struct pryv_str name, uint64_t count,
                                double last_used, struct pryv_err *err)
{
    MUST(session_writes(s, err));
    const struct row *old = find_live(s, id, err);

    if (!old)
        return session_written(s);

    struct pryv_access_row changed = old->access;

    changed.calls_json = add_calls(err->arena, changed.calls_json, name, count);
    if (!(changed.last_used >= last_used))
        changed.last_used = last_used;
    replace(s, err->arena, old, &changed);
    return session_written(s);
}

/* ---- Reading ---------------------------------------------------------------------------------- */

static enum pryv_rc access_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_access_row *out,
                               struct pryv_err *err)
{
    MUST(session_reads(s, err));

    const struct row *row = find_live(s, id, err);

    if (!row)
        return unknown(err);
    row_read(row, mem, out);
    return PRYV_OK;
}

static enum pryv_rc access_by_token(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str token,
                                    struct pryv_access_row *out, struct pryv_err *err)
{
    MUST(session_reads(s, err));

    const struct row *row = session_find(s, map_key(err->arena, ACCESS_BY_TOKEN, token));

    if (!row)
        return unknown(err);
    row_read(row, mem, out);
    return PRYV_OK;
}

static enum pryv_rc list(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str prefix, struct pryv_access_row **out,
                         size_t *count, struct pryv_err *err)
{
    MUST(session_reads(s, err));
    *out = session_list(s, mem, ACCESS, (struct map_walk){ .prefix = prefix }, SIZE_MAX, count);
    return PRYV_OK;
}

static enum pryv_rc accesses_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_access_row **out, size_t *count,
                                 struct pryv_err *err)
{
    return list(s, mem, all_of(ACCESS_BY_NAME), out, count, err);
}

static enum pryv_rc access_deletions(struct pryv_session *s, struct pryv_arena *mem, struct pryv_access_row **out, size_t *count,
                                     struct pryv_err *err)
{
    return list(s, mem, all_of(ACCESS_DELETION_BY_TIME), out, count, err);
}

/* Versions of what is deleted stay, but nobody reaches them. */
static enum pryv_rc access_versions(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id,
                                    struct pryv_access_row **out, size_t *count, struct pryv_err *err)
{
    bool live = find_live(s, id, err) != NULL;

    return list(s, mem, live ? map_key(err->arena, ACCESS_VERSIONS_OF, id) : PRYV_STR("\xff"), out, count, err);
}

void accesses_offer(struct pryv_storage_ops *ops)
{
    ops->access_insert = access_insert;
    ops->access_update = access_update;
    ops->access_delete = access_delete;
    ops->access_get = access_get;
    ops->access_by_token = access_by_token;
    ops->accesses_all = accesses_all;
    ops->access_deletions = access_deletions;
    ops->access_versions = access_versions;
    ops->access_used = access_used;
}
