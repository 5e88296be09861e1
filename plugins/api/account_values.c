/* account_values.c - changing account fields, in two stores that share no transaction.
 *
 * Who may have a unique value is decided by the platform; what a field says, by the user's storage. A change
 *   1. puts a note on the platform, one for each user and field: only one change of a field goes on at a time, and a crash leaves a trace;
 *   2. claims the new value on the platform, while the old one stays the user's;
 *   3. writes and commits in the storage: from here on the new value holds;
 *   4. gives the old value up and takes the note away.
 * After a crash the note is settled: the user keeps the value that the storage has, and no other. */
#include "account_values.h"
#include "api.h"
#include "pattern.h"
#include <time.h>

enum { CHANGES_MAX = 16, NOTE_TRIES = 100, NOTE_WAIT_MS = 20, NOTE_OLD_SECONDS = 60 };

#define NOTES "account-change/"

/* ---- Values ------------------------------------------------------------------------------------- */

static size_t code_points(struct pryv_str text)
{
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++)
        n += ((unsigned char) text.data[i] & 0xc0) != 0x80;
    return n;
}

static enum pryv_rc unfit(const struct account_field *field, const char *code, const char *message, struct pryv_err *err)
{
    return pryv_refuse(err, 400, "invalid-parameters-format",
                       json_pack("[{s:s, s:s, s:s, s:s%}]", "code", code, "message", message, "path", "#/content", "param",
                                 field->key.data, field->key.len),
                       "The value does not fit the field \"%.*s\": %s", PRYV_STR_ARG(field->key), message);
}

enum pryv_rc account_value_check(const struct account_field *field, const json_t *value, struct pryv_err *err)
{
    char digits[PRYV_NUMBER_SIZE];
    struct pryv_str text = pryv_json_text_of(value);

    if (json_is_number(value))
        text = pryv_str_n(digits, pryv_number_format(digits, json_number_value(value)));
    else if (!json_is_string(value))
        return pryv_refuse(err, 400, "invalid-parameters-format", NULL, "The value of an account field is a text or a number.");
    if (code_points(text) < field->min)
        return unfit(field, "MIN_LENGTH", "it is too short", err);
    if (code_points(text) > field->max)
        return unfit(field, "MAX_LENGTH", "it is too long", err);
    if (field->pattern && !pattern_matches(field->pattern, text))
        return unfit(field, field->pattern_code.data ? field->pattern_code.data : "PATTERN",
                     field->pattern_message.data ? field->pattern_message.data : "it does not match the pattern", err);
    return PRYV_OK;
}

enum pryv_rc account_value_json(struct pryv_arena *mem, const struct account_field *field, const json_t *value,
                                struct pryv_str *json, struct pryv_err *err)
{
    enum pryv_rc rc = account_value_check(field, value, err);

    if (rc == PRYV_OK)
        *json = pryv_json_dump(mem, value);
    return rc;
}

static json_t *value_of(struct pryv_arena *mem, struct pryv_str value_json)
{
    struct pryv_err err = PRYV_ERR(mem);
    json_t *value = NULL;

    return value_json.data && pryv_json_parse(mem, value_json, true, &value, &err) == PRYV_OK ? value : NULL;
}

struct pryv_str account_platform_text(struct pryv_arena *mem, const struct account_field *field, struct pryv_str text)
{
    char *lower;

    if (!text.data || !pryv_str_equal(field->key, "email"))
        return text;
    lower = pryv_cstr(mem, text);
    for (size_t i = 0; i < text.len; i++)
        lower[i] = (char) (lower[i] >= 'A' && lower[i] <= 'Z' ? lower[i] + ('a' - 'A') : lower[i]);
    return pryv_str_n(lower, text.len);
}

struct pryv_str account_platform_value(struct pryv_arena *mem, const struct account_field *field, struct pryv_str value_json)
{
    const json_t *value = value_of(mem, value_json);

    return account_platform_text(mem, field, json_is_string(value) ? pryv_json_text_of(value) : value_json);
}

/* ---- Notes --------------------------------------------------------------------------------------- */

static bool is_on_platform(const struct account_field *field)
{
    return field->unique || field->indexed;
}

static struct pryv_str note_key(struct pryv_arena *mem, struct pryv_str user_id, const struct account_field *field)
{
    return pryv_format(mem, NOTES "%.*s/%.*s", PRYV_STR_ARG(user_id), PRYV_STR_ARG(field->key));
}

static struct pryv_str note_text(struct pryv_arena *mem, const struct pryv_user *user, double now)
{
    struct pryv_json *js = pryv_json_new(mem);

    pryv_json_object(js);
    pryv_json_put_str(js, "username", user->username);
    pryv_json_put_number(js, "time", now);
    pryv_json_object_end(js);
    return pryv_json_text(js);
}

static bool is_old(struct pryv_arena *mem, struct pryv_str note)
{
    double time = pryv_json_member_number(value_of(mem, note), "time");

    return !pryv_present(time) || time + NOTE_OLD_SECONDS < pryv_now();
}

static enum pryv_rc settle(struct api *api, struct pryv_arena *mem, struct pryv_str key, struct pryv_str note,
                           struct pryv_err *err);

/* Another change of the field is waited for, shortly; one that a crash cut off is settled. */
static enum pryv_rc put_note(struct pryv_call *call, const struct account_field *field, struct pryv_err *err)
{
    struct api *api = api_self();
    struct pryv_str key = note_key(call->arena, call->user->id, field), text = note_text(call->arena, call->user, pryv_now()),
                    other;
    const struct timespec pause = { .tv_nsec = NOTE_WAIT_MS * 1000000L };

    for (int i = 0; i < NOTE_TRIES; i++) {
        enum pryv_rc rc = api->platform->value_put_new(api->platform_self, key, text, PRYV_ABSENT, err);

        if (rc != PRYV_CONFLICT)
            return rc;
        rc = api->platform->value_get(api->platform_self, call->arena, key, true, &other, err);
        if (rc == PRYV_OK && is_old(call->arena, other))
            rc = settle(api, call->arena, key, other, err);
        else if (rc == PRYV_OK)
            nanosleep(&pause, NULL);
        if (rc != PRYV_OK && rc != PRYV_NOT_FOUND)
            return rc;
    }
    return pryv_fail(err, PRYV_BUSY, "another change of the account field %.*s does not end", PRYV_STR_ARG(field->key));
}

/* ---- One change ------------------------------------------------------------------------------------ */

struct step {
    const struct account_change *change;
    struct pryv_account_field *row; /* what will be stored; what is, when nothing changes */
    struct pryv_str from, to;       /* on the platform */
    bool noted, changes, claimed;
};

static enum pryv_rc taken(const struct step *step, struct pryv_arena *mem, struct pryv_err *err)
{
    json_t *data = json_object();

    json_object_set(data, step->change->field->key.data, value_of(mem, step->change->value_json));
    return pryv_refuse(err, 409, "item-already-exists", data, "Another account has this %.*s.",
                       PRYV_STR_ARG(step->change->field->key));
}

static enum pryv_rc move(struct pryv_call *call, const struct step *step, struct pryv_str from, struct pryv_str to,
                         struct pryv_err *err)
{
    struct api *api = api_self();

    return api->platform->unique_move(api->platform_self, call->user->username, step->change->field->key, from, to, err);
}

/* The newest row must be the last to be stored, whatever the clocks of two requests say. */
static void prepare(struct pryv_call *call, struct step *step, const struct pryv_account_field *present)
{
    *step->row = (struct pryv_account_field){ .field = step->change->field->key,
                                              .value_json = step->change->value_json,
                                              .time = present && present->time >= call->now ? present->time + 0.001 : call->now,
                                              .created_by = call->author };
    step->changes = !present || !pryv_str_is(present->value_json, step->change->value_json);
    if (!step->changes)
        *step->row = *present;
    step->from = present ? account_platform_value(call->arena, step->change->field, present->value_json) : PRYV_STR_NONE;
    step->to = account_platform_value(call->arena, step->change->field, step->change->value_json);
}

static bool moves(const struct step *step)
{
    return step->changes && (!step->from.data || !pryv_str_is(step->from, step->to));
}

static enum pryv_rc claim(struct pryv_call *call, struct step *step, struct pryv_err *err)
{
    enum pryv_rc rc;

    if (!step->change->field->unique || !moves(step))
        return PRYV_OK;
    rc = move(call, step, PRYV_STR_NONE, step->to, err);
    step->claimed = rc == PRYV_OK;
    return rc == PRYV_CONFLICT ? taken(step, call->arena, err) : rc;
}

static enum pryv_rc write_rows(struct pryv_call *call, struct pryv_session *session, struct step *steps, size_t count,
                               struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = api_self()->storage;
    struct pryv_account_field *rows;
    size_t n;
    enum pryv_rc rc = storage->account_all(session, call->arena, &rows, &n, err);

    for (size_t i = 0; rc == PRYV_OK && i < count; i++) {
        const struct pryv_account_field *present = NULL;

        for (size_t k = 0; k < n; k++)
            if (pryv_str_is(rows[k].field, steps[i].change->field->key))
                present = &rows[k];
        prepare(call, &steps[i], present);
        rc = claim(call, &steps[i], err);
    }
    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        if (steps[i].changes)
            rc = storage->account_set(session, steps[i].row, err);
    return rc;
}

/* The platform after the storage: what is no longer true is given up. A failure leaves the note, and with it the work. */
static void finish(struct pryv_call *call, struct step *step, bool stored)
{
    struct api *api = api_self();
    const struct account_field *field = step->change->field;
    struct pryv_err err = PRYV_ERR(call->arena);
    enum pryv_rc rc = PRYV_OK;

    if (step->claimed && !stored)
        rc = move(call, step, step->to, PRYV_STR_NONE, &err);
    else if (step->claimed && step->from.data)
        rc = move(call, step, step->from, PRYV_STR_NONE, &err);
    else if (stored && moves(step) && field->indexed && !field->unique)
        rc = api->platform->indexed_set(api->platform_self, call->user->username, field->key, step->to, &err);
    if (rc == PRYV_OK && step->noted)
        rc = api->platform->value_delete(api->platform_self, note_key(call->arena, call->user->id, field), &err);
    if (rc != PRYV_OK)
        pryv_log_warn(API_LOG, "a change of an account field is to be settled later: %s", err.message ? err.message : "");
}

/* `*known`: what became of it is known; after a commit that failed it is not, and the note tells it later. */
static enum pryv_rc store(struct pryv_call *call, struct step *steps, size_t count, bool *known, struct pryv_err *err)
{
    struct pryv_session *session;
    enum pryv_rc rc = api_open(call, PRYV_WRITE, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = write_rows(call, session, steps, count, err);
    if (rc == PRYV_OK) {
        rc = api_self()->storage->commit(session, err);
        *known = rc == PRYV_OK;
    }
    api_close(session);
    return rc;
}

enum pryv_rc account_change(struct pryv_call *call, const struct account_change *changes, size_t count,
                            struct pryv_account_field *rows, struct pryv_err *err)
{
    struct step steps[CHANGES_MAX] = { { .change = NULL } };
    enum pryv_rc rc =
        count <= CHANGES_MAX ? PRYV_OK : pryv_fail(err, PRYV_FAILED, "more than %d changes of an account", CHANGES_MAX);
    bool known = true;

    for (size_t i = 0; rc == PRYV_OK && i < count; i++) {
        steps[i] = (struct step){ .change = &changes[i], .row = &rows[i] };
        if (is_on_platform(changes[i].field)) {
            rc = put_note(call, changes[i].field, err);
            steps[i].noted = rc == PRYV_OK;
        }
    }
    if (rc == PRYV_OK)
        rc = store(call, steps, count, &known, err);
    for (size_t i = 0; known && i < count; i++)
        if (steps[i].noted)
            finish(call, &steps[i], rc == PRYV_OK);
    if (rc != PRYV_OK)
        return rc;
    pryv_publish("accountChanged", call->user->id, PRYV_STR_NONE);
    pryv_publish("eventsChanged", call->user->id, PRYV_STR_NONE);
    return PRYV_OK;
}

/* ---- Settling ----------------------------------------------------------------------------------------- */

/* The present value of a field as the platform should have it, or absent. */
static enum pryv_rc present_value(struct api *api, struct pryv_arena *mem, struct pryv_str user_id,
                                  const struct account_field *field, struct pryv_str *value, struct pryv_err *err)
{
    struct pryv_session *session;
    struct pryv_account_field *rows;
    size_t count;
    enum pryv_rc rc = api->storage->open(api->storage_self, user_id, PRYV_READ, &session, err);

    *value = PRYV_STR_NONE;
    if (rc != PRYV_OK)
        return rc;
    rc = api->storage->account_all(session, mem, &rows, &count, err);
    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        if (pryv_str_is(rows[i].field, field->key))
            *value = account_platform_value(mem, field, rows[i].value_json);
    api->storage->close(session);
    return rc;
}

static enum pryv_rc keep_only(struct api *api, struct pryv_arena *mem, struct pryv_str username,
                              const struct account_field *field, struct pryv_str value, struct pryv_err *err)
{
    struct pryv_field_value *held;
    size_t count;
    bool has = !value.data;
    enum pryv_rc rc = api->platform->user_fields(api->platform_self, mem, username, &held, &count, err);

    for (size_t i = 0; rc == PRYV_OK && i < count; i++) {
        if (!held[i].unique || !pryv_str_is(held[i].field, field->key))
            continue;
        if (value.data && pryv_str_is(held[i].value, value))
            has = true;
        else
            rc = api->platform->unique_move(api->platform_self, username, field->key, held[i].value, PRYV_STR_NONE, err);
    }
    if (rc == PRYV_OK && !has)
        rc = api->platform->unique_move(api->platform_self, username, field->key, PRYV_STR_NONE, value, err);
    return rc;
}

/* A user that is not here lives on another core, which settles it, or is no more. */
static enum pryv_rc user_is_gone(struct api *api, struct pryv_arena *mem, struct pryv_str username, bool *gone,
                                 struct pryv_err *err)
{
    struct pryv_str core;
    enum pryv_rc rc = api->platform->user_core(api->platform_self, mem, username, true, &core, err);

    *gone = rc == PRYV_NOT_FOUND || (rc == PRYV_OK && pryv_str_is(core, api->config->core_id));
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

static enum pryv_rc settle(struct api *api, struct pryv_arena *mem, struct pryv_str key, struct pryv_str note,
                           struct pryv_err *err)
{
    struct pryv_str rest = pryv_str_n(key.data + strlen(NOTES), key.len - strlen(NOTES));
    const char *slash = memchr(rest.data, '/', rest.len);
    struct pryv_str id = pryv_str_n(rest.data, slash ? (size_t) (slash - rest.data) : rest.len), value = PRYV_STR_NONE;
    struct pryv_str username = pryv_json_member_text(value_of(mem, note), "username");
    const struct account_field *field =
        slash ? account_field_by_key(api->account, pryv_str_n(slash + 1, rest.len - id.len - 1)) : NULL;
    bool gone = false;
    enum pryv_rc rc = field && username.data ? present_value(api, mem, id, field, &value, err) : PRYV_OK;

    if (rc == PRYV_NOT_FOUND) {
        rc = user_is_gone(api, mem, username, &gone, err);
        if (rc != PRYV_OK || !gone)
            return rc;
    } else if (rc == PRYV_OK && field && field->unique) {
        rc = keep_only(api, mem, username, field, value, err);
    } else if (rc == PRYV_OK && field && value.data) {
        rc = api->platform->indexed_set(api->platform_self, username, field->key, value, err);
    }
    return rc == PRYV_OK ? api->platform->value_delete(api->platform_self, key, err) : rc;
}

void account_changes_settle(void *self)
{
    struct api *api = self;
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_str *keys, *notes;
    size_t count;
    enum pryv_rc rc =
        api->platform->values_list(api->platform_self, mem, PRYV_STR(NOTES), PRYV_STR_NONE, 1000, &keys, &notes, &count, &err);

    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        if (is_old(mem, notes[i]) && settle(api, mem, keys[i], notes[i], &err) != PRYV_OK)
            pryv_log_warn(API_LOG, "a change of an account field cannot be settled yet: %s", err.message ? err.message : "");
    if (rc != PRYV_OK)
        pryv_log_warn(API_LOG, "cannot look for changes of accounts to settle: %s", err.message ? err.message : "");
    pryv_arena_free(mem);
}
