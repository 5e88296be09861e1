/* users.c - the users of this core. A user is made by one row, and erased by one transaction. */
#include "engine.h"
#include <pryv/rows.h>

static enum pryv_rc find_user(void *self, struct pryv_arena *mem, const char *sql, struct pryv_str key, struct pryv_str *out,
                              struct pryv_err *err)
{
    struct engine *engine = self;
    struct call call = { .sql = sql };
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_text(&call, key);
    if ((rc = pool_run(&engine->pool, &call, &answer, err)) != PRYV_OK)
        return rc;
    if (PQntuples(answer) == 0)
        rc = pryv_fail(err, PRYV_NOT_FOUND, "no such user");
    else
        *out = answer_copy(mem, answer, 0, 0);
    PQclear(answer);
    return rc;
}

static enum pryv_rc user_by_name(void *self, struct pryv_arena *mem, struct pryv_str username, struct pryv_str *id,
                                 struct pryv_err *err)
{
    return find_user(self, mem, "SELECT id FROM users WHERE username = $1", username, id, err);
}

static enum pryv_rc user_by_id(void *self, struct pryv_arena *mem, struct pryv_str id, struct pryv_str *username,
                               struct pryv_err *err)
{
    return find_user(self, mem, "SELECT username FROM users WHERE id = $1", id, username, err);
}

static enum pryv_rc users_list(void *self, struct pryv_arena *mem, struct pryv_str after, size_t limit, struct pryv_str **ids,
                               struct pryv_str **usernames, size_t *count, struct pryv_err *err)
{
    struct engine *engine = self;
    struct call call = { .sql = "SELECT id, username FROM users WHERE username > $1 ORDER BY username LIMIT $2" };
    struct call from_first = { .sql = "SELECT id, username FROM users ORDER BY username LIMIT $1" };
    struct pryv_rows id_rows = PRYV_ROWS(mem, struct pryv_str), name_rows = PRYV_ROWS(mem, struct pryv_str);
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_text(&call, after);
    call_count(&call, limit);
    call_count(&from_first, limit);
    if ((rc = pool_run(&engine->pool, after.data ? &call : &from_first, &answer, err)) != PRYV_OK)
        return rc;
    for (int i = 0; i < PQntuples(answer); i++) {
        *(struct pryv_str *) pryv_rows_add(&id_rows) = answer_copy(mem, answer, i, 0);
        *(struct pryv_str *) pryv_rows_add(&name_rows) = answer_copy(mem, answer, i, 1);
    }
    PQclear(answer);
    *ids = id_rows.items;
    *usernames = name_rows.items;
    *count = id_rows.count;
    return PRYV_OK;
}

static enum pryv_rc user_create(void *self, struct pryv_str id, struct pryv_str username, struct pryv_err *err)
{
    struct engine *engine = self;
    struct call call = { .sql = "INSERT INTO users (id, username) VALUES ($1, $2)" };

    call_text(&call, id);
    call_text(&call, username);
    return pool_run(&engine->pool, &call, NULL, err);
}

static enum pryv_rc user_rename(void *self, struct pryv_str id, struct pryv_str username, struct pryv_err *err)
{
    struct engine *engine = self;
    struct call call = { .sql = "UPDATE users SET username = $2 WHERE id = $1" };
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_text(&call, id);
    call_text(&call, username);
    if ((rc = pool_run(&engine->pool, &call, &answer, err)) != PRYV_OK)
        return rc;
    if (answer_changed(answer) == 0)
        rc = pryv_fail(err, PRYV_NOT_FOUND, "no such user");
    PQclear(answer);
    return rc;
}

/* ---- Erasing --------------------------------------------------------------------------------- */

/* Ends the sessions of all workers that read the user's data, and keeps new ones out until the transaction ends. */
static enum pryv_rc end_readers(struct pryv_session *s, struct pryv_str id, struct pryv_err *err)
{
    int64_t key = user_lock(id, LOCK_PRESENCE);
    struct call calls[] = {
        { .sql = "SET LOCAL statement_timeout = 0" }, /* it takes as long as there are rows */
        { .sql = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 "
                 "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
                 "AND classid::bigint = $1 AND objid::bigint = $2 AND pid <> pg_backend_pid()" },
        { .sql = "SELECT pg_advisory_xact_lock($1)" },
    };

    call_integer(&calls[1], (int64_t) ((uint64_t) key >> 32));
    call_integer(&calls[1], (int64_t) ((uint64_t) key & UINT32_MAX));
    call_integer(&calls[2], key);
    return session_read(s, calls, PRYV_COUNT(calls), NULL, err);
}

static enum pryv_rc erase_rows(struct pryv_session *s, struct pryv_str id, struct pryv_err *err)
{
    static const char *const statements[] = {
        "DELETE FROM events WHERE user_number = $1",        "DELETE FROM event_streams WHERE user_number = $1",
        "DELETE FROM audit_events WHERE user_number = $1",  "DELETE FROM audit_streams WHERE user_number = $1",
        "DELETE FROM streams WHERE user_number = $1",       "DELETE FROM stream_deletions WHERE user_number = $1",
        "DELETE FROM accesses WHERE user_number = $1",      "DELETE FROM sessions WHERE user_number = $1",
        "DELETE FROM passwords WHERE user_number = $1",     "DELETE FROM account_fields WHERE user_number = $1",
        "DELETE FROM key_values WHERE user_number = $1",    "DELETE FROM webhooks WHERE user_number = $1",
        "DELETE FROM series_chunks WHERE user_number = $1",
    };
    struct call calls[PRYV_COUNT(statements) + 1];

    for (size_t i = 0; i < PRYV_COUNT(statements); i++) {
        calls[i] = (struct call){ .sql = statements[i] };
        call_integer(&calls[i], s->user);
    }
    calls[PRYV_COUNT(statements)] = (struct call){ .sql = "DELETE FROM users WHERE id = $1" };
    call_text(&calls[PRYV_COUNT(statements)], id);
    return session_write(s, calls, PRYV_COUNT(calls), NULL, err);
}

static enum pryv_rc user_erase(void *self, struct pryv_str id, struct pryv_err *err)
{
    struct pryv_session s;
    enum pryv_rc rc = session_begin(&s, self, id, PRYV_WRITE, err);

    if (rc == PRYV_NOT_FOUND)
        return PRYV_OK;
    if (rc == PRYV_OK)
        connection_be_patient(s.connection);
    if (rc == PRYV_OK && (rc = end_readers(&s, id, err)) == PRYV_OK && (rc = erase_rows(&s, id, err)) == PRYV_OK)
        rc = session_commit(&s, err);
    session_end(&s);
    number_forget(&((struct engine *) self)->numbers, id);
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
