/* check.c - pryvctl check: whether the data of every user open, and answer. Opening brings the schema up to this release. */
#include "pryvctl.h"
#include <inttypes.h>
#include <stdio.h>

enum { PAGE = 500 };

struct report {
    uint64_t users, broken;
    struct pryv_str first_id; /* of a user, or of none */
    struct pryv_json *js;     /* inside an object; NULL: as text */
};

static void tell_ok(struct report *report, const char *interface, const char *engine)
{
    if (report->js)
        pryv_json_put_text(report->js, interface, engine);
    else
        printf("%-9s %-10s ok\n", interface, engine);
}

/* Events are asked for too: the tables that matter most are read. */
static enum pryv_rc open_user(struct run *run, struct pryv_arena *mem, struct pryv_str id, struct pryv_err *err)
{
    const struct pryv_event_query first = {
        .from = PRYV_ABSENT, .to = PRYV_ABSENT, .modified_since = PRYV_ABSENT, .any_stream = true, .limit = 1
    };
    struct pryv_session *session;
    struct pryv_cursor *cursor;
    struct pryv_event event;
    struct pryv_access_row *accesses;
    uint64_t events, streams, bytes;
    size_t count;
    enum pryv_rc rc = run->storage->open(run->storage_self, id, PRYV_READ, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = run->storage->usage(session, &events, &streams, &bytes, err);
    if (rc == PRYV_OK)
        rc = run->storage->accesses_all(session, mem, &accesses, &count, err);
    if (rc == PRYV_OK && (rc = run->storage->events_query(session, &first, &cursor, err)) == PRYV_OK) {
        int more = run->storage->cursor_next(cursor, &event, err);

        run->storage->cursor_close(cursor);
        rc = more < 0 ? (enum pryv_rc) more : PRYV_OK;
    }
    run->storage->close(session);
    return rc;
}

/* Users who have gone meanwhile are not broken. */
static void check_user(struct run *run, struct report *report, struct pryv_str id, struct pryv_str name)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    enum pryv_rc rc = open_user(run, mem, id, &err);

    report->users++;
    if (rc != PRYV_OK && rc != PRYV_NOT_FOUND) {
        report->broken++;
        fail("the data of %.*s: %s", PRYV_STR_ARG(name), err.message ? err.message : "no reason given");
    }
    pryv_arena_free(mem);
}

static enum pryv_rc check_users(struct run *run, struct report *report)
{
    struct pryv_str *ids, *names, after = PRYV_STR_NONE;
    size_t count = PAGE;
    enum pryv_rc rc = PRYV_OK;

    while (rc == PRYV_OK && count == PAGE) {
        struct pryv_arena *mem = pryv_arena_new();

        rc = run->storage->users_list(run->storage_self, mem, after, PAGE, &ids, &names, &count, &run->err);
        for (size_t i = 0; rc == PRYV_OK && i < count; i++)
            check_user(run, report, ids[i], names[i]);
        if (rc == PRYV_OK && count) {
            report->first_id = pryv_str_copy(run->mem, ids[0]);
            after = pryv_str_copy(run->mem, names[count - 1]);
        }
        pryv_arena_free(mem);
    }
    return rc;
}

static int check_all(struct run *run, struct report *report)
{
    struct pryv_str value;
    uint64_t bytes;
    enum pryv_rc rc;

    if (check_users(run, report) != PRYV_OK)
        return tell_failure(run, "storage");
    if (!report->broken)
        tell_ok(report, "storage", run->storage->engine);
    rc = run->platform->value_get(run->platform_self, run->mem, PRYV_STR("pryvctl/check"), true, &value, &run->err);
    if (rc != PRYV_OK && rc != PRYV_NOT_FOUND)
        return tell_failure(run, "platform");
    tell_ok(report, "platform", run->platform->engine);
    if (run->files && run->files->usage(run->files_self, report->first_id, &bytes, &run->err) != PRYV_OK)
        return tell_failure(run, "files");
    if (run->files)
        tell_ok(report, "files", run->files->engine);
    return report->broken ? FAILURE : SUCCESS;
}

int check(struct run *run)
{
    struct report report = { .first_id = PRYV_STR("none"), .js = run->json ? pryv_json_new(run->mem) : NULL };
    int status;

    if (report.js)
        pryv_json_object(report.js);
    status = check_all(run, &report);
    if (!report.js) {
        printf("%-9s %" PRIu64 " read, %" PRIu64 " broken\n", "users", report.users, report.broken);
        return status;
    }
    pryv_json_put_bool(report.js, "ok", status == SUCCESS);
    pryv_json_put_number(report.js, "users", (double) report.users);
    pryv_json_put_number(report.js, "broken", (double) report.broken);
    pryv_json_object_end(report.js);
    print_json(report.js);
    return status;
}
