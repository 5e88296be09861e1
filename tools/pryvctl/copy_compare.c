/* copy_compare.c - two engines row by row: see copy.h. */
#include "copy.h"
#include <pryv/json.h>

/* Rows of an engine come one at a time, and live in its reader. */
struct pair {
    const struct side *source, *target;
    struct pryv_session *from, *to;
    struct pryv_str username;
    struct comparison *out;
};

const char *tally_name(size_t at)
{
    static const char *const of_platform[] = { "platform fields", "former names", "cores", "platform values" };

    return at < KIND_COUNT ? kinds[at]->name : of_platform[at - KIND_COUNT];
}

/* ---- What was found ----------------------------------------------------------------------------------------- */

void comparison_begin(struct comparison *comparison)
{
    *comparison = (struct comparison){ .told = json_array() };
}

void comparison_end(struct comparison *comparison)
{
    json_decref(comparison->told);
}

void comparison_add(struct comparison *to, const struct comparison *more)
{
    size_t i;
    json_t *one;

    for (i = 0; i < TALLY_COUNT; i++) {
        to->tallies[i].source += more->tallies[i].source;
        to->tallies[i].target += more->tallies[i].target;
        to->tallies[i].different += more->tallies[i].different;
        to->tallies[i].damaged += more->tallies[i].damaged;
    }
    to->differences += more->differences;
    json_array_foreach(more->told, i, one)
        if (json_array_size(to->told) < DIFFERENCES_TOLD)
            json_array_append(to->told, one);
}

void tell_difference(struct comparison *comparison, struct pryv_str user, const char *kind, struct pryv_str name,
                     const char *format, ...)
{
    comparison->differences++;
    if (json_array_size(comparison->told) >= DIFFERENCES_TOLD)
        return;

    struct pryv_arena *mem = pryv_arena_new();
    json_t *one = json_object();
    va_list args;

    va_start(args, format);
    json_object_set_new(one, "user", user.data ? pryv_json_string(user) : json_null());
    json_object_set_new(one, "kind", json_string(kind));
    json_object_set_new(one, "name", pryv_json_string(name));
    json_object_set_new(one, "what", pryv_json_string(pryv_vformat(mem, format, args)));
    va_end(args);
    json_array_append_new(comparison->told, one);
    pryv_arena_free(mem);
}

/* ---- Rows ----------------------------------------------------------------------------------------------------- */

static enum pryv_rc check_hash(const struct pair *pair, const struct kind *kind, struct tally *tally, struct pryv_arena *mem,
                               const void *source, const void *row, struct pryv_err *err)
{
    struct pryv_str made, carried;
    enum pryv_rc rc = kind->integrity ? kind->integrity(pair->target, pair->to, mem, row, &made, &carried, err) : PRYV_OK;

    if (rc != PRYV_OK || !kind->integrity || !carried.data || pryv_str_is(made, carried))
        return rc;
    tally->damaged++;
    tell_difference(pair->out, pair->username, kind->name, kind->label(mem, row), "its integrity is %.*s, its data give %.*s%s",
                    PRYV_STR_ARG(carried), PRYV_STR_ARG(made),
                    rows_differ(kind, source, row) ? "" : "; it is so at the source already");
    return PRYV_OK;
}

static enum pryv_rc compare_rows(const struct pair *pair, const struct kind *kind, struct tally *tally, const void *source,
                                 const void *row)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    const char *member = rows_differ(kind, source, row);
    enum pryv_rc rc;

    if (member) {
        tally->different++;
        tell_difference(pair->out, pair->username, kind->name, kind->label(mem, source), "%s is not the same", member);
    }
    rc = check_hash(pair, kind, tally, mem, source, row, &err);
    pryv_arena_free(mem);
    return rc;
}

static void tell_alone(const struct pair *pair, const struct kind *kind, struct tally *tally, const void *row, const char *what)
{
    struct pryv_arena *mem = pryv_arena_new();

    tally->different++;
    tell_difference(pair->out, pair->username, kind->name, kind->label(mem, row), "%s", what);
    pryv_arena_free(mem);
}

/* Both come in the same order. */
static enum pryv_rc compare_readers(const struct pair *pair, const struct kind *kind, struct reader *source,
                                    struct reader *target, struct tally *tally, struct pryv_err *err)
{
    const void *a = NULL, *b = NULL;
    int more_a = reader_next(source, &a, err), more_b = more_a < 0 ? 0 : reader_next(target, &b, err);

    while (more_a > 0 || more_b > 0) {
        int order = more_a <= 0 ? 1 : more_b <= 0 ? -1 : kind->order(a, b);
        enum pryv_rc rc = PRYV_OK;

        if (more_a < 0 || more_b < 0)
            break;
        tally->source += order <= 0;
        tally->target += order >= 0;
        if (order == 0)
            rc = compare_rows(pair, kind, tally, a, b);
        else
            tell_alone(pair, kind, tally, order < 0 ? a : b, order < 0 ? "is missing at the target" : "is at the target alone");
        if (rc != PRYV_OK)
            return pryv_fail(err, rc, "the integrity of %s cannot be looked at", kind->name);
        if (order <= 0)
            more_a = reader_next(source, &a, err);
        if (order >= 0 && more_a >= 0)
            more_b = reader_next(target, &b, err);
    }
    return more_a < 0 ? (enum pryv_rc) more_a : more_b < 0 ? (enum pryv_rc) more_b : PRYV_OK;
}

static enum pryv_rc compare_kind(const struct pair *pair, size_t at, struct pryv_err *err)
{
    struct reader source, target;
    enum pryv_rc rc;

    reader_begin(&source, pair->source, pair->from, kinds[at], 0);
    reader_begin(&target, pair->target, pair->to, kinds[at], 0);
    rc = compare_readers(pair, kinds[at], &source, &target, &pair->out->tallies[at], err);
    reader_end(&source);
    reader_end(&target);
    return rc;
}

enum pryv_rc compare_user(const struct side *source, const struct side *target, struct pryv_str id, struct pryv_str username,
                          struct comparison *out, struct pryv_err *err)
{
    struct pair pair = { .source = source, .target = target, .username = username, .out = out };
    enum pryv_rc rc = source->storage->open(source->storage_self, id, PRYV_READ, &pair.from, err);

    if (rc != PRYV_OK)
        return rc;
    rc = target->storage->open(target->storage_self, id, PRYV_READ, &pair.to, err);
    for (size_t i = 0; rc == PRYV_OK && i < KIND_COUNT; i++)
        rc = compare_kind(&pair, i, err);
    target->storage->close(pair.to);
    source->storage->close(pair.from);
    return rc;
}
