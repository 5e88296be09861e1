/* copy_platform.c - what the platform knows: names, fields and core of each user, and values that are nobody's. See copy.h. */
#include "copy.h"
#include "pryvd.h"
#include <pryv/crypto.h>

enum { PAGE = 500, RESERVED_SECONDS = 300 };

#define HAS(ops, function) \
    ((ops)->size >= offsetof(struct pryv_platform_ops, function) + sizeof((ops)->function) && (ops)->function)

struct names {
    struct pryv_field_value *fields;
    size_t field_count;
    struct pryv_str *former;
    size_t former_count;
    struct pryv_str core; /* absent: none is known */
};

static enum pryv_rc read_names(const struct side *side, struct pryv_str username, struct pryv_arena *mem, struct names *out,
                               struct pryv_err *err)
{
    enum pryv_rc rc = side->platform->user_fields(side->platform_self, mem, username, &out->fields, &out->field_count, err);

    if (rc == PRYV_OK)
        rc = side->platform->former_names(side->platform_self, mem, username, &out->former, &out->former_count, err);
    if (rc != PRYV_OK)
        return rc;
    out->core = PRYV_STR_NONE;
    rc = side->platform->user_core(side->platform_self, mem, username, true, &out->core, err);
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

/* Both engines ask one platform, which is no part of either. */
static bool is_shared(const struct side *source, const struct side *target)
{
    return source->platform == target->platform;
}

/* ---- Before ---------------------------------------------------------------------------------------------------- */

static bool is_one_of(struct pryv_str name, struct pryv_str username, const struct names *names)
{
    for (size_t i = 0; i < names->former_count; i++)
        if (pryv_str_is(name, names->former[i]))
            return true;
    return pryv_str_is(name, username);
}

static enum pryv_rc check_free(const struct side *target, struct pryv_str field, struct pryv_str value, struct pryv_str username,
                               const struct names *names, struct pryv_err *err)
{
    struct pryv_str owner;
    enum pryv_rc rc = target->platform->unique_owner(target->platform_self, err->arena, field, value, true, &owner, err);

    if (rc == PRYV_NOT_FOUND || (rc == PRYV_OK && is_one_of(owner, username, names)))
        return PRYV_OK;
    return rc != PRYV_OK ? rc
                         : pryv_conflict(err, pryv_cstr(err->arena, field), "%.*s %.*s is another user's at the target, %.*s",
                                         PRYV_STR_ARG(field), PRYV_STR_ARG(value), PRYV_STR_ARG(owner));
}

enum pryv_rc check_names_are_free(const struct side *source, const struct side *target, struct pryv_str username,
                                  struct pryv_err *err)
{
    struct names names;
    enum pryv_rc rc = is_shared(source, target) ? PRYV_OK : read_names(source, username, err->arena, &names, err);

    if (rc != PRYV_OK || is_shared(source, target))
        return rc;
    rc = check_free(target, PRYV_STR("username"), username, username, &names, err);
    for (size_t i = 0; rc == PRYV_OK && i < names.former_count; i++)
        rc = check_free(target, PRYV_STR("username"), names.former[i], username, &names, err);
    for (size_t i = 0; rc == PRYV_OK && i < names.field_count; i++)
        if (names.fields[i].unique)
            rc = check_free(target, names.fields[i].field, names.fields[i].value, username, &names, err);
    return rc;
}

/* ---- Copying --------------------------------------------------------------------------------------------------- */

/* What an attempt that was cut off has left, under whichever of the names. */
static enum pryv_rc forget_names(const struct side *target, struct pryv_str ticket, struct pryv_str username,
                                 const struct names *names, struct pryv_err *err)
{
    enum pryv_rc rc = target->platform->release(target->platform_self, ticket, err);

    for (size_t i = 0; rc == PRYV_OK && i < names->former_count; i++)
        rc = target->platform->user_delete(target->platform_self, names->former[i], err);
    return rc == PRYV_OK ? target->platform->user_delete(target->platform_self, username, err) : rc;
}

/* The name that the user goes by comes with the registration, and is no field of it. */
static size_t without_name(struct pryv_field_value *fields, size_t count)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        if (!fields[i].unique || !pryv_str_equal(fields[i].field, "username"))
            fields[n++] = fields[i];
    return n;
}

/* Registered by the first of the former names, and renamed through the others: so all of them go on leading to the user. */
static enum pryv_rc register_names(const struct side *target, struct pryv_str ticket, struct pryv_str username,
                                   const struct names *names, struct pryv_err *err)
{
    const struct pryv_platform_ops *platform = target->platform;
    void *self = target->platform_self;
    struct pryv_str called = names->former_count ? names->former[0] : username;
    size_t count = without_name(names->fields, names->field_count);
    enum pryv_rc rc = platform->reserve(self, ticket, called, names->fields, count, pryv_now() + RESERVED_SECONDS, err);

    if (rc == PRYV_OK)
        rc = platform->confirm(self, ticket, names->fields, count, names->core.data ? names->core : pryvd_tool_core_id(), err);
    for (size_t i = 1; rc == PRYV_OK && i <= names->former_count; i++) {
        struct pryv_str next = i < names->former_count ? names->former[i] : username;

        rc = platform->user_rename(self, called, next, err);
        called = next;
    }
    return rc;
}

enum pryv_rc copy_names(const struct side *source, const struct side *target, struct pryv_str username, struct pryv_err *err)
{
    struct comparison found;
    struct names names;
    enum pryv_rc rc;

    if (is_shared(source, target))
        return PRYV_OK;
    comparison_begin(&found);
    rc = compare_names(source, target, username, &found, err);

    bool is_there = rc == PRYV_OK && found.differences == 0;

    comparison_end(&found);
    if (rc != PRYV_OK || is_there || (rc = read_names(source, username, err->arena, &names, err)) != PRYV_OK)
        return rc;
    if (names.field_count == 0 && names.former_count == 0 && !names.core.data)
        return PRYV_OK; /* unknown to the platform at the source too */

    struct pryv_str ticket = pryv_format(err->arena, "storage-copy/%.*s", PRYV_STR_ARG(username));

    rc = forget_names(target, ticket, username, &names, err);
    return rc == PRYV_OK ? register_names(target, ticket, username, &names, err) : rc;
}

/* ---- Comparing ---------------------------------------------------------------------------------------------------- */

static bool has_field(const struct names *names, const struct pryv_field_value *field)
{
    for (size_t i = 0; i < names->field_count; i++)
        if (names->fields[i].unique == field->unique && pryv_str_is(names->fields[i].field, field->field) &&
            pryv_str_is(names->fields[i].value, field->value))
            return true;
    return false;
}

static bool has_former(const struct names *names, struct pryv_str name)
{
    for (size_t i = 0; i < names->former_count; i++)
        if (pryv_str_is(names->former[i], name))
            return true;
    return false;
}

static void tell_one(struct comparison *out, size_t tally, struct pryv_str username, struct pryv_str name, const char *what)
{
    out->tallies[tally].different++;
    tell_difference(out, username, tally_name(tally), name, "%s", what);
}

static void tell_missing(const struct names *all, const struct names *in, struct pryv_str username, const char *what,
                         struct comparison *out)
{
    for (size_t i = 0; i < all->field_count; i++)
        if (!has_field(in, &all->fields[i]))
            tell_one(out, PLATFORM_FIELDS, username, all->fields[i].field, what);
    for (size_t i = 0; i < all->former_count; i++)
        if (!has_former(in, all->former[i]))
            tell_one(out, PLATFORM_NAMES, username, all->former[i], what);
}

enum pryv_rc compare_names(const struct side *source, const struct side *target, struct pryv_str username, struct comparison *out,
                           struct pryv_err *err)
{
    struct names from, to;
    enum pryv_rc rc;

    if (is_shared(source, target))
        return PRYV_OK;
    if ((rc = read_names(source, username, err->arena, &from, err)) != PRYV_OK ||
        (rc = read_names(target, username, err->arena, &to, err)) != PRYV_OK)
        return rc;
    out->tallies[PLATFORM_FIELDS].source += from.field_count;
    out->tallies[PLATFORM_FIELDS].target += to.field_count;
    out->tallies[PLATFORM_NAMES].source += from.former_count;
    out->tallies[PLATFORM_NAMES].target += to.former_count;
    out->tallies[PLATFORM_CORES].source += from.core.data != NULL;
    out->tallies[PLATFORM_CORES].target += to.core.data != NULL;
    tell_missing(&from, &to, username, "is missing at the target", out);
    tell_missing(&to, &from, username, "is at the target alone", out);
    if (from.core.data && !pryv_str_is(from.core, to.core))
        tell_one(out, PLATFORM_CORES, username, from.core, "is not the same");
    return PRYV_OK;
}

/* ---- Users of other cores ------------------------------------------------------------------------------------------- */

static enum pryv_rc copy_stranger(const struct side *source, const struct side *target, struct pryv_str username,
                                  const struct copy_options *options, struct comparison *report, struct pryv_err *err)
{
    struct pryv_str id;
    enum pryv_rc rc = source->storage->user_by_name(source->storage_self, err->arena, username, &id, err);

    if (rc != PRYV_NOT_FOUND) /* a user of this core is no stranger */
        return rc;
    if (!options->check_only && (rc = check_names_are_free(source, target, username, err)) == PRYV_CONFLICT) {
        tell_difference(report, username, "user", username, "%s", err->message);
        return PRYV_OK;
    }
    if (!options->check_only && rc == PRYV_OK)
        rc = copy_names(source, target, username, err);
    return rc == PRYV_OK || rc == PRYV_NOT_FOUND ? compare_names(source, target, username, report, err) : rc;
}

/* A page of them, in memory that goes with it. `*after` is the arena's of `err`. */
static enum pryv_rc copy_strangers(const struct side *source, const struct side *target, struct pryv_str core,
                                   const struct copy_options *options, struct comparison *report, struct pryv_err *err)
{
    struct pryv_str after = PRYV_STR_NONE, *names;
    size_t count = PAGE;
    enum pryv_rc rc = PRYV_OK;

    while (rc == PRYV_OK && count == PAGE) {
        struct pryv_arena *mem = pryv_arena_new();
        struct pryv_err own = PRYV_ERR(mem);

        rc = source->platform->core_users(source->platform_self, mem, core, after, PAGE, &names, &count, &own);
        for (size_t i = 0; rc == PRYV_OK && i < count; i++)
            rc = copy_stranger(source, target, names[i], options, report, &own);
        if (rc != PRYV_OK)
            pryv_fail(err, rc, "%s", own.message ? own.message : "no reason given");
        else if (count)
            after = pryv_str_copy(err->arena, names[count - 1]);
        pryv_arena_free(mem);
    }
    return rc;
}

/* ---- Values ---------------------------------------------------------------------------------------------------------- */

static bool is_left_out(struct pryv_str key)
{
    return pryv_str_starts(key, "migrations/"); /* each engine has its own */
}

struct value {
    struct pryv_str key, value;
    double end;
};

/* The value of that key at the target, with its end. */
static enum pryv_rc find_value(const struct side *side, struct pryv_str key, struct value *out, struct pryv_err *err)
{
    struct pryv_str *keys, *values;
    double *ends;
    size_t count;
    enum pryv_rc rc = side->platform->values_with_ends(side->platform_self, err->arena, key, PRYV_STR_NONE, 1, &keys, &values,
                                                       &ends, &count, err);

    if (rc != PRYV_OK)
        return rc;
    if (count == 0 || !pryv_str_is(keys[0], key))
        return PRYV_NOT_FOUND;
    *out = (struct value){ keys[0], values[0], ends[0] };
    return PRYV_OK;
}

static bool is_same_value(const struct value *a, const struct value *b)
{
    return pryv_str_is(a->value, b->value) && pryv_present(a->end) == pryv_present(b->end) &&
           (!pryv_present(a->end) || a->end == b->end);
}

/* What is there already, and another, is replaced only when that was asked for. */
static enum pryv_rc copy_value(const struct side *target, const struct value *value, const struct copy_options *options,
                               struct tally *tally, struct comparison *report, struct pryv_err *err)
{
    struct value there = { .end = PRYV_ABSENT };
    enum pryv_rc rc = find_value(target, value->key, &there, err);
    bool is_there = rc == PRYV_OK;

    if (rc != PRYV_OK && rc != PRYV_NOT_FOUND)
        return rc;
    if (!options->check_only && (is_there ? options->overwrite && !is_same_value(value, &there) : true)) {
        rc = target->platform->value_put(target->platform_self, value->key, value->value, value->end, err);
        if (rc == PRYV_OK)
            rc = find_value(target, value->key, &there, err);
        is_there = rc == PRYV_OK;
    }
    if ((rc != PRYV_OK && rc != PRYV_NOT_FOUND) || (!is_there && value->end <= pryv_now()))
        return rc == PRYV_NOT_FOUND ? PRYV_OK : rc; /* its time was over meanwhile */
    tally->source++;
    tally->target += is_there;
    if (!is_there || !is_same_value(value, &there))
        tell_one(report, PLATFORM_VALUES, PRYV_STR_NONE, value->key,
                 is_there ? "is another one at the target; --overwrite replaces it" : "is missing at the target");
    return PRYV_OK;
}

static enum pryv_rc copy_values(const struct side *source, const struct side *target, const struct copy_options *options,
                                struct comparison *report, struct pryv_err *err)
{
    struct pryv_str after = PRYV_STR_NONE, *keys, *values;
    double *ends;
    size_t count = PAGE;
    enum pryv_rc rc = PRYV_OK;

    while (rc == PRYV_OK && count == PAGE) {
        struct pryv_arena *mem = pryv_arena_new();
        struct pryv_err own = PRYV_ERR(mem);

        rc = source->platform->values_with_ends(source->platform_self, mem, PRYV_STR(""), after, PAGE, &keys, &values, &ends,
                                                &count, &own);
        for (size_t i = 0; rc == PRYV_OK && i < count; i++)
            if (!is_left_out(keys[i]))
                rc = copy_value(target, &(struct value){ keys[i], values[i], ends[i] }, options,
                                &report->tallies[PLATFORM_VALUES], report, &own);
        if (rc != PRYV_OK)
            pryv_fail(err, rc, "%s", own.message ? own.message : "no reason given");
        else if (count)
            after = pryv_str_copy(err->arena, keys[count - 1]);
        pryv_arena_free(mem);
    }
    return rc;
}

enum pryv_rc copy_platform(const struct side *source, const struct side *target, const struct copy_options *options,
                           struct comparison *report, struct pryv_err *err)
{
    struct pryv_str *cores;
    uint64_t *counts;
    size_t count = 0;
    enum pryv_rc rc = PRYV_OK;

    if (is_shared(source, target))
        return PRYV_OK;
    if (HAS(source->platform, core_counts) && HAS(source->platform, core_users))
        rc = source->platform->core_counts(source->platform_self, err->arena, &cores, &counts, &count, err);
    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        rc = copy_strangers(source, target, cores[i], options, report, err);
    return rc == PRYV_OK ? copy_values(source, target, options, report, err) : rc;
}
