/* streams.c - streams and their deletion records. */
#include "kit.h"

static void comes_back_whole(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);
    struct pryv_stream bare = kit_stream("bare", "Bare", NULL), full = kit_stream("full", "Full", "bare"), found;

    full.client_data_json = PRYV_STR("{\"color\":\"red\",\"n\":[1,2.5e-7,null]}");
    full.trashed = true;
    KEEPS(c->storage->stream_insert(s, &bare, ERR));
    KEEPS(c->storage->stream_insert(s, &full, ERR));
    kit_commit(c, s);
    s = kit_read(c, user);
    KEEPS(c->storage->stream_get(s, c->mem, bare.id, &found, ERR));
    kit_same_stream(c, &found, &bare);
    KEEPS(c->storage->stream_get(s, c->mem, full.id, &found, ERR));
    kit_same_stream(c, &found, &full);
    found.name = PRYV_STR("untouched");
    ANSWERS(PRYV_NOT_FOUND, c->storage->stream_get(s, c->mem, PRYV_STR("unknown"), &found, ERR));
    EXPECT(pryv_str_equal(found.name, "untouched"), "an out parameter was changed by a failure");
}

/* Inserts into a new user: `first`, then `second`, whose result is answered. */
static enum pryv_rc insert_two(struct check *c, struct pryv_stream first, struct pryv_stream second)
{
    struct pryv_session *s = kit_write(c, kit_user(c));

    KEEPS(c->storage->stream_insert(s, &first, ERR));
    return c->storage->stream_insert(s, &second, ERR);
}

static void taken_id(struct check *c)
{
    CONFLICTS("id", insert_two(c, kit_stream("a", "A", NULL), kit_stream("a", "B", NULL)));
}

static void taken_name(struct check *c)
{
    struct pryv_stream trashed = kit_stream("a", "A", NULL);

    trashed.trashed = true;
    CONFLICTS("name", insert_two(c, kit_stream("a", "A", NULL), kit_stream("b", "A", NULL)));
    CONFLICTS("name", insert_two(c, trashed, kit_stream("b", "A", NULL)));
    CONFLICTS("name", insert_two(c, kit_stream("a", "A", "parent"), kit_stream("b", "A", "parent")));
    KEEPS(insert_two(c, kit_stream("a", "A", NULL), kit_stream("b", "A", "a")));
    KEEPS(insert_two(c, kit_stream("a", "A", "p1"), kit_stream("b", "A", "p2")));
    KEEPS(insert_two(c, kit_stream("a", "A", NULL), kit_stream("b", "a", NULL)));
    KEEPS(insert_two(c, kit_stream("a", "A", NULL), kit_stream("b", "A ", NULL)));
}

static void update_replaces(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);
    struct pryv_stream row = kit_stream("a", "A", NULL), found;

    row.client_data_json = PRYV_STR("{\"x\":1}");
    KEEPS(c->storage->stream_insert(s, &row, ERR));
    row = kit_stream("a", "B", "parent");
    row.trashed = true;
    row.modified = 2000.001;
    KEEPS(c->storage->stream_update(s, &row, ERR));
    KEEPS(c->storage->stream_update(s, &row, ERR));
    KEEPS(c->storage->stream_get(s, c->mem, row.id, &found, ERR));
    kit_same_stream(c, &found, &row);
    /* The old name is free. */
    row = kit_stream("b", "A", NULL);
    KEEPS(c->storage->stream_insert(s, &row, ERR));
    kit_commit(c, s);
}

static void update_conflicts(struct check *c)
{
    struct pryv_stream a = kit_stream("a", "A", NULL), b = kit_stream("b", "B", NULL);
    struct pryv_session *s = kit_write(c, kit_user(c));

    KEEPS(c->storage->stream_insert(s, &a, ERR));
    KEEPS(c->storage->stream_insert(s, &b, ERR));
    b.name = a.name;
    CONFLICTS("name", c->storage->stream_update(s, &b, ERR));
    s = kit_write(c, kit_user(c));
    ANSWERS(PRYV_NOT_FOUND, c->storage->stream_update(s, &b, ERR));
}

static bool is_in(const struct pryv_stream *streams, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (pryv_str_equal(streams[i].id, id))
            return true;
    return false;
}

static void delete_leaves_a_record(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);
    struct pryv_stream parent = kit_stream("parent", "Parent", NULL), child = kit_stream("child", "Child", "parent"), *all;
    struct pryv_deletion *deletions;
    size_t count;

    KEEPS(c->storage->stream_insert(s, &parent, ERR));
    KEEPS(c->storage->stream_insert(s, &child, ERR));
    KEEPS(c->storage->stream_delete(s, parent.id, 500.125, ERR));
    kit_commit(c, s);
    s = kit_write(c, user);
    KEEPS(c->storage->streams_all(s, c->mem, &all, &count, ERR));
    EXPECT(count == 1 && is_in(all, count, "child"), "of parent and child, %zu streams are left", count);
    KEEPS(c->storage->stream_deletions(s, c->mem, 0, &deletions, &count, ERR));
    EXPECT(count == 1, "%zu deletion records", count);
    kit_same_text(c, "the record's id", deletions[0].id, parent.id);
    kit_same_number(c, "the record's time", deletions[0].deleted, 500.125);
    ANSWERS(PRYV_NOT_FOUND, c->storage->stream_delete(s, parent.id, 501, ERR));
}

static void deletions_by_time(struct check *c)
{
    static const double times[] = { 30, 10, 20.001, 20 };
    struct pryv_session *s = kit_write(c, kit_user(c));
    struct pryv_deletion *deletions;
    struct pryv_str order = kit_text(c, "%s", "");
    size_t count;

    for (size_t i = 0; i < PRYV_COUNT(times); i++) {
        struct pryv_stream row = kit_stream(kit_text(c, "s%zu", i).data, kit_text(c, "S%zu", i).data, NULL);

        KEEPS(c->storage->stream_insert(s, &row, ERR));
        KEEPS(c->storage->stream_delete(s, row.id, times[i], ERR));
    }
    KEEPS(c->storage->stream_deletions(s, c->mem, 10, &deletions, &count, ERR));
    for (size_t i = 0; i < count; i++)
        order = kit_text(c, "%s%g ", order.data, deletions[i].deleted);
    EXPECT_TEXT(order.data, "20 20.001 30 ");
}

static void insert_takes_away_the_record(struct check *c)
{
    struct pryv_session *s = kit_write(c, kit_user(c));
    struct pryv_stream row = kit_stream("a", "A", NULL);
    struct pryv_deletion *deletions;
    size_t count;

    KEEPS(c->storage->stream_insert(s, &row, ERR));
    KEEPS(c->storage->stream_delete(s, row.id, 500, ERR));
    KEEPS(c->storage->stream_insert(s, &row, ERR));
    KEEPS(c->storage->stream_deletions(s, c->mem, 0, &deletions, &count, ERR));
    EXPECT(count == 0, "%zu deletion records of a stream that is there", count);
    KEEPS(c->storage->stream_delete(s, row.id, 600, ERR));
    KEEPS(c->storage->stream_deletions(s, c->mem, 0, &deletions, &count, ERR));
    EXPECT(count == 1 && deletions[0].deleted == 600, "%zu deletion records of a stream that is deleted again", count);
}

static void all_are_listed(struct check *c)
{
    enum { MANY = 500 };
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);
    struct pryv_stream *all, found;
    size_t count;

    for (int i = 0; i < MANY; i++) {
        struct pryv_stream row = kit_stream(kit_text(c, "s%d", i).data, kit_text(c, "Stream %d", i).data, i ? "s0" : NULL);

        row.trashed = i % 3 == 0;
        KEEPS(c->storage->stream_insert(s, &row, ERR));
    }
    kit_commit(c, s);
    s = kit_read(c, user);
    KEEPS(c->storage->streams_all(s, c->mem, &all, &count, ERR));
    EXPECT(count == MANY, "of %d streams %zu are listed", (int) MANY, count);
    for (size_t i = 0; i < count; i++) {
        KEEPS(c->storage->stream_get(s, c->mem, all[i].id, &found, ERR));
        kit_same_stream(c, &all[i], &found);
    }
}

static void live_ones_are_counted(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_stream a = kit_stream("a", "A", NULL), b = kit_stream("b", "B", "a");
    struct pryv_session *s;
    uint64_t count = 9;

    if (c->storage->size <= offsetof(struct pryv_storage_ops, streams_count) || !c->storage->streams_count)
        kit_skip(c, "the engine does not count streams");
    b.trashed = true;
    kit_add_stream(c, kit_user(c), &a);
    s = kit_read(c, user);
    KEEPS(c->storage->streams_count(s, &count, ERR));
    EXPECT(count == 0, "%d streams of nobody", (int) count);
    kit_close(c, s);
    s = kit_write(c, user);
    KEEPS(c->storage->stream_insert(s, &a, ERR));
    KEEPS(c->storage->stream_insert(s, &b, ERR));
    KEEPS(c->storage->streams_count(s, &count, ERR));
    EXPECT(count == 2, "of 2 streams %d are counted", (int) count);
    KEEPS(c->storage->stream_delete(s, b.id, 1, ERR));
    KEEPS(c->storage->streams_count(s, &count, ERR));
    EXPECT(count == 1, "a deleted stream is counted");
    kit_commit(c, s);
}

const struct subject streams_subject = {
    "streams",
    (const struct promise[]){
        { "a stream comes back as it was written", comes_back_whole, 0 },
        { "the id of a live stream is a CONFLICT of id", taken_id, 0 },
        { "the name of a live sibling, trashed or not, is a CONFLICT of name; roots are siblings", taken_name, 0 },
        { "update replaces the whole row and frees the old name", update_replaces, 0 },
        { "update: a sibling's name is a CONFLICT of name, an unknown id NOT_FOUND", update_conflicts, 0 },
        { "delete leaves a record of this stream alone; again is NOT_FOUND", delete_leaves_a_record, 0 },
        { "deletion records are those after `since`, by time", deletions_by_time, 0 },
        { "insert takes away the deletion record of its id", insert_takes_away_the_record, 0 },
        { "all live streams are listed", all_are_listed, 0 },
        { "live streams are counted, trashed ones too", live_ones_are_counted, 0 },
        { NULL, NULL, 0 },
    },
};
