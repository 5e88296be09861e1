/* platform_rename.c - another name for a user, and the names that it had before and still answers to. */
#include "platform_rows.h"
#include "text_order.h"
#include <stdlib.h>

struct move {
    struct pryv_str from, to;
};

static enum pryv_rc owner_of_name(struct pryv_session *s, struct pryv_str name, struct pryv_str *owner, struct pryv_err *err)
{
    struct unique_row row;
    struct version version;
    bool there;
    int found = name_owner(s, err->arena, PRYV_STR("username"), name, &version, &there, &row, err);

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
    enum pryv_rc rc = session_list(s, &unique_kind, names_of_user(err->arena, move->from), &versions, err);

    for (size_t i = 0; rc == PRYV_OK && i < versions.count; i++) {
        const struct version *version = (struct version *) versions.items + i;
        struct unique_row row;

        document_read_row(version->document, &unique_kind, &row);
        row.username = move->to;
        if (!row.ticket.data)
            rc = name_put(s, &row, version, err);
    }
    return rc == PRYV_OK ? name_replace(s, &name, err) : rc;
}

static enum pryv_rc rename_indexed(struct pryv_session *s, const struct move *move, struct pryv_err *err)
{
    struct pryv_rows rows = PRYV_ROWS(err->arena, struct indexed_row);
    enum pryv_rc rc = session_rows(s, &indexed_kind, names_of_user(err->arena, move->from), &rows, err);

    for (size_t i = 0; rc == PRYV_OK && i < rows.count; i++) {
        const struct indexed_row *row = (struct indexed_row *) rows.items + i;

        rc = indexed_put(s, &(struct indexed_row){ move->to, row->field, row->value }, err);
        if (rc == PRYV_OK)
            rc = indexed_put(s, &(struct indexed_row){ move->from, row->field, PRYV_STR_NONE }, err);
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
    if ((rc = core_put(s, &row, err)) != PRYV_OK)
        return rc;
    return core_put(s, &(struct core_row){ move->to, row.core_id, true }, err);
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

    return session_run(engine, &engine->platform, rename_user, &(struct move){ from, to }, err);
}

/* ---- Former names --------------------------------------------------------------------------- */

static int by_bytes(const void *a, const void *b)
{
    return compare_texts(*(const struct pryv_str *) a, *(const struct pryv_str *) b);
}

static enum pryv_rc platform_former_names(void *self, struct pryv_arena *mem, struct pryv_str username, struct pryv_str **names,
                                          size_t *count, struct pryv_err *err)
{
    struct engine *engine = self;
    struct pryv_rows rows = PRYV_ROWS(mem, struct unique_row), found = PRYV_ROWS(mem, struct pryv_str);
    struct pryv_session s;
    enum pryv_rc rc = session_begin(&s, engine, &engine->platform, PRYV_READ, false, err);

    if (rc != PRYV_OK)
        return rc;
    rc = session_rows(&s, &unique_kind, names_of_user(err->arena, username), &rows, err);
    session_end(&s);
    if (rc != PRYV_OK)
        return rc;
    for (size_t i = 0; i < rows.count; i++) {
        const struct unique_row *row = (struct unique_row *) rows.items + i;

        if (pryv_str_equal(row->field, "username") && !pryv_str_is(row->value, username))
            *(struct pryv_str *) pryv_rows_add(&found) = row->value;
    }
    qsort(found.items, found.count, found.size, by_bytes);
    *names = found.items;
    *count = found.count;
    return PRYV_OK;
}

void platform_rename_offer(struct pryv_platform_ops *ops)
{
    ops->user_rename = platform_user_rename;
    ops->former_names = platform_former_names;
}
