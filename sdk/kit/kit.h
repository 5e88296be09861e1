/* kit.h - what a case of the storage conformance kit is made of.
 *
 * A case is a function that uses the plugin and says what must be so. The first thing that is not ends it: KEEPS, CONFLICTS
 * and EXPECT do not return then. Its memory, sessions and cursors are the check's and go with it, however it ends.
 * Each case works on users of its own, so that cases do not see each other. */
#ifndef KIT_H
#define KIT_H

#include <pryv/crypto.h>
#include <pryv/json.h>
#include <pryv/platform.h>
#include <pryv/storage.h>
#include <setjmp.h>

struct check {
    const struct pryv_storage_ops *storage;
    void *storage_self;
    const struct pryv_platform_ops *platform; /* NULL: the plugin offers none */
    void *platform_self;
    struct pryv_arena *mem;
    struct pryv_err err; /* of the last call */
    uint64_t random;     /* state of kit_random */
    struct kit_session *sessions;
    jmp_buf end;
    bool skipped;
    char reason[512]; /* why the promise is broken, or cannot be asked; empty: kept */
};

enum {
    NEEDS_PLATFORM = 1,
    NEEDS_DURABLE = 2,   /* data outlives the process */
    NEEDS_PROCESSES = 4, /* several processes on one data folder */
};

struct promise {
    const char *text;
    void (*run)(struct check *c);
    unsigned needs;
};

struct subject {
    const char *name;
    const struct promise *promises; /* ended by { NULL } */
};

extern const struct subject users_subject, transactions_subject, streams_subject, events_subject, queries_subject, paging_subject,
    deletions_subject, accesses_subject, sessions_subject, account_subject, values_subject, webhooks_subject, series_subject,
    audit_subject, platform_subject, carrying_subject, crash_subject, concurrency_subject, erase_subject, creations_subject,
    bulk_subject, pages_subject, series_writes_subject, keys_subject, platform_races_subject, many_streams_subject;

/* ---- Saying what must be so ------------------------------------------------------------------- */

_Noreturn void kit_broken(struct check *c, const char *format, ...) PRYV_PRINTF(2, 3);
_Noreturn void kit_skip(struct check *c, const char *why);
void kit_expect_rc(struct check *c, enum pryv_rc expected, enum pryv_rc rc, const char *call, int line);
void kit_expect_conflict(struct check *c, const char *key, enum pryv_rc rc, const char *call, int line);
struct pryv_err *kit_err(struct check *c); /* fresh, to hand to a call */

/* For checks that name their check `c`. The call gets `ERR` as its last argument. */
#define ERR                  kit_err(c)
#define KEEPS(call)          kit_expect_rc(c, PRYV_OK, call, #call, __LINE__)
#define ANSWERS(rc, call)    kit_expect_rc(c, rc, call, #call, __LINE__)
#define CONFLICTS(key, call) kit_expect_conflict(c, key, call, #call, __LINE__)
#define FAILS(call)          kit_expect_failure(c, call, #call, __LINE__)
#define EXPECT(truth, ...)              \
    do {                                \
        if (!(truth))                   \
            kit_broken(c, __VA_ARGS__); \
    } while (0)
void kit_expect_failure(struct check *c, enum pryv_rc rc, const char *call, int line);

/* A new id each; `kit_text` is printf into the check's memory. */
struct pryv_str kit_id(struct check *c);
struct pryv_str kit_text(struct check *c, const char *format, ...) PRYV_PRINTF(2, 3);

/* ---- Users, sessions, cursors ----------------------------------------------------------------- */

struct pryv_str kit_user(struct check *c); /* a new one's id */
/* A thread has one session at a time: the one before is closed. */
struct pryv_session *kit_open(struct check *c, struct pryv_str user, enum pryv_session_mode mode);
struct pryv_session *kit_read(struct check *c, struct pryv_str user);
struct pryv_session *kit_write(struct check *c, struct pryv_str user);
void kit_commit(struct check *c, struct pryv_session *s); /* and close */
void kit_close(struct check *c, struct pryv_session *s);  /* its cursors too */
/* A session opened by the case itself, and a cursor on one: closed with the check. */
void kit_adopt_session(struct check *c, struct pryv_session *s);
struct pryv_cursor *kit_cursor(struct check *c, struct pryv_session *s, struct pryv_cursor *cursor);
void kit_close_cursor(struct check *c, struct pryv_cursor *cursor);
bool kit_next(struct check *c, struct pryv_cursor *cursor, struct pryv_event *row);

/* ---- Rows ------------------------------------------------------------------------------------- */

struct pryv_event kit_event(struct check *c, const char *id, const char *stream, double time);
struct pryv_stream kit_stream(const char *id, const char *name, const char *parent);
struct pryv_access_row kit_access(const char *id, const char *token, const char *name);
struct pryv_event_query kit_query(void); /* all that is not deleted, by time */

void kit_same_text(struct check *c, const char *what, struct pryv_str found, struct pryv_str expected);
void kit_same_number(struct check *c, const char *what, double found, double expected);
void kit_same_event(struct check *c, const struct pryv_event *found, const struct pryv_event *expected);
void kit_same_stream(struct check *c, const struct pryv_stream *found, const struct pryv_stream *expected);
void kit_same_access(struct check *c, const struct pryv_access_row *found, const struct pryv_access_row *expected);

/* One row in a transaction of its own. */
void kit_add_event(struct check *c, struct pryv_str user, const struct pryv_event *row);
void kit_add_stream(struct check *c, struct pryv_str user, const struct pryv_stream *row);
/* event_insert_all, or of an engine without it each by itself. */
enum pryv_rc kit_insert_all(struct check *c, struct pryv_session *s, const struct pryv_event *rows, size_t count);
/* The ids that a cursor gives, with a space behind each; the cursor is closed. */
const char *kit_ids(struct check *c, struct pryv_cursor *cursor);
const char *kit_query_ids(struct check *c, struct pryv_session *s, const struct pryv_event_query *query);
#define EXPECT_TEXT(found, expected)                                                                                 \
    do {                                                                                                             \
        const char *found_ = (found);                                                                                \
        EXPECT(strcmp(found_, expected) == 0, "line %d: expected \"%s\", found \"%s\"", __LINE__, expected, found_); \
    } while (0)

/* ---- Chance, threads, processes --------------------------------------------------------------- */

uint64_t kit_random(struct check *c); /* the same for the same seed */
size_t kit_below(struct check *c, size_t n);

/* Runs `fn` in so many threads at once, each with a check of its own; the first that breaks breaks `c`. `shared` is theirs. */
void kit_threads(struct check *c, size_t count, void (*fn)(struct check *c, void *shared, size_t index), void *shared);

/* Another process with the plugin on the data folder `name` within that of the kit (NULL: the same), running a task by name. */
struct kit_child;
struct kit_child *kit_child(struct check *c, const char *name, const char *task, const char *argument);
/* A line it said, without its end; absent at the end of what it says. */
struct pryv_str kit_child_line(struct check *c, struct kit_child *child);
void kit_child_tell(struct check *c, struct kit_child *child, const char *line);
void kit_child_kill(struct kit_child *child);                 /* SIGKILL, and wait */
void kit_child_end(struct check *c, struct kit_child *child); /* waits for it; it must have ended well */

/* So many children (8 at most) with one task are let off together. Each says "won N" for what it wins, which is counted in wins[N]. */
void kit_children_race(struct check *c, size_t count, const char *task, const char *argument, int *wins, size_t prizes);

/* What a child does. It says lines with kit_say and hears with kit_hear. */
struct task {
    const char *name;
    void (*run)(struct check *c, const char *argument);
};
extern const struct task crash_tasks[], concurrency_tasks[], platform_tasks[];
void kit_say(const char *format, ...) PRYV_PRINTF(1, 2);
void kit_hear(void);         /* waits for a line */
void kit_wait_to_race(void); /* at the beginning of a task for kit_children_race */

#endif
