/* platform_names.c - who has which name and which unique field: registration in two steps, and the end of a user. */
#include "platform_rows.h"
#include <pryv/crypto.h>

/* ---- Registration ---------------------------------------------------------------------------- */

struct registration {
    struct pryv_str ticket, username, core_id;
    const struct pryv_field_value *fields;
    size_t count;
    double expires;
};

static enum pryv_rc has_owner(void *session, struct pryv_str field, struct pryv_str value, struct pryv_err *err)
{
    struct unique_row owner;
    struct version version;
    bool there;
    int found = name_owner(session, err->arena, field, value, &version, &there, &owner, err);

    return found < 0 ? (enum pryv_rc) found : found > 0 ? PRYV_OK : PRYV_NOT_FOUND;
}

static enum pryv_rc reserve(struct pryv_session *s, void *registration_, struct pryv_err *err)
{
    const struct registration *registration = registration_;
    struct unique_row row = { PRYV_STR("username"), registration->username, registration->username, registration->ticket,
                              registration->expires };
    enum pryv_rc rc =
        pryv_platform_all_free(registration->username, registration->fields, registration->count, has_owner, s, err);

    if (rc == PRYV_OK)
        rc = name_replace(s, &row, err);
    for (size_t i = 0; rc == PRYV_OK && i < registration->count; i++) {
        if (!registration->fields[i].unique)
            continue;
        row.field = registration->fields[i].field;
        row.value = registration->fields[i].value;
        rc = name_replace(s, &row, err);
    }
    return rc;
}

static enum pryv_rc platform_reserve(void *self, struct pryv_str ticket, struct pryv_str username,
                                     const struct pryv_field_value *fields, size_t count, double expires, struct pryv_err *err)
{
    struct engine *engine = self;

    return session_run(engine, &engine->platform, reserve,
                       &(struct registration){ ticket, username, PRYV_STR_NONE, fields, count, expires }, err);
}

/* Makes what a reservation holds the user's for good, and tells whose name it is. */
static enum pryv_rc keep_reserved(struct pryv_session *s, const struct pryv_rows *versions, struct pryv_str *username,
                                  struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < versions->count; i++) {
        const struct version *version = (struct version *) versions->items + i;
        struct unique_row row;

        document_read_row(version->document, &unique_kind, &row);
        if (pryv_str_equal(row.field, "username") && row.expires > pryv_now())
            *username = row.username;
        row.ticket = PRYV_STR_NONE;
        row.expires = PRYV_ABSENT;
        rc = name_put(s, &row, version, err);
    }
    return rc;
}

static enum pryv_rc confirm(struct pryv_session *s, void *registration_, struct pryv_err *err)
{
    const struct registration *registration = registration_;
    struct pryv_rows versions = PRYV_ROWS(err->arena, struct version);
    struct pryv_str username = PRYV_STR_NONE;
    enum pryv_rc rc = session_list(s, &unique_kind, names_of_ticket(err->arena, registration->ticket), &versions, err);

    if (rc == PRYV_OK)
        rc = keep_reserved(s, &versions, &username, err);
    if (rc == PRYV_OK && !username.data)
        return pryv_fail(err, PRYV_NOT_FOUND, "the reservation has expired");
    for (size_t i = 0; rc == PRYV_OK && i < registration->count; i++)
        if (!registration->fields[i].unique)
            rc = indexed_put(s, &(struct indexed_row){ username, registration->fields[i].field, registration->fields[i].value },
                             err);
    return rc == PRYV_OK ? core_put(s, &(struct core_row){ username, registration->core_id, true }, err) : rc;
}

static enum pryv_rc platform_confirm(void *self, struct pryv_str ticket, const struct pryv_field_value *fields, size_t count,
                                     struct pryv_str core_id, struct pryv_err *err)
{
    struct engine *engine = self;

    return session_run(engine, &engine->platform, confirm,
                       &(struct registration){ ticket, PRYV_STR_NONE, core_id, fields, count, PRYV_ABSENT }, err);
}

static enum pryv_rc release(struct pryv_session *s, void *ticket_, struct pryv_err *err)
{
    const struct pryv_str *ticket = ticket_;
    struct pryv_rows versions = PRYV_ROWS(err->arena, struct version);
    enum pryv_rc rc = session_list(s, &unique_kind, names_of_ticket(err->arena, *ticket), &versions, err);

    return rc == PRYV_OK ? session_remove_all(s, &unique_kind, &versions, err) : rc;
}

static enum pryv_rc platform_release(void *self, struct pryv_str ticket, struct pryv_err *err)
{
    struct engine *engine = self;

    return session_run(engine, &engine->platform, release, &ticket, err);
}

/* ---- Deleting -------------------------------------------------------------------------------- */

static enum pryv_rc remove_core(struct pryv_session *s, struct pryv_str name, struct pryv_err *err)
{
    struct version before;
    int there = session_get(s, &core_kind, err->arena, name, &before, err);

    return there > 0 ? session_remove(s, &core_kind, &before, err) : (enum pryv_rc) there;
}

static enum pryv_rc delete_user(struct pryv_session *s, void *username_, struct pryv_err *err)
{
    const struct pryv_str *username = username_;
    struct pryv_str key = names_of_user(err->arena, *username);
    struct pryv_rows unique = PRYV_ROWS(err->arena, struct version), indexed = PRYV_ROWS(err->arena, struct version);
    enum pryv_rc rc = session_list(s, &unique_kind, key, &unique, err);

    if (rc == PRYV_OK)
        rc = session_list(s, &indexed_kind, key, &indexed, err);
    if (rc == PRYV_OK)
        rc = remove_core(s, *username, err);
    for (size_t i = 0; rc == PRYV_OK && i < unique.count; i++) {
        struct unique_row row;

        document_read_row(((struct version *) unique.items)[i].document, &unique_kind, &row);
        if (pryv_str_equal(row.field, "username"))
            rc = remove_core(s, row.value, err);
    }
    if (rc == PRYV_OK)
        rc = session_remove_all(s, &unique_kind, &unique, err);
    return rc == PRYV_OK ? session_remove_all(s, &indexed_kind, &indexed, err) : rc;
}

static enum pryv_rc platform_user_delete(void *self, struct pryv_str username, struct pryv_err *err)
{
    struct engine *engine = self;

    return session_run(engine, &engine->platform, delete_user, &username, err);
}

void platform_names_offer(struct pryv_platform_ops *ops)
{
    ops->reserve = platform_reserve;
    ops->confirm = platform_confirm;
    ops->release = platform_release;
    ops->user_delete = platform_user_delete;
}
