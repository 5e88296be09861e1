/* copy_account.c - account fields with their history, passwords, values by scope and key. */
#include "copy_kinds.h"

/* ---- Fields ---- */
#define S struct pryv_account_field
static const struct member field_members[] = { TEXT(S, field, "field"), TEXT(S, value_json, "value"), NUMBER(S, time, "time"),
                                               TEXT(S, created_by, "createdBy"), MEMBERS_END };
#undef S

static int by_field(const void *a_, const void *b_)
{
    const struct pryv_account_field *a = a_, *b = b_;
    int order = order_texts(a->field, b->field);

    return order ? order : order_numbers(a->time, b->time);
}

static struct pryv_str field_label(struct pryv_arena *mem, const void *row_)
{
    const struct pryv_account_field *row = row_;

    return pryv_format(mem, "%.*s of %.17g", PRYV_STR_ARG(row->field), row->time);
}

static enum pryv_rc list_fields(struct reader *reader, struct pryv_account_field **all, size_t *count, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = reader->side->storage;
    struct pryv_account_field *latest, **histories;
    size_t field_count, *counts;
    enum pryv_rc rc = storage->account_all(reader->session, reader->page, &latest, &field_count, err);

    if (rc != PRYV_OK)
        return rc;
    histories = pryv_new_array(reader->page, struct pryv_account_field *, field_count);
    counts = pryv_new_array(reader->page, size_t, field_count);
    *count = 0;
    for (size_t i = 0; i < field_count; i++) {
        rc = storage->account_history(reader->session, reader->page, latest[i].field, &histories[i], &counts[i], err);
        if (rc != PRYV_OK)
            return rc;
        *count += counts[i];
    }
    *all = pryv_new_array(reader->page, struct pryv_account_field, *count);
    for (size_t i = 0, n = 0; i < field_count; n += counts[i++])
        if (counts[i])
            memcpy(*all + n, histories[i], counts[i] * sizeof(**all));
    return PRYV_OK;
}

static int more_fields(struct reader *reader, struct pryv_err *err)
{
    struct pryv_account_field *all;
    size_t count;
    enum pryv_rc rc = reader->started ? PRYV_OK : list_fields(reader, &all, &count, err);

    return reader->started || rc != PRYV_OK ? (int) rc : reader_set_sorted(reader, all, count);
}

static enum pryv_rc insert_field(const struct side *side, struct pryv_session *session, const void *row, struct pryv_err *err)
{
    return side->storage->account_set(session, row, err);
}

const struct kind field_kind = { .name = "account fields",
                                 .size = sizeof(struct pryv_account_field),
                                 .members = field_members,
                                 .order = by_field,
                                 .label = field_label,
                                 .more = more_fields,
                                 .insert = insert_field };

/* ---- Passwords ---- */
#define S struct pryv_password_row
static const struct member password_members[] = { NUMBER(S, time, "time"), TEXT(S, hash, "hash"),
                                                  TEXT(S, created_by, "createdBy"), MEMBERS_END };
#undef S

static int by_time_of_password(const void *a_, const void *b_)
{
    const struct pryv_password_row *a = a_, *b = b_;

    return order_numbers(a->time, b->time);
}

static struct pryv_str password_label(struct pryv_arena *mem, const void *row)
{
    return pryv_format(mem, "of %.17g", ((const struct pryv_password_row *) row)->time);
}

ONE_LIST(more_passwords, struct pryv_password_row, passwords(reader->session, reader->page, SIZE_MAX, &all, &count, err))

static enum pryv_rc insert_password(const struct side *side, struct pryv_session *session, const void *row, struct pryv_err *err)
{
    return side->storage->password_add(session, row, err);
}

const struct kind password_kind = { .name = "passwords",
                                    .size = sizeof(struct pryv_password_row),
                                    .members = password_members,
                                    .order = by_time_of_password,
                                    .label = password_label,
                                    .more = more_passwords,
                                    .insert = insert_password };

/* ---- Values: profiles, key-values of stores, aliases of accesses ---- */
#define S struct value_row
static const struct member value_members[] = { TEXT(S, scope, "scope"), TEXT(S, key, "key"), TEXT(S, value_json, "value"),
                                               MEMBERS_END };
#undef S

static int by_key(const void *a_, const void *b_)
{
    const struct value_row *a = a_, *b = b_;
    int order = order_texts(a->scope, b->scope);

    return order ? order : order_texts(a->key, b->key);
}

static struct pryv_str value_label(struct pryv_arena *mem, const void *row_)
{
    const struct value_row *row = row_;

    return pryv_format(mem, "%.*s %.*s", PRYV_STR_ARG(row->scope), PRYV_STR_ARG(row->key));
}

static int more_values(struct reader *reader, struct pryv_err *err)
{
    struct pryv_str scope, *keys, *values;
    struct value_row *rows;
    size_t count;
    int more = reader_next_name(reader, reader->side->storage->value_scopes, &scope, err);

    if (more > 0 && pryv_str_is(scope, COPY_SCOPE))
        more = reader_next_name(reader, reader->side->storage->value_scopes, &scope, err);
    if (more <= 0)
        return more;

    enum pryv_rc rc = reader->side->storage->value_all(reader->session, reader->page, scope, &keys, &values, &count, err);

    if (rc != PRYV_OK)
        return (int) rc;
    rows = pryv_new_array(reader->page, struct value_row, count);
    for (size_t i = 0; i < count; i++)
        rows[i] = (struct value_row){ scope, keys[i], values[i] };
    return reader_set_sorted(reader, rows, count);
}

static enum pryv_rc insert_value(const struct side *side, struct pryv_session *session, const void *row_, struct pryv_err *err)
{
    const struct value_row *row = row_;

    return side->storage->value_set(session, row->scope, row->key, row->value_json, err);
}

const struct kind value_kind = { .name = "values",
                                 .size = sizeof(struct value_row),
                                 .members = value_members,
                                 .order = by_key,
                                 .label = value_label,
                                 .more = more_values,
                                 .insert = insert_value };
