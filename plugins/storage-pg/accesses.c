/* accesses.c - live accesses, their versions and deletions, and how often each was used. */
#include "engine.h"
#include <pryv/json.h>
#include <pryv/rows.h>

#define ACCESS_COLUMNS                                                                                                       \
    "id, head_id, serial, token, type, name, device_name, permissions_json, client_data_json, expires, integrity, created, " \
    "created_by, created_by_serial, modified, modified_by, modified_by_serial, deleted, last_used, calls_json"
#define LIVE_ACCESS "deleted IS NULL AND head_id IS NULL"

static void put_access(struct call *call, const struct pryv_session *s, const struct pryv_access_row *row)
{
    call_integer(call, s->user);
    call_text(call, row->id);
    call_text(call, row->head_id);
    call_integer(call, row->serial);
    call_text(call, row->token);
    call_text(call, row->type);
    call_text(call, row->name);
    call_text(call, row->device_name);
    call_text(call, row->permissions_json);
    call_text(call, row->client_data_json);
    call_number(call, row->expires);
    call_text(call, row->integrity);
    call_number(call, row->created);
    call_text(call, row->created_by);
    call_integer(call, row->created_by_serial);
    call_number(call, row->modified);
    call_text(call, row->modified_by);
    call_integer(call, row->modified_by_serial);
    call_number(call, row->deleted);
}

static struct pryv_access_row read_access(struct pryv_arena *mem, const PGresult *answer, int at)
{
    return (struct pryv_access_row){
        .id = answer_copy(mem, answer, at, 0),
        .head_id = answer_copy(mem, answer, at, 1),
        .serial = (uint32_t) answer_integer(answer, at, 2),
        .token = answer_copy(mem, answer, at, 3),
        .type = answer_copy(mem, answer, at, 4),
        .name = answer_copy(mem, answer, at, 5),
        .device_name = answer_copy(mem, answer, at, 6),
        .permissions_json = answer_copy(mem, answer, at, 7),
        .client_data_json = answer_copy(mem, answer, at, 8),
        .expires = answer_number(answer, at, 9),
        .integrity = answer_copy(mem, answer, at, 10),
        .created = answer_number(answer, at, 11),
        .created_by = answer_copy(mem, answer, at, 12),
        .created_by_serial = (uint32_t) answer_integer(answer, at, 13),
        .modified = answer_number(answer, at, 14),
        .modified_by = answer_copy(mem, answer, at, 15),
        .modified_by_serial = (uint32_t) answer_integer(answer, at, 16),
        .deleted = answer_number(answer, at, 17),
        .last_used = answer_number(answer, at, 18),
        .calls_json = answer_copy(mem, answer, at, 19),
    };
}

/* ---- Writing --------------------------------------------------------------------------------- */

static enum pryv_rc access_insert(struct pryv_session *s, const struct pryv_access_row *row, struct pryv_err *err)
{
    struct call call = { .sql = "INSERT INTO accesses (user_number, " ACCESS_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, "
                                "$9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)" };

    put_access(&call, s, row);
    call_number(&call, row->last_used);
    call_text(&call, row->calls_json);
    return session_write(s, &call, 1, NULL, err);
}

static enum pryv_rc found(enum pryv_rc rc, uint64_t changed, struct pryv_err *err)
{
    return rc == PRYV_OK && changed == 0 ? pryv_fail(err, PRYV_NOT_FOUND, "no access of this id") : rc;
}

static enum pryv_rc access_update(struct pryv_session *s, const struct pryv_access_row *row, struct pryv_err *err)
{
    struct call call = { .sql =
                             "UPDATE accesses SET head_id = $3, serial = $4, token = $5, type = $6, name = $7, device_name = $8, "
                             "permissions_json = $9, client_data_json = $10, expires = $11, integrity = $12, created = $13, "
                             "created_by = $14, created_by_serial = $15, modified = $16, modified_by = $17, "
                             "modified_by_serial = $18, deleted = $19 WHERE user_number = $1 AND id = $2 AND " LIVE_ACCESS };
    uint64_t changed = 0;
    enum pryv_rc rc;

    put_access(&call, s, row);
    rc = session_write(s, &call, 1, &changed, err);
    return found(rc, changed, err);
}

static enum pryv_rc access_delete(struct pryv_session *s, struct pryv_str id, double deleted, struct pryv_str integrity,
                                  struct pryv_err *err)
{
    struct call call = { .sql = "UPDATE accesses SET deleted = $3, integrity = $4 "
                                "WHERE user_number = $1 AND id = $2 AND " LIVE_ACCESS };
    struct call versions = { .sql = "DELETE FROM accesses WHERE user_number = $1 AND head_id = $2" };
    uint64_t changed = 0;
    enum pryv_rc rc;

    call_integer(&call, s->user);
    call_text(&call, id);
    call_number(&call, deleted);
    call_text(&call, integrity);
    rc = session_write(s, &call, 1, &changed, err);
    if ((rc = found(rc, changed, err)) != PRYV_OK)
        return rc;
    call_integer(&versions, s->user);
    call_text(&versions, id);
    return session_write(s, &versions, 1, NULL, err);
}

static enum pryv_rc write_use(struct pryv_session *s, struct pryv_str id, struct pryv_str calls_json, double last_used,
                              struct pryv_err *err)
{
    struct call call = { .sql = "UPDATE accesses SET calls_json = $3, last_used = greatest(last_used, $4) "
                                "WHERE user_number = $1 AND id = $2" };

    call_integer(&call, s->user);
    call_text(&call, id);
    call_text(&call, calls_json);
    call_number(&call, last_used);
    return session_write(s, &call, 1, NULL, err);
}

/* NOT_FOUND: no live access. */
static enum pryv_rc read_calls(struct pryv_session *s, struct pryv_str id, struct pryv_str *calls_json, struct pryv_err *err)
{
    struct call call = { .sql = "SELECT calls_json FROM accesses WHERE user_number = $1 AND id = $2 AND " LIVE_ACCESS };
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_integer(&call, s->user);
    call_text(&call, id);
    if ((rc = session_read(s, &call, 1, &answer, err)) != PRYV_OK)
        return rc;
    if (PQntuples(answer) == 0)
        rc = pryv_fail(err, PRYV_NOT_FOUND, "no access of this id");
    else
        *calls_json = answer_copy(err->arena, answer, 0, 0);
    PQclear(answer);
    return rc;
}

static enum pryv_rc access_used(struct pryv_session *s, struct pryv_str id, struct pryv_str name, uint64_t count,
                                double last_used, struct pryv_err *err)
{
    struct pryv_str calls_json = PRYV_STR_NONE;
    json_t *calls;
    enum pryv_rc rc;

    if (!s->writes)
        return pryv_fail(err, PRYV_FAILED, "a session that reads cannot write");
    if ((rc = read_calls(s, id, &calls_json, err)) != PRYV_OK)
        return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
    if ((rc = pryv_json_parse(err->arena, calls_json.data ? calls_json : PRYV_STR("{}"), false, &calls, err)) != PRYV_OK)
        return rc;

    json_t *before = json_object_getn(calls, name.data, name.len);

    json_object_setn_new(calls, name.data, name.len, json_real((before ? json_number_value(before) : 0) + (double) count));
    return write_use(s, id, pryv_json_dump(err->arena, calls), last_used, err);
}

/* ---- Reading --------------------------------------------------------------------------------- */

static enum pryv_rc get_one(struct pryv_session *s, const char *sql, struct pryv_arena *mem, struct pryv_str key,
                            struct pryv_access_row *out, struct pryv_err *err)
{
    struct call call = { .sql = sql };
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_integer(&call, s->user);
    call_text(&call, key);
    if ((rc = session_read(s, &call, 1, &answer, err)) != PRYV_OK)
        return rc;
    if (PQntuples(answer) == 0)
        rc = pryv_fail(err, PRYV_NOT_FOUND, "no such access");
    else
        *out = read_access(mem, answer, 0);
    PQclear(answer);
    return rc;
}

static enum pryv_rc access_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_access_row *out,
                               struct pryv_err *err)
{
    return get_one(s, "SELECT " ACCESS_COLUMNS " FROM accesses WHERE user_number = $1 AND id = $2 AND " LIVE_ACCESS, mem, id, out,
                   err);
}

static enum pryv_rc access_by_token(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str token,
                                    struct pryv_access_row *out, struct pryv_err *err)
{
    return get_one(s, "SELECT " ACCESS_COLUMNS " FROM accesses WHERE user_number = $1 AND token = $2 AND " LIVE_ACCESS, mem,
                   token, out, err);
}

static enum pryv_rc get_many(struct pryv_session *s, struct call *call, struct pryv_arena *mem, struct pryv_access_row **out,
                             size_t *count, struct pryv_err *err)
{
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_access_row);
    PGresult *answer = NULL;
    enum pryv_rc rc = session_read(s, call, 1, &answer, err);

    if (rc != PRYV_OK)
        return rc;
    for (int i = 0; i < PQntuples(answer); i++)
        *(struct pryv_access_row *) pryv_rows_add(&rows) = read_access(mem, answer, i);
    PQclear(answer);
    *out = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

static enum pryv_rc accesses_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_access_row **out, size_t *count,
                                 struct pryv_err *err)
{
    struct call call = { .sql = "SELECT " ACCESS_COLUMNS " FROM accesses WHERE user_number = $1 AND " LIVE_ACCESS
                                " ORDER BY name, id" };

    call_integer(&call, s->user);
    return get_many(s, &call, mem, out, count, err);
}

static enum pryv_rc accesses_count(struct pryv_session *s, uint64_t *count, struct pryv_err *err)
{
    return session_count(s, "SELECT count(*) FROM accesses WHERE user_number = $1 AND " LIVE_ACCESS, count, err);
}

static enum pryv_rc access_deletions(struct pryv_session *s, struct pryv_arena *mem, struct pryv_access_row **out, size_t *count,
                                     struct pryv_err *err)
{
    struct call call = { .sql = "SELECT " ACCESS_COLUMNS " FROM accesses WHERE user_number = $1 AND deleted IS NOT NULL "
                                "AND head_id IS NULL ORDER BY deleted, id" };

    call_integer(&call, s->user);
    return get_many(s, &call, mem, out, count, err);
}

static enum pryv_rc access_versions(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id,
                                    struct pryv_access_row **out, size_t *count, struct pryv_err *err)
{
    struct call call = { .sql =
                             "SELECT " ACCESS_COLUMNS " FROM accesses WHERE user_number = $1 AND head_id = $2 ORDER BY serial" };

    call_integer(&call, s->user);
    call_text(&call, id);
    return get_many(s, &call, mem, out, count, err);
}

void accesses_offer(struct pryv_storage_ops *ops)
{
    ops->access_insert = access_insert;
    ops->access_update = access_update;
    ops->access_delete = access_delete;
    ops->access_get = access_get;
    ops->access_by_token = access_by_token;
    ops->accesses_all = accesses_all;
    ops->accesses_count = accesses_count;
    ops->access_deletions = access_deletions;
    ops->access_versions = access_versions;
    ops->access_used = access_used;
}
