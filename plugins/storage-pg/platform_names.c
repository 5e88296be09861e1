/* platform_names.c - who has which name and which unique field, registration in two steps, and where users live. Changes come one after the
 * other (session_begin_names), so that what was asked in one stays so until it is done. */
#include "engine.h"
#include <pryv/crypto.h>
#include <pryv/rows.h>

static enum pryv_rc commit(struct pryv_session *s, enum pryv_rc rc, struct pryv_err *err)
{
    if (rc == PRYV_OK)
        rc = session_commit(s, err);
    session_end(s);
    return rc;
}

enum { TEXTS = 3 };

/* A statement with so many of three texts. */
static enum pryv_rc run(struct pryv_session *s, const char *sql, size_t count, const struct pryv_str texts[TEXTS],
                        struct pryv_err *err)
{
    struct call call = { .sql = sql };

    for (size_t i = 0; i < count; i++)
        call_text(&call, texts[i]);
    return session_write(s, &call, 1, NULL, err);
}

/* The first text of the answer; NOT_FOUND, with the reason told, when there is none. */
static enum pryv_rc take_text(struct pryv_arena *mem, PGresult *answer, const char *missing, struct pryv_str *out,
                              struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    if (PQntuples(answer) == 0)
        rc = pryv_fail(err, PRYV_NOT_FOUND, "%s", missing);
    else
        *out = answer_copy(mem, answer, 0, 0);
    PQclear(answer);
    return rc;
}

/* ---- Unique fields --------------------------------------------------------------------------- */

/* A reservation that has expired is not there. */
static void put_owner_question(struct call *call, struct pryv_str field, struct pryv_str value)
{
    call->sql = "SELECT username FROM unique_fields WHERE field = $1 AND value = $2 AND (ticket IS NULL OR expires > $3)";
    call_text(call, field);
    call_text(call, value);
    call_number(call, pryv_now());
}

static enum pryv_rc find_owner(struct pryv_session *s, struct pryv_str field, struct pryv_str value, struct pryv_str *owner,
                               struct pryv_err *err)
{
    struct call call = { 0 };
    PGresult *answer = NULL;
    enum pryv_rc rc;

    put_owner_question(&call, field, value);
    if ((rc = session_read(s, &call, 1, &answer, err)) != PRYV_OK)
        return rc;
    return take_text(err->arena, answer, "nobody has this value", owner, err);
}

/* Only an expired reservation is replaced, or the user's own: who holds the value was asked before, in the same transaction. */
static enum pryv_rc put_field(struct pryv_session *s, struct pryv_str field, struct pryv_str value, struct pryv_str username,
                              struct pryv_str ticket, double expires, struct pryv_err *err)
{
    struct call call = { .sql =
                             "INSERT INTO unique_fields (field, value, username, ticket, expires) VALUES ($1, $2, $3, $4, $5) "
                             "ON CONFLICT (field, value) DO UPDATE SET username = excluded.username, ticket = excluded.ticket, "
                             "expires = excluded.expires" };

    call_text(&call, field);
    call_text(&call, value);
    call_text(&call, username);
    call_text(&call, ticket);
    call_number(&call, expires);
    return session_write(s, &call, 1, NULL, err);
}

static enum pryv_rc has_owner(void *session, struct pryv_str field, struct pryv_str value, struct pryv_err *err)
{
    struct pryv_str owner;

    return find_owner(session, field, value, &owner, err);
}

static enum pryv_rc platform_reserve(void *self, struct pryv_str ticket, struct pryv_str username,
                                     const struct pryv_field_value *fields, size_t count, double expires, struct pryv_err *err)
{
    struct pryv_session s;
    enum pryv_rc rc = session_begin_names(&s, self, err);

    if (rc != PRYV_OK)
        return rc;
    if ((rc = pryv_platform_all_free(username, fields, count, has_owner, &s, err)) == PRYV_OK)
        rc = put_field(&s, PRYV_STR("username"), username, username, ticket, expires, err);
    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        if (fields[i].unique)
            rc = put_field(&s, fields[i].field, fields[i].value, username, ticket, expires, err);
    return commit(&s, rc, err);
}

static enum pryv_rc set_indexed(struct pryv_session *s, struct pryv_str username, struct pryv_str field, struct pryv_str value,
                                struct pryv_err *err)
{
    const struct pryv_str texts[TEXTS] = { username, field, value };

    if (!value.data)
        return run(s, "DELETE FROM indexed_fields WHERE username = $1 AND field = $2", 2, texts, err);
    return run(s,
               "INSERT INTO indexed_fields (username, field, value) VALUES ($1, $2, $3) "
               "ON CONFLICT (username, field) DO UPDATE SET value = excluded.value",
               3, texts, err);
}

static enum pryv_rc set_core(struct pryv_session *s, struct pryv_str username, struct pryv_str core_id, struct pryv_err *err)
{
    const struct pryv_str texts[TEXTS] = { username, core_id };

    return run(s,
               "INSERT INTO user_cores (username, core_id) VALUES ($1, $2) "
               "ON CONFLICT (username) DO UPDATE SET core_id = excluded.core_id",
               2, texts, err);
}

/* Whose name a reservation holds, as long as it has not expired. */
static enum pryv_rc reserved_name(struct pryv_session *s, struct pryv_str ticket, struct pryv_str *username, struct pryv_err *err)
{
    struct call call = { .sql = "SELECT username FROM unique_fields WHERE ticket = $1 AND field = 'username' AND expires > $2" };
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_text(&call, ticket);
    call_number(&call, pryv_now());
    if ((rc = session_read(s, &call, 1, &answer, err)) != PRYV_OK)
        return rc;
    return take_text(err->arena, answer, "the reservation has expired", username, err);
}

static enum pryv_rc platform_confirm(void *self, struct pryv_str ticket, const struct pryv_field_value *fields, size_t count,
                                     struct pryv_str core_id, struct pryv_err *err)
{
    const struct pryv_str texts[TEXTS] = { ticket };
    struct pryv_session s;
    struct pryv_str username;
    enum pryv_rc rc = session_begin_names(&s, self, err);

    if (rc != PRYV_OK)
        return rc;
    rc = reserved_name(&s, ticket, &username, err);
    if (rc == PRYV_OK)
        rc = run(&s, "UPDATE unique_fields SET ticket = NULL, expires = NULL WHERE ticket = $1", 1, texts, err);
    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        if (!fields[i].unique)
            rc = set_indexed(&s, username, fields[i].field, fields[i].value, err);
    if (rc == PRYV_OK)
        rc = set_core(&s, username, core_id, err);
    return commit(&s, rc, err);
}

static enum pryv_rc platform_release(void *self, struct pryv_str ticket, struct pryv_err *err)
{
    const struct pryv_str texts[TEXTS] = { ticket };
    struct pryv_session s;
    enum pryv_rc rc = session_begin_names(&s, self, err);

    if (rc != PRYV_OK)
        return rc;
    return commit(&s, run(&s, "DELETE FROM unique_fields WHERE ticket = $1", 1, texts, err), err);
}

static enum pryv_rc platform_unique_owner(void *self, struct pryv_arena *mem, struct pryv_str field, struct pryv_str value,
                                          bool strong PRYV_UNUSED, struct pryv_str *username, struct pryv_err *err)
{
    struct engine *engine = self;
    struct call call = { 0 };
    PGresult *answer = NULL;
    enum pryv_rc rc;

    put_owner_question(&call, field, value);
    if ((rc = pool_run(&engine->pool, &call, &answer, err)) != PRYV_OK)
        return rc;
    return take_text(mem, answer, "nobody has this value", username, err);
}

static enum pryv_rc take_value(struct pryv_session *s, struct pryv_str username, struct pryv_str field, struct pryv_str value,
                               struct pryv_err *err)
{
    struct pryv_str owner;
    enum pryv_rc rc = find_owner(s, field, value, &owner, err);

    if (rc == PRYV_OK && !pryv_str_is(owner, username))
        return pryv_conflict(err, pryv_cstr(err->arena, field), "the value is another user's");
    return rc == PRYV_OK || rc == PRYV_NOT_FOUND ? put_field(s, field, value, username, PRYV_STR_NONE, PRYV_ABSENT, err) : rc;
}

static enum pryv_rc platform_unique_move(void *self, struct pryv_str username, struct pryv_str field, struct pryv_str from,
                                         struct pryv_str to, struct pryv_err *err)
{
    const struct pryv_str texts[TEXTS] = { field, from, username };
    struct pryv_session s;
    enum pryv_rc rc = session_begin_names(&s, self, err);

    if (rc != PRYV_OK)
        return rc;
    if (to.data)
        rc = take_value(&s, username, field, to, err);
    if (rc == PRYV_OK && from.data && !(to.data && pryv_str_is(from, to)))
        rc = run(&s, "DELETE FROM unique_fields WHERE field = $1 AND value = $2 AND username = $3", 3, texts, err);
    return commit(&s, rc, err);
}

/* ---- Indexed fields, cores ------------------------------------------------------------------- */

static enum pryv_rc platform_indexed_set(void *self, struct pryv_str username, struct pryv_str field, struct pryv_str value,
                                         struct pryv_err *err)
{
    struct pryv_session s;
    enum pryv_rc rc = session_begin_names(&s, self, err);

    if (rc != PRYV_OK)
        return rc;
    return commit(&s, set_indexed(&s, username, field, value, err), err);
}

static enum pryv_rc platform_user_fields(void *self, struct pryv_arena *mem, struct pryv_str username,
                                         struct pryv_field_value **out, size_t *count, struct pryv_err *err)
{
    struct engine *engine = self;
    struct call call = { .sql =
                             "SELECT field, value, true AS is_unique FROM unique_fields WHERE username = $1 AND ticket IS NULL "
                             "AND (field <> 'username' OR value = username) "
                             "UNION ALL SELECT field, value, false FROM indexed_fields WHERE username = $1 "
                             "ORDER BY field, is_unique DESC, value" };
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_field_value);
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_text(&call, username);
    if ((rc = pool_run(&engine->pool, &call, &answer, err)) != PRYV_OK)
        return rc;
    for (int i = 0; i < PQntuples(answer); i++)
        *(struct pryv_field_value *) pryv_rows_add(&rows) =
            (struct pryv_field_value){ answer_copy(mem, answer, i, 0), answer_copy(mem, answer, i, 1),
                                       answer_bool(answer, i, 2) };
    PQclear(answer);
    *out = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

static enum pryv_rc platform_user_core(void *self, struct pryv_arena *mem, struct pryv_str username, bool strong PRYV_UNUSED,
                                       struct pryv_str *core_id, struct pryv_err *err)
{
    struct engine *engine = self;
    struct call call = { .sql = "SELECT core_id FROM user_cores WHERE username = $1" };
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_text(&call, username);
    if ((rc = pool_run(&engine->pool, &call, &answer, err)) != PRYV_OK)
        return rc;
    return take_text(mem, answer, "no core is known for this user", core_id, err);
}

/* ---- Another name ---------------------------------------------------------------------------- */

/* Who has the two names decides. `*done`: the user was called so before; else PRYV_OK, CONFLICT or NOT_FOUND. */
static enum pryv_rc check_names(struct pryv_session *s, struct pryv_str from, struct pryv_str to, bool *done,
                                struct pryv_err *err)
{
    struct pryv_str of_from = PRYV_STR_NONE, of_to = PRYV_STR_NONE;
    enum pryv_rc rc = find_owner(s, PRYV_STR("username"), from, &of_from, err);

    if (rc != PRYV_OK)
        return rc;
    rc = find_owner(s, PRYV_STR("username"), to, &of_to, err);
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
    static const struct {
        const char *sql;
        size_t first, count; /* of from, to */
    } steps[] = {
        { "UPDATE unique_fields SET username = $2 WHERE username = $1 AND ticket IS NULL", 0, 2 },
        { "INSERT INTO unique_fields (field, value, username) VALUES ('username', $1, $1) "
          "ON CONFLICT (field, value) DO UPDATE SET username = excluded.username, ticket = NULL, expires = NULL",
          1, 1 },
        { "UPDATE indexed_fields SET username = $2 WHERE username = $1", 0, 2 },
        { "INSERT INTO user_cores (username, core_id) SELECT $2, core_id FROM user_cores WHERE username = $1 "
          "ON CONFLICT (username) DO UPDATE SET core_id = excluded.core_id",
          0, 2 },
    };
    const struct pryv_str texts[TEXTS + 1] = { from, to };
    struct pryv_session s;
    bool done = false;
    enum pryv_rc rc = session_begin_names(&s, self, err);

    if (rc != PRYV_OK)
        return rc;
    rc = check_names(&s, from, to, &done, err);
    for (size_t i = 0; rc == PRYV_OK && !done && i < PRYV_COUNT(steps); i++)
        rc = run(&s, steps[i].sql, steps[i].count, texts + steps[i].first, err);
    return commit(&s, rc, err);
}

static enum pryv_rc platform_former_names(void *self, struct pryv_arena *mem, struct pryv_str username, struct pryv_str **names,
                                          size_t *count, struct pryv_err *err)
{
    struct engine *engine = self;
    struct call call = { .sql = "SELECT value FROM unique_fields "
                                "WHERE username = $1 AND field = 'username' AND value <> username ORDER BY value" };
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_str);
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_text(&call, username);
    if ((rc = pool_run(&engine->pool, &call, &answer, err)) != PRYV_OK)
        return rc;
    for (int i = 0; i < PQntuples(answer); i++)
        *(struct pryv_str *) pryv_rows_add(&rows) = answer_copy(mem, answer, i, 0);
    PQclear(answer);
    *names = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

static enum pryv_rc platform_user_delete(void *self, struct pryv_str username, struct pryv_err *err)
{
    static const char *const statements[] = {
        "DELETE FROM user_cores WHERE username = ANY "
        "($1::bytea || ARRAY(SELECT value FROM unique_fields WHERE field = 'username' AND username = $1))",
        "DELETE FROM unique_fields WHERE username = $1",
        "DELETE FROM indexed_fields WHERE username = $1",
    };
    const struct pryv_str texts[TEXTS] = { username };
    struct pryv_session s;
    enum pryv_rc rc = session_begin_names(&s, self, err);

    if (rc != PRYV_OK)
        return rc;
    for (size_t i = 0; rc == PRYV_OK && i < PRYV_COUNT(statements); i++)
        rc = run(&s, statements[i], 1, texts, err);
    return commit(&s, rc, err);
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
