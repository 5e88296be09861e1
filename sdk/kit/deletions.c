/* deletions.c - deletion records and earlier versions of events. */
#include "kit.h"

static struct pryv_event deletion(struct check *c, const char *id, double deleted)
{
    struct pryv_event row = kit_event(c, id, "diary", 1);

    row.deleted = deleted;
    return row;
}

static struct pryv_event version(struct check *c, const char *id, const char *head, double modified)
{
    struct pryv_event row = kit_event(c, id, "diary", 1);

    row.head_id = pryv_str(head);
    row.modified = modified;
    return row;
}

static const char *deletions(struct check *c, struct pryv_session *s, double since, bool ascending, uint64_t skip, uint64_t limit)
{
    struct pryv_cursor *cursor = NULL;

    KEEPS(c->storage->event_deletions(s, since, ascending, skip, limit, &cursor, ERR));
    return kit_ids(c, kit_cursor(c, s, cursor));
}

static const char *versions(struct check *c, struct pryv_session *s, const char *head)
{
    struct pryv_cursor *cursor = NULL;

    KEEPS(c->storage->event_versions(s, pryv_str(head), &cursor, ERR));
    return kit_ids(c, kit_cursor(c, s, cursor));
}

static void bare_record(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_event row = kit_event(c, "a", "diary", 1), found;
    struct pryv_event bare = { .id = PRYV_STR("a"),
                               .time = PRYV_ABSENT,
                               .duration = PRYV_ABSENT,
                               .deleted = 1700000000.123,
                               .created = PRYV_ABSENT,
                               .modified = PRYV_ABSENT };
    struct pryv_session *s;

    kit_add_event(c, user, &row);
    s = kit_write(c, user);
    KEEPS(c->storage->event_update(s, &bare, ERR));
    kit_commit(c, s);
    s = kit_read(c, user);
    KEEPS(c->storage->event_get(s, c->mem, row.id, &found, ERR));
    kit_same_event(c, &found, &bare);
}

static void full_record(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_event row = kit_event(c, "a", "diary", 1), found;
    struct pryv_cursor *cursor = NULL;
    struct pryv_session *s;

    kit_add_event(c, user, &row);
    row.deleted = 1700000000.123;
    s = kit_write(c, user);
    KEEPS(c->storage->event_update(s, &row, ERR));
    kit_commit(c, s);
    s = kit_read(c, user);
    KEEPS(c->storage->event_get(s, c->mem, row.id, &found, ERR));
    kit_same_event(c, &found, &row);
    KEEPS(c->storage->event_deletions(s, 0, true, 0, UINT64_MAX, &cursor, ERR));
    kit_cursor(c, s, cursor);
    EXPECT(kit_next(c, cursor, &found), "the record is not listed");
    kit_same_event(c, &found, &row);
}

static void record_is_no_event(struct check *c)
{
    struct pryv_str user = kit_user(c), diary = PRYV_STR("diary");
    struct pryv_event row = kit_event(c, "a", "diary", 1);
    struct pryv_event_query query = kit_query();
    struct pryv_cursor *cursor = NULL;
    struct pryv_session *s;

    kit_add_event(c, user, &row);
    row.deleted = 5;
    s = kit_write(c, user);
    KEEPS(c->storage->event_update(s, &row, ERR));
    EXPECT_TEXT(kit_query_ids(c, s, &query), "");
    KEEPS(c->storage->events_in_streams(s, &diary, 1, &cursor, ERR));
    EXPECT_TEXT(kit_ids(c, kit_cursor(c, s, cursor)), "");
    EXPECT_TEXT(deletions(c, s, 0, true, 0, UINT64_MAX), "a ");
}

static void since(struct check *c)
{
    static const double times[] = { 30, 10, 20.001, 20, 40 };
    struct pryv_session *s = kit_write(c, kit_user(c));

    for (size_t i = 0; i < PRYV_COUNT(times); i++) {
        struct pryv_event row = deletion(c, kit_text(c, "at-%g", times[i]).data, times[i]);

        KEEPS(c->storage->event_insert(s, &row, ERR));
    }
    EXPECT_TEXT(deletions(c, s, 10, true, 0, UINT64_MAX), "at-20 at-20.001 at-30 at-40 ");
    EXPECT_TEXT(deletions(c, s, 10, false, 0, UINT64_MAX), "at-40 at-30 at-20.001 at-20 ");
    EXPECT_TEXT(deletions(c, s, 10, true, 1, 2), "at-20.001 at-30 ");
    EXPECT_TEXT(deletions(c, s, 10, false, 3, 2), "at-20 ");
    EXPECT_TEXT(deletions(c, s, -1e308, true, 0, 1), "at-10 ");
    EXPECT_TEXT(deletions(c, s, 10, true, 0, 0), "");
    EXPECT_TEXT(deletions(c, s, 40, true, 0, UINT64_MAX), "");
}

static void versions_in_order(struct check *c)
{
    static const struct {
        const char *id;
        double modified;
    } rows[] = { { "v3", 30 }, { "v1", 10 }, { "z-first", 20 }, { "a-second", 20 }, { "m-third", 20 } };
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);
    struct pryv_event other = version(c, "other", "other-head", 5), found;

    for (size_t i = 0; i < PRYV_COUNT(rows); i++) {
        struct pryv_event row = version(c, rows[i].id, "head", rows[i].modified);

        KEEPS(c->storage->event_insert(s, &row, ERR));
    }
    KEEPS(c->storage->event_insert(s, &other, ERR));
    kit_commit(c, s);
    s = kit_read(c, user);
    EXPECT_TEXT(versions(c, s, "head"), "v1 z-first a-second m-third v3 ");
    EXPECT_TEXT(versions(c, s, "unknown"), "");
    ANSWERS(PRYV_NOT_FOUND, c->storage->event_get(s, c->mem, PRYV_STR("v1"), &found, ERR));
}

static void version_comes_back(struct check *c)
{
    struct pryv_session *s = kit_write(c, kit_user(c));
    struct pryv_event row = version(c, "v1", "head", 10), found;
    struct pryv_cursor *cursor = NULL;

    row.duration = 5.5;
    row.client_data_json = PRYV_STR("{\"a\":1}");
    row.trashed = true;
    row.integrity = PRYV_STR("EVENT:0:x");
    KEEPS(c->storage->event_insert(s, &row, ERR));
    KEEPS(c->storage->event_versions(s, row.head_id, &cursor, ERR));
    kit_cursor(c, s, cursor);
    EXPECT(kit_next(c, cursor, &found), "no version");
    kit_same_event(c, &found, &row);
}

static void head_is_not_kept(struct check *c)
{
    struct pryv_session *s = kit_write(c, kit_user(c));
    struct pryv_event row = version(c, "a", "head", 1);
    char head[] = "head";
    struct pryv_cursor *cursor = NULL;

    KEEPS(c->storage->event_insert(s, &row, ERR));
    KEEPS(c->storage->event_versions(s, pryv_str(head), &cursor, ERR));
    kit_cursor(c, s, cursor);
    memset(head, 'x', sizeof(head) - 1);
    EXPECT_TEXT(kit_ids(c, cursor), "a ");
}

static void versions_deleted(struct check *c)
{
    struct pryv_session *s = kit_write(c, kit_user(c));
    struct pryv_event head = kit_event(c, "head", "diary", 1), a = version(c, "a", "head", 1), b = version(c, "b", "head", 2),
                      other = version(c, "c", "other", 1);

    KEEPS(c->storage->event_insert(s, &head, ERR));
    KEEPS(c->storage->event_insert(s, &a, ERR));
    KEEPS(c->storage->event_insert(s, &b, ERR));
    KEEPS(c->storage->event_insert(s, &other, ERR));
    KEEPS(c->storage->event_versions_delete(s, head.id, ERR));
    EXPECT_TEXT(versions(c, s, "head"), "");
    EXPECT_TEXT(versions(c, s, "other"), "c ");
    KEEPS(c->storage->event_get(s, c->mem, head.id, &head, ERR));
    KEEPS(c->storage->event_versions_delete(s, PRYV_STR("unknown"), ERR));
}

/* With something in every column, as a period or a running one. */
static struct pryv_event full_version(struct check *c, const char *id, bool running)
{
    struct pryv_event row = version(c, id, "head", 7.125);

    row.duration = running ? PRYV_ABSENT : 60;
    row.running = running;
    row.description = PRYV_STR("a description");
    row.client_data_json = PRYV_STR("{\"a\":1}");
    row.attachments_json = PRYV_STR("[{\"id\":\"x\"}]");
    row.trashed = true;
    row.integrity = PRYV_STR("EVENT:0:x");
    return row;
}

static void versions_reduced(struct check *c)
{
    struct pryv_session *s = kit_write(c, kit_user(c));
    struct pryv_event full = full_version(c, "a", true), period = full_version(c, "c", false),
                      other = version(c, "b", "other", 1), found;
    struct pryv_event left = { .id = full.id,
                               .head_id = full.head_id,
                               .time = PRYV_ABSENT,
                               .duration = PRYV_ABSENT,
                               .deleted = PRYV_ABSENT,
                               .created = PRYV_ABSENT,
                               .modified = 7.125,
                               .modified_by = full.modified_by };
    struct pryv_cursor *cursor = NULL;

    KEEPS(c->storage->event_insert(s, &full, ERR));
    KEEPS(c->storage->event_insert(s, &period, ERR));
    KEEPS(c->storage->event_insert(s, &other, ERR));
    KEEPS(c->storage->event_versions_reduce(s, full.head_id, ERR));
    KEEPS(c->storage->event_versions(s, full.head_id, &cursor, ERR));
    kit_cursor(c, s, cursor);
    EXPECT(kit_next(c, cursor, &found), "the version is gone");
    kit_same_event(c, &found, &left);
    EXPECT(kit_next(c, cursor, &found), "the second version is gone");
    left.id = period.id;
    kit_same_event(c, &found, &left);
    KEEPS(c->storage->event_versions(s, other.head_id, &cursor, ERR));
    kit_cursor(c, s, cursor);
    EXPECT(kit_next(c, cursor, &found), "another event's version is gone");
    kit_same_event(c, &found, &other);
}

static void purged(struct check *c)
{
    struct pryv_session *s = kit_write(c, kit_user(c));
    struct pryv_event live = kit_event(c, "live", "diary", 1), old = deletion(c, "old", 10), at = deletion(c, "at", 20),
                      of_old = version(c, "of-old", "old", 1), of_live = version(c, "of-live", "live", 1);
    const struct pryv_event *rows[] = { &live, &old, &at, &of_old, &of_live };
    static const char *const names[] = { "stream-old", "stream-at" };
    struct pryv_deletion *left;
    struct pryv_event found;
    uint64_t count = 0;
    size_t n;

    for (size_t i = 0; i < PRYV_COUNT(rows); i++)
        KEEPS(c->storage->event_insert(s, rows[i], ERR));
    for (size_t i = 0; i < PRYV_COUNT(names); i++) {
        struct pryv_stream row = kit_stream(names[i], names[i], NULL);

        KEEPS(c->storage->stream_insert(s, &row, ERR));
        KEEPS(c->storage->stream_delete(s, row.id, i ? 20 : 10, ERR));
    }
    KEEPS(c->storage->deletions_purge(s, 20, &count, ERR));
    EXPECT(count == 3, "of an event with a version and a stream, %llu rows are told to be forgotten", (unsigned long long) count);
    EXPECT_TEXT(deletions(c, s, 0, true, 0, UINT64_MAX), "at ");
    EXPECT_TEXT(versions(c, s, "old"), "");
    EXPECT_TEXT(versions(c, s, "live"), "of-live ");
    KEEPS(c->storage->event_get(s, c->mem, live.id, &found, ERR));
    KEEPS(c->storage->stream_deletions(s, c->mem, 0, &left, &n, ERR));
    EXPECT(n == 1 && pryv_str_equal(left[0].id, "stream-at"), "%zu records of streams are left", n);
    /* Its id is free now. */
    KEEPS(c->storage->event_insert(s, &old, ERR));
}

const struct subject deletions_subject = {
    "deletions and history",
    (const struct promise[]){
        { "a deletion record that keeps nothing but id and time", bare_record, 0 },
        { "a deletion record that keeps everything", full_record, 0 },
        { "a deleted event matches no query and is in no stream", record_is_no_event, 0 },
        { "deletion records are those after `since`, by time in the asked direction, paged", since, 0 },
        { "versions come by `modified`, ties in the order of insertion; get does not answer them", versions_in_order, 0 },
        { "a version comes back as it was written", version_comes_back, 0 },
        { "a cursor on versions keeps nothing of the id it was given", head_is_not_kept, 0 },
        { "versions of one event are deleted, the others stay", versions_deleted, 0 },
        { "reduced versions keep id, head_id, modified and modified_by", versions_reduced, 0 },
        { "purge forgets records before a time, with their versions, and frees the ids", purged, 0 },
        { NULL, NULL, 0 },
    },
};
