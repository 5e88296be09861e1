/* program.c - the command line, the plugin, and one line for each promise. */
#include "program.h"
#include "options.h"
#include "search.h"
#include "table.h"
#include <ftw.h>
#include <pryv/embed.h>
#include <pryv/plugin.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { USAGE_ERROR = 2 };

static const struct subject *const subjects[] = {
    &users_subject,        &transactions_subject, &streams_subject,       &events_subject,   &queries_subject,
    &paging_subject,       &deletions_subject,    &accesses_subject,      &sessions_subject, &account_subject,
    &values_subject,       &webhooks_subject,     &series_subject,        &audit_subject,    &platform_subject,
    &carrying_subject,     &erase_subject,        &concurrency_subject,   &crash_subject,    &creations_subject,
    &bulk_subject,         &pages_subject,        &series_writes_subject, &keys_subject,     &platform_races_subject,
    &many_streams_subject,
};

static struct kit_options options;
static char main_dir[4096];

static int delete_entry(const char *path, const struct stat *info PRYV_UNUSED, int flag PRYV_UNUSED, struct FTW *at PRYV_UNUSED)
{
    return remove(path);
}

/* ---- The plugin ------------------------------------------------------------------------------- */

/* Several workers, unless the engine says that it serves one alone. */
static enum pryv_rc start_plugin(const char *data_dir, struct pryv_err *err)
{
    enum { WORKERS = 4 };
    struct pryv_embed embed = {
        .size = sizeof(embed),
        .plugin_file = options.plugin_file,
        .data_dir = data_dir,
        .settings = (const char *const *) options.settings,
        .setting_count = options.setting_count,
        .worker_index = options.task ? 1 + (int) getpid() % (WORKERS - 1) : 0,
        .worker_count = options.is_volatile ? 1 : WORKERS,
    };
    enum pryv_rc rc = pryv_embed_start(&embed, err);

    if (rc == PRYV_OK && !pryv_interface("storage", PRYV_STORAGE_VERSION)) {
        pryv_embed_stop();
        return pryv_fail(err, PRYV_FAILED, "it provides no storage (interface storage %d)", PRYV_STORAGE_VERSION);
    }
    return rc;
}

static bool start_or_tell(const char *data_dir)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    enum pryv_rc rc = start_plugin(data_dir, &err);

    if (rc != PRYV_OK)
        fprintf(stderr, "pryvd-storage-check: %s: %s\n", options.plugin_file, err.message ? err.message : "it gave no reason");
    pryv_arena_free(mem);
    return rc == PRYV_OK;
}

/* ---- The promises ----------------------------------------------------------------------------- */

static const char *current = "";

static void write_out(const char *text)
{
    if (write(STDOUT_FILENO, text, strlen(text)) == -1)
        _exit(1);
}

/* Whatever waits for ever holds locks that all others would wait for as well. */
static void on_alarm(int number PRYV_UNUSED)
{
    write_out("FAIL ");
    write_out(current);
    write_out(": still waiting; the rest cannot be tried\n");
    _exit(1);
}

static void on_crash(int number PRYV_UNUSED)
{
    write_out("FAIL ");
    write_out(current);
    write_out(": the plugin crashed; the rest cannot be tried\n");
    _exit(1);
}

/* A sanitizer that watches has more to say. */
static void watch_crashes(void)
{
    static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
    struct sigaction now;

    for (size_t i = 0; i < PRYV_COUNT(signals); i++)
        if (sigaction(signals[i], NULL, &now) == 0 && now.sa_handler == SIG_DFL)
            signal(signals[i], on_crash);
}

/* Why it is not asked, or NULL. */
static const char *not_asked(const struct check *c, const struct promise *promise)
{
    if ((promise->needs & NEEDS_PLATFORM) && !c->platform)
        return "the plugin offers no platform";
    if ((promise->needs & (NEEDS_DURABLE | NEEDS_PROCESSES)) && options.is_volatile)
        return "--volatile";
    return NULL;
}

enum result { KEPT, BROKEN, NOT_ASKED };

static enum result ask(struct check *c, const struct promise *promise, const char *name)
{
    const char *why = not_asked(c, promise);

    if (why) {
        printf("skip %s: %s\n", name, why);
        return NOT_ASKED;
    }
    current = name;
    alarm(options.patience);
    check_run(c, promise);
    alarm(0);
    if (!c->reason[0]) {
        printf("ok   %s\n", name);
        return KEPT;
    }
    printf("%s %s: %s\n", c->skipped ? "skip" : "FAIL", name, c->reason);
    return c->skipped ? NOT_ASKED : BROKEN;
}

static enum result try_promise(const struct promise *promise, const char *name)
{
    struct check c;

    check_start(&c, options.seed);

    enum result result = ask(&c, promise, name);

    fflush(stdout);
    check_end(&c);
    return result;
}

/* Each promise that is wanted: tried, or with --list only named. */
static int each_promise(void)
{
    int results[NOT_ASKED + 1] = { 0 };
    char name[256];

    for (size_t i = 0; i < PRYV_COUNT(subjects); i++)
        for (const struct promise *promise = subjects[i]->promises; promise->text; promise++) {
            snprintf(name, sizeof(name), "%s: %s", subjects[i]->name, promise->text);
            if (!options_want(&options, name))
                continue;
            if (options.list)
                puts(name);
            else
                results[try_promise(promise, name)]++;
        }
    if (options.list)
        return 0;
    if (results[NOT_ASKED])
        printf("%d passed, %d failed, %d skipped: told above\n", results[KEPT], results[BROKEN], results[NOT_ASKED]);
    else
        printf("%d passed, %d failed\n", results[KEPT], results[BROKEN]);
    return results[BROKEN] > 0 || results[KEPT] == 0;
}

/* Nothing is asked of half a table. */
static int ask_all(void)
{
    struct check c;

    check_start(&c, options.seed);

    size_t missing = table_missing(&c);

    check_end(&c);
    if (missing == 0)
        return each_promise();
    printf("0 passed, %zu failed\n", missing);
    return 1;
}

static int as_child(void)
{
    struct check c;
    int status;

    if (strcmp(options.task, SEARCH_TASK) == 0) {
        c = (struct check){ .mem = pryv_arena_new() };
        search_task(&c, options.data_dir, options.argument);
        pryv_arena_free(c.mem);
        return 0;
    }
    if (!start_or_tell(options.data_dir))
        return 1;
    check_start(&c, options.seed);
    status = child_main(&c, options.task, options.argument);
    check_end(&c);
    pryv_embed_stop();
    return status;
}

static int as_parent(void)
{
    char made[] = "/tmp/pryvd-storage-check-XXXXXX";
    const char *data_dir = options.data_dir ? options.data_dir : mkdtemp(made);
    int status = 1;

    if (!data_dir) {
        perror("pryvd-storage-check: a folder for data");
        return 1;
    }
    snprintf(main_dir, sizeof(main_dir), "%s/main", data_dir);
    child_setup =
        (struct child_setup){ options.plugin_file, data_dir, options.settings, options.setting_count, options.is_volatile };
    signal(SIGALRM, on_alarm);
    watch_crashes();
    signal(SIGPIPE, SIG_IGN);
    if (start_or_tell(main_dir)) {
        printf("seed %llu: --seed repeats this run\n", (unsigned long long) options.seed);
        status = ask_all();
        pryv_embed_stop();
    }
    if (!options.data_dir)
        nftw(data_dir, delete_entry, 16, FTW_DEPTH | FTW_PHYS);
    return status;
}

int kit_main(int argc, char **argv)
{
    int status;

    if (!options_read(&options, argc, argv))
        status = USAGE_ERROR;
    else if (options.help)
        status = options_help();
    else if (options.list)
        status = each_promise();
    else
        status = options.task ? as_child() : as_parent();
    options_free(&options);
    return status;
}
