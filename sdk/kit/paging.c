/* paging.c - order, skip and limit, and cursors that are left early. */
#include "kit.h"

/* Six events, two at each time, written in another order than they are to be read. */
static struct pryv_str six_events(struct check *c)
{
    static const struct {
        const char *id;
        double time;
    } rows[] = { { "d", 2 }, { "b", 1 }, { "f", 3 }, { "a", 1 }, { "e", 3 }, { "c", 2 } };
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);

    for (size_t i = 0; i < PRYV_COUNT(rows); i++) {
        struct pryv_event row = kit_event(c, rows[i].id, "diary", rows[i].time);

        KEEPS(c->storage->event_insert(s, &row, ERR));
    }
    kit_commit(c, s);
    return user;
}

static void by_time_then_id(struct check *c)
{
    struct pryv_session *s = kit_read(c, six_events(c));
    struct pryv_event_query query = kit_query();

    EXPECT_TEXT(kit_query_ids(c, s, &query), "a b c d e f ");
    query.ascending = false;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "f e d c b a ");
}

static void zeros_are_the_same_time(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_event rows[] = { kit_event(c, "a", "d", 0), kit_event(c, "b", "d", -0.0), kit_event(c, "c", "d", 0),
                                 kit_event(c, "d", "d", -5e-324) };
    struct pryv_event_query query = kit_query();

    for (size_t i = 0; i < PRYV_COUNT(rows); i++)
        kit_add_event(c, user, &rows[i]);
    EXPECT_TEXT(kit_query_ids(c, kit_read(c, user), &query), "d a b c ");
}

static void ids_in_order_of_bytes(struct check *c)
{
    static const char *const ids[] = { "\xc3\xa9", "z", "a", "Z", "10", "9", "~", "aa" };
    struct pryv_str user = kit_user(c);
    struct pryv_event_query query = kit_query();

    for (size_t i = 0; i < PRYV_COUNT(ids); i++) {
        struct pryv_event row = kit_event(c, ids[i], "diary", 1);

        kit_add_event(c, user, &row);
    }
    EXPECT_TEXT(kit_query_ids(c, kit_read(c, user), &query), "10 9 Z a aa z ~ \xc3\xa9 ");
}

static void pages_of(struct check *c, struct pryv_session *s, struct pryv_event_query query)
{
    query.limit = 4;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "a b c d ");
    query.skip = 4;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "e f ");
    query.ascending = false;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "b a ");
    query.skip = 6;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "");
    query.skip = UINT64_MAX;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "");
    query.skip = 0;
    query.limit = 0;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "");
    query.skip = 5;
    query.limit = UINT64_MAX;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "a ");
    query.limit = (uint64_t) INT64_MAX + 2;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "a ");
    query.limit = (uint64_t) 1 << 32;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "a ");
    query.skip = (uint64_t) 1 << 32;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "");
}

/* Of all events, of a stream, of two, of a type, and of what was modified. */
static void pages(struct check *c)
{
    static const struct pryv_str ids[] = { { "diary", 5 }, { "other", 5 } };
    struct pryv_stream_condition condition = { false, ids, 1 };
    struct pryv_stream_block block = { &condition, 1 };
    struct pryv_type_filter type = { PRYV_STR("note/txt"), false };
    struct pryv_session *s = kit_read(c, six_events(c));
    struct pryv_event_query query = kit_query();

    pages_of(c, s, query);
    query.types = &type;
    query.type_count = 1;
    pages_of(c, s, query);
    query.type_count = 0;
    query.modified_since = 5;
    pages_of(c, s, query);
    query.modified_since = PRYV_ABSENT;
    query.any_stream = false;
    query.blocks = &block;
    query.block_count = 1;
    pages_of(c, s, query);
    condition.count = 2;
    pages_of(c, s, query);
}

static void left_early(struct check *c)
{
    struct pryv_str user = six_events(c);
    struct pryv_event_query query = kit_query();
    struct pryv_event row = kit_event(c, "g", "diary", 4);
    struct pryv_session *s;

    for (int i = 0; i < 50; i++) {
        struct pryv_cursor *cursor = NULL;

        s = i % 2 ? kit_read(c, user) : kit_write(c, user);
        KEEPS(c->storage->events_query(s, &query, &cursor, ERR));
        kit_cursor(c, s, cursor);
        for (int steps = i % 4; steps > 0; steps--)
            EXPECT(kit_next(c, cursor, &row), "the cursor ended early");
        kit_close_cursor(c, cursor);
        kit_close(c, s);
    }
    row = kit_event(c, "g", "diary", 4);
    kit_add_event(c, user, &row);
    EXPECT_TEXT(kit_query_ids(c, kit_read(c, user), &query), "a b c d e f g ");
}

static void two_at_once(struct check *c)
{
    struct pryv_session *s = kit_read(c, six_events(c));
    struct pryv_event_query up = kit_query(), down = kit_query();
    struct pryv_cursor *first = NULL, *second = NULL;
    struct pryv_event row;

    down.ascending = false;
    KEEPS(c->storage->events_query(s, &up, &first, ERR));
    kit_cursor(c, s, first);
    EXPECT(kit_next(c, first, &row) && pryv_str_equal(row.id, "a"), "the first is not a");
    KEEPS(c->storage->events_query(s, &down, &second, ERR));
    kit_cursor(c, s, second);
    EXPECT(kit_next(c, second, &row) && pryv_str_equal(row.id, "f"), "the last is not f");
    EXPECT(kit_next(c, first, &row) && pryv_str_equal(row.id, "b"), "the second is not b");
    EXPECT_TEXT(kit_ids(c, second), "e d c b a ");
    EXPECT_TEXT(kit_ids(c, first), "c d e f ");
}

const struct subject paging_subject = {
    "paging",
    (const struct promise[]){
        { "by time, then id, both in the asked direction", by_time_then_id, 0 },
        { "0 and -0 are the same time", zeros_are_the_same_time, 0 },
        { "ids are ordered by their bytes", ids_in_order_of_bytes, 0 },
        { "skip and limit, none, all and beyond", pages, 0 },
        { "cursors may be left in the middle", left_early, 0 },
        { "two cursors of a session do not disturb each other", two_at_once, 0 },
        { NULL, NULL, 0 },
    },
};
