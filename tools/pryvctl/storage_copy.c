/* storage_copy.c - pryvctl storage copy: users and the platform from one engine to another, verified; see copy.h. */
#include "copy.h"
#include "pryvctl.h"
#include "pryvd.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAGE = 500 };

struct copying {
    struct run *run;
    struct side source, target;
    struct copy_options options;
    struct comparison report;
    uint64_t users[USER_REFUSED + 1]; /* by result */
    uint64_t failed;
};

/* ---- The engines ----------------------------------------------------------------------------------------------- */

static int open_side(struct run *run, const char *name, const struct many *settings, struct side *out)
{
    struct pryvd_tool_engine engine;
    char what[128];

    snprintf(what, sizeof(what), "the engine %s cannot be opened", name);
    if (pryvd_tool_open_engine(name, settings ? settings->values : NULL, settings ? settings->count : 0, &engine, &run->err) !=
        PRYV_OK)
        return tell_failure(run, what);
    if (!engine.storage.ops || !engine.platform.ops)
        return fail("no plugin provides storage and platform where storages.base.engine is %s", name);
    *out = (struct side){ .name = name,
                          .storage = engine.storage.ops,
                          .platform = engine.platform.ops,
                          .storage_self = engine.storage.self,
                          .platform_self = engine.platform.self };
    if (!IS_OFFERED(out->storage, struct pryv_storage_ops, sessions_all) ||
        !IS_OFFERED(out->platform, struct pryv_platform_ops, values_with_ends))
        return fail("the plugin of %s is too old to be read whole", name);
    return SUCCESS;
}

/* Whoever writes meanwhile would make the copy another one. */
static int claim(struct run *run)
{
    if (!run->check_only)
        return pryvd_tool_claim(&run->err) == PRYV_OK ? SUCCESS : tell_failure(run, "stop the server first");
    if (pryvd_tool_is_served())
        fputs("pryvctl: a server runs on this data: what it writes meanwhile may be told as a difference\n", stderr);
    return SUCCESS;
}

/* ---- Users ------------------------------------------------------------------------------------------------------ */

static const char *reason(const struct pryv_err *err)
{
    return err->message ? err->message : "no reason given";
}

/* A user who cannot be copied is told, and the others go on; an engine that cannot be reached ends the run. */
static enum pryv_rc settle_user(struct copying *copying, struct pryv_str id, struct pryv_str username)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    enum user_result result = USER_REFUSED;
    enum pryv_rc rc;

    copying->options.user++;
    rc = copy_user(&copying->source, &copying->target, id, username, &copying->options, &copying->report, &result, &err);

    if (rc == PRYV_OK)
        copying->users[result]++;
    else if (rc == PRYV_BUSY)
        pryv_fail(&copying->run->err, rc, "%.*s: %s", PRYV_STR_ARG(username), reason(&err));
    else {
        copying->failed++;
        tell_difference(&copying->report, username, "user", id, "%s", reason(&err));
        fail("%.*s: %s", PRYV_STR_ARG(username), reason(&err));
        rc = PRYV_OK;
    }
    pryv_arena_free(mem);
    return rc;
}

typedef enum pryv_rc (*user_fn)(struct copying *copying, struct pryv_str id, struct pryv_str username);

/* Page after page, so that any number of users takes the memory of some. */
static enum pryv_rc each_user(struct copying *copying, user_fn fn)
{
    const struct side *source = &copying->source;
    char *after = NULL; /* the last name of the page before */
    size_t count = PAGE;
    enum pryv_rc rc = PRYV_OK;

    while (rc == PRYV_OK && count == PAGE) {
        struct pryv_arena *mem = pryv_arena_new();
        struct pryv_str *ids, *names;

        rc = source->storage->users_list(source->storage_self, mem, pryv_str(after), PAGE, &ids, &names, &count,
                                         &copying->run->err);
        for (size_t i = 0; rc == PRYV_OK && i < count; i++)
            rc = fn(copying, ids[i], names[i]);
        free(after);
        after = rc == PRYV_OK && count ? pryv_str_dup(names[count - 1]) : NULL;
        pryv_arena_free(mem);
    }
    free(after);
    return rc;
}

static enum pryv_rc count_user(struct copying *copying, struct pryv_str id PRYV_UNUSED, struct pryv_str username PRYV_UNUSED)
{
    copying->options.user_count++;
    return PRYV_OK;
}

static enum pryv_rc settle_all(struct copying *copying)
{
    enum pryv_rc rc = each_user(copying, count_user);

    return rc == PRYV_OK ? each_user(copying, settle_user) : rc;
}

static enum pryv_rc settle_chosen(struct copying *copying)
{
    const struct side *source = &copying->source;
    struct run *run = copying->run;
    enum pryv_rc rc = PRYV_OK;

    copying->options.user_count = run->users.count;
    for (size_t i = 0; rc == PRYV_OK && i < run->users.count; i++) {
        struct pryv_str name = pryv_str(run->users.values[i]), id;

        rc = source->storage->user_by_name(source->storage_self, run->mem, name, &id, &run->err);
        if (rc == PRYV_NOT_FOUND) {
            copying->failed++;
            tell_difference(&copying->report, name, "user", name, "there is no such user at the source");
            rc = PRYV_OK;
        } else if (rc == PRYV_OK) {
            rc = settle_user(copying, id, name);
        }
    }
    return rc;
}

/* ---- The report --------------------------------------------------------------------------------------------------- */

static void print_table(const struct copying *copying)
{
    const struct comparison *report = &copying->report;
    size_t i;
    json_t *one;

    printf("%-17s %12s %12s %10s %8s\n", "", copying->source.name, copying->target.name, "different", "damaged");
    for (i = 0; i < TALLY_COUNT; i++)
        printf("%-17s %12" PRIu64 " %12" PRIu64 " %10" PRIu64 " %8" PRIu64 "\n", tally_name(i), report->tallies[i].source,
               report->tallies[i].target, report->tallies[i].different, report->tallies[i].damaged);
    printf("users: %" PRIu64 " copied, %" PRIu64 " there already, %" PRIu64 " different, %" PRIu64 " refused, %" PRIu64
           " failed\n",
           copying->users[USER_COPIED], copying->users[USER_WAS_THERE], copying->users[USER_DIFFERS],
           copying->users[USER_REFUSED], copying->failed);
    json_array_foreach(report->told, i, one) {
        const char *user = json_string_value(json_object_get(one, "user"));

        printf("%s%s%s %s: %s\n", user ? user : "", user ? ": " : "", json_string_value(json_object_get(one, "kind")),
               json_string_value(json_object_get(one, "name")), json_string_value(json_object_get(one, "what")));
    }
    if (report->differences > json_array_size(report->told))
        printf("and %" PRIu64 " more\n", report->differences - json_array_size(report->told));
}

/* What is left to do, once all is there. */
static void print_switch(const struct copying *copying)
{
    const struct many *settings = &copying->run->to_settings;

    puts("Attachments lie outside the engine and stay where they are, below storages.engines.filesystem.path.");
    if (copying->report.differences || copying->run->users.count) {
        puts(copying->run->users.count ? "Not the whole of it was asked for: the platform and other users stay."
                                       : "Do not switch yet: see above.");
        return;
    }
    printf("To switch, set in the configuration, and start the server:\n  storages.base.engine: %s\n", copying->target.name);
    for (size_t i = 0; i < settings->count; i++) /* without the value, which may be a password */
        printf("  %.*s: as given with --to-set\n", (int) strcspn(settings->values[i], "="), settings->values[i]);
}

static void put_count(struct pryv_json *js, const char *name, uint64_t count)
{
    pryv_json_put_number(js, name, (double) count);
}

static void print_report(const struct copying *copying)
{
    const struct comparison *report = &copying->report;
    struct pryv_json *js = pryv_json_new(copying->run->mem);

    pryv_json_object(js);
    pryv_json_put_bool(js, "ok", report->differences == 0);
    pryv_json_put_text(js, "from", copying->source.name);
    pryv_json_put_text(js, "to", copying->target.name);
    pryv_json_key(js, "users");
    pryv_json_object(js);
    put_count(js, "copied", copying->users[USER_COPIED]);
    put_count(js, "thereAlready", copying->users[USER_WAS_THERE]);
    put_count(js, "different", copying->users[USER_DIFFERS]);
    put_count(js, "refused", copying->users[USER_REFUSED]);
    put_count(js, "failed", copying->failed);
    pryv_json_object_end(js);
    pryv_json_key(js, "kinds");
    pryv_json_object(js);
    for (size_t i = 0; i < TALLY_COUNT; i++) {
        pryv_json_key(js, tally_name(i));
        pryv_json_object(js);
        put_count(js, "source", report->tallies[i].source);
        put_count(js, "target", report->tallies[i].target);
        put_count(js, "different", report->tallies[i].different);
        put_count(js, "damaged", report->tallies[i].damaged);
        pryv_json_object_end(js);
    }
    pryv_json_object_end(js);
    put_count(js, "differenceCount", report->differences);
    pryv_json_put_value(js, "differences", report->told);
    pryv_json_object_end(js);
    print_json(js);
}

static int settle(struct copying *copying)
{
    struct run *run = copying->run;
    enum pryv_rc rc = run->users.count ? settle_chosen(copying) : settle_all(copying);

    if (rc == PRYV_OK && run->users.count == 0)
        rc = copy_platform(&copying->source, &copying->target, &copying->options, &copying->report, &run->err);
    if (rc != PRYV_OK)
        return tell_failure(run, run->check_only ? "the comparison was cut off"
                                                 : "the copy was cut off, and goes on from here when it is run again");
    if (run->json) {
        print_report(copying);
    } else {
        print_table(copying);
        print_switch(copying);
    }
    return copying->report.differences ? FAILURE : SUCCESS;
}

int storage_copy(struct run *run)
{
    struct copying copying = { .run = run,
                               .options = { .check_only = run->check_only, .overwrite = run->overwrite, .progress = stderr } };
    int status;

    if (!run->from || !run->to) {
        fail("%s: missing; see pryvctl help", run->from ? "--to" : "--from");
        return USAGE_ERROR;
    }
    if (strcmp(run->from, run->to) == 0) {
        fail("%s to %s: the engine's own tools copy its data (docs/operators/storage.md)", run->from, run->to);
        return USAGE_ERROR;
    }
    if (run->overwrite && !run->check_only &&
        !is_confirmed(run, run->to, "Other data of these users at the target will be lost for good."))
        return fail("not confirmed, nothing was copied");
    if ((status = claim(run)) != SUCCESS || (status = open_side(run, run->from, NULL, &copying.source)) != SUCCESS ||
        (status = open_side(run, run->to, &run->to_settings, &copying.target)) != SUCCESS)
        return status;
    comparison_begin(&copying.report);
    status = settle(&copying);
    comparison_end(&copying.report);
    return status;
}
