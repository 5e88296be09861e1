/* check.c - one check: how it ends when a promise is broken, and what it gives back. */
#include "program.h"
#include <pryv/plugin.h>
#include <stdio.h>
#include <stdlib.h>

struct kit_cursor {
    struct kit_cursor *next;
    struct pryv_cursor *cursor;
};

struct kit_session {
    struct kit_session *next;
    struct pryv_session *session;
    struct kit_cursor *cursors;
};

void check_start(struct check *c, uint64_t seed)
{
    const struct pryv_interface *storage = pryv_interface("storage", PRYV_STORAGE_VERSION);
    const struct pryv_interface *platform = pryv_interface("platform", PRYV_PLATFORM_VERSION);

    *c = (struct check){ .mem = pryv_arena_new(), .random = seed };
    c->storage = storage->ops;
    c->storage_self = storage->self;
    c->platform = platform ? platform->ops : NULL;
    c->platform_self = platform ? platform->self : NULL;
}

void check_close(struct check *c)
{
    while (c->sessions)
        kit_close(c, c->sessions->session);
}

void check_end(struct check *c)
{
    check_close(c);
    pryv_arena_free(c->mem);
}

void check_run(struct check *c, const struct promise *promise)
{
    if (setjmp(c->end) == 0)
        promise->run(c);
}

void check_run_task(struct check *c, const struct task *task, const char *argument)
{
    if (setjmp(c->end) == 0)
        task->run(c, argument);
}

/* ---- Saying what must be so ------------------------------------------------------------------- */

void kit_broken(struct check *c, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(c->reason, sizeof(c->reason), format, args);
    va_end(args);
    longjmp(c->end, 1);
}

void kit_skip(struct check *c, const char *why)
{
    c->skipped = true;
    kit_broken(c, "%s", why);
}

struct pryv_err *kit_err(struct check *c)
{
    c->err = (struct pryv_err) PRYV_ERR(c->mem);
    return &c->err;
}

static const char *rc_name(enum pryv_rc rc)
{
    switch (rc) {
    case PRYV_OK: return "OK";
    case PRYV_FAILED: return "FAILED";
    case PRYV_NOT_FOUND: return "NOT_FOUND";
    case PRYV_CONFLICT: return "CONFLICT";
    case PRYV_REFUSED: return "REFUSED";
    case PRYV_UNSUPPORTED: return "UNSUPPORTED";
    case PRYV_BUSY: return "BUSY";
    case PRYV_GONE: return "GONE";
    }
    return "no result of the SDK";
}

void kit_expect_rc(struct check *c, enum pryv_rc expected, enum pryv_rc rc, const char *call, int line)
{
    if (rc != expected)
        kit_broken(c, "line %d: %s: expected %s, answered %s%s%s", line, call, rc_name(expected), rc_name(rc),
                   rc != PRYV_OK && c->err.message ? ": " : "", rc != PRYV_OK && c->err.message ? c->err.message : "");
}

void kit_expect_conflict(struct check *c, const char *key, enum pryv_rc rc, const char *call, int line)
{
    kit_expect_rc(c, PRYV_CONFLICT, rc, call, line);
    if (!c->err.key || strcmp(c->err.key, key) != 0)
        kit_broken(c, "line %d: %s: expected a conflict of \"%s\", told \"%s\"", line, call, key,
                   c->err.key ? c->err.key : "none");
}

void kit_expect_failure(struct check *c, enum pryv_rc rc, const char *call, int line)
{
    if (rc >= PRYV_OK)
        kit_broken(c, "line %d: %s: expected a failure, answered OK", line, call);
    if (rc != c->err.rc)
        kit_broken(c, "line %d: %s: answered %s, but the error is not filled", line, call, rc_name(rc));
}

/* ---- Ids and texts ---------------------------------------------------------------------------- */

struct pryv_str kit_id(struct check *c)
{
    return pryv_id_new(c->mem);
}

struct pryv_str kit_text(struct check *c, const char *format, ...)
{
    va_list args;

    va_start(args, format);

    struct pryv_str text = pryv_vformat(c->mem, format, args);

    va_end(args);
    return text;
}

/* ---- Users, sessions, cursors ----------------------------------------------------------------- */

struct pryv_str kit_user(struct check *c)
{
    struct pryv_str id = kit_id(c);

    KEEPS(c->storage->user_create(c->storage_self, id, kit_text(c, "user-%s", id.data), ERR));
    return id;
}

void kit_adopt_session(struct check *c, struct pryv_session *s)
{
    struct kit_session *kept = pryv_new(c->mem, struct kit_session);

    *kept = (struct kit_session){ .next = c->sessions, .session = s };
    c->sessions = kept;
}

struct pryv_session *kit_open(struct check *c, struct pryv_str user, enum pryv_session_mode mode)
{
    struct pryv_session *s = NULL;

    check_close(c); /* a thread has one session at a time */
    KEEPS(c->storage->open(c->storage_self, user, mode, &s, ERR));
    kit_adopt_session(c, s);
    return s;
}

struct pryv_session *kit_read(struct check *c, struct pryv_str user)
{
    return kit_open(c, user, PRYV_READ);
}

struct pryv_session *kit_write(struct check *c, struct pryv_str user)
{
    return kit_open(c, user, PRYV_WRITE);
}

void kit_close(struct check *c, struct pryv_session *s)
{
    struct kit_session **at = &c->sessions;

    while (*at && (*at)->session != s)
        at = &(*at)->next;
    if (!*at)
        return;
    for (const struct kit_cursor *cursor = (*at)->cursors; cursor; cursor = cursor->next)
        c->storage->cursor_close(cursor->cursor);
    *at = (*at)->next;
    c->storage->close(s);
}

void kit_commit(struct check *c, struct pryv_session *s)
{
    KEEPS(c->storage->commit(s, ERR));
    kit_close(c, s);
}

struct pryv_cursor *kit_cursor(struct check *c, struct pryv_session *s, struct pryv_cursor *cursor)
{
    struct kit_session *owner = c->sessions;
    struct kit_cursor *kept = pryv_new(c->mem, struct kit_cursor);

    while (owner->session != s)
        owner = owner->next;
    *kept = (struct kit_cursor){ .next = owner->cursors, .cursor = cursor };
    owner->cursors = kept;
    return cursor;
}

void kit_close_cursor(struct check *c, struct pryv_cursor *cursor)
{
    for (struct kit_session *s = c->sessions; s; s = s->next)
        for (struct kit_cursor **at = &s->cursors; *at; at = &(*at)->next)
            if ((*at)->cursor == cursor) {
                *at = (*at)->next;
                c->storage->cursor_close(cursor);
                return;
            }
}

bool kit_next(struct check *c, struct pryv_cursor *cursor, struct pryv_event *row)
{
    int more = c->storage->cursor_next(cursor, row, ERR);

    EXPECT(more >= 0, "cursor_next answered %d: %s", more, c->err.message ? c->err.message : "no reason");
    EXPECT(more <= 1, "cursor_next answered %d", more);
    return more == 1;
}
