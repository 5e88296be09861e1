// link: plugins/storage-sqlite
/* What the storage on SQLite promises beyond the contract that every engine is checked against: migrations, writes that become durable
 * together, the bound on open files, locks, erasing across processes, crashes, damage, and plans that use the indexes. */
#include "../../plugins/storage-sqlite/cursor.h"
#include "../../plugins/storage-sqlite/engine.h"
#include <pryv/folders.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- A worker's engine on a folder of its own -------------------------------------------------- */

static char folder[64];
static struct pryv_arena *mem;
static struct pryv_storage_ops ops;

static struct engine *engine_new(void)
{
    struct engine *engine = calloc(1, sizeof(*engine));
    struct pryv_err err = PRYV_ERR(mem);

    cr_assert_not_null(engine);
    pool_init(&engine->pool);
    user_image_init(&engine->user_image);
    engine->pool.options = (struct connection_options){ .busy_seconds = 5, .cache_bytes = 256 * 1024, .checkpoint_pages = 1000 };
    engine->pool.max_connections = 8;
    engine->pool.group_sessions = 64;
    engine->pool.group_seconds = 60; /* so that a slow machine groups as a fast one does */
    cr_assert(asprintf(&engine->users_path, "%s/users", folder) > 0);
    cr_assert(asprintf(&engine->platform_path, "%s/platform.db", folder) > 0);
    cr_assert_eq(platform_open(engine, &err), PRYV_OK, "%s", err.message);
    return engine;
}

static void engine_free(struct engine *engine)
{
    database_put(engine->platform);
    pool_close(&engine->pool);
    user_image_free(&engine->user_image);
    free(engine->users_path);
    free(engine->platform_path);
    free(engine);
}

static void set_up(void)
{
    snprintf(folder, sizeof(folder), "/tmp/pryvd-sqlite-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    mem = pryv_arena_new();
    users_offer(&ops);
    user_sessions_offer(&ops);
    streams_offer(&ops);
    events_offer(&ops);
    event_query_offer(&ops);
    cursor_offer(&ops);
}

static void tear_down(void)
{
    pryv_arena_free(mem);
    cr_assert_eq(pryv_tree_remove(folder), 0);
}

TestSuite(storage_sqlite, .init = set_up, .fini = tear_down, .timeout = 120);

static void create_user(struct engine *engine, const char *id)
{
    struct pryv_err err = PRYV_ERR(mem);

    cr_assert_eq(ops.user_create(engine, pryv_str(id), pryv_format(mem, "name-%s", id), &err), PRYV_OK, "%s", err.message);
}

static struct pryv_session *open_session(struct engine *engine, const char *id, enum pryv_session_mode mode)
{
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_session *session = NULL;

    cr_assert_eq(ops.open(engine, pryv_str(id), mode, &session, &err), PRYV_OK, "%s", err.message);
    return session;
}

static struct pryv_event event_of(const char *id, const char *streams_json, double time)
{
    return (struct pryv_event){ .id = pryv_str(id),
                                .stream_ids_json = pryv_str(streams_json),
                                .time = time,
                                .duration = PRYV_ABSENT,
                                .type = PRYV_STR("note/txt"),
                                .content_json = PRYV_STR("\"hello\""),
                                .deleted = PRYV_ABSENT,
                                .created = time,
                                .created_by = PRYV_STR("me"),
                                .modified = time,
                                .modified_by = PRYV_STR("me") };
}

static enum pryv_rc write_event(struct engine *engine, const char *user, const char *id, struct pryv_err *err)
{
    struct pryv_session *session;
    struct pryv_event event = event_of(id, "[\"a\"]", 1);
    enum pryv_rc rc = ops.open(engine, pryv_str(user), PRYV_WRITE, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = ops.event_insert(session, &event, err);
    if (rc == PRYV_OK)
        rc = session_commit(session, err);
    ops.close(session);
    return rc;
}

static bool has_event(struct engine *engine, const char *user, const char *id)
{
    struct pryv_session *session = open_session(engine, user, PRYV_READ);
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_event event;
    enum pryv_rc rc = ops.event_get(session, mem, pryv_str(id), &event, &err);

    cr_assert(rc == PRYV_OK || rc == PRYV_NOT_FOUND, "%s", err.message);
    ops.close(session);
    return rc == PRYV_OK;
}

static char *user_file(const char *id, const char *name)
{
    size_t len = strlen(id);
    char *path;

    cr_assert(asprintf(&path, "%s/users/%c/%c/%c/%s%s", folder, id[len - 1], id[len - 2], id[len - 3], id, name) > 0);
    return path;
}

static bool exists(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0;
}

/* ---- Migrations ------------------------------------------------------------------------------- */

static const char *const first_steps[] = { "CREATE TABLE notes (text TEXT)" };
static const char *const both_steps[] = { "CREATE TABLE notes (text TEXT)", "ALTER TABLE notes ADD COLUMN length INTEGER; "
                                                                            "UPDATE notes SET length = length(text)" };
static const char *const broken_steps[] = { "CREATE TABLE notes (text TEXT)",
                                            "UPDATE notes SET text = 'lost'; SELECT no_such_function()" };
static const struct schema first = { .subject = "notes", .application_id = 7, .steps = first_steps, .count = 1 };
static const struct schema both = { .subject = "notes", .application_id = 7, .steps = both_steps, .count = 2 };
static const struct schema broken = { .subject = "notes", .application_id = 7, .steps = broken_steps, .count = 2 };
static const struct schema others = { .subject = "notes", .application_id = 8, .steps = both_steps, .count = 2 };

static enum pryv_rc migrate(const char *path, const struct schema *schema, const char *then, struct pryv_err *err)
{
    struct connection_options options = { .busy_seconds = 1, .cache_bytes = 65536, .checkpoint_pages = 1000 };
    struct connection *connection;

    cr_assert_eq(connection_open(path, true, &options, &connection, err), PRYV_OK, "%s", err->message);

    enum pryv_rc rc = schema_migrate(connection, schema, err);

    if (rc == PRYV_OK && then)
        rc = connection_run(connection, then, err);
    connection_free(connection);
    return rc;
}

static sqlite3_int64 ask(const char *path, const char *sql)
{
    sqlite3 *handle;
    sqlite3_stmt *statement;
    sqlite3_int64 answer;

    cr_assert_eq(sqlite3_open(path, &handle), SQLITE_OK);
    cr_assert_eq(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK, "%s", sqlite3_errmsg(handle));
    cr_assert_eq(sqlite3_step(statement), SQLITE_ROW);
    answer = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return answer;
}

Test(storage_sqlite, an_old_file_takes_the_steps_it_lacks)
{
    struct pryv_err err = PRYV_ERR(mem);
    const char *path = pryv_format(mem, "%s/notes.db", folder).data;

    cr_assert_eq(migrate(path, &first, "INSERT INTO notes VALUES ('four')", &err), PRYV_OK);
    cr_assert_eq(ask(path, "PRAGMA user_version"), 1);
    cr_assert_eq(migrate(path, &broken, NULL, &err), PRYV_FAILED);
    cr_assert_eq(ask(path, "SELECT count(*) FROM notes WHERE text = 'four'"), 1, "a step is taken whole or not at all");
    cr_assert_eq(ask(path, "PRAGMA user_version"), 1);
    cr_assert_eq(migrate(path, &both, NULL, &err), PRYV_OK, "%s", err.message);
    cr_assert_eq(ask(path, "PRAGMA user_version"), 2);
    cr_assert_eq(ask(path, "SELECT length FROM notes"), 4);
    cr_assert_eq(migrate(path, &both, NULL, &err), PRYV_OK);
}

Test(storage_sqlite, newer_and_foreign_files_are_refused)
{
    struct pryv_err err = PRYV_ERR(mem);
    const char *path = pryv_format(mem, "%s/notes.db", folder).data;

    cr_assert_eq(migrate(path, &both, NULL, &err), PRYV_OK);
    cr_assert_eq(migrate(path, &first, NULL, &err), PRYV_FAILED);
    cr_assert(strstr(err.message, "newer version") && strstr(err.message, path), "%s", err.message);
    cr_assert_eq(migrate(path, &others, NULL, &err), PRYV_FAILED);
    cr_assert(strstr(err.message, "no database of ours"), "%s", err.message);
}

/* ---- Writes that become durable together ------------------------------------------------------- */

struct writer {
    struct engine *engine;
    const char *id;
    enum pryv_rc rc;
    char key[32];
    pthread_t thread;
};

static void *write_one(void *writer_)
{
    struct writer *writer = writer_;
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);

    writer->rc = write_event(writer->engine, "user1", writer->id, &err);
    snprintf(writer->key, sizeof(writer->key), "%s", writer->rc != PRYV_OK && err.key ? err.key : "");
    pryv_arena_free(arena);
    return NULL;
}

/* Starts it, and waits until it waits for its turn. */
static void start_writer(struct writer *writer, struct engine *engine, struct database *database, const char *id)
{
    const struct waiting_writer *before, *after;

    *writer = (struct writer){ .engine = engine, .id = id };
    pthread_mutex_lock(&database->lock);
    before = database->last_waiting;
    pthread_mutex_unlock(&database->lock);
    cr_assert_eq(pthread_create(&writer->thread, NULL, write_one, writer), 0);
    do {
        usleep(1000);
        pthread_mutex_lock(&database->lock);
        after = database->last_waiting;
        pthread_mutex_unlock(&database->lock);
    } while (after == before);
}

static int commits, commits_refused;

static int count_commit(void *refuse)
{
    commits++;
    if (refuse)
        commits_refused++;
    return refuse != NULL;
}

/* A first session holds its turn until the others wait; they share its commit. */
static enum pryv_rc write_in_a_group(struct engine *engine, struct writer *others_, size_t count, const char *const *ids,
                                     bool refuse)
{
    struct pryv_session *session = open_session(engine, "user1", PRYV_WRITE);
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_event event = event_of("first", "[\"a\"]", 1);
    sqlite3 *handle = session->connection->handle;

    for (size_t i = 0; i < count; i++)
        start_writer(&others_[i], engine, session->database, ids[i]);
    sqlite3_commit_hook(handle, count_commit, refuse ? handle : NULL);
    cr_assert_eq(ops.event_insert(session, &event, &err), PRYV_OK);

    enum pryv_rc rc = session_commit(session, &err);

    for (size_t i = 0; i < count; i++)
        pthread_join(others_[i].thread, NULL);
    ops.close(session);
    sqlite3_commit_hook(handle, NULL, NULL);
    return rc;
}

Test(storage_sqlite, waiting_writers_share_one_commit)
{
    struct engine *engine = engine_new();
    struct writer others_[3];

    create_user(engine, "user1");
    cr_assert_eq(write_in_a_group(engine, others_, 3, (const char *const[]){ "b", "c", "d" }, false), PRYV_OK);
    cr_assert_eq(commits, 1);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(others_[i].rc, PRYV_OK);
        cr_assert(has_event(engine, "user1", others_[i].id));
    }
    cr_assert(has_event(engine, "user1", "first"));
    engine_free(engine);
}

Test(storage_sqlite, a_commit_that_fails_fails_for_all)
{
    struct engine *engine = engine_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct writer others_[2];

    create_user(engine, "user1");
    cr_assert_neq(write_in_a_group(engine, others_, 2, (const char *const[]){ "b", "c" }, true), PRYV_OK);
    cr_assert_eq(commits_refused, 1);
    cr_assert_neq(others_[0].rc, PRYV_OK);
    cr_assert_neq(others_[1].rc, PRYV_OK);
    cr_assert(!has_event(engine, "user1", "first") && !has_event(engine, "user1", "b") && !has_event(engine, "user1", "c"));
    cr_assert_eq(write_event(engine, "user1", "after", &err), PRYV_OK, "%s", err.message);
    engine_free(engine);
}

Test(storage_sqlite, a_key_taken_in_the_group_is_told_when_that_is_durable)
{
    struct engine *engine = engine_new();
    struct writer other;

    create_user(engine, "user1");
    cr_assert_eq(write_in_a_group(engine, &other, 1, (const char *const[]){ "first" }, false), PRYV_OK);
    cr_assert_eq(other.rc, PRYV_CONFLICT);
    cr_assert_str_eq(other.key, "id");
    engine_free(engine);
}

Test(storage_sqlite, a_key_taken_by_what_was_not_stored_is_no_conflict)
{
    struct engine *engine = engine_new();
    struct writer other;

    create_user(engine, "user1");
    cr_assert_neq(write_in_a_group(engine, &other, 1, (const char *const[]){ "first" }, true), PRYV_OK);
    cr_assert(other.rc == PRYV_FAILED || other.rc == PRYV_BUSY, "%d", other.rc);
    engine_free(engine);
}

Test(storage_sqlite, readers_see_a_group_only_when_it_is_durable)
{
    struct engine *engine = engine_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_session *holder, *next;
    struct writer other;

    create_user(engine, "user1");
    holder = open_session(engine, "user1", PRYV_WRITE);
    start_writer(&other, engine, holder->database, "b"); /* in the transaction next, and then waits for it to end */
    ops.close(holder);
    next = NULL;
    pthread_join(other.thread, NULL);
    cr_assert_eq(other.rc, PRYV_OK);
    next = open_session(engine, "user1", PRYV_WRITE);

    struct pryv_event event = event_of("unseen", "[\"a\"]", 1);

    cr_assert_eq(ops.event_insert(next, &event, &err), PRYV_OK);
    cr_assert(!has_event(engine, "user1", "unseen"));
    cr_assert_eq(session_commit(next, &err), PRYV_OK);
    cr_assert(has_event(engine, "user1", "unseen"));
    ops.close(next);
    engine_free(engine);
}

/* Many threads, some of whose sessions are taken back: exactly the others' rows are there. */
struct crowd {
    struct engine *engine;
    int number;
    pthread_t thread;
};

enum { CROWD = 8, ROUNDS = 40 };

static void *write_many(void *member_)
{
    struct crowd *member = member_;
    struct pryv_arena *arena = pryv_arena_new();

    for (int i = 0; i < ROUNDS; i++) {
        struct pryv_err err = PRYV_ERR(arena);
        struct pryv_session *session;
        char id[32];

        snprintf(id, sizeof(id), "%d-%d", member->number, i);

        struct pryv_event event = event_of(id, "[\"a\",\"b\"]", i);

        cr_assert_eq(ops.open(member->engine, PRYV_STR("user1"), PRYV_WRITE, &session, &err), PRYV_OK, "%s", err.message);
        cr_assert_eq(ops.event_insert(session, &event, &err), PRYV_OK, "%s", err.message);
        if (i % 4 == 0)
            cr_assert_eq(ops.event_insert(session, &event, &err), PRYV_CONFLICT); /* takes the whole session back */
        else if (i % 4 != 1)
            cr_assert_eq(session_commit(session, &err), PRYV_OK, "%s", err.message);
        ops.close(session);
    }
    pryv_arena_free(arena);
    return NULL;
}

Test(storage_sqlite, a_crowd_of_writers)
{
    struct engine *engine = engine_new();
    struct crowd crowd[CROWD];
    char *path = user_file("user1", "/sqlite/user.db");

    create_user(engine, "user1");
    for (int i = 0; i < CROWD; i++) {
        crowd[i] = (struct crowd){ .engine = engine, .number = i };
        cr_assert_eq(pthread_create(&crowd[i].thread, NULL, write_many, &crowd[i]), 0);
    }
    for (int i = 0; i < CROWD; i++)
        pthread_join(crowd[i].thread, NULL);
    engine_free(engine);
    cr_assert_eq(ask(path, "SELECT count(*) FROM events"), CROWD * ROUNDS / 2);
    cr_assert_eq(ask(path, "SELECT count(*) FROM event_streams"), CROWD * ROUNDS);
    free(path);
}

/* ---- Bounds and locks -------------------------------------------------------------------------- */

static size_t open_files(void)
{
    size_t count = 0;

    for (int fd = 3; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) != -1;
    return count;
}

Test(storage_sqlite, open_connections_stay_within_the_bound)
{
    struct engine *engine = engine_new();
    struct pryv_err err = PRYV_ERR(mem);
    size_t before = open_files();

    engine->pool.max_connections = 4;
    for (int i = 0; i < 30; i++)
        create_user(engine, pryv_format(mem, "user%d", i).data);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 30; i++) {
            const char *user = pryv_format(mem, "user%d", i).data;

            cr_assert_eq(write_event(engine, user, pryv_format(mem, "event%d", round).data, &err), PRYV_OK, "%s", err.message);
            cr_assert(engine->pool.open_connections <= 4);
        }
    cr_assert(open_files() <= before + 4 * 4, "%zu files", open_files());
    pool_close_idle(&engine->pool, -1);
    cr_assert_eq(engine->pool.open_connections, 0);
    cr_assert(has_event(engine, "user7", "event1"));
    engine_free(engine);
}

Test(storage_sqlite, a_lock_of_another_process_is_waited_for_and_then_told)
{
    struct engine *engine = engine_new();
    struct pryv_err err = PRYV_ERR(mem);
    char *path = user_file("user1", "/sqlite/user.db");
    int ready[2], release[2];
    char byte = 0;

    create_user(engine, "user1");
    pool_close_idle(&engine->pool, -1); /* nothing of SQLite's is carried over the fork */
    cr_assert_eq(pipe(ready), 0);
    cr_assert_eq(pipe(release), 0);

    pid_t child = fork();

    if (child == 0) {
        sqlite3 *handle;

        if (sqlite3_open(path, &handle) != SQLITE_OK || sqlite3_exec(handle, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK ||
            write(ready[1], &byte, 1) != 1 || read(release[0], &byte, 1) != 1)
            _exit(1);
        _exit(0);
    }
    cr_assert_eq(read(ready[0], &byte, 1), 1);
    engine->pool.options.busy_seconds = 0.2;
    cr_assert_eq(write_event(engine, "user1", "a", &err), PRYV_BUSY);
    cr_assert(strstr(err.message, "0.2 s"), "%s", err.message);
    cr_assert(!has_event(engine, "user1", "a"), "readers do not wait");
    cr_assert_eq(write(release[1], &byte, 1), 1);
    cr_assert_eq(waitpid(child, NULL, 0), child);
    cr_assert_eq(write_event(engine, "user1", "a", &err), PRYV_OK, "%s", err.message);
    engine_free(engine);
    free(path);
}

Test(storage_sqlite, a_turn_that_does_not_come_is_told)
{
    struct engine *engine = engine_new();
    struct pryv_session *session;
    struct writer other;

    create_user(engine, "user1");
    session = open_session(engine, "user1", PRYV_WRITE);
    engine->pool.options.busy_seconds = 0.2;
    start_writer(&other, engine, session->database, "b");
    pthread_join(other.thread, NULL);
    cr_assert_eq(other.rc, PRYV_BUSY);
    ops.close(session);
    engine_free(engine);
}

Test(storage_sqlite, a_full_disk_is_told_and_spoils_nothing)
{
    struct engine *engine = engine_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_session *session;
    struct pryv_event event = event_of("large", "[\"a\"]", 1);
    char *content = malloc(1 << 20);

    cr_assert_not_null(content);
    memset(content, '1', 1 << 20);
    event.content_json = pryv_str_n(content, 1 << 20);
    create_user(engine, "user1");
    cr_assert_eq(write_event(engine, "user1", "a", &err), PRYV_OK);
    session = open_session(engine, "user1", PRYV_WRITE);
    cr_assert_eq(connection_run(session->connection, "PRAGMA max_page_count = 1", &err), PRYV_OK);
    cr_assert_eq(ops.event_insert(session, &event, &err), PRYV_BUSY);
    cr_assert(strstr(err.message, "the disk is full"), "%s", err.message);
    cr_assert_neq(session_commit(session, &err), PRYV_OK);
    ops.close(session);
    session = open_session(engine, "user1", PRYV_WRITE);
    cr_assert_eq(connection_run(session->connection, "PRAGMA max_page_count = 1000000", &err), PRYV_OK);
    cr_assert_eq(ops.event_insert(session, &event, &err), PRYV_OK, "%s", err.message);
    cr_assert_eq(session_commit(session, &err), PRYV_OK);
    ops.close(session);
    cr_assert(has_event(engine, "user1", "a") && has_event(engine, "user1", "large"));
    engine_free(engine);
    free(content);
}

Test(storage_sqlite, a_damaged_file_is_told_and_others_go_on)
{
    struct engine *engine = engine_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_session *session;
    char *path = user_file("user1", "/sqlite/user.db");
    FILE *file;

    create_user(engine, "user1");
    create_user(engine, "user2");
    pool_close_idle(&engine->pool, -1);
    cr_assert_not_null(file = fopen(path, "r+"));
    fputs("this is no database any more, from its first byte on", file);
    fclose(file);
    cr_assert_eq(ops.open(engine, PRYV_STR("user1"), PRYV_READ, &session, &err), PRYV_FAILED);
    cr_assert(strstr(err.message, path) && strstr(err.message, "damaged"), "%s", err.message);
    cr_assert_eq(write_event(engine, "user2", "a", &err), PRYV_OK, "%s", err.message);
    engine_free(engine);
    free(path);
}

/* ---- Erasing ----------------------------------------------------------------------------------- */

Test(storage_sqlite, an_erased_user_is_gone_for_every_worker)
{
    struct engine *engine = engine_new(), *other = engine_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_session *reader, *writer, *again;
    struct pryv_event event = event_of("b", "[\"a\"]", 1), found;
    char *user = user_file("user1", "");

    create_user(engine, "user1");
    cr_assert_eq(write_event(engine, "user1", "a", &err), PRYV_OK);
    reader = open_session(other, "user1", PRYV_READ);
    writer = open_session(other, "user1", PRYV_WRITE);
    cr_assert_eq(ops.event_get(reader, mem, PRYV_STR("a"), &found, &err), PRYV_OK);
    cr_assert_eq(ops.event_insert(writer, &event, &err), PRYV_OK);

    cr_assert_eq(ops.user_erase(engine, PRYV_STR("user1"), &err), PRYV_OK, "%s", err.message);
    cr_assert(!exists(user));
    cr_assert_neq(ops.event_get(reader, mem, PRYV_STR("a"), &found, &err), PRYV_OK);
    cr_assert_neq(session_commit(writer, &err), PRYV_OK);
    cr_assert_eq(ops.open(other, PRYV_STR("user1"), PRYV_READ, &again, &err), PRYV_NOT_FOUND);
    cr_assert_eq(ops.user_by_name(other, mem, PRYV_STR("name-user1"), &found.id, &err), PRYV_NOT_FOUND);
    cr_assert_eq(ops.user_erase(engine, PRYV_STR("user1"), &err), PRYV_OK, "safe to repeat");

    create_user(engine, "user1"); /* while the other worker still holds the old file */
    cr_assert_eq(write_event(other, "user1", "new", &err), PRYV_OK, "%s", err.message);
    ops.close(reader);
    ops.close(writer);
    cr_assert(has_event(other, "user1", "new") && has_event(engine, "user1", "new") && !has_event(other, "user1", "a"));
    engine_free(other);
    cr_assert(has_event(engine, "user1", "new"));
    engine_free(engine);
    cr_assert(exists(user));
    free(user);
}

/* As far as a crash between the steps leaves it. */
Test(storage_sqlite, what_a_crash_left_unfinished_is_swept)
{
    struct engine *engine = engine_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_str id;
    char *erased = user_file("user1", ""), *made = user_file("user2", ""), *fresh = user_file("user3", "");

    create_user(engine, "user1");
    create_user(engine, "user2");
    create_user(engine, "user3");
    pool_close_idle(&engine->pool, -1);
    (void) ask(engine->platform_path, "UPDATE users SET state = 2, since = 5 WHERE id = 'user1' RETURNING 1");
    (void) ask(engine->platform_path, "UPDATE users SET state = 1, since = 5 WHERE id = 'user2' RETURNING 1");
    (void) ask(engine->platform_path, "UPDATE users SET state = 1 WHERE id = 'user3' RETURNING 1"); /* somebody is at it now */
    cr_assert_eq(ops.user_by_name(engine, mem, PRYV_STR("name-user1"), &id, &err), PRYV_NOT_FOUND);
    users_sweep(engine);
    cr_assert(!exists(erased) && !exists(made) && exists(fresh));
    cr_assert_eq(ask(engine->platform_path, "SELECT count(*) FROM users"), 1);
    create_user(engine, "user1");
    engine_free(engine);
    free(erased);
    free(made);
    free(fresh);
}

/* ---- A crash in the middle of writing ---------------------------------------------------------- */

static _Noreturn void write_until_killed(int told)
{
    struct engine *engine = engine_new();

    for (int i = 0;; i++) {
        struct pryv_arena *arena = pryv_arena_new();
        struct pryv_err err = PRYV_ERR(arena);
        char id[32];

        snprintf(id, sizeof(id), "event%d", i);
        if (write_event(engine, "user1", id, &err) != PRYV_OK || write(told, &i, sizeof(i)) != sizeof(i))
            _exit(1);
        pryv_arena_free(arena);
    }
}

Test(storage_sqlite, what_was_told_stored_survives_a_kill)
{
    char *path = user_file("user1", "/sqlite/user.db");
    int stored = -1;

    for (int round = 0; round < 3; round++) {
        struct engine *engine = engine_new();
        int told[2], number = -1;

        if (round == 0)
            create_user(engine, "user1");
        else /* ids begin anew */
            (void) ask(path, "DELETE FROM events RETURNING 1"), (void) ask(path, "DELETE FROM event_streams RETURNING 1");
        engine_free(engine);
        cr_assert_eq(pipe(told), 0);

        pid_t child = fork();

        if (child == 0)
            write_until_killed(told[1]);
        close(told[1]);
        while (number < 50 + round * 13)
            cr_assert_eq(read(told[0], &number, sizeof(number)), (ssize_t) sizeof(number));
        kill(child, SIGKILL);
        cr_assert_eq(waitpid(child, NULL, 0), child);
        while (read(told[0], &number, sizeof(number)) == (ssize_t) sizeof(number))
            ;
        close(told[0]);
        stored = number;

        engine = engine_new();
        for (int i = 0; i <= stored; i++)
            cr_assert(has_event(engine, "user1", pryv_format(mem, "event%d", i).data), "event %d of %d is lost", i, stored);
        engine_free(engine);
        cr_assert_eq(ask(path, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"), 1);
        cr_assert_eq(ask(path, "SELECT count(*) FROM events WHERE id NOT IN (SELECT event_id FROM event_streams)"), 0);
    }
    free(path);
}

/* ---- Queries use the indexes ------------------------------------------------------------------- */

enum { EVENTS = 6000, STREAMS = 40 };

static void fill(struct engine *engine)
{
    struct pryv_session *session = open_session(engine, "user1", PRYV_WRITE);
    struct pryv_err err = PRYV_ERR(mem);

    for (int i = 0; i < EVENTS; i++) {
        struct pryv_event event = event_of(pryv_format(mem, "e%05d", i).data, pryv_format(mem, "[\"s%d\"]", i % STREAMS).data, i);

        event.type = i % 2000 == 3 ? PRYV_STR("length/m") : i % 3 ? PRYV_STR("note/txt") : PRYV_STR("mass/kg");
        event.duration = i % 100 == 0 ? 5 : PRYV_ABSENT;
        event.running = i % 1000 == 1;
        cr_assert_eq(ops.event_insert(session, &event, &err), PRYV_OK, "%s", err.message);
    }
    cr_assert_eq(session_commit(session, &err), PRYV_OK);
    ops.close(session);
}

/* Instructions that SQLite ran for a query's rows. Fails when it sorted, or read a table from one end to the other. */
static int cost_of(struct engine *engine, const struct pryv_event_query *query, size_t expected, bool may_sort)
{
    struct pryv_session *session = open_session(engine, "user1", PRYV_READ);
    struct pryv_err err = PRYV_ERR(mem);
    struct connection *connection = session->connection;
    struct pryv_cursor *cursor;
    struct pryv_event row;
    size_t rows = 0;
    int steps = 0, more;

    for (size_t i = 0; i < connection->statement_count; i++)
        for (int what = SQLITE_STMTSTATUS_FULLSCAN_STEP; what <= SQLITE_STMTSTATUS_VM_STEP; what++)
            sqlite3_stmt_status(connection->statements[i].prepared, what, 1);
    cr_assert_eq(ops.events_query(session, query, &cursor, &err), PRYV_OK, "%s", err.message);
    while ((more = ops.cursor_next(cursor, &row, &err)) > 0)
        rows++;
    cr_assert_eq(more, 0, "%s", err.message);
    for (size_t i = 0; i < connection->statement_count; i++) {
        sqlite3_stmt *statement = connection->statements[i].prepared;

        steps += sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0);
        cr_assert_eq(sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0), 0, "reads all: %s",
                     sqlite3_sql(statement));
        cr_assert_eq(sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_AUTOINDEX, 0), 0, "makes an index: %s",
                     sqlite3_sql(statement));
        cr_assert(may_sort || sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_SORT, 0) == 0, "sorts: %s",
                  sqlite3_sql(statement));
    }
    ops.cursor_close(cursor);
    ops.close(session);
    cr_assert_eq(rows, expected, "%zu rows", rows);
    return steps;
}

Test(storage_sqlite, queries_with_a_limit_read_little)
{
    const struct pryv_event_query plain = {
        .from = PRYV_ABSENT, .to = PRYV_ABSENT, .modified_since = PRYV_ABSENT, .any_stream = true, .limit = 20
    };
    const struct pryv_str ids[] = { PRYV_STR("s3"), PRYV_STR("s17"), PRYV_STR("s39") };
    const struct pryv_stream_condition one = { .ids = ids, .count = 1 }, three = { .ids = ids, .count = 3 },
                                       none_of = { .not_in = true, .ids = ids + 1, .count = 1 };
    const struct pryv_stream_condition both_[] = { three, none_of };
    const struct pryv_stream_block one_block = { &one, 1 }, three_block = { &three, 1 }, not_block = { both_, 2 },
                                   only_not = { &none_of, 1 };
    const struct pryv_type_filter exact = { PRYV_STR("mass/kg"), false }, whole = { PRYV_STR("mass/"), true },
                                  rare = { PRYV_STR("length/m"), false };
    struct engine *engine = engine_new();

    create_user(engine, "user1");
    fill(engine);
    for (int ascending = 0; ascending < 2; ascending++) {
        struct pryv_event_query query = plain;

        query.ascending = ascending;
        cr_assert_lt(cost_of(engine, &query, 20, false), 3000);
        query.state = PRYV_STATE_ALL;
        cr_assert_lt(cost_of(engine, &query, 20, false), 3000);
        query.from = 3000;
        query.to = 3500;
        query.with_running = true;
        cr_assert_lt(cost_of(engine, &query, 20, false), 5000);
        query = plain;
        query.ascending = ascending;
        query.any_stream = false;
        query.block_count = 1;
        query.blocks = &one_block;
        cr_assert_lt(cost_of(engine, &query, 20, false), 3000);
        query.blocks = &three_block;
        cr_assert_lt(cost_of(engine, &query, 20, false), 5000);
        query.blocks = &not_block;
        cr_assert_lt(cost_of(engine, &query, 20, false), 8000);
        query.blocks = &only_not;
        cr_assert_lt(cost_of(engine, &query, 20, false), 5000);
        query = plain;
        query.ascending = ascending;
        query.type_count = 1;
        query.types = &exact;
        cr_assert_lt(cost_of(engine, &query, 20, false), 5000);
        query.types = &whole;
        cr_assert_lt(cost_of(engine, &query, 20, false), 5000);
        query.any_stream = false;
        query.block_count = 1;
        query.blocks = &one_block;
        query.types = &rare;
        cr_assert_lt(cost_of(engine, &query, 3, false), 1000);
        query = plain;
        query.ascending = ascending;
        query.running = true;
        cr_assert_lt(cost_of(engine, &query, 6, false), 3000);
        query = plain;
        query.ascending = ascending;
        query.modified_since = EVENTS - 51;
        cr_assert_lt(cost_of(engine, &query, 20, true), 15000);
        query.modified_since = 1;
        cr_assert_lt(cost_of(engine, &query, 20, false), 60000); /* counts up to where sorting would cost too much */
    }
    engine_free(engine);
}

/* A long period, and one that still runs, match a time long after their beginning. */
Test(storage_sqlite, events_that_began_before_the_interval_are_found)
{
    struct engine *engine = engine_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_session *session;
    struct pryv_event event;

    create_user(engine, "user1");
    session = open_session(engine, "user1", PRYV_WRITE);
    for (int i = 0; i < 100; i++) {
        event = event_of(pryv_format(mem, "e%02d", i).data, "[\"a\"]", i);
        event.duration = i == 7 ? 80 : PRYV_ABSENT;
        event.running = i == 3;
        cr_assert_eq(ops.event_insert(session, &event, &err), PRYV_OK);
    }
    cr_assert_eq(session_commit(session, &err), PRYV_OK);
    ops.close(session);
    for (int ascending = 0; ascending < 2; ascending++)
        for (int running = 0; running < 2; running++) {
            const char *const down[] = { "e88", "e87", "e86", "e85", "e07", "e03" };
            const char *const up[] = { "e03", "e07", "e85", "e86", "e87", "e88" };
            struct pryv_event_query query = { .from = 85,
                                              .to = 88,
                                              .modified_since = PRYV_ABSENT,
                                              .any_stream = true,
                                              .with_running = running,
                                              .ascending = ascending,
                                              .limit = UINT64_MAX };
            struct pryv_cursor *cursor;
            int at = ascending && !running ? 1 : 0, end = !ascending && !running ? 5 : 6;

            session = open_session(engine, "user1", PRYV_READ);
            cr_assert_eq(ops.events_query(session, &query, &cursor, &err), PRYV_OK);
            for (; at < end; at++) {
                cr_assert_eq(ops.cursor_next(cursor, &event, &err), 1);
                cr_assert(pryv_str_equal(event.id, (ascending ? up : down)[at]), "%.*s at %d", PRYV_STR_ARG(event.id), at);
            }
            cr_assert_eq(ops.cursor_next(cursor, &event, &err), 0);
            ops.cursor_close(cursor);
            ops.close(session);
        }
    engine_free(engine);
}

/* ---- Many streams ------------------------------------------------------------------------------- */

enum { MANY = 90, KNOWN = 80, LONGER = 30 };

static struct pryv_str many_ids[MANY];

/* s0 to s89: of the first 80 there is a stream. s29 has no event; the one after it is called as it is, and U+0000. */
static void name_many(void)
{
    for (int i = 0; i < MANY; i++)
        many_ids[i] = pryv_format(mem, "s%d", i);
    many_ids[LONGER] = PRYV_STR("s29\0");
}

static const char *many_json(int i)
{
    return i == LONGER || i == LONGER - 1 ? "\"s29\\u0000\"" : pryv_format(mem, "\"s%d\"", i).data;
}

static void add_streams(struct engine *engine, int from, int to)
{
    struct pryv_session *session = open_session(engine, "user1", PRYV_WRITE);
    struct pryv_err err = PRYV_ERR(mem);

    for (int i = from; i < to; i++) {
        const struct pryv_stream stream = { .id = many_ids[i], .name = many_ids[i], .created = 1, .modified = 1 };

        cr_assert_eq(ops.stream_insert(session, &stream, &err), PRYV_OK, "%s", err.message);
    }
    cr_assert_eq(session_commit(session, &err), PRYV_OK, "%s", err.message);
    ops.close(session);
}

static void delete_stream(struct engine *engine, struct pryv_str id)
{
    struct pryv_session *session = open_session(engine, "user1", PRYV_WRITE);
    struct pryv_err err = PRYV_ERR(mem);

    cr_assert_eq(ops.stream_delete(session, id, 1, &err), PRYV_OK, "%s", err.message);
    cr_assert_eq(session_commit(session, &err), PRYV_OK, "%s", err.message);
    ops.close(session);
}

static unsigned chance_state = 1;

static int chance(int below)
{
    chance_state = chance_state * 1103515245u + 12345u;
    return (int) (chance_state >> 16) % below;
}

/* In one stream or two, old ones more often than new; some trashed, some deleted. */
static struct pryv_event chance_event(const char *id)
{
    const char *streams = pryv_format(mem, chance(2) ? "[%s]" : "[%s,%s]", many_json(chance(MANY)), many_json(chance(MANY))).data;
    struct pryv_event event = event_of(id, streams, chance(20) * chance(20));

    event.type = chance(15) ? PRYV_STR("note/txt") : PRYV_STR("mass/kg");
    event.trashed = chance(10) == 0;
    event.deleted = chance(10) == 0 ? 1 : PRYV_ABSENT;
    return event;
}

static void change_events(struct engine *engine, int from, int end)
{
    struct pryv_session *session = open_session(engine, "user1", PRYV_WRITE);
    struct pryv_err err = PRYV_ERR(mem);

    for (int i = from; i < end; i++) {
        struct pryv_event event = chance_event(pryv_format(mem, "e%d", i).data);

        cr_assert_eq(ops.event_insert(session, &event, &err), PRYV_OK, "%s", err.message);
        event = chance_event(pryv_format(mem, "e%d", chance(i + 1)).data);
        cr_assert_eq(ops.event_update(session, &event, &err), PRYV_OK, "%s", err.message);
    }
    cr_assert_eq(session_commit(session, &err), PRYV_OK, "%s", err.message);
    ops.close(session);
}

/* The ids of what a query gives. */
static struct pryv_str answer_of(struct engine *engine, const struct pryv_event_query *query)
{
    struct pryv_session *session = open_session(engine, "user1", PRYV_READ);
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_cursor *cursor;
    struct pryv_event row;
    struct pryv_str answer = PRYV_STR("");

    cr_assert_eq(ops.events_query(session, query, &cursor, &err), PRYV_OK, "%s", err.message);
    while (ops.cursor_next(cursor, &row, &err) > 0)
        answer = pryv_format(mem, "%s %.*s", answer.data, PRYV_STR_ARG(row.id));
    ops.cursor_close(cursor);
    ops.close(session);
    return answer;
}

/* The same is asked with a condition more that matches nothing, and that no list of streams decides: then all events are read. */
static void compare_with_reading_all(struct engine *engine, struct pryv_event_query query)
{
    int at = chance(20);
    const struct pryv_stream_condition in = { .ids = many_ids + at, .count = 40 + (size_t) chance(30) };
    const struct pryv_stream_condition in_none = { .not_in = true, .ids = many_ids, .count = MANY };
    const struct pryv_stream_block blocks[] = { { &in, 1 }, { &in_none, 1 } };
    struct pryv_str merged, all;

    query.blocks = blocks;
    query.block_count = 1;
    merged = answer_of(engine, &query);
    query.block_count = 2;
    all = answer_of(engine, &query);
    cr_assert(pryv_str_is(merged, all), "%zu streams from %d, limit %llu, from %g to %g, %s:\n%s\nbut\n%s", in.count, at,
              (unsigned long long) query.limit, query.from, query.to, query.ascending ? "up" : "down", merged.data, all.data);
}

static void compare_many(struct engine *engine)
{
    static const uint64_t limits[] = { 1, 5, 20, UINT64_MAX };
    static const struct pryv_type_filter types[] = { { PRYV_STR("mass/kg"), false }, { PRYV_STR("note/txt"), false } };

    for (int i = 0; i < 80; i++)
        compare_with_reading_all(engine, (struct pryv_event_query){ .state = chance(2) ? PRYV_STATE_ALL : PRYV_STATE_DEFAULT,
                                                                    .from = chance(2) ? PRYV_ABSENT : chance(300),
                                                                    .to = chance(2) ? PRYV_ABSENT : 100 + chance(300),
                                                                    .modified_since = PRYV_ABSENT,
                                                                    .types = types,
                                                                    .type_count = (size_t) chance(3),
                                                                    .ascending = chance(3) == 0,
                                                                    .skip = chance(3) == 0 ? 7 : 0,
                                                                    .limit = limits[chance(4)] });
}

Test(storage_sqlite, streams_with_nothing_new_hide_nothing)
{
    struct engine *engine = engine_new();
    char *path = user_file("user1", "/sqlite/user.db");

    name_many();
    create_user(engine, "user1");
    add_streams(engine, 0, 40);
    change_events(engine, 0, 150);
    cr_assert_eq(ask(path, "SELECT count(*) FROM stream_newest"), 0, "few streams: writes need not keep it");
    compare_many(engine);
    for (int known = 60; known <= KNOWN; known += 10) {
        add_streams(engine, known == 60 ? 40 : known - 10, known);
        cr_assert_eq(ask(path, "SELECT count(*) FROM stream_newest"), known > 64 ? known : 0);
        change_events(engine, known * 5 - 150, known * 5 - 100);
        compare_many(engine);
    }
    delete_stream(engine, many_ids[25]);
    cr_assert_eq(ask(path, "SELECT count(*) FROM stream_newest"), KNOWN - 1);
    change_events(engine, 300, 350);
    add_streams(engine, 25, 26);
    cr_assert_eq(ask(path, "SELECT count(*) FROM stream_newest"), KNOWN);
    compare_many(engine);
    engine_free(engine);
    free(path);
}

/* A hundred streams, each with ten events newer than those of the one before. */
static void fill_many(struct engine *engine)
{
    struct pryv_session *session = open_session(engine, "user1", PRYV_WRITE);
    struct pryv_err err = PRYV_ERR(mem);

    for (int i = 0; i < 1000; i++) {
        struct pryv_str id = pryv_format(mem, "s%d", i / 10);
        const struct pryv_stream stream = { .id = id, .name = id, .created = 1, .modified = 1 };
        struct pryv_event event = event_of(pryv_format(mem, "e%d", i).data, pryv_format(mem, "[\"s%d\"]", i / 10).data, i);

        if (i % 10 == 0)
            cr_assert_eq(ops.stream_insert(session, &stream, &err), PRYV_OK, "%s", err.message);
        cr_assert_eq(ops.event_insert(session, &event, &err), PRYV_OK, "%s", err.message);
    }
    cr_assert_eq(session_commit(session, &err), PRYV_OK);
    ops.close(session);
}

Test(storage_sqlite, streams_with_nothing_new_are_not_read)
{
    struct engine *engine = engine_new();
    char *path = user_file("user1", "/sqlite/user.db");
    struct pryv_str ids[100];
    const struct pryv_stream_condition condition = { .ids = ids, .count = 100 };
    const struct pryv_stream_block block = { &condition, 1 };
    const struct pryv_event_query plain = {
        .from = PRYV_ABSENT, .to = PRYV_ABSENT, .modified_since = PRYV_ABSENT, .blocks = &block, .block_count = 1, .limit = 20
    };
    struct pryv_event_query range = plain;
    int newest, newest_of_range;

    for (int i = 0; i < 100; i++)
        ids[i] = pryv_format(mem, "s%d", i * 37 % 100);
    create_user(engine, "user1");
    fill_many(engine);
    range.from = 980; /* fewer events than streams */
    cr_assert_lt(cost_of(engine, &range, 20, false), 1500, "streams were looked into");
    range.from = 890;
    range.ascending = true;
    newest = cost_of(engine, &plain, 20, false);
    newest_of_range = cost_of(engine, &range, 20, false);
    cr_assert_eq(ask(path, "SELECT count(*) FROM stream_newest"), 100);
    cr_assert_eq(ask(path, "DELETE FROM stream_newest RETURNING 1"), 1);
    cr_assert_lt(newest, cost_of(engine, &plain, 20, false) * 2 / 3, "what it is when nothing is known of the streams");
    cr_assert_lt(newest_of_range, cost_of(engine, &range, 20, false) * 3 / 4);
    engine_free(engine);
    free(path);
}

static void make_old_file(const char *path, int streams)
{
    struct pryv_err err = PRYV_ERR(mem);
    struct schema old = user_schema;

    old.count = 2;
    cr_assert_eq(
        migrate(path, &old,
                pryv_format(mem,
                            "WITH n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
                            "INSERT INTO streams (id, name, trashed) SELECT 's' || i, 's' || i, 0 FROM n; "
                            "INSERT INTO event_streams (stream_id, time, event_id, event) "
                            "SELECT id, time, id || time, 1 FROM streams, (SELECT 3 AS time UNION ALL SELECT 5) WHERE id <> 's7'",
                            streams - 1)
                    .data,
                &err),
        PRYV_OK, "%s", err.message);
    cr_assert_eq(migrate(path, &user_schema, "INSERT INTO event_streams VALUES ('s1', 9, 'e', 2), ('s2', 4, 'e', 3)", &err),
                 PRYV_OK, "%s", err.message);
}

Test(storage_sqlite, an_old_file_of_many_streams_tells_their_newest)
{
    const char *many = pryv_format(mem, "%s/many.db", folder).data, *few = pryv_format(mem, "%s/few.db", folder).data;

    make_old_file(many, 70);
    cr_assert_eq(ask(many, "SELECT count(*) FROM stream_newest"), 70);
    cr_assert_eq(ask(many, "SELECT time FROM stream_newest WHERE stream_id = 's1'"), 9);
    cr_assert_eq(ask(many, "SELECT time FROM stream_newest WHERE stream_id = 's2'"), 5, "nothing newer came");
    cr_assert_eq(ask(many, "SELECT time < 0 FROM stream_newest WHERE stream_id = 's7'"), 1, "it has no event");

    make_old_file(few, 64);
    cr_assert_eq(ask(few, "SELECT count(*) FROM stream_newest"), 0);
}

/* U+0000 is a character like another, in ids too, and in names of streams as JSON tells them. */
Test(storage_sqlite, texts_keep_every_character)
{
    struct engine *engine = engine_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_session *session;
    struct pryv_event event = event_of("", "[\"a\\u0000\\n\\\"b\",\"\\u00e9\\ud83d\\ude00\"]", 1), found;
    const struct pryv_str ids[] = { PRYV_STR("a\0\n\"b"), PRYV_STR("\xc3\xa9\xf0\x9f\x98\x80") };
    struct pryv_cursor *cursor;

    event.id = PRYV_STR("x\0y");
    event.description = PRYV_STR("");
    event.content_json = PRYV_STR("{ \"kept\" : 1.0 }");
    create_user(engine, "user1");
    session = open_session(engine, "user1", PRYV_WRITE);
    cr_assert_eq(ops.event_insert(session, &event, &err), PRYV_OK, "%s", err.message);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(ops.events_in_streams(session, &ids[i], 1, &cursor, &err), PRYV_OK);
        cr_assert_eq(ops.cursor_next(cursor, &found, &err), 1, "stream %d", i);
        cr_assert(pryv_str_is(found.id, event.id) && pryv_str_is(found.content_json, event.content_json));
        cr_assert(found.description.data && found.description.len == 0 && !found.client_data_json.data);
        ops.cursor_close(cursor);
    }
    cr_assert_eq(ops.event_get(session, mem, PRYV_STR("x"), &found, &err), PRYV_NOT_FOUND);
    ops.close(session);
    engine_free(engine);
}
