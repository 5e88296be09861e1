/* reservation.c - POST /system/users/validate: an older core keeps a name and unique values for somebody who is about to register there.
 *
 * They are reserved on the platform under one ticket for each name, and what is reserved is kept beside it ("reservation/NAME"), so that a name can
 * ask for more, and whoever registers it finds it free. It lapses when registration.olderReservationSeconds have passed. */
#include "admin.h"

#define ROWS "reservation/"

struct asking {
    struct pryv_arena *mem;
    struct pryv_str username, ticket, row_key;
    json_t *fields; /* values as they were given, by field */
};

static struct asking asking_of(struct pryv_arena *mem, struct pryv_str username)
{
    struct asking asking = {
        .mem = mem,
        .username = username,
        .ticket = pryv_format(mem, ROWS "%.*s", PRYV_STR_ARG(username)),
        .fields = pryv_json_keep(mem, json_object()),
    };

    asking.row_key = asking.ticket;
    return asking;
}

/* ---- What is kept already ------------------------------------------------------------------------------ */

/* Fields of an earlier reservation, and its end: PRYV_NOT_FOUND when there is none. */
static enum pryv_rc read_kept(const struct asking *asking, json_t **fields, double *expires, struct pryv_err *err)
{
    const struct admin *admin = admin_self();
    struct pryv_str text;
    json_t *row;
    enum pryv_rc rc = admin->platform->value_get(admin->platform_self, asking->mem, asking->row_key, true, &text, err);

    if (rc != PRYV_OK || (rc = pryv_json_parse(asking->mem, text, false, &row, err)) != PRYV_OK)
        return rc;
    *fields = json_object_get(row, "fields");
    *expires = pryv_json_member_number(row, "expires");
    return json_is_object(*fields) && pryv_present(*expires) ? PRYV_OK
                                                             : pryv_fail(err, PRYV_FAILED, "a kept reservation is broken");
}

static enum pryv_rc keep(const struct asking *asking, double expires, struct pryv_err *err)
{
    const struct admin *admin = admin_self();
    struct pryv_json *js = pryv_json_new(asking->mem);

    pryv_json_object(js);
    pryv_json_put_value(js, "fields", asking->fields);
    pryv_json_put_number(js, "expires", expires);
    pryv_json_object_end(js);
    return admin->platform->value_put(admin->platform_self, asking->row_key, pryv_json_text(js), expires, err);
}

/* ---- Reserving --------------------------------------------------------------------------------------------- */

static enum pryv_rc reserve(const struct asking *asking, const json_t *fields, double expires, struct pryv_err *err)
{
    const struct admin *admin = admin_self();
    struct pryv_field_value *rows = pryv_new_array(asking->mem, struct pryv_field_value, json_object_size(fields) + 1);
    size_t count = 0;
    const char *key;
    json_t *value;

    json_object_foreach((json_t *) fields, key, value)
        rows[count++] = (struct pryv_field_value){
            pryv_str(key),
            admin->accounts->platform_value(admin->accounts_self, asking->mem, pryv_str(key), pryv_json_text_of(value)),
            true,
        };
    return admin->platform->reserve(admin->platform_self, asking->ticket, asking->username, rows, count, expires, err);
}

/* What the name has already is let go first, and is reserved again when the rest cannot be had. */
static enum pryv_rc reserve_all(const struct asking *asking, double expires, struct pryv_err *err)
{
    const struct admin *admin = admin_self();
    struct pryv_err unseen = PRYV_ERR(asking->mem);
    json_t *kept = NULL;
    double kept_until = 0;
    enum pryv_rc rc = read_kept(asking, &kept, &kept_until, err);

    if (rc != PRYV_OK && rc != PRYV_NOT_FOUND)
        return rc;
    if (kept) {
        json_object_update_missing(asking->fields, kept);
        if ((rc = admin->platform->release(admin->platform_self, asking->ticket, err)) != PRYV_OK)
            return rc;
    }
    rc = reserve(asking, asking->fields, expires, err);
    if (rc == PRYV_OK)
        return keep(asking, expires, err);
    if (kept && reserve(asking, kept, kept_until, &unseen) != PRYV_OK)
        pryv_log_warn(ADMIN_LOG, "an earlier reservation of a name is lost: %s", unseen.message ? unseen.message : "");
    return rc;
}

/* ---- The request ----------------------------------------------------------------------------------------- */

static enum pryv_rc add_field(struct asking *asking, const char *key, json_t *value, struct pryv_err *err)
{
    const struct pryv_account_definition *definitions;
    size_t count = admin_self()->accounts->fields(admin_self()->accounts_self, &definitions);
    const char *path = pryv_format(asking->mem, "uniqueFields/%s", key).data;

    if (strcmp(key, "username") == 0)
        return PRYV_OK; /* it is there anyway */
    for (size_t i = 0; i < count; i++)
        if (definitions[i].unique && pryv_str_equal(definitions[i].key, key)) {
            if (!json_string_length(value))
                return wrong_param(err, path, "must be a text");
            json_object_set(asking->fields, key, value);
            return PRYV_OK;
        }
    return wrong_param(err, path, "is no unique field of accounts");
}

static enum pryv_rc read_request(struct pryv_call *call, struct asking *out, struct pryv_err *err)
{
    const struct admin *admin = admin_self();
    struct pryv_str username = pryv_json_member_text(call->params, "username");
    json_t *fields = json_object_get(call->params, "uniqueFields"), *value;
    const char *key;
    enum pryv_rc rc = PRYV_OK;

    if (!username.data || !admin->accounts->username_is_valid(admin->accounts_self, username))
        return wrong_param(err, "username", "5 to 60 of a-z, 0-9 and hyphens");
    if (fields && !json_is_object(fields))
        return wrong_param(err, "uniqueFields", "must be an object");
    *out = asking_of(call->arena, username);
    json_object_foreach(fields, key, value)
        if ((rc = add_field(out, key, value, err)) != PRYV_OK)
            return rc;
    return PRYV_OK;
}

/* Where the platform has invitations, one that is there and not used; where it has none, everybody, unless an empty list says: nobody. */
static enum pryv_rc check_invitation(struct pryv_call *call, bool *good, struct pryv_err *err)
{
    const struct admin *admin = admin_self();
    struct pryv_str token = pryv_json_member_text(call->params, "invitationToken"), text, *keys, *texts;
    struct pryv_err unseen = PRYV_ERR(call->arena);
    json_t *row;
    size_t count;
    enum pryv_rc rc = admin->platform->values_list(admin->platform_self, call->arena, PRYV_STR("invitation/"), PRYV_STR_NONE, 1,
                                                   &keys, &texts, &count, err);

    *good = rc == PRYV_OK && count == 0 && !json_is_array(admin->config->invitations);
    if (rc != PRYV_OK || count == 0 || !token.len)
        return rc;
    rc = admin->platform->value_get(admin->platform_self, call->arena,
                                    pryv_format(call->arena, "invitation/%.*s", PRYV_STR_ARG(token)), true, &text, err);
    *good = rc == PRYV_OK && pryv_json_parse(call->arena, text, false, &row, &unseen) == PRYV_OK &&
            !json_object_get(row, "consumedAt");
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

/* A name that only a reservation of this kind holds is not taken. */
static enum pryv_rc name_is_taken(const struct asking *asking, bool *taken, struct pryv_err *err)
{
    const struct admin *admin = admin_self();
    struct pryv_str owner;
    json_t *fields;
    double expires;
    enum pryv_rc rc;

    *taken = admin->accounts->username_is_reserved(admin->accounts_self, asking->username);
    if (*taken)
        return PRYV_OK;
    rc = admin->accounts->owner(admin->accounts_self, asking->mem, PRYV_STR("username"), asking->username, &owner, err);
    if (rc != PRYV_OK)
        return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
    rc = read_kept(asking, &fields, &expires, err);
    *taken = rc == PRYV_NOT_FOUND;
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

/* ---- Answers ------------------------------------------------------------------------------------------------ */

static enum pryv_rc answer_no(struct pryv_call *call, const char *id, const json_t *data)
{
    struct pryv_json *js = pryv_json_new(call->arena);

    pryv_json_object(js);
    pryv_json_put_bool(js, "reservation", false);
    pryv_json_key(js, "error");
    pryv_json_object(js);
    pryv_json_put_text(js, "id", id);
    if (data)
        pryv_json_put_value(js, "data", data);
    pryv_json_object_end(js);
    pryv_json_object_end(js);
    return send_json(call, 400, js);
}

/* A taken name is told alone; values as they were given. */
static enum pryv_rc answer_taken(struct pryv_call *call, const struct asking *asking, const json_t *names)
{
    json_t *data = json_object();
    const char *key;
    json_t *value;
    enum pryv_rc rc;

    if (!names || json_object_get(names, "username"))
        json_object_set_new(data, "username", pryv_json_string(asking->username));
    else
        json_object_foreach(asking->fields, key, value)
            if (json_object_get(names, key))
                json_object_set(data, key, value);
    rc = answer_no(call, "item-already-exists", data);
    json_decref(data);
    return rc;
}

enum pryv_rc rows_validate(struct pryv_call *call, struct pryv_err *err)
{
    struct asking asking = { .username = PRYV_STR_NONE };
    bool good, taken;
    enum pryv_rc rc = read_request(call, &asking, err);

    if (rc != PRYV_OK || (rc = check_invitation(call, &good, err)) != PRYV_OK)
        return rc;
    if (!good)
        return answer_no(call, "invitationToken-invalid", NULL);
    if ((rc = name_is_taken(&asking, &taken, err)) != PRYV_OK)
        return rc;
    if (taken)
        return answer_taken(call, &asking, NULL);
    rc = reserve_all(&asking, call->now + (double) admin_self()->config->reservation_seconds, err);
    if (rc == PRYV_CONFLICT)
        return answer_taken(call, &asking, err->data);
    return rc == PRYV_OK
               ? pryv_reply_send(call->request, 200, "application/json; charset=utf-8", PRYV_STR("{\"reservation\":true}"))
               : rc;
}

/* ---- Registration ------------------------------------------------------------------------------------------- */

enum pryv_rc reservation_give_up(void *self PRYV_UNUSED, struct pryv_call *call, struct pryv_err *err)
{
    const struct admin *admin = admin_self();
    struct asking asking = asking_of(call->arena, pryv_json_member_text(call->params, "username"));
    json_t *fields;
    double expires;
    enum pryv_rc rc = asking.username.len ? read_kept(&asking, &fields, &expires, err) : PRYV_NOT_FOUND;

    if (rc == PRYV_OK)
        rc = admin->platform->release(admin->platform_self, asking.ticket, err);
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

/* A registration that failed leaves the name to the one for whom it was kept. */
void reservation_settle(void *self PRYV_UNUSED, struct pryv_call *call, const struct pryv_err *failure)
{
    const struct admin *admin = admin_self();
    struct asking asking = asking_of(call->arena, pryv_json_member_text(call->params, "username"));
    struct pryv_err err = PRYV_ERR(call->arena);
    json_t *fields;
    double expires;
    enum pryv_rc rc = asking.username.len ? read_kept(&asking, &fields, &expires, &err) : PRYV_NOT_FOUND;

    if (rc == PRYV_OK)
        rc = failure ? reserve(&asking, fields, expires, &err)
                     : admin->platform->value_delete(admin->platform_self, asking.row_key, &err);
    if (rc != PRYV_OK && rc != PRYV_NOT_FOUND && rc != PRYV_CONFLICT)
        pryv_log_warn(ADMIN_LOG, "the reservation of a name stays until it lapses: %s", err.message ? err.message : "");
}
