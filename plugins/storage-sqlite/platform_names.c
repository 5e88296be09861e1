/* platform_names.c - who has which name and which unique field, registration in two steps, and where users live. */
#include "engine.h"
#include <pryv/crypto.h>
#include <pryv/rows.h>

/* A reservation that has expired is not there. */
#define HELD "(ticket IS NULL OR expires > ?3)"

/* ---- Unique fields --------------------------------------------------------------------------- */

static enum pryv_rc find_owner(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str field, struct pryv_str value,
                               struct pryv_str *owner, struct pryv_err *err)
{
    sqlite3_stmt *statement =
        session_read(s, "SELECT username FROM unique_fields WHERE field = ?1 AND value = ?2 AND " HELD, err);

    if (statement) {
        bind_text(statement, 1, field);
        bind_text(statement, 2, value);
        bind_number(statement, 3, pryv_now());
    }

    int more = session_step(s, statement, err);

    if (more > 0)
        *owner = column_copy(mem, statement, 0);
    session_done(s, statement);
    if (more == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "nobody has this value");
    return more > 0 ? PRYV_OK : (enum pryv_rc) more;
}

/* Only an expired reservation is replaced: who holds the value was asked before, in the same transaction. */
static enum pryv_rc put_field(struct pryv_session *s, struct pryv_str field, struct pryv_str value, struct pryv_str username,
                              struct pryv_str ticket, double expires, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_write(
        s, "INSERT OR REPLACE INTO unique_fields (field, value, username, ticket, expires) VALUES (?1, ?2, ?3, ?4, ?5)", err);

    if (statement) {
        bind_text(statement, 1, field);
        bind_text(statement, 2, value);
        bind_text(statement, 3, username);
        bind_text(statement, 4, ticket);
        bind_number(statement, 5, expires);
    }
    return session_run(s, statement, NULL, NULL, err);
}

static enum pryv_rc has_owner(void *session, struct pryv_str field, struct pryv_str value, struct pryv_err *err)
{
    struct pryv_str owner;

    return find_owner(session, err->arena, field, value, &owner, err);
}

static enum pryv_rc platform_reserve(void *self, struct pryv_str ticket, struct pryv_str username,
                                     const struct pryv_field_value *fields, size_t count, double expires, struct pryv_err *err)
{
    struct pryv_session s;
    enum pryv_rc rc = platform_begin(self, PRYV_WRITE, &s, err);

    if (rc != PRYV_OK)
        return rc;
    if ((rc = pryv_platform_all_free(username, fields, count, has_owner, &s, err)) != PRYV_OK)
        rc = session_failed(&s, rc, err);
    else
        rc = put_field(&s, PRYV_STR("username"), username, username, ticket, expires, err);
    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        if (fields[i].unique)
            rc = put_field(&s, fields[i].field, fields[i].value, username, ticket, expires, err);
    return platform_end(&s, rc, err);
}

static enum pryv_rc set_indexed(struct pryv_session *s, struct pryv_str username, struct pryv_str field, struct pryv_str value,
                                struct pryv_err *err)
{
    sqlite3_stmt *statement =
        value.data ? session_write(s, "INSERT OR REPLACE INTO indexed_fields (username, field, value) VALUES (?1, ?2, ?3)", err)
                   : session_write(s, "DELETE FROM indexed_fields WHERE username = ?1 AND field = ?2", err);

    if (statement) {
        bind_text(statement, 1, username);
        bind_text(statement, 2, field);
        bind_text(statement, 3, value);
    }
    return session_run(s, statement, NULL, NULL, err);
}

static enum pryv_rc set_core(struct pryv_session *s, struct pryv_str username, struct pryv_str core_id, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_write(s, "INSERT OR REPLACE INTO user_cores (username, core_id) VALUES (?1, ?2)", err);

    if (statement) {
        bind_text(statement, 1, username);
        bind_text(statement, 2, core_id);
    }
    return session_run(s, statement, NULL, NULL, err);
}

/* Whose name a reservation holds, as long as it has not expired. */
static enum pryv_rc reserved_name(struct pryv_session *s, struct pryv_str ticket, struct pryv_str *username, struct pryv_err *err)
{
    sqlite3_stmt *statement =
        session_read(s, "SELECT username FROM unique_fields WHERE ticket = ?1 AND field = 'username' AND expires > ?2", err);

    if (statement) {
        bind_text(statement, 1, ticket);
        bind_number(statement, 2, pryv_now());
    }

    int more = session_step(s, statement, err);

    if (more > 0)
        *username = column_copy(err->arena, statement, 0);
    session_done(s, statement);
    if (more == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "the reservation has expired");
    return more > 0 ? PRYV_OK : (enum pryv_rc) more;
}

static enum pryv_rc run_on_ticket(struct pryv_session *s, const char *sql, struct pryv_str ticket, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_write(s, sql, err);

    if (statement)
        bind_text(statement, 1, ticket);
    return session_run(s, statement, NULL, NULL, err);
}

static enum pryv_rc platform_confirm(void *self, struct pryv_str ticket, const struct pryv_field_value *fields, size_t count,
                                     struct pryv_str core_id, struct pryv_err *err)
{
    struct pryv_session s;
    struct pryv_str username;
    enum pryv_rc rc = platform_begin(self, PRYV_WRITE, &s, err);

    if (rc != PRYV_OK)
        return rc;
    rc = reserved_name(&s, ticket, &username, err);
    if (rc == PRYV_OK)
        rc = run_on_ticket(&s, "UPDATE unique_fields SET ticket = NULL, expires = NULL WHERE ticket = ?1", ticket, err);
    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        if (!fields[i].unique)
            rc = set_indexed(&s, username, fields[i].field, fields[i].value, err);
    if (rc == PRYV_OK)
        rc = set_core(&s, username, core_id, err);
    return platform_end(&s, rc, err);
}

static enum pryv_rc platform_release(void *self, struct pryv_str ticket, struct pryv_err *err)
{
    struct pryv_session s;
    enum pryv_rc rc = platform_begin(self, PRYV_WRITE, &s, err);

    if (rc != PRYV_OK)
        return rc;
    return platform_end(&s, run_on_ticket(&s, "DELETE FROM unique_fields WHERE ticket = ?1", ticket, err), err);
}

static enum pryv_rc platform_unique_owner(void *self, struct pryv_arena *mem, struct pryv_str field, struct pryv_str value,
                                          bool strong PRYV_UNUSED, struct pryv_str *username, struct pryv_err *err)
{
    struct pryv_session s;
    enum pryv_rc rc = platform_begin(self, PRYV_READ, &s, err);

    if (rc != PRYV_OK)
        return rc;
    rc = find_owner(&s, mem, field, value, username, err);
    session_end(&s);
    return rc;
}

static enum pryv_rc take_value(struct pryv_session *s, struct pryv_str username, struct pryv_str field, struct pryv_str value,
                               struct pryv_err *err)
{
    struct pryv_str owner;
    enum pryv_rc rc = find_owner(s, err->arena, field, value, &owner, err);

    if (rc == PRYV_OK && !pryv_str_is(owner, username))
        return session_failed(s, pryv_conflict(err, pryv_cstr(err->arena, field), "the value is another user's"), err);
    return rc == PRYV_OK || rc == PRYV_NOT_FOUND ? put_field(s, field, value, username, PRYV_STR_NONE, PRYV_ABSENT, err) : rc;
}

static enum pryv_rc platform_unique_move(void *self, struct pryv_str username, struct pryv_str field, struct pryv_str from,
                                         struct pryv_str to, struct pryv_err *err)
{
    struct pryv_session s;
    enum pryv_rc rc = platform_begin(self, PRYV_WRITE, &s, err);

    if (rc != PRYV_OK)
        return rc;
    if (to.data)
        rc = take_value(&s, username, field, to, err);
    if (rc == PRYV_OK && from.data && !(to.data && pryv_str_is(from, to))) {
        sqlite3_stmt *statement =
            session_write(&s, "DELETE FROM unique_fields WHERE field = ?1 AND value = ?2 AND username = ?3", err);

        if (statement) {
            bind_text(statement, 1, field);
            bind_text(statement, 2, from);
            bind_text(statement, 3, username);
        }
        rc = session_run(&s, statement, NULL, NULL, err);
    }
    return platform_end(&s, rc, err);
}

/* ---- Indexed fields, cores ------------------------------------------------------------------- */

static enum pryv_rc platform_indexed_set(void *self, struct pryv_str username, struct pryv_str field, struct pryv_str value,
                                         struct pryv_err *err)
{
    struct pryv_session s;
    enum pryv_rc rc = platform_begin(self, PRYV_WRITE, &s, err);

    if (rc != PRYV_OK)
        return rc;
    return platform_end(&s, set_indexed(&s, username, field, value, err), err);
}

static enum pryv_rc platform_user_fields(void *self, struct pryv_arena *mem, struct pryv_str username,
                                         struct pryv_field_value **out, size_t *count, struct pryv_err *err)
{
    struct pryv_session s;
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_field_value);
    enum pryv_rc rc = platform_begin(self, PRYV_READ, &s, err);
    int more;

    if (rc != PRYV_OK)
        return rc;

    sqlite3_stmt *statement =
        session_read(&s,
                     "SELECT field, value, 1 FROM unique_fields WHERE username = ?1 AND ticket IS NULL "
                     "AND (field <> 'username' OR value = username) "
                     "UNION ALL SELECT field, value, 0 FROM indexed_fields WHERE username = ?1 ORDER BY 1, 3 DESC, 2",
                     err);

    if (statement)
        bind_text(statement, 1, username);
    while ((more = session_step(&s, statement, err)) > 0)
        *(struct pryv_field_value *) pryv_rows_add(&rows) =
            (struct pryv_field_value){ column_copy(mem, statement, 0), column_copy(mem, statement, 1),
                                       sqlite3_column_int(statement, 2) != 0 };
    session_done(&s, statement);
    session_end(&s);
    if (more < 0)
        return (enum pryv_rc) more;
    *out = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

static enum pryv_rc platform_user_core(void *self, struct pryv_arena *mem, struct pryv_str username, bool strong PRYV_UNUSED,
                                       struct pryv_str *core_id, struct pryv_err *err)
{
    struct pryv_session s;
    enum pryv_rc rc = platform_begin(self, PRYV_READ, &s, err);

    if (rc != PRYV_OK)
        return rc;

    sqlite3_stmt *statement = session_read(&s, "SELECT core_id FROM user_cores WHERE username = ?1", err);

    if (statement)
        bind_text(statement, 1, username);

    int more = session_step(&s, statement, err);

    if (more > 0)
        *core_id = column_copy(mem, statement, 0);
    session_done(&s, statement);
    session_end(&s);
    if (more == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "no core is known for this user");
    return more > 0 ? PRYV_OK : (enum pryv_rc) more;
}

/* ---- Another name ---------------------------------------------------------------------------- */

/* Who has the two names decides. `*done`: the user was called so before; else PRYV_OK, CONFLICT or NOT_FOUND. */
static enum pryv_rc check_names(struct pryv_session *s, struct pryv_str from, struct pryv_str to, bool *done,
                                struct pryv_err *err)
{
    struct pryv_str of_from = PRYV_STR_NONE, of_to = PRYV_STR_NONE;
    enum pryv_rc rc = find_owner(s, err->arena, PRYV_STR("username"), from, &of_from, err);

    if (rc != PRYV_OK)
        return rc;
    rc = find_owner(s, err->arena, PRYV_STR("username"), to, &of_to, err);
    if (rc != PRYV_OK && rc != PRYV_NOT_FOUND)
        return rc;
    *done = of_to.data && pryv_str_is(of_to, to) && pryv_str_is(of_from, to);
    if (*done)
        return PRYV_OK;
    if (of_to.data && !pryv_str_is(of_to, from))
        return pryv_conflict(err, "username", "another user has this name");
    return pryv_str_is(of_from, from) ? PRYV_OK : pryv_fail(err, PRYV_NOT_FOUND, "nobody is called so any more");
}

static enum pryv_rc platform_user_rename(void *self, struct pryv_str from, struct pryv_str to, struct pryv_err *err)
{
    static const char *const statements[] = {
        "UPDATE unique_fields SET username = ?2 WHERE username = ?1 AND ticket IS NULL",
        "INSERT OR REPLACE INTO unique_fields (field, value, username) SELECT 'username', ?2, ?2 WHERE ?1 IS NOT NULL",
        "UPDATE indexed_fields SET username = ?2 WHERE username = ?1",
        "INSERT OR REPLACE INTO user_cores (username, core_id) SELECT ?2, core_id FROM user_cores WHERE username = ?1",
    };
    struct pryv_session s;
    bool done = false;
    enum pryv_rc rc = platform_begin(self, PRYV_WRITE, &s, err);

    if (rc != PRYV_OK)
        return rc;
    if ((rc = check_names(&s, from, to, &done, err)) != PRYV_OK)
        rc = session_failed(&s, rc, err);
    for (size_t i = 0; rc == PRYV_OK && !done && i < PRYV_COUNT(statements); i++) {
        sqlite3_stmt *statement = session_write(&s, statements[i], err);

        if (statement) {
            bind_text(statement, 1, from);
            bind_text(statement, 2, to);
        }
        rc = session_run(&s, statement, NULL, NULL, err);
    }
    return platform_end(&s, rc, err);
}

static enum pryv_rc platform_former_names(void *self, struct pryv_arena *mem, struct pryv_str username, struct pryv_str **names,
                                          size_t *count, struct pryv_err *err)
{
    struct pryv_session s;
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_str);
    enum pryv_rc rc = platform_begin(self, PRYV_READ, &s, err);
    int more;

    if (rc != PRYV_OK)
        return rc;

    sqlite3_stmt *statement = session_read(
        &s, "SELECT value FROM unique_fields WHERE username = ?1 AND field = 'username' AND value <> username ORDER BY value",
        err);

    if (statement)
        bind_text(statement, 1, username);
    while ((more = session_step(&s, statement, err)) > 0)
        *(struct pryv_str *) pryv_rows_add(&rows) = column_copy(mem, statement, 0);
    session_done(&s, statement);
    session_end(&s);
    if (more < 0)
        return (enum pryv_rc) more;
    *names = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

static enum pryv_rc platform_user_delete(void *self, struct pryv_str username, struct pryv_err *err)
{
    static const char *const statements[] = {
        "DELETE FROM user_cores WHERE username = ?1 "
        "OR username IN (SELECT value FROM unique_fields WHERE field = 'username' AND username = ?1)",
        "DELETE FROM unique_fields WHERE username = ?1",
        "DELETE FROM indexed_fields WHERE username = ?1",
    };
    struct pryv_session s;
    enum pryv_rc rc = platform_begin(self, PRYV_WRITE, &s, err);

    if (rc != PRYV_OK)
        return rc;
    for (size_t i = 0; rc == PRYV_OK && i < PRYV_COUNT(statements); i++) {
        sqlite3_stmt *statement = session_write(&s, statements[i], err);

        if (statement)
            bind_text(statement, 1, username);
        rc = session_run(&s, statement, NULL, NULL, err);
    }
    return platform_end(&s, rc, err);
}

void platform_names_offer(struct pryv_platform_ops *ops)
{
    ops->reserve = platform_reserve;
    ops->confirm = platform_confirm;
    ops->release = platform_release;
    ops->unique_owner = platform_unique_owner;
    ops->unique_move = platform_unique_move;
    ops->indexed_set = platform_indexed_set;
    ops->user_fields = platform_user_fields;
    ops->former_names = platform_former_names;
    ops->user_core = platform_user_core;
    ops->user_delete = platform_user_delete;
    ops->user_rename = platform_user_rename;
}
