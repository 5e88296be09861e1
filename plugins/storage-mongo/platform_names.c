/* platform_names.c - who has which name and which unique field, registration in two steps, and where users live. */
#include "engine.h"
#include "text_order.h"
#include <pryv/crypto.h>
#include <stdlib.h>

/* ---- Unique fields --------------------------------------------------------------------------- */

static struct pryv_str unique_id(struct pryv_arena *mem, struct pryv_str field, struct pryv_str value)
{
    return two_texts(mem, "", field, value);
}

static struct pryv_str user_key(struct pryv_arena *mem, struct pryv_str username)
{
    return key_of(mem, "user:", username);
}

static struct pryv_str ticket_key(struct pryv_arena *mem, struct pryv_str ticket)
{
    return key_of(mem, "ticket:", ticket);
}

/* 1: somebody has the value; 0: nobody, though `*there` tells whether a row is, of a reservation that has expired. */
static int find_owner(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str field, struct pryv_str value,
                      struct version *version, bool *there, struct unique_row *out, struct pryv_err *err)
{
    int found = session_get(s, &unique_kind, mem, unique_id(err->arena, field, value), version, err);

    *there = found > 0;
    if (found <= 0)
        return found;
    document_read_row(version->document, &unique_kind, out);
    return !out->ticket.data || out->expires > pryv_now();
}

static enum pryv_rc put_field(struct pryv_session *s, const struct unique_row *row, const struct version *before,
                              struct pryv_err *err)
{
    const struct pryv_str keys[] = { user_key(err->arena, row->username), ticket_key(err->arena, row->ticket) };

    return session_put_row(s, &unique_kind, unique_id(err->arena, row->field, row->value), keys, row->ticket.data ? 2 : 1, row,
                           before, err);
}

/* Whoever may have had it before: that was looked at by the caller. */
static enum pryv_rc replace_field(struct pryv_session *s, const struct unique_row *row, struct pryv_err *err)
{
    struct unique_row other;
    struct version before;
    bool there;
    int found = find_owner(s, err->arena, row->field, row->value, &before, &there, &other, err);

    return found < 0 ? (enum pryv_rc) found : put_field(s, row, there ? &before : NULL, err);
}

static enum pryv_rc list_unique(struct pryv_session *s, struct pryv_str key, struct pryv_rows *versions, struct pryv_err *err)
{
    return session_list(s, &unique_kind, key, versions, err);
}

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
    int found = find_owner(session, err->arena, field, value, &version, &there, &owner, err);

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
        rc = replace_field(s, &row, err);
    for (size_t i = 0; rc == PRYV_OK && i < registration->count; i++) {
        if (!registration->fields[i].unique)
            continue;
        row.field = registration->fields[i].field;
        row.value = registration->fields[i].value;
        rc = replace_field(s, &row, err);
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

static enum pryv_rc set_indexed(struct pryv_session *s, const struct indexed_row *row, struct pryv_err *err)
{
    struct pryv_str id = two_texts(err->arena, "", row->username, row->field), key = user_key(err->arena, row->username);
    struct version before;
    int there = session_get(s, &indexed_kind, err->arena, id, &before, err);

    if (there < 0)
        return (enum pryv_rc) there;
    if (row->value.data)
        return session_put_row(s, &indexed_kind, id, &key, 1, row, there ? &before : NULL, err);
    return there ? session_remove(s, &indexed_kind, &before, err) : PRYV_OK;
}

static enum pryv_rc set_core(struct pryv_session *s, const struct core_row *row, struct pryv_err *err)
{
    struct pryv_str key = key_of(err->arena, "core:", row->core_id);
    struct version before;
    int there = session_get(s, &core_kind, err->arena, row->id, &before, err);

    if (there < 0)
        return (enum pryv_rc) there;
    return session_put_row(s, &core_kind, row->id, &key, 1, row, there ? &before : NULL, err);
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
        rc = put_field(s, &row, version, err);
    }
    return rc;
}

static enum pryv_rc confirm(struct pryv_session *s, void *registration_, struct pryv_err *err)
{
    const struct registration *registration = registration_;
    struct pryv_rows versions = PRYV_ROWS(err->arena, struct version);
    struct pryv_str username = PRYV_STR_NONE;
    enum pryv_rc rc = list_unique(s, ticket_key(err->arena, registration->ticket), &versions, err);

    if (rc == PRYV_OK)
        rc = keep_reserved(s, &versions, &username, err);
    if (rc == PRYV_OK && !username.data)
        return pryv_fail(err, PRYV_NOT_FOUND, "the reservation has expired");
    for (size_t i = 0; rc == PRYV_OK && i < registration->count; i++)
        if (!registration->fields[i].unique)
            rc = set_indexed(s, &(struct indexed_row){ username, registration->fields[i].field, registration->fields[i].value },
                             err);
    return rc == PRYV_OK ? set_core(s, &(struct core_row){ username, registration->core_id, true }, err) : rc;
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
    enum pryv_rc rc = list_unique(s, ticket_key(err->arena, *ticket), &versions, err);

    return rc == PRYV_OK ? session_remove_all(s, &unique_kind, &versions, err) : rc;
}

static enum pryv_rc platform_release(void *self, struct pryv_str ticket, struct pryv_err *err)
{
    struct engine *engine = self;

    return session_run(engine, &engine->platform, release, &ticket, err);
}

/* ---- Fields, later --------------------------------------------------------------------------- */

static enum pryv_rc platform_unique_owner(void *self, struct pryv_arena *mem, struct pryv_str field, struct pryv_str value,
                                          bool strong PRYV_UNUSED, struct pryv_str *username, struct pryv_err *err)
{
    struct engine *engine = self;
    struct unique_row row;
    struct version version;
    struct pryv_session s;
    bool there;
    enum pryv_rc rc = session_begin(&s, engine, &engine->platform, PRYV_READ, false, err);

    if (rc != PRYV_OK)
        return rc;

    int found = find_owner(&s, mem, field, value, &version, &there, &row, err);

    session_end(&s);
    if (found == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "nobody has this value");
    if (found < 0)
        return (enum pryv_rc) found;
    *username = row.username;
    return PRYV_OK;
}

struct move {
    struct pryv_str username, field, from, to;
};

static enum pryv_rc take_value(struct pryv_session *s, const struct move *move, struct pryv_err *err)
{
    const struct unique_row row = { move->field, move->to, move->username, PRYV_STR_NONE, PRYV_ABSENT };
    struct unique_row owner;
    struct version before;
    bool there;
    int found = find_owner(s, err->arena, move->field, move->to, &before, &there, &owner, err);

    if (found < 0)
        return (enum pryv_rc) found;
    if (found && !pryv_str_is(owner.username, move->username))
        return pryv_conflict(err, pryv_cstr(err->arena, move->field), "the value is another user's");
    return put_field(s, &row, there ? &before : NULL, err);
}

static enum pryv_rc give_value(struct pryv_session *s, const struct move *move, struct pryv_err *err)
{
    struct unique_row owner;
    struct version before;
    bool there;
    int found = find_owner(s, err->arena, move->field, move->from, &before, &there, &owner, err);

    if (found < 0)
        return (enum pryv_rc) found;
    return there && pryv_str_is(owner.username, move->username) ? session_remove(s, &unique_kind, &before, err) : PRYV_OK;
}

static enum pryv_rc move_value(struct pryv_session *s, void *move_, struct pryv_err *err)
{
    const struct move *move = move_;
    enum pryv_rc rc = move->to.data ? take_value(s, move, err) : PRYV_OK;

    if (rc == PRYV_OK && move->from.data && !(move->to.data && pryv_str_is(move->from, move->to)))
        rc = give_value(s, move, err);
    return rc;
}

static enum pryv_rc platform_unique_move(void *self, struct pryv_str username, struct pryv_str field, struct pryv_str from,
                                         struct pryv_str to, struct pryv_err *err)
{
    struct engine *engine = self;

    return session_run(engine, &engine->platform, move_value, &(struct move){ username, field, from, to }, err);
}

static enum pryv_rc set_one_indexed(struct pryv_session *s, void *row, struct pryv_err *err)
{
    return set_indexed(s, row, err);
}

static enum pryv_rc platform_indexed_set(void *self, struct pryv_str username, struct pryv_str field, struct pryv_str value,
                                         struct pryv_err *err)
{
    struct engine *engine = self;

    return session_run(engine, &engine->platform, set_one_indexed, &(struct indexed_row){ username, field, value }, err);
}

/* By field; a unique one before an indexed one; by value. */
static int by_field(const void *a_, const void *b_)
{
    const struct pryv_field_value *a = a_, *b = b_;
    int order = compare_texts(a->field, b->field);

    if (order == 0)
        order = (int) b->unique - (int) a->unique;
    return order ? order : compare_texts(a->value, b->value);
}

static enum pryv_rc read_fields(struct pryv_session *s, struct pryv_str username, struct pryv_rows *out, struct pryv_err *err)
{
    struct pryv_rows unique = PRYV_ROWS(out->mem, struct unique_row), indexed = PRYV_ROWS(out->mem, struct indexed_row);
    struct pryv_str key = user_key(err->arena, username);
    enum pryv_rc rc = session_rows(s, &unique_kind, key, &unique, err);

    if (rc == PRYV_OK)
        rc = session_rows(s, &indexed_kind, key, &indexed, err);
    if (rc != PRYV_OK)
        return rc;
    for (size_t i = 0; i < unique.count; i++) {
        const struct unique_row *row = (struct unique_row *) unique.items + i;
        bool former_name = pryv_str_equal(row->field, "username") && !pryv_str_is(row->value, username);

        if (!row->ticket.data && !former_name)
            *(struct pryv_field_value *) pryv_rows_add(out) = (struct pryv_field_value){ row->field, row->value, true };
    }
    for (size_t i = 0; i < indexed.count; i++) {
        const struct indexed_row *row = (struct indexed_row *) indexed.items + i;

        *(struct pryv_field_value *) pryv_rows_add(out) = (struct pryv_field_value){ row->field, row->value, false };
    }
    qsort(out->items, out->count, out->size, by_field);
    return PRYV_OK;
}

static enum pryv_rc platform_user_fields(void *self, struct pryv_arena *mem, struct pryv_str username,
                                         struct pryv_field_value **out, size_t *count, struct pryv_err *err)
{
    struct engine *engine = self;
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_field_value);
    struct pryv_session s;
    enum pryv_rc rc = session_begin(&s, engine, &engine->platform, PRYV_READ, false, err);

    if (rc != PRYV_OK)
        return rc;
    rc = read_fields(&s, username, &rows, err);
    session_end(&s);
    if (rc != PRYV_OK)
        return rc;
    *out = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

static enum pryv_rc platform_user_core(void *self, struct pryv_arena *mem, struct pryv_str username, bool strong PRYV_UNUSED,
                                       struct pryv_str *core_id, struct pryv_err *err)
{
    struct engine *engine = self;
    struct version found;
    struct pryv_session s;
    enum pryv_rc rc = session_begin(&s, engine, &engine->platform, PRYV_READ, false, err);

    if (rc != PRYV_OK)
        return rc;

    int there = session_get(&s, &core_kind, mem, username, &found, err);

    session_end(&s);
    if (there == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "no core is known for this user");
    if (there < 0)
        return (enum pryv_rc) there;
    *core_id = document_text(found.document, "coreId");
    return PRYV_OK;
}

/* ---- Another name ---------------------------------------------------------------------------- */

static enum pryv_rc owner_of_name(struct pryv_session *s, struct pryv_str name, struct pryv_str *owner, struct pryv_err *err)
{
    struct unique_row row;
    struct version version;
    bool there;
    int found = find_owner(s, err->arena, PRYV_STR("username"), name, &version, &there, &row, err);

    *owner = found > 0 ? row.username : PRYV_STR_NONE;
    return found < 0 ? (enum pryv_rc) found : PRYV_OK;
}

/* Who has the two names decides. `*done`: the user was called so before; else PRYV_OK, CONFLICT or NOT_FOUND. */
static enum pryv_rc check_names(struct pryv_session *s, const struct move *move, bool *done, struct pryv_err *err)
{
    struct pryv_str of_from = PRYV_STR_NONE, of_to = PRYV_STR_NONE;
    enum pryv_rc rc = owner_of_name(s, move->from, &of_from, err);

    if (rc == PRYV_OK)
        rc = owner_of_name(s, move->to, &of_to, err);
    if (rc != PRYV_OK)
        return rc;
    *done = of_to.data && pryv_str_is(of_to, move->to) && pryv_str_is(of_from, move->to);
    if (*done)
        return PRYV_OK;
    if (!of_from.data)
        return pryv_fail(err, PRYV_NOT_FOUND, "nobody is called so");
    if (of_to.data && !pryv_str_is(of_to, move->from))
        return pryv_conflict(err, "username", "another user has this name");
    return pryv_str_is(of_from, move->from) ? PRYV_OK : pryv_fail(err, PRYV_NOT_FOUND, "nobody is called so any more");
}

static enum pryv_rc rename_unique(struct pryv_session *s, const struct move *move, struct pryv_err *err)
{
    const struct unique_row name = { PRYV_STR("username"), move->to, move->to, PRYV_STR_NONE, PRYV_ABSENT };
    struct pryv_rows versions = PRYV_ROWS(err->arena, struct version);
    enum pryv_rc rc = list_unique(s, user_key(err->arena, move->from), &versions, err);

    for (size_t i = 0; rc == PRYV_OK && i < versions.count; i++) {
        const struct version *version = (struct version *) versions.items + i;
        struct unique_row row;

        document_read_row(version->document, &unique_kind, &row);
        row.username = move->to;
        if (!row.ticket.data)
            rc = put_field(s, &row, version, err);
    }
    return rc == PRYV_OK ? replace_field(s, &name, err) : rc;
}

static enum pryv_rc rename_indexed(struct pryv_session *s, const struct move *move, struct pryv_err *err)
{
    struct pryv_rows rows = PRYV_ROWS(err->arena, struct indexed_row);
    enum pryv_rc rc = session_rows(s, &indexed_kind, user_key(err->arena, move->from), &rows, err);

    for (size_t i = 0; rc == PRYV_OK && i < rows.count; i++) {
        const struct indexed_row *row = (struct indexed_row *) rows.items + i;

        rc = set_indexed(s, &(struct indexed_row){ move->to, row->field, row->value }, err);
        if (rc == PRYV_OK)
            rc = set_indexed(s, &(struct indexed_row){ move->from, row->field, PRYV_STR_NONE }, err);
    }
    return rc;
}

static enum pryv_rc rename_core(struct pryv_session *s, const struct move *move, struct pryv_err *err)
{
    struct core_row row;
    struct version found;
    int there = session_get(s, &core_kind, err->arena, move->from, &found, err);
    enum pryv_rc rc;

    if (there <= 0)
        return (enum pryv_rc) there;
    document_read_row(found.document, &core_kind, &row);
    row.present = false;
    if ((rc = set_core(s, &row, err)) != PRYV_OK)
        return rc;
    return set_core(s, &(struct core_row){ move->to, row.core_id, true }, err);
}

static enum pryv_rc rename_user(struct pryv_session *s, void *move_, struct pryv_err *err)
{
    const struct move *move = move_;
    bool done = false;
    enum pryv_rc rc = check_names(s, move, &done, err);

    if (rc != PRYV_OK || done || pryv_str_is(move->from, move->to))
        return rc;
    if ((rc = rename_unique(s, move, err)) == PRYV_OK)
        rc = rename_indexed(s, move, err);
    return rc == PRYV_OK ? rename_core(s, move, err) : rc;
}

static enum pryv_rc platform_user_rename(void *self, struct pryv_str from, struct pryv_str to, struct pryv_err *err)
{
    struct engine *engine = self;

    return session_run(engine, &engine->platform, rename_user, &(struct move){ .from = from, .to = to }, err);
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
    struct pryv_str key = user_key(err->arena, *username);
    struct pryv_rows unique = PRYV_ROWS(err->arena, struct version), indexed = PRYV_ROWS(err->arena, struct version);
    enum pryv_rc rc = list_unique(s, key, &unique, err);

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
    ops->unique_owner = platform_unique_owner;
    ops->unique_move = platform_unique_move;
    ops->indexed_set = platform_indexed_set;
    ops->user_fields = platform_user_fields;
    ops->user_core = platform_user_core;
    ops->user_delete = platform_user_delete;
    ops->user_rename = platform_user_rename;
}
