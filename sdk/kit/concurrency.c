/* concurrency.c - many threads, many processes, many users. */
#include "kit.h"
#include <dirent.h>
#include <stdlib.h>

enum { THREADS = 6 };

/* ---- Uniqueness under races ------------------------------------------------------------------- */

struct contest {
    struct pryv_str user;
    int wins[THREADS];
};

enum { PRIZES = 20 };

/* One row of that number, in a transaction of its own. Whether this one got it. */
static bool insert_numbered(struct check *c, struct pryv_str user, int number)
{
    struct pryv_session *s = kit_write(c, user);
    const char *text = kit_text(c, "number-%d", number).data;
    struct pryv_event event = kit_event(c, text, "diary", number);
    struct pryv_stream stream = kit_stream(kit_id(c).data, text, NULL);
    struct pryv_access_row access = kit_access(kit_id(c).data, text, kit_id(c).data);
    enum pryv_rc rc;

    switch (number % 3) {
    case 0: rc = c->storage->event_insert(s, &event, ERR); break;
    case 1: rc = c->storage->stream_insert(s, &stream, ERR); break;
    default: rc = c->storage->access_insert(s, &access, ERR); break;
    }
    EXPECT(rc == PRYV_OK || rc == PRYV_CONFLICT, "the loser of a race got %d: %s", rc,
           c->err.message ? c->err.message : "no reason");
    if (rc == PRYV_OK)
        kit_commit(c, s);
    else
        kit_close(c, s);
    return rc == PRYV_OK;
}

static void insert_all(struct check *c, void *shared, size_t index)
{
    struct contest *contest = shared;

    for (int i = 0; i < PRIZES; i++)
        contest->wins[index] += insert_numbered(c, contest->user, i);
}

static void threads_race(struct check *c)
{
    struct contest contest = { .user = kit_user(c) };
    int wins = 0;

    kit_threads(c, THREADS, insert_all, &contest);
    for (size_t i = 0; i < THREADS; i++)
        wins += contest.wins[i];
    EXPECT(wins == PRIZES, "%d threads inserted %d keys, and %d succeeded", (int) THREADS, (int) PRIZES, wins);
}

static void create_all(struct check *c, void *shared, size_t index)
{
    struct contest *contest = shared;

    for (int i = 0; i < PRIZES; i++) {
        enum pryv_rc rc = c->storage->user_create(c->storage_self, kit_id(c), kit_text(c, "%s-%d", contest->user.data, i), ERR);

        EXPECT(rc == PRYV_OK || rc == PRYV_CONFLICT, "the loser of a race got %d", rc);
        contest->wins[index] += rc == PRYV_OK;
    }
}

static void users_race(struct check *c)
{
    struct contest contest = { .user = kit_id(c) };
    int wins = 0;

    kit_threads(c, THREADS, create_all, &contest);
    for (size_t i = 0; i < THREADS; i++)
        wins += contest.wins[i];
    EXPECT(wins == PRIZES, "%d threads created %d users, and %d succeeded", (int) THREADS, (int) PRIZES, wins);
}

/* ---- Halves that belong together -------------------------------------------------------------- */

struct pair {
    struct pryv_str user;
    _Atomic int writing;
};

enum { MOVES = 60 };

static void set_times(struct check *c, struct pryv_session *s, double time)
{
    struct pryv_event left = kit_event(c, "left", "diary", time), right = kit_event(c, "right", "diary", -time);

    KEEPS(c->storage->event_update(s, &left, ERR));
    KEEPS(c->storage->event_update(s, &right, ERR));
}

/* Both times change together; every third time it is taken back. */
static void move_or_look(struct check *c, void *shared, size_t index)
{
    struct pair *pair = shared;
    struct pryv_event left, right;
    struct pryv_session *s;

    if (index < 2) {
        for (int i = 0; i < MOVES; i++) {
            s = kit_write(c, pair->user);
            set_times(c, s, (double) kit_below(c, 1000));
            if (i % 3)
                kit_commit(c, s);
            else
                kit_close(c, s);
        }
        pair->writing--;
        return;
    }
    while (pair->writing > 0) {
        s = kit_read(c, pair->user);
        KEEPS(c->storage->event_get(s, c->mem, PRYV_STR("left"), &left, ERR));
        KEEPS(c->storage->event_get(s, c->mem, PRYV_STR("right"), &right, ERR));
        EXPECT(left.time + right.time == 0, "half a transaction was seen: %g and %g", left.time, right.time);
        kit_close(c, s);
    }
}

static void never_half(struct check *c)
{
    struct pair pair = { kit_user(c), 2 };
    struct pryv_event left = kit_event(c, "left", "diary", 0), right = kit_event(c, "right", "diary", 0);

    kit_add_event(c, pair.user, &left);
    kit_add_event(c, pair.user, &right);
    kit_threads(c, 5, move_or_look, &pair);
}

/* ---- Many users ------------------------------------------------------------------------------- */

struct crowd {
    struct pryv_str prefix;
    size_t per_thread;
};

static struct pryv_str member(struct check *c, const struct crowd *crowd, size_t number)
{
    return kit_text(c, "%s%zu", crowd->prefix.data, number);
}

static void make_members(struct check *c, void *shared, size_t index)
{
    const struct crowd *crowd = shared;

    for (size_t i = 0; i < crowd->per_thread; i++) {
        struct pryv_str id = member(c, crowd, index * crowd->per_thread + i);
        struct pryv_event row = kit_event(c, id.data, "diary", (double) i);

        KEEPS(c->storage->user_create(c->storage_self, id, id, ERR));
        kit_add_event(c, id, &row);
    }
}

/* Each thread visits users of all threads, by chance: each sees its own event and no other's. */
static void visit_members(struct check *c, void *shared, size_t index PRYV_UNUSED)
{
    const struct crowd *crowd = shared;
    struct pryv_event_query query = kit_query();

    for (size_t i = 0; i < crowd->per_thread; i++) {
        struct pryv_str id = member(c, crowd, kit_below(c, crowd->per_thread * THREADS));

        EXPECT_TEXT(kit_query_ids(c, kit_read(c, id), &query), kit_text(c, "%s ", id.data).data);
    }
}

static void many_threads(struct check *c)
{
    struct crowd crowd = { kit_id(c), 20 };

    kit_threads(c, THREADS, make_members, &crowd);
    kit_threads(c, THREADS, visit_members, &crowd);
}

static size_t open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    size_t count = 0;

    while (dir && readdir(dir))
        count++;
    if (dir)
        closedir(dir);
    return count;
}

/* An engine that has no file per user shows it with the first users; one that has them must begin to close some. */
static void files_are_bounded(struct check *c)
{
    enum { FEW = 20, MORE = 200 };
    struct crowd few = { kit_id(c), FEW }, more = { kit_id(c), MORE };
    size_t before = open_files(), after;

    kit_threads(c, THREADS, make_members, &few);
    kit_threads(c, THREADS, visit_members, &few);
    if (open_files() < before + FEW * THREADS / 2)
        return;
    kit_threads(c, THREADS, make_members, &more);
    kit_threads(c, THREADS, visit_members, &more);
    after = open_files();
    EXPECT(after < before + MORE * THREADS / 2, "with %d more users %zu files are open, and were %zu before", MORE * THREADS,
           after, before);
}

/* ---- Several processes ------------------------------------------------------------------------ */

enum { PROCESSES = 3, ADDITIONS = 15 };

static void insert_task(struct check *c, const char *user)
{
    kit_wait_to_race();
    for (int i = 0; i < PRIZES; i++)
        if (insert_numbered(c, pryv_str(user), i))
            kit_say("won %d", i);
}

static void add_task(struct check *c, const char *user)
{
    kit_wait_to_race();
    for (int i = 0; i < ADDITIONS; i++) {
        struct pryv_session *s = kit_write(c, pryv_str(user));
        struct pryv_event row;

        KEEPS(c->storage->event_get(s, c->mem, PRYV_STR("counter"), &row, ERR));
        row.time += 1;
        KEEPS(c->storage->event_update(s, &row, ERR));
        kit_commit(c, s);
    }
}

static void processes_race(struct check *c)
{
    int wins[PRIZES] = { 0 }, sum = 0;

    kit_children_race(c, PROCESSES, "insert", kit_user(c).data, wins, PRIZES);
    for (int i = 0; i < PRIZES; i++)
        sum += wins[i];
    EXPECT(sum == PRIZES, "%d processes inserted %d keys, and %d succeeded", (int) PROCESSES, (int) PRIZES, sum);
}

static void processes_take_turns(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_event row = kit_event(c, "counter", "diary", 0);
    struct pryv_session *s;

    kit_add_event(c, user, &row);
    kit_children_race(c, PROCESSES, "add", user.data, NULL, 0);
    s = kit_read(c, user);
    KEEPS(c->storage->event_get(s, c->mem, row.id, &row, ERR));
    EXPECT(row.time == PROCESSES * ADDITIONS, "%d processes added 1 %d times, and %g is left of it", (int) PROCESSES,
           (int) ADDITIONS, row.time);
}

static void erase_task(struct check *c, const char *user)
{
    KEEPS(c->storage->user_erase(c->storage_self, pryv_str(user), ERR));
}

static void erased_elsewhere_before(struct check *c, enum pryv_session_mode mode)
{
    struct pryv_str user = kit_user(c), found;
    struct pryv_event row = kit_event(c, "a", "diary", 1), later = kit_event(c, "b", "diary", 1), found_row;
    struct pryv_event_query query = kit_query();
    struct pryv_session *s = NULL;

    kit_add_event(c, user, &row);
    s = kit_read(c, user);
    EXPECT_TEXT(kit_query_ids(c, s, &query), "a ");
    kit_close(c, s);
    kit_child_end(c, kit_child(c, NULL, "erase", user.data));
    /* An engine that remembered the user finds out with the first statement. */
    if (c->storage->open(c->storage_self, user, mode, &s, ERR) == PRYV_OK) {
        kit_adopt_session(c, s);
        if (mode == PRYV_READ)
            FAILS(c->storage->event_get(s, c->mem, row.id, &found_row, ERR));
        else
            FAILS(c->storage->event_insert(s, &later, ERR));
        kit_close(c, s);
    }
    ANSWERS(PRYV_NOT_FOUND, c->storage->open(c->storage_self, user, PRYV_READ, &s, ERR));
    ANSWERS(PRYV_NOT_FOUND, c->storage->user_by_id(c->storage_self, c->mem, user, &found, ERR));
    KEEPS(c->storage->user_create(c->storage_self, user, kit_id(c), ERR));
    EXPECT_TEXT(kit_query_ids(c, kit_read(c, user), &query), "");
}

static void erased_elsewhere(struct check *c)
{
    erased_elsewhere_before(c, PRYV_READ);
    erased_elsewhere_before(c, PRYV_WRITE);
}

/* ---- The first of all ------------------------------------------------------------------------- */

static void begin_task(struct check *c, const char *name)
{
    KEEPS(c->storage->user_create(c->storage_self, kit_id(c), pryv_str(name), ERR));
    kit_add_event(
        c, kit_user(c),
        &(struct pryv_event){
            .id = PRYV_STR("a"), .time = 1, .duration = PRYV_ABSENT, .deleted = PRYV_ABSENT, .created = 1, .modified = 1 });
    kit_say("begun");
}

/* All want to make what is not there yet. */
static void begun_at_once(struct check *c)
{
    enum { ROUNDS = 6 };

    for (int round = 0; round < ROUNDS; round++) {
        const char *folder = kit_text(c, "begin-%s", kit_id(c).data).data;
        struct kit_child *children[PROCESSES];

        for (size_t i = 0; i < PROCESSES; i++)
            children[i] = kit_child(c, folder, "begin", kit_text(c, "%s-%zu", folder, i).data);
        for (size_t i = 0; i < PROCESSES; i++) {
            struct pryv_str line = kit_child_line(c, children[i]);

            EXPECT(line.data && pryv_str_equal(line, "begun"), "a process does not begin beside others: %s",
                   line.data ? line.data : "it ended");
            kit_child_end(c, children[i]);
        }
    }
}

const struct task concurrency_tasks[] = {
    { "insert", insert_task }, { "add", add_task }, { "erase", erase_task }, { "begin", begin_task }, { NULL, NULL },
};

const struct subject concurrency_subject = {
    "concurrency",
    (const struct promise[]){
        { "of threads that insert the same key, one succeeds", threads_race, 0 },
        { "of threads that create the same user, one succeeds", users_race, 0 },
        { "no reader ever sees half a transaction", never_half, 0 },
        { "many threads on many users", many_threads, 0 },
        { "open files are bounded, however many users there are", files_are_bounded, 0 },
        { "of processes that insert the same key, one succeeds", processes_race, NEEDS_PROCESSES },
        { "WRITE sessions of several processes run one after the other", processes_take_turns, NEEDS_PROCESSES },
        { "a user erased by one process is gone for the others", erased_elsewhere, NEEDS_PROCESSES },
        { "processes begin at the same time where nothing is yet", begun_at_once, NEEDS_PROCESSES },
        { NULL, NULL, 0 },
    },
};
