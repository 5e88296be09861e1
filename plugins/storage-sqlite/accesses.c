/* accesses.c - live accesses, their versions and deletions, and how often each was used. */
#include "engine.h"
#include <pryv/json.h>
#include <pryv/rows.h>

#define ACCESS_COLUMNS                                                                                                       \
    "id, head_id, serial, token, type, name, device_name, permissions_json, client_data_json, expires, integrity, created, " \
    "created_by, created_by_serial, modified, modified_by, modified_by_serial, deleted, last_used, calls_json"
#define LIVE_ACCESS "deleted IS NULL AND head_id IS NULL"

static const struct unique_key keys[] = {
    { "accesses.id", "id" }, { "accesses.token", "token" }, { "accesses_name", "name" }, { NULL, NULL }
};

static void bind_access(sqlite3_stmt *statement, const struct pryv_access_row *row)
{
    bind_text(statement, 1, row->id);
    bind_text(statement, 2, row->head_id);
    sqlite3_bind_int64(statement, 3, row->serial);
    bind_text(statement, 4, row->token);
    bind_text(statement, 5, row->type);
    bind_text(statement, 6, row->name);
    bind_text(statement, 7, row->device_name);
    bind_text(statement, 8, row->permissions_json);
    bind_text(statement, 9, row->client_data_json);
    bind_number(statement, 10, row->expires);
    bind_text(statement, 11, row->integrity);
    bind_number(statement, 12, row->created);
    bind_text(statement, 13, row->created_by);
    sqlite3_bind_int64(statement, 14, row->created_by_serial);
    bind_number(statement, 15, row->modified);
    bind_text(statement, 16, row->modified_by);
    sqlite3_bind_int64(statement, 17, row->modified_by_serial);
    bind_number(statement, 18, row->deleted);
}

static struct pryv_access_row read_access(struct pryv_arena *mem, sqlite3_stmt *statement)
{
    return (struct pryv_access_row){
        .id = column_copy(mem, statement, 0),
        .head_id = column_copy(mem, statement, 1),
        .serial = (uint32_t) sqlite3_column_int64(statement, 2),
        .token = column_copy(mem, statement, 3),
        .type = column_copy(mem, statement, 4),
        .name = column_copy(mem, statement, 5),
        .device_name = column_copy(mem, statement, 6),
        .permissions_json = column_copy(mem, statement, 7),
        .client_data_json = column_copy(mem, statement, 8),
        .expires = column_number(statement, 9),
        .integrity = column_copy(mem, statement, 10),
        .created = column_number(statement, 11),
        .created_by = column_copy(mem, statement, 12),
        .created_by_serial = (uint32_t) sqlite3_column_int64(statement, 13),
        .modified = column_number(statement, 14),
        .modified_by = column_copy(mem, statement, 15),
        .modified_by_serial = (uint32_t) sqlite3_column_int64(statement, 16),
        .deleted = column_number(statement, 17),
        .last_used = column_number(statement, 18),
        .calls_json = column_copy(mem, statement, 19),
    };
}

/* ---- Writing --------------------------------------------------------------------------------- */

static enum pryv_rc access_insert(struct pryv_session *s, const struct pryv_access_row *row, struct pryv_err *err)
{
    sqlite3_stmt *statement =
        session_write(s,
                      "INSERT INTO accesses (" ACCESS_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
                      "?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
                      err);

    if (statement) {
        bind_access(statement, row);
        bind_number(statement, 19, row->last_used);
        bind_text(statement, 20, row->calls_json);
    }
    return session_run(s, statement, keys, NULL, err);
}

static enum pryv_rc found(enum pryv_rc rc, uint64_t changed, struct pryv_err *err)
{
    return rc == PRYV_OK && changed == 0 ? pryv_fail(err, PRYV_NOT_FOUND, "no access of this id") : rc;
}

static enum pryv_rc access_update(struct pryv_session *s, const struct pryv_access_row *row, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_write(
        s,
        "UPDATE accesses SET head_id = ?2, serial = ?3, token = ?4, type = ?5, name = ?6, device_name = ?7, "
        "permissions_json = ?8, client_data_json = ?9, expires = ?10, integrity = ?11, created = ?12, created_by = ?13, "
        "created_by_serial = ?14, modified = ?15, modified_by = ?16, modified_by_serial = ?17, deleted = ?18 "
        "WHERE id = ?1 AND " LIVE_ACCESS,
        err);
    uint64_t changed = 0;

    if (statement)
        bind_access(statement, row);

    enum pryv_rc rc = session_run(s, statement, keys, &changed, err);

    return found(rc, changed, err);
}

static enum pryv_rc access_delete(struct pryv_session *s, struct pryv_str id, double deleted, struct pryv_str integrity,
                                  struct pryv_err *err)
{
    sqlite3_stmt *statement =
        session_write(s, "UPDATE accesses SET deleted = ?2, integrity = ?3 WHERE id = ?1 AND " LIVE_ACCESS, err);
    uint64_t changed = 0;

    if (statement) {
        bind_text(statement, 1, id);
        bind_number(statement, 2, deleted);
        bind_text(statement, 3, integrity);
    }

    enum pryv_rc rc = session_run(s, statement, NULL, &changed, err);

    if ((rc = found(rc, changed, err)) != PRYV_OK)
        return rc;
    statement = session_write(s, "DELETE FROM accesses WHERE head_id = ?1", err);
    if (statement)
        bind_text(statement, 1, id);
    return session_run(s, statement, NULL, NULL, err);
}

static enum pryv_rc write_use(struct pryv_session *s, struct pryv_str id, struct pryv_str calls_json, double last_used,
                              struct pryv_err *err)
{
    sqlite3_stmt *statement =
        session_write(s,
                      "UPDATE accesses SET calls_json = ?2, "
                      "last_used = CASE WHEN ?3 > ifnull(last_used, -9e999) THEN ?3 ELSE last_used END WHERE id = ?1",
                      err);

    if (statement) {
        bind_text(statement, 1, id);
        bind_text(statement, 2, calls_json);
        bind_number(statement, 3, last_used);
    }
    return session_run(s, statement, NULL, NULL, err);
}

static enum pryv_rc access_used(struct pryv_session *s, struct pryv_str id, struct pryv_str name, uint64_t count,
                                double last_used, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_write(s, "SELECT calls_json FROM accesses WHERE id = ?1 AND " LIVE_ACCESS, err);
    struct pryv_str calls_json = PRYV_STR_NONE;
    json_t *calls;

    if (statement)
        bind_text(statement, 1, id);

    int more = session_step(s, statement, err);

    if (more > 0)
        calls_json = column_copy(err->arena, statement, 0);
    session_done(s, statement);
    if (more <= 0)
        return (enum pryv_rc) more;

    enum pryv_rc rc = pryv_json_parse(err->arena, calls_json.data ? calls_json : PRYV_STR("{}"), false, &calls, err);

    if (rc != PRYV_OK)
        return rc;

    json_t *before = json_object_getn(calls, name.data, name.len);

    json_object_setn_new(calls, name.data, name.len, json_real((before ? json_number_value(before) : 0) + (double) count));
    return write_use(s, id, pryv_json_dump(err->arena, calls), last_used, err);
}

/* ---- Reading --------------------------------------------------------------------------------- */

static enum pryv_rc get_one(struct pryv_session *s, const char *sql, struct pryv_arena *mem, struct pryv_str key,
                            struct pryv_access_row *out, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_read(s, sql, err);

    if (statement)
        bind_text(statement, 1, key);

    int more = session_step(s, statement, err);

    if (more > 0)
        *out = read_access(mem, statement);
    session_done(s, statement);
    if (more == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "no such access");
    return more > 0 ? PRYV_OK : (enum pryv_rc) more;
}

static enum pryv_rc access_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_access_row *out,
                               struct pryv_err *err)
{
    return get_one(s, "SELECT " ACCESS_COLUMNS " FROM accesses WHERE id = ?1 AND " LIVE_ACCESS, mem, id, out, err);
}

static enum pryv_rc access_by_token(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str token,
                                    struct pryv_access_row *out, struct pryv_err *err)
{
    return get_one(s, "SELECT " ACCESS_COLUMNS " FROM accesses WHERE token = ?1 AND " LIVE_ACCESS, mem, token, out, err);
}

static enum pryv_rc get_many(struct pryv_session *s, const char *sql, struct pryv_arena *mem, struct pryv_str key,
                             struct pryv_access_row **out, size_t *count, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_read(s, sql, err);
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_access_row);
    int more;

    if (statement && key.data)
        bind_text(statement, 1, key);
    while ((more = session_step(s, statement, err)) > 0)
        *(struct pryv_access_row *) pryv_rows_add(&rows) = read_access(mem, statement);
    session_done(s, statement);
    if (more < 0)
        return (enum pryv_rc) more;
    *out = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

static enum pryv_rc accesses_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_access_row **out, size_t *count,
                                 struct pryv_err *err)
{
    return get_many(s, "SELECT " ACCESS_COLUMNS " FROM accesses WHERE " LIVE_ACCESS " ORDER BY name, id", mem, PRYV_STR_NONE, out,
                    count, err);
}

static enum pryv_rc accesses_count(struct pryv_session *s, uint64_t *count, struct pryv_err *err)
{
    return session_count(s, "SELECT count(*) FROM accesses WHERE " LIVE_ACCESS, count, err);
}

static enum pryv_rc access_deletions(struct pryv_session *s, struct pryv_arena *mem, struct pryv_access_row **out, size_t *count,
                                     struct pryv_err *err)
{
    return get_many(s,
                    "SELECT " ACCESS_COLUMNS " FROM accesses WHERE deleted IS NOT NULL AND head_id IS NULL ORDER BY deleted, id",
                    mem, PRYV_STR_NONE, out, count, err);
}

static enum pryv_rc access_versions(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id,
                                    struct pryv_access_row **out, size_t *count, struct pryv_err *err)
{
    return get_many(s, "SELECT " ACCESS_COLUMNS " FROM accesses WHERE head_id = ?1 ORDER BY serial", mem, id, out, count, err);
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
