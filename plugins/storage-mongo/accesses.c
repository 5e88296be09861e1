/* accesses.c - live accesses, their versions and deletions, and how often each was used. */
#include "engine.h"
#include "text_order.h"
#include <pryv/json.h>
#include <stdlib.h>

enum { KEYS = 3 };

static bool is_live(const struct pryv_access_row *row)
{
    return !row->head_id.data && !pryv_present(row->deleted);
}

/* Name, type and device together; no device is a value of its own. */
static struct pryv_str name_key(struct pryv_arena *mem, const struct pryv_access_row *row)
{
    struct pryv_str name = two_texts(mem, row->device_name.data ? "device" : "bare", row->name, row->type);

    return two_texts(mem, "name", name, row->device_name);
}

static size_t keys_of(struct pryv_arena *mem, const struct pryv_access_row *row, struct pryv_str keys[KEYS])
{
    size_t count = 0;

    if (row->head_id.data) {
        keys[count++] = key_of(mem, "head:", row->head_id);
    } else if (pryv_present(row->deleted)) {
        keys[count++] = PRYV_STR("deleted");
    } else {
        keys[count++] = PRYV_STR("live");
        keys[count++] = key_of(mem, "token:", row->token);
        keys[count++] = name_key(mem, row);
    }
    return count;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static enum pryv_rc check_key(struct pryv_session *s, const struct pryv_access_row *row, struct pryv_str key, const char *name,
                              struct pryv_err *err)
{
    struct pryv_rows found = PRYV_ROWS(err->arena, struct version);
    enum pryv_rc rc = session_list(s, &access_kind, key, &found, err);

    for (size_t i = 0; rc == PRYV_OK && i < found.count; i++)
        if (!pryv_str_is(document_text(((struct version *) found.items)[i].document, "id"), row->id))
            rc = pryv_conflict(err, name, "a live access has this %s", name);
    return rc == PRYV_OK ? rc : session_failed(s, rc);
}

static enum pryv_rc put(struct pryv_session *s, const struct pryv_access_row *row, const struct version *before,
                        struct pryv_err *err)
{
    struct pryv_str keys[KEYS] = { PRYV_STR_NONE };
    size_t count = keys_of(err->arena, row, keys);
    enum pryv_rc rc = PRYV_OK;

    if (is_live(row)) {
        rc = check_key(s, row, keys[1], "token", err);
        if (rc == PRYV_OK)
            rc = check_key(s, row, keys[2], "name", err);
    }
    return rc == PRYV_OK ? session_put_row(s, &access_kind, row->id, keys, count, row, before, err) : rc;
}

static enum pryv_rc access_insert(struct pryv_session *s, const struct pryv_access_row *row, struct pryv_err *err)
{
    struct version before;
    int there = session_get(s, &access_kind, err->arena, row->id, &before, err);

    if (there > 0)
        return session_failed(s, pryv_conflict(err, "id", "an access has or had this id"));
    return there < 0 ? (enum pryv_rc) there : put(s, row, NULL, err);
}

/* 1 with the live head of this id, 0, or negative. */
static int get_live(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct version *version,
                    struct pryv_access_row *out, struct pryv_err *err)
{
    int there = session_get(s, &access_kind, mem, id, version, err);
    struct pryv_access_row row;

    if (there <= 0)
        return there;
    document_read_row(version->document, &access_kind, &row);
    if (!is_live(&row))
        return 0;
    *out = row;
    return 1;
}

static enum pryv_rc found_or(int there, struct pryv_err *err)
{
    return there == 0 ? pryv_fail(err, PRYV_NOT_FOUND, "no access of this id") : there > 0 ? PRYV_OK : (enum pryv_rc) there;
}

static enum pryv_rc access_update(struct pryv_session *s, const struct pryv_access_row *row, struct pryv_err *err)
{
    struct pryv_access_row now = *row, was;
    struct version before;
    enum pryv_rc rc = found_or(get_live(s, err->arena, row->id, &before, &was, err), err);

    if (rc != PRYV_OK)
        return rc;
    now.last_used = was.last_used;
    now.calls_json = was.calls_json;
    return put(s, &now, &before, err);
}

static enum pryv_rc access_delete(struct pryv_session *s, struct pryv_str id, double deleted, struct pryv_str integrity,
                                  struct pryv_err *err)
{
    struct pryv_rows versions = PRYV_ROWS(err->arena, struct version);
    struct pryv_access_row row;
    struct version before;
    enum pryv_rc rc = found_or(get_live(s, err->arena, id, &before, &row, err), err);

    if (rc != PRYV_OK)
        return rc;
    row.deleted = deleted;
    row.integrity = integrity;
    if ((rc = put(s, &row, &before, err)) == PRYV_OK)
        rc = session_list(s, &access_kind, key_of(err->arena, "head:", id), &versions, err);
    return rc == PRYV_OK ? session_remove_all(s, &access_kind, &versions, err) : rc;
}

static enum pryv_rc access_used(struct pryv_session *s, struct pryv_str id, struct pryv_str name, uint64_t count,
                                double last_used, struct pryv_err *err)
{
    struct pryv_access_row row;
    struct version before;
    json_t *calls;
    int there = get_live(s, err->arena, id, &before, &row, err);

    if (there <= 0)
        return (enum pryv_rc) there;

    enum pryv_rc rc = pryv_json_parse(err->arena, row.calls_json.data ? row.calls_json : PRYV_STR("{}"), false, &calls, err);

    if (rc != PRYV_OK)
        return session_failed(s, rc);

    json_t *so_far = json_object_getn(calls, name.data, name.len);

    json_object_setn_new(calls, name.data, name.len, json_real((so_far ? json_number_value(so_far) : 0) + (double) count));
    row.calls_json = pryv_json_dump(err->arena, calls);
    if (!pryv_present(row.last_used) || last_used > row.last_used)
        row.last_used = last_used;

    struct pryv_str keys[KEYS];
    size_t key_count = keys_of(err->arena, &row, keys);

    return session_put_row(s, &access_kind, id, keys, key_count, &row, &before, err);
}

/* ---- Reading --------------------------------------------------------------------------------- */

static enum pryv_rc access_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_access_row *out,
                               struct pryv_err *err)
{
    struct version version;

    return found_or(get_live(s, mem, id, &version, out, err), err);
}

static enum pryv_rc access_by_token(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str token,
                                    struct pryv_access_row *out, struct pryv_err *err)
{
    struct version version;
    int there = session_find(s, &access_kind, mem, key_of(err->arena, "token:", token), &version, err);

    if (there > 0)
        document_read_row(version.document, &access_kind, out);
    return found_or(there, err);
}

static int by_name(const void *a_, const void *b_)
{
    const struct pryv_access_row *a = a_, *b = b_;
    int order = compare_texts(a->name, b->name);

    return order ? order : compare_texts(a->id, b->id);
}

static int by_deletion(const void *a_, const void *b_)
{
    const struct pryv_access_row *a = a_, *b = b_;

    return a->deleted != b->deleted ? (a->deleted < b->deleted ? -1 : 1) : compare_texts(a->id, b->id);
}

static int by_serial(const void *a_, const void *b_)
{
    const struct pryv_access_row *a = a_, *b = b_;

    return a->serial != b->serial ? (a->serial < b->serial ? -1 : 1) : compare_texts(a->id, b->id);
}

static enum pryv_rc get_many(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str key,
                             int (*order)(const void *a, const void *b), struct pryv_access_row **out, size_t *count,
                             struct pryv_err *err)
{
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_access_row);
    enum pryv_rc rc = session_rows(s, &access_kind, key, &rows, err);

    if (rc != PRYV_OK)
        return rc;
    qsort(rows.items, rows.count, rows.size, order);
    *out = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

static enum pryv_rc accesses_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_access_row **out, size_t *count,
                                 struct pryv_err *err)
{
    return get_many(s, mem, PRYV_STR("live"), by_name, out, count, err);
}

static enum pryv_rc access_deletions(struct pryv_session *s, struct pryv_arena *mem, struct pryv_access_row **out, size_t *count,
                                     struct pryv_err *err)
{
    return get_many(s, mem, PRYV_STR("deleted"), by_deletion, out, count, err);
}

static enum pryv_rc access_versions(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id,
                                    struct pryv_access_row **out, size_t *count, struct pryv_err *err)
{
    return get_many(s, mem, key_of(err->arena, "head:", id), by_serial, out, count, err);
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
