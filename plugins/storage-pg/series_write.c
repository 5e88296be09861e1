/* series_write.c - chunks for events that are as told, as additions.h tells it. Events change under the exclusive lock of their user alone, and chunks are
 * merged under it. */
#include "additions.h"
#include "engine.h"
#include <pryv/rows.h>

enum { JOINING_CHUNKS = 128, JOINING_BYTES = 262144 };

struct series_addition { /* CONFLICT: an event is not as told, or the user is not there */
    struct addition addition;
    struct pryv_str user_id;
    const struct pryv_event *const *events;
    const struct pryv_series_chunk *chunks;
    size_t count;
};

/* A row is a chunk; $1 says which addition it is of, counted from 0. Nothing is kept of one that has a chunk whose event is not found. */
static const char write_statement[] =
    "WITH r AS MATERIALIZED (SELECT addition, number, event_id, from_time, to_time, points, bytes FROM "
    "(SELECT unnest($1::int8[]) AS addition, unnest($2::bytea[]) AS user_id, unnest($3::bytea[]) AS event_id, "
    "unnest($4::float8[]) AS time, unnest($5::bytea[]) AS type, unnest($6::bool[]) AS trashed, "
    "unnest($7::bytea[]) AS stream_ids_json, unnest($8::float8[]) AS from_time, unnest($9::float8[]) AS to_time, "
    "unnest($10::int8[]) AS points, unnest($11::bytea[]) AS bytes) AS g LEFT JOIN LATERAL "
    "(SELECT users.number FROM users JOIN events AS e ON e.user_number = users.number WHERE users.id = g.user_id AND e.id = "
    "g.event_id "
    "AND e.time = g.time AND e.type = g.type AND e.trashed = g.trashed AND e.stream_ids_json = g.stream_ids_json "
    "AND e.deleted IS NULL AND e.head_id IS NULL LIMIT 1) AS s ON " ADDITIONS_LOCKED "), "
    "c AS (INSERT INTO series_chunks (user_number, event_id, from_time, to_time, points, bytes) "
    "SELECT number, event_id, from_time, to_time, points, bytes FROM r "
    "WHERE addition NOT IN (SELECT addition FROM r WHERE number IS NULL)) "
    "SELECT addition FROM r WHERE number IS NULL";

/* Pointers for the columns, and what has no column of its own. */
struct rows {
    const void **owners, **events, **chunks;
    uint64_t *additions, *points;
    size_t count;
};

static struct rows rows_of(struct pryv_arena *mem, struct addition *const *additions, size_t count)
{
    struct rows rows = { 0 };
    size_t all = 0;

    for (size_t i = 0; i < count; i++)
        all += ((const struct series_addition *) additions[i])->count;
    rows.owners = pryv_new_array(mem, const void *, all);
    rows.events = pryv_new_array(mem, const void *, all);
    rows.chunks = pryv_new_array(mem, const void *, all);
    rows.additions = pryv_new_array(mem, uint64_t, all);
    rows.points = pryv_new_array(mem, uint64_t, all);
    for (size_t i = 0; i < count; i++) {
        const struct series_addition *write = (const struct series_addition *) additions[i];

        for (size_t k = 0; k < write->count; k++, rows.count++) {
            rows.owners[rows.count] = write;
            rows.events[rows.count] = write->events[k];
            rows.chunks[rows.count] = &write->chunks[k];
            rows.additions[rows.count] = i;
            rows.points[rows.count] = write->chunks[k].points;
        }
    }
    return rows;
}

static void put(struct call *call, struct pryv_arena *mem, struct addition *const *additions, size_t count)
{
    struct rows rows = rows_of(mem, additions, count);

    *call = (struct call){ .sql = write_statement };
    call_integers(call, mem, rows.additions, rows.count);
    call_text_column(call, mem, rows.owners, rows.count, offsetof(struct series_addition, user_id));
    call_text_column(call, mem, rows.events, rows.count, offsetof(struct pryv_event, id));
    call_number_column(call, mem, rows.events, rows.count, offsetof(struct pryv_event, time));
    call_text_column(call, mem, rows.events, rows.count, offsetof(struct pryv_event, type));
    call_bool_column(call, mem, rows.events, rows.count, offsetof(struct pryv_event, trashed));
    call_text_column(call, mem, rows.events, rows.count, offsetof(struct pryv_event, stream_ids_json));
    call_number_column(call, mem, rows.chunks, rows.count, offsetof(struct pryv_series_chunk, from));
    call_number_column(call, mem, rows.chunks, rows.count, offsetof(struct pryv_series_chunk, to));
    call_integers(call, mem, rows.points, rows.count);
    call_text_column(call, mem, rows.chunks, rows.count, offsetof(struct pryv_series_chunk, bytes));
}

static void read_outcomes(struct addition *const *additions, size_t count, const PGresult *answer)
{
    for (size_t i = 0; i < count; i++)
        additions[i]->rc = PRYV_OK;
    for (int row = 0; row < PQntuples(answer); row++)
        additions[answer_integer(answer, row, 0)]->rc = PRYV_CONFLICT;
}

static const struct addition_kind kind = { put, read_outcomes };

void series_writes_do(void *engine, struct group_item *const *items, size_t count)
{
    struct addition *additions[GROUP_MOST];

    for (size_t i = 0; i < count; i++)
        additions[i] = (struct addition *) items[i];
    additions_do(engine, &kind, additions, count);
}

static bool may_join(const struct series_addition *write)
{
    size_t bytes = 0;

    for (size_t i = 0; i < write->count && bytes <= JOINING_BYTES; i++)
        bytes += write->chunks[i].bytes.len;
    return write->count <= JOINING_CHUNKS && bytes <= JOINING_BYTES;
}

static enum pryv_rc series_write(void *self, struct pryv_str user_id, const struct pryv_event *const *events,
                                 const struct pryv_series_chunk *chunks, size_t count, struct pryv_err *err)
{
    struct engine *engine = self;
    struct series_addition write = {
        .addition.lock = user_lock(user_id, LOCK_TURN), .user_id = user_id, .events = events, .chunks = chunks, .count = count
    };
    enum pryv_rc rc;

    write.addition.alone = !may_join(&write);
    rc = addition_make(engine, &engine->series_writes, &kind, &write.addition, err);
    return rc == PRYV_CONFLICT ? pryv_conflict(err, "event", "an event is not as it was told") : rc;
}

void series_write_offer(struct pryv_storage_ops *ops)
{
    ops->series_write = series_write;
}
