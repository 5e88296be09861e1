/* account.c - passwords and account fields, with their history. */
#include "engine.h"
#include "text_order.h"
#include <stdlib.h>

/* A time as a text; 0 and -0 are the same. */
static struct pryv_str time_text(struct pryv_arena *mem, double time)
{
    return pryv_format(mem, "%.17g", time + 0.0);
}

/* ---- Passwords ------------------------------------------------------------------------------- */

static enum pryv_rc password_add(struct pryv_session *s, const struct pryv_password_row *row, struct pryv_err *err)
{
    struct pryv_str id = time_text(err->arena, row->time);
    struct version before;
    int there = session_get(s, &password_kind, err->arena, id, &before, err);

    if (there > 0)
        return session_failed(s, pryv_conflict(err, "time", "there is a password of this time"));
    return there < 0 ? (enum pryv_rc) there : session_put_row(s, &password_kind, id, NULL, 0, row, NULL, err);
}

static int newest_password(const void *a_, const void *b_)
{
    const struct pryv_password_row *a = a_, *b = b_;

    return (a->time < b->time) - (a->time > b->time);
}

static enum pryv_rc mongo_passwords(struct pryv_session *s, struct pryv_arena *mem, size_t limit, struct pryv_password_row **out,
                                    size_t *count, struct pryv_err *err)
{
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_password_row);
    enum pryv_rc rc = session_rows(s, &password_kind, PRYV_STR_NONE, &rows, err);

    if (rc != PRYV_OK)
        return rc;
    qsort(rows.items, rows.count, rows.size, newest_password);
    *out = rows.items;
    *count = rows.count < limit ? rows.count : limit;
    return PRYV_OK;
}

static enum pryv_rc password_replace(struct pryv_session *s, double time, struct pryv_str hash, struct pryv_err *err)
{
    struct pryv_str id = time_text(err->arena, time);
    struct pryv_password_row row;
    struct version before;
    int there = session_get(s, &password_kind, err->arena, id, &before, err);

    if (there == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "no password of this time");
    if (there < 0)
        return (enum pryv_rc) there;
    document_read_row(before.document, &password_kind, &row);
    row.hash = hash;
    return session_put_row(s, &password_kind, id, NULL, 0, &row, &before, err);
}

/* ---- Fields ---------------------------------------------------------------------------------- */

static enum pryv_rc account_set(struct pryv_session *s, const struct pryv_account_field *row, struct pryv_err *err)
{
    struct pryv_str id = two_texts(err->arena, "", row->field, time_text(err->arena, row->time));
    struct pryv_str key = key_of(err->arena, "field:", row->field);
    struct version before;
    int there = session_get(s, &account_field_kind, err->arena, id, &before, err);

    if (there < 0)
        return (enum pryv_rc) there;
    return session_put_row(s, &account_field_kind, id, &key, 1, row, there ? &before : NULL, err);
}

/* By field; of each the newest first. */
static int newest_field(const void *a_, const void *b_)
{
    const struct pryv_account_field *a = a_, *b = b_;
    int order = compare_texts(a->field, b->field);

    return order ? order : (a->time < b->time) - (a->time > b->time);
}

static enum pryv_rc read_fields(struct pryv_session *s, struct pryv_str key, struct pryv_rows *rows, struct pryv_err *err)
{
    enum pryv_rc rc = session_rows(s, &account_field_kind, key, rows, err);

    if (rc == PRYV_OK)
        qsort(rows->items, rows->count, rows->size, newest_field);
    return rc;
}

static enum pryv_rc account_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_account_field **out, size_t *count,
                                struct pryv_err *err)
{
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_account_field);
    enum pryv_rc rc = read_fields(s, PRYV_STR_NONE, &rows, err);
    struct pryv_account_field *all = rows.items;
    size_t kept = 0;

    if (rc != PRYV_OK)
        return rc;
    for (size_t i = 0; i < rows.count; i++)
        if (kept == 0 || !pryv_str_is(all[kept - 1].field, all[i].field))
            all[kept++] = all[i];
    *out = all;
    *count = kept;
    return PRYV_OK;
}

static enum pryv_rc account_history(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str field,
                                    struct pryv_account_field **out, size_t *count, struct pryv_err *err)
{
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_account_field);
    enum pryv_rc rc = read_fields(s, key_of(err->arena, "field:", field), &rows, err);

    if (rc != PRYV_OK)
        return rc;
    *out = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

static enum pryv_rc account_delete(struct pryv_session *s, struct pryv_str field, struct pryv_err *err)
{
    struct pryv_rows versions = PRYV_ROWS(err->arena, struct version);
    enum pryv_rc rc = session_list(s, &account_field_kind, key_of(err->arena, "field:", field), &versions, err);

    return rc == PRYV_OK ? session_remove_all(s, &account_field_kind, &versions, err) : rc;
}

void account_offer(struct pryv_storage_ops *ops)
{
    ops->password_add = password_add;
    ops->passwords = mongo_passwords;
    ops->password_replace = password_replace;
    ops->account_set = account_set;
    ops->account_all = account_all;
    ops->account_history = account_history;
    ops->account_delete = account_delete;
}
