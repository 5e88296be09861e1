/* account_change.c - changing account fields, in two stores that share no transaction.
 *
 * Who may have a unique value is decided by the platform; what a field says, by the user's storage. A change
 *   1. puts a note on the platform, one for each user and field: only one change of a field goes on at a time, and a crash leaves a trace;
 *   2. moves the user's unique value on the platform: from here on the change is decided;
 *   3. writes and commits in the storage; a failure that is sure moves the value back;
 *   4. sets what is only indexed, and takes the note away.
 * After a crash the note is settled (account_notes.c). So nobody loses a value, and none stays taken for nobody. */
#include "account_change.h"
#include "account_value.h"
#include "api.h"

enum { CHANGES_MAX = 16 };

/* ---- One change ------------------------------------------------------------------------------------ */

struct step {
    const struct account_change *change;
    struct pryv_account_field *row; /* what will be stored; what is, when nothing changes */
    struct pryv_str from, to;       /* on the platform */
    bool noted, changes, moved;
};

static enum pryv_rc taken(const struct step *step, struct pryv_arena *mem, struct pryv_err *err)
{
    json_t *data = json_object();

    json_object_set(data, step->change->field->key.data, account_value_of(mem, step->change->value_json));
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

static bool differs_on_platform(const struct step *step)
{
    return step->changes && (!step->from.data || !pryv_str_is(step->from, step->to));
}

/* A platform that does not know of the old value, restored without it perhaps, gets the new one all the same. */
static enum pryv_rc decide(struct pryv_call *call, struct step *step, struct pryv_err *err)
{
    enum pryv_rc rc;

    if (!step->change->field->unique || !differs_on_platform(step))
        return PRYV_OK;
    rc = move(call, step, step->from, step->to, err);
    if (rc == PRYV_NOT_FOUND)
        rc = move(call, step, PRYV_STR_NONE, step->to, err);
    step->moved = rc == PRYV_OK;
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
        rc = decide(call, &steps[i], err);
    }
    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        if (steps[i].changes)
            rc = storage->account_set(session, steps[i].row, err);
    return rc;
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
        pryv_changed(call->user->id, PRYV_CHANGED_ACCOUNT); /* what failed may have been kept all the same */
    }
    api_close(session);
    return rc;
}

/* What fails here leaves the note, and with it the work. */
static void finish(struct pryv_call *call, const struct step *step, bool stored)
{
    struct api *api = api_self();
    const struct account_field *field = step->change->field;
    struct pryv_err err = PRYV_ERR(call->arena);
    enum pryv_rc rc = PRYV_OK;

    if (step->moved && !stored)
        rc = move(call, step, step->to, step->from, &err);
    else if (stored && !field->unique && differs_on_platform(step))
        rc = api->platform->indexed_set(api->platform_self, call->user->username, field->key, step->to, &err);
    if (rc == PRYV_OK)
        rc = account_note_take_away(call, field, &err);
    if (rc != PRYV_OK)
        pryv_log_warn(API_LOG, "a change of an account field is to be settled later: %s", err.message ? err.message : "");
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
        if (changes[i].field->unique || changes[i].field->indexed) {
            rc = account_note_put(call, &changes[i], err);
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
