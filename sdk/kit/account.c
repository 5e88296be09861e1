/* account.c - passwords and account fields. */
#include "kit.h"

static void add_password(struct check *c, struct pryv_session *s, double time, const char *hash)
{
    struct pryv_password_row row = { time, pryv_str(hash), PRYV_STR("system") };

    KEEPS(c->storage->password_add(s, &row, ERR));
}

static const char *hashes(struct check *c, struct pryv_session *s, size_t limit)
{
    struct pryv_password_row *rows;
    struct pryv_str text = kit_text(c, "%s", "");
    size_t count;

    KEEPS(c->storage->passwords(s, c->mem, limit, &rows, &count, ERR));
    for (size_t i = 0; i < count; i++) {
        text = kit_text(c, "%s%.*s@%.17g ", text.data, PRYV_STR_ARG(rows[i].hash), rows[i].time);
        kit_same_text(c, "who made the password", rows[i].created_by, PRYV_STR("system"));
    }
    return text.data;
}

static void newest_first(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);

    add_password(c, s, 20, "b");
    add_password(c, s, 10, "a");
    add_password(c, s, 30.5, "c");
    kit_commit(c, s);
    s = kit_read(c, user);
    EXPECT_TEXT(hashes(c, s, 10), "c@30.5 b@20 a@10 ");
    EXPECT_TEXT(hashes(c, s, 1), "c@30.5 ");
    EXPECT_TEXT(hashes(c, s, 0), "");
    EXPECT_TEXT(hashes(c, s, SIZE_MAX), "c@30.5 b@20 a@10 ");
}

static void taken_time(struct check *c)
{
    struct pryv_session *s = kit_write(c, kit_user(c));
    struct pryv_password_row row = { 10, PRYV_STR("other"), PRYV_STR("system") };

    add_password(c, s, 10, "a");
    CONFLICTS("time", c->storage->password_add(s, &row, ERR));
}

static void replaced(struct check *c)
{
    struct pryv_session *s = kit_write(c, kit_user(c));

    add_password(c, s, 10, "a");
    add_password(c, s, 20, "b");
    KEEPS(c->storage->password_replace(s, 10, PRYV_STR("newer"), ERR));
    EXPECT_TEXT(hashes(c, s, 10), "b@20 newer@10 ");
    ANSWERS(PRYV_NOT_FOUND, c->storage->password_replace(s, 15, PRYV_STR("x"), ERR));
}

/* ---- Account fields --------------------------------------------------------------------------- */

static void set(struct check *c, struct pryv_session *s, const char *field, const char *value, double time)
{
    struct pryv_account_field row = { pryv_str(field), pryv_str(value), time, PRYV_STR("someone") };

    KEEPS(c->storage->account_set(s, &row, ERR));
}

static const char *as_text(struct check *c, const struct pryv_account_field *rows, size_t count)
{
    struct pryv_str text = kit_text(c, "%s", "");

    for (size_t i = 0; i < count; i++) {
        text = kit_text(c, "%s%.*s=%.*s@%.17g ", text.data, PRYV_STR_ARG(rows[i].field), PRYV_STR_ARG(rows[i].value_json),
                        rows[i].time);
        kit_same_text(c, "who set the field", rows[i].created_by, PRYV_STR("someone"));
    }
    return text.data;
}

static const char *fields(struct check *c, struct pryv_session *s)
{
    struct pryv_account_field *rows;
    size_t count;

    KEEPS(c->storage->account_all(s, c->mem, &rows, &count, ERR));
    return as_text(c, rows, count);
}

static const char *history(struct check *c, struct pryv_session *s, const char *field)
{
    struct pryv_account_field *rows;
    size_t count;

    KEEPS(c->storage->account_history(s, c->mem, pryv_str(field), &rows, &count, ERR));
    return as_text(c, rows, count);
}

static void latest_counts(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);

    set(c, s, "language", "\"en\"", 10);
    set(c, s, "email", "\"new@example.com\"", 20);
    set(c, s, "email", "\"old@example.com\"", 10);
    set(c, s, "age", "12.5", 5);
    kit_commit(c, s);
    s = kit_read(c, user);
    EXPECT_TEXT(fields(c, s), "age=12.5@5 email=\"new@example.com\"@20 language=\"en\"@10 ");
    EXPECT_TEXT(history(c, s, "email"), "email=\"new@example.com\"@20 email=\"old@example.com\"@10 ");
    EXPECT_TEXT(history(c, s, "unknown"), "");
}

static void same_time_replaces(struct check *c)
{
    struct pryv_session *s = kit_write(c, kit_user(c));

    set(c, s, "email", "\"a\"", 10);
    set(c, s, "email", "\"b\"", 10);
    EXPECT_TEXT(history(c, s, "email"), "email=\"b\"@10 ");
}

static void field_deleted(struct check *c)
{
    struct pryv_session *s = kit_write(c, kit_user(c));

    set(c, s, "email", "\"a\"", 10);
    set(c, s, "email", "\"b\"", 20);
    set(c, s, "language", "\"en\"", 10);
    KEEPS(c->storage->account_delete(s, PRYV_STR("email"), ERR));
    EXPECT_TEXT(fields(c, s), "language=\"en\"@10 ");
    EXPECT_TEXT(history(c, s, "email"), "");
    KEEPS(c->storage->account_delete(s, PRYV_STR("email"), ERR));
}

const struct subject account_subject = {
    "account",
    (const struct promise[]){
        { "passwords, newest first, at most so many", newest_first, 0 },
        { "two passwords of one time are a CONFLICT of time", taken_time, 0 },
        { "a hash is replaced in its place; an unknown time is NOT_FOUND", replaced, 0 },
        { "the latest row of each field, by field, and the history of one", latest_counts, 0 },
        { "a field set at a time that exists is replaced", same_time_replaces, 0 },
        { "a deleted field is gone with its history; again is no error", field_deleted, 0 },
        { NULL, NULL, 0 },
    },
};
