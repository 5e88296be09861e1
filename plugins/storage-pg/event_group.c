/* event_group.c - see event_group.h. The executor of PostgreSQL starts once for all rows, which costs it about half of what statement after statement does. */
#include "event_group.h"
#include "event_row.h"
#include <stdlib.h>

enum { JOINING_STREAMS = 32, JOINING_BYTES = 65536 };

static size_t bytes_of(const struct pryv_event *row)
{
    return row->id.len + row->stream_ids_json.len + row->type.len + row->content_json.len + row->description.len +
           row->client_data_json.len + row->attachments_json.len + row->integrity.len + row->created_by.len +
           row->modified_by.len;
}

bool creation_may_join(const struct creation *creation)
{
    return creation->stream_count <= JOINING_STREAMS && bytes_of(creation->row) <= JOINING_BYTES;
}

/* ---- The statements ---------------------------------------------------------------------------- */

/* An array for each column; $18 to $21 say which of $22 are the streams of a row, and which are those that are looked at, of which there is none twice.
 * Several unnest beside each other go on in step, and keep no rows of their own, as they would in FROM. What is IN is looked up in a table of hashes
 * where it is no condition of its own. */
static const char group_statement[] =
    "WITH r AS MATERIALIZED (SELECT number, g.* FROM (SELECT generate_series(1, cardinality($1::bytea[])::bigint) AS at, "
    "unnest($1::bytea[]) AS user_id, unnest($2::bytea[]) AS id, "
    "unnest($3::bytea[]) AS stream_ids_json, unnest($4::float8[]) AS time, unnest($5::float8[]) AS duration, "
    "unnest($6::bool[]) AS running, unnest($7::bytea[]) AS type, unnest($8::bytea[]) AS content_json, "
    "unnest($9::bytea[]) AS description, unnest($10::bytea[]) AS client_data_json, unnest($11::bytea[]) AS attachments_json, "
    "unnest($12::bool[]) AS trashed, unnest($13::bytea[]) AS integrity, unnest($14::float8[]) AS created, "
    "unnest($15::bytea[]) AS created_by, unnest($16::float8[]) AS modified, unnest($17::bytea[]) AS modified_by, "
    "unnest($18::int8[]) AS link_from, unnest($19::int8[]) AS link_to, unnest($20::int8[]) AS look_from, "
    "unnest($21::int8[]) AS look_to) AS g JOIN users ON users.id = g.user_id "
    "WHERE " ADDITIONS_LOCKED
    " AND (SELECT count(*) FROM (SELECT unnest(($22::bytea[])[look_from:look_to]) AS stream) AS k, LATERAL "
    "(SELECT 1 FROM streams WHERE user_number = number AND streams.id = stream AND NOT streams.trashed LIMIT 1) AS s) = look_to "
    "- look_from + 1), "
    "e AS (INSERT INTO events (user_number, id, stream_ids_json, time, duration, running, type, content_json, description, "
    "client_data_json, attachments_json, trashed, integrity, created, created_by, modified, modified_by) "
    "SELECT number, id, stream_ids_json, time, duration, running, type, content_json, description, client_data_json, "
    "attachments_json, trashed, integrity, created, created_by, modified, modified_by FROM r "
    "ON CONFLICT (user_number, id) DO NOTHING RETURNING user_number, id), "
    "l AS (INSERT INTO event_streams (user_number, stream_id, time, event_id) "
    "SELECT number, unnest(($22::bytea[])[link_from:link_to]), time, id FROM r "
    "WHERE ((number, id) IN (SELECT user_number, id FROM e)) IS TRUE ON CONFLICT DO NOTHING) "
    "SELECT at, ((number, id) IN (SELECT user_number, id FROM e)) IS TRUE FROM r";

/* One event, for which the executor starts in two thirds of the time: $1 the user's id, then the event's columns, $20 its streams, $21 those that are
 * looked at. */
static const char lone_statement[] =
    "WITH u AS MATERIALIZED (SELECT number FROM users AS u WHERE id = $1 AND " ADDITIONS_LOCKED " AND NOT EXISTS "
    "(SELECT 1 FROM unnest($21::bytea[]) AS w LEFT JOIN LATERAL "
    "(SELECT trashed FROM streams WHERE user_number = u.number AND id = w) AS s ON true WHERE s.trashed IS NOT FALSE)), "
    "e AS (INSERT INTO events (" EVENT_WRITTEN_COLUMNS ") SELECT number, $2::bytea, $3::bytea, $4::bytea, $5::float8, "
    "$6::float8, $7::bool, $8::bytea, $9::bytea, $10::bytea, $11::bytea, $12::bytea, $13::bool, $14::float8, $15::bytea, "
    "$16::float8, $17::bytea, $18::float8, $19::bytea FROM u ON CONFLICT (user_number, id) DO NOTHING RETURNING user_number), "
    "l AS (INSERT INTO event_streams (user_number, stream_id, time, event_id) "
    "SELECT user_number, s, $5, $2 FROM e, unnest($20::bytea[]) AS s ON CONFLICT DO NOTHING) "
    "SELECT 1::bigint, EXISTS (SELECT 1 FROM e) FROM u";

/* ---- Parameters and outcomes ------------------------------------------------------------------ */

static void put_row_columns(struct call *call, struct pryv_arena *mem, const void *const *rows, size_t count)
{
    static const struct {
        void (*put)(struct call *, struct pryv_arena *, const void *const *, size_t, size_t);
        size_t offset;
    } columns[] = {
        { call_text_column, offsetof(struct pryv_event, id) },
        { call_text_column, offsetof(struct pryv_event, stream_ids_json) },
        { call_number_column, offsetof(struct pryv_event, time) },
        { call_number_column, offsetof(struct pryv_event, duration) },
        { call_bool_column, offsetof(struct pryv_event, running) },
        { call_text_column, offsetof(struct pryv_event, type) },
        { call_text_column, offsetof(struct pryv_event, content_json) },
        { call_text_column, offsetof(struct pryv_event, description) },
        { call_text_column, offsetof(struct pryv_event, client_data_json) },
        { call_text_column, offsetof(struct pryv_event, attachments_json) },
        { call_bool_column, offsetof(struct pryv_event, trashed) },
        { call_text_column, offsetof(struct pryv_event, integrity) },
        { call_number_column, offsetof(struct pryv_event, created) },
        { call_text_column, offsetof(struct pryv_event, created_by) },
        { call_number_column, offsetof(struct pryv_event, modified) },
        { call_text_column, offsetof(struct pryv_event, modified_by) },
    };

    for (size_t i = 0; i < PRYV_COUNT(columns); i++)
        columns[i].put(call, mem, rows, count, columns[i].offset);
}

static void add_looked_at(struct pryv_rows *streams, const struct creation *creation)
{
    size_t first = streams->count;

    for (size_t i = 0; i < creation->stream_count; i++) {
        const struct pryv_str *known = streams->items;
        size_t at = first;

        while (at < streams->count && !pryv_str_is(known[at], creation->streams[i]))
            at++;
        if (at == streams->count)
            *(struct pryv_str *) pryv_rows_add(streams) = creation->streams[i];
    }
}

/* PostgreSQL counts from 1, and takes its ends along. */
static void put_streams(struct call *call, struct pryv_arena *mem, struct addition *const *additions, size_t count)
{
    struct pryv_rows streams = PRYV_ROWS(mem, struct pryv_str);
    uint64_t link_from[GROUP_MOST], link_to[GROUP_MOST], look_from[GROUP_MOST], look_to[GROUP_MOST];

    for (size_t i = 0; i < count; i++) {
        const struct creation *creation = (const struct creation *) additions[i];

        link_from[i] = streams.count + 1;
        event_streams_add(&streams, creation->row->stream_ids_json);
        link_to[i] = streams.count;
        look_from[i] = streams.count + 1;
        add_looked_at(&streams, creation);
        look_to[i] = streams.count;
    }
    call_integers(call, mem, link_from, count);
    call_integers(call, mem, link_to, count);
    call_integers(call, mem, look_from, count);
    call_integers(call, mem, look_to, count);
    call_texts(call, mem, streams.items, streams.count);
}

static void put_all(struct call *call, struct pryv_arena *mem, struct addition *const *additions, size_t count)
{
    const void *creations[GROUP_MOST], *rows[GROUP_MOST];

    for (size_t i = 0; i < count; i++) {
        creations[i] = additions[i];
        rows[i] = ((const struct creation *) additions[i])->row;
    }
    *call = (struct call){ .sql = group_statement };
    call_text_column(call, mem, creations, count, offsetof(struct creation, user_id));
    put_row_columns(call, mem, rows, count);
    put_streams(call, mem, additions, count);
}

static void put_lone(struct call *call, struct pryv_arena *mem, const struct creation *creation)
{
    *call = (struct call){ .sql = lone_statement };
    call_text(call, creation->user_id);
    event_row_put(call, creation->row);
    event_streams_put(call, mem, creation->row->stream_ids_json);
    call_texts(call, mem, creation->streams, creation->stream_count);
}

static void put(struct call *call, struct pryv_arena *mem, struct addition *const *additions, size_t count)
{
    if (count == 1)
        put_lone(call, mem, (const struct creation *) additions[0]);
    else
        put_all(call, mem, additions, count);
}

/* The answer tells of those whose user and streams are there. */
static void read_outcomes(struct addition *const *additions, size_t count, const PGresult *answer)
{
    for (size_t i = 0; i < count; i++)
        additions[i]->rc = PRYV_NOT_FOUND;
    for (int row = 0; row < PQntuples(answer); row++)
        additions[answer_integer(answer, row, 0) - 1]->rc = answer_bool(answer, row, 1) ? PRYV_OK : PRYV_CONFLICT;
}

const struct addition_kind creation_kind = { put, read_outcomes };

/* ---- The group --------------------------------------------------------------------------------- */

static int compare_texts(struct pryv_str a, struct pryv_str b)
{
    int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare(const void *a_, const void *b_)
{
    const struct creation *a = *(struct creation *const *) a_, *b = *(struct creation *const *) b_;
    int order = compare_texts(a->user_id, b->user_id);

    return order ? order : compare_texts(a->row->id, b->row->id);
}

/* In the order of users and ids, so that two groups which have the same ids wait for each other, and not crosswise. Of one id the first goes with the group,
 * the others alone. */
void creations_do(void *engine, struct group_item *const *items, size_t count)
{
    struct addition *sorted[GROUP_MOST] = { NULL };
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        sorted[i] = (struct addition *) items[i];
    qsort(sorted, count, sizeof(*sorted), compare);
    for (size_t i = 0; i < count; i++) {
        sorted[i]->alone = kept && compare(&sorted[kept - 1], &sorted[i]) == 0;
        if (!sorted[i]->alone)
            sorted[kept++] = sorted[i];
    }
    additions_do(engine, &creation_kind, sorted, kept);
}
