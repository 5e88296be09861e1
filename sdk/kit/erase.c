/* erase.c - erasing a user takes away every byte. */
#include "search.h"
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

/* Rows of every kind that hold the mark, some of them changed and deleted again. */
static void fill(struct check *c, struct pryv_str user, struct pryv_str mark)
{
    struct pryv_session *s = kit_write(c, user);
    struct pryv_str text = kit_text(c, "\"%s\"", mark.data);
    struct pryv_stream stream = kit_stream(mark.data, mark.data, NULL);
    struct pryv_access_row access = kit_access(mark.data, mark.data, mark.data);
    struct pryv_webhook_row webhook = { mark, mark, mark, text, 1, 1 };
    struct pryv_password_row password = { 1, mark, mark };
    struct pryv_account_field field = { PRYV_STR("email"), text, 1, mark };
    struct pryv_session_row session = { mark, mark, mark, 1e12 };
    struct pryv_series_chunk chunk = { 0, 1, 2, 3, mark };

    for (int i = 0; i < 200; i++) {
        struct pryv_event row = kit_event(c, kit_text(c, "%s-%d", mark.data, i).data, mark.data, i);

        row.content_json = i % 20 ? text : pryv_format(c->mem, "\"%s%050000d\"", mark.data, i);
        KEEPS(c->storage->event_insert(s, &row, ERR));
        KEEPS(c->storage->audit_insert(s, &row, ERR));
    }
    KEEPS(c->storage->stream_insert(s, &stream, ERR));
    KEEPS(c->storage->access_insert(s, &access, ERR));
    KEEPS(c->storage->webhook_insert(s, &webhook, ERR));
    KEEPS(c->storage->password_add(s, &password, ERR));
    KEEPS(c->storage->account_set(s, &field, ERR));
    KEEPS(c->storage->session_put(s, &session, ERR));
    KEEPS(c->storage->value_set(s, mark, mark, text, ERR));
    KEEPS(c->storage->series_append(s, mark, &chunk, ERR));
    kit_commit(c, s);
    s = kit_write(c, user);
    for (int i = 0; i < 200; i += 2) {
        struct pryv_event row = kit_event(c, kit_text(c, "%s-%d", mark.data, i).data, "other", i);

        row.deleted = 5;
        KEEPS(c->storage->event_update(s, &row, ERR));
    }
    kit_commit(c, s);
}

static void nothing_remains(struct check *c)
{
    struct pryv_str user = kit_user(c), mark = kit_id(c), other = kit_user(c), kept = kit_id(c);
    const char *where;

    fill(c, other, kept);
    fill(c, user, mark);
    KEEPS(c->storage->user_erase(c->storage_self, user, ERR));
    where = search_data(c, NULL, mark);
    EXPECT(!where, "data of the user is still in %s", where);
    where = search_data(c, NULL, user);
    EXPECT(!where, "the user's id is still in %s", where);

    struct pryv_event_query query = kit_query();
    struct pryv_session *s = kit_read(c, other);

    query.limit = 1;
    EXPECT(strlen(kit_query_ids(c, s, &query)) > 0, "another user's events are gone");
}

static void safe_to_repeat(struct check *c)
{
    struct pryv_str user = kit_user(c), found;
    struct pryv_session *s = NULL;

    KEEPS(c->storage->user_erase(c->storage_self, user, ERR));
    KEEPS(c->storage->user_erase(c->storage_self, user, ERR));
    KEEPS(c->storage->user_erase(c->storage_self, PRYV_STR("never-was"), ERR));
    ANSWERS(PRYV_NOT_FOUND, c->storage->user_by_id(c->storage_self, c->mem, user, &found, ERR));
    ANSWERS(PRYV_NOT_FOUND, c->storage->open(c->storage_self, user, PRYV_READ, &s, ERR));
}

static void comes_again_empty(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_event row = kit_event(c, "a", "diary", 1);
    struct pryv_event_query query = kit_query();

    kit_add_event(c, user, &row);
    KEEPS(c->storage->user_erase(c->storage_self, user, ERR));
    KEEPS(c->storage->user_create(c->storage_self, user, kit_id(c), ERR));
    EXPECT_TEXT(kit_query_ids(c, kit_read(c, user), &query), "");
    kit_add_event(c, user, &row);
    EXPECT_TEXT(kit_query_ids(c, kit_read(c, user), &query), "a ");
}

/* Erases while another thread holds a session; the engine may wait for it, or make it fail. */
struct erasing {
    struct check check;
    struct pryv_str user;
    _Atomic bool over;
};

static void *erase(void *arg)
{
    struct erasing *erasing = arg;
    struct pryv_err err = PRYV_ERR(pryv_arena_new());
    enum pryv_rc rc = erasing->check.storage->user_erase(erasing->check.storage_self, erasing->user, &err);

    pryv_arena_free(err.arena);
    erasing->over = true;
    return rc == PRYV_OK ? arg : NULL;
}

static void open_sessions_fail(struct check *c)
{
    for (int mode = PRYV_READ; mode <= PRYV_WRITE; mode++) {
        struct erasing erasing = { .check = *c, .user = kit_user(c) };
        struct pryv_event row = kit_event(c, "a", "diary", 1), found;
        struct pryv_session *s;
        bool wrote = false;
        pthread_t thread;
        void *erased;

        kit_add_event(c, erasing.user, &row);
        s = kit_open(c, erasing.user, (enum pryv_session_mode) mode);
        EXPECT(pthread_create(&thread, NULL, erase, &erasing) == 0, "no thread could be started");
        for (int i = 0; i < 20 && !erasing.over; i++)
            usleep(10000);

        bool at_once = erasing.over;
        enum pryv_rc rc = c->storage->event_get(s, c->mem, row.id, &found, ERR);

        if (mode == PRYV_WRITE) {
            row.id = PRYV_STR("b");
            wrote = c->storage->event_insert(s, &row, ERR) == PRYV_OK && c->storage->commit(s, ERR) == PRYV_OK;
        }
        kit_close(c, s);
        pthread_join(thread, &erased);
        EXPECT(erased, "the user could not be erased while a session was open");
        EXPECT(!at_once || (rc != PRYV_OK && !wrote), "a session of an erased user still %s", wrote ? "writes" : "reads");
        EXPECT(c->storage->open(c->storage_self, erasing.user, PRYV_READ, &s, ERR) == PRYV_NOT_FOUND, "the erased user is there");
    }
}

/* Reading on from a cursor must not seem to come to the end of what was there. */
static void open_cursors_fail(struct check *c)
{
    enum { EVENTS = 3000 };
    struct erasing erasing = { .check = *c, .user = kit_user(c) };
    struct pryv_event *rows = pryv_new_array(c->mem, struct pryv_event, EVENTS), row;
    struct pryv_event_query query = kit_query();
    struct pryv_session *s = kit_write(c, erasing.user);
    struct pryv_cursor *cursor = NULL;
    pthread_t thread;
    void *erased;
    int more = 1, read = 0;

    for (int i = 0; i < EVENTS; i++)
        rows[i] = kit_event(c, kit_text(c, "event-%d", i).data, "diary", i);
    KEEPS(kit_insert_all(c, s, rows, EVENTS));
    kit_commit(c, s);
    s = kit_read(c, erasing.user);
    KEEPS(c->storage->events_query(s, &query, &cursor, ERR));
    kit_cursor(c, s, cursor);
    EXPECT(kit_next(c, cursor, &row), "there are no events");
    EXPECT(pthread_create(&thread, NULL, erase, &erasing) == 0, "no thread could be started");
    for (int i = 0; i < 50 && !erasing.over; i++)
        usleep(10000);

    bool at_once = erasing.over;

    while (more > 0 && read++ < 2 * EVENTS)
        more = c->storage->cursor_next(cursor, &row, ERR);
    kit_close(c, s);
    pthread_join(thread, &erased);
    EXPECT(erased, "the user could not be erased while a cursor was open");
    EXPECT(!at_once || more < 0, "a cursor on what was erased came to its end");
}

/* Files that were deleted take their room until they are closed. */
static int deleted_files_open(void)
{
    DIR *dir = opendir("/proc/self/fd");
    const struct dirent *entry;
    char path[64], target[4096];
    int count = 0;

    while (dir && (entry = readdir(dir))) {
        snprintf(path, sizeof(path), "/proc/self/fd/%.20s", entry->d_name);

        ssize_t len = readlink(path, target, sizeof(target));
        static const char mark[] = " (deleted)";

        if (len >= (ssize_t) sizeof(mark) - 1 && memcmp(target + len - (sizeof(mark) - 1), mark, sizeof(mark) - 1) == 0)
            count++;
    }
    if (dir)
        closedir(dir);
    return count;
}

static void files_are_closed(struct check *c)
{
    int before = deleted_files_open();

    for (int i = 0; i < 10; i++) {
        struct pryv_str user = kit_user(c);
        struct pryv_event row = kit_event(c, "a", "diary", 1);
        struct pryv_session *s = NULL;

        kit_add_event(c, user, &row);
        if (i % 2)
            s = kit_read(c, user);
        KEEPS(c->storage->user_erase(c->storage_self, user, ERR));
        kit_close(c, s);
    }
    EXPECT(deleted_files_open() <= before, "%d deleted files of erased users are still open", deleted_files_open() - before);
}

const struct subject erase_subject = {
    "erase",
    (const struct promise[]){
        { "nothing of the user remains in any file, others stay", nothing_remains, 0 },
        { "erasing is safe to repeat", safe_to_repeat, 0 },
        { "a user of the same id begins empty", comes_again_empty, 0 },
        { "open sessions of an erased user fail", open_sessions_fail, 0 },
        { "open cursors too, and do not come to an end", open_cursors_fail, 0 },
        { "no file of an erased user stays open", files_are_closed, 0 },
        { NULL, NULL, 0 },
    },
};
