/* events.c - writing events and audit records, with the links that lead from streams to them, and reading one. */
#include "engine.h"
#include "event_row.h"

/* The statements of one pair of tables. $1 is the user, $2 the id, then the event's other columns. */
struct event_statements {
    const char *insert, *update, *find, *get, *link, *unlink;
};

#define EVENT_STATEMENTS(events, event_streams)                                                                             \
    {                                                                                                                       \
        .insert = "WITH e AS (INSERT INTO " events " (" EVENT_WRITTEN_COLUMNS ") "                                          \
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

static void put_links(struct call *call, const struct pryv_session *s, const char *sql, struct pryv_str id, double time,
                      struct pryv_str stream_ids_json, const struct pryv_err *err)
{
    call->sql = sql;
    call_integer(call, s->user);
    call_text(call, id);
    call_number(call, time);
    event_streams_put(call, err->arena, stream_ids_json);
}

static enum pryv_rc insert(struct pryv_session *s, const struct event_statements *statements, const struct pryv_event *row,
                           struct pryv_err *err)
{
    struct call call = { .sql = statements->insert };

    call_integer(&call, s->user);
    event_row_put(&call, row);
    event_streams_put(&call, err->arena, event_is_live(row) ? row->stream_ids_json : PRYV_STR_NONE);
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

struct found {
    struct pryv_str id;
    int row;
};

static int by_id(const void *a_, const void *b_)
{
    const struct found *a = a_, *b = b_;
    size_t len = a->id.len < b->id.len ? a->id.len : b->id.len;
    int order = len ? memcmp(a->id.data, b->id.data, len) : 0;

    return order ? order : (a->id.len > b->id.len) - (a->id.len < b->id.len);
}

/* The rows of an answer by their first column. */
static struct found *index_by_id(struct pryv_arena *mem, const PGresult *answer, size_t count)
{
    struct found *list = pryv_new_array(mem, struct found, count);

    for (size_t i = 0; i < count; i++)
        list[i] = (struct found){ answer_text(answer, (int) i, 0), (int) i };
    qsort(list, count, sizeof(*list), by_id);
    return list;
}

/* Not in the order of ids: PostgreSQL would read all events of the user in that order. */
static enum pryv_rc events_get(struct pryv_session *s, struct pryv_arena *mem, const struct pryv_str *ids, size_t count,
                               struct pryv_event *out, struct pryv_err *err)
{
    struct call call = { .sql = "SELECT " EVENT_COLUMNS " FROM events AS e WHERE user_number = $1 AND id = ANY ($2::bytea[]) "
                                "AND head_id IS NULL" };
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_integer(&call, s->user);
    call_texts(&call, err->arena, ids, count);
    if ((rc = session_read(s, &call, 1, &answer, err)) != PRYV_OK)
        return rc;

    size_t rows = (size_t) PQntuples(answer);
    const struct found *list = index_by_id(err->arena, answer, rows);

    for (size_t i = 0; i < count; i++) {
        const struct found wanted = { ids[i], 0 }, *found = bsearch(&wanted, list, rows, sizeof(*list), by_id);

        out[i] = (struct pryv_event){ .id = PRYV_STR_NONE };
        if (!found)
            continue;
        event_row_read(answer, found->row, &out[i]);
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
    ops->events_get = events_get;
}
