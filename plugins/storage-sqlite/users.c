/* users.c - the users of this core, and the folders of their databases: USERS/<c>/<b>/<a>/<id>/sqlite/user.db, where a, b, c are the last three
 * characters of the id, the last first, as attachments have it.
 *
 * A user is made and erased in steps, each durable, so that a crash leaves a row that tells what is to be finished: first the row says so,
 * then files come or go, then the row says that it is done. */
#include "engine.h"
#include <pryv/crypto.h>
#include <pryv/folders.h>
#include <pryv/log.h>
#include <pryv/rows.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define LOG_NAME      "storage-sqlite"
#define DATABASE_FILE "user.db"
enum { ID_MAX = 200, UNFINISHED_SECONDS = 60 };
enum user_state { USER_LIVE, USER_BEING_MADE, USER_BEING_ERASED };

/* ---- Places ---------------------------------------------------------------------------------- */

/* Ids reach us checked, but a name that could leave its folder is refused here too. */
static bool is_name(struct pryv_str id)
{
    if (id.len < 1 || id.len > ID_MAX || id.data[0] == '.')
        return false;
    for (size_t i = 0; i < id.len; i++)
        if (id.data[i] == '/' || id.data[i] == '\0')
            return false;
    return true;
}

/* Characters of a short id, and dots, are replaced: a folder of that name would be another one. */
static char shard(struct pryv_str id, size_t from_end)
{
    char c = id.len >= from_end ? id.data[id.len - from_end] : '_';

    return c == '.' ? '_' : c;
}

static char *user_folder(const struct engine *engine, struct pryv_arena *mem, struct pryv_str id)
{
    return pryv_cstr(mem, pryv_format(mem, "%s/%c/%c/%c/%.*s", engine->users_path, shard(id, 1), shard(id, 2), shard(id, 3),
                                      PRYV_STR_ARG(id)));
}

static enum pryv_rc cannot(struct pryv_err *err, const char *what, const char *path)
{
    enum pryv_rc rc = errno == ENOSPC || errno == EDQUOT || errno == EMFILE || errno == ENFILE ? PRYV_BUSY : PRYV_FAILED;

    return pryv_fail(err, rc, "cannot %s %s: %s", what, path, strerror(errno));
}

/* ---- The index ------------------------------------------------------------------------------- */

static enum pryv_rc find_user(struct engine *engine, struct pryv_arena *mem, const char *sql, struct pryv_str key,
                              struct pryv_str *out, struct pryv_err *err)
{
    struct pryv_session s;
    enum pryv_rc rc = session_begin(&s, engine, engine->platform, PRYV_READ, err);

    if (rc != PRYV_OK)
        return rc;

    sqlite3_stmt *found = session_read(&s, sql, err);

    if (found)
        bind_text(found, 1, key);

    int more = session_step(&s, found, err);

    if (more > 0)
        *out = column_copy(mem, found, 0);
    session_done(&s, found);
    session_end(&s);
    if (more == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "no such user");
    return more > 0 ? PRYV_OK : (enum pryv_rc) more;
}

static enum pryv_rc user_by_name(void *self, struct pryv_arena *mem, struct pryv_str username, struct pryv_str *id,
                                 struct pryv_err *err)
{
    return find_user(self, mem, "SELECT id FROM users WHERE username = ?1 AND state = 0", username, id, err);
}

static enum pryv_rc user_by_id(void *self, struct pryv_arena *mem, struct pryv_str id, struct pryv_str *username,
                               struct pryv_err *err)
{
    return find_user(self, mem, "SELECT username FROM users WHERE id = ?1 AND state = 0", id, username, err);
}

static enum pryv_rc users_list(void *self, struct pryv_arena *mem, struct pryv_str after, size_t limit, struct pryv_str **ids,
                               struct pryv_str **usernames, size_t *count, struct pryv_err *err)
{
    struct engine *engine = self;
    struct pryv_session s;
    struct pryv_rows id_rows = PRYV_ROWS(mem, struct pryv_str), name_rows = PRYV_ROWS(mem, struct pryv_str);
    enum pryv_rc rc = session_begin(&s, engine, engine->platform, PRYV_READ, err);
    int more;

    if (rc != PRYV_OK)
        return rc;

    sqlite3_stmt *found = session_read(
        &s, "SELECT id, username FROM users WHERE (?1 IS NULL OR username > ?1) AND state = 0 ORDER BY username LIMIT ?2", err);

    if (found) {
        bind_text(found, 1, after);
        bind_count(found, 2, limit);
    }
    while ((more = session_step(&s, found, err)) > 0) {
        *(struct pryv_str *) pryv_rows_add(&id_rows) = column_copy(mem, found, 0);
        *(struct pryv_str *) pryv_rows_add(&name_rows) = column_copy(mem, found, 1);
    }
    session_done(&s, found);
    session_end(&s);
    if (more < 0)
        return (enum pryv_rc) more;
    *ids = id_rows.items;
    *usernames = name_rows.items;
    *count = id_rows.count;
    return PRYV_OK;
}

/* One statement of the index, durable. */
static enum pryv_rc write_index(struct engine *engine, const char *sql, struct pryv_str id, struct pryv_str username,
                                double since, uint64_t *changed, struct pryv_err *err)
{
    static const struct unique_key keys[] = { { "users.id", "id" }, { "users.username", "username" }, { NULL, NULL } };
    struct pryv_session s;
    enum pryv_rc rc = session_begin(&s, engine, engine->platform, PRYV_WRITE, err);

    if (rc != PRYV_OK)
        return rc;

    sqlite3_stmt *statement = session_write(&s, sql, err);

    if (statement) {
        bind_text(statement, 1, id);
        bind_text(statement, 2, username);
        bind_number(statement, 3, since);
    }
    rc = session_run(&s, statement, keys, changed, err);
    if (rc == PRYV_OK)
        rc = session_commit(&s, err);
    session_end(&s);
    return rc;
}

static enum pryv_rc forget_user(struct engine *engine, struct pryv_str id, struct pryv_err *err)
{
    return write_index(engine, "DELETE FROM users WHERE id = ?1 AND ?2 IS NULL AND ?3 IS NULL", id, PRYV_STR_NONE, PRYV_ABSENT,
                       NULL, err);
}

/* ---- Files ----------------------------------------------------------------------------------- */

static enum pryv_rc make_database(struct engine *engine, struct pryv_arena *mem, struct pryv_str id, struct pryv_err *err)
{
    char *folder = pryv_cstr(mem, pryv_format(mem, "%s/sqlite", user_folder(engine, mem, id)));
    const char *path = pryv_format(mem, "%s/" DATABASE_FILE, folder).data;

    if (pryv_tree_remove(folder) == -1) /* of an earlier attempt that a crash cut short */
        return cannot(err, "remove", folder);
    if (pryv_folder_make(folder) == -1)
        return cannot(err, "make", folder);

    enum pryv_rc rc = user_image_write(&engine->user_image, path, &engine->pool.options, err);

    if (rc == PRYV_OK && pryv_folder_sync(folder) == -1)
        rc = cannot(err, "make durable", folder);
    return rc;
}

static enum pryv_rc erase_files(struct engine *engine, struct pryv_arena *mem, struct pryv_str id, struct pryv_err *err)
{
    char *folder = user_folder(engine, mem, id);
    const char *own = pryv_format(mem, "%s/sqlite", folder).data;
    const char *erased = pryv_format(mem, "%s/.erased-%.*s", engine->users_path, PRYV_STR_ARG(id)).data;
    struct database *database = database_find(&engine->pool, id);

    if (database) {
        database_forget(database);
        database_put(database);
    }
    /* Out of the way first: whoever opens it now finds nothing, and nobody makes a file beside those that go. */
    if (pryv_tree_remove(erased) == -1)
        return cannot(err, "remove", erased);
    if (rename(own, erased) == -1 && errno != ENOENT)
        return cannot(err, "move", own);
    if (pryv_tree_remove(erased) == -1)
        return cannot(err, "remove", erased);
    if (pryv_folder_sync(engine->users_path) == -1 && errno != ENOENT)
        return cannot(err, "make durable", engine->users_path);
    pryv_folders_remove_empty(folder, engine->users_path);
    return PRYV_OK;
}

/* ---- Making and erasing ---------------------------------------------------------------------- */

static enum pryv_rc user_create(void *self, struct pryv_str id, struct pryv_str username, struct pryv_err *err)
{
    struct engine *engine = self;
    enum pryv_rc rc;

    if (!is_name(id))
        return pryv_fail(err, PRYV_FAILED, "the id of a user cannot be the name of a folder");
    rc = write_index(engine, "INSERT INTO users (id, username, state, since) VALUES (?1, ?2, 1, ?3)", id, username, pryv_now(),
                     NULL, err);
    if (rc != PRYV_OK)
        return rc;
    if ((rc = make_database(engine, err->arena, id, err)) == PRYV_OK)
        rc = write_index(engine, "UPDATE users SET state = 0, since = ?3 WHERE id = ?1 AND username = ?2", id, username,
                         pryv_now(), NULL, err);
    if (rc != PRYV_OK) {
        struct pryv_err unseen = PRYV_ERR(err->arena);

        if (erase_files(engine, err->arena, id, &unseen) == PRYV_OK)
            (void) !forget_user(engine, id, &unseen);
    }
    return rc;
}

/* Rows that were deleted are overwritten in the database, and leave the write-ahead log with all of it. */
static enum pryv_rc scrub_index(struct engine *engine, struct pryv_err *err)
{
    struct connection *connection;
    enum pryv_rc rc = connection_take(engine->platform, true, false, &connection, err);

    if (rc != PRYV_OK)
        return rc;

    sqlite3_stmt *statement = statement_begin(connection, "PRAGMA wal_checkpoint(TRUNCATE)", err);
    int more = statement ? statement_step(connection, statement, err) : (int) err->rc;

    if (more < 0)
        rc = (enum pryv_rc) more;
    else if (more > 0 && sqlite3_column_int(statement, 0) != 0)
        rc = pryv_fail(err, PRYV_BUSY, "readers of %s kept what an erased user left in its log", engine->platform_path);
    statement_end(connection, statement);
    connection_give(connection);
    return rc;
}

static enum pryv_rc user_rename(void *self, struct pryv_str id, struct pryv_str username, struct pryv_err *err)
{
    uint64_t changed = 0;
    enum pryv_rc rc = write_index(self, "UPDATE users SET username = ?2 WHERE id = ?1 AND state = 0 AND ?3 IS NULL", id, username,
                                  PRYV_ABSENT, &changed, err);

    return rc == PRYV_OK && changed == 0 ? pryv_fail(err, PRYV_NOT_FOUND, "no such user") : rc;
}

static enum pryv_rc user_erase(void *self, struct pryv_str id, struct pryv_err *err)
{
    struct engine *engine = self;
    uint64_t changed = 0;
    enum pryv_rc rc;

    if (!is_name(id))
        return PRYV_OK;
    rc = write_index(engine, "UPDATE users SET state = 2, since = ?3 WHERE id = ?1 AND ?2 IS NULL", id, PRYV_STR_NONE, pryv_now(),
                     &changed, err);
    if (rc == PRYV_OK && changed && (rc = erase_files(engine, err->arena, id, err)) == PRYV_OK)
        rc = forget_user(engine, id, err);
    return rc == PRYV_OK ? scrub_index(engine, err) : rc; /* also when a crash came before it the last time */
}

static enum pryv_rc list_unfinished(struct engine *engine, struct pryv_arena *mem, struct pryv_rows *ids, struct pryv_err *err)
{
    struct pryv_session s;
    enum pryv_rc rc = session_begin(&s, engine, engine->platform, PRYV_READ, err);
    int more;

    if (rc != PRYV_OK)
        return rc;

    sqlite3_stmt *found = session_read(&s, "SELECT id FROM users WHERE state <> 0 AND since < ?1", err);

    if (found)
        bind_number(found, 1, pryv_now() - UNFINISHED_SECONDS);
    while ((more = session_step(&s, found, err)) > 0)
        *(struct pryv_str *) pryv_rows_add(ids) = column_copy(mem, found, 0);
    session_done(&s, found);
    session_end(&s);
    return (enum pryv_rc) more;
}

void users_sweep(struct engine *engine)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_rows ids = PRYV_ROWS(mem, struct pryv_str);
    enum pryv_rc rc = list_unfinished(engine, mem, &ids, &err);

    for (size_t i = 0; rc == PRYV_OK && i < ids.count; i++) {
        struct pryv_str id = ((struct pryv_str *) ids.items)[i];

        if ((rc = user_erase(engine, id, &err)) == PRYV_OK)
            pryv_log_info(LOG_NAME, "erased the user %.*s, which a crash had left unfinished", PRYV_STR_ARG(id));
    }
    if (rc != PRYV_OK)
        pryv_log_warn(LOG_NAME, "users that a crash left unfinished remain for now: %s", err.message);
    pryv_arena_free(mem);
}

/* ---- Opening --------------------------------------------------------------------------------- */

enum pryv_rc user_database(struct engine *engine, struct pryv_str id, struct database **out, struct pryv_err *err)
{
    struct database *database;
    struct pryv_str username;
    enum pryv_rc rc;

    if (!is_name(id)) /* the platform's database is known by an empty one */
        return pryv_fail(err, PRYV_NOT_FOUND, "no such user");
    database = database_find(&engine->pool, id);
    if (database && database_is_there(database)) {
        *out = database;
        return PRYV_OK;
    }
    if (database) /* erased; a new user may have its id since */
        database_put(database);
    if ((rc = user_by_id(engine, err->arena, id, &username, err)) != PRYV_OK)
        return rc;

    const char *path = pryv_format(err->arena, "%s/sqlite/" DATABASE_FILE, user_folder(engine, err->arena, id)).data;

    rc = database_get(&engine->pool, id, path, &user_schema, true, out, err);
    if (rc == PRYV_NOT_FOUND && user_by_id(engine, err->arena, id, &username, err) == PRYV_OK)
        return pryv_fail(err, PRYV_FAILED, "the database of the user %.*s is missing: %s", PRYV_STR_ARG(id), path);
    return rc;
}

void users_offer(struct pryv_storage_ops *ops)
{
    ops->user_create = user_create;
    ops->user_by_name = user_by_name;
    ops->user_by_id = user_by_id;
    ops->user_rename = user_rename;
    ops->user_erase = user_erase;
    ops->users_list = users_list;
}
