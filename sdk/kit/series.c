/* series.c - chunks of series. */
#include "kit.h"

static void append(struct check *c, struct pryv_session *s, const char *event, double from, double to, const char *bytes)
{
    struct pryv_series_chunk chunk = { 0, from, to, 3, pryv_str(bytes) };

    KEEPS(c->storage->series_append(s, pryv_str(event), &chunk, ERR));
}

/* The bytes of the chunks, and their ids in `ids` when it is not NULL. */
static const char *scan(struct check *c, struct pryv_session *s, const char *event, double from, double to, uint64_t after,
                        size_t limit, uint64_t *ids)
{
    struct pryv_series_chunk *chunks;
    struct pryv_str text = kit_text(c, "%s", "");
    size_t count;

    KEEPS(c->storage->series_scan(s, c->mem, pryv_str(event), from, to, after, limit, &chunks, &count, ERR));
    for (size_t i = 0; i < count; i++) {
        text = kit_text(c, "%s%.*s ", text.data, PRYV_STR_ARG(chunks[i].bytes));
        EXPECT(chunks[i].id > (i ? chunks[i - 1].id : after), "ids of chunks do not rise");
        if (ids)
            ids[i] = chunks[i].id;
    }
    return text.data;
}

static struct pryv_str some_chunks(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);

    append(c, s, "e", 0, 10, "one");
    append(c, s, "e", 20, 30, "three");
    append(c, s, "other", 0, 100, "other");
    append(c, s, "e", 10, 20, "two");
    append(c, s, "e", -5, -5, "before");
    kit_commit(c, s);
    return user;
}

static void in_order_of_appending(struct check *c)
{
    struct pryv_session *s = kit_read(c, some_chunks(c));

    EXPECT_TEXT(scan(c, s, "e", -1e308, 1e308, 0, SIZE_MAX, NULL), "one three two before ");
    EXPECT_TEXT(scan(c, s, "other", -1e308, 1e308, 0, SIZE_MAX, NULL), "other ");
    EXPECT_TEXT(scan(c, s, "unknown", -1e308, 1e308, 0, SIZE_MAX, NULL), "");
}

static void by_range(struct check *c)
{
    struct pryv_session *s = kit_read(c, some_chunks(c));

    EXPECT_TEXT(scan(c, s, "e", 10, 10, 0, SIZE_MAX, NULL), "one two ");
    EXPECT_TEXT(scan(c, s, "e", 11, 19, 0, SIZE_MAX, NULL), "two ");
    EXPECT_TEXT(scan(c, s, "e", -5, -5, 0, SIZE_MAX, NULL), "before ");
    EXPECT_TEXT(scan(c, s, "e", 31, 99, 0, SIZE_MAX, NULL), "");
}

static void in_pages(struct check *c)
{
    struct pryv_session *s = kit_read(c, some_chunks(c));
    uint64_t ids[8] = { 0 };

    EXPECT_TEXT(scan(c, s, "e", -1e308, 1e308, 0, 2, ids), "one three ");
    EXPECT_TEXT(scan(c, s, "e", -1e308, 1e308, ids[1], 2, ids), "two before ");
    EXPECT_TEXT(scan(c, s, "e", -1e308, 1e308, ids[1], 2, ids), "");
    EXPECT_TEXT(scan(c, s, "e", 15, 1e308, 0, 1, ids), "three ");
    EXPECT_TEXT(scan(c, s, "e", 15, 1e308, ids[0], 1, ids), "two ");
}

static void dropped(struct check *c)
{
    struct pryv_str user = some_chunks(c);
    struct pryv_session *s = kit_write(c, user);
    uint64_t ids[8] = { 0 };

    scan(c, s, "e", -1e308, 1e308, 0, SIZE_MAX, ids);
    ids[0] = ids[2];
    KEEPS(c->storage->series_drop(s, PRYV_STR("e"), ids, 2, ERR));
    EXPECT_TEXT(scan(c, s, "e", -1e308, 1e308, 0, SIZE_MAX, NULL), "one before ");
    KEEPS(c->storage->series_drop(s, PRYV_STR("e"), ids, 0, ERR));
    EXPECT_TEXT(scan(c, s, "e", -1e308, 1e308, 0, SIZE_MAX, NULL), "one before ");
    KEEPS(c->storage->series_drop(s, PRYV_STR("e"), NULL, 0, ERR));
    EXPECT_TEXT(scan(c, s, "e", -1e308, 1e308, 0, SIZE_MAX, NULL), "");
    EXPECT_TEXT(scan(c, s, "other", -1e308, 1e308, 0, SIZE_MAX, NULL), "other ");
}

static void ids_are_of_one_event(struct check *c)
{
    struct pryv_session *s = kit_write(c, some_chunks(c));
    uint64_t ids[8] = { 0 };

    scan(c, s, "other", -1e308, 1e308, 0, SIZE_MAX, ids);
    KEEPS(c->storage->series_drop(s, PRYV_STR("e"), ids, 1, ERR));
    EXPECT_TEXT(scan(c, s, "other", -1e308, 1e308, 0, SIZE_MAX, NULL), "other ");
    EXPECT_TEXT(scan(c, s, "e", -1e308, 1e308, 0, SIZE_MAX, NULL), "one three two before ");
}

/* Who reads on from an id must not miss what came later. */
static void ids_rise_after_a_drop(struct check *c)
{
    struct pryv_str user = some_chunks(c);
    struct pryv_session *s = kit_write(c, user);
    uint64_t ids[8] = { 0 };

    scan(c, s, "e", -1e308, 1e308, 0, SIZE_MAX, ids);
    KEEPS(c->storage->series_drop(s, PRYV_STR("e"), NULL, 0, ERR));
    KEEPS(c->storage->series_drop(s, PRYV_STR("other"), NULL, 0, ERR));
    kit_commit(c, s);
    s = kit_write(c, user);
    append(c, s, "e", 1, 2, "later");
    EXPECT_TEXT(scan(c, s, "e", -1e308, 1e308, ids[3], SIZE_MAX, NULL), "later ");
    kit_commit(c, s);
}

static void bytes_come_back(struct check *c)
{
    enum { SIZE = 300000 };
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);
    char *bytes = pryv_alloc(c->mem, SIZE);
    struct pryv_series_chunk chunk = { 0, 1.001, 2.002, 77, pryv_str_n(bytes, SIZE) }, *found;
    size_t count;

    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (char) kit_random(c);
    KEEPS(c->storage->series_append(s, PRYV_STR("e"), &chunk, ERR));
    kit_commit(c, s);
    s = kit_read(c, user);
    KEEPS(c->storage->series_scan(s, c->mem, PRYV_STR("e"), 0, 10, 0, 10, &found, &count, ERR));
    EXPECT(count == 1, "%zu chunks, expected 1", count);
    kit_same_text(c, "the bytes", found->bytes, chunk.bytes);
    kit_same_number(c, "from", found->from, chunk.from);
    kit_same_number(c, "to", found->to, chunk.to);
    EXPECT(found->points == 77, "%u points, expected 77", found->points);
}

/* Whatever an engine does to find the few of a short range among many. */
static void by_short_range(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);

    for (int i = 0; i < 100; i++) {
        if (i == 50)
            append(c, s, "e", 20, 70, "long");
        append(c, s, "e", i, i + 0.75, kit_text(c, "c%d", i).data);
    }
    kit_commit(c, s);
    s = kit_read(c, user);
    EXPECT_TEXT(scan(c, s, "e", 10.5, 10.6, 0, 10, NULL), "c10 ");
    EXPECT_TEXT(scan(c, s, "e", 10.75, 11, 0, 10, NULL), "c10 c11 ");
    EXPECT_TEXT(scan(c, s, "e", 10.8, 10.9, 0, 10, NULL), "");
    EXPECT_TEXT(scan(c, s, "e", 45.5, 45.6, 0, 10, NULL), "c45 long ");
    EXPECT_TEXT(scan(c, s, "e", 70, 70, 0, 10, NULL), "long c70 ");
    EXPECT_TEXT(scan(c, s, "e", 71, 72, 0, 10, NULL), "c71 c72 ");
    EXPECT_TEXT(scan(c, s, "e", 30, 60, 0, 3, NULL), "c30 c31 c32 ");
    EXPECT_TEXT(scan(c, s, "e", 45, 46, 0, 3, NULL), "c45 c46 long ");
    EXPECT_TEXT(scan(c, s, "unknown", 45, 46, 0, 3, NULL), "");
}

static void many_at_once(struct check *c)
{
    enum { MANY = 100 };
    struct pryv_str user = kit_user(c), events[MANY], expected = PRYV_STR("");
    struct pryv_series_chunk chunks[MANY];
    struct pryv_session *s;

    if (c->storage->size <= offsetof(struct pryv_storage_ops, series_append_all) || !c->storage->series_append_all)
        kit_skip(c, "the engine appends chunks one by one");
    for (size_t i = 0; i < MANY; i++) {
        events[i] = i % 3 ? PRYV_STR("e") : PRYV_STR("other");
        chunks[i] = (struct pryv_series_chunk){ 0, (double) i, (double) i + 1, 3, kit_text(c, "c%zu", i) };
        if (i % 3)
            expected = kit_text(c, "%sc%zu ", expected.data, i);
    }
    s = kit_write(c, user);
    append(c, s, "e", 0, 1, "first");
    KEEPS(c->storage->series_append_all(s, events, chunks, MANY, ERR));
    KEEPS(c->storage->series_append_all(s, events, chunks, 0, ERR));
    append(c, s, "e", 0, 1, "last");
    kit_commit(c, s);
    s = kit_read(c, user);
    EXPECT_TEXT(scan(c, s, "e", -1e308, 1e308, 0, SIZE_MAX, NULL), kit_text(c, "first %slast ", expected.data).data);
    ANSWERS(PRYV_FAILED, c->storage->series_append_all(s, events, chunks, MANY, ERR));
}

/* Page after page of `limit`, as scan tells them. */
static const char *scan_by_time(struct check *c, struct pryv_session *s, double from, double to, size_t limit)
{
    struct pryv_str text = kit_text(c, "%s", "");
    struct pryv_series_chunk *chunks, after;
    size_t count = limit, seen = 0;

    while (count == limit) {
        KEEPS(c->storage->series_scan_by_time(s, c->mem, PRYV_STR("e"), from, to, seen ? &after : NULL, limit, &chunks, &count,
                                              ERR));
        EXPECT(count <= limit, "%zu chunks, expected at most %zu", count, limit);
        for (size_t i = 0; i < count; i++) {
            EXPECT(!seen++ || after.from < chunks[i].from || (after.from == chunks[i].from && after.id < chunks[i].id),
                   "chunks do not come in the order of their times");
            text = kit_text(c, "%s%.*s ", text.data, PRYV_STR_ARG(chunks[i].bytes));
            after = chunks[i];
        }
    }
    return text.data;
}

static void in_order_of_time(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s;

    if (c->storage->size <= offsetof(struct pryv_storage_ops, series_scan_by_time) || !c->storage->series_scan_by_time)
        kit_skip(c, "the engine tells chunks in the order of appending alone");
    s = kit_write(c, user);
    append(c, s, "e", 30, 31, "d");
    append(c, s, "e", 20, 70, "long");
    append(c, s, "e", 40, 41, "e1");
    append(c, s, "e", 40, 44, "e2");
    append(c, s, "other", 25, 100, "other");
    kit_commit(c, s);
    s = kit_write(c, user);
    append(c, s, "e", 40, 40, "e3");
    append(c, s, "e", -5, -5, "a");
    append(c, s, "e", 0, 25, "b");
    for (size_t limit = 1; limit < 9; limit++) {
        if (limit == 5) { /* so far it looked at what it had appended itself */
            kit_commit(c, s);
            s = kit_read(c, user);
        }
        EXPECT_TEXT(scan_by_time(c, s, -1e308, 1e308, limit), "a b long d e1 e2 e3 ");
        EXPECT_TEXT(scan_by_time(c, s, 25, 31, limit), "b long d ");
        EXPECT_TEXT(scan_by_time(c, s, 41, 42, limit), "long e1 e2 ");
        EXPECT_TEXT(scan_by_time(c, s, 40, 40, limit), "long e1 e2 e3 ");
        EXPECT_TEXT(scan_by_time(c, s, 71, 99, limit), "");
    }
}

const struct subject series_subject = {
    "series",
    (const struct promise[]){
        { "chunks come in the order of appending, of one event", in_order_of_appending, 0 },
        { "those that touch the range, both ends included", by_range, 0 },
        { "the few that touch a short range, among many", by_short_range, 0 },
        { "page after page, after an id", in_pages, 0 },
        { "in the order of their times, page after page", in_order_of_time, 0 },
        { "dropped by id, or all of an event", dropped, 0 },
        { "an id drops nothing of another event", ids_are_of_one_event, 0 },
        { "ids rise, also when the last ones were dropped", ids_rise_after_a_drop, 0 },
        { "bytes come back", bytes_come_back, 0 },
        { "many at once, in their order", many_at_once, 0 },
        { NULL, NULL, 0 },
    },
};
