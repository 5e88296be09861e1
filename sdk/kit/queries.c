/* queries.c - which events match a query: by hand where it is easily got wrong, and against the naive model. */
#include "model.h"

static struct pryv_str a_user_with(struct check *c, const struct pryv_event *rows, size_t count)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);

    for (size_t i = 0; i < count; i++)
        KEEPS(c->storage->event_insert(s, &rows[i], ERR));
    kit_commit(c, s);
    return user;
}

static void states(struct check *c)
{
    struct pryv_event rows[] = { kit_event(c, "live", "diary", 1), kit_event(c, "trashed", "diary", 2) };
    struct pryv_event_query query = kit_query();
    struct pryv_session *s;

    rows[1].trashed = true;
    s = kit_read(c, a_user_with(c, rows, 2));
    EXPECT_TEXT(kit_query_ids(c, s, &query), "live trashed ");
    query.state = PRYV_STATE_DEFAULT;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "live ");
    query.state = PRYV_STATE_TRASHED;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "trashed ");
}

static void versions_and_deletions(struct check *c)
{
    struct pryv_event rows[] = { kit_event(c, "live", "diary", 1), kit_event(c, "version", "diary", 1),
                                 kit_event(c, "deleted", "diary", 1) };
    struct pryv_event_query query = kit_query();
    struct pryv_str diary = PRYV_STR("diary");
    struct pryv_cursor *cursor = NULL;
    struct pryv_session *s;

    rows[1].head_id = rows[0].id;
    rows[2].deleted = 5;
    s = kit_read(c, a_user_with(c, rows, 3));
    EXPECT_TEXT(kit_query_ids(c, s, &query), "live ");
    KEEPS(c->storage->events_in_streams(s, &diary, 1, &cursor, ERR));
    EXPECT_TEXT(kit_ids(c, kit_cursor(c, s, cursor)), "live ");
}

/* From 0 to 10: a moment before, at, in and behind; a period that reaches in, up to, and not; a negative one. */
static void bounds(struct check *c)
{
    struct pryv_event rows[] = { kit_event(c, "a-before", "d", -0.001), kit_event(c, "b-at-from", "d", 0),
                                 kit_event(c, "c-within", "d", 5),      kit_event(c, "d-at-to", "d", 10),
                                 kit_event(c, "e-after", "d", 10.001),  kit_event(c, "f-reaches", "d", -100),
                                 kit_event(c, "g-touches", "d", -90),   kit_event(c, "h-ends", "d", -80),
                                 kit_event(c, "i-negative", "d", 8) };
    struct pryv_event_query query = kit_query();
    struct pryv_session *s;

    rows[5].duration = 105;
    rows[6].duration = 90;
    rows[7].duration = 79.999;
    rows[8].duration = -20;
    s = kit_read(c, a_user_with(c, rows, PRYV_COUNT(rows)));
    query.from = 0;
    query.to = 10;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "f-reaches g-touches b-at-from c-within d-at-to ");
    query.from = PRYV_ABSENT;
    query.to = -0.001;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "f-reaches g-touches h-ends a-before ");
    query.from = 10;
    query.to = PRYV_ABSENT;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "d-at-to e-after ");
    query.from = 10;
    query.to = 0;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "");
}

/* 45.002 - 49 in doubles is later than the event begins, and still the event's time and duration add up to 45.002. */
static void rounded_ends(struct check *c)
{
    struct pryv_event row = kit_event(c, "ends-at-from", "d", -3.998);
    struct pryv_event_query query = kit_query();

    row.duration = 49;
    query.from = 45.002;
    EXPECT_TEXT(kit_query_ids(c, kit_read(c, a_user_with(c, &row, 1)), &query), "ends-at-from ");
    query.ascending = false;
    EXPECT_TEXT(kit_query_ids(c, kit_read(c, a_user_with(c, &row, 1)), &query), "ends-at-from ");
}

/* Where no event is a period an engine may look at times alone. In all, one and two streams, and of one type. */
static void bounds_of_moments(struct check *c)
{
    static const struct pryv_str ids[] = { { "d", 1 }, { "e", 1 } };
    struct pryv_event rows[] = { kit_event(c, "before", "d", nextafter(10, 0)), kit_event(c, "from", "d", 10),
                                 kit_event(c, "to", "d", 20), kit_event(c, "after", "d", nextafter(20, 100)) };
    struct pryv_stream_condition condition = { false, ids, 1 };
    struct pryv_stream_block block = { &condition, 1 };
    struct pryv_type_filter type = { PRYV_STR("note/txt"), false };
    struct pryv_event_query query = kit_query();
    struct pryv_session *s = kit_read(c, a_user_with(c, rows, PRYV_COUNT(rows)));

    query.from = 10;
    query.to = 20;
    query.types = &type;
    query.blocks = &block;
    query.block_count = 1;
    for (int asked = 0; asked < 12; asked++) {
        query.ascending = asked % 2;
        query.type_count = (size_t) (asked / 2 % 2);
        query.any_stream = asked / 4 == 0;
        condition.count = asked / 4 == 2 ? 2 : 1;
        EXPECT_TEXT(kit_query_ids(c, s, &query), query.ascending ? "from to " : "to from ");
    }
}

static void running(struct check *c)
{
    struct pryv_event rows[] = { kit_event(c, "running", "d", 5), kit_event(c, "moment", "d", 6), kit_event(c, "zero", "d", 7) };
    struct pryv_event_query query = kit_query();
    struct pryv_session *s;

    rows[0].running = true;
    rows[2].duration = 0;
    s = kit_read(c, a_user_with(c, rows, 3));
    query.from = 0;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "moment zero ");
    query.with_running = true;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "running moment zero ");
    query.from = 100;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "running ");
    query.to = 4;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "");
    query.to = PRYV_ABSENT;
    query.with_running = false;
    query.running = true;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "running ");
    query.to = 4;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "");
}

/* The next double, and the one before, are other times; in 15 digits one of the two moments would be later than it is, and the other earlier. */
static void modified_since(struct check *c)
{
    const double moments[] = { nextafter(1700000000.123, 0), nextafter(1700000000.123, INFINITY) };

    for (size_t i = 0; i < PRYV_COUNT(moments); i++) {
        struct pryv_event rows[] = { kit_event(c, "before", "d", 1), kit_event(c, "at", "d", 2), kit_event(c, "after", "d", 3) };
        struct pryv_event_query query = kit_query();

        rows[1].modified = query.modified_since = moments[i];
        rows[0].modified = nextafter(query.modified_since, 0);
        rows[2].modified = nextafter(query.modified_since, INFINITY);
        EXPECT_TEXT(kit_query_ids(c, kit_read(c, a_user_with(c, rows, 3)), &query), "after ");
    }
}

static void types(struct check *c)
{
    static const char *const names[] = { "mass/kg", "mass/lb", "massive/kg", "mas%/kg",  "mas_/kg",      "masq/kg",
                                         "MASS/KG", "mass",    "ma'ss/kg",   "odd/\x7f", "odd/\xc3\xa9", "odd/\xf4\x8f\xbf\xbf",
                                         "odd/" };
    struct pryv_event rows[PRYV_COUNT(names)];
    struct pryv_type_filter filters[2] = { { PRYV_STR("mass/"), true }, { PRYV_STR("mas_/kg"), false } };
    struct pryv_event_query query = kit_query();
    struct pryv_session *s;

    for (size_t i = 0; i < PRYV_COUNT(names); i++) {
        rows[i] = kit_event(c, names[i], "d", (double) i);
        rows[i].type = pryv_str(names[i]);
    }
    s = kit_read(c, a_user_with(c, rows, PRYV_COUNT(rows)));
    query.types = filters;
    query.type_count = 1;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "mass/kg mass/lb ");
    query.type_count = 2;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "mass/kg mass/lb mas_/kg ");
    filters[0].text = PRYV_STR("mas%/");
    query.type_count = 1;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "mas%/kg ");
    filters[0].text = PRYV_STR("ma'ss/");
    EXPECT_TEXT(kit_query_ids(c, s, &query), "ma'ss/kg ");
    filters[0].text = PRYV_STR("odd/");
    EXPECT_TEXT(kit_query_ids(c, s, &query), "odd/\x7f odd/\xc3\xa9 odd/\xf4\x8f\xbf\xbf odd/ ");
}

static void blocks(struct check *c)
{
    static const struct pryv_str a = { "a", 1 }, b = { "b", 1 }, odd = { "'%_\"", 4 };
    struct pryv_event rows[] = { kit_event(c, "in-a", "a", 1), kit_event(c, "in-b", "b", 2),
                                 kit_event(c, "in-both", "a\",\"b", 3), kit_event(c, "in-odd", "'%_\\\"", 4) };
    struct pryv_stream_condition conditions[] = { { false, &a, 1 }, { true, &b, 1 } };
    struct pryv_stream_block one = { conditions, 2 },
                             two[] = { { conditions, 2 }, { &(struct pryv_stream_condition){ false, &odd, 1 }, 1 } };
    struct pryv_event_query query = kit_query();
    struct pryv_session *s = kit_read(c, a_user_with(c, rows, PRYV_COUNT(rows)));

    query.any_stream = false;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "");
    query.blocks = &one;
    query.block_count = 1;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "in-a ");
    one.count = 1;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "in-a in-both ");
    one = (struct pryv_stream_block){ conditions + 1, 1 };
    EXPECT_TEXT(kit_query_ids(c, s, &query), "in-a in-odd ");
    query.blocks = two;
    query.block_count = 2;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "in-a in-odd ");
    query.any_stream = true;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "in-a in-b in-both in-odd ");
}

static void many_streams(struct check *c)
{
    enum { MANY = 5000 };
    struct pryv_event rows[] = { kit_event(c, "first", "s0", 1), kit_event(c, "last", "s4999", 2),
                                 kit_event(c, "other", "other", 3) };
    struct pryv_str *ids = pryv_new_array(c->mem, struct pryv_str, MANY);
    struct pryv_stream_condition condition = { false, ids, MANY };
    struct pryv_stream_block block = { &condition, 1 };
    struct pryv_event_query query = kit_query();
    struct pryv_session *s = kit_read(c, a_user_with(c, rows, 3));

    for (size_t i = 0; i < MANY; i++)
        ids[i] = kit_text(c, "s%zu", i);
    query.any_stream = false;
    query.blocks = &block;
    query.block_count = 1;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "first last ");
    condition.not_in = true;
    EXPECT_TEXT(kit_query_ids(c, s, &query), "other ");
}

static void query_is_not_kept(struct check *c)
{
    struct pryv_event rows[] = { kit_event(c, "a", "a", 1), kit_event(c, "b", "b", 2), kit_event(c, "c", "a", 3) };
    char id[] = "a", type[] = "note/txt";
    struct pryv_str ids = pryv_str(id);
    struct pryv_type_filter filter = { pryv_str(type), false };
    struct pryv_stream_condition condition = { false, &ids, 1 };
    struct pryv_stream_block block = { &condition, 1 };
    struct pryv_event_query query = kit_query();
    struct pryv_cursor *cursor = NULL;
    struct pryv_session *s = kit_read(c, a_user_with(c, rows, 3));

    query.any_stream = false;
    query.blocks = &block;
    query.block_count = 1;
    query.types = &filter;
    query.type_count = 1;
    KEEPS(c->storage->events_query(s, &query, &cursor, ERR));
    kit_cursor(c, s, cursor);
    memset(id, 'x', 1);
    memset(type, 'x', 8);
    memset(&query, 0xff, sizeof(query));
    memset(&condition, 0xff, sizeof(condition));
    memset(&block, 0xff, sizeof(block));
    memset(&filter, 0xff, sizeof(filter));
    memset(&ids, 0xff, sizeof(ids));
    EXPECT_TEXT(kit_ids(c, cursor), "a c ");
}

static void in_streams(struct check *c)
{
    struct pryv_event rows[] = { kit_event(c, "1", "a", 1), kit_event(c, "2", "b", 2), kit_event(c, "3", "a\",\"b", 3),
                                 kit_event(c, "4", "c", 4) };
    static const struct pryv_str ids[] = { { "a", 1 }, { "b", 1 }, { "nothing", 7 } };
    struct pryv_cursor *cursor = NULL;
    struct pryv_session *s;
    struct pryv_event row;
    bool seen[5] = { false };

    rows[0].trashed = true;
    s = kit_read(c, a_user_with(c, rows, PRYV_COUNT(rows)));
    KEEPS(c->storage->events_in_streams(s, ids, PRYV_COUNT(ids), &cursor, ERR));
    kit_cursor(c, s, cursor);
    while (kit_next(c, cursor, &row)) {
        size_t number = (size_t) (row.id.data[0] - '0');

        EXPECT(number >= 1 && number <= 3, "event %.*s is in none of the streams", PRYV_STR_ARG(row.id));
        EXPECT(!seen[number], "event %zu came twice", number);
        seen[number] = true;
    }
    EXPECT(seen[1] && seen[2] && seen[3], "not every event of the streams came");
    KEEPS(c->storage->events_in_streams(s, ids, 0, &cursor, ERR));
    EXPECT_TEXT(kit_ids(c, kit_cursor(c, s, cursor)), "");
}

/* ---- Against the model ------------------------------------------------------------------------ */

static void as_the_model(struct check *c)
{
    enum { EVENTS = 2000, QUERIES = 300 };
    struct model model = model_make(c, EVENTS, MODEL_STREAMS);
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);

    for (size_t i = 0; i < model.count; i++)
        KEEPS(c->storage->event_insert(s, &model.events[i].row, ERR));
    kit_commit(c, s);
    s = kit_read(c, user);
    for (int i = 0; i < QUERIES; i++) {
        struct pryv_event_query query = model_query(c);

        model_compare(c, s, &model, &query);
    }
}

/* The same after a third was changed, deleted or given versions. */
static void as_the_model_after_changes(struct check *c)
{
    enum { EVENTS = 600, QUERIES = 150 };
    struct model model = model_make(c, EVENTS, MODEL_STREAMS);
    struct model changes = model_make(c, EVENTS, MODEL_STREAMS);
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);

    for (size_t i = 0; i < model.count; i++)
        KEEPS(c->storage->event_insert(s, &model.events[i].row, ERR));
    kit_commit(c, s);
    s = kit_write(c, user);
    for (size_t i = 0; i < model.count; i += 3) {
        struct pryv_event version = model.events[i].row;

        version.id = kit_text(c, "version-%zu", i);
        version.head_id = model.events[i].row.id;
        KEEPS(c->storage->event_insert(s, &version, ERR));
        changes.events[i].row.id = model.events[i].row.id;
        if (i % 2)
            changes.events[i].row.deleted = (double) i;
        model.events[i] = changes.events[i];
        KEEPS(c->storage->event_update(s, &model.events[i].row, ERR));
    }
    kit_commit(c, s);
    s = kit_read(c, user);
    for (int i = 0; i < QUERIES; i++) {
        struct pryv_event_query query = model_query(c);

        model_compare(c, s, &model, &query);
    }
}

const struct subject queries_subject = {
    "queries",
    (const struct promise[]){
        { "by state: not trashed, trashed, all", states, 0 },
        { "versions and deletion records never match", versions_and_deletions, 0 },
        { "from and to are inclusive; a period matches by its end, a negative one too", bounds, 0 },
        { "so are they where all events are moments", bounds_of_moments, 0 },
        { "an end is the sum of time and duration in doubles", rounded_ends, 0 },
        { "running events match `from` only with_running, and `running` alone does not look at `from`", running, 0 },
        { "modified_since is strictly greater", modified_since, 0 },
        { "types: exact, whole class, no wildcards", types, 0 },
        { "blocks: one of them holds with all its conditions; none: nothing matches", blocks, 0 },
        { "a condition with 5,000 streams", many_streams, 0 },
        { "a cursor keeps nothing of the query it was given", query_is_not_kept, 0 },
        { "events in streams: each once, trashed ones too", in_streams, 0 },
        { "all combinations answer as a naive model does", as_the_model, 0 },
        { "they still do after updates, deletions and versions", as_the_model_after_changes, 0 },
        { NULL, NULL, 0 },
    },
};
