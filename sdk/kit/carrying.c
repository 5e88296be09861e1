/* carrying.c - all of a user can be read without knowing what there is, and inserted elsewhere as it is. */
#include "kit.h"
#include <stdio.h>

typedef enum pryv_rc (*list_names)(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str after, size_t limit,
                                   struct pryv_str **names, size_t *count, struct pryv_err *err);

static const char *joined(struct check *c, const struct pryv_str *names, size_t count)
{
    struct pryv_str text = kit_text(c, "%s", "");

    for (size_t i = 0; i < count; i++)
        text = kit_text(c, "%s%.*s ", text.data, PRYV_STR_ARG(names[i]));
    return text.data;
}

static const char *page(struct check *c, struct pryv_session *s, list_names list, struct pryv_str after, size_t limit)
{
    struct pryv_str *names;
    size_t count;

    KEEPS(list(s, c->mem, after, limit, &names, &count, ERR));
    return joined(c, names, count);
}

/* Four names, of which "B" comes first: bytes have no alphabet. */
static void four_names(struct check *c, struct pryv_session *s, list_names list)
{
    EXPECT_TEXT(page(c, s, list, PRYV_STR_NONE, SIZE_MAX), "B a a-b b ");
    EXPECT_TEXT(page(c, s, list, PRYV_STR_NONE, 2), "B a ");
    EXPECT_TEXT(page(c, s, list, PRYV_STR("a"), 2), "a-b b ");
    EXPECT_TEXT(page(c, s, list, PRYV_STR("a0"), 2), "b ");
    EXPECT_TEXT(page(c, s, list, PRYV_STR("b"), 2), "");
}

/* In the session that writes them, and in a later one. Only those of this user. */
static void four_names_twice(struct check *c, list_names list,
                             void (*add)(struct check *c, struct pryv_session *s, const char *name))
{
    static const char *const names[] = { "b", "a", "B", "a-b", "a", "a", "b" };
    struct pryv_str user = kit_user(c), other = kit_user(c);
    struct pryv_session *s = kit_write(c, other);

    add(c, s, "c");
    kit_commit(c, s);
    s = kit_write(c, user);
    EXPECT_TEXT(page(c, s, list, PRYV_STR_NONE, SIZE_MAX), "");
    for (size_t i = 0; i < PRYV_COUNT(names) / 2; i++)
        add(c, s, names[i]);
    kit_commit(c, s);
    s = kit_write(c, user);
    for (size_t i = PRYV_COUNT(names) / 2; i < PRYV_COUNT(names); i++)
        add(c, s, names[i]);
    four_names(c, s, list);
    kit_commit(c, s);
    s = kit_read(c, user);
    four_names(c, s, list);
}

static void add_version(struct check *c, struct pryv_session *s, const char *head)
{
    struct pryv_event row = kit_event(c, kit_id(c).data, "diary", 1);
    struct pryv_event live = kit_event(c, kit_id(c).data, "diary", 1);

    row.head_id = pryv_str(head);
    KEEPS(c->storage->event_insert(s, &row, ERR));
    KEEPS(c->storage->event_insert(s, &live, ERR));
}

static void versioned(struct check *c)
{
    four_names_twice(c, c->storage->versioned_events, add_version);
}

static void add_chunk(struct check *c, struct pryv_session *s, const char *event)
{
    KEEPS(c->storage->series_append(s, pryv_str(event), &(struct pryv_series_chunk){ 0, 0, 1, 1, PRYV_STR("points") }, ERR));
}

static void with_series(struct check *c)
{
    four_names_twice(c, c->storage->series_events, add_chunk);
}

static void add_value(struct check *c, struct pryv_session *s, const char *scope)
{
    KEEPS(c->storage->value_set(s, pryv_str(scope), kit_id(c), PRYV_STR("1"), ERR));
}

static void scopes(struct check *c)
{
    four_names_twice(c, c->storage->value_scopes, add_value);
}

static void gone_names(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);

    add_version(c, s, "a");
    add_chunk(c, s, "a");
    KEEPS(c->storage->value_set(s, PRYV_STR("a"), PRYV_STR("key"), PRYV_STR("1"), ERR));
    kit_commit(c, s);
    s = kit_write(c, user);
    KEEPS(c->storage->event_versions_delete(s, PRYV_STR("a"), ERR));
    KEEPS(c->storage->series_drop(s, PRYV_STR("a"), NULL, 0, ERR));
    KEEPS(c->storage->value_set(s, PRYV_STR("a"), PRYV_STR("key"), PRYV_STR_NONE, ERR));
    EXPECT_TEXT(page(c, s, c->storage->versioned_events, PRYV_STR_NONE, SIZE_MAX), "");
    EXPECT_TEXT(page(c, s, c->storage->series_events, PRYV_STR_NONE, SIZE_MAX), "");
    EXPECT_TEXT(page(c, s, c->storage->value_scopes, PRYV_STR_NONE, SIZE_MAX), "");
    kit_commit(c, s);
    s = kit_read(c, user);
    EXPECT_TEXT(page(c, s, c->storage->versioned_events, PRYV_STR_NONE, SIZE_MAX), "");
}

static void all_sessions(struct check *c)
{
    static const struct pryv_session_row rows[] = {
        { { "b", 1 }, { "julie", 5 }, { "app", 3 }, 10 },
        { { "a", 1 }, { "julie", 5 }, { NULL, 0 }, PRYV_ABSENT },
        { { "B", 1 }, { "paul", 4 }, { "", 0 }, 4e9 },
    };
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);
    struct pryv_session_row *found;
    size_t count;

    for (size_t i = 0; i < PRYV_COUNT(rows); i++)
        KEEPS(c->storage->session_put(s, &rows[i], ERR));
    kit_commit(c, s);
    s = kit_read(c, user);
    KEEPS(c->storage->sessions_all(s, c->mem, &found, &count, ERR));
    EXPECT(count == PRYV_COUNT(rows), "%zu sessions, expected %zu", count, PRYV_COUNT(rows));
    for (size_t i = 0; i < count; i++) {
        const struct pryv_session_row *expected = &rows[count - 1 - i];

        kit_same_text(c, "the session's id", found[i].id, expected->id);
        kit_same_text(c, "the session's username", found[i].username, expected->username);
        kit_same_text(c, "the session's app_id", found[i].app_id, expected->app_id);
        kit_same_number(c, "the session's expires", found[i].expires, expected->expires);
    }
}

/* As the application left them: a live one that was used, its version, and a deleted one of the same token and name. */
static void accesses_as_they_are(struct check *c)
{
    struct pryv_access_row live = kit_access("live", "token", "name"), version = live, deleted = live, *found;
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);
    size_t count;

    live.serial = 2;
    live.last_used = 1234.5;
    live.calls_json = PRYV_STR("{\"events:get\":3}");
    version.id = PRYV_STR("version");
    version.head_id = live.id;
    version.serial = 1;
    deleted.id = PRYV_STR("deleted");
    deleted.deleted = 99.25;
    deleted.last_used = 77;
    deleted.calls_json = PRYV_STR("{}");
    deleted.integrity = PRYV_STR("ACCESS:0:x");
    KEEPS(c->storage->access_insert(s, &deleted, ERR));
    KEEPS(c->storage->access_insert(s, &version, ERR));
    KEEPS(c->storage->access_insert(s, &live, ERR));
    kit_commit(c, s);
    s = kit_read(c, user);
    KEEPS(c->storage->accesses_all(s, c->mem, &found, &count, ERR));
    EXPECT(count == 1, "%zu live accesses, expected 1", count);
    kit_same_access(c, found, &live);
    KEEPS(c->storage->access_versions(s, c->mem, live.id, &found, &count, ERR));
    EXPECT(count == 1, "%zu versions, expected 1", count);
    kit_same_access(c, found, &version);
    KEEPS(c->storage->access_deletions(s, c->mem, &found, &count, ERR));
    EXPECT(count == 1, "%zu deleted accesses, expected 1", count);
    kit_same_access(c, found, &deleted);
}

/* ---- The platform ----------------------------------------------------------------------------- */

static const char *former(struct check *c, struct pryv_str name)
{
    struct pryv_str *names;
    size_t count;

    KEEPS(c->platform->former_names(c->platform_self, c->mem, name, &names, &count, ERR));
    return joined(c, names, count);
}

static void former_names(struct check *c)
{
    struct pryv_str id = kit_id(c), ticket = kit_id(c), names[4];
    const struct pryv_field_value fields[] = { { PRYV_STR("email"), kit_text(c, "%s@x", id.data), true } };

    for (size_t i = 0; i < PRYV_COUNT(names); i++)
        names[i] = kit_text(c, "%s-%c", id.data, "cabd"[i]);
    KEEPS(c->platform->reserve(c->platform_self, ticket, names[0], fields, 1, pryv_now() + 60, ERR));
    KEEPS(c->platform->confirm(c->platform_self, ticket, fields, 1, PRYV_STR("core-1"), ERR));
    EXPECT_TEXT(former(c, names[0]), "");
    for (size_t i = 1; i < PRYV_COUNT(names); i++)
        KEEPS(c->platform->user_rename(c->platform_self, names[i - 1], names[i], ERR));
    EXPECT_TEXT(former(c, names[3]), kit_text(c, "%s-a %s-b %s-c ", id.data, id.data, id.data).data);
    EXPECT_TEXT(former(c, names[0]), "");
    KEEPS(c->platform->user_delete(c->platform_self, names[3], ERR));
    EXPECT_TEXT(former(c, names[3]), "");
}

static void values_end(struct check *c)
{
    struct pryv_str prefix = kit_text(c, "%s/", kit_id(c).data), *keys, *values;
    double end = pryv_now() + 3600.125, *ends;
    const double all[] = { PRYV_ABSENT, end, pryv_now() - 1, end + 1 };
    size_t count;

    for (size_t i = 0; i < PRYV_COUNT(all); i++)
        KEEPS(
            c->platform->value_put(c->platform_self, kit_text(c, "%s%zu", prefix.data, i), kit_text(c, "v%zu", i), all[i], ERR));
    KEEPS(c->platform->values_with_ends(c->platform_self, c->mem, prefix, PRYV_STR_NONE, 2, &keys, &values, &ends, &count, ERR));
    EXPECT_TEXT(joined(c, values, count), "v0 v1 ");
    kit_same_number(c, "the end of a value without", ends[0], PRYV_ABSENT);
    kit_same_number(c, "the end", ends[1], end);
    KEEPS(c->platform->values_with_ends(c->platform_self, c->mem, prefix, keys[1], 2, &keys, &values, &ends, &count, ERR));
    EXPECT_TEXT(joined(c, values, count), "v3 ");
    kit_same_number(c, "the end of the last", ends[0], end + 1);
}

const struct subject carrying_subject = {
    "carrying",
    (const struct promise[]){
        { "events with versions are named once, in the order of bytes, page after page", versioned, 0 },
        { "so are events with series", with_series, 0 },
        { "so are scopes with values", scopes, 0 },
        { "what was taken away is not named", gone_names, 0 },
        { "all sessions are told by id, expired ones too", all_sessions, 0 },
        { "accesses are inserted as they are: used, as versions, deleted", accesses_as_they_are, 0 },
        { "former names of a user are told", former_names, NEEDS_PLATFORM },
        { "values tell when they end", values_end, NEEDS_PLATFORM },
        { NULL, NULL, 0 },
    },
};
