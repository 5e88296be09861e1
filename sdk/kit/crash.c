/* crash.c - after a commit has answered, a crash loses nothing; and it never leaves a half.
 *
 * A child process writes and says what was acknowledged, is killed in the middle, and another one looks at what there is. */
#include "flush.h"
#include "search.h"
#include <stdlib.h>
#include <unistd.h>

enum { TIMES = 4, USERS = 3 };

static struct pryv_str crash_user(struct check *c, size_t number)
{
    return kit_text(c, "crash-user-%zu", number);
}

/* ---- Transactions ----------------------------------------------------------------------------- */

/* Two events, a stream, a value and an access belong together. */
static void write_group(struct check *c, struct pryv_str user, const char *name, bool in_one_call)
{
    struct pryv_session *s = kit_write(c, user);
    struct pryv_event both[] = { kit_event(c, kit_text(c, "%s-left", name).data, "diary", 1),
                                 kit_event(c, kit_text(c, "%s-right", name).data, "diary", 2) };
    struct pryv_stream stream = kit_stream(name, name, NULL);
    struct pryv_access_row access = kit_access(name, name, name);

    both[1].content_json = pryv_format(c->mem, "\"%020000d\"", 7); /* over several pages */
    if (in_one_call)
        KEEPS(kit_insert_all(c, s, both, PRYV_COUNT(both)));
    else
        KEEPS(c->storage->event_insert(s, &both[0], ERR));
    KEEPS(c->storage->stream_insert(s, &stream, ERR));
    if (!in_one_call)
        KEEPS(c->storage->event_insert(s, &both[1], ERR));
    KEEPS(c->storage->access_insert(s, &access, ERR));
    KEEPS(c->storage->value_set(s, PRYV_STR("groups"), pryv_str(name), PRYV_STR("true"), ERR));
    kit_commit(c, s);
}

struct writer {
    const char *round;
};

static void write_for_ever(struct check *c, void *shared, size_t index)
{
    const struct writer *writer = shared;

    for (size_t i = 0;; i++) {
        const char *name = kit_text(c, "%s-%zu", writer->round, i).data;

        write_group(c, crash_user(c, index), name, i % 2);
        kit_say("%zu %s", index, name);
    }
}

static void write_task(struct check *c, const char *round)
{
    for (size_t i = 0; i < USERS; i++) {
        enum pryv_rc rc = c->storage->user_create(c->storage_self, crash_user(c, i), crash_user(c, i), ERR);

        EXPECT(rc == PRYV_OK || rc == PRYV_CONFLICT, "the user cannot be created: %s",
               c->err.message ? c->err.message : "no reason");
    }
    kit_threads(c, USERS, write_for_ever, &(struct writer){ round });
}

/* Says the name of each whole group, and breaks at a half. */
static void look_task(struct check *c, const char *argument PRYV_UNUSED)
{
    for (size_t i = 0; i < USERS; i++) {
        struct pryv_session *s = kit_read(c, crash_user(c, i));
        struct pryv_event_query query = kit_query();
        struct pryv_str *keys, *values, token;
        struct pryv_stream *streams;
        struct pryv_access_row *accesses;
        size_t groups, stream_count, access_count, events = 0;
        const char *ids;

        KEEPS(c->storage->value_all(s, c->mem, PRYV_STR("groups"), &keys, &values, &groups, ERR));
        for (size_t g = 0; g < groups; g++) {
            struct pryv_event event;
            struct pryv_access_row access;

            KEEPS(c->storage->event_get(s, c->mem, kit_text(c, "%s-left", keys[g].data), &event, ERR));
            KEEPS(c->storage->event_get(s, c->mem, kit_text(c, "%s-right", keys[g].data), &event, ERR));
            EXPECT(event.content_json.len == 20002, "a content has %zu bytes", event.content_json.len);
            token = keys[g];
            KEEPS(c->storage->access_by_token(s, c->mem, token, &access, ERR));
            kit_say("%zu %s", i, keys[g].data);
        }
        KEEPS(c->storage->streams_all(s, c->mem, &streams, &stream_count, ERR));
        KEEPS(c->storage->accesses_all(s, c->mem, &accesses, &access_count, ERR));
        for (ids = kit_query_ids(c, s, &query); *ids; ids++)
            events += *ids == ' ';
        EXPECT(events == 2 * groups && stream_count == groups && access_count == groups,
               "of %zu groups there are %zu events, %zu streams, %zu accesses", groups, events, stream_count, access_count);
    }
}

/* What was said and not what is found are compared as texts: "\n0 a-1\n". */
static struct pryv_str said_by(struct check *c, struct kit_child *child)
{
    struct pryv_str said = PRYV_STR("\n"), line;

    while ((line = kit_child_line(c, child)).data) {
        EXPECT(!pryv_str_starts(line, "broken"), "in the process after the crash: %s", line.data);
        said = kit_text(c, "%s%s\n", said.data, line.data);
    }
    return said;
}

/* Lets the child work until it has said `lines`, and a moment more; then kills it. All that it said. */
static struct pryv_str kill_after(struct check *c, struct kit_child *child, int lines)
{
    struct pryv_str said = PRYV_STR("\n"), line = PRYV_STR("");

    for (int i = 0; i < lines && line.data; i++) {
        line = kit_child_line(c, child);
        if (line.data)
            said = kit_text(c, "%s%s\n", said.data, line.data);
    }
    EXPECT(line.data, "the process ended by itself: %s", said.data);
    usleep((useconds_t) kit_below(c, 5000));
    kit_child_kill(child);
    while ((line = kit_child_line(c, child)).data) /* what it said before it died counts */
        said = kit_text(c, "%s%s\n", said.data, line.data);
    return said;
}

/* Every line of `said` must be in `found`. */
static void nothing_lost(struct check *c, struct pryv_str said, struct pryv_str found)
{
    const char *from = said.data;

    for (const char *end; (end = strchr(from + 1, '\n')); from = end) {
        struct pryv_str line = kit_text(c, "%.*s\n", (int) (end - from), from);

        EXPECT(strstr(found.data, line.data), "acknowledged and lost: %.*s", (int) (end - from - 1), from + 1);
    }
}

/* After `least` lines and up to `more` others, again and again; what the task `look` says must have all that was said. */
static void killed_while(struct check *c, const char *task, const char *look, int least, size_t more)
{
    const char *folder = kit_text(c, "%s-%s", task, kit_id(c).data).data;
    struct pryv_str said = PRYV_STR("\n");

    for (int i = 0; i < TIMES; i++) {
        struct kit_child *writer = kit_child(c, folder, task, kit_text(c, "round%d", i).data), *looker;

        said = kit_text(c, "%s%s", said.data, kill_after(c, writer, least + (int) kit_below(c, more)).data + 1);
        looker = kit_child(c, folder, look, "");
        nothing_lost(c, said, said_by(c, looker));
        kit_child_end(c, looker);
    }
}

static void killed_while_writing(struct check *c)
{
    killed_while(c, "write", "look", 5, 20);
}

/* ---- Power ------------------------------------------------------------------------------------ */

/* Only the kernel's word for it can be had without pulling the plug: between the first write and the answer of the commit the engine
 * must have asked for its files to be flushed. An engine whose database is another process does not do so here. */
static void flushed_before_the_answer(struct check *c)
{
    struct pryv_str user = kit_user(c);

    if (flush_count() == 0)
        kit_skip(c, "the engine flushes no file in this process");
    for (int i = 0; i < 10; i++) {
        struct pryv_session *s = kit_write(c, user);
        struct pryv_event row = kit_event(c, kit_id(c).data, "diary", i);
        uint64_t before = flush_count();

        KEEPS(c->storage->event_insert(s, &row, ERR));
        KEEPS(c->storage->commit(s, ERR));
        EXPECT(flush_count() > before, "a commit answered before anything was flushed");
        kit_close(c, s);
    }
}

static void flushed_before_it_is_settled(struct check *c)
{
    struct pryv_str user = kit_user(c);

    if (flush_count() == 0)
        kit_skip(c, "the engine flushes no file in this process");
    if (c->storage->size <= offsetof(struct pryv_storage_ops, settle) || !c->storage->commit_later || !c->storage->settle)
        kit_skip(c, "the engine makes each commit durable by itself");
    for (int i = 0; i < 10; i++) {
        struct pryv_session *s = kit_write(c, user);
        struct pryv_event row = kit_event(c, kit_id(c).data, "diary", i);
        struct pryv_pending_commit *pending = NULL;
        uint64_t before = flush_count();

        KEEPS(c->storage->event_insert(s, &row, ERR));
        KEEPS(c->storage->commit_later(s, &pending, ERR));
        kit_close(c, s);
        KEEPS(c->storage->settle(pending, ERR));
        EXPECT(flush_count() > before, "a commit was settled before anything was flushed");
    }
}

/* ---- Users and the platform ------------------------------------------------------------------- */

static void register_task(struct check *c, const char *round)
{
    for (size_t i = 0;; i++) {
        struct pryv_str name = kit_text(c, "%s-%zu", round, i), ticket = kit_id(c);
        struct pryv_field_value email = { PRYV_STR("email"), name, true };

        KEEPS(c->platform->reserve(c->platform_self, ticket, name, &email, 1, pryv_now() + 1000, ERR));
        KEEPS(c->storage->user_create(c->storage_self, name, name, ERR));
        KEEPS(c->platform->confirm(c->platform_self, ticket, &email, 1, PRYV_STR("core"), ERR));
        KEEPS(c->platform->value_put(c->platform_self, kit_text(c, "value/%s", name.data), name, PRYV_ABSENT, ERR));
        kit_say("%s", name.data);
    }
}

static void registered_task(struct check *c, const char *argument PRYV_UNUSED)
{
    struct pryv_str *ids, *names, owner;
    size_t count;

    KEEPS(c->storage->users_list(c->storage_self, c->mem, PRYV_STR_NONE, 100000, &ids, &names, &count, ERR));
    for (size_t i = 0; i < count; i++) {
        kit_close(c, kit_read(c, ids[i]));
        if (c->platform->value_get(c->platform_self, c->mem, kit_text(c, "value/%s", names[i].data), true, &owner, ERR) !=
            PRYV_OK)
            continue; /* it died in between, and did not say so */
        KEEPS(c->platform->unique_owner(c->platform_self, c->mem, PRYV_STR("email"), names[i], true, &owner, ERR));
        KEEPS(c->platform->user_core(c->platform_self, c->mem, names[i], true, &owner, ERR));
        kit_say("%s", names[i].data);
    }
}

static void killed_while_registering(struct check *c)
{
    killed_while(c, "register", "registered", 2, 5);
}

/* ---- Erasing ---------------------------------------------------------------------------------- */

static void erase_task(struct check *c, const char *mark)
{
    struct pryv_str user = pryv_str(mark);

    KEEPS(c->storage->user_create(c->storage_self, user, user, ERR));
    for (int i = 0; i < 20; i++)
        write_group(c, user, kit_text(c, "%s-%d", mark, i).data, false);
    kit_say("erasing");
    KEEPS(c->storage->user_erase(c->storage_self, user, ERR));
    kit_say("erased");
    kit_hear();
}

static void erase_again_task(struct check *c, const char *mark)
{
    struct pryv_str found;

    KEEPS(c->storage->user_erase(c->storage_self, pryv_str(mark), ERR));
    ANSWERS(PRYV_NOT_FOUND, c->storage->user_by_name(c->storage_self, c->mem, pryv_str(mark), &found, ERR));
    kit_say("erased");
    kit_hear();
}

static void killed_while_erasing(struct check *c)
{
    const char *folder = kit_text(c, "erase-%s", kit_id(c).data).data;

    for (int i = 0; i < TIMES; i++) {
        struct pryv_str mark = kit_id(c);
        struct kit_child *eraser = kit_child(c, folder, "erase-and-die", mark.data), *again;
        const char *where;

        EXPECT(pryv_str_equal(kit_child_line(c, eraser), "erasing"), "the process did not come to erase");
        usleep((useconds_t) kit_below(c, 3000));
        kit_child_kill(eraser);
        again = kit_child(c, folder, "erase-again", mark.data);
        EXPECT(pryv_str_equal(kit_child_line(c, again), "erased"), "the process after the crash could not erase");
        where = search_data(c, folder, mark);
        EXPECT(!where, "data of the user is still in %s", where);
        kit_child_tell(c, again, "end");
        kit_child_end(c, again);
    }
}

const struct task crash_tasks[] = {
    { "write", write_task },
    { "look", look_task },
    { "register", register_task },
    { "registered", registered_task },
    { "erase-and-die", erase_task },
    { "erase-again", erase_again_task },
    { NULL, NULL },
};

const struct subject crash_subject = {
    "crash",
    (const struct promise[]){
        { "killed while writing: nothing acknowledged is lost, no transaction is half", killed_while_writing, NEEDS_DURABLE },
        { "killed while registering: users, names and values stay", killed_while_registering, NEEDS_DURABLE | NEEDS_PLATFORM },
        { "a commit answers when its files are flushed", flushed_before_the_answer, NEEDS_DURABLE },
        { "a commit is settled when its files are flushed", flushed_before_it_is_settled, NEEDS_DURABLE },
        { "killed while erasing: erased again, nothing remains", killed_while_erasing, NEEDS_DURABLE },
        { NULL, NULL, 0 },
    },
};
