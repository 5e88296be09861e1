/* copy_user.c - one user from engine to engine: see copy.h.
 *
 * Rows go over in transactions of some hundred. Each writes at the target how far the copy is, as a value of the user in a scope of its own: a run
 * that was cut off, however it ended, so goes on behind its last transaction. The value goes when all rows were read again from the target and
 * are the source's; a user without it is whole. */
#include "copy.h"
#include <inttypes.h>
#include <pryv/json.h>
#include <pryv/rows.h>

enum { BATCH_ROWS = 2000, BATCH_BYTES = 2 * 1024 * 1024 };

#define PROGRESS_KEY PRYV_STR("progress")

/* How far a copy is: all kinds before this one, and so many rows of it. */
struct position {
    size_t kind;
    uint64_t rows;
};

struct copier {
    const struct side *source, *target;
    const struct copy_options *options;
    struct pryv_str id, username;
    struct position position;
    /* The transaction at hand. Its memory goes with it. */
    struct pryv_session *writing;
    struct pryv_arena *mem;
    size_t rows, bytes;
    struct pryv_rows held; /* of the kind at hand: they are inserted together */
    uint64_t written;      /* in all */
};

static void show(const struct copier *copier, const char *format, ...) PRYV_PRINTF(2, 3);
static void show(const struct copier *copier, const char *format, ...)
{
    va_list args;

    if (!copier->options->progress)
        return;
    fprintf(copier->options->progress, "%" PRIu64 "/%" PRIu64 " %.*s: ", copier->options->user, copier->options->user_count,
            PRYV_STR_ARG(copier->username));
    va_start(args, format);
    vfprintf(copier->options->progress, format, args);
    va_end(args);
    fputc('\n', copier->options->progress);
}

/* ---- Where the copy is ------------------------------------------------------------------------------------- */

/* NOT_FOUND: no copy is under way. */
static enum pryv_rc read_position(const struct side *side, struct pryv_str id, struct position *out, struct pryv_err *err)
{
    struct pryv_session *session;
    struct pryv_str text;
    json_t *position;
    enum pryv_rc rc = side->storage->open(side->storage_self, id, PRYV_READ, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = side->storage->value_get(session, err->arena, COPY_SCOPE, PROGRESS_KEY, &text, err);
    side->storage->close(session);
    if (rc == PRYV_OK)
        rc = pryv_json_parse(err->arena, text, false, &position, err);
    if (rc != PRYV_OK)
        return rc;
    *out = (struct position){ .kind = 0, .rows = (uint64_t) pryv_json_member_number(position, "rows") };
    while (out->kind < KIND_COUNT && !pryv_str_equal(pryv_json_member_text(position, "kind"), kinds[out->kind]->name))
        out->kind++;
    return PRYV_OK;
}

static enum pryv_rc write_position(struct copier *copier, struct pryv_err *err)
{
    size_t kind = copier->position.kind;
    struct pryv_str text = pryv_format(copier->mem, "{\"kind\":\"%s\",\"rows\":%" PRIu64 "}",
                                       kind < KIND_COUNT ? kinds[kind]->name : "all", copier->position.rows);

    return copier->target->storage->value_set(copier->writing, COPY_SCOPE, PROGRESS_KEY, text, err);
}

/* ---- Transactions ------------------------------------------------------------------------------------------ */

static void close_batch(struct copier *copier)
{
    copier->target->storage->close(copier->writing);
    pryv_arena_free(copier->mem);
    copier->writing = NULL;
    copier->mem = NULL;
    copier->rows = copier->bytes = copier->held.count = 0;
}

/* `err` outlives the memory of the batch. */
static enum pryv_rc hand_on(enum pryv_rc rc, const struct pryv_err *from, struct pryv_err *err)
{
    return rc == PRYV_OK ? rc : pryv_fail(err, rc, "%s", from->message ? from->message : "no reason given");
}

static enum pryv_rc open_batch(struct copier *copier, struct pryv_err *err)
{
    if (copier->writing)
        return PRYV_OK;
    copier->mem = pryv_arena_new();
    return copier->target->storage->open(copier->target->storage_self, copier->id, PRYV_WRITE, &copier->writing, err);
}

static void hold(struct copier *copier, const struct kind *kind, const void *row)
{
    if (copier->held.count == 0)
        copier->held = (struct pryv_rows){
            .mem = copier->mem, .size = kind->size, .items = pryv_alloc0(copier->mem, kind->size), .room = 1
        };
    row_copy(copier->mem, kind, pryv_rows_add(&copier->held), row);
}

static enum pryv_rc insert_held(struct copier *copier, struct pryv_err *err)
{
    if (copier->held.count == 0)
        return PRYV_OK;

    const struct kind *kind = kinds[copier->position.kind];
    const char *rows = copier->held.items, *last = rows + (copier->held.count - 1) * kind->size;
    struct pryv_err own = PRYV_ERR(copier->mem);
    enum pryv_rc rc;

    if ((rc = kind->insert_all(copier->target, copier->writing, rows, copier->held.count, &own)) != PRYV_OK)
        return pryv_fail(err, rc, "%s from %.*s to %.*s: %s", kind->name, PRYV_STR_ARG(kind->label(err->arena, rows)),
                         PRYV_STR_ARG(kind->label(err->arena, last)), own.message ? own.message : "no reason given");
    copier->held.count = 0;
    return PRYV_OK;
}

static enum pryv_rc commit_batch(struct copier *copier, struct pryv_err *err)
{
    struct pryv_err own = PRYV_ERR(copier->mem);
    enum pryv_rc rc;

    if (!copier->writing)
        return PRYV_OK;
    if ((rc = insert_held(copier, err)) != PRYV_OK)
        return rc;
    if ((rc = write_position(copier, &own)) == PRYV_OK)
        rc = copier->target->storage->commit(copier->writing, &own);
    rc = hand_on(rc, &own, err);
    close_batch(copier);
    return rc;
}

static enum pryv_rc put(struct copier *copier, const struct kind *kind, const void *row, struct pryv_err *err)
{
    enum pryv_rc rc = open_batch(copier, err);
    struct pryv_err own = PRYV_ERR(copier->mem);

    if (rc != PRYV_OK)
        return rc;
    if (kind->insert_all)
        hold(copier, kind, row);
    else if ((rc = kind->insert(copier->target, copier->writing, row, &own)) != PRYV_OK)
        return pryv_fail(err, rc, "%s %.*s: %s", kind->name, PRYV_STR_ARG(kind->label(err->arena, row)),
                         own.message ? own.message : "no reason given");
    copier->position.rows++;
    copier->written++;
    copier->rows++;
    copier->bytes += row_bytes(kind, row);
    return copier->rows >= BATCH_ROWS || copier->bytes >= BATCH_BYTES ? commit_batch(copier, err) : PRYV_OK;
}

/* ---- Copying ------------------------------------------------------------------------------------------------- */

static enum pryv_rc copy_kind(struct copier *copier, struct pryv_session *reading, struct pryv_err *err)
{
    const struct kind *kind = kinds[copier->position.kind];
    enum { SHOWN_EVERY = 50000 };
    struct reader reader;
    const void *row;
    enum pryv_rc rc = PRYV_OK;
    int more = 0;

    reader_begin(&reader, copier->source, reading, kind, copier->position.rows);
    while (rc == PRYV_OK && (more = reader_next(&reader, &row, err)) > 0) {
        rc = put(copier, kind, row, err);
        if (copier->position.rows % SHOWN_EVERY == 0)
            show(copier, "%" PRIu64 " %s", copier->position.rows, kind->name);
    }
    reader_end(&reader);
    if (more == 0 && rc == PRYV_OK)
        rc = insert_held(copier, err);
    return more < 0 ? (enum pryv_rc) more : rc;
}

static enum pryv_rc copy_rows(struct copier *copier, struct pryv_err *err)
{
    struct pryv_session *reading;
    enum pryv_rc rc = copier->source->storage->open(copier->source->storage_self, copier->id, PRYV_READ, &reading, err);

    if (rc != PRYV_OK)
        return rc;
    while (rc == PRYV_OK && copier->position.kind < KIND_COUNT)
        if ((rc = copy_kind(copier, reading, err)) == PRYV_OK)
            copier->position = (struct position){ copier->position.kind + 1, 0 };
    if (rc == PRYV_OK && (rc = open_batch(copier, err)) == PRYV_OK)
        rc = commit_batch(copier, err);
    close_batch(copier);
    copier->source->storage->close(reading);
    return rc;
}

/* An attempt that was cut off while the engine made or erased the user may have left something that is neither. */
static enum pryv_rc make_user(const struct copier *copier, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = copier->target->storage;
    void *self = copier->target->storage_self;
    enum pryv_rc rc = storage->user_create(self, copier->id, copier->username, err);

    if (rc != PRYV_CONFLICT)
        return rc;
    rc = storage->user_erase(self, copier->id, err);
    return rc == PRYV_OK ? storage->user_create(self, copier->id, copier->username, err) : rc;
}

static enum pryv_rc start_anew(struct copier *copier, bool erase, struct pryv_err *err)
{
    const struct side *target = copier->target;
    enum pryv_rc rc = erase ? target->storage->user_erase(target->storage_self, copier->id, err) : PRYV_OK;

    copier->position = (struct position){ 0, 0 };
    if (rc == PRYV_OK && (rc = make_user(copier, err)) == PRYV_OK && (rc = open_batch(copier, err)) == PRYV_OK)
        rc = commit_batch(copier, err);
    return rc;
}

/* ---- Verifying ------------------------------------------------------------------------------------------------ */

static enum pryv_rc compare_all(const struct copier *copier, struct comparison *out, struct pryv_err *err)
{
    enum pryv_rc rc = compare_user(copier->source, copier->target, copier->id, copier->username, out, err);

    return rc == PRYV_OK ? compare_names(copier->source, copier->target, copier->username, out, err) : rc;
}

static enum pryv_rc finish(struct copier *copier, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = copier->target->storage;
    struct pryv_session *session;
    enum pryv_rc rc = storage->open(copier->target->storage_self, copier->id, PRYV_WRITE, &session, err);

    if (rc != PRYV_OK)
        return rc;
    if ((rc = storage->value_set(session, COPY_SCOPE, PROGRESS_KEY, PRYV_STR_NONE, err)) == PRYV_OK)
        rc = storage->commit(session, err);
    storage->close(session);
    return rc;
}

/* Rows that are damaged at the source are so in a true copy. */
static bool is_same(const struct comparison *found)
{
    for (size_t i = 0; i < TALLY_COUNT; i++)
        if (found->tallies[i].different)
            return false;
    return true;
}

/* What an earlier run had copied may have changed at the source since: then all is copied anew, once. */
static enum pryv_rc copy_and_verify(struct copier *copier, bool resumed, struct comparison *found, struct pryv_err *err)
{
    enum pryv_rc rc = copy_rows(copier, err);

    if (rc == PRYV_OK)
        rc = copy_names(copier->source, copier->target, copier->username, err);
    if (rc == PRYV_OK)
        rc = compare_all(copier, found, err);
    if (rc != PRYV_OK || !resumed || is_same(found))
        return rc;
    show(copier, "the source has changed since the copy was begun; it begins anew");
    comparison_end(found);
    comparison_begin(found);
    rc = start_anew(copier, true, err);
    return rc == PRYV_OK ? copy_and_verify(copier, false, found, err) : rc;
}

/* ---- What there is at the target ----------------------------------------------------------------------------- */

enum there { NOTHING_THERE, COPY_UNDER_WAY, OTHER_DATA, SOMEBODY_ELSE };

static enum pryv_rc look_at_target(const struct copier *copier, enum there *there, struct position *position,
                                   struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = copier->target->storage;
    void *self = copier->target->storage_self;
    struct pryv_str name, id;
    enum pryv_rc by_id = storage->user_by_id(self, err->arena, copier->id, &name, err), rc;
    enum pryv_rc by_name = storage->user_by_name(self, err->arena, copier->username, &id, err);

    if ((by_id != PRYV_OK && by_id != PRYV_NOT_FOUND) || (by_name != PRYV_OK && by_name != PRYV_NOT_FOUND))
        return by_id != PRYV_OK && by_id != PRYV_NOT_FOUND ? by_id : by_name;
    *there = NOTHING_THERE;
    if (by_name == PRYV_OK && !pryv_str_is(id, copier->id)) {
        *there = SOMEBODY_ELSE;
        return PRYV_OK;
    }
    if (by_id == PRYV_NOT_FOUND)
        return PRYV_OK;
    rc = read_position(copier->target, copier->id, position, err);
    *there = rc == PRYV_OK && pryv_str_is(name, copier->username) ? COPY_UNDER_WAY : OTHER_DATA;
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

static bool has_rows(const struct comparison *found)
{
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (found->tallies[i].target)
            return true;
    return false;
}

static void refuse(const struct copier *copier, struct comparison *report, enum user_result *result, const char *why)
{
    *result = USER_REFUSED;
    tell_difference(report, copier->username, "user", copier->id, "%s", why);
    show(copier, "%s", why);
}

static void tell_result(const struct copier *copier, const struct comparison *found, enum user_result result)
{
    if (result == USER_COPIED)
        show(copier, "copied and verified, %" PRIu64 " rows written", copier->written);
    else if (result == USER_WAS_THERE)
        show(copier, "is there, and the same");
    if (found->differences)
        show(copier, "%" PRIu64 " differences or damaged rows", found->differences);
}

static enum pryv_rc check_only(const struct copier *copier, enum there there, struct comparison *report, struct comparison *found,
                               enum user_result *result, struct pryv_err *err)
{
    enum pryv_rc rc;

    if (there != OTHER_DATA) {
        refuse(copier, report, result, there == NOTHING_THERE ? "is not at the target" : "the copy is not finished");
        return PRYV_OK;
    }
    if ((rc = compare_all(copier, found, err)) != PRYV_OK)
        return rc;
    *result = is_same(found) ? USER_WAS_THERE : USER_DIFFERS;
    comparison_add(report, found);
    tell_result(copier, found, *result);
    return PRYV_OK;
}

/* What is there without a copy under way: the same user, an empty one whose copy was cut off at once, or other data. `*done`: no copy is to be
 * made. */
static enum pryv_rc settle_other(const struct copier *copier, struct comparison *report, struct comparison *found,
                                 enum user_result *result, bool *done, struct pryv_err *err)
{
    enum pryv_rc rc = compare_all(copier, found, err);

    if (rc != PRYV_OK)
        return rc;
    *done = is_same(found) || (has_rows(found) && !copier->options->overwrite);
    if (is_same(found)) {
        *result = USER_WAS_THERE;
        comparison_add(report, found);
        tell_result(copier, found, *result);
    } else if (*done) {
        refuse(copier, report, result, "the target has other data of this user; --overwrite replaces it");
    }
    comparison_end(found);
    comparison_begin(found);
    return PRYV_OK;
}

static enum pryv_rc copy_from(struct copier *copier, enum there there, struct comparison *report, struct comparison *found,
                              enum user_result *result, struct pryv_err *err)
{
    enum pryv_rc rc = there == COPY_UNDER_WAY ? PRYV_OK : start_anew(copier, there == OTHER_DATA, err);

    if (rc == PRYV_OK)
        rc = copy_and_verify(copier, there == COPY_UNDER_WAY, found, err);
    if (rc != PRYV_OK)
        return rc;
    *result = is_same(found) ? USER_COPIED : USER_DIFFERS;
    comparison_add(report, found);
    tell_result(copier, found, *result);
    return *result == USER_COPIED ? finish(copier, err) : PRYV_OK;
}

static enum pryv_rc copy_one(struct copier *copier, struct comparison *report, struct comparison *found, enum user_result *result,
                             struct pryv_err *err)
{
    enum there there;
    bool done = false;
    enum pryv_rc rc = look_at_target(copier, &there, &copier->position, err);

    if (rc != PRYV_OK)
        return rc;
    if (there == SOMEBODY_ELSE) {
        refuse(copier, report, result, "another user has this name at the target");
        return PRYV_OK;
    }
    if (copier->options->check_only)
        return check_only(copier, there, report, found, result, err);
    if (there == OTHER_DATA && ((rc = settle_other(copier, report, found, result, &done, err)) != PRYV_OK || done))
        return rc;
    if ((rc = check_names_are_free(copier->source, copier->target, copier->username, err)) == PRYV_CONFLICT) {
        refuse(copier, report, result, err->message);
        return PRYV_OK;
    }
    return rc == PRYV_OK ? copy_from(copier, there, report, found, result, err) : rc;
}

enum pryv_rc copy_user(const struct side *source, const struct side *target, struct pryv_str id, struct pryv_str username,
                       const struct copy_options *options, struct comparison *report, enum user_result *result,
                       struct pryv_err *err)
{
    struct copier copier = { .source = source, .target = target, .options = options, .id = id, .username = username };
    struct comparison found;
    struct position unfinished;
    enum pryv_rc rc = read_position(source, id, &unfinished, err);

    if (rc == PRYV_OK) {
        refuse(&copier, report, result, "at the source is an unfinished copy of this user itself");
        return PRYV_OK;
    }
    if (rc != PRYV_NOT_FOUND)
        return rc;
    comparison_begin(&found);
    rc = copy_one(&copier, report, &found, result, err);
    comparison_end(&found);
    close_batch(&copier);
    return rc;
}
