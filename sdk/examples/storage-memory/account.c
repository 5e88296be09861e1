/* account.c - sessions, passwords, account fields, values, webhooks, chunks of series: what is found by its key alone. */
#include "storage.h"

/* ---- Signed-in sessions ----------------------------------------------------------------------- */

static struct pryv_str by_app(struct pryv_arena *mem, const struct pryv_session_row *row)
{
    return map_key(mem, SESSION_BY_APP, row->username, row->app_id, row->id);
}

static void remove_session(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id)
{
    const struct row *old = session_find(s, map_key(mem, SESSION_BY_ID, id));

    if (!old)
        return;
    session_remove(s, by_app(mem, &old->session));
    session_remove(s, map_key(mem, SESSION_BY_ID, id));
}

static enum pryv_rc session_put_row(struct pryv_session *s, const struct pryv_session_row *content, struct pryv_err *err)
{
    MUST(session_writes(s, err));
    remove_session(s, err->arena, content->id);

    struct row *row = row_new(SESSION, content);

    session_put(s, map_key(err->arena, SESSION_BY_ID, content->id), row);
    session_put(s, by_app(err->arena, content), row);
    row_release(row);
    return session_written(s);
}

static enum pryv_rc session_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, double now,
                                struct pryv_session_row *out, struct pryv_err *err)
{
    MUST(session_reads(s, err));

    const struct row *row = session_find(s, map_key(err->arena, SESSION_BY_ID, id));

    if (!row || row->session.expires <= now)
        return pryv_fail(err, PRYV_NOT_FOUND, "no such session");
    row_read(row, mem, out);
    return PRYV_OK;
}

static enum pryv_rc session_find_row(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str username,
                                     struct pryv_str app_id, double now, struct pryv_session_row *out, struct pryv_err *err)
{
    struct map_walk walk = { .map = s->map, .prefix = map_key(err->arena, SESSIONS_OF, username, app_id) };
    const struct row *row;

    MUST(session_reads(s, err));
    while ((row = map_step(&walk)) && row->session.expires <= now)
        ;
    if (!row)
        return pryv_fail(err, PRYV_NOT_FOUND, "no such session");
    row_read(row, mem, out);
    return PRYV_OK;
}

static enum pryv_rc session_delete(struct pryv_session *s, struct pryv_str id, struct pryv_err *err)
{
    MUST(session_writes(s, err));
    remove_session(s, err->arena, id);
    return session_written(s);
}

static enum pryv_rc sessions_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_session_row **out, size_t *count,
                                 struct pryv_err *err)
{
    MUST(session_reads(s, err));
    *out = session_list(s, mem, SESSION, (struct map_walk){ .prefix = all_of(SESSION_BY_ID) }, SIZE_MAX, count);
    return PRYV_OK;
}

/* ---- Rows with one key ------------------------------------------------------------------------ */

static void put(struct pryv_session *s, struct pryv_str key, enum row_kind kind, const void *content)
{
    struct row *row = row_new(kind, content);

    session_put(s, key, row);
    row_release(row);
}

static enum pryv_rc password_add(struct pryv_session *s, const struct pryv_password_row *row, struct pryv_err *err)
{
    struct pryv_str key = map_key(err->arena, PASSWORD_BY_TIME, row->time);

    MUST(session_writes(s, err));
    if (session_find(s, key))
        return pryv_conflict(err, "time", "a password was set at this time");
    put(s, key, PASSWORD, row);
    return session_written(s);
}

static enum pryv_rc passwords(struct pryv_session *s, struct pryv_arena *mem, size_t limit, struct pryv_password_row **out,
                              size_t *count, struct pryv_err *err)
{
    struct map_walk newest_first = { .prefix = all_of(PASSWORD_BY_TIME), .descending = true };

    MUST(session_reads(s, err));
    *out = session_list(s, mem, PASSWORD, newest_first, limit, count);
    return PRYV_OK;
}

static enum pryv_rc password_replace(struct pryv_session *s, double time, struct pryv_str hash, struct pryv_err *err)
{
    struct pryv_str key = map_key(err->arena, PASSWORD_BY_TIME, time);

    MUST(session_writes(s, err));

    const struct row *old = session_find(s, key);

    if (!old)
        return pryv_fail(err, PRYV_NOT_FOUND, "no password of that time");

    struct pryv_password_row row = old->password;

    row.hash = hash;
    put(s, key, PASSWORD, &row);
    return session_written(s);
}

static enum pryv_rc account_set(struct pryv_session *s, const struct pryv_account_field *row, struct pryv_err *err)
{
    MUST(session_writes(s, err));
    put(s, map_key(err->arena, ACCOUNT_BY_FIELD, row->field, row->time), ACCOUNT_FIELD, row);
    return session_written(s);
}

/* The last row of each field: the one before a row of another field. */
static enum pryv_rc account_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_account_field **out, size_t *count,
                                struct pryv_err *err)
{
    struct map_walk walk = { .prefix = all_of(ACCOUNT_BY_FIELD) };
    size_t all, n = 0;

    MUST(session_reads(s, err));

    struct pryv_account_field *rows = session_list(s, mem, ACCOUNT_FIELD, walk, SIZE_MAX, &all);

    for (size_t i = 0; i < all; i++)
        if (i + 1 == all || !pryv_str_is(rows[i].field, rows[i + 1].field))
            rows[n++] = rows[i];
    *out = rows;
    *count = n;
    return PRYV_OK;
}

static enum pryv_rc account_history(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str field,
                                    struct pryv_account_field **out, size_t *count, struct pryv_err *err)
{
    struct map_walk newest_first = { .prefix = map_key(err->arena, ACCOUNT_FIELDS_OF, field), .descending = true };

    MUST(session_reads(s, err));
    *out = session_list(s, mem, ACCOUNT_FIELD, newest_first, SIZE_MAX, count);
    return PRYV_OK;
}

static enum pryv_rc account_delete(struct pryv_session *s, struct pryv_str field, struct pryv_err *err)
{
    struct pryv_account_field *rows;
    size_t count;

    MUST(account_history(s, err->arena, field, &rows, &count, err));
    MUST(session_writes(s, err));
    for (size_t i = 0; i < count; i++)
        session_remove(s, map_key(err->arena, ACCOUNT_BY_FIELD, field, rows[i].time));
    return session_written(s);
}

static enum pryv_rc value_set(struct pryv_session *s, struct pryv_str scope, struct pryv_str key, struct pryv_str value_json,
                              struct pryv_err *err)
{
    struct pryv_str at = map_key(err->arena, VALUE_BY_KEY, scope, key);

    MUST(session_writes(s, err));
    if (value_json.data)
        put(s, at, VALUE, &(struct value){ .key = key, .text = value_json, .expires = PRYV_ABSENT });
    else
        session_remove(s, at);
    return session_written(s);
}

static enum pryv_rc value_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str scope, struct pryv_str key,
                              struct pryv_str *value_json, struct pryv_err *err)
{
    MUST(session_reads(s, err));

    const struct row *row = session_find(s, map_key(err->arena, VALUE_BY_KEY, scope, key));

    if (!row)
        return pryv_fail(err, PRYV_NOT_FOUND, "no value %.*s", PRYV_STR_ARG(key));
    *value_json = pryv_str_copy(mem, row->value.text);
    return PRYV_OK;
}

static enum pryv_rc value_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str scope, struct pryv_str **keys,
                              struct pryv_str **values_json, size_t *count, struct pryv_err *err)
{
    struct map_walk walk = { .prefix = map_key(err->arena, VALUES_OF, scope) };

    MUST(session_reads(s, err));
    list_values(s, mem, walk, SIZE_MAX, keys, values_json, NULL, count);
    return PRYV_OK;
}

/* ---- Webhooks --------------------------------------------------------------------------------- */

static struct pryv_str by_url(struct pryv_arena *mem, const struct pryv_webhook_row *webhook)
{
    return map_key(mem, WEBHOOK_BY_URL, webhook->access_id, webhook->url);
}

/* `old` is what it replaces, or NULL. */
static enum pryv_rc put_webhook(struct pryv_session *s, const struct row *old, const struct pryv_webhook_row *webhook,
                                struct pryv_err *err)
{
    const struct row *same_url = session_find(s, by_url(err->arena, webhook));

    if (same_url && same_url != old)
        return pryv_conflict(err, "url", "this access has a webhook for %.*s", PRYV_STR_ARG(webhook->url));
    if (old)
        session_remove(s, by_url(err->arena, &old->webhook));
    put(s, map_key(err->arena, WEBHOOK_BY_ID, webhook->id), WEBHOOK, webhook);
    session_put(s, by_url(err->arena, webhook), session_find(s, map_key(err->arena, WEBHOOK_BY_ID, webhook->id)));
    return session_written(s);
}

static enum pryv_rc webhook_insert(struct pryv_session *s, const struct pryv_webhook_row *webhook, struct pryv_err *err)
{
    MUST(session_writes(s, err));
    if (session_find(s, map_key(err->arena, WEBHOOK_BY_ID, webhook->id)))
        return pryv_conflict(err, "id", "there is a webhook %.*s", PRYV_STR_ARG(webhook->id));
    return put_webhook(s, NULL, webhook, err);
}

static enum pryv_rc unknown_webhook(struct pryv_str id, struct pryv_err *err)
{
    return pryv_fail(err, PRYV_NOT_FOUND, "no webhook %.*s", PRYV_STR_ARG(id));
}

static enum pryv_rc webhook_update(struct pryv_session *s, const struct pryv_webhook_row *webhook, struct pryv_err *err)
{
    MUST(session_writes(s, err));

    const struct row *old = session_find(s, map_key(err->arena, WEBHOOK_BY_ID, webhook->id));

    return old ? put_webhook(s, old, webhook, err) : unknown_webhook(webhook->id, err);
}

static enum pryv_rc webhook_delete(struct pryv_session *s, struct pryv_str id, struct pryv_err *err)
{
    struct pryv_str by_id = map_key(err->arena, WEBHOOK_BY_ID, id);

    MUST(session_writes(s, err));

    const struct row *old = session_find(s, by_id);

    if (!old)
        return unknown_webhook(id, err);
    session_remove(s, by_url(err->arena, &old->webhook));
    session_remove(s, by_id);
    return session_written(s);
}

static enum pryv_rc webhooks_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_webhook_row **out, size_t *count,
                                 struct pryv_err *err)
{
    MUST(session_reads(s, err));
    *out = session_list(s, mem, WEBHOOK, (struct map_walk){ .prefix = all_of(WEBHOOK_BY_ID) }, SIZE_MAX, count);
    return PRYV_OK;
}

/* ---- Chunks of series ------------------------------------------------------------------------- */

static enum pryv_rc series_append(struct pryv_session *s, struct pryv_str event_id, const struct pryv_series_chunk *chunk,
                                  struct pryv_err *err)
{
    MUST(session_writes(s, err));

    struct row *row = row_new(SERIES_CHUNK, chunk);

    row->chunk.id = row->sequence;
    session_put(s, map_key(err->arena, CHUNK_BY_ID, event_id, row->sequence), row);
    row_release(row);
    return session_written(s);
}

static enum pryv_rc series_scan(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str event_id, double from, double to,
                                uint64_t after, size_t limit, struct pryv_series_chunk **out, size_t *count, struct pryv_err *err)
{
    struct map_walk walk = { .prefix = map_key(err->arena, CHUNKS_OF, event_id),
                             .after = map_key(err->arena, CHUNK_BY_ID, event_id, after) };
    size_t all, n = 0;

    MUST(session_reads(s, err));

    struct pryv_series_chunk *chunks = session_list(s, mem, SERIES_CHUNK, walk, SIZE_MAX, &all);

    for (size_t i = 0; i < all && n < limit; i++)
        if (chunks[i].from <= to && chunks[i].to >= from)
            chunks[n++] = chunks[i];
    *out = chunks;
    *count = n;
    return PRYV_OK;
}

static enum pryv_rc series_drop(struct pryv_session *s, struct pryv_str event_id, const uint64_t *ids, size_t count,
                                struct pryv_err *err)
{
    struct pryv_series_chunk *all = NULL;

    if (!ids)
        MUST(series_scan(s, err->arena, event_id, -INFINITY, INFINITY, 0, SIZE_MAX, &all, &count, err));
    MUST(session_writes(s, err));
    for (size_t i = 0; i < count; i++)
        session_remove(s, map_key(err->arena, CHUNK_BY_ID, event_id, ids ? ids[i] : all[i].id));
    return session_written(s);
}

void account_offer(struct pryv_storage_ops *ops)
{
    ops->session_put = session_put_row;
    ops->session_get = session_get;
    ops->session_find = session_find_row;
    ops->session_delete = session_delete;
    ops->sessions_all = sessions_all;
    ops->password_add = password_add;
    ops->passwords = passwords;
    ops->password_replace = password_replace;
    ops->account_set = account_set;
    ops->account_all = account_all;
    ops->account_history = account_history;
    ops->account_delete = account_delete;
    ops->value_set = value_set;
    ops->value_get = value_get;
    ops->value_all = value_all;
    ops->webhook_insert = webhook_insert;
    ops->webhook_update = webhook_update;
    ops->webhook_delete = webhook_delete;
    ops->webhooks_all = webhooks_all;
    ops->series_append = series_append;
    ops->series_scan = series_scan;
    ops->series_drop = series_drop;
}
