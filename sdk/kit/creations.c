/* creations.c - events that are created in a transaction of their own (event_create). */
#include "kit.h"
#include <unistd.h>

static void need_event_create(struct check *c)
{
    if (c->storage->size <= offsetof(struct pryv_storage_ops, event_create) || !c->storage->event_create || !c->storage->settle)
        kit_skip(c, "the engine creates events in sessions alone");
}

static enum pryv_rc create_in(struct check *c, struct pryv_str user, const char *id, const char *stream)
{
    struct pryv_event row = kit_event(c, id, stream, 1);
    struct pryv_str streams[] = { pryv_str(stream) };

    return c->storage->event_create(c->storage_self, user, &row, streams, 1, NULL, ERR);
}

static void add_stream(struct check *c, struct pryv_str user, const char *id, bool trashed)
{
    struct pryv_stream row = kit_stream(id, id, NULL);

    row.trashed = trashed;
    kit_add_stream(c, user, &row);
}

static void is_there(struct check *c)
{
    struct pryv_str user = kit_user(c), streams[2] = { PRYV_STR("one"), PRYV_STR("two") };
    struct pryv_stream_condition in_two = { .ids = &streams[1], .count = 1 };
    struct pryv_stream_block block = { &in_two, 1 };
    struct pryv_event_query query = kit_query();
    struct pryv_event row = kit_event(c, "whole", "one", 3.5), found;
    struct pryv_session *s;

    need_event_create(c);
    row.stream_ids_json = PRYV_STR("[\"one\",\"two\"]");
    row.duration = 0.25;
    row.content_json = PRYV_STR("{\"a\":[1,\"\\u0000\",null]}");
    row.client_data_json = PRYV_STR("{\"x\":true}");
    row.description = PRYV_STR("with \0 in it");
    row.integrity = PRYV_STR("hash");
    add_stream(c, user, "one", false);
    add_stream(c, user, "two", false);
    KEEPS(c->storage->event_create(c->storage_self, user, &row, streams, 2, NULL, ERR));
    s = kit_read(c, user);
    KEEPS(c->storage->event_get(s, c->mem, row.id, &found, ERR));
    kit_same_event(c, &found, &row);
    query.any_stream = false;
    query.blocks = &block;
    query.block_count = 1;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "whole ");
}

static void looks_at_streams(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_event_query query = kit_query();

    need_event_create(c);
    add_stream(c, user, "diary", false);
    add_stream(c, user, "trash", true);
    ANSWERS(PRYV_NOT_FOUND, create_in(c, user, "a", "unknown"));
    ANSWERS(PRYV_NOT_FOUND, create_in(c, user, "b", "trash"));
    ANSWERS(PRYV_NOT_FOUND, create_in(c, PRYV_STR("nobody"), "c", "diary"));

    struct pryv_event row = kit_event(c, "d", "diary", 1);
    struct pryv_str streams[] = { PRYV_STR("diary"), PRYV_STR("trash") };

    ANSWERS(PRYV_NOT_FOUND, c->storage->event_create(c->storage_self, user, &row, streams, 2, NULL, ERR));
    EXPECT_TEXT(kit_query_ids(c, kit_read(c, user), &query), "");
    KEEPS(c->storage->event_create(c->storage_self, user, &row, NULL, 0, NULL, ERR)); /* one that is not to be looked at */
    KEEPS(create_in(c, user, "e", "diary"));
    EXPECT_TEXT(kit_query_ids(c, kit_read(c, user), &query), "d e ");
}

static void taken_id(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_event deleted = kit_event(c, "deleted", "diary", 1);
    struct pryv_event_query query = kit_query();

    need_event_create(c);
    add_stream(c, user, "diary", false);
    deleted.deleted = 5;
    kit_add_event(c, user, &deleted);
    KEEPS(create_in(c, user, "a", "diary"));
    CONFLICTS("id", create_in(c, user, "a", "diary"));
    CONFLICTS("id", create_in(c, user, "deleted", "diary"));
    EXPECT_TEXT(kit_query_ids(c, kit_read(c, user), &query), "a ");
}

/* ---- Several in one transaction ---------------------------------------------------------------- */

static enum pryv_rc create_with(struct check *c, struct pryv_str user, const char *id, const char *stream,
                                struct pryv_pending_commit **pending)
{
    struct pryv_event row = kit_event(c, id, stream, 1);
    struct pryv_str streams[] = { pryv_str(stream) };

    return c->storage->event_create(c->storage_self, user, &row, streams, 1, pending, ERR);
}

static const char *ids_of(struct check *c, struct pryv_str user)
{
    struct pryv_event_query query = kit_query();
    struct pryv_session *s = kit_read(c, user);
    const char *ids = kit_query_ids(c, s, &query);

    kit_close(c, s);
    return ids;
}

static void together(struct check *c)
{
    struct pryv_str user = kit_user(c), other = kit_user(c);
    struct pryv_pending_commit *pending = NULL;

    need_event_create(c);
    add_stream(c, user, "diary", false);
    add_stream(c, other, "diary", false);
    KEEPS(create_with(c, user, "a", "diary", &pending));
    EXPECT(!pending || *ids_of(c, user) == '\0', "what is not settled is seen");
    KEEPS(create_with(c, user, "b", "diary", &pending));
    CONFLICTS("id", create_with(c, user, "a", "diary", &pending));
    ANSWERS(PRYV_NOT_FOUND, create_with(c, user, "c", "unknown", &pending));
    KEEPS(create_with(c, user, "d", "diary", &pending));
    KEEPS(c->storage->settle(pending, ERR));
    EXPECT_TEXT(ids_of(c, user), "a b d ");
    pending = NULL;
    CONFLICTS("id", create_with(c, user, "a", "diary", &pending));
    KEEPS(c->storage->settle(pending, ERR));
    pending = NULL;
    KEEPS(create_with(c, other, "a", "diary", &pending));
    KEEPS(c->storage->settle(pending, ERR));
    EXPECT_TEXT(ids_of(c, other), "a ");
}

/* Who holds the transaction and writes on in a session does not wait for itself. */
static void then_a_session(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_event row = kit_event(c, "b", "diary", 1), found;
    struct pryv_pending_commit *pending = NULL;
    struct pryv_session *s;

    need_event_create(c);
    add_stream(c, user, "diary", false);
    KEEPS(create_with(c, user, "a", "diary", &pending));
    s = kit_write(c, user);
    KEEPS(c->storage->event_get(s, c->mem, PRYV_STR("a"), &found, ERR));
    KEEPS(c->storage->event_insert(s, &row, ERR));
    kit_commit(c, s);
    KEEPS(create_with(c, user, "c", "diary", &pending));
    KEEPS(c->storage->settle(pending, ERR));
    EXPECT_TEXT(ids_of(c, user), "a b c ");
}

/* ---- Beside sessions that write ---------------------------------------------------------------- */

enum { CREATORS = 4, STREAMS = 12 };

struct race {
    struct pryv_str user;
    _Atomic int deleted; /* streams */
};

static const char *stream_of(struct check *c, int number)
{
    return kit_text(c, "stream-%d", number).data;
}

/* All that the stream holds goes, and then the stream. What is created meanwhile must not be left in it. */
static void delete_stream(struct check *c, struct pryv_str user, struct pryv_str stream)
{
    struct pryv_session *s = kit_write(c, user);
    struct pryv_cursor *cursor = NULL;
    struct pryv_event row, deletion;
    const char *ids;

    KEEPS(c->storage->events_in_streams(s, &stream, 1, &cursor, ERR));
    kit_cursor(c, s, cursor);
    ids = kit_ids(c, cursor);
    usleep(2000);
    for (const char *end; (end = strchr(ids, ' ')); ids = end + 1) {
        KEEPS(c->storage->event_get(s, c->mem, pryv_str_n(ids, (size_t) (end - ids)), &row, ERR));
        deletion = row;
        deletion.deleted = 9;
        KEEPS(c->storage->event_update(s, &deletion, ERR));
    }
    KEEPS(c->storage->stream_delete(s, stream, 9, ERR));
    kit_commit(c, s);
}

static void create_or_delete(struct check *c, void *shared, size_t index)
{
    struct race *race = shared;

    if (index == 0) {
        for (; race->deleted < STREAMS; race->deleted++) {
            usleep(3000);
            delete_stream(c, race->user, pryv_str(stream_of(c, race->deleted)));
        }
        return;
    }
    for (int at, n = 0; (at = race->deleted) < STREAMS; n++) {
        struct pryv_pending_commit *pending = NULL;
        enum pryv_rc rc = create_with(c, race->user, kit_id(c).data, stream_of(c, at), n % 2 ? &pending : NULL);

        if (n % 4 == 3 && rc == PRYV_OK)
            rc = create_with(c, race->user, kit_id(c).data, stream_of(c, at), &pending);
        KEEPS(c->storage->settle(pending, kit_err(c)));
        EXPECT(rc == PRYV_OK || rc == PRYV_NOT_FOUND, "while a stream is deleted an event gets %d: %s", rc,
               c->err.message ? c->err.message : "no reason");
    }
}

static void none_is_left_behind(struct check *c)
{
    struct race race = { .user = kit_user(c) };
    struct pryv_event_query query = kit_query();

    need_event_create(c);
    for (int i = 0; i < STREAMS; i++)
        add_stream(c, race.user, stream_of(c, i), false);
    kit_threads(c, 1 + CREATORS, create_or_delete, &race);
    EXPECT_TEXT(kit_query_ids(c, kit_read(c, race.user), &query), "");
}

/* ---- Many at once ------------------------------------------------------------------------------ */

enum { CROWD = 12, CROWD_USERS = 3, CROWD_ROUNDS = 40, LONG_TEXT = 6000 };

struct crowd {
    struct pryv_str users[CROWD_USERS];
    _Atomic unsigned stored[CROWD_USERS];            /* events */
    _Atomic unsigned had[CROWD_USERS][CROWD_ROUNDS]; /* who got the id that all want */
};

/* An engine may have no room for this in an index. It takes it, or fails it; and nobody else's. */
static void create_unwieldy(struct check *c, struct crowd *crowd, size_t at)
{
    char *text = pryv_alloc(c->mem, LONG_TEXT);
    struct pryv_event row = kit_event(c, kit_id(c).data, "diary", 1);
    struct pryv_str stream = PRYV_STR("diary");

    for (size_t i = 0; i < LONG_TEXT; i++)
        text[i] = (char) (' ' + kit_below(c, '~' - ' '));
    row.type = pryv_str_n(text, LONG_TEXT);
    if (c->storage->event_create(c->storage_self, crowd->users[at], &row, &stream, 1, NULL, ERR) == PRYV_OK)
        crowd->stored[at]++;
}

static void create_wanted_by_all(struct check *c, struct crowd *crowd, size_t at, size_t round)
{
    const char *id = kit_text(c, "wanted-%zu", round).data;
    enum pryv_rc rc = create_in(c, crowd->users[at], id, "diary");

    if (rc == PRYV_OK) {
        crowd->had[at][round]++;
        crowd->stored[at]++;
        return;
    }
    CONFLICTS("id", rc);
}

static void create_among_many(struct check *c, void *shared, size_t index)
{
    struct crowd *crowd = shared;

    for (size_t round = 0; round < CROWD_ROUNDS; round++) {
        size_t at = (index + round) % CROWD_USERS;

        create_wanted_by_all(c, crowd, index % CROWD_USERS, round);
        if (index == 0 && round % 4 == 0)
            create_unwieldy(c, crowd, at);
        ANSWERS(PRYV_NOT_FOUND, create_in(c, crowd->users[at], kit_id(c).data, kit_below(c, 2) ? "unknown" : "trash"));
        KEEPS(create_in(c, crowd->users[at], kit_id(c).data, "diary"));
        crowd->stored[at]++;
    }
}

static size_t count_events(struct check *c, struct pryv_str user)
{
    struct pryv_event_query query = kit_query();
    struct pryv_session *s = kit_read(c, user);
    struct pryv_cursor *cursor = NULL;
    struct pryv_event row;
    size_t count = 0;

    KEEPS(c->storage->events_query(s, &query, &cursor, ERR));
    kit_cursor(c, s, cursor);
    while (kit_next(c, cursor, &row))
        count++;
    kit_close(c, s);
    return count;
}

static void each_its_own(struct check *c)
{
    struct crowd crowd = { .stored = { 0 } };

    need_event_create(c);
    for (size_t i = 0; i < CROWD_USERS; i++) {
        crowd.users[i] = kit_user(c);
        add_stream(c, crowd.users[i], "diary", false);
        add_stream(c, crowd.users[i], "trash", true);
    }
    kit_threads(c, CROWD, create_among_many, &crowd);
    for (size_t i = 0; i < CROWD_USERS; i++) {
        size_t found = count_events(c, crowd.users[i]);

        for (size_t round = 0; round < CROWD_ROUNDS; round++)
            EXPECT(crowd.had[i][round] == 1, "an id was given %u times", crowd.had[i][round]);
        EXPECT(found == crowd.stored[i], "%u events were called stored, and %zu are there", crowd.stored[i], found);
    }
}

const struct subject creations_subject = {
    "creations",
    (const struct promise[]){
        { "an event is there whole, in its streams", is_there, 0 },
        { "a user or stream that is not there, or is trashed, is NOT_FOUND, and nothing is written", looks_at_streams, 0 },
        { "a taken id is a CONFLICT", taken_id, 0 },
        { "several of one transaction are there when it is settled", together, 0 },
        { "a WRITE session of the thread that holds the transaction comes after it", then_a_session, 0 },
        { "of many threads each hears what became of its own event", each_its_own, 0 },
        { "none is left in a stream that a WRITE session deletes", none_is_left_behind, 0 },
        { NULL, NULL, 0 },
    },
};
