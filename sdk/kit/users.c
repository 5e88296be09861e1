/* users.c - the index of users. */
#include "kit.h"
#include <stdio.h>

static void found_both_ways(struct check *c)
{
    struct pryv_str id = kit_id(c), name = kit_text(c, "name-%s", id.data), found = PRYV_STR_NONE;

    KEEPS(c->storage->user_create(c->storage_self, id, name, ERR));
    KEEPS(c->storage->user_by_name(c->storage_self, c->mem, name, &found, ERR));
    kit_same_text(c, "the id", found, id);
    KEEPS(c->storage->user_by_id(c->storage_self, c->mem, id, &found, ERR));
    kit_same_text(c, "the name", found, name);
}

static void unknown_is_not_found(struct check *c)
{
    struct pryv_str out = PRYV_STR("untouched");
    struct pryv_session *s = NULL;

    ANSWERS(PRYV_NOT_FOUND, c->storage->user_by_name(c->storage_self, c->mem, PRYV_STR("nobody"), &out, ERR));
    ANSWERS(PRYV_NOT_FOUND, c->storage->user_by_id(c->storage_self, c->mem, PRYV_STR("nobody"), &out, ERR));
    EXPECT(pryv_str_equal(out, "untouched"), "an out parameter was changed by a failure");
    ANSWERS(PRYV_NOT_FOUND, c->storage->open(c->storage_self, PRYV_STR("nobody"), PRYV_READ, &s, ERR));
    ANSWERS(PRYV_NOT_FOUND, c->storage->open(c->storage_self, PRYV_STR("nobody"), PRYV_WRITE, &s, ERR));
}

/* Whatever an engine makes of an id: it leads to nobody else, and out of no folder. */
static void odd_ids_are_not_found(struct check *c)
{
    const struct pryv_str user = kit_user(c), ids[] = { PRYV_STR(""),
                                                        PRYV_STR("."),
                                                        PRYV_STR(".."),
                                                        kit_text(c, "../%s", user.data),
                                                        kit_text(c, "%s/", user.data),
                                                        kit_text(c, "%s\n", user.data),
                                                        pryv_str_n(user.data, user.len + 1),
                                                        kit_text(c, "%0300d", 1) };
    struct pryv_str found;
    struct pryv_session *s = NULL;

    for (size_t i = 0; i < PRYV_COUNT(ids); i++) {
        ANSWERS(PRYV_NOT_FOUND, c->storage->user_by_id(c->storage_self, c->mem, ids[i], &found, ERR));
        ANSWERS(PRYV_NOT_FOUND, c->storage->open(c->storage_self, ids[i], PRYV_READ, &s, ERR));
        ANSWERS(PRYV_NOT_FOUND, c->storage->open(c->storage_self, ids[i], PRYV_WRITE, &s, ERR));
        KEEPS(c->storage->user_erase(c->storage_self, ids[i], ERR));
    }
    kit_close(c, kit_read(c, user));
}

static void taken_id(struct check *c)
{
    struct pryv_str id = kit_user(c);

    CONFLICTS("id", c->storage->user_create(c->storage_self, id, kit_id(c), ERR));
}

static void taken_name(struct check *c)
{
    struct pryv_str id = kit_user(c), other = kit_id(c), found;

    CONFLICTS("username", c->storage->user_create(c->storage_self, other, kit_text(c, "user-%s", id.data), ERR));
    ANSWERS(PRYV_NOT_FOUND, c->storage->user_by_id(c->storage_self, c->mem, other, &found, ERR));
}

static void new_user_is_empty(struct check *c)
{
    struct pryv_session *s = kit_read(c, kit_user(c));
    struct pryv_event_query query = kit_query();
    struct pryv_stream *streams;
    struct pryv_access_row *accesses;
    size_t count = 99;

    EXPECT_TEXT(kit_query_ids(c, s, &query), "");
    KEEPS(c->storage->streams_all(s, c->mem, &streams, &count, ERR));
    EXPECT(count == 0, "it has %zu streams", count);
    KEEPS(c->storage->accesses_all(s, c->mem, &accesses, &count, ERR));
    EXPECT(count == 0, "it has %zu accesses", count);
}

static void erased_name_is_free(struct check *c)
{
    struct pryv_str id = kit_user(c), name = kit_text(c, "user-%s", id.data), found;

    KEEPS(c->storage->user_erase(c->storage_self, id, ERR));
    ANSWERS(PRYV_NOT_FOUND, c->storage->user_by_name(c->storage_self, c->mem, name, &found, ERR));
    KEEPS(c->storage->user_create(c->storage_self, kit_id(c), name, ERR));
}

static void renamed(struct check *c)
{
    struct pryv_str id = kit_user(c), other = kit_user(c), old = kit_text(c, "user-%s", id.data), new = kit_id(c), found;
    struct pryv_session *s = NULL;

    if (c->storage->size <= offsetof(struct pryv_storage_ops, user_rename) || !c->storage->user_rename)
        return; /* of contract 1.1; an engine of 1.0 promises nothing */
    KEEPS(c->storage->user_rename(c->storage_self, id, new, ERR));
    KEEPS(c->storage->user_rename(c->storage_self, id, new, ERR));
    KEEPS(c->storage->user_by_id(c->storage_self, c->mem, id, &found, ERR));
    kit_same_text(c, "the name", found, new);
    KEEPS(c->storage->user_by_name(c->storage_self, c->mem, new, &found, ERR));
    kit_same_text(c, "the id", found, id);
    ANSWERS(PRYV_NOT_FOUND, c->storage->user_by_name(c->storage_self, c->mem, old, &found, ERR));
    CONFLICTS("username", c->storage->user_rename(c->storage_self, other, new, ERR));
    ANSWERS(PRYV_NOT_FOUND, c->storage->user_rename(c->storage_self, kit_id(c), kit_id(c), ERR));
    KEEPS(c->storage->open(c->storage_self, id, PRYV_READ, &s, ERR));
    c->storage->close(s);
}

/* All names, in pages of `limit`, as one text. */
static const char *names_of(struct check *c, struct pryv_str after, const char *prefix, size_t limit)
{
    struct pryv_str names = kit_text(c, "%s", "");
    struct pryv_str *ids, *usernames, id;
    size_t count = limit;

    while (count == limit) {
        KEEPS(c->storage->users_list(c->storage_self, c->mem, after, limit, &ids, &usernames, &count, ERR));
        EXPECT(count <= limit, "%zu users were answered, at most %zu asked for", count, limit);
        for (size_t i = 0; i < count; i++) {
            KEEPS(c->storage->user_by_name(c->storage_self, c->mem, usernames[i], &id, ERR));
            kit_same_text(c, "a listed id", ids[i], id);
            EXPECT(!after.data || memcmp(after.data, usernames[i].data, usernames[i].len + 1) < 0, "%s is listed after %s",
                   usernames[i].data, after.data);
            after = usernames[i];
            if (pryv_str_starts(after, prefix))
                names = kit_text(c, "%s%s ", names.data, after.data);
        }
    }
    return names.data;
}

static void listed_by_name(struct check *c)
{
    struct pryv_str prefix = kit_id(c), expected = kit_text(c, "%s", "");
    static const int order[] = { 3, 1, 4, 0, 2 };

    for (size_t i = 0; i < PRYV_COUNT(order); i++) {
        expected = kit_text(c, "%s%s-%zu ", expected.data, prefix.data, i);
        KEEPS(c->storage->user_create(c->storage_self, kit_id(c), kit_text(c, "%s-%d", prefix.data, order[i]), ERR));
    }
    EXPECT_TEXT(names_of(c, PRYV_STR_NONE, prefix.data, 1000), expected.data);
    EXPECT_TEXT(names_of(c, prefix, prefix.data, 2), expected.data);
}

const struct subject users_subject = {
    "users",
    (const struct promise[]){
        { "a new user is found by id and by name", found_both_ways, 0 },
        { "an unknown user is NOT_FOUND, and out parameters stay", unknown_is_not_found, 0 },
        { "so is one of an odd id, which reaches nobody else", odd_ids_are_not_found, 0 },
        { "a taken id is a CONFLICT of id", taken_id, 0 },
        { "a taken name is a CONFLICT of username, and nothing is left of the attempt", taken_name, 0 },
        { "a new user has nothing", new_user_is_empty, 0 },
        { "the name of an erased user is free again", erased_name_is_free, 0 },
        { "a renamed user is found by the new name alone", renamed, 0 },
        { "users are listed by name, page after page", listed_by_name, 0 },
        { NULL, NULL, 0 },
    },
};
