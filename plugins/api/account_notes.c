/* account_notes.c - see account_notes.h. What a crash left is settled so: a value that the platform has given to the user is written to the
 * storage too; an index is set to what the storage has. */
#include "account_notes.h"
#include "account_value.h"
#include "api.h"
#include <time.h>

enum { TRIES = 100, WAIT_MS = 20, AT_ONCE = 1000 };

#define NOTES "account-change/"

static struct pryv_str note_key(struct pryv_arena *mem, struct pryv_str user_id, const struct account_field *field)
{
    return pryv_format(mem, NOTES "%.*s/%.*s", PRYV_STR_ARG(user_id), PRYV_STR_ARG(field->key));
}

static struct pryv_str note_text(const struct pryv_call *call, const struct account_change *change)
{
    struct pryv_json *js = pryv_json_new(call->arena);

    pryv_json_object(js);
    pryv_json_put_str(js, "username", call->user->username);
    pryv_json_put_number(js, "time", pryv_now());
    pryv_json_put_str(js, "author", call->author);
    pryv_json_put_raw(js, "value", change->value_json);
    pryv_json_object_end(js);
    return pryv_json_text(js);
}

/* ---- Settling -------------------------------------------------------------------------------- */

struct note {
    struct pryv_str key, user_id, username, author, value_json;
    const struct account_field *field; /* NULL: configured no more */
    double time;
};

static struct note parse(const struct api *api, struct pryv_arena *mem, struct pryv_str key, struct pryv_str text)
{
    struct pryv_str rest = pryv_str_n(key.data + strlen(NOTES), key.len - strlen(NOTES));
    const char *slash = memchr(rest.data, '/', rest.len);
    size_t id_len = slash ? (size_t) (slash - rest.data) : rest.len;
    const json_t *value = account_value_of(mem, text);
    const json_t *wanted = json_object_get(value, "value");

    return (struct note){
        .key = key,
        .user_id = pryv_str_n(rest.data, id_len),
        .username = pryv_json_member_text(value, "username"),
        .author = pryv_json_member_text(value, "author"),
        .value_json = wanted ? pryv_json_dump(mem, wanted) : PRYV_STR_NONE,
        .field = slash && wanted ? account_field_by_key(api->account, pryv_str_n(slash + 1, rest.len - id_len - 1)) : NULL,
        .time = pryv_json_member_number(value, "time"),
    };
}

static bool is_old(const struct api *api, const struct note *note)
{
    return !pryv_present(note->time) || note->time + api->config->account.settle_after < pryv_now();
}

/* Does the platform hold the value that was wanted for this user? */
static enum pryv_rc was_decided(struct api *api, struct pryv_arena *mem, const struct note *note, bool *decided,
                                struct pryv_err *err)
{
    struct pryv_str owner = PRYV_STR_NONE;
    enum pryv_rc rc = PRYV_NOT_FOUND;

    if (note->field->unique)
        rc = api->platform->unique_owner(api->platform_self, mem, note->field->key,
                                         account_platform_value(mem, note->field, note->value_json), true, &owner, err);
    *decided = rc == PRYV_OK && pryv_str_is(owner, note->username);
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

/* `*present`: what the storage has in the end, or absent. */
static enum pryv_rc write_decided(struct api *api, struct pryv_arena *mem, struct pryv_session *session, const struct note *note,
                                  bool decided, struct pryv_str *present, struct pryv_err *err)
{
    struct pryv_account_field *rows, row = { note->field->key, note->value_json, pryv_now(), note->author };
    size_t count;
    enum pryv_rc rc = api->storage->account_all(session, mem, &rows, &count, err);

    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        if (pryv_str_is(rows[i].field, note->field->key)) {
            *present = rows[i].value_json;
            row.time = rows[i].time >= row.time ? rows[i].time + 0.001 : row.time;
        }
    if (rc != PRYV_OK || !decided || pryv_str_is(*present, note->value_json))
        return rc;
    *present = note->value_json;
    rc = api->storage->account_set(session, &row, err);
    return rc == PRYV_OK ? api->storage->commit(session, err) : rc;
}

static enum pryv_rc settle_field(struct api *api, struct pryv_arena *mem, const struct note *note, struct pryv_err *err)
{
    struct pryv_session *session;
    struct pryv_str present = PRYV_STR_NONE;
    bool decided;
    enum pryv_rc rc = was_decided(api, mem, note, &decided, err);

    if (rc == PRYV_OK)
        rc = api->storage->open(api->storage_self, note->user_id, PRYV_WRITE, &session, err);
    if (rc != PRYV_OK)
        return rc;
    rc = write_decided(api, mem, session, note, decided, &present, err);
    api->storage->close(session);
    pryv_changed(note->user_id, PRYV_CHANGED_ACCOUNT);
    if (rc != PRYV_OK || note->field->unique || !present.data)
        return rc;
    return api->platform->indexed_set(api->platform_self, note->username, note->field->key,
                                      account_platform_value(mem, note->field, present), err);
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

static enum pryv_rc settle(struct api *api, struct pryv_arena *mem, const struct note *note, struct pryv_err *err)
{
    struct note now = *note; /* under the name that the user has by now */
    bool over = true;
    enum pryv_rc rc = PRYV_OK;

    if (note->field && note->username.data)
        rc = api->storage->user_by_id(api->storage_self, mem, note->user_id, &now.username, err);
    if (rc == PRYV_OK && note->field && note->username.data)
        rc = settle_field(api, mem, &now, err);
    if (rc == PRYV_NOT_FOUND)
        rc = user_is_gone(api, mem, note->username, &over, err);
    return rc == PRYV_OK && over ? api->platform->value_delete(api->platform_self, note->key, err) : rc;
}

void account_changes_settle(void *self)
{
    struct api *api = self;
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_str *keys, *texts;
    size_t count;
    enum pryv_rc rc =
        api->platform->values_list(api->platform_self, mem, PRYV_STR(NOTES), PRYV_STR_NONE, AT_ONCE, &keys, &texts, &count, &err);

    for (size_t i = 0; rc == PRYV_OK && i < count; i++) {
        struct note note = parse(api, mem, keys[i], texts[i]);

        if (is_old(api, &note) && settle(api, mem, &note, &err) != PRYV_OK)
            pryv_log_warn(API_LOG, "a change of an account field cannot be settled yet: %s", err.message ? err.message : "");
    }
    if (rc != PRYV_OK)
        pryv_log_warn(API_LOG, "cannot look for changes of accounts to settle: %s", err.message ? err.message : "");
    pryv_arena_free(mem);
}

/* ---- Putting ------------------------------------------------------------------------------------- */

static enum pryv_rc wait_for_other(struct pryv_call *call, struct pryv_str key, struct pryv_err *err)
{
    struct api *api = api_self();
    const struct timespec pause = { .tv_nsec = WAIT_MS * 1000000L };
    struct pryv_str text;
    enum pryv_rc rc = api->platform->value_get(api->platform_self, call->arena, key, true, &text, err);

    if (rc == PRYV_NOT_FOUND)
        return PRYV_OK;
    if (rc != PRYV_OK)
        return rc;

    struct note note = parse(api, call->arena, key, text);

    if (is_old(api, &note))
        return settle(api, call->arena, &note, err);
    nanosleep(&pause, NULL);
    return PRYV_OK;
}

enum pryv_rc account_note_put(struct pryv_call *call, const struct account_change *change, struct pryv_err *err)
{
    struct api *api = api_self();
    struct pryv_str key = note_key(call->arena, call->user->id, change->field), text = note_text(call, change);

    for (int i = 0; i < TRIES; i++) {
        enum pryv_rc rc = api->platform->value_put_new(api->platform_self, key, text, PRYV_ABSENT, err);

        if (rc != PRYV_CONFLICT)
            return rc;
        if ((rc = wait_for_other(call, key, err)) != PRYV_OK)
            return rc;
    }
    return pryv_fail(err, PRYV_BUSY, "another change of the account field %.*s does not end", PRYV_STR_ARG(change->field->key));
}

enum pryv_rc account_note_take_away(struct pryv_call *call, const struct account_field *field, struct pryv_err *err)
{
    struct api *api = api_self();

    return api->platform->value_delete(api->platform_self, note_key(call->arena, call->user->id, field), err);
}
