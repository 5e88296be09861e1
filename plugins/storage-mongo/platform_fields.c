/* platform_fields.c - what the platform knows of a user who is registered: its fields, and where it lives. */
#include "platform_rows.h"
#include "text_order.h"
#include <stdlib.h>

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

    int found = name_owner(&s, mem, field, value, &version, &there, &row, err);

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
    int found = name_owner(s, err->arena, move->field, move->to, &before, &there, &owner, err);

    if (found < 0)
        return (enum pryv_rc) found;
    if (found && !pryv_str_is(owner.username, move->username))
        return pryv_conflict(err, pryv_cstr(err->arena, move->field), "the value is another user's");
    return name_put(s, &row, there ? &before : NULL, err);
}

static enum pryv_rc give_value(struct pryv_session *s, const struct move *move, struct pryv_err *err)
{
    struct unique_row owner;
    struct version before;
    bool there;
    int found = name_owner(s, err->arena, move->field, move->from, &before, &there, &owner, err);

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
    return indexed_put(s, row, err);
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
    struct pryv_str key = names_of_user(err->arena, username);
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

void platform_fields_offer(struct pryv_platform_ops *ops)
{
    ops->unique_owner = platform_unique_owner;
    ops->unique_move = platform_unique_move;
    ops->indexed_set = platform_indexed_set;
    ops->user_fields = platform_user_fields;
    ops->user_core = platform_user_core;
}
