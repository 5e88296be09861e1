/* transactions.c - sessions: all or nothing, and a snapshot that stays. */
#include "kit.h"

static const char *all_ids(struct check *c, struct pryv_session *s)
{
    struct pryv_event_query query = kit_query();

    return kit_query_ids(c, s, &query);
}

static void add(struct check *c, struct pryv_session *s, const char *id)
{
    struct pryv_event row = kit_event(c, id, "diary", 1);

    KEEPS(c->storage->event_insert(s, &row, ERR));
}

static void committed_is_seen(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);

    add(c, s, "a");
    add(c, s, "b");
    kit_commit(c, s);
    EXPECT_TEXT(all_ids(c, kit_read(c, user)), "a b ");
}

static void closed_is_taken_back(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);
    struct pryv_stream stream = kit_stream("diary", "Diary", NULL);
    struct pryv_access_row access = kit_access("access", "token", "name");

    add(c, s, "a");
    KEEPS(c->storage->stream_insert(s, &stream, ERR));
    KEEPS(c->storage->access_insert(s, &access, ERR));
    KEEPS(c->storage->value_set(s, PRYV_STR("profile"), PRYV_STR("public"), PRYV_STR("{}"), ERR));
    kit_close(c, s);
    s = kit_read(c, user);
    EXPECT_TEXT(all_ids(c, s), "");
    ANSWERS(PRYV_NOT_FOUND, c->storage->stream_get(s, c->mem, stream.id, &stream, ERR));
    ANSWERS(PRYV_NOT_FOUND, c->storage->access_by_token(s, c->mem, access.token, &access, ERR));

    struct pryv_str value;

    ANSWERS(PRYV_NOT_FOUND, c->storage->value_get(s, c->mem, PRYV_STR("profile"), PRYV_STR("public"), &value, ERR));
    kit_close(c, s);
    s = kit_write(c, user);
    add(c, s, "a");
    kit_commit(c, s);
}

static void own_writes_are_seen(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);
    struct pryv_event row = kit_event(c, "a", "diary", 1), found;

    add(c, s, "a");
    EXPECT_TEXT(all_ids(c, s), "a ");
    row.type = PRYV_STR("note/html");
    KEEPS(c->storage->event_update(s, &row, ERR));
    KEEPS(c->storage->event_get(s, c->mem, row.id, &found, ERR));
    kit_same_event(c, &found, &row);
    CONFLICTS("id", c->storage->event_insert(s, &row, ERR));
}

/* The other thread of a case: what it does while the first holds its session. */
struct other {
    struct pryv_str user;
    const char *id;
};

static void add_one(struct check *c, void *shared, size_t index PRYV_UNUSED)
{
    const struct other *other = shared;
    struct pryv_session *s = kit_write(c, other->user);

    add(c, s, other->id);
    kit_commit(c, s);
}

static void see_nothing(struct check *c, void *shared, size_t index PRYV_UNUSED)
{
    const struct other *other = shared;

    EXPECT_TEXT(all_ids(c, kit_read(c, other->user)), "");
}

static void unfinished_is_not_seen(struct check *c)
{
    struct other other = { kit_user(c), NULL };
    struct pryv_session *s = kit_write(c, other.user);

    add(c, s, "a");
    kit_threads(c, 1, see_nothing, &other);
    kit_commit(c, s);
    EXPECT_TEXT(all_ids(c, kit_read(c, other.user)), "a ");
}

static void snapshot_stays(struct check *c)
{
    struct other other = { kit_user(c), "b" };
    struct pryv_session *s;
    struct pryv_event found;

    kit_threads(c, 1, add_one, &(struct other){ other.user, "a" });
    s = kit_read(c, other.user);
    EXPECT_TEXT(all_ids(c, s), "a ");
    kit_threads(c, 1, add_one, &other);
    EXPECT_TEXT(all_ids(c, s), "a ");
    ANSWERS(PRYV_NOT_FOUND, c->storage->event_get(s, c->mem, PRYV_STR("b"), &found, ERR));
    kit_close(c, s);
    EXPECT_TEXT(all_ids(c, kit_read(c, other.user)), "a b ");
}

static void cursor_does_not_see_later(struct check *c)
{
    struct other other = { kit_user(c), "z" };
    struct pryv_session *s = kit_write(c, other.user);
    struct pryv_event_query query = kit_query();
    struct pryv_cursor *cursor = NULL;
    struct pryv_event row;

    add(c, s, "a");
    add(c, s, "b");
    add(c, s, "c");
    kit_commit(c, s);
    s = kit_read(c, other.user);
    KEEPS(c->storage->events_query(s, &query, &cursor, ERR));
    kit_cursor(c, s, cursor);
    EXPECT(kit_next(c, cursor, &row), "nothing found");
    kit_threads(c, 1, add_one, &other);
    EXPECT_TEXT(kit_ids(c, cursor), "b c ");
}

static void failed_write_spoils(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);
    struct pryv_event row = kit_event(c, "a", "diary", 1);

    add(c, s, "a");
    CONFLICTS("id", c->storage->event_insert(s, &row, ERR));
    FAILS(c->storage->commit(s, ERR));
    kit_close(c, s);
    EXPECT_TEXT(all_ids(c, kit_read(c, user)), "");
}

static void reading_cannot_write(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_read(c, user);
    struct pryv_event row = kit_event(c, "a", "diary", 1);

    FAILS(c->storage->event_insert(s, &row, ERR));
    kit_close(c, s);
    EXPECT_TEXT(all_ids(c, kit_read(c, user)), "");
}

static void nothing_to_close(struct check *c)
{
    c->storage->close(NULL);
    c->storage->cursor_close(NULL);
}

/* Reads 100, adds 1, writes back: lost updates would show. */
enum { COUNTERS = 4, ROUNDS = 25 };

static void count_up(struct check *c, void *shared, size_t index PRYV_UNUSED)
{
    const struct other *other = shared;

    for (int i = 0; i < ROUNDS; i++) {
        struct pryv_session *s = kit_write(c, other->user);
        struct pryv_event row;

        KEEPS(c->storage->event_get(s, c->mem, PRYV_STR("counter"), &row, ERR));
        row.time += 1;
        KEEPS(c->storage->event_update(s, &row, ERR));
        kit_commit(c, s);
    }
}

static void writers_take_turns(struct check *c)
{
    struct other other = { kit_user(c), NULL };
    struct pryv_event row = kit_event(c, "counter", "diary", 0);
    struct pryv_session *s;

    kit_add_event(c, other.user, &row);
    kit_threads(c, COUNTERS, count_up, &other);
    s = kit_read(c, other.user);
    KEEPS(c->storage->event_get(s, c->mem, row.id, &row, ERR));
    EXPECT(row.time == COUNTERS * ROUNDS, "%d writers added 1, and %g is left of it", COUNTERS * ROUNDS, row.time);
}

/* ---- Commits that are settled later ------------------------------------------------------------ */

static void need_commit_later(struct check *c)
{
    if (c->storage->size <= offsetof(struct pryv_storage_ops, settle) || !c->storage->commit_later || !c->storage->settle)
        kit_skip(c, "the engine makes each commit durable by itself");
}

static struct pryv_pending_commit *add_later(struct check *c, struct pryv_str user, const char *id)
{
    struct pryv_session *s = kit_write(c, user);
    struct pryv_pending_commit *pending = NULL;

    add(c, s, id);
    KEEPS(c->storage->commit_later(s, &pending, ERR));
    kit_close(c, s);
    return pending;
}

static void seen_when_settled(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_pending_commit *first, *second;
    struct pryv_event found;
    struct pryv_session *s;
    bool seen;

    need_commit_later(c);
    first = add_later(c, user, "a");
    s = kit_read(c, user);
    seen = c->storage->event_get(s, c->mem, PRYV_STR("a"), &found, ERR) == PRYV_OK;
    kit_close(c, s);
    second = add_later(c, user, "b");
    s = kit_write(c, user);
    KEEPS(c->storage->event_get(s, c->mem, PRYV_STR("a"), &found, ERR));
    KEEPS(c->storage->event_get(s, c->mem, PRYV_STR("b"), &found, ERR));
    kit_close(c, s);
    KEEPS(c->storage->settle(first, ERR));
    KEEPS(c->storage->settle(second, ERR));
    KEEPS(c->storage->settle(NULL, ERR));
    EXPECT(!first || !seen, "a commit that was not settled was seen");
    EXPECT_TEXT(all_ids(c, kit_read(c, user)), "a b ");
}

static void conflict_leaves_them(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_pending_commit *pending;
    struct pryv_event row = kit_event(c, "a", "diary", 1);
    struct pryv_session *s;

    need_commit_later(c);
    pending = add_later(c, user, "a");
    s = kit_write(c, user);
    add(c, s, "b");
    CONFLICTS("id", c->storage->event_insert(s, &row, ERR));
    kit_close(c, s);
    KEEPS(c->storage->settle(pending, ERR));
    EXPECT_TEXT(all_ids(c, kit_read(c, user)), "a ");
}

static void add_and_wait(struct check *c, void *shared, size_t index)
{
    enum { AT_ONCE = 5 };
    const struct other *other = shared;
    struct pryv_pending_commit *pending[AT_ONCE];

    for (int i = 0; i < ROUNDS; i++) {
        if (index == 0) { /* one that commits as usual */
            struct pryv_session *s = kit_write(c, other->user);

            add(c, s, kit_id(c).data);
            kit_commit(c, s);
            continue;
        }
        for (int k = 0; k < AT_ONCE; k++)
            pending[k] = add_later(c, other->user, kit_text(c, "%zu-%d-%d", index, i, k).data);
        for (int k = 0; k < AT_ONCE; k++)
            KEEPS(c->storage->settle(pending[k], ERR));

        struct pryv_event found;
        struct pryv_session *s = kit_read(c, other->user);

        KEEPS(c->storage->event_get(s, c->mem, kit_text(c, "%zu-%d-0", index, i), &found, ERR));
        kit_close(c, s);
    }
}

static void all_are_settled(struct check *c)
{
    struct other other = { kit_user(c), NULL };
    struct pryv_event_query query = kit_query();
    struct pryv_cursor *cursor = NULL;
    struct pryv_session *s;
    struct pryv_event row;
    int count = 0;

    need_commit_later(c);
    kit_threads(c, COUNTERS, add_and_wait, &other);
    s = kit_read(c, other.user);
    KEEPS(c->storage->events_query(s, &query, &cursor, ERR));
    kit_cursor(c, s, cursor);
    while (kit_next(c, cursor, &row))
        count++;
    EXPECT(count == ROUNDS * (1 + (COUNTERS - 1) * 5), "%d events are there", count);
}

static void users_are_apart(struct check *c)
{
    struct pryv_str one = kit_user(c), two = kit_user(c);
    struct pryv_event row = kit_event(c, "a", "diary", 1);
    struct pryv_access_row access = kit_access("access", "token", "name");
    struct pryv_session *s;

    kit_add_event(c, one, &row);
    EXPECT_TEXT(all_ids(c, kit_read(c, two)), "");
    kit_add_event(c, two, &row);
    for (int i = 0; i < 2; i++) {
        s = kit_write(c, i ? two : one);
        KEEPS(c->storage->access_insert(s, &access, ERR));
        kit_commit(c, s);
    }
}

const struct subject transactions_subject = {
    "transactions",
    (const struct promise[]){
        { "what is committed is seen", committed_is_seen, 0 },
        { "closing without commit takes everything back", closed_is_taken_back, 0 },
        { "a WRITE session sees its own writes", own_writes_are_seen, 0 },
        { "others see nothing of it before the commit", unfinished_is_not_seen, 0 },
        { "a READ session keeps its snapshot while others write", snapshot_stays, 0 },
        { "a cursor keeps its snapshot while others write", cursor_does_not_see_later, 0 },
        { "after a failed write a session cannot commit", failed_write_spoils, 0 },
        { "a READ session cannot write", reading_cannot_write, 0 },
        { "closing NULL is fine", nothing_to_close, 0 },
        { "WRITE sessions of one user run one after the other", writers_take_turns, 0 },
        { "users do not see each other's rows nor keys", users_are_apart, 0 },
        { "a commit that is settled later is seen when it is settled, by WRITE sessions before", seen_when_settled, 0 },
        { "a conflict takes back its own session alone", conflict_leaves_them, 0 },
        { "commits of both kinds by many threads are all kept", all_are_settled, 0 },
        { NULL, NULL, 0 },
    },
};
