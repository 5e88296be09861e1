/* streams.c - live streams, and what remains of deleted ones. */
#include "engine.h"
#include <pryv/rows.h>

#define STREAM_COLUMNS "id, name, parent_id, client_data_json, trashed, created, created_by, modified, modified_by"

static void put_stream(struct call *call, const struct pryv_session *s, const struct pryv_stream *row)
{
    call_integer(call, s->user);
    call_text(call, row->id);
    call_text(call, row->name);
    call_text(call, row->parent_id);
    call_text(call, row->client_data_json);
    call_bool(call, row->trashed);
    call_number(call, row->created);
    call_text(call, row->created_by);
    call_number(call, row->modified);
    call_text(call, row->modified_by);
}

static struct pryv_stream read_stream(struct pryv_arena *mem, const PGresult *answer, int at)
{
    return (struct pryv_stream){
        .id = answer_copy(mem, answer, at, 0),
        .name = answer_copy(mem, answer, at, 1),
        .parent_id = answer_copy(mem, answer, at, 2),
        .client_data_json = answer_copy(mem, answer, at, 3),
        .trashed = answer_bool(answer, at, 4),
        .created = answer_number(answer, at, 5),
        .created_by = answer_copy(mem, answer, at, 6),
        .modified = answer_number(answer, at, 7),
        .modified_by = answer_copy(mem, answer, at, 8),
    };
}

static enum pryv_rc stream_insert(struct pryv_session *s, const struct pryv_stream *row, struct pryv_err *err)
{
    struct call calls[] = {
        { .sql = "INSERT INTO streams (user_number, " STREAM_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)" },
        { .sql = "DELETE FROM stream_deletions WHERE user_number = $1 AND id = $2" },
    };

    put_stream(&calls[0], s, row);
    call_integer(&calls[1], s->user);
    call_text(&calls[1], row->id);
    return session_write(s, calls, PRYV_COUNT(calls), NULL, err);
}

static enum pryv_rc found(enum pryv_rc rc, uint64_t changed, struct pryv_err *err)
{
    return rc == PRYV_OK && changed == 0 ? pryv_fail(err, PRYV_NOT_FOUND, "no stream of this id") : rc;
}

static enum pryv_rc stream_update(struct pryv_session *s, const struct pryv_stream *row, struct pryv_err *err)
{
    struct call call = { .sql =
                             "UPDATE streams SET name = $3, parent_id = $4, client_data_json = $5, trashed = $6, created = $7, "
                             "created_by = $8, modified = $9, modified_by = $10 WHERE user_number = $1 AND id = $2" };
    uint64_t changed = 0;
    enum pryv_rc rc;

    put_stream(&call, s, row);
    rc = session_write(s, &call, 1, &changed, err);
    return found(rc, changed, err);
}

static enum pryv_rc stream_delete(struct pryv_session *s, struct pryv_str id, double deleted, struct pryv_err *err)
{
    struct call call = { .sql = "WITH s AS (DELETE FROM streams WHERE user_number = $1 AND id = $2 RETURNING id) "
                                "INSERT INTO stream_deletions (user_number, id, deleted) SELECT $1, id, $3 FROM s "
                                "ON CONFLICT (user_number, id) DO UPDATE SET deleted = excluded.deleted" };
    uint64_t changed = 0;
    enum pryv_rc rc;

    call_integer(&call, s->user);
    call_text(&call, id);
    call_number(&call, deleted);
    rc = session_write(s, &call, 1, &changed, err);
    return found(rc, changed, err);
}

static enum pryv_rc stream_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_stream *out,
                               struct pryv_err *err)
{
    struct call call = { .sql = "SELECT " STREAM_COLUMNS " FROM streams WHERE user_number = $1 AND id = $2" };
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_integer(&call, s->user);
    call_text(&call, id);
    if ((rc = session_read(s, &call, 1, &answer, err)) != PRYV_OK)
        return rc;
    if (PQntuples(answer) == 0)
        rc = pryv_fail(err, PRYV_NOT_FOUND, "no stream of this id");
    else
        *out = read_stream(mem, answer, 0);
    PQclear(answer);
    return rc;
}

static enum pryv_rc streams_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_stream **out, size_t *count,
                                struct pryv_err *err)
{
    struct call call = { .sql = "SELECT " STREAM_COLUMNS " FROM streams WHERE user_number = $1" };
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_stream);
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_integer(&call, s->user);
    if ((rc = session_read(s, &call, 1, &answer, err)) != PRYV_OK)
        return rc;
    for (int i = 0; i < PQntuples(answer); i++)
        *(struct pryv_stream *) pryv_rows_add(&rows) = read_stream(mem, answer, i);
    PQclear(answer);
    *out = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

static enum pryv_rc streams_count(struct pryv_session *s, uint64_t *count, struct pryv_err *err)
{
    return session_count(s, "SELECT count(*) FROM streams WHERE user_number = $1", count, err);
}

static enum pryv_rc pg_stream_deletions(struct pryv_session *s, struct pryv_arena *mem, double since, struct pryv_deletion **out,
                                        size_t *count, struct pryv_err *err)
{
    struct call call = {
        .sql = "SELECT id, deleted FROM stream_deletions WHERE user_number = $1 AND deleted > $2 ORDER BY deleted, id"
    };
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_deletion);
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_integer(&call, s->user);
    call_number(&call, pryv_present(since) ? since : (double) -INFINITY);
    if ((rc = session_read(s, &call, 1, &answer, err)) != PRYV_OK)
        return rc;
    for (int i = 0; i < PQntuples(answer); i++)
        *(struct pryv_deletion *) pryv_rows_add(&rows) =
            (struct pryv_deletion){ answer_copy(mem, answer, i, 0), answer_number(answer, i, 1) };
    PQclear(answer);
    *out = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

void streams_offer(struct pryv_storage_ops *ops)
{
    ops->stream_insert = stream_insert;
    ops->stream_update = stream_update;
    ops->stream_delete = stream_delete;
    ops->stream_get = stream_get;
    ops->streams_all = streams_all;
    ops->streams_count = streams_count;
    ops->stream_deletions = pg_stream_deletions;
}
