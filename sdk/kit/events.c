/* events.c - single events: what is written comes back, byte for byte. */
#include "kit.h"
#include <stdlib.h>

static struct pryv_event full_event(struct check *c)
{
    struct pryv_event row = kit_event(c, "full", "diary", 1700000000.123);

    row.stream_ids_json = PRYV_STR("[\"diary\",\"work\"]");
    row.duration = 3600.5;
    row.type = PRYV_STR("position/wgs84");
    row.content_json = PRYV_STR("{\"latitude\":46.5,\"longitude\":1e-7,\"nested\":{\"b\":1,\"a\":[null,true,\"\\u0000\"]}}");
    row.description = PRYV_STR("");
    row.client_data_json = PRYV_STR("{\"z\":1,\"a\":2}");
    row.attachments_json =
        PRYV_STR("[{\"id\":\"x\",\"fileName\":\"a.png\",\"type\":\"image/png\",\"size\":3,\"integrity\":\"sha256-x\"}]");
    row.trashed = true;
    row.integrity = PRYV_STR("EVENT:0:sha256-abc=");
    row.created = 1700000000.001;
    row.modified = 1700000000.999;
    row.modified_by = PRYV_STR("someone else");
    return row;
}

/* Written in one transaction, read in the next. */
static void comes_back(struct check *c, const struct pryv_event *row)
{
    struct pryv_str user = kit_user(c);
    struct pryv_event_query query = kit_query();
    struct pryv_cursor *cursor = NULL;
    struct pryv_session *s;
    struct pryv_event found;

    kit_add_event(c, user, row);
    s = kit_read(c, user);
    KEEPS(c->storage->event_get(s, c->mem, row->id, &found, ERR));
    kit_same_event(c, &found, row);
    KEEPS(c->storage->events_query(s, &query, &cursor, ERR));
    kit_cursor(c, s, cursor);
    EXPECT(kit_next(c, cursor, &found), "the query does not find it");
    kit_same_event(c, &found, row);
    EXPECT(!kit_next(c, cursor, &found), "the query finds more");
}

static void comes_back_whole(struct check *c)
{
    struct pryv_event bare = kit_event(c, "bare", "diary", 0), full = full_event(c);

    bare.content_json = PRYV_STR_NONE;
    comes_back(c, &bare);
    comes_back(c, &full);
}

static void many_at_once(struct check *c)
{
    struct pryv_event full = full_event(c), bare = kit_event(c, "bare", "diary", 0),
                      version = kit_event(c, "version", "diary", 0);
    const struct pryv_str ids[] = { bare.id, PRYV_STR("unknown"), full.id, bare.id, version.id, PRYV_STR("") };
    struct pryv_event found[PRYV_COUNT(ids)];
    struct pryv_str user = kit_user(c);
    struct pryv_session *s;

    if (c->storage->size <= offsetof(struct pryv_storage_ops, events_get) || !c->storage->events_get)
        kit_skip(c, "the engine reads single events one by one");
    version.head_id = full.id;
    kit_add_event(c, user, &full);
    kit_add_event(c, user, &bare);
    kit_add_event(c, user, &version);
    s = kit_read(c, user);
    KEEPS(c->storage->events_get(s, c->mem, ids, PRYV_COUNT(ids), found, ERR));
    kit_same_event(c, &found[0], &bare);
    kit_same_event(c, &found[2], &full);
    kit_same_event(c, &found[3], &bare);
    EXPECT(!found[1].id.data && !found[4].id.data && !found[5].id.data, "there are events that nobody wrote, or versions");
    KEEPS(c->storage->events_get(s, c->mem, ids, 0, found, ERR));
}

static void running_comes_back(struct check *c)
{
    struct pryv_event row = kit_event(c, "running", "diary", 5);

    row.running = true;
    comes_back(c, &row);
}

static void numbers_come_back(struct check *c)
{
    static const double times[] = { -0.0,
                                    0,
                                    1e-3,
                                    1e308,
                                    -1e308,
                                    -62135596800.001,
                                    1700000000.001,
                                    1700000000.999,
                                    5e-324,
                                    1e15,
                                    0.1 + 0.2,
                                    9007199254740993.0,
                                    4102444800.123,
                                    -1.5,
                                    123456789.987654321 };

    for (size_t i = 0; i < PRYV_COUNT(times); i++) {
        struct pryv_event row = kit_event(c, "number", "diary", times[i]);

        row.duration = i % 2 ? times[i] : PRYV_ABSENT;
        row.created = row.modified = times[i];
        comes_back(c, &row);
    }
    struct pryv_event row = kit_event(c, "zero", "diary", 10);

    row.duration = 0;
    comes_back(c, &row);
}

static void texts_come_back(struct check *c)
{
    static const struct pryv_str texts[] = {
        { "", 0 },
        { "'; DROP TABLE events; --", 24 },
        { "\"quoted\" 'twice' `thrice` \\", 27 },
        { "100% _under_ [a-z] * ? $1 :name @x", 34 },
        { "a\0b\0", 4 },
        { "\0", 1 },
        { "line\nbreak\r\ttab\x7f\x01", 18 },
        { "\xc3\xa9\xe2\x82\xac \xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf", 15 },
        { "e\xcc\x81 is not \xc3\xa9", 13 },
    };

    for (size_t i = 0; i < PRYV_COUNT(texts); i++) {
        struct pryv_event row = kit_event(c, "text", "diary", 1);

        row.description = row.created_by = row.modified_by = row.integrity = texts[i];
        if (texts[i].len)
            row.id = row.type = texts[i];
        comes_back(c, &row);
    }
}

static void ids_are_bytes(struct check *c)
{
    static const struct pryv_str ids[] = { { "a", 1 },   { "A", 1 },    { "a ", 2 },       { " a", 2 },
                                           { "a\0", 2 }, { "a\0b", 3 }, { "\xc3\xa9", 2 }, { "e\xcc\x81", 3 },
                                           { "1", 1 },   { "1.0", 3 },  { "01", 2 },       { "null", 4 } };
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);
    struct pryv_event found;

    for (size_t i = 0; i < PRYV_COUNT(ids); i++) {
        struct pryv_event row = kit_event(c, "", "diary", (double) i);

        row.id = ids[i];
        KEEPS(c->storage->event_insert(s, &row, ERR));
    }
    for (size_t i = 0; i < PRYV_COUNT(ids); i++) {
        KEEPS(c->storage->event_get(s, c->mem, ids[i], &found, ERR));
        kit_same_number(c, "the time of the event with that id", found.time, (double) i);
    }
}

static struct pryv_str repeated(struct check *c, char letter, size_t len)
{
    char *text = pryv_alloc(c->mem, len);

    memset(text, letter, len);
    return pryv_str_n(text, len);
}

static void long_ids(struct check *c)
{
    struct pryv_event row = kit_event(c, "", "diary", 1);

    row.id = repeated(c, 'i', 10000);
    row.type = repeated(c, 't', 10000);
    row.created_by = repeated(c, 'c', 10000);
    comes_back(c, &row);
}

static void large_content(struct check *c)
{
    enum { TEN_MEGABYTES = 10 * 1000 * 1000 };
    struct pryv_event row = kit_event(c, "large", "diary", 1);
    char *text = pryv_alloc(c->mem, TEN_MEGABYTES);

    for (size_t i = 0; i < TEN_MEGABYTES; i++)
        text[i] = (char) ('a' + kit_below(c, 26));
    text[0] = text[TEN_MEGABYTES - 1] = '"';
    row.content_json = pryv_str_n(text, TEN_MEGABYTES);
    comes_back(c, &row);
}

static void many_streams(struct check *c)
{
    struct pryv_str ids = PRYV_STR("[\"s0\"");
    struct pryv_event row = kit_event(c, "many", "diary", 1), found;
    struct pryv_str last = PRYV_STR("s499");
    struct pryv_str user = kit_user(c);
    struct pryv_cursor *cursor = NULL;
    struct pryv_session *s;

    for (int i = 1; i < 500; i++)
        ids = kit_text(c, "%.*s,\"s%d\"", PRYV_STR_ARG(ids), i);
    row.stream_ids_json = kit_text(c, "%s]", ids.data);
    kit_add_event(c, user, &row);
    s = kit_read(c, user);
    KEEPS(c->storage->event_get(s, c->mem, row.id, &found, ERR));
    kit_same_event(c, &found, &row);
    KEEPS(c->storage->events_in_streams(s, &last, 1, &cursor, ERR));
    EXPECT_TEXT(kit_ids(c, kit_cursor(c, s, cursor)), "many ");
}

static void taken_id(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_event live = kit_event(c, "live", "diary", 1), deleted = kit_event(c, "deleted", "diary", 1),
                      version = kit_event(c, "version", "diary", 1);
    const struct pryv_event *rows[] = { &live, &deleted, &version };

    deleted.deleted = 5;
    version.head_id = PRYV_STR("live");
    for (size_t i = 0; i < PRYV_COUNT(rows); i++)
        kit_add_event(c, user, rows[i]);
    for (size_t i = 0; i < PRYV_COUNT(rows); i++) {
        struct pryv_event again = kit_event(c, pryv_cstr(c->mem, rows[i]->id), "diary", 2);
        struct pryv_session *s = kit_write(c, user);

        CONFLICTS("id", c->storage->event_insert(s, &again, ERR));
    }
}

static void update_replaces(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_event row = full_event(c), other = kit_event(c, "other", "diary", 3), found;
    struct pryv_session *s;

    kit_add_event(c, user, &row);
    kit_add_event(c, user, &other);
    s = kit_write(c, user);
    row = kit_event(c, "full", "elsewhere", 7);
    KEEPS(c->storage->event_update(s, &row, ERR));
    kit_commit(c, s);
    s = kit_read(c, user);
    KEEPS(c->storage->event_get(s, c->mem, row.id, &found, ERR));
    kit_same_event(c, &found, &row);
    KEEPS(c->storage->event_get(s, c->mem, other.id, &found, ERR));
    kit_same_event(c, &found, &other);
}

static void update_moves_streams(struct check *c)
{
    struct pryv_str user = kit_user(c), diary = PRYV_STR("diary"), elsewhere = PRYV_STR("elsewhere");
    struct pryv_event row = kit_event(c, "a", "diary", 1);
    struct pryv_session *s;
    struct pryv_cursor *cursor = NULL;

    kit_add_event(c, user, &row);
    row = kit_event(c, "a", "elsewhere", 1);
    s = kit_write(c, user);
    KEEPS(c->storage->event_update(s, &row, ERR));
    KEEPS(c->storage->events_in_streams(s, &diary, 1, &cursor, ERR));
    EXPECT_TEXT(kit_ids(c, kit_cursor(c, s, cursor)), "");
    KEEPS(c->storage->events_in_streams(s, &elsewhere, 1, &cursor, ERR));
    EXPECT_TEXT(kit_ids(c, kit_cursor(c, s, cursor)), "a ");
}

static void unknown_is_not_found(struct check *c)
{
    struct pryv_event row = kit_event(c, "unknown", "diary", 1), found = { .time = 77 };
    struct pryv_session *s = kit_write(c, kit_user(c));

    ANSWERS(PRYV_NOT_FOUND, c->storage->event_get(s, c->mem, row.id, &found, ERR));
    EXPECT(found.time == 77, "an out parameter was changed by a failure");
    ANSWERS(PRYV_NOT_FOUND, c->storage->event_update(s, &row, ERR));
}

/* Texts that belong to the caller are gone when the call is over. */
static void arguments_are_not_kept(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_event row = kit_event(c, "a", "diary", 1), found;
    struct pryv_session *s = kit_write(c, user);
    char *id = strdup("mine"), *content = strdup("\"mine\"");

    row.id = pryv_str(id);
    row.content_json = pryv_str(content);

    enum pryv_rc rc = c->storage->event_insert(s, &row, ERR);

    memset(id, 'x', 4);
    memset(content, 'x', 6);
    free(id);
    free(content);
    KEEPS(rc);
    kit_commit(c, s);
    s = kit_read(c, user);
    KEEPS(c->storage->event_get(s, c->mem, PRYV_STR("mine"), &found, ERR));
    kit_same_text(c, "the content", found.content_json, PRYV_STR("\"mine\""));
    /* What was answered is the arena's and stays when the session is gone. */
    kit_close(c, s);
    kit_same_text(c, "the content after the session", found.content_json, PRYV_STR("\"mine\""));
}

const struct subject events_subject = {
    "events",
    (const struct promise[]){
        { "an event comes back as it was written", comes_back_whole, 0 },
        { "many at once come back, each at its place", many_at_once, 0 },
        { "a running event comes back", running_comes_back, 0 },
        { "times and durations come back exactly: -0, 1e308, negative, milliseconds", numbers_come_back, 0 },
        { "texts come back byte for byte: quotes, wildcards, NUL, UTF-8", texts_come_back, 0 },
        { "ids are compared byte for byte", ids_are_bytes, 0 },
        { "ids and types of 10,000 bytes", long_ids, 0 },
        { "a content of 10 MB", large_content, 0 },
        { "an event in 500 streams", many_streams, 0 },
        { "the id of a live, deleted or earlier event is a CONFLICT of id", taken_id, 0 },
        { "update replaces the whole row, and that one alone", update_replaces, 0 },
        { "update moves an event to other streams", update_moves_streams, 0 },
        { "an unknown event is NOT_FOUND, and out parameters stay", unknown_is_not_found, 0 },
        { "arguments are not kept, answers stay after the session", arguments_are_not_kept, 0 },
        { NULL, NULL, 0 },
    },
};
