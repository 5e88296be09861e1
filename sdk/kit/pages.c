/* pages.c - queries that are answered in one go, without a session (events_pages). */
#include "model.h"
#include <time.h>

static void need_pages(struct check *c)
{
    if (c->storage->size <= offsetof(struct pryv_storage_ops, events_pages) || !c->storage->events_pages)
        kit_skip(c, "the engine answers queries in sessions alone");
}

static struct pryv_events_page page_of(struct check *c, struct pryv_str user, const struct pryv_event_query *query)
{
    struct pryv_err *err = pryv_new(c->mem, struct pryv_err);

    err->arena = c->mem;
    return (struct pryv_events_page){ .user_id = user, .query = query, .mem = c->mem, .rc = PRYV_FAILED, .err = err };
}

/* `rows` may be NULL. */
static enum pryv_rc ask_page(struct check *c, struct pryv_str user, const struct pryv_event_query *query,
                             struct pryv_event **rows, size_t *count)
{
    struct pryv_events_page page = page_of(c, user, query);

    c->storage->events_pages(c->storage_self, &page, 1);
    if (page.rc == PRYV_OK && rows) {
        *rows = page.rows;
        *count = page.count;
    }
    *ERR = *page.err;
    return page.rc;
}

/* The ids of a page, with a space behind each. */
static const char *page_ids(struct check *c, struct pryv_str user, const struct pryv_event_query *query)
{
    struct pryv_event *rows = NULL;
    size_t count = 0;
    struct pryv_str ids = PRYV_STR("");

    KEEPS(ask_page(c, user, query, &rows, &count));
    for (size_t i = 0; i < count; i++)
        ids = kit_text(c, "%s%.*s ", ids.data, PRYV_STR_ARG(rows[i].id));
    return ids.data;
}

/* The newest first. */
static struct pryv_event_query newest(uint64_t limit)
{
    struct pryv_event_query query = kit_query();

    query.ascending = false;
    query.limit = limit;
    return query;
}

/* Two at each time, written in another order than they are to be read; one is trashed. */
static struct pryv_str six_events(struct check *c)
{
    static const struct {
        const char *id, *stream;
        double time;
    } rows[] = { { "d", "work", 2 }, { "b", "diary", 1 }, { "f", "diary", 3 },
                 { "a", "work", 1 }, { "e", "diary", 3 }, { "c", "diary", 2 } };
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);

    for (size_t i = 0; i < PRYV_COUNT(rows); i++) {
        struct pryv_event row = kit_event(c, rows[i].id, rows[i].stream, rows[i].time);

        row.trashed = rows[i].id[0] == 'e';
        KEEPS(c->storage->event_insert(s, &row, ERR));
    }
    kit_commit(c, s);
    return user;
}

static void in_order(struct check *c)
{
    struct pryv_event_query query = newest(20);
    struct pryv_str user;

    need_pages(c);
    user = six_events(c);
    EXPECT_TEXT(page_ids(c, user, &query), "f e d c b a ");
    query.ascending = true;
    EXPECT_TEXT(page_ids(c, user, &query), "a b c d e f ");
    query.state = PRYV_STATE_DEFAULT;
    EXPECT_TEXT(page_ids(c, user, &query), "a b c d f ");
}

static void skips_and_ends(struct check *c)
{
    struct pryv_event_query query = newest(1);
    struct pryv_str user;

    need_pages(c);
    user = six_events(c);
    EXPECT_TEXT(page_ids(c, user, &query), "f ");
    query.skip = 1;
    EXPECT_TEXT(page_ids(c, user, &query), "e ");
    query.limit = 4;
    query.skip = 3;
    EXPECT_TEXT(page_ids(c, user, &query), "c b a ");
    query.skip = 6;
    EXPECT_TEXT(page_ids(c, user, &query), "");
    query.skip = 0;
    query.limit = 0;
    EXPECT_TEXT(page_ids(c, user, &query), "");
}

static void no_user(struct check *c)
{
    struct pryv_event_query query = newest(20);
    struct pryv_event row = kit_event(c, "a", "diary", 1), *rows;
    struct pryv_str empty = kit_user(c), user = kit_user(c);
    size_t count = 7;

    need_pages(c);
    EXPECT_TEXT(page_ids(c, empty, &query), "");
    ANSWERS(PRYV_NOT_FOUND, ask_page(c, kit_id(c), &query, &rows, &count));
    EXPECT(count == 7, "a page of nobody counts %zu rows", count);
    kit_add_event(c, user, &row);
    EXPECT_TEXT(page_ids(c, user, &query), "a ");
    KEEPS(c->storage->user_erase(c->storage_self, user, ERR));
    ANSWERS(PRYV_NOT_FOUND, ask_page(c, user, &query, &rows, &count));
    KEEPS(c->storage->user_create(c->storage_self, user, kit_id(c), ERR));
    EXPECT_TEXT(page_ids(c, user, &query), "");
    row.id = PRYV_STR("b");
    kit_add_event(c, user, &row);
    EXPECT_TEXT(page_ids(c, user, &query), "b ");
}

/* Rows are the caller's: they hold after other pages, changes, and the user's end. */
static void rows_are_kept(struct check *c)
{
    struct pryv_event_query query = newest(20);
    struct pryv_event expected = kit_event(c, "whole", "diary", 3.5), other = kit_event(c, "z", "diary", 9), *rows = NULL;
    struct pryv_str user = kit_user(c);
    size_t count = 0;

    need_pages(c);
    expected.content_json = pryv_format(c->mem, "\"%0100000d\"", 7);
    expected.description = PRYV_STR("with \0 in it");
    expected.attachments_json = PRYV_STR("[{\"id\":\"x\"}]");
    expected.duration = 0.25;
    kit_add_event(c, user, &expected);
    KEEPS(ask_page(c, user, &query, &rows, &count));
    kit_add_event(c, user, &other);
    EXPECT_TEXT(page_ids(c, user, &query), "z whole ");
    KEEPS(c->storage->user_erase(c->storage_self, user, ERR));
    EXPECT(count == 1, "a page of one event has %zu", count);
    kit_same_event(c, &rows[0], &expected);
}

/* Deleted at 10, 20, 30 and 40. */
static struct pryv_str four_deletions(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);

    for (int i = 1; i <= 4; i++) {
        struct pryv_event row = { .id = kit_text(c, "at-%d", 10 * i), .deleted = 10.0 * i };

        row.time = row.duration = row.created = row.modified = PRYV_ABSENT;
        KEEPS(c->storage->event_insert(s, &row, ERR));
    }
    kit_commit(c, s);
    return user;
}

static void of_deletions(struct check *c)
{
    struct pryv_event_query query = { .deletions = true, .modified_since = 10, .ascending = true, .limit = 20 };
    struct pryv_event event = kit_event(c, "live", "diary", 1), *rows = NULL;
    struct pryv_str user;
    size_t count = 0;

    need_pages(c);
    if (c->storage->size <= offsetof(struct pryv_storage_ops, pages_of_deletions) || !c->storage->pages_of_deletions)
        kit_skip(c, "the engine answers deletions in sessions alone");
    user = four_deletions(c);
    kit_add_event(c, user, &event);
    EXPECT_TEXT(page_ids(c, user, &query), "at-20 at-30 at-40 ");
    KEEPS(ask_page(c, user, &query, &rows, &count));
    EXPECT(rows && rows[0].deleted == 20, "it was deleted at 20, and is told otherwise");
    query.skip = 1;
    query.limit = 1;
    EXPECT_TEXT(page_ids(c, user, &query), "at-30 ");
    query.ascending = false;
    EXPECT_TEXT(page_ids(c, user, &query), "at-30 ");
    query.skip = 0;
    EXPECT_TEXT(page_ids(c, user, &query), "at-40 ");
    query.limit = 0;
    EXPECT_TEXT(page_ids(c, user, &query), "");
    query.limit = 20;
    query.modified_since = PRYV_ABSENT;
    EXPECT_TEXT(page_ids(c, user, &query), "at-40 at-30 at-20 at-10 ");
    query.modified_since = 40;
    EXPECT_TEXT(page_ids(c, user, &query), "");
    ANSWERS(PRYV_NOT_FOUND, ask_page(c, kit_id(c), &query, NULL, NULL));
}

/* ---- Several in one call ---------------------------------------------------------------------- */

struct expected {
    struct pryv_event_query query;
    const struct pryv_event **rows;
    size_t count;
};

/* What it does not answer a session does. */
static void check_page(struct check *c, const struct pryv_events_page *page, const struct expected *expected)
{
    if (page->rc == PRYV_UNSUPPORTED)
        return;
    kit_expect_rc(c, PRYV_OK, page->rc, "events_pages", __LINE__);
    EXPECT(page->count == expected->count, "%zu events, expected %zu (%s)", page->count, expected->count,
           model_describe(c, &expected->query));
    for (size_t k = 0; k < page->count; k++)
        kit_same_event(c, &page->rows[k], expected->rows[k]);
}

static void as_the_model(struct check *c)
{
    enum { EVENTS = 1000, TURNS = 20, PAGES = 44, ALONE = 5 };
    struct model model = model_make(c, EVENTS, MODEL_STREAMS);
    struct pryv_str user = kit_user(c);
    struct pryv_session *s;

    need_pages(c);
    s = kit_write(c, user);
    for (size_t i = 0; i < model.count; i++)
        KEEPS(c->storage->event_insert(s, &model.events[i].row, ERR));
    kit_commit(c, s);
    for (int turn = 0; turn < TURNS; turn++) {
        struct expected expected[PAGES];
        struct pryv_events_page pages[PAGES];

        for (size_t i = 0; i < PAGES; i++) {
            expected[i].query = model_query(c);
            expected[i].query.limit = kit_below(c, 8) ? kit_below(c, 30) : kit_below(c, 2) ? 100 + kit_below(c, 500) : UINT64_MAX;
            expected[i].count = model_answer(c, &model, &expected[i].query, &expected[i].rows);
            pages[i] = page_of(c, user, &expected[i].query);
        }
        c->storage->events_pages(c->storage_self, pages, (size_t) turn * 2 + 1);
        for (int i = 0; i < turn * 2 + 1; i++)
            check_page(c, &pages[i], &expected[i]);
        for (int i = PAGES - ALONE; i < PAGES; i++) {
            c->storage->events_pages(c->storage_self, &pages[i], 1);
            check_page(c, &pages[i], &expected[i]);
        }
    }
}

static void of_several_users(struct check *c)
{
    enum { USERS = 5 };
    struct pryv_event_query query = newest(20);
    struct pryv_events_page pages[USERS];

    need_pages(c);
    for (size_t i = 0; i < USERS; i++) {
        struct pryv_event row = kit_event(c, kit_text(c, "of-%zu", i).data, "diary", 1);
        struct pryv_str user = i == 2 ? kit_id(c) : kit_user(c);

        if (i != 2)
            kit_add_event(c, user, &row);
        pages[i] = page_of(c, user, &query);
    }
    c->storage->events_pages(c->storage_self, pages, USERS);
    for (size_t i = 0; i < USERS; i++) {
        kit_expect_rc(c, i == 2 ? PRYV_NOT_FOUND : PRYV_OK, pages[i].rc, "events_pages", __LINE__);
        if (i != 2) {
            EXPECT(pages[i].count == 1, "a page of one event has %zu", pages[i].count);
            EXPECT_TEXT(kit_text(c, "%.*s", PRYV_STR_ARG(pages[i].rows[0].id)).data, kit_text(c, "of-%zu", i).data);
        }
    }
}

/* ---- Many at once ----------------------------------------------------------------------------- */

enum { READERS = 8, PAGES = 150, PAIRS = 150 };

static void read_own(struct check *c, void *shared PRYV_UNUSED, size_t index)
{
    struct pryv_event_query query = newest(3);
    struct pryv_str user = kit_user(c);
    const char *expected;

    for (int i = 0; i < 5; i++) {
        struct pryv_event row = kit_event(c, kit_text(c, "of-%zu-%d", index, i).data, "diary", i);

        kit_add_event(c, user, &row);
    }
    expected = kit_text(c, "of-%zu-4 of-%zu-3 of-%zu-2 ", index, index, index).data;
    for (int i = 0; i < PAGES; i++) {
        EXPECT_TEXT(page_ids(c, user, &query), expected);
        if (i % 50 == 0)
            ANSWERS(PRYV_NOT_FOUND, ask_page(c, kit_id(c), &query, NULL, NULL));
    }
}

static void each_its_own(struct check *c)
{
    need_pages(c);
    kit_threads(c, READERS, read_own, NULL);
}

struct pairs {
    struct pryv_str user;
    _Atomic int written, pages;
};

/* Neither gets far ahead of the other; readers that have found a fault are not waited for. */
static void wait_for_page(const struct pairs *pairs, int number)
{
    for (int i = 0; i < 100 && pairs->pages < number; i++)
        nanosleep(&(struct timespec){ .tv_nsec = 100000 }, NULL);
}

static void write_pairs(struct check *c, struct pairs *pairs)
{
    for (int i = 1; i <= PAIRS; i++) {
        struct pryv_session *s = kit_write(c, pairs->user);
        struct pryv_event left = kit_event(c, kit_text(c, "%d-left", i).data, "diary", i);
        struct pryv_event right = kit_event(c, kit_text(c, "%d-right", i).data, "diary", i);

        KEEPS(c->storage->event_insert(s, &left, ERR));
        KEEPS(c->storage->event_insert(s, &right, ERR));
        kit_commit(c, s);
        pairs->written = i;
        wait_for_page(pairs, i);
    }
}

/* The newest two are of one transaction, and none that was committed before is missing. */
static void read_pairs(struct check *c, struct pairs *pairs)
{
    struct pryv_event_query query = newest(2);
    int before = 0;

    while (before < PAIRS) {
        struct pryv_event *rows = NULL;
        size_t count = 0;

        before = pairs->written;
        pairs->pages++;
        KEEPS(ask_page(c, pairs->user, &query, &rows, &count));
        if (before == 0 && count == 0)
            continue;
        EXPECT(count == 2 && rows[0].time == rows[1].time, "half of a transaction is seen");
        EXPECT(rows[0].time >= before, "%d was committed before, and %g is the newest", before, rows[0].time);
    }
}

static void write_or_read(struct check *c, void *shared, size_t index)
{
    if (index == 0)
        write_pairs(c, shared);
    else
        read_pairs(c, shared);
}

static void whole_transactions(struct check *c)
{
    struct pairs pairs = { .user = kit_user(c) };

    need_pages(c);
    kit_threads(c, READERS, write_or_read, &pairs);
}

const struct subject pages_subject = {
    "pages",
    (const struct promise[]){
        { "by time, then id, both in the asked direction", in_order, 0 },
        { "skip and limit, none, one and beyond", skips_and_ends, 0 },
        { "an unknown or erased user is NOT_FOUND, one made again is empty", no_user, 0 },
        { "of deletions: those since a time, in the asked direction, with skip and limit", of_deletions, 0 },
        { "rows hold as long as the memory they were asked into", rows_are_kept, 0 },
        { "what is answered is what a naive model answers, however many are asked in one call", as_the_model, 0 },
        { "of several users' pages in one call each is its own user's, and one fails for itself", of_several_users, 0 },
        { "of threads that ask at once each gets its own user's rows", each_its_own, 0 },
        { "whole transactions are seen, and all that were committed before", whole_transactions, 0 },
        { NULL, NULL, 0 },
    },
};
