/* bulk.c - many events in one call (event_insert_all, audit_insert_all): as if each was inserted by itself. Of an engine that offers neither the same is
 * asked of many single inserts in one session. */
#include "kit.h"
#include <stdlib.h>

static const char *all_ids(struct check *c, struct pryv_str user)
{
    struct pryv_event_query query = kit_query();
    struct pryv_session *s = kit_read(c, user);
    const char *ids = kit_query_ids(c, s, &query);

    kit_close(c, s);
    return ids;
}

/* ---- Rows of every form ------------------------------------------------------------------------ */

enum { MIXED = 400, HEADS = 5, STREAMS = 6, LARGE = 3 * 1000 * 1000 };

/* Of a literal, NUL characters included. */
#define TEXT(literal)                \
    {                                \
        literal, sizeof(literal) - 1 \
    }

static const struct pryv_str odd_texts[] = {
    TEXT(""),
    TEXT("\0"),
    TEXT("a\0b\0"),
    TEXT("\\N\t\n\r\\."), /* what a text form of bulk loads would take for its own */
    TEXT("PGCOPY\n\xc3\xbf\r\n\0"),
    TEXT("\xf0\x9f\x98\x80 \xc3\xa9 e\xcc\x81 \xf4\x8f\xbf\xbf"),
    TEXT("'; DROP TABLE events; --"),
};

static const struct pryv_str odd_streams[] = {
    TEXT("[\"s0\"]"),
    TEXT("[\"s1\",\"s1\",\"s1\"]"),
    TEXT("[\"s2\",\"\\ud83d\\ude00\",\"\\u0000\"]"),
    TEXT("[\"\\ud83d\\ude00\",\"s3\",\"\xf0\x9f\x98\x80\"]"), /* one stream, told in two ways */
    TEXT("[]"),
};

static double some_number(struct check *c)
{
    static const double numbers[] = { -0.0, 0, 1e308, -1e308, 5e-324, 0.1 + 0.2, 1700000000.123, -1.5, 9007199254740993.0 };

    return numbers[kit_below(c, PRYV_COUNT(numbers))];
}

static struct pryv_str some_text(struct check *c)
{
    size_t at = kit_below(c, PRYV_COUNT(odd_texts) + 1);

    return at < PRYV_COUNT(odd_texts) ? odd_texts[at] : PRYV_STR_NONE;
}

static struct pryv_str large_text(struct check *c)
{
    char *text = pryv_alloc(c->mem, LARGE);

    for (size_t i = 0; i < LARGE; i++)
        text[i] = (char) ('a' + i % 26);
    text[0] = text[LARGE - 1] = '"';
    return pryv_str_n(text, LARGE);
}

/* A version of one of a few heads, a deletion record, or a live event. Times of change repeat: then the order of insertion counts. */
static struct pryv_event some_event(struct check *c, size_t number)
{
    struct pryv_event row = kit_event(c, kit_text(c, "event-%zu", number).data, "", some_number(c));

    row.stream_ids_json = odd_streams[kit_below(c, PRYV_COUNT(odd_streams))];
    row.duration = kit_below(c, 3) ? PRYV_ABSENT : some_number(c);
    row.running = kit_below(c, 9) == 0;
    row.type = kit_text(c, "class/%zu", kit_below(c, 4));
    row.content_json = number == MIXED / 2 ? large_text(c) : kit_below(c, 2) ? kit_text(c, "{\"n\":%zu}", number) : PRYV_STR_NONE;
    row.description = some_text(c);
    row.client_data_json = kit_below(c, 2) ? PRYV_STR("{\"z\":\"\\u0000\"}") : PRYV_STR_NONE;
    row.attachments_json = kit_below(c, 8) ? PRYV_STR_NONE : PRYV_STR("[{\"id\":\"x\"}]");
    row.trashed = kit_below(c, 5) == 0;
    row.integrity = some_text(c);
    row.created_by = some_text(c);
    row.modified = (double) kit_below(c, 3);
    if (kit_below(c, 4) == 0)
        row.head_id = kit_text(c, "event-%zu", kit_below(c, HEADS));
    else if (kit_below(c, 6) == 0)
        row.deleted = (double) kit_below(c, 7);
    return row;
}

static struct pryv_event *some_events(struct check *c)
{
    struct pryv_event *rows = pryv_new_array(c->mem, struct pryv_event, MIXED);

    for (size_t i = 0; i < MIXED; i++)
        rows[i] = some_event(c, i);
    return rows;
}

/* ---- As if one by one -------------------------------------------------------------------------- */

static void same_rows(struct check *c, struct pryv_session *s, struct pryv_cursor *found, const struct pryv_event *rows,
                      size_t *seen)
{
    struct pryv_event row;

    kit_cursor(c, s, found);
    while (kit_next(c, found, &row)) {
        size_t number = strtoul(pryv_cstr(c->mem, row.id) + strlen("event-"), NULL, 10);

        kit_same_event(c, &row, &rows[number]);
        ++*seen;
    }
    kit_close_cursor(c, found);
}

static void each_comes_back(struct check *c, struct pryv_session *s, const struct pryv_event *rows)
{
    struct pryv_event_query query = kit_query();
    struct pryv_cursor *cursor = NULL;
    struct pryv_str *heads;
    size_t seen = 0, count;

    KEEPS(c->storage->events_query(s, &query, &cursor, ERR));
    same_rows(c, s, cursor, rows, &seen);
    KEEPS(c->storage->event_deletions(s, -1, true, 0, UINT64_MAX, &cursor, ERR));
    same_rows(c, s, cursor, rows, &seen);
    KEEPS(c->storage->versioned_events(s, c->mem, PRYV_STR_NONE, SIZE_MAX, &heads, &count, ERR));
    for (size_t i = 0; i < count; i++) {
        KEEPS(c->storage->event_versions(s, heads[i], &cursor, ERR));
        same_rows(c, s, cursor, rows, &seen);
    }
    EXPECT(seen == MIXED, "%d events were inserted, %zu are found", (int) MIXED, seen);
}

/* What the engine answers about them, in its order. */
static const char *answers(struct check *c, struct pryv_session *s)
{
    static const struct pryv_str streams[STREAMS] = { { "s0", 2 }, { "s1", 2 }, { "s2", 2 },
                                                      { "s3", 2 }, { "\0", 1 }, { "\xf0\x9f\x98\x80", 4 } };
    struct pryv_event_query query = kit_query();
    struct pryv_str text = kit_text(c, "%s", "");
    struct pryv_cursor *cursor = NULL;

    query.any_stream = false;
    for (size_t i = 0; i < STREAMS; i++) {
        struct pryv_stream_condition in_it = { .ids = &streams[i], .count = 1 };

        query.blocks = &(struct pryv_stream_block){ &in_it, 1 };
        query.block_count = 1;
        text = kit_text(c, "%sstream %zu: %s\n", text.data, i, kit_query_ids(c, s, &query));
    }
    for (size_t i = 0; i < HEADS; i++) {
        KEEPS(c->storage->event_versions(s, kit_text(c, "event-%zu", i), &cursor, ERR));
        text = kit_text(c, "%sversions %zu: %s\n", text.data, i, kit_ids(c, kit_cursor(c, s, cursor)));
    }
    KEEPS(c->storage->event_deletions(s, -1, true, 0, UINT64_MAX, &cursor, ERR));
    return kit_text(c, "%sdeletions: %s\n", text.data, kit_ids(c, kit_cursor(c, s, cursor))).data;
}

static void as_one_by_one(struct check *c)
{
    struct pryv_str singly = kit_user(c), together = kit_user(c);
    struct pryv_event *rows = some_events(c);
    struct pryv_session *s = kit_write(c, singly);
    const char *expected;

    for (size_t i = 0; i < MIXED; i++)
        KEEPS(c->storage->event_insert(s, &rows[i], ERR));
    kit_commit(c, s);
    s = kit_read(c, singly);
    expected = answers(c, s);
    kit_close(c, s);

    s = kit_write(c, together);
    KEEPS(kit_insert_all(c, s, rows, MIXED));
    each_comes_back(c, s, rows); /* by who wrote it, too */
    EXPECT_TEXT(answers(c, s), expected);
    kit_commit(c, s);
    s = kit_read(c, together);
    each_comes_back(c, s, rows);
    EXPECT_TEXT(answers(c, s), expected);
}

static void counted(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);
    uint64_t events, streams, bytes;

    KEEPS(kit_insert_all(c, s, some_events(c), MIXED));
    kit_commit(c, s);
    KEEPS(c->storage->usage(kit_read(c, user), &events, &streams, &bytes, ERR));
    EXPECT(events == MIXED, "%d events were inserted, usage counts %llu", (int) MIXED, (unsigned long long) events);
}

static void audit_together(struct check *c)
{
    enum { MANY = 50 };
    struct pryv_event rows[MANY], found;
    struct pryv_str user = kit_user(c);
    struct pryv_event_query query = kit_query();
    struct pryv_cursor *cursor = NULL;
    struct pryv_session *s = kit_write(c, user);

    if (c->storage->size <= offsetof(struct pryv_storage_ops, audit_insert_all) || !c->storage->audit_insert_all)
        kit_skip(c, "the engine inserts audit records one by one");
    for (size_t i = 0; i < MANY; i++)
        rows[i] = kit_event(c, kit_text(c, "record-%02zu", i).data, i % 2 ? "odd" : "even", (double) i);
    KEEPS(c->storage->audit_insert_all(s, rows, MANY, ERR));
    KEEPS(c->storage->audit_insert_all(s, rows, 0, ERR));
    KEEPS(c->storage->event_insert(s, &rows[0], ERR)); /* apart from them */
    kit_commit(c, s);
    s = kit_read(c, user);
    KEEPS(c->storage->audit_query(s, &query, &cursor, ERR));
    kit_cursor(c, s, cursor);
    for (size_t i = 0; i < MANY; i++) {
        EXPECT(kit_next(c, cursor, &found), "%d records were inserted, %zu are found", (int) MANY, i);
        kit_same_event(c, &found, &rows[i]);
    }
    EXPECT(!kit_next(c, cursor, &found), "there are more records than were inserted");
    kit_close_cursor(c, cursor);
    EXPECT_TEXT(kit_query_ids(c, s, &query), "record-00 ");
}

/* ---- Within a session --------------------------------------------------------------------------- */

static struct pryv_event *numbered(struct check *c, size_t first, size_t count)
{
    struct pryv_event *rows = pryv_new_array(c->mem, struct pryv_event, count);

    for (size_t i = 0; i < count; i++)
        rows[i] = kit_event(c, kit_text(c, "event-%05zu", first + i).data, "diary", (double) (first + i));
    return rows;
}

static void of_any_number(struct check *c)
{
    static const size_t sizes[] = { 0, 1, 2, 99, 100, 101, 5000 };
    struct pryv_str user = kit_user(c);
    struct pryv_event_query query = kit_query();
    struct pryv_cursor *cursor = NULL;
    struct pryv_event row;
    size_t first = 0, seen = 0;
    struct pryv_session *s;

    for (size_t i = 0; i < PRYV_COUNT(sizes); i++) {
        s = kit_write(c, user);
        KEEPS(kit_insert_all(c, s, numbered(c, first, sizes[i]), sizes[i]));
        kit_commit(c, s);
        first += sizes[i];
    }
    s = kit_read(c, user);
    KEEPS(c->storage->events_query(s, &query, &cursor, ERR));
    kit_cursor(c, s, cursor);
    for (; kit_next(c, cursor, &row); seen++)
        kit_same_number(c, "the time", row.time, (double) seen);
    EXPECT(seen == first, "%zu events were inserted, %zu are found", first, seen);
}

static void among_other_writes(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_stream stream = kit_stream("diary", "Diary", NULL), found;
    struct pryv_event *rows = numbered(c, 0, 4), changed = rows[1];
    struct pryv_session *s = kit_write(c, user);

    changed.time = 9;
    KEEPS(c->storage->stream_insert(s, &stream, ERR));
    KEEPS(kit_insert_all(c, s, rows, 2));
    KEEPS(c->storage->event_update(s, &changed, ERR));
    KEEPS(c->storage->event_insert(s, &rows[2], ERR));
    KEEPS(c->storage->value_set(s, PRYV_STR("profile"), PRYV_STR("key"), PRYV_STR("1"), ERR));
    KEEPS(kit_insert_all(c, s, rows + 3, 1));
    KEEPS(c->storage->stream_get(s, c->mem, stream.id, &found, ERR));
    kit_commit(c, s);
    EXPECT_TEXT(all_ids(c, user), "event-00000 event-00002 event-00003 event-00001 ");
    s = kit_write(c, user);
    KEEPS(kit_insert_all(c, s, numbered(c, 10, 3), 3));
    kit_close(c, s);
    EXPECT_TEXT(all_ids(c, user), "event-00000 event-00002 event-00003 event-00001 ");
}

/* Ids that are taken: by what was committed, by what the session wrote, by another of them; at the beginning, in the middle, at the end. */
static void taken_ids(struct check *c)
{
    enum { MANY = 300 };
    static const size_t places[] = { 0, MANY / 2, MANY - 1 };
    struct pryv_str user = kit_user(c), taken[] = { PRYV_STR("live"), PRYV_STR("deleted"), PRYV_STR("version"), PRYV_STR("own"),
                                                    PRYV_STR("event-00007") };
    struct pryv_event live = kit_event(c, "live", "diary", -1), deleted = kit_event(c, "deleted", "diary", 1),
                      version = kit_event(c, "version", "diary", 1), own = kit_event(c, "own", "diary", 1);

    deleted.deleted = 5;
    version.head_id = live.id;
    kit_add_event(c, user, &live);
    kit_add_event(c, user, &deleted);
    kit_add_event(c, user, &version);
    for (size_t i = 0; i < PRYV_COUNT(taken) * PRYV_COUNT(places); i++) {
        struct pryv_event *rows = numbered(c, 0, MANY);
        struct pryv_session *s = kit_write(c, user);

        rows[places[i % PRYV_COUNT(places)]].id = taken[i / PRYV_COUNT(places)];
        KEEPS(c->storage->event_insert(s, &own, ERR));
        CONFLICTS("id", kit_insert_all(c, s, rows, MANY));
        FAILS(c->storage->commit(s, ERR));
        kit_close(c, s);
        EXPECT_TEXT(all_ids(c, user), "live ");
    }
    struct pryv_session *s = kit_write(c, user);

    KEEPS(kit_insert_all(c, s, numbered(c, 0, 2), 2));
    kit_commit(c, s);
    EXPECT_TEXT(all_ids(c, user), "live event-00000 event-00001 ");
}

static void readers_cannot(struct check *c)
{
    struct pryv_str user = kit_user(c);

    FAILS(kit_insert_all(c, kit_read(c, user), numbered(c, 0, 2), 2));
    EXPECT_TEXT(all_ids(c, user), "");
}

static void arguments_are_not_kept(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);
    struct pryv_event *rows = numbered(c, 0, 2), found;
    char *content = strdup("\"mine\"");
    enum pryv_rc rc;

    rows[1].content_json = pryv_str(content);
    rc = kit_insert_all(c, s, rows, 2);
    memset(content, 'x', 6);
    free(content);
    memset(rows, 0, 2 * sizeof(*rows));
    KEEPS(rc);
    kit_commit(c, s);
    s = kit_read(c, user);
    KEEPS(c->storage->event_get(s, c->mem, PRYV_STR("event-00001"), &found, ERR));
    kit_same_text(c, "the content", found.content_json, PRYV_STR("\"mine\""));
}

const struct subject bulk_subject = {
    "bulk",
    (const struct promise[]){
        { "events, versions and deletions of every form are as if inserted one by one", as_one_by_one, 0 },
        { "so are audit records", audit_together, 0 },
        { "usage counts them", counted, 0 },
        { "none, one, or thousands", of_any_number, 0 },
        { "among other writes of a session, which are one transaction", among_other_writes, 0 },
        { "an id that is taken, also by another of them, is a CONFLICT, and nothing is left", taken_ids, 0 },
        { "a READ session refuses them", readers_cannot, 0 },
        { "arguments are not kept", arguments_are_not_kept, 0 },
        { NULL, NULL, 0 },
    },
};
