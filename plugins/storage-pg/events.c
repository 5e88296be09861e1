/* events.c - writing events and audit records, with the links that lead from streams to them, and reading one. */
#include "engine.h"
#include "event_row.h"
#include "rows.h"
#include <pryv/event_filter.h>
#include <stdlib.h>

/* The statements of one pair of tables. $1 is the user, $2 the id, then the event's other columns. */
struct event_statements {
    const char *insert, *update, *find, *get, *link, *unlink;
};

#define WRITTEN_COLUMNS                                                                                                       \
    "user_number, id, head_id, stream_ids_json, time, duration, running, type, content_json, description, client_data_json, " \
    "attachments_json, trashed, deleted, integrity, created, created_by, modified, modified_by"

#define EVENT_STATEMENTS(events, event_streams)                                                                             \
    {                                                                                                                       \
        .insert = "WITH e AS (INSERT INTO " events " (" WRITTEN_COLUMNS ") "                                                \
                  "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)) "         \
                  "INSERT INTO " event_streams " (user_number, stream_id, time, event_id) "                                 \
                  "SELECT $1, s, $5, $2 FROM unnest($20::bytea[]) AS s ON CONFLICT DO NOTHING",                             \
        .update =                                                                                                           \
            "UPDATE " events " SET head_id = $3, stream_ids_json = $4, time = $5, duration = $6, running = $7, type = $8, " \
            "content_json = $9, description = $10, client_data_json = $11, attachments_json = $12, trashed = $13, "         \
            "deleted = $14, integrity = $15, created = $16, created_by = $17, modified = $18, modified_by = $19 "           \
            "WHERE user_number = $1 AND id = $2",                                                                           \
        .find = "SELECT time, stream_ids_json, " LIVE_EVENT " FROM " events " WHERE user_number = $1 AND id = $2",          \
        .get = "SELECT " EVENT_COLUMNS " FROM " events " AS e WHERE user_number = $1 AND id = $2 AND head_id IS NULL",      \
        .link = "INSERT INTO " event_streams " (user_number, stream_id, time, event_id) "                                   \
                "SELECT $1, s, $3, $2 FROM unnest($4::bytea[]) AS s ON CONFLICT DO NOTHING",                                \
        .unlink = "DELETE FROM " event_streams " WHERE user_number = $1 AND event_id = $2 AND time = $3 "                   \
                  "AND stream_id = ANY ($4::bytea[])",                                                                      \
    }

static const struct event_statements event_statements = EVENT_STATEMENTS("events", "event_streams");
static const struct event_statements audit_statements = EVENT_STATEMENTS("audit_events", "audit_streams");

static void put_streams(struct call *call, struct pryv_arena *mem, struct pryv_str stream_ids_json)
{
    struct pryv_text_list list = { stream_ids_json.data, stream_ids_json.data + stream_ids_json.len, NULL };
    struct rows streams = ROWS(mem, struct pryv_str);
    struct pryv_str stream;

    while (stream_ids_json.data && pryv_text_list_next(&list, &stream))
        *(struct pryv_str *) rows_add(&streams) = list.decoded ? pryv_str_copy(mem, stream) : stream;
    free(list.decoded);
    call_texts(call, mem, streams.items, streams.count);
}

static void put_links(struct call *call, const struct pryv_session *s, const char *sql, struct pryv_str id, double time,
                      struct pryv_str stream_ids_json, const struct pryv_err *err)
{
    call->sql = sql;
    call_integer(call, s->user);
    call_text(call, id);
    call_number(call, time);
    put_streams(call, err->arena, stream_ids_json);
}

static enum pryv_rc insert(struct pryv_session *s, const struct event_statements *statements, const struct pryv_event *row,
                           struct pryv_err *err)
{
    struct call call = { .sql = statements->insert };

    call_integer(&call, s->user);
    event_row_put(&call, row);
    put_streams(&call, err->arena, event_is_live(row) ? row->stream_ids_json : PRYV_STR_NONE);
    return session_write(s, &call, 1, NULL, err);
}

static enum pryv_rc get(struct pryv_session *s, const char *sql, struct pryv_arena *mem, struct pryv_str id,
                        struct pryv_event *out, struct pryv_err *err)
{
    struct call call = { .sql = sql };
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_integer(&call, s->user);
    call_text(&call, id);
    if ((rc = session_read(s, &call, 1, &answer, err)) != PRYV_OK)
        return rc;
    if (PQntuples(answer) == 0) {
        rc = pryv_fail(err, PRYV_NOT_FOUND, "no event of this id");
    } else {
        event_row_read(answer, 0, out);
        event_row_copy(mem, out);
    }
    PQclear(answer);
    return rc;
}

/* Where the links of an event lead from. */
struct linked {
    double time;
    struct pryv_str stream_ids_json;
    bool live;
};

static enum pryv_rc find_linked(struct pryv_session *s, const char *sql, struct pryv_str id, struct linked *out,
                                struct pryv_err *err)
{
    struct call call = { .sql = sql };
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_integer(&call, s->user);
    call_text(&call, id);
    if ((rc = session_read(s, &call, 1, &answer, err)) != PRYV_OK)
        return rc;
    if (PQntuples(answer) == 0)
        rc = pryv_fail(err, PRYV_NOT_FOUND, "no event of this id");
    else
        *out = (struct linked){ answer_number(answer, 0, 0), answer_copy(err->arena, answer, 0, 1), answer_bool(answer, 0, 2) };
    PQclear(answer);
    return rc;
}

static bool same_links(const struct linked *before, const struct pryv_event *row)
{
    return before->live == event_is_live(row) &&
           (!before->live || (before->time == row->time && pryv_str_is(before->stream_ids_json, row->stream_ids_json)));
}

/* ---- An event in a transaction of its own ---------------------------------------------------- */

/* $1 the user's id, then the event's columns, $20 its streams, $21 those that are looked at. A row when it was written. */
static const char create_statement[] =
    "WITH u AS MATERIALIZED (SELECT number FROM users AS u WHERE id = $1 AND NOT EXISTS "
    "(SELECT 1 FROM unnest($21::bytea[]) AS w LEFT JOIN LATERAL "
    "(SELECT trashed FROM streams WHERE user_number = u.number AND id = w) AS s ON true WHERE s.trashed IS NOT FALSE)), "
    "e AS (INSERT INTO events (" WRITTEN_COLUMNS ") SELECT number, $2::bytea, $3::bytea, $4::bytea, $5::float8, $6::float8, "
    "$7::bool, $8::bytea, $9::bytea, $10::bytea, $11::bytea, $12::bytea, $13::bool, $14::float8, $15::bytea, $16::float8, "
    "$17::bytea, $18::float8, $19::bytea FROM u), "
    "l AS (INSERT INTO event_streams (user_number, stream_id, time, event_id) "
    "SELECT number, s, $5, $2 FROM u, unnest($20::bytea[]) AS s ON CONFLICT DO NOTHING) "
    "SELECT number FROM u";

/* The pipeline is the transaction: PostgreSQL commits where it ends. The lock is had by a statement of its own, so that the other sees what was
 * committed before. It is shared: new events do not disturb each other. */
static enum pryv_rc create(struct engine *engine, struct call calls[2], struct pryv_err *err)
{
    struct connection *connection;
    PGresult *answer = NULL;
    enum pryv_rc rc = pool_take(&engine->pool, POOL_SESSION, &connection, err);

    if (rc != PRYV_OK)
        return rc;
    rc = connection_run(connection, calls, 2, &answer, err);
    pool_give(&engine->pool, POOL_SESSION, connection, PQstatus(connection->handle) == CONNECTION_BAD);
    if (rc == PRYV_OK && PQntuples(answer) == 0)
        rc = pryv_fail(err, PRYV_NOT_FOUND, "the user, or a stream of the event, is not there");
    PQclear(answer);
    return rc;
}

static enum pryv_rc event_create(void *self, struct pryv_str user_id, const struct pryv_event *row,
                                 const struct pryv_str *streams, size_t count, struct pryv_err *err)
{
    struct engine *engine = self;
    int64_t lock = user_lock(user_id, LOCK_TURN);
    struct call calls[2] = { { .sql = "SELECT pg_advisory_xact_lock_shared($1)" }, { .sql = create_statement } };
    struct turn *turn;
    enum pryv_rc rc = turn_take(&engine->turns, (uint64_t) lock, TURN_SHARED, engine->pool.wait_seconds, &turn, err);

    if (rc != PRYV_OK)
        return rc;
    call_integer(&calls[0], lock);
    call_text(&calls[1], user_id);
    event_row_put(&calls[1], row);
    put_streams(&calls[1], err->arena, row->stream_ids_json);
    call_texts(&calls[1], err->arena, streams, count);
    rc = create(engine, calls, err);
    turn_give(&engine->turns, turn, TURN_SHARED);
    return rc;
}

/* ---- The interface's ------------------------------------------------------------------------- */

static enum pryv_rc event_insert(struct pryv_session *s, const struct pryv_event *row, struct pryv_err *err)
{
    return insert(s, &event_statements, row, err);
}

static enum pryv_rc event_update(struct pryv_session *s, const struct pryv_event *row, struct pryv_err *err)
{
    const struct event_statements *statements = &event_statements;
    struct call calls[3] = { 0 }, *call = calls;
    struct linked before = { 0 };
    enum pryv_rc rc = s->writes ? find_linked(s, statements->find, row->id, &before, err)
                                : pryv_fail(err, PRYV_FAILED, "a session that reads cannot write");

    if (rc != PRYV_OK)
        return rc;

    bool same = same_links(&before, row);

    if (!same && before.live)
        put_links(call++, s, statements->unlink, row->id, before.time, before.stream_ids_json, err);
    if (!same && event_is_live(row))
        put_links(call++, s, statements->link, row->id, row->time, row->stream_ids_json, err);
    call->sql = statements->update;
    call_integer(call, s->user);
    event_row_put(call, row);
    return session_write(s, calls, (size_t) (call - calls) + 1, NULL, err);
}

static enum pryv_rc event_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_event *out,
                              struct pryv_err *err)
{
    return get(s, event_statements.get, mem, id, out, err);
}

static int compare_ids(struct pryv_str a, struct pryv_str b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.data, b.data, len) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* The rows are in the order of their ids. -1: it is not there. */
static int row_of(const PGresult *answer, struct pryv_str id)
{
    int low = 0, high = PQntuples(answer);

    while (low < high) {
        int middle = (low + high) / 2, order = compare_ids(answer_text(answer, middle, 0), id);

        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

static enum pryv_rc events_get(struct pryv_session *s, struct pryv_arena *mem, const struct pryv_str *ids, size_t count,
                               struct pryv_event *out, struct pryv_err *err)
{
    struct call call = { .sql = "SELECT " EVENT_COLUMNS " FROM events AS e WHERE user_number = $1 AND id = ANY ($2::bytea[]) "
                                "AND head_id IS NULL ORDER BY id" };
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_integer(&call, s->user);
    call_texts(&call, err->arena, ids, count);
    if ((rc = session_read(s, &call, 1, &answer, err)) != PRYV_OK)
        return rc;
    for (size_t i = 0; i < count; i++) {
        int row = row_of(answer, ids[i]);

        out[i] = (struct pryv_event){ .id = PRYV_STR_NONE };
        if (row < 0)
            continue;
        event_row_read(answer, row, &out[i]);
        event_row_copy(mem, &out[i]);
    }
    PQclear(answer);
    return PRYV_OK;
}

static enum pryv_rc audit_insert(struct pryv_session *s, const struct pryv_event *row, struct pryv_err *err)
{
    return insert(s, &audit_statements, row, err);
}

static enum pryv_rc audit_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_event *out,
                              struct pryv_err *err)
{
    return get(s, audit_statements.get, mem, id, out, err);
}

void events_offer(struct pryv_storage_ops *ops)
{
    ops->event_insert = event_insert;
    ops->event_update = event_update;
    ops->event_get = event_get;
    ops->audit_insert = audit_insert;
    ops->audit_get = audit_get;
    ops->event_create = event_create;
    ops->events_get = events_get;
}
